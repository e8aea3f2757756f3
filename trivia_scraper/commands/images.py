"""`scrapy images`: what is stored and why, whether it is what the ledger says, what can go, and all of it elsewhere."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict
from time import sleep
from typing import TYPE_CHECKING, Any

from trivia_scraper.cli.command import VerbCommand, add_repeatable, as_typed, complain, require_option, whole_number
from trivia_scraper.cli.tables import add_json_option, show_rows
from trivia_scraper.errors import FAILED, OK, DatabaseError, NotFoundError, StorageError, UsageError
from trivia_scraper.formatting import counted
from trivia_scraper.options import value_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from trivia_scraper.images.storage.base import FileStat

EXPLAINED = 5
_SETTLING_SECONDS = 1  # in which a crawl that has just replaced a file records it
NARROW_STATUS = {"file": "path", "fetched_at": "fetched", "status": "status", "reason": "reason"}
NARROW_EXPLAINED = {each: each for each in ("kind", "run", "at", "status", "reason", "found")}


_INTERNAL = {"id", "venue_id", "stem", "modified_ns", "thumbs_spec", "written_by_run"}


class Command(VerbCommand):
    name = "images"
    usage = "status|verify|prune|copy|explain [options]"
    purpose = "Show, check, tidy, copy or explain the stored pictures"

    def add_verbs(self) -> None:
        status = self.add_verb("status", self._status)
        status.add_argument("--venue", metavar="SLUG", help="only pictures of this venue")
        add_repeatable(status, "--publisher", "PUBLISHER", "only pictures in events of this publisher")
        status.add_argument("--failed", action="store_true", help="only pictures whose last download failed")
        verify = self.add_verb("verify", self._verify)
        prune = self.add_verb("prune", self._prune)
        prune.add_argument("--dry-run", action="store_true", help="list the files, remove nothing")
        prune.add_argument("--force", action="store_true", help="remove them even if they are most of the store")
        copy = self.add_verb("copy", self._copy, "--to STORE [options]")
        copy.add_argument("--to", metavar="STORE", help="a directory or s3://bucket/prefix/")
        explain = self.add_verb("explain", self._explain, "VENUE [options]")
        explain.add_argument("venue", metavar="VENUE", help="slug or publisher's id of the venue")
        explain.add_argument("--last", type=whole_number(), default=EXPLAINED, metavar="N",
                             help=f"decisions per picture (default: {EXPLAINED})")  # fmt: skip
        for parser in (status, verify, prune, copy, explain):
            add_json_option(parser)

    def _status(self, opts: argparse.Namespace) -> int:
        """List every picture, where it is, when it was fetched and checked, and how its last run ended."""
        from trivia_scraper.db.image_queries import each_image
        from trivia_scraper.db.runs import publishers_with_runs

        store, slug = self.open_store(), None
        if opts.venue is not None:
            from trivia_scraper.db.venues import current_slug, did_you_mean_venue

            slug = store.read(current_slug, opts.venue)
        self.check_publishers(opts.publisher, store.read(publishers_with_runs))

        def show(connection: Connection) -> None:
            if opts.venue is not None and not (slug and any(each_image(connection, slug))):
                hint = "." if slug else did_you_mean_venue(connection, opts.venue)
                raise NotFoundError(f"no image of a venue {opts.venue!r} is stored{hint}")
            rows = each_image(connection, slug, publishers=opts.publisher, failed=opts.failed)
            columns = ("venue", "kind", "path", "bytes", "fetched_at", "checked_at", "status", "reason", "placeholder")
            given = as_typed(opts, ("publisher", "venue", "failed"))
            nothing = f"No picture matches {given}." if given else "No pictures are stored."
            show_rows(opts, (_status_row(row, as_json=opts.json) for row in rows), columns, nothing, NARROW_STATUS)

        store.read(show)
        return OK

    def _verify(self, opts: argparse.Namespace) -> int:
        """Compare the stored files with the database, byte for byte. Exit code 1 when a file is missing, damaged or
        orphaned."""
        from trivia_scraper.db import image_ledger
        from trivia_scraper.db.image_queries import count_stored, recorded_images
        from trivia_scraper.images.verify import confirmed, verify

        store = self.open_store()
        files = self.open_files(store)

        def named(paths: list[str]) -> set[str]:
            return store.read(image_ledger.named_paths, paths)

        copies: dict[int, tuple[str, FileStat]] = {}
        found = list(verify(recorded_images(store), files, named, copies))
        if found:
            sleep(_SETTLING_SECONDS)
            found = list(confirmed(found, recorded_images(store), files, named))
        findings = [asdict(finding) for finding in found]
        harmed = [finding["path"] for finding in findings if finding["problem"] != "orphaned"]
        if copies or harmed:
            self._record(copies, harmed)
        stored = store.read(count_stored)
        all_well = f"{stored} pictures are stored and every one is as the ledger says."
        nothing = all_well if stored else "No images are stored, so there is nothing to verify."
        show_rows(opts, findings, ("problem", "path", "venue"), nothing)
        return OK if stored and not findings else FAILED

    def _record(self, copies: dict[int, tuple[str, FileStat]], harmed: list[str]) -> None:
        """Record what `images verify` found, for the next run. The database may be read-only."""
        from trivia_scraper.db import image_ledger

        try:
            store = self.open_store(writes=True)
            store.run(image_ledger.record_copies, copies)
            store.run(image_ledger.distrust, harmed)
        except DatabaseError as error:
            complain(self.name, f"the next run will not know of it, because {error}", FAILED)

    def _prune(self, opts: argparse.Namespace) -> int:
        """Remove superseded files, files that no row names, and temporary files of processes that died."""
        from trivia_scraper.db.unreferenced_images import prune

        store = self.open_store(writes=not opts.dry_run)
        files = self.open_files(store, writes=not opts.dry_run)
        pruned = prune(store, files, dry=opts.dry_run, force=opts.force)
        for path, why in pruned.left:
            complain(self.name, f"{path} could not be removed: {why}.", FAILED)
        if pruned.waits:
            complain(self.name, f"superseded and orphaned files wait: {pruned.waits}", OK)
        nothing = "There is nothing else to remove." if pruned.waits else "There is nothing to remove."
        show_rows(opts, pruned.found, ("what", "path"), nothing)
        if pruned.found and not opts.dry_run:
            removed = len(pruned.found) - len(pruned.left)
            complain(self.name, f"removed {counted(removed, 'files')}.", OK)
        return FAILED if pruned.left else OK

    def _copy(self, opts: argparse.Namespace) -> int:
        """Copy every file that the database names to a directory or s3://bucket/prefix/. Exit code 1 when a file was
        left out, because it is missing or damaged."""
        from trivia_scraper.db.image_queries import recorded_images
        from trivia_scraper.db.locks import nobody_crawls
        from trivia_scraper.db.store_identity import adopt, check_match, read_recorded
        from trivia_scraper.images.storage import open_file_store
        from trivia_scraper.images.verify import copy

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
            with nobody_crawls(store):
                adopt(store, target)
                each = list(copy(recorded_images(store), files, target))
        except OSError as error:
            raise StorageError(f"{opts.to} cannot be written: {error}.") from None
        left_out = [asdict(finding) for finding in each if finding is not None]
        show_rows(opts, left_out, ("problem", "path", "venue"), "")
        omitted = f"; left {counted(len(left_out), 'files')} out" if left_out else ""
        complain(self.name, f"copied {counted(len(each) - len(left_out), 'files')} to {opts.to}{omitted}.", OK)
        return FAILED if left_out else OK

    def _explain(self, opts: argparse.Namespace) -> int:
        """Show the last decisions on each picture of a venue."""
        from trivia_scraper.db.image_decisions import explain
        from trivia_scraper.db.venues import did_you_mean_venue, slugs_of

        store = self.open_store()
        slugs = store.read(slugs_of, opts.venue)
        if len(slugs) > 1:
            raise UsageError(f"{opts.venue!r} is the id of several venues; name one: {', '.join(slugs)}.")
        decisions = store.read(explain, slugs[0], opts.last) if slugs else []
        if not decisions:
            hint = "." if slugs else store.read(did_you_mean_venue, opts.venue)
            raise NotFoundError(f"nothing is known of pictures of a venue {opts.venue!r}{hint}")
        columns = ("kind", "run", "at", "forced", "status", "reason", "found", "url")
        show_rows(opts, decisions, columns, "", NARROW_EXPLAINED)
        return OK


def _status_row(row: Mapping[str, Any], *, as_json: bool) -> dict[str, Any]:
    """Return what `images status` shows of a row of the ledger."""
    shown = {name: value for name, value in row.items() if name not in _INTERNAL}
    if not as_json:
        shown["file"] = (
            row["path"] or f"{row['venue']}: no {row['kind']} image"
        )  # most paths name the venue and the kind
        shown["placeholder"] = f"in {row['shared_by']} venues" if row["placeholder"] else None
    return shown
