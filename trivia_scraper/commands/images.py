"""`scrapy images`: list, check, prune, copy, restore and pin the stored images."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from itertools import chain
from time import sleep
from typing import TYPE_CHECKING, Any

from trivia_scraper.cli.command import (
    VerbCommand,
    add_repeatable,
    complain,
    format_options,
    one_of,
    require_option,
    whole_number,
)
from trivia_scraper.cli.tables import add_json_option, show_rows
from trivia_scraper.errors import FAILED, OK, DatabaseError, NotFoundError, StorageError, UsageError
from trivia_scraper.formatting import format_count
from trivia_scraper.options import value_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from trivia_scraper.db.engine import Store
    from trivia_scraper.images.storage.base import FileStat, FileStore
    from trivia_scraper.images.storing import ImageStorer
    from trivia_scraper.images.verify import Finding

EXPLAINED = 5
_SETTLING_SECONDS = 1  # time for a running crawl to record a file that it has just replaced
NARROW_STATUS = {"file": "path", "fetched_at": "fetched", "status": "status", "reason": "reason"}
NARROW_REPLACED = {each: each for each in ("venue", "kind", "run", "image", "in_place_of", "outcome")}
KINDS = ("hero", "logo", "performer")
NARROW_EXPLAINED = {each: each for each in ("kind", "run", "at", "status", "reason", "found")}


_INTERNAL = {"id", "venue_id", "stem", "modified_ns", "thumbs_spec", "written_by_run"}


class Command(VerbCommand):
    name = "images"
    usage = "status|verify|prune|copy|explain|restore|pin|unpin|forget [options]"
    purpose = "List, check, prune, copy, restore and pin the stored images; explain decisions about them"

    def add_verbs(self) -> None:
        status = self.add_verb("status", self._status)
        status.add_argument("--venue", metavar="SLUG", help="only images of this venue")
        add_repeatable(status, "--publisher", "PUBLISHER", "only images in events of this publisher")
        status.add_argument("--failed", action="store_true", help="only images whose last download failed")
        verify = self.add_verb("verify", self._verify)
        prune = self.add_verb("prune", self._prune)
        prune.add_argument("--dry-run", action="store_true", help="list the files, remove nothing")
        prune.add_argument("--force", action="store_true", help="remove the files even if they are most of the store")
        copy = self.add_verb("copy", self._copy, "--to STORE [options]")
        copy.add_argument("--to", metavar="STORE", help="a directory or s3://bucket/prefix/")
        explain = self.add_verb("explain", self._explain, "VENUE [options]")
        explain.add_argument("venue", metavar="VENUE", help="slug or publisher's id of the venue")
        explain.add_argument("--last", type=whole_number(), default=EXPLAINED, metavar="N",
                             help=f"number of decisions per image (default: {EXPLAINED})")  # fmt: skip
        restore = self.add_verb("restore", self._restore, "VENUE|--run N [options]")
        restore.add_argument("venue", nargs="?", metavar="VENUE", help="slug or publisher's id of the venue")
        restore.add_argument("--to", metavar="RUN|DIGEST",
                             help="the images that this run replaced, or the image with this digest")  # fmt: skip
        restore.add_argument("--run", type=whole_number(), metavar="N", help="all images that run N replaced")
        restore.add_argument("--digest", metavar="DIGEST",
                             help="with --run: only images that it replaced by the image with this digest")  # fmt: skip
        pin = self.add_verb("pin", self._pin, "VENUE [options]")
        unpin = self.add_verb("unpin", self._unpin, "VENUE [options]")
        forget = self.add_verb("forget", self._forget, "VENUE [options]")
        for parser in (pin, unpin, forget):
            parser.add_argument("venue", metavar="VENUE", help="slug or publisher's id of the venue")
        for parser in (restore, pin, unpin):
            parser.add_argument(
                "--kind", type=one_of(*KINDS), metavar="KIND", help=f"only this kind: {', '.join(KINDS)}"
            )
        forget.add_argument("--refused", action="store_true",
                            help="also forget images that have no thumbnails and cannot be decoded")  # fmt: skip
        for parser in (restore, forget):
            parser.add_argument("--dry-run", action="store_true", help="show what would be done, change nothing")
        for parser in (status, verify, prune, copy, explain, restore, pin, unpin, forget):
            add_json_option(parser)

    def _status(self, opts: argparse.Namespace) -> int:
        """List all images: path, when each was fetched and checked, and the outcome of its last download."""
        from trivia_scraper.db.image_queries import read_images

        store, slug = self.open_store(), None
        if opts.venue is not None:
            from trivia_scraper.db.venues import find_current_slug, suggest_venue

            slug = store.read(find_current_slug, opts.venue)
        self.check_stored_publishers(opts.publisher, store)

        def show(connection: Connection) -> None:
            if opts.venue is not None and not (slug and any(read_images(connection, slug))):
                hint = "." if slug else suggest_venue(connection, opts.venue)
                raise NotFoundError(f"no image of a venue {opts.venue!r} is stored{hint}")
            rows = read_images(connection, slug, publishers=opts.publisher, failed=opts.failed)
            columns = (
                *("venue", "kind", "path", "bytes", "fetched_at", "checked_at", "status", "reason", "placeholder"),
                "pinned_at",
            )
            given = format_options(opts, ("publisher", "venue", "failed"))
            nothing = f"No image matches {given}." if given else "No images are stored."
            show_rows(opts, (_status_row(row, as_json=opts.json) for row in rows), columns, nothing, NARROW_STATUS)

        store.read(show)
        return OK

    def _verify(self, opts: argparse.Namespace) -> int:
        """Compare all stored files with the database, byte for byte, also those of replaced images. Exit code 1 if a
        file is missing, damaged, unreadable or orphaned. `scrapy images forget` accepts the loss of a file."""
        from trivia_scraper.db import image_ledger
        from trivia_scraper.db.image_layout import is_ours
        from trivia_scraper.db.image_queries import count_stored
        from trivia_scraper.images.verify import recheck, verify

        store = self.open_store()
        files = self.open_files(store)

        def named(paths: list[str]) -> set[str]:
            return store.read(image_ledger.select_paths_to_keep, paths)

        copies: dict[int, tuple[str, FileStat]] = {}
        found = list(verify(_recorded(store), files, named, copies, is_ours))
        if found:
            sleep(_SETTLING_SECONDS)
            found = list(recheck(found, _recorded(store), files, named, is_ours))
        findings = list(map(_describe, found))
        harmed = [finding["path"] for finding in findings if finding["problem"] in {"missing", "damaged"}]
        if copies or harmed:
            self._record(files, copies, harmed)
        stored = store.read(count_stored)
        all_well = f"All {stored} stored images match the database."
        nothing = all_well if stored else "No images are stored, so there is nothing to verify."
        show_rows(opts, findings, ("problem", "path", "venue"), nothing)
        return OK if stored and not findings else FAILED

    def _record(self, files: FileStore, copies: dict[int, tuple[str, FileStat]], harmed: list[str]) -> None:
        """Record the findings of `images verify` for the next run, unless the database is read-only."""
        from trivia_scraper.db import image_ledger

        try:
            store = self.open_store(writes=True)
            store.run(image_ledger.record_copies, copies)
            store.run(image_ledger.mark_for_repair, files, harmed)
        except DatabaseError as error:
            complain(self.name, f"the findings were not recorded for the next run: {error}", FAILED)

    def _prune(self, opts: argparse.Namespace) -> int:
        """Remove superseded files, files that no row names, and temporary files that killed processes left."""
        from trivia_scraper.db.unreferenced_images import prune_images

        store = self.open_store(writes=not opts.dry_run)
        files = self.open_files(store, writes=not opts.dry_run)
        pruned = prune_images(store, files, dry=opts.dry_run, force=opts.force)
        for path, why in pruned.not_removed:
            complain(self.name, f"{path} could not be removed: {why}.", FAILED)
        if pruned.skipped:
            complain(self.name, f"superseded and orphaned files were kept: {pruned.skipped}", OK)
        nothing = "There is nothing else to remove." if pruned.skipped else "There is nothing to remove."
        show_rows(opts, pruned.found, ("what", "path"), nothing)
        if pruned.found and not opts.dry_run:
            removed = len(pruned.found) - len(pruned.not_removed)
            complain(self.name, f"removed {format_count(removed, 'files')}.", OK)
        return FAILED if pruned.not_removed else OK

    def _copy(self, opts: argparse.Namespace) -> int:
        """Copy every file that the database names to a directory or s3://bucket/prefix/. Exit code 1 if a file was
        skipped because it is missing, damaged or unreadable."""
        from trivia_scraper.db.locks import block_crawls
        from trivia_scraper.db.store_identity import adopt_store, check_match, read_recorded
        from trivia_scraper.images.storage import open_file_store
        from trivia_scraper.images.verify import copy_files

        require_option("images copy", "--to", opts.to)
        store = self.open_store()
        files = self.open_files(store)
        try:
            target = open_file_store(opts.to, settings=self.settings)
        except (UsageError, StorageError) as error:
            raise type(error)(str(error).replace("IMAGES_STORE", "--to")) from None
        if not value_of(self.settings, "ADOPT_IMAGES_STORE"):
            check_match(store.read(read_recorded), target, f"--to {opts.to}", may_be_empty=True)
        try:
            with block_crawls(store):
                adopt_store(store, target)
                each = list(copy_files(_recorded(store), files, target))
        except OSError as error:
            raise StorageError(f"{opts.to} cannot be written: {error}.") from None
        left_out = [_describe(finding) for finding in each if finding is not None]
        show_rows(opts, left_out, ("problem", "path", "venue"), "")
        omitted = f"; skipped {format_count(len(left_out), 'files')}" if left_out else ""
        complain(self.name, f"copied {format_count(len(each) - len(left_out), 'files')} to {opts.to}{omitted}.", OK)
        return FAILED if left_out else OK

    def _explain(self, opts: argparse.Namespace) -> int:
        """Show why each image of a venue was kept or downloaded in the last runs."""
        from trivia_scraper.db.image_decisions import read_decisions

        store = self.open_store()
        slug = self._slug(store, opts.venue)
        decisions = store.read(read_decisions, slug, opts.last)
        if not decisions:
            raise NotFoundError(f"no decision about an image of the venue {slug!r} is recorded.")
        columns = ("kind", "run", "at", "forced", "status", "reason", "found", "url")
        show_rows(opts, decisions, columns, "", NARROW_EXPLAINED)
        return OK

    def _restore(self, opts: argparse.Namespace) -> int:
        """Restore replaced images, with thumbnails and history. With VENUE alone, restore the most recently replaced
        image whose file is still kept. A restore can itself be undone."""
        from trivia_scraper.clock import utc_now
        from trivia_scraper.db.replaced_images import SHOWN_DIGITS
        from trivia_scraper.db.restored_images import SHOWN, choose_replaced_images, read_replaced_by_run, try_restore

        if (opts.venue is None) == (opts.run is None):
            raise UsageError("name a venue, or a run by --run; see `scrapy images restore -h`.")
        if (opts.digest is not None and opts.run is None) or (opts.to is not None and opts.run is not None):
            raise UsageError("--digest can only be used with --run, and --to only with VENUE.")
        for option, value in (("--to", opts.to), ("--digest", opts.digest)):
            if value == "":
                raise UsageError(f"{option} is empty; omit it, or name an image.")
        store = self.open_store(writes=not opts.dry_run)
        files = self.open_files(store, writes=not opts.dry_run)
        if opts.run is None:
            chosen = choose_replaced_images(store, self._slug(store, opts.venue), opts.kind, opts.to)
        else:
            chosen = store.read(read_replaced_by_run, opts.run, opts.kind, (opts.digest or "").lower())
            if not chosen:
                by = f" by {opts.digest}" if opts.digest else ""
                raise NotFoundError(f"run {opts.run} replaced no image{by}, as far as is recorded.")
        how = {"undo": opts.run is not None, "dry": opts.dry_run}
        with self._locked(store, {row.slug for row in chosen}, opts):
            if opts.run is None and opts.to is None and not opts.dry_run:
                (row,) = chosen  # printed before the restore, because a killed process prints nothing at its end
                again = f"scrapy images restore {row.slug} --kind {row.kind} --to {row.before['sha256'][:SHOWN_DIGITS]}"
                complain(
                    self.name, f"if this is interrupted, run `{again}`; without --to the command could undo it.", OK
                )
            storer = self._storer(store, files)
            rows = [try_restore(store, files, storer, row, utc_now(), **how) for row in chosen]
        columns = ("venue", "kind", "run", "replaced_at", "image", "in_place_of", "outcome")
        show_rows(opts, rows, columns, "", NARROW_REPLACED)
        done = [row for row in rows if row["restored"]]
        if done and not opts.dry_run:
            again = "it again, unless it is" if len(done) == 1 else "them again, unless they are"
            note = f"restored {format_count(len(done), 'images')}; a download replaces {again} pinned."
            complain(self.name, note, OK)
        return OK if all(row["restored"] or row["outcome"] == SHOWN for row in rows) else FAILED

    def _pin(self, opts: argparse.Namespace) -> int:
        """Keep the images that a venue shows now, even if its publisher changes them or a refresh is forced."""
        from trivia_scraper.clock import utc_now
        from trivia_scraper.db.pinned_images import pin_images

        store = self.open_store(writes=True)
        slug = self._slug(store, opts.venue)
        with self._locked(store, [slug], opts):
            rows = store.write(pin_images, slug, opts.kind, utc_now())
        return self._show_pins(opts, rows, "pinned", f"{slug} shows no image that can be pinned")

    def _unpin(self, opts: argparse.Namespace) -> int:
        """Let crawls replace the pinned images of a venue again."""
        from trivia_scraper.db.pinned_images import unpin_images

        store = self.open_store(writes=True)
        slug = self._slug(store, opts.venue)
        with self._locked(store, [slug], opts):
            rows = store.write(unpin_images, slug, opts.kind)
        return self._show_pins(opts, rows, "released", f"no image of {slug} is pinned")

    def _show_pins(self, opts: argparse.Namespace, rows: list[dict[str, Any]], done: str, nothing: str) -> int:
        if not rows:
            raise NotFoundError(f"{nothing}{f' as {opts.kind}' if opts.kind else ''}.")
        rows = [_status_row(row | {"placeholder": None}, as_json=opts.json) | {"outcome": done} for row in rows]
        show_rows(opts, rows, ("venue", "kind", "path", "url", "outcome"), "")
        return OK

    def _forget(self, opts: argparse.Namespace) -> int:
        """Forget images of a venue whose files are missing or damaged and that no crawl repairs. Missing thumbnails
        are made again."""
        from trivia_scraper.clock import utc_now
        from trivia_scraper.db.lost_images import FORGOTTEN, REPAIRED, forget_lost

        store = self.open_store(writes=not opts.dry_run)
        files = self.open_files(store, writes=not opts.dry_run)
        slug = self._slug(store, opts.venue)
        with self._locked(store, [slug], opts):
            how = {"dry": opts.dry_run, "refused": opts.refused}
            found = forget_lost(store, files, self._storer(store, files), slug, utc_now(), **how)
        if not found:
            raise NotFoundError(f"all stored images of {slug} are intact; nothing was forgotten.")
        show_rows(opts, found, ("kind", "path", "outcome"), "")
        return OK if all(row["outcome"] in {FORGOTTEN, REPAIRED} for row in found) else FAILED

    def _slug(self, store: Store, name: str) -> str:
        """Return the slug of the venue with this slug or publisher's id. Raises NotFoundError, UsageError."""
        from trivia_scraper.db.venues import find_slugs, suggest_venue

        slugs = store.read(find_slugs, name)
        if not slugs:
            raise NotFoundError(f"there is no venue {name!r}{store.read(suggest_venue, name)}")
        if len(slugs) > 1:
            raise UsageError(f"{name!r} is the id of several venues; name one: {', '.join(slugs)}.")
        return slugs[0]

    def _locked(self, store: Store, slugs: Iterable[str], opts: argparse.Namespace) -> ExitStack:
        """Lock the publishers of venues against crawls, except in a dry run. Raises BusyError."""
        from trivia_scraper.db.locks import hold_locks
        from trivia_scraper.db.restored_images import read_publishers_of_venues

        stack = ExitStack()
        if not getattr(opts, "dry_run", False):
            stack.enter_context(hold_locks(store, store.read(read_publishers_of_venues, slugs)))
        return stack

    def _storer(self, store: Store, files: FileStore) -> ImageStorer:
        """Return an ImageStorer with the settings that a crawl uses."""
        from trivia_scraper.db.image_layout import replaced_path
        from trivia_scraper.db.image_ledger import VenueImageLedger
        from trivia_scraper.images.settings import ClassSettings
        from trivia_scraper.images.storing import ImageStorer
        from trivia_scraper.images.thumbnails import parse_thumbnail_sizes

        settings = ClassSettings(self.settings, "VenueImagesPipeline")
        minimum = settings.get_checked("IMAGES_MIN_WIDTH"), settings.get_checked("IMAGES_MIN_HEIGHT")
        thumbs = parse_thumbnail_sizes(settings.get("IMAGES_THUMBS"))
        ledger = VenueImageLedger(store, files, lambda: None)
        return ImageStorer(files, ledger, minimum, thumbs, settings.get_checked("IMAGES_THUMBS_FIT"), replaced_path)


def _recorded(store: Store) -> Iterable[Mapping[str, Any]]:
    """Yield the rows of the ledger, then rows of the same shape for the kept files of replaced images."""
    from trivia_scraper.db.image_queries import read_recorded_images
    from trivia_scraper.db.replaced_images import read_kept_originals

    return chain(read_recorded_images(store), store.read(read_kept_originals))


def _status_row(row: Mapping[str, Any], *, as_json: bool) -> dict[str, Any]:
    """Return the columns that `images status` shows for a row of the ledger."""
    shown = {name: value for name, value in row.items() if name not in _INTERNAL}
    if not as_json:
        # Usually the path is enough, because it names the venue and the kind.
        shown["file"] = row["path"] or f"{row['venue']}: no {row['kind']} image"
        shown["placeholder"] = f"in {row['shared_by']} venues" if row["placeholder"] else None
    return shown


def _describe(finding: Finding) -> dict[str, Any]:
    return {"problem": finding.problem, "path": finding.path, "venue": (finding.row or {}).get("venue")}
