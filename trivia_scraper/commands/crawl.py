"""`scrapy crawl`, with exit codes that tell what became of the run."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.settings import BaseSettings
from scrapy.spiderloader import get_spider_loader

from trivia_scraper.cli.command import complain
from trivia_scraper.cli.logging import WithoutTraceback
from trivia_scraper.cli.tables import show_table
from trivia_scraper.db import dry_run
from trivia_scraper.db.engine import Store
from trivia_scraper.db.runs import check_source
from trivia_scraper.downloader.shutdown import StoppableCrawler
from trivia_scraper.errors import ALREADY_RUNNING, FAILED, OK, USAGE, DatabaseError, StorageError, UsageError
from trivia_scraper.extensions.alerts import check_alerts
from trivia_scraper.extensions.run import Run
from trivia_scraper.images.options import IMAGE_OPTIONS
from trivia_scraper.images.storage import open_file_store
from trivia_scraper.options import OF_SCRAPY, OPTIONS, check_settings
from trivia_scraper.spiders.arguments import SpiderArguments


class Command(ScrapyCrawl):
    def short_desc(self) -> str:
        return "Crawl a publisher; exit code 0 passed, 1 failed, 2 wrong usage, 75 already running"

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        """What can be wrong before a request is sent is said here in one sentence, before logging begins.

        Inside the crawl the same mistakes would be tracebacks in a log.
        """
        super().process_options(args, opts)
        assert self.settings is not None
        self.settings.set("CRAWL_IS_A_RUN", True, priority="cmdline")
        try:
            _check_publisher(args, get_spider_loader(self.settings).list())
            arguments = check(self.settings, opts.spargs)
            if arguments.dry_run:
                for name, value in (("FEEDS", {}), ("HTTPCACHE_ENABLED", False)):
                    self.settings.set(name, value, priority="cmdline")
        except UsageError as error:
            sys.exit(complain("crawl", error, USAGE))
        except (DatabaseError, StorageError) as error:
            sys.exit(complain("crawl", error, FAILED))

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.crawler_process is not None
        # They list every component and overridden setting at every start.
        for chatty in ("scrapy.crawler", "scrapy.middleware", "scrapy.addons"):
            logging.getLogger(chatty).setLevel(logging.WARNING)
        logging.getLogger("scrapy.core.scraper").addFilter(WithoutTraceback())
        # They warn of an answer that is refused, which has its own line, with a reason.
        for twice in ("scrapy.core.downloader.handlers.http11", "scrapy.downloadermiddlewares.httpcompression"):
            logging.getLogger(twice).setLevel(logging.ERROR)
        # What the libraries made when they were imported stays; no collection has to look at it again.
        gc.collect()
        gc.freeze()
        crawler = StoppableCrawler(self.crawler_process.spider_loader.load(args[0]), self.settings)
        self.crawler_process.crawl(crawler, **opts.spargs)
        self.crawler_process.start()
        run = None if self.crawler_process.bootstrap_failed else Run.of(crawler)
        outcome = run.outcome if run else None
        if run is not None and run.already_running:
            complaint = f"{args[0]} is being crawled by another process; nothing was asked, nothing was changed."
            self.exitcode = complain("crawl", complaint, ALREADY_RUNNING)
        elif run is not None and outcome is None and hasattr(run, "id"):
            self.exitcode = complain("crawl", f"{args[0]} was stopped at once; run {run.id} has no verdict.", FAILED)
        elif outcome is None:
            what = "did not start; the log says why" if run is None else "was stopped before its run began"
            self.exitcode = complain("crawl", f"{args[0]} {what}.", FAILED)
        elif outcome.verdict != "passed":
            self.exitcode = complain("crawl", Run.of(crawler).sentence(args[0]), FAILED)
        else:
            self.exitcode = OK
        if run is not None and run.is_dry and hasattr(run, "changes"):
            show_table(run.changes, ("entity", "of", "field", "old", "new"), "It would change nothing.")


def check(settings: BaseSettings, given: Mapping[str, str]) -> SpiderArguments:
    """The arguments, when nothing is wrong that every publisher's crawl would stumble over.

    Raises UsageError, UsageError, DatabaseError, StorageError.
    """
    arguments = SpiderArguments.parse(given)
    check_settings(settings, (*OPTIONS, *OF_SCRAPY, *IMAGE_OPTIONS))
    check_alerts(settings)
    _check_places(settings, dry=arguments.dry_run)
    return arguments


def _check_publisher(args: list[str], publishers: list[str]) -> None:
    if len(args) != 1 or args[0] not in publishers:
        known = ", ".join(sorted(publishers))
        raise UsageError(f"It takes one publisher ({known}), not {' '.join(args) or 'none'}.")


def _check_places(settings: BaseSettings, *, dry: bool) -> None:
    sandbox = settings["SANDBOX_SERVER"]
    if sandbox and not (urlsplit(sandbox).scheme == "http" and urlsplit(sandbox).netloc):
        raise UsageError(f"SANDBOX_SERVER takes an address like http://127.0.0.1:8800, not {sandbox!r}.")
    open_file_store(settings["IMAGES_STORE"], make=not dry)
    if dry:
        dry_run.check(settings["DATABASE_URL"])
        return
    if settings["FEEDS"]:
        feeds = Path(settings["FEEDS_DIR"])
        try:
            feeds.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"FEEDS_DIR {feeds} cannot be made: {error.strerror}.") from None
        if not os.access(feeds, os.W_OK | os.X_OK):
            raise StorageError(f"FEEDS_DIR {feeds} is not writable.")
    metrics = settings["METRICS_FILE"]
    if metrics and not os.access(Path(metrics).parent, os.W_OK | os.X_OK):
        raise StorageError(f"METRICS_FILE {metrics} cannot be written: {Path(metrics).parent} is no place for it.")
    with closing(Store(settings["DATABASE_URL"])) as store:
        store.read(check_source, "sandbox" if settings["SANDBOX_SERVER"] else "live")
