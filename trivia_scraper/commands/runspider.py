"""`scrapy runspider`: of a publisher's file it is a run, with the checks and exit codes of `scrapy crawl`."""

from __future__ import annotations

import argparse
import os
from functools import partial

from scrapy import Spider
from scrapy.commands.runspider import Command as ScrapyRunSpider
from scrapy.crawler import Crawler

from trivia_scraper.cli.arguments import spider_arguments
from trivia_scraper.cli.command import (
    check_setting_names,
    check_words,
    open_closed_streams,
    refuse,
    refusing,
    superfluous,
)
from trivia_scraper.commands.crawl import check, is_publisher, prepare, report
from trivia_scraper.errors import UsageError
from trivia_scraper.options import OF_SCRAPY, check_settings


class Command(ScrapyRunSpider):
    crawler: Crawler | None = None
    """Of a publisher's spider."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        self.parser = parser
        parser.error = partial(refuse, "runspider")  # type: ignore[method-assign]

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.settings is not None
        open_closed_streams()
        with refusing("runspider"):
            check_setting_names(self.settings, opts.set)
            spider_arguments(opts.spargs)
            check_words(args, opts)
            super().process_options(args, opts)
            check_settings(self.settings, OF_SCRAPY)
            _check_words(args, self.parser)
        self.arguments = opts.spargs

    def _create_crawler(self, spidercls: type[Spider] | str) -> Crawler:
        """Check what a run needs. Scrapy's `run` calls this with what it found in the file, and starts the crawler."""
        crawler = super()._create_crawler(spidercls)
        if is_publisher(crawler.spidercls):
            with refusing("runspider"):
                check(crawler.settings, self.arguments)
            prepare()
            self.crawler = crawler
        return crawler

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        super().run(args, opts)
        if self.crawler is not None:
            self.exitcode = report("runspider", self.crawler, started=self.exitcode == 0)


def _check_words(words: list[str], parser: argparse.ArgumentParser) -> None:
    """Refuse all but one file of Python. Raises UsageError."""
    for word in words:
        if word.startswith("-"):
            raise UsageError(superfluous(word, "runspider", parser))
    if len(words) != 1:
        raise UsageError(f"it takes one file, not {' '.join(words)}." if words else "name the file of a spider.")
    if not (words[0].endswith((".py", ".pyw")) and os.path.isfile(words[0])):
        raise UsageError(f"{words[0]!r} is not a file of Python.")
