"""`scrapy events`: the catalogue as the store has it."""

from __future__ import annotations

import argparse

from trivia_scraper.cli.command import ProjectCommand
from trivia_scraper.cli.tables import add_json_option, show_json, show_table
from trivia_scraper.db import events
from trivia_scraper.db.queries import STATUSES
from trivia_scraper.errors import OK, UsageError

NARROW = {each: each for each in ("venue", "publisher", "day", "time", "city", "status")}


class Command(ProjectCommand):
    name = "events"

    def syntax(self) -> str:
        return "[--publisher PUBLISHER] [--status STATUS] [--json]"

    def short_desc(self) -> str:
        return "List the stored events"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--publisher", help="of one publisher only")
        parser.add_argument("--status", help=f"of one status only: {', '.join(STATUSES)}")
        add_json_option(parser)

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if args:
            raise UsageError(f"it takes {self.syntax()}, not {' '.join(args)}.")
        if opts.status not in {None, *STATUSES}:
            raise UsageError(f"--status takes {', '.join(STATUSES)}, not {opts.status!r}.")
        rows = self.open_store().read(events.listed, opts.publisher, opts.status)
        if opts.json:
            show_json(rows)
            return OK
        lines = [
            {
                "venue": row["venue"]["slug"],
                "publisher": row["publisher"],
                "id": row["publisher_id"],
                "day": row["schedule"]["weekday"]
                and ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"][row["schedule"]["weekday"] - 1],
                "time": row["schedule"]["start_time"],
                "frequency": row["schedule"]["frequency"],
                "city": row["venue"]["city"],
                "status": row["status"],
                "pictures": len(row["images"]),
            }
            for row in rows
        ]
        nothing = "No events are stored." if opts.status is None else f"No event is {opts.status}."
        show_table(lines, lines[0] if lines else (), nothing, NARROW)
        return OK
