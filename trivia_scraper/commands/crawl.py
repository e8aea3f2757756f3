"""`scrapy crawl`: crawl one publisher, with an exit code for each outcome of the run."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Collection, Mapping
from typing import TYPE_CHECKING

from scrapy import Spider
from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings
from scrapy.spiderloader import get_spider_loader

from trivia_scraper.cli.arguments import explain_spider_arguments, parse_spider_arguments, refuse_bare_arguments
from trivia_scraper.cli.command import CheckedCommand, check_publisher, complain, exit_on_error
from trivia_scraper.cli.interrupts import end_at_interrupt
from trivia_scraper.cli.tables import escape_unknown_letters, show_changes
from trivia_scraper.errors import (
    ALREADY_RUNNING,
    FAILED,
    INTERRUPTED,
    OK,
    OutputError,
    StorageError,
    TriviaError,
    UsageError,
)
from trivia_scraper.formatting import format_count

if TYPE_CHECKING:
    from trivia_scraper.extensions.run import Run
    from trivia_scraper.spiders.arguments import SpiderArguments

_CLOSING_SECONDS = 20
"""Time for a run to write its row, feed and metrics at the end, in addition to STOP_GRACE and ALERT_TIMEOUT."""

_REASONS = 2
"""Reasons in the last line. `scrapy runs N` and the log show all of them."""


class Command(CheckedCommand, ScrapyCrawl):
    name = "crawl"

    def syntax(self) -> str:
        return "PUBLISHER [-a NAME=VALUE ...] [options]"

    def short_desc(self) -> str:
        return "Crawl a publisher. Exit code: 0 passed, 1 failed, 2 wrong usage, 75 already running"

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        from trivia_scraper.spiders.arguments import SpiderArguments

        explain_spider_arguments(parser, SpiderArguments.model_fields)

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """Refuse wrong arguments and settings with one sentence, before the log and the first request.

        During the crawl the same errors would be lines of a log.
        """
        from trivia_scraper.spiders.arguments import SpiderArguments

        assert self.settings is not None
        end_at_interrupt("crawl")
        with exit_on_error(self.name):
            refuse_bare_arguments(args, SpiderArguments.model_fields)
            parse_spider_arguments(opts.spargs)
            super().process_options(args, opts)
            loader = get_spider_loader(self.settings)
            _check_words(args, loader.list())
            self.is_run = is_publisher(loader.load(args[0]))
            if self.is_run:
                check_crawl(self.settings, opts.spargs)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        if not self.is_run:
            super().run(args, opts)
            return
        assert self.crawler_process is not None
        crawler = self.crawler_process.create_crawler(args[0])
        prepare_process(crawler)
        crawling = self.crawler_process.crawl(crawler, **opts.spargs)
        self.crawler_process.start()
        if refusal := _refusal(crawling):
            self.exitcode = complain("crawl", refusal, refusal.exit_code)
            return
        self.exitcode = report_outcome("crawl", crawler, started=not self.crawler_process.bootstrap_failed)
        end_soon(crawler, self.exitcode)


def _refusal(crawling: Awaitable[None]) -> TriviaError | None:
    """Return the TriviaError that prevented the crawl, or None. Log any other error."""
    import logging
    from asyncio import Task

    from twisted.internet.defer import Deferred

    errors: list[BaseException | None] = []
    if isinstance(crawling, Task) and crawling.done() and not crawling.cancelled():
        errors.append(crawling.exception())
    elif isinstance(crawling, Deferred):  # with FORCE_CRAWLER_PROCESS
        crawling.addBoth(lambda result: errors.append(getattr(result, "value", None)))
    error = errors[0] if errors else None
    if error is None or isinstance(error, TriviaError):
        return error
    if isinstance(error, OSError) and error.filename:  # like JOBDIR
        return StorageError(f"{error.filename} cannot be used: {error.strerror}.")
    logging.getLogger(__name__).error("The crawl did not start", exc_info=error)
    return None


def is_publisher(spidercls: type[Spider]) -> bool:
    """Return whether this is a publisher's spider. Only their crawls are runs."""
    from trivia_scraper.spiders.base import PublisherSpider

    return issubclass(spidercls, PublisherSpider)


def prepare_process(crawler: Crawler) -> None:
    """Prepare the process for its only run: loggers, time limit, garbage collector."""
    import gc

    _quieten_loggers()
    _bound_stop(crawler)
    # Objects that libraries created at import stay until the end; the garbage collector can skip them.
    gc.collect()
    gc.freeze()


