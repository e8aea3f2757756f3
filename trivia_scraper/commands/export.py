"""`scrapy export`: what is stored, as a file for other programs."""

from __future__ import annotations

import argparse
from functools import partial

from trivia_scraper.cli.command import one_of
from trivia_scraper.cli.event_selection import Writer, WritingCommand
from trivia_scraper.clock import utc_now

FORMATS = ("jsonl", "csv", "geojson", "ics", "atom")


class Command(WritingCommand):
    name = "export"

    def syntax(self) -> str:
        return f"--format {'|'.join(FORMATS)} [options]"

    def short_desc(self) -> str:
        return "Write the stored events as JSON Lines, CSV, GeoJSON, a calendar or a feed"

    def long_desc(self) -> str:
        return (
            "Writes what is stored now, also while a crawl runs. FILE is replaced in one step: a reader gets the whole "
            "old one or the whole new one. `scrapy calendars` makes a calendar for each venue, town and publisher."
        )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--format", metavar="FORMAT", required=True, type=one_of(*FORMATS), help=", ".join(FORMATS))

    def execute(self, opts: argparse.Namespace) -> int:
        return self.write(_writer(opts.format), opts)


def _writer(format_: str) -> Writer:
    if format_ == "csv":
        from trivia_scraper.exports.csv import write_table

        return write_table
    if format_ == "geojson":
        from trivia_scraper.exports.geojson import write_features

        return write_features
    if format_ == "ics":
        from trivia_scraper.exports.ics import write_calendar

        return partial(write_calendar, now=utc_now())
    if format_ == "atom":
        from trivia_scraper.exports.atom import write_feed

        return partial(write_feed, now=utc_now())
    from trivia_scraper.exports.jsonl import write_lines

    return write_lines
