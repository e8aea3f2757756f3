"""The base class of all publishers' spiders.

It requests the listing and the venues' pages; facts.py reads them. A publisher's file sets the class attributes, and
defines `read_listing` and, if venues have pages, `read_venue`. Both may use only the response and the keywords of its
request. middlewares.py decides which listed venues are visited.
"""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError
from scrapy.http import Response, TextResponse
from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings
from scrapy.utils.url import url_is_from_spider
from twisted.python.failure import Failure

from trivia_scraper.cli.logging import log_refusal
from trivia_scraper.downloader.address_guard import RequestRefusedError
from trivia_scraper.images.failures import find_reason
from trivia_scraper.items import Event, ImageKind
from trivia_scraper.parsing import urls
from trivia_scraper.parsing.hosts import with_ascii_host
from trivia_scraper.spiders.arguments import SpiderArguments
from trivia_scraper.spiders.facts import PageFacts
from trivia_scraper.spiders.helpers import ListingError, get_text, get_texts, make_performer, parse_markup, shorten

__all__ = [
    "ListingError",
    "PublisherSpider",
    "get_text",
    "get_texts",
    "make_performer",
    "parse_markup",
    "shorten",
]  # what a publisher's file imports

MOST_LISTING_PAGES = 1000
"""Maximum pages of a listing: a site may link to a next page without end."""
GONE = {"http_404", "http_410"}
"""Reasons of a page that was removed."""
logger = logging.getLogger(__name__)


def _reason_of(error: BaseException | None) -> tuple[str, str]:
    """Return why a page could not be downloaded: a reason to count, and a text for people."""
    reason, found = find_reason(error)
    return reason, "larger than PAGE_MAXSIZE allows" if isinstance(error, DownloadCancelledError) else found


def _body_of(data: Any) -> str:
    """Return the body of a POST request: a text as it is, anything else as JSON."""
    return data if isinstance(data, str) else json.dumps(data)


def _page_key(url: str, data: Any) -> str:
    """Return what identifies a page of a listing: its URL, and the data if they are sent by POST."""
    return url if data is None else f"{url} with {_body_of(data)}"


