"""`scrapy export`: write the stored events as a file for other programs."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, TextIO

from trivia_scraper.cli.command import ProjectCommand, complain, file_name, one_of, require_option
from trivia_scraper.clock import utc_now
from trivia_scraper.commands.events import add_selection_options, select_events
from trivia_scraper.errors import OK, NotFoundError
from trivia_scraper.exports.formats import FORMATS, writer

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from trivia_scraper.exports import Summary


class Command(ProjectCommand):
    name = "export"
    usage = f"--format {'|'.join(FORMATS)} [options]"
    purpose = "Write the stored events as JSON Lines, CSV, GeoJSON, a calendar or a feed"
    details = (
        "Write the stored events as JSON Lines, CSV, GeoJSON, a calendar or an Atom feed, also while a crawl runs. "
        "FILE is replaced in one step: readers get the old file or the new one. `scrapy calendars` writes a calendar "
        "for each venue, town and publisher."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        add_selection_options(parser)
        parser.add_argument(
            "-o", "--output", type=file_name, metavar="FILE", help="file to write (default: standard output)"
        )
        parser.add_argument("--format", metavar="FORMAT", type=one_of(*FORMATS), help=", ".join(FORMATS))

    def execute(self, opts: argparse.Namespace) -> int:
        from trivia_scraper.atomic import replace_text_file

        require_option(self.name, "--format", opts.format)
        write_format = writer(opts.format)
        store = self.open_filled_store()

        def write(connection: Connection, out: TextIO) -> Summary:
            selection, stored = select_events(self, connection, opts)
            if unstored := selection.publishers - stored:
                raise NotFoundError(
                    f"no event of the publisher {min(unstored)!r} is stored; `scrapy events` lists all events."
                )
            return write_format(connection, selection, out, utc_now())

        if opts.output in {None, "-"}:
            sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
            summary = store.read(write, sys.stdout)
            sys.stdout.flush()
        else:
            with replace_text_file(opts.output) as out:
                summary = store.read(write, out)
        return complain(self.name, summary.describe(), OK)
