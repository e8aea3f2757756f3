"""The edge: an event that cannot be one is dropped under a counted name, and what is missing is counted."""

from __future__ import annotations

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from trivia_scraper.clock import iso, utc_now
from trivia_scraper.items import Event

MAX_ID = 255


class ValidatePipeline:
    def __init__(self, crawler: Crawler) -> None:
        self.stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ValidatePipeline:
        return cls(crawler)

    def process_item(self, item: Event) -> Event:
        for reason, found in (
            ("no_id", item.publisher_id),
            ("no_name", item.name and item.venue.name),
            ("no_weekday", item.schedule.weekday),
        ):
            if not found:
                self.stats.inc_value(f"trivia/dropped/{reason}")
                raise DropItem(f"{reason}: {item.publisher} {item.publisher_id or item.source_url}")
        if len(item.publisher_id) > MAX_ID:
            self.stats.inc_value("trivia/dropped/id_too_long")
            raise DropItem(f"id_too_long: {item.publisher} {item.publisher_id[:40]}…")
        for field, value in (
            ("address", item.venue.address),
            ("city", item.venue.city),
            ("coordinates", item.venue.latitude),
            ("start_time", item.schedule.start_time),
            ("fee", item.fee.amount),
        ):
            if value is None:
                self.stats.inc_value(f"trivia/missing/{field}")
        item.scraped_at = iso(utc_now())
        return item
