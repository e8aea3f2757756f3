"""Decide which listed venues are visited: by the argument `venue`, the skip rule and `limit`, in listing order.

From a listing, a spider yields a request or an event with a publisher's id for each venue. Output of other pages is
passed on unchanged.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import DontCloseSpider
from scrapy.http import Response

from trivia_scraper.clock import utc_now
from trivia_scraper.db.engine import STORE_ERRORS
from trivia_scraper.db.events import Slot, get_slot
from trivia_scraper.db.known_venues import mark_listed, read_visits
from trivia_scraper.extensions.run import Run
from trivia_scraper.items import Event
from trivia_scraper.options import value_of
from trivia_scraper.parsing.names import find_nearest
from trivia_scraper.parsing.slugs import slug
from trivia_scraper.spiders.arguments import SpiderArguments


class VenueSelection:
    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.run = Run.get(crawler)
        self.stats = crawler.stats
        self.fresh_for = timedelta(days=value_of(crawler.settings, "SKIP_IF_UPDATED_WITHIN_DAYS"))
        self.has_pages = hasattr(crawler.spider, "read_venue")
        """Whether venues have pages. A listing that says everything is read in every run, so skipping saves nothing."""
        self.decided: dict[str, bool] = {}
        self.marked: set[str] = set()
        self.unmatched: set[str] | None = None
        self.listed_names: set[str] = set()
        """Slugs and ids of the listed venues, for the hint about an unknown `venue`."""
        self.queued: dict[str, Request] = {}
        """Requests that an earlier part of a JOBDIR crawl has sent to the scheduler; its queue should have them."""
        self.in_order = asyncio.Lock()
        """Keeps listing pages in the order of arrival while each waits for the database."""
        crawler.signals.connect(self.spider_idle, signals.spider_idle)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> VenueSelection:
        return cls(crawler)

    @cached_property
    def earlier_job(self) -> dict[str, bool]:
        """Return `PublisherSpider.job` as the earlier parts of a JOBDIR crawl left it."""
        spider: Any = self.crawler.spider
        return dict(spider.job)

    async def process_spider_output(self, response: Response, result: AsyncIterator[Any]) -> AsyncIterator[Any]:
        spider: Any = self.crawler.spider
        assert self.earlier_job is not None  # computes it before the job changes
        if "publisher_id" in response.meta:
            spider.job[response.meta["publisher_id"]] = True
            for found in self._record_slots([found async for found in result]):
                yield found
            return
        named = [found async for found in result]
        try:
            chosen = await self._choose(spider, named)
        except STORE_ERRORS as error:
            raise self.run.fail_by_database("the listing could not be compared with what is stored", error) from None
        for found in self._record_slots(chosen):
            yield found

    async def _choose(self, spider: Any, named: list[Any]) -> list[Any]:
        """Record the venues of a listing page. Return the requests and events of the venues to visit."""
        async with self.in_order:
            await self._read_visits(spider.name, {each for each, _ in map(_identity, named) if each})
            chosen = [found for found in named if self._is_wanted(found, spider.arguments)]
            listed = set(self.decided) - self.marked
            # Another entry of a venue, a bingo night for example, says nothing of its quiz.
            for each in [key for key in spider.rejected if key in listed or self.decided.get(key) is False]:
                del spider.rejected[each]
            visited = {each for each in listed if self.decided[each]}
            await self.run.store.run_in_thread(mark_listed, spider.name, listed, visited, utc_now())
            self.marked |= listed
        return chosen

    async def _read_visits(self, publisher: str, ids: set[str]) -> None:
        if unread := ids - self.run.visits.keys() - self.decided.keys():
            read = self.run.store.read
            self.run.visits |= await asyncio.to_thread(read, read_visits, publisher, unread, self.run.files)

    def _record_slots(self, found: list[Any]) -> list[Any]:
        """Record all nights of a page before the first is stored: it could be taken for another night that moved."""
        nights: defaultdict[str, dict[Slot, None]] = defaultdict(dict)
        for each in found:
            if isinstance(each, Event):
                nights[each.publisher_id][get_slot(each)] = None
        self.run.slots.update({key: tuple(slots) for key, slots in nights.items() if len(slots) > 1})
        return found

    def _is_wanted(self, found: Any, arguments: SpiderArguments) -> bool:
        publisher_id, name = _identity(found)
        if publisher_id is None:
            return True
        if publisher_id not in self.decided:
            self.decided[publisher_id] = self._decide(publisher_id, name, arguments, utc_now())
        elif isinstance(found, Request):
            self.stats.inc_value("trivia/dropped/listed_twice")
            return False
        if self.decided[publisher_id] and isinstance(found, Request):
            if publisher_id in self.earlier_job:
                self.queued[publisher_id] = found
                return False
            self.crawler.spider.job[publisher_id] = False  # type: ignore[union-attr]
        return self.decided[publisher_id]

    def _decide(self, publisher_id: str, name: str, arguments: SpiderArguments, now: datetime) -> bool:
        self.stats.inc_value("trivia/venues/listed")
        visit = self.run.visits.get(publisher_id)
        if arguments.venue:
            own_names = {publisher_id, *((visit.slug, *visit.former_slugs) if visit else (slug(name),))}
            self.unmatched = (set(arguments.venue) if self.unmatched is None else self.unmatched) - own_names
            self.listed_names |= own_names
        if arguments.venue and own_names.isdisjoint(arguments.venue):
            return False
        if publisher_id in self.earlier_job:
            # An earlier part of the job has read its page, or the request is in the job's queue.
            is_read = self.earlier_job[publisher_id]
            self.stats.inc_value("trivia/venues/skipped" if is_read else "trivia/venues/visited")
            return not is_read
        age = now - visit.scraped_at if self.has_pages and visit and visit.scraped_at else None
        if age is not None and timedelta(0) <= age < self.fresh_for and not arguments.visits_fresh_venues:
            self.stats.inc_value("trivia/venues/skipped")
            return False
        visited = self.stats.get_value("trivia/venues/visited", 0) - len(self.queued) + len(self.earlier_job)
        if arguments.limit is not None and visited >= arguments.limit:
            return False
        self.stats.inc_value("trivia/venues/visited")
        return True

    def spider_idle(self, spider: Any) -> None:
        """Send requests again that the job's queue lost in a crash. If there are none, the job is done."""
        lost = [request for publisher_id, request in self.queued.items() if not spider.job.get(publisher_id)]
        self.queued.clear()
        for request in lost:
            self.crawler.engine.crawl(request)
        if lost:
            raise DontCloseSpider
        spider.job.clear()
        for name in () if spider.failures else sorted(self.unmatched or ()):
            if (reason := spider.rejected.get(name)) is not None:
                spider.failures.append(f"the venue {name} is listed, but has no event ({reason})")
            else:
                meant = find_nearest(name, self.listed_names)
                hint = f"did you mean {meant}?" if meant else "`scrapy events` shows the known slugs and ids"
                spider.failures.append(f"the listing has no venue {name} ({hint})")


def _identity(found: Any) -> tuple[str | None, str]:
    if isinstance(found, Request):
        return found.meta.get("publisher_id"), found.meta.get("venue_name") or ""
    if isinstance(found, Event):
        return found.publisher_id, found.venue.name
    return None, ""
