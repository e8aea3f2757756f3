"""`scrapy events`: the stored events, one line each."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from trivia_scraper.cli.command import ProjectCommand
from trivia_scraper.cli.event_selection import add_selection_options, check_selection, selection_of
from trivia_scraper.cli.tables import add_json_option, show_json, show_table
from trivia_scraper.errors import OK

if TYPE_CHECKING:
    from sqlalchemy import Connection

NARROW = {each: each for each in ("venue", "publisher", "day", "time", "city", "status")}
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
COLUMNS = ("venue", "publisher", "id", "day", "time", "frequency", "city", "status", "pictures")


class Command(ProjectCommand):
    name = "events"

    def syntax(self) -> str:
        return "[--publisher P] [--venue SLUG] [--town TOWN] [--status S] [--json]"

    def short_desc(self) -> str:
        return "List the stored events"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_selection_options(parser)
        add_json_option(parser)

    def execute(self, opts: argparse.Namespace) -> int:
        from trivia_scraper.db.queries import stored_events

        selection, spiders = selection_of(opts), self.publishers()

        def read(connection: Connection) -> list[dict[str, Any]]:
            check_selection(connection, selection, opts.town, spiders)
            return [asdict(event) for event in stored_events(connection, selection)]

        rows = self.open_store().read(read)
        if opts.json:
            show_json(rows)
        else:
            chosen = opts.publisher or opts.venue or opts.town or opts.status
            nothing = "No stored event matches." if chosen else "No events are stored."
            show_table([_line(row) for row in rows], COLUMNS, nothing, NARROW)
        return OK


def _line(row: dict[str, Any]) -> dict[str, Any]:
    venue, schedule = row["venue"], row["schedule"]
    return {
        "venue": venue["slug"],
        "publisher": row["publisher"],
        "id": row["publisher_id"],
        "day": schedule["weekday"] and DAYS[schedule["weekday"] - 1],
        "time": schedule["start_time"],
        "frequency": schedule["frequency"],
        "city": venue["city"],
        "status": row["status"],
        "pictures": len(row["images"]),
    }
