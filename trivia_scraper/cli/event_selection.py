"""Which events, and where to: what the commands share that list events or write them for other programs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, TextIO, cast

from trivia_scraper.cli.command import ProjectCommand, complain, one_of, suggestion
from trivia_scraper.errors import OK, NotFoundError
from trivia_scraper.items import STATUSES, Status

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from trivia_scraper.db.queries import Selection
    from trivia_scraper.exports.summary import Told

Writer = Callable[["Connection", "Selection", TextIO], "Told"]


def add_selection_options(parser: argparse.ArgumentParser) -> None:
    """Add options that may each be repeated; then an event that matches one of them is selected."""
    for option, metavar, meaning in (
        ("--publisher", "PUBLISHER", "only events of this publisher"),
        ("--venue", "SLUG", "only events at this venue"),
        ("--town", "TOWN", "only events in towns of this name"),
    ):
        help_ = f"{meaning} (may be repeated)"
        parser.add_argument(option, action="append", default=[], metavar=metavar, help=help_)
    parser.add_argument("--status", action="append", default=[], metavar="STATUS", type=one_of(*STATUSES),
                        help=f"only events of this status: {', '.join(STATUSES)} (may be repeated)")  # fmt: skip


def selection_of(opts: argparse.Namespace) -> Selection:
    from trivia_scraper.db.queries import Selection

    return Selection(
        frozenset(opts.publisher),
        frozenset(opts.venue),
        frozenset(town.casefold() for town in opts.town),
        frozenset(cast("list[Status]", opts.status)),
    )


class WritingCommand(ProjectCommand):
    """A command that writes the selected events to a file or to standard output."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_selection_options(parser)
        parser.add_argument("-o", "--output", metavar="FILE", help="where to (default: standard output)")

    def write(self, writer: Writer, opts: argparse.Namespace) -> int:
        """Run the writer inside one transaction that reads; say on standard error what it wrote."""
        from trivia_scraper.atomic import whole_file

        selection = selection_of(opts)
        store = self.open_filled_store()

        def checked(connection: Connection, out: TextIO) -> Told:
            check_selection(connection, selection, opts.town)
            return writer(connection, selection, out)

        if opts.output in {None, "-"}:
            sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
            told = store.read(checked, sys.stdout)
            sys.stdout.flush()
        else:
            with whole_file(opts.output) as out:
                told = store.read(checked, out)
        return complain(self.name, told.sentence(), OK)


def check_selection(
    connection: Connection, selection: Selection, towns: Collection[str], known: Collection[str] = ()
) -> None:
    """Refuse a name that is not stored: a misspelt one must not empty a file.

    towns: as they were typed. known: publishers that are right although nothing of them is stored. Raises
    NotFoundError.
    """
    from trivia_scraper.db.queries import keys

    stored = keys(connection)
    publishers = {key.identity.publisher for key in stored}
    if unknown := selection.publishers - publishers - set(known):
        end = suggestion(min(unknown), publishers | set(known)) if publishers or known else "."
        raise NotFoundError(f"no event of the publisher {min(unknown)!r} is stored{end}")
    if unknown := selection.venues - {key.venue_slug for key in stored}:
        from trivia_scraper.db.venues import current_slug

        into = current_slug(connection, min(unknown))
        hint = f"it was merged into {into}" if into not in {None, min(unknown)} else "`scrapy events` lists them"
        raise NotFoundError(f"no event at a venue {min(unknown)!r} is stored; {hint}.")
    if unknown := selection.towns - {key.town for key in stored}:
        typed = next(town for town in towns if town.casefold() == min(unknown))
        raise NotFoundError(f"no event in a town {typed!r} is stored; `scrapy events` lists the towns.")
