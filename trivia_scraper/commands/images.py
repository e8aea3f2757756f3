"""`scrapy images`: what is stored and why, whether it is what the ledger says, what can go, and all of it elsewhere."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict
from time import sleep

from trivia_scraper.cli.command import ProjectCommand, complain
from trivia_scraper.cli.tables import add_json_option, show_json, show_table
from trivia_scraper.db import image_decisions, image_ledger
from trivia_scraper.db.locks import nobody_crawls
from trivia_scraper.db.unreferenced_images import prune
from trivia_scraper.db.venues import current_slug
from trivia_scraper.errors import ALREADY_RUNNING, FAILED, OK, BusyError, RefusedError, UsageError
from trivia_scraper.images.storage import open_file_store
from trivia_scraper.images.storage.base import FileStat, FileStore
from trivia_scraper.images.verify import confirmed, copy, verify

EXPLAINED = 5
_SETTLING_SECONDS = 1  # in which a crawl that has just replaced a file records it
NARROW_STATUS = {each: each.removesuffix("_at") for each in ("venue", "kind", "fetched_at", "status", "reason")}
NARROW_EXPLAINED = {each: each for each in ("kind", "run", "at", "status", "reason", "found")}


class Command(ProjectCommand):
    name = "images"

    def syntax(self) -> str:
        return "status|verify|prune|copy --to STORE|explain VENUE [options]"

    def short_desc(self) -> str:
        return "Show, check, tidy, copy or explain the stored pictures"

    def long_desc(self) -> str:
        return (
            "status: every picture, where it is, when it was fetched and checked, and how its last run ended. "
            "verify: ledger against store, byte for byte; exit code 1 when a file is missing, damaged or orphaned. "
            "prune: removes superseded files, files that no row names, and temporary files of dead runs. "
            "copy: every file that the ledger names, to a directory or s3://bucket/prefix/; exit code 1 when one was "
            "left out, since it is not as the ledger says. "
            "explain VENUE: the last decisions on each of a venue's pictures."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--venue", metavar="SLUG", help="status: one venue's pictures only")
        parser.add_argument("--dry-run", action="store_true", help="prune: say what would go, remove nothing")
        parser.add_argument("--force", action="store_true", help="prune: also when most of the store would go")
        parser.add_argument("--to", metavar="STORE", help="copy: what IMAGES_STORE will be")
        parser.add_argument("--last", type=int, metavar="N", help=f"explain: decisions per picture ({EXPLAINED})")
        add_json_option(parser)

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        verb, *rest = args or [""]
        taken = 1 if verb == "explain" else 0
        verbs: dict[str, Callable[..., int]] = {
            "status": self._status,
            "verify": self._verify,
            "prune": self._prune,
            "copy": self._copy,
            "explain": self._explain,
        }
        if verb not in verbs or len(rest) != taken:
            raise UsageError(f"it takes {self.syntax()}, not {' '.join(args) or 'nothing'}.")
        given = {"venue": "status", "dry_run": "prune", "force": "prune", "to": "copy", "last": "explain"}
        for option, of in given.items():
            if getattr(opts, option) and verb != of:
                raise UsageError(f"--{option.replace('_', '-')} means nothing to {verb}.")
        if verb == "copy" and not opts.to:
            raise UsageError("copy takes --to STORE, a directory or s3://bucket/prefix/.")
        if opts.last is not None and opts.last < 1:
            raise UsageError(f"--last takes a number, 1 or more, not {opts.last}.")
        return verbs[verb](opts, *rest)

    def _status(self, opts: argparse.Namespace) -> int:
        store = self.open_store()
        slug = opts.venue and store.read(current_slug, opts.venue)
        rows = store.read(image_ledger.catalogue, slug) if slug or not opts.venue else []
        if opts.venue and not rows:
            return complain(self.name, f"nothing is stored for {opts.venue!r} (`scrapy events` lists venues).", FAILED)
        for row in rows:
            for internal in ("id", "venue_id", "stem", "modified_ns", "thumbs_spec"):
                del row[internal]
        if opts.json:
            show_json(rows)
            return OK
        columns = ("venue", "kind", "path", "bytes", "fetched_at", "checked_at", "status", "reason", "placeholder")
        for row in rows:
            row["placeholder"] = f"in {row['shared_by']} venues" if row["placeholder"] else None
        show_table(rows, columns, "No pictures are stored.", NARROW_STATUS)
        return OK

    def _verify(self, opts: argparse.Namespace) -> int:
        store, files = self.open_store(), self._files()
        rows = store.read(image_ledger.catalogue)
        copies: dict[int, tuple[str, FileStat]] = {}
        found = list(verify(rows, files, copies))
        if found:
            sleep(_SETTLING_SECONDS)
            found = list(confirmed(found, store.read(image_ledger.catalogue), files))
        findings = [asdict(finding) for finding in found]
        if copies:
            store.run(image_ledger.record_copies, copies)
        if harmed := [finding["path"] for finding in findings if finding["problem"] != "orphaned"]:
            store.run(image_ledger.distrust, harmed)
        if opts.json:
            show_json(findings)
        else:
            whole = sum(row["path"] is not None for row in rows)
            nothing = f"{whole} pictures are stored and every one is as the ledger says."
            show_table(findings, ("problem", "path", "venue"), nothing)
        return FAILED if findings else OK

    def _prune(self, opts: argparse.Namespace) -> int:
        try:
            pruned = prune(self.open_store(), self._files(), dry=opts.dry_run, force=opts.force)
        except RefusedError as refusal:
            return complain(self.name, refusal, FAILED)
        for path, why in pruned.left:
            complain(self.name, f"{path} could not be removed: {why}.", FAILED)
        if opts.json:
            show_json(pruned.found)
        else:
            show_table(pruned.found, ("what", "path"), "There is nothing to remove.")
            if pruned.found and not opts.dry_run:
                print(f"{len(pruned.found) - len(pruned.left)} files were removed.")
            if pruned.waits:
                print(f"Superseded and orphaned files wait: {pruned.waits}")
        return FAILED if pruned.left else OK

    def _copy(self, opts: argparse.Namespace) -> int:
        store, files, target = self.open_store(), self._files(), open_file_store(opts.to)
        try:
            with nobody_crawls(store):
                each = list(copy(store.read(image_ledger.catalogue), files, target))
        except BusyError as error:
            return complain(self.name, error, ALREADY_RUNNING)
        except OSError as error:
            return complain(self.name, f"{opts.to} does not take what it should: {error}.", FAILED)
        left_out = [asdict(finding) for finding in each if finding is not None]
        if opts.json:
            show_json(left_out)
        else:
            show_table(left_out, ("problem", "path", "venue"), f"{len(each)} files are in {opts.to}.")
        return FAILED if left_out else OK

    def _explain(self, opts: argparse.Namespace, venue: str) -> int:
        store = self.open_store()
        told = store.read(image_decisions.explain, store.read(current_slug, venue) or venue, opts.last or EXPLAINED)
        if not told:
            return complain(
                self.name, f"nothing is known of pictures of {venue!r} (`scrapy events` lists venues).", FAILED
            )
        if opts.json:
            show_json(told)
        else:
            show_table(told, ("kind", "run", "at", "forced", "status", "reason", "found", "url"), "", NARROW_EXPLAINED)
        return OK

    def _files(self) -> FileStore:
        return open_file_store(self.setting("IMAGES_STORE"), make=False)
