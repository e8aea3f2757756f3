"""`scrapy events`: the stored events, one line each. `scrapy export` selects events by the same options."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

from trivia_scraper.cli.command import ProjectCommand, add_repeatable, one_of
from trivia_scraper.cli.tables import add_json_option, show_json, show_table
from trivia_scraper.errors import OK, NotFoundError
from trivia_scraper.items import STATUSES, Status

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from trivia_scraper.db.queries import Selection

NARROW = {each: each for each in ("venue", "publisher", "day", "time", "city", "status")}
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
COLUMNS = ("venue", "publisher", "id", "day", "time", "frequency", "city", "status", "pictures")


class Command(ProjectCommand):
    name = "events"
    usage = "[--publisher P] [--venue SLUG] [--town TOWN] [--status S] [--json]"
    purpose = "List the stored events"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_selection_options(parser)
        add_json_option(parser)

    def execute(self, opts: argparse.Namespace) -> int:
        from trivia_scraper.db.queries import stored_events

        selection = selection_of(opts)

        def read(connection: Connection) -> list[dict[str, Any]]:
            check_selection(self, connection, selection, opts.town)
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


def add_selection_options(parser: argparse.ArgumentParser) -> None:
    """Add options of which each selects the events that match one of its values."""
    add_repeatable(parser, "--publisher", "PUBLISHER", "only events of this publisher")
    add_repeatable(parser, "--venue", "SLUG", "only events at this venue")
    add_repeatable(parser, "--town", "TOWN", "only events in towns of this name")
    statuses = f"only events of this status: {', '.join(STATUSES)}"
    add_repeatable(parser, "--status", "STATUS", statuses, type=one_of(*STATUSES))


def selection_of(opts: argparse.Namespace) -> Selection:
    from trivia_scraper.db.queries import Selection

    return Selection(
        frozenset(opts.publisher),
        frozenset(opts.venue),
        frozenset(town.casefold() for town in opts.town),
        frozenset(cast("list[Status]", opts.status)),
    )


def check_selection(
    command: ProjectCommand, connection: Connection, selection: Selection, towns: Iterable[str]
) -> set[str]:
    """Refuse a name that is not known: a misspelt one must not empty a file. Return the publishers of stored events.

    towns: as they were typed. Raises UsageError for a publisher, NotFoundError for a venue or a town.
    """
    from trivia_scraper.db.queries import keys

    stored = keys(connection)
    publishers = {key.identity.publisher for key in stored}
    command.check_publishers(sorted(selection.publishers), publishers)
    if unknown := selection.venues - {key.venue_slug for key in stored}:
        from trivia_scraper.db.venues import current_slug

        into = current_slug(connection, min(unknown))
        hint = f"it was merged into {into}" if into not in {None, min(unknown)} else "`scrapy events` lists them"
        raise NotFoundError(f"no event at a venue {min(unknown)!r} is stored; {hint}.")
    if unknown := selection.towns - {key.town for key in stored}:
        typed = next(town for town in towns if town.casefold() == min(unknown))
        raise NotFoundError(f"no event in a town {typed!r} is stored; `scrapy events` lists the towns.")
    return publishers
