"""One event, one transaction; then, and only then, the files that no event shows any more go."""

from __future__ import annotations

from scrapy.crawler import Crawler

from trivia_scraper.clock import utc_now
from trivia_scraper.extensions.run import Run
from trivia_scraper.images.steps import Step, reached
from trivia_scraper.items import Event
from trivia_scraper.store.events import Slot, record


class StorePipeline:
    def __init__(self, crawler: Crawler) -> None:
        self.run = Run.of(crawler)
        self.stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StorePipeline:
        return cls(crawler)

    async def process_item(self, item: Event) -> Event:
        slots: set[Slot] = self.run.slots.get(item.publisher_id, set())
        recorded = await self.run.store.in_thread(record, item, self.run.id, utc_now(), slots)
        reached(Step.EVENT, item.publisher_id)
        self.stats.inc_value("trivia/events/stored")
        self.stats.inc_value(f"trivia/events/stored/{recorded.change}")
        if recorded.superseded:
            await self.run.remove_files(recorded.superseded)
        return item
