"""`scrapy calendars`: calendars that people subscribe to."""

from __future__ import annotations

import argparse

from trivia_scraper.cli.command import ProjectCommand, complain
from trivia_scraper.clock import utc_now
from trivia_scraper.errors import OK, UsageError


class Command(ProjectCommand):
    name = "calendars"

    def syntax(self) -> str:
        return "-o DIR"

    def short_desc(self) -> str:
        return "Make a calendar for each venue, town and publisher, and one of all"

    def long_desc(self) -> str:
        return (
            "Makes all.ics, publishers/*.ics, towns/*.ics and venues/*.ics of what is stored. DIR becomes a symbolic "
            "link to them and changes at one instant. `scrapy export --format ics` makes a single one."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("-o", "--output", metavar="DIR", help="where they are to be")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if args or not opts.output:
            raise UsageError(f"it takes {self.syntax()}, not {' '.join(args) or 'nothing'}.")
        # Scrapy imports every command whenever it starts, a crawl too, and this takes a while.
        from trivia_scraper.site.calendar_tree import write_calendars

        told = self.open_filled_store().read(write_calendars, opts.output, utc_now())
        return complain(self.name, told.sentence(), OK)
