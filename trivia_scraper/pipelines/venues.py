"""Who is this venue? Its slug is decided here, and a new one's places for pictures, before anything is written below
it."""

from __future__ import annotations

from typing import Any

from scrapy.crawler import Crawler
from sqlalchemy import Connection

from trivia_scraper.clock import utc_now
from trivia_scraper.db.image_ledger import open_pictures
from trivia_scraper.db.known_venues import Met
from trivia_scraper.db.venues import identify
from trivia_scraper.extensions.run import Run
from trivia_scraper.items import Event
from trivia_scraper.pipelines.opening import named_pictures


class VenuesPipeline:
    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.run = Run.of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> VenuesPipeline:
        return cls(crawler)

    async def process_item(self, item: Event) -> Event:
        known = self.run.visits.get(item.publisher_id) or self.run.met.get(item.publisher_id)
        if known is None:
            known = self.run.met[item.publisher_id] = await self.run.store.in_thread(self._meet, item)
        item.venue.slug = known.slug
        return item

    def _meet(self, connection: Connection, event: Event) -> Met:
        spider: Any = self.crawler.spider
        key = event.publisher, event.publisher_id
        slug = identify(connection, *key, event.venue, utc_now())
        host = event.performer.name if event.performer else None
        opened, shown = open_pictures(connection, *key, slug, host, named_pictures(event, spider.picture_kind))
        return Met(slug, [] if shown else [entry for entry in opened if entry.path is None])
