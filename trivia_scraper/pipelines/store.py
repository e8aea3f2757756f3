"""One event, one transaction; then, and only then, the files that no event shows any more go."""

from __future__ import annotations

import asyncio
import logging

from scrapy.crawler import Crawler

from trivia_scraper.clock import utc_now
from trivia_scraper.extensions.run import Run
from trivia_scraper.images.filestore import open_file_store
from trivia_scraper.images.steps import Step, reached
from trivia_scraper.items import Event
from trivia_scraper.store.events import record

logger = logging.getLogger(__name__)


class StorePipeline:
    def __init__(self, crawler: Crawler) -> None:
        self.run = Run.of(crawler)
        self.stats = crawler.stats
        self.files = open_file_store(crawler.settings["IMAGES_STORE"])

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StorePipeline:
        return cls(crawler)

    async def process_item(self, item: Event) -> Event:
        try:
            recorded = await self.run.store.in_thread(record, item, self.run.id, utc_now())
        except Exception:
            self.stats.inc_value("trivia/events/errors")
            raise
        reached(Step.EVENT, item.publisher_id)
        self.stats.inc_value("trivia/events/stored")
        self.stats.inc_value(f"trivia/events/stored/{recorded.change}")
        for path in recorded.superseded:
            try:
                await asyncio.to_thread(self.files.remove, path)
                reached(Step.REMOVED, path)
            except OSError as error:
                # The event is stored and shows its new picture; the old file is an orphan that `images prune` finds.
                self.stats.inc_value("trivia/files/not_removed")
                logger.warning("the superseded %s could not be removed: %s", path, error)
        return item
