"""`scrapy export`: what is stored, as a file for other programs."""

from __future__ import annotations

import argparse
from functools import partial

from trivia_scraper.cli.event_selection import SYNTAX, Writer, WritingCommand
from trivia_scraper.clock import utc_now
from trivia_scraper.errors import UsageError
from trivia_scraper.exports.csv import write_table
from trivia_scraper.exports.geojson import write_features
from trivia_scraper.exports.jsonl import write_lines

FORMATS = ("jsonl", "csv", "geojson", "ics", "atom")


class Command(WritingCommand):
    name = "export"

    def syntax(self) -> str:
        return f"--format {'|'.join(FORMATS)} {SYNTAX}"

    def short_desc(self) -> str:
        return "Write the stored events as JSON Lines, CSV, GeoJSON, a calendar or a feed"

    def long_desc(self) -> str:
        return (
            "Writes what is stored now, also while a crawl runs. FILE changes at one instant: whoever reads it has the "
            "old one or the new one as a whole. `scrapy calendars` makes a calendar for each venue, town and publisher."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--format", metavar="FORMAT", help=", ".join(FORMATS))

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if args:
            raise UsageError(f"it takes {self.syntax()}, not {' '.join(args)}.")
        if opts.format not in FORMATS:
            raise UsageError(f"--format takes {', '.join(FORMATS)}, not {opts.format or 'nothing'}.")
        # Scrapy imports every command whenever it starts, a crawl too, and this takes a while.
        from trivia_scraper.exports.atom import write_feed
        from trivia_scraper.exports.ics import write_calendar

        writers: dict[str, Writer] = {
            "jsonl": write_lines,
            "csv": write_table,
            "geojson": write_features,
            "ics": partial(write_calendar, now=utc_now()),
            "atom": partial(write_feed, now=utc_now()),
        }
        return self.write(writers[opts.format], opts)
