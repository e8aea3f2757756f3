"""Finds or adds the venue of an event. Its slug is decided before any file is written to the folder."""

from __future__ import annotations

from scrapy.crawler import Crawler

from trivia_scraper.clock import utc_now
from trivia_scraper.db.venues import identify_venue_and_host
from trivia_scraper.extensions.run import Run
from trivia_scraper.items import Event


class VenuesPipeline:
    def __init__(self, crawler: Crawler) -> None:
        self.run = Run.get(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> VenuesPipeline:
        return cls(crawler)

    async def process_item(self, item: Event) -> Event:
        visit, slugs = self.run.visits.get(item.publisher_id), self.run.slugs
        if visit is not None:
            item.venue.slug = visit.slug
            return item
        if item.publisher_id not in slugs:
            slugs[item.publisher_id] = await self.run.store.run_in_thread(identify_venue_and_host, item, utc_now())
        item.venue.slug = slugs[item.publisher_id]
        return item
