"""`scrapy images`: what is stored, and whether it is what the ledger says."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from trivia_scraper.images.filestore import open_file_store
from trivia_scraper.images.verify import verify
from trivia_scraper.store import ledger
from trivia_scraper.terminal import FAILED, OK, ProjectCommand, UsageMistake, add_json_option, show_json, show_table


class Command(ProjectCommand):
    name = "images"

    def syntax(self) -> str:
        return "status|verify [--venue SLUG] [--json]"

    def short_desc(self) -> str:
        return "Show or check the stored pictures"

    def long_desc(self) -> str:
        return (
            "status: every picture, where it is, when it was fetched and checked, and how its last run ended. "
            "verify: ledger against store, byte for byte; exit code 1 when a file is missing, damaged or orphaned."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--venue", metavar="SLUG", help="status of one venue's pictures only")
        add_json_option(parser)

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if args == ["status"]:
            return self._status(opts)
        if args == ["verify"] and not opts.venue:
            return self._verify(opts)
        raise UsageMistake(f"it takes {self.syntax()}, not {' '.join(args) or 'nothing'}.")

    def _status(self, opts: argparse.Namespace) -> int:
        rows = self.open_store().run(ledger.catalogue, opts.venue)
        for row in rows:
            for internal in ("id", "venue_id", "stem", "modified_ns"):
                del row[internal]
        if opts.json:
            show_json(rows)
        else:
            columns = ("venue", "kind", "path", "bytes", "fetched_at", "checked_at", "status", "reason")
            show_table(rows, columns, "No pictures are stored.")
        return OK

    def _verify(self, opts: argparse.Namespace) -> int:
        rows = self.open_store().run(ledger.catalogue)
        findings = list(verify(rows, open_file_store(self.setting("IMAGES_STORE"))))
        if opts.json:
            show_json([asdict(finding) for finding in findings])
        else:
            whole = sum(row["path"] is not None for row in rows)
            nothing = f"{whole} pictures are stored and every one is as the ledger says."
            show_table([asdict(finding) for finding in findings], ("problem", "path", "venue"), nothing)
        return FAILED if findings else OK
