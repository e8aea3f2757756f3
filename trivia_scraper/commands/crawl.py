"""`scrapy crawl`, with exit codes that tell what became of the run."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from scrapy import Spider
from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings
from scrapy.spiderloader import get_spider_loader

from trivia_scraper.cli.arguments import explain_spider_arguments, refuse_bare_arguments, spider_arguments
from trivia_scraper.cli.command import check_name, check_setting_names, complain, refuse, superfluous
from trivia_scraper.cli.tables import escape_unknown_letters, show_table
from trivia_scraper.errors import ALREADY_RUNNING, FAILED, OK, TriviaError, UsageError
from trivia_scraper.options import OF_SCRAPY, check_settings

if TYPE_CHECKING:
    from trivia_scraper.spiders.arguments import SpiderArguments


class Command(ScrapyCrawl):
    def syntax(self) -> str:
        return "PUBLISHER [-a NAME=VALUE ...] [options]"

    def short_desc(self) -> str:
        return "Crawl a publisher; exit code 0 passed, 1 failed, 2 wrong usage, 75 already running"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        self.parser = parser
        parser.error = partial(refuse, "crawl")  # type: ignore[method-assign]
        from trivia_scraper.spiders.arguments import SpiderArguments

        explain_spider_arguments(parser, SpiderArguments.model_fields)

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Refuse what is wrong in one sentence, before logging begins and before a request is sent.

        Inside the crawl the same mistakes would be lines of a log.
        """
        assert self.settings is not None
        with refusing("crawl"):
            check_setting_names(self.settings, opts.set)
            spider_arguments(opts.spargs)
            super().process_options(args, opts)
            loader = get_spider_loader(self.settings)
            _check_words(args, loader.list(), self.parser)
            self.is_run = is_publisher(loader.load(args[0]))
            if self.is_run:
                check(self.settings, opts.spargs)
            else:
                check_settings(self.settings, OF_SCRAPY)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if not self.is_run:
            super().run(args, opts)
            return
        assert self.crawler_process is not None
        crawler = self.crawler_process.create_crawler(args[0])
        prepare()
        self.crawler_process.crawl(crawler, **opts.spargs)
        self.crawler_process.start()
        self.exitcode = report("crawl", crawler, started=not self.crawler_process.bootstrap_failed)


@contextmanager
def refusing(command: str) -> Iterator[None]:
    """End with one sentence, and the error's exit code, on a TriviaError."""
    try:
        yield
    except TriviaError as error:
        sys.exit(complain(command, error, error.exit_code))


def is_publisher(spidercls: type[Spider]) -> bool:
    """Tell whether it is the spider of a publisher, whose crawls are runs."""
    from trivia_scraper.spiders.base import PublisherSpider

    return issubclass(spidercls, PublisherSpider)


def prepare() -> None:
    """Prepare the process for a run, which is all that it will do."""
    import gc

    _quieten_loggers()
    # What the libraries made when they were imported stays; no collection has to look at it again.
    gc.collect()
    gc.freeze()


def _quieten_loggers() -> None:
    import logging

    from trivia_scraper.cli.logging import WithoutTraceback

    # They list every component and overridden setting at every start.
    for chatty in ("scrapy.crawler", "scrapy.middleware", "scrapy.addons"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.getLogger("scrapy.core.scraper").addFilter(WithoutTraceback())
    # They warn of an answer that is refused, which has its own line, with a reason.
    for twice in ("scrapy.core.downloader.handlers.http11", "scrapy.downloadermiddlewares.httpcompression"):
        logging.getLogger(twice).setLevel(logging.ERROR)


def report(command: str, crawler: Crawler, *, started: bool) -> int:
    """Print what became of the run; return the exit code. started: whether the crawl began."""
    from trivia_scraper.extensions.run import Run

    publisher = crawler.spidercls.name
    if not started:
        return complain(command, f"{publisher} did not start; the log says why.", FAILED)
    run = Run.of(crawler)
    if run.already_running:
        sentence = f"{publisher} is being crawled by another process; nothing was asked, nothing was changed."
        return complain(command, sentence, ALREADY_RUNNING)
    escape_unknown_letters()
    if run.changes is not None:
        show_table(run.changes, ("entity", "of", "field", "old", "new"), "It would change nothing.")
    if run.outcome is None:
        how = f"at once; run {run.id} has no verdict" if run.has_begun else "before its run began"
        if run.is_dry:
            how = "before its dry run ended"
        return complain(command, f"{publisher} was stopped {how}.", FAILED)
    if run.outcome.verdict != "passed":
        return complain(command, run.sentence(publisher), FAILED)
    return OK


def _check_words(words: list[str], publishers: Iterable[str], parser: argparse.ArgumentParser) -> None:
    """Refuse all but one publisher. Raises UsageError."""
    from trivia_scraper.spiders.arguments import SpiderArguments

    refuse_bare_arguments(words, SpiderArguments.model_fields)
    for word in words:
        if word.startswith("-"):
            raise UsageError(superfluous(word, "crawl", parser))
    if not words:
        raise UsageError(f"name a publisher: {', '.join(sorted(publishers))}.")
    check_name("publisher", words[0], publishers)
    if len(words) > 1:
        raise UsageError(f"it crawls one publisher, not {' '.join(words)}; `scrapy crawl-all` crawls several.")


def check(settings: BaseSettings, given: Mapping[str, str]) -> SpiderArguments:
    """Return the spider arguments. Refuse what would stop the crawl of any publisher.

    Raises UsageError, DatabaseError, StorageError.
    """
    from trivia_scraper.extensions.alerts import check_alerts
    from trivia_scraper.extensions.checks import check_run
    from trivia_scraper.extensions.run import Run
    from trivia_scraper.spiders.arguments import SpiderArguments

    arguments = SpiderArguments.parse(given)
    Run.check_is_enabled(settings)
    check_alerts(settings)
    check_run(settings, arguments)
    return arguments
