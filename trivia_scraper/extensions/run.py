"""The run: opens the store, leaves a row with arguments, counts and verdict, and lends the store to pipelines and
rules."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, NotConfigured

from trivia_scraper import __version__
from trivia_scraper.clock import utc_now
from trivia_scraper.extensions.verdict import judge
from trivia_scraper.store import runs
from trivia_scraper.store.decisions import forget_old
from trivia_scraper.store.engine import Store, StoreError

logger = logging.getLogger(__name__)


class Run:
    """One per crawl. `id` is the run's row; `outcome` stands once the spider has closed."""

    id: int
    outcome: runs.Outcome | None = None

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.store = Store(crawler.settings["DATABASE_URL"])
        crawler.signals.connect(self.spider_opened, signals.spider_opened)
        crawler.signals.connect(self.spider_closed, signals.spider_closed)

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
        except StoreError as error:
            logger.error("%s", error)
            raise CloseSpider("store_refused") from None
        logger.info("Run %d of %s: %s", self.id, spider.name, spider.arguments)

    async def spider_closed(self, spider: Any, reason: str) -> None:
        self.outcome = judge(self.crawler.stats.get_stats(), self.crawler.settings, reason, spider.failures)
        if hasattr(self, "id"):
            await self.store.in_thread(runs.finish, self.id, self.outcome, utc_now())
            kept = timedelta(days=self.crawler.settings.getfloat("DECISIONS_KEPT_DAYS"))
            await self.store.in_thread(forget_old, utc_now(), kept)
        self.store.close()
        level = logging.INFO if self.outcome.verdict == "passed" else logging.ERROR
        logger.log(level, "Verdict of %s: %s", spider.name, self.sentence(spider.name))

    def sentence(self, publisher: str) -> str:
        """What became of the run, for the terminal and the log."""
        assert self.outcome is not None
        if self.outcome.reasons:
            return f"{publisher} {self.outcome.verdict}: {'; '.join(self.outcome.reasons)}."
        return f"{publisher} {self.outcome.verdict}."
