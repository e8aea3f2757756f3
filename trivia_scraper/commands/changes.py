"""`scrapy changes`: what has changed in the store since a run, for whoever has an older export."""

from __future__ import annotations

import argparse
from functools import partial

from trivia_scraper.cli.command import complain
from trivia_scraper.cli.event_selection import SYNTAX, WritingCommand
from trivia_scraper.clock import utc_now
from trivia_scraper.db.changes import NoSuchRunError
from trivia_scraper.errors import FAILED, UsageError
from trivia_scraper.exports.changes import write_changes


class Command(WritingCommand):
    name = "changes"

    def syntax(self) -> str:
        return f"--since RUN [--format jsonl] {SYNTAX}"

    def short_desc(self) -> str:
        return "Write what has changed since a run, to be applied to an older export"

    def long_desc(self) -> str:
        return (
            "Writes JSON Lines that make the JSON Lines of now out of those that `scrapy export`, with the same "
            "options, wrote after RUN had ended. docs/exports.md says how they are applied."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--since", metavar="RUN", help="number of a run that has ended (`scrapy runs` lists them)")
        parser.add_argument("--format", metavar="FORMAT", default="jsonl", help="jsonl (default)")

    def execute(self, args: list[str], opts: argparse.Namespace) -> int:
        if args:
            raise UsageError(f"it takes {self.syntax()}, not {' '.join(args)}.")
        if opts.format != "jsonl":
            raise UsageError(f"--format takes jsonl, not {opts.format}.")
        if not (opts.since or "").isdecimal() or len(opts.since) >= 18:
            raise UsageError(f"--since takes one run's number, not {opts.since or 'nothing'}.")
        try:
            return self.write(partial(write_changes, since=int(opts.since), now=utc_now()), opts)
        except NoSuchRunError as error:
            return complain(self.name, error, FAILED)
