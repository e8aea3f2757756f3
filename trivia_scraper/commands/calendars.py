"""`scrapy calendars`: calendars that people subscribe to."""

from __future__ import annotations

import argparse

from trivia_scraper.cli.command import ProjectCommand, complain, file_name, require_option
from trivia_scraper.clock import utc_now
from trivia_scraper.errors import OK


class Command(ProjectCommand):
    name = "calendars"
    usage = "-o DIR [--force]"
    purpose = "Write a calendar for each venue, town and publisher, and one for all events"
    details = (
        "Write all.ics, publishers/*.ics, towns/*.ics and venues/*.ics from the stored events. DIR becomes a symbolic "
        "link to them and is replaced in one step. `scrapy export --format ics` writes a single calendar."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("-o", "--output", type=file_name, metavar="DIR", help="directory to write to")
        parser.add_argument(
            "--force", action="store_true", help="write even if more than half of the venues would disappear"
        )

    def execute(self, opts: argparse.Namespace) -> int:
        require_option(self.name, "-o", opts.output)
        from trivia_scraper.site.calendar_tree import write_calendars

        summary = self.open_filled_store().read(write_calendars, opts.output, utc_now(), force=opts.force)
        return complain(self.name, summary.describe(), OK)
