"""`scrapy images`: what is stored and why, whether it is what the ledger says, and what can go."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict

from trivia_scraper.images.filestore import FileStore, open_file_store
from trivia_scraper.images.verify import verify
from trivia_scraper.store import decisions, ledger
from trivia_scraper.store.superfluous import PruningRefused, prune
from trivia_scraper.store.venues import current_slug
from trivia_scraper.terminal import (
    FAILED,
    OK,
    ProjectCommand,
    UsageMistake,
    add_json_option,
    complain,
    show_json,
    show_table,
)

EXPLAINED = 5


class Command(ProjectCommand):
    name = "images"

    def syntax(self) -> str:
        return "status|verify|prune|explain VENUE [options]"

    def short_desc(self) -> str:
        return "Show, check, tidy or explain the stored pictures"

    def long_desc(self) -> str:
        return (
            "status: every picture, where it is, when it was fetched and checked, and how its last run ended. "
            "verify: ledger against store, byte for byte; exit code 1 when a file is missing, damaged or orphaned. "
            "prune: removes superseded files, files that no row names, and temporary files of dead runs. "
            "explain VENUE: the last decisions on each of a venue's pictures."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--venue", metavar="SLUG", help="status: one venue's pictures only")
        parser.add_argument("--dry-run", action="store_true", help="prune: say what would go, remove nothing")
        parser.add_argument("--force", action="store_true", help="prune: also when most of the store would go")
        parser.add_argument("--last", type=int, metavar="N", help=f"explain: decisions per picture ({EXPLAINED})")
        add_json_option(parser)

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        verb, *rest = args or [""]
        taken = 1 if verb == "explain" else 0
        verbs: dict[str, Callable[..., int]] = {
            "status": self._status,
            "verify": self._verify,
            "prune": self._prune,
            "explain": self._explain,
        }
        if verb not in verbs or len(rest) != taken:
            raise UsageMistake(f"it takes {self.syntax()}, not {' '.join(args) or 'nothing'}.")
        given = {"venue": "status", "dry_run": "prune", "force": "prune", "last": "explain"}
        for option, of in given.items():
            if getattr(opts, option) and verb != of:
                raise UsageMistake(f"--{option.replace('_', '-')} means nothing to {verb}.")
        if opts.last is not None and opts.last < 1:
            raise UsageMistake(f"--last takes a number, 1 or more, not {opts.last}.")
        return verbs[verb](opts, *rest)

    def _status(self, opts: argparse.Namespace) -> int:
        store = self.open_store()
        slug = opts.venue and store.read(current_slug, opts.venue)
        rows = store.read(ledger.catalogue, slug) if slug or not opts.venue else []
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
        show_table(rows, columns, "No pictures are stored.")
        return OK

    def _verify(self, opts: argparse.Namespace) -> int:
        store = self.open_store()
        rows = store.read(ledger.catalogue)
        findings = [asdict(finding) for finding in verify(rows, self._files())]
        if harmed := [finding["path"] for finding in findings if finding["problem"] != "orphaned"]:
            store.run(ledger.distrust, harmed)
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
        except PruningRefused as refusal:
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

    def _explain(self, opts: argparse.Namespace, venue: str) -> int:
        store = self.open_store()
        told = store.read(decisions.explain, store.read(current_slug, venue) or venue, opts.last or EXPLAINED)
        if not told:
            return complain(
                self.name, f"nothing is known of pictures of {venue!r} (`scrapy events` lists venues).", FAILED
            )
        if opts.json:
            show_json(told)
        else:
            show_table(told, ("kind", "run", "at", "forced", "status", "reason", "found", "url"), "")
        return OK

    def _files(self) -> FileStore:
        return open_file_store(self.setting("IMAGES_STORE"), make=False)
