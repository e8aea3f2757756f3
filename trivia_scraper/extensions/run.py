"""The run: opens the store, leaves a row with arguments, counts and verdict, and lends the store to pipelines and
rules."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, NotConfigured
from sqlalchemy.exc import SQLAlchemyError

from trivia_scraper import __version__
from trivia_scraper.clock import utc_now
from trivia_scraper.extensions.verdict import judge
from trivia_scraper.images.filestore import open_file_store
from trivia_scraper.store import ledger, runs
from trivia_scraper.store.decisions import forget_old
from trivia_scraper.store.engine import Store, StoreError
from trivia_scraper.store.visits import Visit

logger = logging.getLogger(__name__)
_STATUSES = ("downloaded", "uptodate", "failed")


class Run:
    """One per crawl. `id` is the run's row; `outcome` stands once the spider has closed; `visits` is what was known of
    the publisher's venues, by its ids, when the first listing arrived."""

    id: int
    outcome: runs.Outcome | None = None
    broken: str | None = None

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.store = Store(crawler.settings["DATABASE_URL"])
        self.files = open_file_store(crawler.settings["IMAGES_STORE"])
        self.visits: dict[str, Visit] = {}
        crawler.signals.connect(self.spider_opened, signals.spider_opened)
        crawler.signals.connect(self.spider_closed, signals.spider_closed)
        crawler.signals.connect(self.item_error, signals.item_error)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Run:
        if not crawler.settings.getbool("CRAWL_IS_A_RUN"):
            raise NotConfigured("a look at a page is no run")
        return cls(crawler)

    @classmethod
    def of(cls, crawler: Crawler) -> Run:
        """The run of a crawl, for components that work on it; without one they are switched off.

        Raises NotConfigured.
        """
        run = crawler.get_extension(cls)
        if run is None:
            raise NotConfigured("there is no run")
        return run

    async def spider_opened(self, spider: Any) -> None:
        try:
            self.id = await self.store.in_thread(
                runs.begin,
                publisher=spider.name,
                arguments=spider.arguments.model_dump(mode="json", exclude_defaults=True),
                job_id=spider.job_id,
                source="sandbox" if self.crawler.settings["SANDBOX_SERVER"] else "live",
                version=__version__,
                now=utc_now(),
            )
        except (StoreError, SQLAlchemyError) as error:
            self.broken = f"the run could not be recorded: {' '.join(str(error).split())}"
            raise CloseSpider("store_refused") from None
        logger.info("Run %d of %s: %s", self.id, spider.name, spider.arguments)
        settings = self.crawler.settings
        if not settings["SANDBOX_SERVER"] and ".example" in settings["USER_AGENT"]:
            logger.warning("CONTACT_URL is not set: publishers cannot tell who is crawling, nor ask you to stop")

    async def remove_files(self, paths: list[str]) -> None:
        """Removes files that the ledger no longer names; one that cannot be removed is an orphan for `images prune`."""
        for path, error in await self.store.in_thread(ledger.remove_unnamed, self.files, paths):
            self.crawler.stats.inc_value("trivia/files/not_removed")
            logger.warning("the superseded %s could not be removed: %s", path, error)

    def item_error(self) -> None:
        """Whichever pipeline it was: an event that could not be stored is counted, and fails the run."""
        self.crawler.stats.inc_value("trivia/events/errors")

    async def spider_closed(self, spider: Any, reason: str) -> None:
        failures = [*spider.failures, self.broken] if self.broken else spider.failures
        self.outcome = judge(self.crawler.stats.get_stats(), self.crawler.settings, reason, failures)
        kept = timedelta(days=self.crawler.settings.getfloat("DECISIONS_KEPT_DAYS"))
        try:
            if hasattr(self, "id"):
                await self.store.in_thread(runs.finish, self.id, self.outcome, utc_now())
                await self.store.in_thread(forget_old, utc_now(), kept)
        except (StoreError, SQLAlchemyError) as error:
            unrecorded = f"its end could not be recorded: {' '.join(str(error).split())}"
            self.outcome = replace(self.outcome, verdict="failed", reasons=[*self.outcome.reasons, unrecorded])
        finally:
            self.store.close()
        level = logging.INFO if self.outcome.verdict == "passed" else logging.ERROR
        logger.log(level, "%s", self.sentence(spider.name))

    def sentence(self, publisher: str) -> str:
        """What became of the run, for the terminal and the log."""
        assert self.outcome is not None
        if self.outcome.reasons:
            return f"{publisher} {self.outcome.verdict}: {'; '.join(self.outcome.reasons)}."
        counts = self.outcome.counts
        told = [f"{counts.get('events/stored', 0)} events stored"]
        told += [f"{n} pictures {what}" for what in _STATUSES if (n := counts.get(f"images/{what}", 0))]
        if skipped := counts.get("venues/skipped", 0):
            told.append(f"{skipped} venues skipped, read lately (force_update=true reads them)")
        return f"{publisher} {self.outcome.verdict}: {', '.join(told)}."
