"""Write METRICS_FILE at the end of every run, also of a failed one."""

from __future__ import annotations

import logging
from pathlib import Path

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured

from trivia_scraper.clock import utc_now
from trivia_scraper.db.connect import describe_error
from trivia_scraper.db.engine import STORE_ERRORS
from trivia_scraper.extensions.run import Run, recorded
from trivia_scraper.options import value_of

logger = logging.getLogger(__name__)


class Metrics:
    def __init__(self, crawler: Crawler) -> None:
        if not crawler.settings["METRICS_FILE"]:
            raise NotConfigured
        self.path = Path(crawler.settings["METRICS_FILE"])
        self.expected_every = value_of(crawler.settings, "EXPECTED_EVERY_HOURS")
        crawler.signals.connect(self.write, recorded)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Metrics:
        return cls(crawler)

    async def write(self, run: Run) -> None:
        from trivia_scraper.exports.metrics import write_metrics  # imports prometheus_client, which only this needs

        try:
            await run.store.run_in_thread(write_metrics, self.path, utc_now(), self.expected_every)
        except (OSError, *STORE_ERRORS) as error:
            logger.error("METRICS_FILE %s could not be written: %s", self.path, describe_error(error))