def _bound_stop(crawler: Crawler) -> None:
    """End the process if a stopped crawl waits too long for a thread, for example because a disk hangs."""
    from trivia_scraper.downloader.shutdown import exit_within, stopping
    from trivia_scraper.options import value_of

    seconds = value_of(crawler.settings, "STOP_GRACE") + value_of(crawler.settings, "ALERT_TIMEOUT") + _CLOSING_SECONDS
    name = crawler.spidercls.name

    def stop() -> None:
        exit_within(seconds, FAILED, f"scrapy crawl: {name} did not end within {seconds:g} seconds and was killed.")

    crawler.signals.connect(stop, stopping, weak=False)


def end_soon(crawler: Crawler, exit_code: int) -> None:
    """End the process of a stopped or failed crawl without waiting for a thread that hangs, like one writing a feed."""
    from trivia_scraper.downloader.shutdown import AT_ONCE, exit_within

    if exit_code != OK or crawler.stats is None or crawler.stats.get_value("finish_reason") != "finished":
        exit_within(AT_ONCE, exit_code)


def _quieten_loggers() -> None:
    import logging

    from trivia_scraper.cli.logging import WithoutTraceback
    from trivia_scraper.downloader.shutdown import StoppedError

    # These list every component and every overridden setting at startup.
    for chatty in ("scrapy.crawler", "scrapy.middleware", "scrapy.addons"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.getLogger("scrapy.core.scraper").addFilter(WithoutTraceback(StoppedError))
    logging.getLogger("scrapy.extensions.feedexport").addFilter(WithoutTraceback(OutputError))
    # These warn about a refused response, which this project logs itself, with the reason.
    for twice in ("scrapy.core.downloader.handlers.http11", "scrapy.downloadermiddlewares.httpcompression"):
        logging.getLogger(twice).setLevel(logging.ERROR)


def report_outcome(command: str, crawler: Crawler, *, started: bool) -> int:
    """Print the outcome of the run and return the exit code. started: whether Scrapy could start the crawl."""
    from trivia_scraper.extensions.run import Run

    publisher = crawler.spidercls.name
    if not started:
        return complain(command, f"{publisher} did not start; the log says why.", FAILED)
    run = Run.get(crawler)
    if run.already_running:
        sentence = f"{publisher} is being crawled by another process; this one sent no request and changed nothing."
        return complain(command, sentence, ALREADY_RUNNING)
    escape_unknown_letters()
    if run.changes is not None:
        try:
            show_changes(run.changes, _without_changes(run))
        except OSError as error:
            return complain(command, f"standard output cannot be written: {error.strerror}.", FAILED)
    if not run.has_begun and not run.broken:
        return complain(command, f"{publisher} was stopped before its run began.", INTERRUPTED)
    if run.outcome is None:
        sentence = f"{publisher} was stopped at once; run {run.id} has no verdict."
        if run.is_dry:
            sentence = f"{publisher} was stopped before its dry run ended."
    elif run.outcome.verdict != "passed":
        sentence = run.sentence(publisher, most=_REASONS)
    else:
        return OK
    return complain(command, sentence, FAILED)


def _without_changes(run: Run) -> str:
    """Return the sentence for a dry run that would change no event."""
    assert run.outcome is not None
    if images := run.outcome.counts.get("images/downloaded", 0):
        return f"It would download {format_count(images, 'images')}; no event would change."
    return "It would change nothing."


def _check_words(words: list[str], publishers: Collection[str]) -> None:
    """Refuse anything but one known publisher. Raises UsageError."""
    if not words:
        raise UsageError(f"name a publisher: {', '.join(sorted(publishers))}.")
    check_publisher(words[0], publishers)
    if len(words) > 1:
        raise UsageError(f"it takes one publisher, not {' '.join(words)}; `scrapy crawl-all` crawls several.")


def check_crawl(settings: BaseSettings, given: Mapping[str, str]) -> SpiderArguments:
    """Check everything that would prevent a crawl of any publisher. Return the parsed spider arguments.

    Raises UsageError, DatabaseError, StorageError.
    """
    from trivia_scraper.extensions.alerts import check_alerts
    from trivia_scraper.extensions.checks import check_run
    from trivia_scraper.extensions.run import Run
    from trivia_scraper.spiders.arguments import SpiderArguments

    arguments = SpiderArguments.parse(given)
    Run.check_is_enabled(settings)
    check_alerts(settings)
    check_run(settings, arguments, ahead=True)
    return arguments
