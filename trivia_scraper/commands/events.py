"""`scrapy events`: list the stored events. `scrapy export` has the same options to select events."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from trivia_scraper.cli.command import ProjectCommand, add_repeatable, format_options, one_of
from trivia_scraper.cli.tables import add_json_option, show_json_rows, show_table
from trivia_scraper.errors import OK, NotFoundError
from trivia_scraper.items import STATUSES, Status

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from trivia_scraper.db.queries import Selection, StoredEvent

NARROW = {each: each for each in ("venue", "publisher", "day", "time", "city", "status")}
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
SELECTION = ("publisher", "venue", "town", "status")
"""Names of the options that select events."""
COLUMNS = ("venue", "publisher", "id", "day", "time", "frequency", "city", "status", "images")


class Command(ProjectCommand):
    name = "events"
    usage = "[--publisher P] [--venue SLUG] [--town TOWN] [--status S] [--json]"
    purpose = "List the stored events"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_selection_options(parser)
        add_json_option(parser)

    def execute(self, opts: argparse.Namespace) -> int:
        from trivia_scraper.db.queries import read_stored_events

        def show(connection: Connection) -> None:
            selection, _ = select_events(self, connection, opts)
            events = read_stored_events(connection, selection)
            if opts.json:
                show_json_rows(event.as_dict() for event in events)
            else:
                show_table(map(_line, events), COLUMNS, lambda: explain_no_events(connection, opts), NARROW)

        self.open_store().read(show)
        return OK


def explain_no_events(connection: Connection, opts: argparse.Namespace) -> str:
    """Return a sentence that says why no event was found."""
    from trivia_scraper.db.queries import read_publishers
    from trivia_scraper.db.runs import list_runs

    stored = read_publishers(connection)
    if stored and (not opts.publisher or stored.intersection(opts.publisher)):
        return f"No stored event matches {format_options(opts, SELECTION)}."
    of_them = f" of {', '.join(opts.publisher)}" if opts.publisher else ""
    why = "no run was made yet"
    for run in list_runs(connection, limit=1, publishers=opts.publisher):
        reasons = "; ".join(run["reasons"])
        why = f"the newest run ({run['id']}) {run['verdict']}{f': {reasons}' if reasons else ''}"
    return f"No events{of_them} are stored: {why}."


def _line(event: StoredEvent) -> dict[str, Any]:
    weekday = event.schedule.weekday
    return {
        "venue": event.venue.slug,
        "publisher": event.publisher,
        "id": event.publisher_id,
        "day": weekday and DAYS[weekday - 1],
        "time": event.schedule.start_time,
        "frequency": event.schedule.frequency,
        "city": event.venue.city,
        "status": event.status,
        "images": len(event.images),
    }


def add_selection_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that select events. An event matches an option if it matches one of its values."""
    add_repeatable(parser, "--publisher", "PUBLISHER", "only events of this publisher")
    add_repeatable(parser, "--venue", "SLUG", "only events at this venue")
    add_repeatable(parser, "--town", "TOWN", "only events in towns of this name")
    statuses = f"only events of this status: {', '.join(STATUSES)}"
    add_repeatable(parser, "--status", "STATUS", statuses, type=one_of(*STATUSES))


def select_events(
    command: ProjectCommand, connection: Connection, opts: argparse.Namespace
) -> tuple[Selection, set[str]]:
    """Return the selection that the options describe, and the publishers of all stored events.

    The slug of a merged venue selects the venue that it was merged into. Unknown names are refused, because a misspelt
    name must not empty an exported file. Raises UsageError for a publisher, NotFoundError for a venue or a town.
    """
    from trivia_scraper.db.queries import (
        Selection,
        read_publishers,
        read_slugs_with_events,
        read_towns,
        select_slugs_with_events,
    )
    from trivia_scraper.db.runs import read_publishers_with_runs

    command.check_publishers(opts.publisher, read_publishers_with_runs(connection))
    venues = set()
    for typed in opts.venue:
        from trivia_scraper.db.venues import find_current_slug  # its libraries take longer to import than the query

        slug = find_current_slug(connection, typed)
        if slug is None or not select_slugs_with_events(connection, [slug]):
            meant = _did_you_mean(typed, read_slugs_with_events(connection)) or "`scrapy events` lists them."
            raise NotFoundError(f"no event at a venue {typed!r} is stored; {meant}")
        venues.add(slug)
    towns = read_towns(connection) if opts.town else {}
    for typed in opts.town:
        if typed.casefold() not in towns:
            meant = _did_you_mean(typed, filter(None, towns.values())) or "`scrapy events` lists the towns."
            raise NotFoundError(f"no event in a town {typed!r} is stored; {meant}")
    selection = Selection(
        frozenset(opts.publisher),
        frozenset(venues),
        frozenset(town.casefold() for town in opts.town),
        frozenset(cast("list[Status]", opts.status)),
    )
    return selection, read_publishers(connection)


def _did_you_mean(typed: str, known: Iterable[str]) -> str:
    from trivia_scraper.parsing.names import find_nearest

    meant = find_nearest(typed, known)
    return f"did you mean {meant!r}?" if meant else ""
