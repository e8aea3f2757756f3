"""`scrapy runspider`: crawl the publisher in a file as a run, with the checks and exit codes of `scrapy crawl`."""

from __future__ import annotations

import argparse
import os

from scrapy import Spider
from scrapy.commands.runspider import Command as ScrapyRunSpider
from scrapy.crawler import Crawler

from trivia_scraper.cli.arguments import parse_spider_arguments
from trivia_scraper.cli.command import CheckedCommand, exit_on_error
from trivia_scraper.cli.interrupts import end_at_interrupt
from trivia_scraper.commands.crawl import check_crawl, end_soon, is_publisher, prepare_process, report_outcome
from trivia_scraper.errors import UsageError


class Command(CheckedCommand, ScrapyRunSpider):
    name = "runspider"
    crawler: Crawler | None = None
    """Set if the file has a publisher's spider."""

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        end_at_interrupt("runspider")
        with exit_on_error(self.name):
            parse_spider_arguments(opts.spargs)
            super().process_options(args, opts)
            _check_words(args)
        self.arguments = opts.spargs

    def _create_crawler(self, spidercls: type[Spider] | str) -> Crawler:
        """Check and prepare a run. Scrapy's `run` calls this with the file's spider, then starts the crawler."""
        from trivia_scraper.downloader.handler import check_handlers

        crawler = super()._create_crawler(spidercls)
        with exit_on_error("runspider"):
            check_handlers(crawler.settings)  # which now include the spider's custom_settings
        if is_publisher(crawler.spidercls):
            with exit_on_error("runspider"):
                check_crawl(crawler.settings, self.arguments)
            prepare_process(crawler)
            self.crawler = crawler
        return crawler

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        super().run(args, opts)
        if self.crawler is not None:
            self.exitcode = report_outcome("runspider", self.crawler, started=self.exitcode == 0)
            end_soon(self.crawler, self.exitcode)


def _check_words(words: list[str]) -> None:
    """Refuse anything but one Python file. Raises UsageError."""
    if len(words) != 1:
        raise UsageError(
            f"it takes one file, not {' '.join(words)}." if words else "name the file of a spider, like my_spider.py."
        )
    if not (words[0].endswith((".py", ".pyw")) and os.path.isfile(words[0])):
        raise UsageError(f"{words[0]!r} is not a Python file.")
