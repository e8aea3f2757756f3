"""`scrapy version`: Scrapy's command, preceded by this project's version."""

from __future__ import annotations

import argparse

from scrapy.commands import version

from trivia_scraper import __version__


class Command(version.Command):
    def short_desc(self) -> str:
        return "Print the versions of trivia_scraper and Scrapy"

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        separator = " : " if opts.verbose else " "
        print(f"trivia_scraper{separator}{__version__}")
        super().run(args, opts)