class PublisherSpider(PageFacts):
    """Crawls one publisher. Its arguments (SpiderArguments) are parsed before the first request."""

    redirects_within_site = True
    """Whether pages may redirect only to `allowed_domains`. Images may redirect to any public address."""
    listing_data: Any = None
    """Data to send to `start_urls` by POST: an object is sent as JSON, a text as a form. None: a GET request."""
    listing_headers: dict[str, str] = {}
    """Headers of requests for the listing, besides Scrapy's."""
    title: str | None = None
    """The publisher's name for people, as in the catalogue. It must be a string literal, because the file is not
    imported to read it. None: `name` in words, like "Tap Trivia"."""
    image_kind: ImageKind = "hero"
    """Kind of the images in an event's `image_urls`."""
    may_be_gone = False
    """Whether this publisher lists venues whose pages are missing. Otherwise a 404 is a failed page."""
    arguments = SpiderArguments()
    job_id: str | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Parse the arguments. Raise UsageError for a wrong one.

        A dry run writes no feed, fills no HTTP cache, and neither begins nor resumes the job of a JOBDIR.
        """
        with log_refusal(cls.name):
            arguments = SpiderArguments.parse(kwargs)
        if arguments.dry_run:
            priority = crawler.settings.getpriority("FEEDS") or 0
            if crawler.settings["FEEDS"] and priority >= SETTINGS_PRIORITIES["cmdline"]:
                logger.warning("A dry run writes no feed: -o, -O and FEEDS are ignored")
            for setting, off in (("FEEDS", {}), ("HTTPCACHE_ENABLED", False), ("JOBDIR", None)):
                crawler.settings.set(setting, off, priority="cmdline")
        with log_refusal(cls.name):
            spider = super().from_crawler(crawler, *args)
        spider.arguments = arguments
        spider.job_id = kwargs.get("_job")
        spider.has_crawler = True
        return spider

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.failures: list[str] = []
        """Reasons to fail the run, as texts for its verdict."""
        self.gone_pages: set[str] = set()
        """Publisher's ids of listed venues whose page answered 404 or 410."""
        self.pages_without: dict[str, dict[str, str]] = {}
        """Field -> publisher's id -> URL of a page without the field, for the first venues that lack it. Pages of
        venues are preferred: a listing may lack fields that only those pages have."""
        self.listing_pages = {_page_key(url, self.listing_data) for url in self.start_urls}
        """Pages of the listing that were requested. A listing that links back to one of them would never end."""
        self.state: dict[str, Any] = {}

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        super().update_settings(settings)
        if settings["SANDBOX_SERVER"]:
            # The sandbox needs no politeness. A delay on the command line still applies.
            fast = {"DOWNLOAD_DELAY": 0, "DOWNLOAD_SLOTS": {}, "AUTOTHROTTLE_ENABLED": False}
            settings.setdict(fast | {"CONCURRENT_REQUESTS_PER_DOMAIN": 8}, priority="spider")

    @property
    def job(self) -> dict[str, bool]:
        """Return the venues whose pages a JOBDIR job has requested: publisher's id -> whether the page was answered.

        Scrapy keeps `state` from one part of a job to the next.
        """
        pages: dict[str, bool] = self.state.setdefault("venues", {})
        return pages

    async def start(self) -> AsyncIterator[Request]:
        for request in self.first_requests():
            yield request

    def first_requests(self) -> Iterator[Request]:
        for url in self.start_urls:
            yield self.request_listing_page(url, data=self.listing_data)

    def request_listing_page(self, url: str, *, data: Any = None, **kwargs: Any) -> Request:
        """Return a request for a page of the listing, with keywords for `read_listing`.

        data: see `listing_data`. Usually `request_listing_pages` is enough.
        """
        kind = "application/x-www-form-urlencoded" if isinstance(data, str) else "application/json"
        return Request(
            url,
            self.parse,
            method="GET" if data is None else "POST",
            headers=({} if data is None else {"Content-Type": kind}) | self.listing_headers,
            body=None if data is None else _body_of(data),
            errback=self.listing_failed,
            meta=self._meta(),
            cb_kwargs=kwargs,
            dont_filter=True,
        )

    def parse(self, response: Response, later: Sequence[Any] = (), **kwargs: Any) -> Iterator[Any]:
        try:
            self.matches.watch_page(response, is_listing=True)
            yield from self.read_listing(response, **kwargs)
        except ListingError as error:
            self.failures.append(str(error))
        except RequestRefusedError as error:
            self.failures.append(f"the listing {response.url} could not be read: {error}")
        yield from self._later_pages(later)

    read_listing: Callable[..., Iterable[Request | Event]]
    """Yield a request or an event for each venue of a listing page, in its order. Gets the response and the keywords
    given to `request_listing_pages`. Raises ListingError."""

    def request_listing_pages(
        self, response: Response, pages: Iterable[tuple[str, dict[str, Any]]]
    ) -> Iterator[Request]:
        """Request further pages of the listing. pages: pairs of a URL and the keywords for `read_listing`.

        They are requested one after another, so that the venues keep their order: each page leads to the next. A page
        that fails does not stop the next one. The keyword `data` is sent by POST, like `listing_data`. Raise
        ListingError if a page was requested before or is not on the publisher's site, or if there are more than
        MOST_LISTING_PAGES.
        """
        later = [(urls.make_absolute(response.url, url), kwargs) for url, kwargs in pages]
        for url, kwargs in later:
            page = _page_key(url, kwargs.get("data"))
            if page in self.listing_pages or not url_is_from_spider(url, type(self)):
                why = "which was read before" if page in self.listing_pages else "on another site"
                raise ListingError(f"the listing {response.url} links to {page:.300}, {why}")
            self.listing_pages.add(page)
        if len(self.listing_pages) > MOST_LISTING_PAGES:
            raise ListingError(f"the listing has more than {MOST_LISTING_PAGES:,} pages; the last is {response.url}")
        yield from self._later_pages(later)

    def _later_pages(self, pages: Sequence[Any]) -> Iterator[Request]:
        for url, kwargs in pages[:1]:
            yield self.request_listing_page(url, later=pages[1:], **kwargs)

    read_venue: Callable[..., Iterable[Request | Event]]
    """Yield the events of a venue's page. Gets the response and the keywords given to `request_venue`."""

    def request_venue(self, response: Response, url: str, publisher_id: str, name: str, **kwargs: Any) -> Request:
        """Return the request for a venue's page, with keywords for `read_venue`.

        url: may be relative. name: the venue's, whose slug selects a new venue in `-a venue=`.
        """
        meta = self._meta() | {"publisher_id": publisher_id, "venue_name": name}
        request = response.follow(
            with_ascii_host(url), self._visit, errback=self.venue_failed, meta=meta, cb_kwargs=kwargs, dont_filter=True
        )
        self.venue_pages.setdefault(publisher_id, request.url)
        return request

    def _meta(self) -> dict[str, Any]:
        """Return the meta of a request. A forced run bypasses the HTTP cache, whose pages may name old images."""
        return {"dont_cache": True} if self.arguments.visits_fresh_venues else {}

    def _visit(self, response: Response, **kwargs: Any) -> Iterator[Any]:
        if isinstance(response, TextResponse):
            try:
                self.matches.watch_page(response)
                yield from self.read_venue(response, **kwargs)
            except ListingError as error:
                self._page_failed(response, "not_readable", str(error))
            finally:
                # A selector and its response refer to each other, which keeps the parsed tree until garbage collection.
                if response._cached_selector is not None:
                    response._cached_selector.response = None
        else:
            self._page_failed(response, "not_text", str(response.headers.get("Content-Type")))

    def listing_failed(self, failure: Failure) -> Iterator[Any]:
        request: Request = failure.request  # type: ignore[attr-defined]
        server = self.crawler.settings["SANDBOX_SERVER"]
        through = f" through SANDBOX_SERVER {server}" if server else ""
        reason, found = _reason_of(failure.value)
        self.failures.append(f"the listing {request.url} could not be downloaded{through}: {found}")
        # After a stop, the request would wait in a JOBDIR, although its next part reads the whole listing again.
        if reason != "stopped":
            yield from self._later_pages(request.cb_kwargs.get("later", ()))

    def venue_failed(self, failure: Failure) -> None:
        request: Request = failure.request  # type: ignore[attr-defined]
        publisher_id = request.meta["publisher_id"]
        reason, found = _reason_of(failure.value)
        self.job[publisher_id] = True
        if reason == "stopped":
            self._count("pages/stopped")
            del self.job[publisher_id]  # the next part of the job requests it
        elif reason in GONE and self.may_be_gone:
            self._count("pages/gone")
            if self.arguments.venue:
                self.failures.append(f"the venue {publisher_id} is listed, but has no page")
            self.log_few(logging.INFO, "page gone", "page gone: %s (%s)", request.url, found)
        else:
            if reason in GONE:
                self.gone_pages.add(publisher_id)
            self._page_failed(request, reason, found)

    def _page_failed(self, page: Request | Response, reason: str, found: str) -> None:
        """Count and log a page of a venue that could not be read. page: of `request_venue`, perhaps redirected."""
        self._note_unread(page.meta["publisher_id"], f"pages/failed/{reason}", page.url, found)
        self._count("pages/failed")
        self._count(f"pages/failed/{reason}")
        self.log_few(logging.WARNING, f"page failed: {reason}", "page failed: %s: %s (%s)", reason, page.url, found)
