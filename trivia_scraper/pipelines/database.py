"""Stores an event in one transaction, then removes the files that no event shows any more."""

from __future__ import annotations

import logging

from scrapy.crawler import Crawler

from trivia_scraper.clock import utc_now
from trivia_scraper.db.connect import describe_error
from trivia_scraper.db.engine import STORE_ERRORS
from trivia_scraper.db.events import record_event
from trivia_scraper.db.image_decisions import DecisionRow, record_kept
from trivia_scraper.extensions.run import Run
from trivia_scraper.images.crash_points import Step, announce_step
from trivia_scraper.items import Event

logger = logging.getLogger(__name__)
_BATCH_SIZE = 500  # decisions to keep an image; a killed process loses at most this many


class StorePipeline:
    def __init__(self, crawler: Crawler) -> None:
        self.run = Run.get(crawler)
        self.stats = crawler.stats
        self.kept: list[DecisionRow] = []

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StorePipeline:
        return cls(crawler)

    async def process_item(self, item: Event) -> Event:
        slots = self.run.slots.get(item.publisher_id, ())
        recorded = await self.run.store.run_in_thread(record_event, item, self.run.id, utc_now(), slots)
        announce_step(Step.EVENT, item.publisher_id)
        self.stats.inc_value("trivia/events/stored")
        self.stats.inc_value(f"trivia/events/stored/{recorded.change}")
        if recorded.superseded:
            await self.run.remove_files(recorded.superseded)
        self.kept += recorded.kept
        if len(self.kept) >= _BATCH_SIZE:
            await self._record_kept()
        return item

    async def close_spider(self) -> None:
        await self._record_kept()

    async def _record_kept(self) -> None:
        kept, self.kept = self.kept, []
        try:
            if kept:
                await self.run.store.run_in_thread(record_kept, kept)
        except STORE_ERRORS as error:
            self.stats.inc_value("trivia/decisions/lost", len(kept))
            logger.warning("%d decisions to keep an image were not recorded: %s", len(kept), describe_error(error))
