"""Drops invalid events and values, and counts each under a name. Counts missing fields."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from trivia_scraper.clock import utc_now
from trivia_scraper.extensions.run import Run
from trivia_scraper.formatting import iso
from trivia_scraper.items import FIELDS, Event, Fee, Performer

NO_PROFILE = re.compile(r"/*(?:sharer\b.*|dialog/.*|(?:share|home|login|index)(?:\.php)?/?)?", re.IGNORECASE)
NOBODY = re.compile(
    r"t\.?b\.?[acd]\.?|n/?a|none|unknown|to be (?:announced|confirmed|decided|determined)|[\W_]+", re.IGNORECASE
)
MAX_ID = 255
MOST_PAGES = 20
"""Pages without a field that are kept for the verdict, which looks for one that had it before."""
MAX_FEE = 100_000_000  # minor units; a larger number is misread, and may not fit into the column


class ValidatePipeline:
    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.stats = crawler.stats
        self.on_pages: set[str] = set()
        """Fields that an event with its own page lacked."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ValidatePipeline:
        """Return a pipeline. Raise NotConfigured if the crawl is not a run: items of a plain spider are not events."""
        Run.get(crawler)
        return cls(crawler)

    def process_item(self, item: Event) -> Event:
        self._count_fields(item)
        if reason := find_fault(item):
            self.stats.inc_value(f"trivia/dropped/{reason}")
            raise DropItem(f"{reason}: {item.publisher} {item.publisher_id[:40] or item.source_url}")
        if not _is_fee(item.fee):
            self.stats.inc_value("trivia/dropped/fee")
            item.fee = Fee(item.fee.raw)
        self._drop_placeholders(item)
        item.scraped_at = iso(utc_now())
        return item

    def _drop_placeholders(self, item: Event) -> None:
        """Drop links to a network itself, links that share the page, and placeholders for hosts like "TBA"."""
        for network in ("facebook", "instagram"):
            link = getattr(item.venue, network)
            if link and NO_PROFILE.fullmatch(urlsplit(link).path):
                self.stats.inc_value("trivia/dropped/social_link")
                setattr(item.venue, network, None)
        if item.performer and NOBODY.fullmatch(item.performer.name or ""):
            self.stats.inc_value("trivia/dropped/host_name")
            image_url = item.performer.image_url
            item.performer = Performer(None, image_url) if image_url else None

    def _count_fields(self, item: Event) -> None:
        """Count the fields that the event lacks. Note the first pages that lack each, for the verdict."""
        self.stats.inc_value("trivia/events/read")
        spider: Any = self.crawler.spider
        has_page = item.publisher_id in spider.venue_pages
        for field, value_in in FIELDS.items():
            value = value_in(item)
            if value is None or value in ("", []):
                self.stats.inc_value(f"trivia/missing/{field}")
                pages = spider.pages_without.setdefault(field, {})
                # Prefer venues' own pages: an event without a page may lack fields that only pages have.
                if has_page and field not in self.on_pages:
                    self.on_pages.add(field)
                    pages.clear()
                if has_page == (field in self.on_pages) and len(pages) < MOST_PAGES:
                    pages.setdefault(item.publisher_id, item.source_url)


def find_fault(event: Event) -> str | None:
    """Return the reason to drop an event, or None."""
    required = {
        "no_id": event.publisher_id,
        "no_name": event.name and event.venue.name,
        "no_weekday": event.schedule.weekday,
    }
    missing = next((reason for reason, found in required.items() if not found), None)
    return missing or ("id_too_long" if len(event.publisher_id) > MAX_ID else None)


def _is_fee(fee: Fee) -> bool:
    return 0 <= (fee.amount or 0) <= MAX_FEE and len(fee.currency or "GBP") == 3
