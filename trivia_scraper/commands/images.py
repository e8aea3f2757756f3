"""`scrapy images`: what is stored and why, whether it is what the ledger says, and what can go."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from trivia_scraper.images.filestore import FileStore, open_file_store
from trivia_scraper.images.verify import orphans, thumbs_and_picture, verify
from trivia_scraper.store import decisions, ledger
from trivia_scraper.store.engine import Store
from trivia_scraper.store.locks import CrawlingError, nobody_crawls
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
        store, files = self.open_store(), self._files()
        found = [{"what": "temporary", "path": path} for path in files.temporaries()]
        crawling = ""
        try:
            # Between a file and its row, and between a row and its pointer, a crawl leaves for a moment what looks
            # superfluous.
            with nobody_crawls(store):
                superfluous = _superfluous(store, files)
                if refusal := _refusal(store, files, superfluous, opts):
                    return complain(self.name, refusal, FAILED)
                found += superfluous
                left = [] if opts.dry_run else _not_removed(store, files, found)
        except CrawlingError as error:
            crawling = str(error)
            left = [] if opts.dry_run else _not_removed(store, files, found)
        if opts.json:
            show_json(found)
        else:
            show_table(found, ("what", "path"), "There is nothing to remove.")
            if found and not opts.dry_run:
                print(f"{len(found) - len(left)} files were removed.")
            if crawling:
                print(f"Superseded and orphaned files wait: {crawling}")
        return FAILED if left else OK

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


def _refusal(store: Store, files: FileStore, superfluous: list[dict[str, Any]], opts: argparse.Namespace) -> str | None:
    """An empty or a foreign ledger names nothing, and everything would look superfluous."""
    everything = sum(1 for _ in files.paths())
    if opts.force or opts.dry_run or not 2 * len(superfluous) > everything > 2:
        return None
    return (
        f"{len(superfluous)} of {everything} files would go: is {store.url} the database of this store? "
        "`--dry-run` lists them, `--force` removes them."
    )


def _not_removed(store: Store, files: FileStore, found: list[dict[str, Any]]) -> list[str]:
    """Removes them, but for what a crawl that has begun since has come to name. Returns what could not be removed."""
    if any(each["what"] == "superseded" for each in found):
        store.run(ledger.forget, [row["id"] for row in store.read(ledger.unshown)])
    errors = store.run(ledger.remove_unnamed, files, [each["path"] for each in found if each["what"] != "temporary"])
    for path in (each["path"] for each in found if each["what"] == "temporary"):
        try:
            files.remove(path)
        except OSError as error:
            errors.append((path, str(error)))
    for path, why in errors:
        complain(Command.name, f"{path} could not be removed: {why}.", FAILED)
    return [path for path, _ in errors]


def _superfluous(store: Store, files: FileStore) -> list[dict[str, Any]]:
    unshown = store.read(ledger.unshown)
    paths = {path for row in unshown for path in thumbs_and_picture(row)}
    found = [{"what": "superseded", "path": path} for path in sorted(paths)]
    rows = store.read(ledger.catalogue)
    return found + [{"what": "orphaned", "path": path} for path in orphans(rows, files) if path not in paths]
