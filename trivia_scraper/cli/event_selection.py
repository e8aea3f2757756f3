"""Which events, and where to: what the commands share that write events of the store for other programs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from typing import TextIO, cast

from sqlalchemy import Connection

from trivia_scraper.atomic import whole_file
from trivia_scraper.cli.command import ProjectCommand, complain
from trivia_scraper.db.queries import STATUSES, Selection, Status, keys
from trivia_scraper.db.venues import current_slug
from trivia_scraper.errors import FAILED, OK, NotFoundError, UsageError
from trivia_scraper.exports.summary import Told

Writer = Callable[[Connection, Selection, TextIO], Told]
SYNTAX = "[--publisher P] [--venue SLUG] [--town TOWN] [--status S] [-o FILE]"


class WritingCommand(ProjectCommand):
    """Its options may be repeated; then whatever one of them names is meant."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        for option, metavar, meaning in (
            ("--publisher", "PUBLISHER", "only events of this publisher"),
            ("--venue", "SLUG", "only events at this venue"),
            ("--town", "TOWN", "only events in towns of this name"),
            ("--status", "STATUS", f"only events of this status: {', '.join(STATUSES)}"),
        ):
            help_ = f"{meaning} (may be repeated)"
            parser.add_argument(option, action="append", default=[], metavar=metavar, help=help_)
        parser.add_argument("-o", "--output", metavar="FILE", help="where to (default: standard output)")

    def write(self, writer: Writer, opts: argparse.Namespace) -> int:
        """Runs it inside one transaction that reads, and says on standard error what it wrote."""
        if wrong := [status for status in opts.status if status not in STATUSES]:
            raise UsageError(f"--status takes {', '.join(STATUSES)}, not {wrong[0]!r}.")
        typed = {town.casefold(): town for town in opts.town}
        statuses = frozenset(cast("list[Status]", opts.status))
        selection = Selection(frozenset(opts.publisher), frozenset(opts.venue), frozenset(typed), statuses)
        store = self.open_filled_store()

        def checked(connection: Connection, out: TextIO) -> Told:
            check(connection, selection, typed)
            return writer(connection, selection, out)

        try:
            if opts.output in {None, "-"}:
                sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
                told = store.read(checked, sys.stdout)
                sys.stdout.flush()
            else:
                with whole_file(opts.output) as out:
                    told = store.read(checked, out)
        except NotFoundError as error:
            return complain(self.name, error, FAILED)
        return complain(self.name, told.sentence(), OK)


def check(connection: Connection, selection: Selection, typed: Mapping[str, str]) -> None:
    """A name that is misspelled must not make an empty file of a full one. typed: the towns as they were named. Raises
    NotFoundError."""
    stored = keys(connection)
    publishers = {key.identity.publisher for key in stored}
    if unknown := selection.publishers - publishers:
        raise NotFoundError(
            f"no event of the publisher {min(unknown)!r} is stored; there are events of "
            f"{', '.join(sorted(publishers)) or 'none'}."
        )
    if unknown := selection.venues - {key.venue_slug for key in stored}:
        into = current_slug(connection, min(unknown))
        hint = f"it was merged into {into}" if into not in {None, min(unknown)} else "`scrapy events` lists them"
        raise NotFoundError(f"no event at a venue {min(unknown)!r} is stored; {hint}.")
    if unknown := selection.towns - {key.town for key in stored}:
        raise NotFoundError(f"no event in a town {typed[min(unknown)]!r} is stored; `scrapy events` lists the towns.")
