"""Who is this venue? Its slug is decided here, before anything is written below it."""

from __future__ import annotations

from scrapy.crawler import Crawler

from trivia_scraper.clock import utc_now
from trivia_scraper.extensions.run import Run
from trivia_scraper.items import Event
from trivia_scraper.store.venues import identify


class VenuesPipeline:
    def __init__(self, crawler: Crawler) -> None:
        self.run = Run.of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> VenuesPipeline:
        return cls(crawler)

    async def process_item(self, item: Event) -> Event:
        key = item.publisher, item.publisher_id
        if (visit := self.run.visits.get(item.publisher_id)) is not None:
            item.venue.slug = visit.slug
        else:
            item.venue.slug = await self.run.store.in_thread(identify, *key, item.venue, utc_now())
        return item
