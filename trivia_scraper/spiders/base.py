"""The base of all publishers' spiders: arguments, requests, values of pages, and a name for every failure.

A publisher's file sets the constants, then `read_listing` and, if venues have pages, `read_venue`. Both depend only on
the response and on the keywords that were sent with its request. middlewares.py decides which listed venues are
visited.
"""

from __future__ import annotations

import json
import logging
import re
import reprlib
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Literal, Self
from urllib.parse import unquote, urlsplit

from parsel import Selector, SelectorList
from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadCancelledError
from scrapy.http import Response, TextResponse
from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings
from scrapy.utils.url import url_is_from_spider
from twisted.python.failure import Failure

from trivia_scraper.cli.logging import FewLines, logged_refusal
from trivia_scraper.clock import from_http_date, utc_now
from trivia_scraper.downloader.address_guard import RequestRefusedError
from trivia_scraper.downloader.pages import check_markup
from trivia_scraper.images.failures import reason_of
from trivia_scraper.items import REJECTIONS, Event, ImageKind, Performer, Schedule, Venue
from trivia_scraper.parsing import addresses, places, text, urls
from trivia_scraper.parsing.hosts import with_ascii_host
from trivia_scraper.parsing.schedule import ScheduleError, read_nights
from trivia_scraper.parsing.titles import is_not_yet_open
from trivia_scraper.spiders.arguments import SpiderArguments


class ListingError(ValueError):
    """A listing that is not what this publisher's listings are. Fails the run; its text is part of the verdict."""


GONE = {"http_404", "http_410"}
"""Reasons of a page that was removed."""
logger = logging.getLogger(__name__)
_REPR = reprlib.Repr()
_REPR.maxlevel = 3
_REPR.maxstring = _REPR.maxother = 300
# What publishers show where an image is missing, and what is too small to keep.
_STAND_INS = ("/placeholder", "woocommerce-placeholder", "/wp-content/themes/", "/wp-content/plugins/", "/thumb/")
# Where an <img> has its address; pages that load images late keep something else in srcset and src.
_SOURCES = ("data-srcset", "data-lazy-srcset", "data-src", "data-lazy-src", "srcset", "src")
_LONGEST_MARKUP = 100_000
_BLOCK = re.compile(r"(?i)<(?:br|/p|/div|/li|/h\d|/tr)\b[^<>]*>")
_SPACES = re.compile(r"\s+")


def _reason_of(error: BaseException | None) -> tuple[str, str]:
    """Return (reason, what was found) for a page."""
    reason, found = reason_of(error)
    return reason, "larger than PAGE_MAXSIZE allows" if isinstance(error, DownloadCancelledError) else found


def short_repr(value: object) -> str:
    """Return the beginning of a value of a page for the log, whatever its size and depth."""
    return _REPR.repr(value)


def parse_markup(markup: str, kind: Literal["html", "xml"] = "html") -> Selector:
    """Parse a string whose response had another type. Raise RequestRefusedError when that would take too long."""
    check_markup(markup, kind)
    return Selector(text=markup, type=kind)


def text_of(nodes: Selector | SelectorList[Selector]) -> str | None:
    """Return the text of nodes as one line."""
    return text.clean(" ".join(nodes.css("::text").getall()))


def texts_of(nodes: SelectorList[Selector]) -> list[str]:
    """Return the text of each node that has any."""
    return list(filter(None, map(text_of, nodes)))


def performer_of(name: str | None, image_url: str | None = None) -> Performer | None:
    """Return the host of a night; None when neither name nor image is known."""
    return Performer(name, image_url) if name or image_url else None


class PublisherSpider(Spider):
    """Crawls one publisher. Its arguments (SpiderArguments) are parsed before the first request."""

    allowed_domains: list[str]
    redirects_within_site = True
    """Whether pages may redirect only to `allowed_domains`: see CheckedRedirects."""
    country: str | None = None
    """ISO 3166 alpha-2 code of the venues' country. Coordinates elsewhere count as mistakes. None: any country."""
    timezone: str | None = None
    """IANA zone of venues whose address and point do not say it, as in a country with several."""
    event_name: str
    """The name of an event, with {venue} for the venue's name."""
    image_kind: ImageKind = "hero"
    """What the addresses in an event's `image_urls` show."""
    may_be_gone = False
    """Whether this publisher lists venues whose pages are missing. Otherwise a 404 is a failed page."""
    arguments = SpiderArguments()
    job_id: str | None = None
    has_crawler = False
    """Whether a crawl runs this spider. Without one, as in tests of recorded pages, nothing is counted."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Parse the arguments. Raise UsageError for a wrong one.

        A dry run writes no feed, fills no HTTP cache, and neither begins nor resumes the job of a JOBDIR.
        """
        with logged_refusal(cls.name):
            arguments = SpiderArguments.parse(kwargs)
        if arguments.dry_run:
            priority = crawler.settings.getpriority("FEEDS") or 0
            if crawler.settings["FEEDS"] and priority >= SETTINGS_PRIORITIES["cmdline"]:
                logger.warning("A dry run writes no feed: -o, -O and FEEDS are ignored")
            for setting, off in (("FEEDS", {}), ("HTTPCACHE_ENABLED", False), ("JOBDIR", None)):
                crawler.settings.set(setting, off, priority="cmdline")
        spider = super().from_crawler(crawler, *args)
        spider.arguments = arguments
        spider.job_id = kwargs.get("_job")
        spider.has_crawler = True
        return spider

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        self.failures: list[str] = []
        """What is wrong with the run as a whole, in words for its verdict."""
        self.rejected: dict[str, str] = {}
        """Publisher's id -> why a listed venue is not an event."""
        self.gone_pages: set[str] = set()
        """Ids of listed venues whose page answered 404 or 410."""
        self.first_without: dict[str, str] = {}
        """Field -> address of the first event without it; of its venue's page, if it has one."""
        self.listing_pages = set(self.start_urls)
        """Requested so far. A listing that leads back to one of them has no end."""
        self.venue_pages: dict[str, str] = {}
        """Publisher's id -> address of the venue's page. Whether such a venue is rejected is known only there."""
        self.rejected_page: str | None = None
        """Address of the first venue page that was rejected."""
        self.state: dict[str, Any] = {}
        self._lines = FewLines()

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        super().update_settings(settings)
        if settings["SANDBOX_SERVER"]:
            # Nobody's web site is at the other end; only a delay given on the command line still counts.
            fast = {"DOWNLOAD_DELAY": 0, "DOWNLOAD_SLOTS": {}, "AUTOTHROTTLE_ENABLED": False}
            settings.setdict(fast | {"CONCURRENT_REQUESTS_PER_DOMAIN": 8}, priority="spider")

    @staticmethod
    def today(response: Response | None = None) -> date:
        """Return the day on which the publisher sent a response, by its Date header; otherwise the current day."""
        sent = response.headers.get("Date") if response is not None else None
        return ((sent and from_http_date(sent.decode("ascii", "replace"))) or utc_now()).date()

    @property
    def job(self) -> dict[str, bool]:
        """Return the pages of venues that a job of JOBDIR has requested: publisher's id -> whether it was answered.

        Scrapy keeps `state` from one part of a job to the next.
        """
        pages: dict[str, bool] = self.state.setdefault("venues", {})
        return pages

    async def start(self) -> AsyncIterator[Request]:
        for url in self.start_urls:
            yield self.listing_request(url)

    def listing_request(self, url: str, **kwargs: Any) -> Request:
        return Request(
            url, self.parse, errback=self.listing_failed, meta=self._meta(), cb_kwargs=kwargs, dont_filter=True
        )

    def parse(self, response: Response, later: Sequence[Any] = (), **kwargs: Any) -> Iterator[Any]:
        try:
            yield from self.read_listing(response, **kwargs)
        except ListingError as error:
            self.failures.append(str(error))
        except RequestRefusedError as error:
            self.failures.append(f"the listing {response.url} could not be read: {error}")
        yield from self._later_pages(later)

    read_listing: Callable[..., Iterable[Request | Event]]
    """Yield what a listing page names, in its order. Gets the response and the keywords given to `listing_requests`.
    Raises ListingError."""

    def listing_requests(self, response: Response, pages: Iterable[tuple[str, dict[str, Any]]]) -> Iterator[Request]:
        """Request further pages of the listing: their addresses, each with the keywords for `read_listing`.

        One after another, because their order is that of the venues; one that fails does not stop the next. Raise
        ListingError when the listing led to one of them before, or leaves the publisher's site.
        """
        later = [(urls.absolute(response.url, url), kwargs) for url, kwargs in pages]
        for url, _ in later:
            if url in self.listing_pages or not url_is_from_spider(url, type(self)):
                back_or_away = "back" if url in self.listing_pages else "away"
                raise ListingError(f"the listing {response.url} leads {back_or_away} to {url}")
            self.listing_pages.add(url)
        yield from self._later_pages(later)

    def _later_pages(self, pages: Sequence[Any]) -> Iterator[Request]:
        for url, kwargs in pages[:1]:
            yield self.listing_request(url, later=pages[1:], **kwargs)

    read_venue: Callable[..., Iterable[Request | Event]]
    """Yield the events of a venue's page. Gets the response and the keywords given to `venue_request`."""

    def venue_request(self, response: Response, url: str, publisher_id: str, name: str, **kwargs: Any) -> Request:
        meta = self._meta() | {"publisher_id": publisher_id, "venue_name": name}
        request = response.follow(
            with_ascii_host(url), self._visit, errback=self.venue_failed, meta=meta, cb_kwargs=kwargs, dont_filter=True
        )
        self.venue_pages.setdefault(publisher_id, request.url)
        return request

    def _meta(self) -> dict[str, Any]:
        """Bypass the HTTP cache in a forced run: a cached page would name yesterday's images."""
        return {"dont_cache": True} if self.arguments.visits_fresh_venues else {}

    def _visit(self, response: Response, **kwargs: Any) -> Iterator[Any]:
        if isinstance(response, TextResponse):
            try:
                yield from self.read_venue(response, **kwargs)
            finally:
                # A selector and its response refer to each other, which keeps the parsed tree until garbage collection.
                response.selector.response = None
        else:
            self._page_failed(response.url, "not_text", str(response.headers.get("Content-Type")))

    def listing_failed(self, failure: Failure) -> Iterator[Any]:
        request: Request = failure.request  # type: ignore[attr-defined]
        server = self.crawler.settings["SANDBOX_SERVER"]
        through = f" through SANDBOX_SERVER {server}" if server else ""
        reason, found = _reason_of(failure.value)
        self.failures.append(f"the listing {request.url} could not be downloaded{through}: {found}")
        if (
            reason != "stopped"
        ):  # a request made now would wait in the queue of a job, and the next part requests the listing again
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
            self._page_failed(request.url, reason, found)

    def _page_failed(self, url: str, reason: str, found: str) -> None:
        self._count("pages/failed")
        self._count(f"pages/failed/{reason}")
        self.log_few(logging.WARNING, f"page failed: {reason}", "page failed: %s: %s (%s)", reason, url, found)

    def reject(self, publisher_id: str, reason: str, found: object) -> None:
        """Count a listed venue that is not an event, under the reason."""
        self.rejected[publisher_id] = reason
        if publisher_id in self.venue_pages:
            self.rejected_page = self.rejected_page or self.venue_pages[publisher_id]
        else:  # the others were counted when they were listed
            self._count("venues/listed")
        self._count("venues/dropped")
        self._count(f"dropped/{reason}")
        words, detail = REJECTIONS.get(reason, "rejected"), f": {short_repr(found)}" if found else ""
        message = "dropped venue %.100s: %s (%s)%s"
        self.log_few(logging.INFO, f"dropped venue: {reason}", message, publisher_id, words, reason, detail)

    def log_few(self, level: int, reason: str, message: str, *values: object) -> None:
        """Log the first few lines of a reason; the others are counted at the end."""
        if self._lines.admits(reason):
            self.logger.log(level, message, *values)

    def closed(self, reason: str) -> None:
        self._lines.log_rest(self.logger)

    def nights(
        self,
        publisher_id: str,
        texts: Iterable[Any],
        timezone: str | None,
        hints: Sequence[str | None] = (),
        *,
        of_each: bool = False,
    ) -> list[Schedule]:
        """Return the nights of the first text that names any. Reject the venue when no text does.

        A text before it that names none is kept in `raw`. hints: other texts that may say how often, the surest first.
        of_each: return the nights of every text instead.
        """
        given = list(filter(None, map(text.lines, texts)))
        nights = self.nights_in(given, timezone, hints, of_each=of_each)
        if not nights:
            self.reject(publisher_id, "no_weekday" if given else "no_schedule", list(map(text.clean, given)))
        return nights

    def nights_in(
        self, texts: Iterable[Any], timezone: str | None, hints: Sequence[str | None] = (), *, of_each: bool = False
    ) -> list[Schedule]:
        """Return what `nights` does, and nothing when no text names a night."""
        nights: dict[tuple[int | None, str | None], Schedule] = {}
        unread: list[str] = []
        for each in dict.fromkeys(filter(None, map(text.lines, texts))):
            try:
                found = read_nights(each, timezone, hints=hints)
            except ScheduleError:
                unread.append(text.clean(each) or "")
                continue
            if before := [words for words in unread if words not in found[0].raw]:
                self._count("nights/text_not_read")
                found = [replace(night, raw="; ".join([*before, night.raw])) for night in found]
                unread.clear()
            for night in found:
                nights.setdefault((night.weekday, night.start_time), night)
            if not of_each:
                return found
        if nights and unread:
            self._count("nights/text_not_read")
        return list(nights.values())

    def events(
        self, nights: Iterable[Schedule], publisher_id: str, source_url: str, venue: Venue, **facts: Any
    ) -> Iterator[Event]:
        """Yield one Event per night, named by `event_name`; none when the venue's name says that it is not open yet.

        facts: its other fields. `name` is used instead of `event_name`.
        """
        if is_not_yet_open(venue.name):
            return self.reject(publisher_id, "not_yet_open", venue.name)
        name = facts.pop("name", None) or self.event_name.format(venue=venue.name)
        for night in nights:
            yield Event(self.name, publisher_id, source_url, name, venue=venue, schedule=night, **facts)

    def place(
        self, latitude: Any, longitude: Any, country: str | None = None
    ) -> tuple[float | None, float | None, str | None]:
        """Return coordinates and their IANA zone; all None when they are in no country, or not in `country`.

        country: the one that the venue's address names; default: the publisher's.
        """
        point = text.number(latitude), text.number(longitude)
        timezone = places.timezone_at(*point)
        found, wanted = places.country_of(timezone), country or self.country
        if found and wanted in {None, found}:
            return *point, timezone
        if point != (None, None):
            self._count("dropped/coordinates")
        return None, None, None

    def venue(
        self,
        name: Any,
        address: Any = None,
        *,
        street: Any = None,
        city: Any = None,
        region: Any = None,
        postcode: Any = None,
        country: Any = None,
        point: Sequence[Any] = (None, None),
        phone: Any = None,
        website: Any = None,
        links: Iterable[Any] = (),
    ) -> Venue:
        """Return a Venue of what a publisher states, whatever its types. Town, region and postcode may be in `address`.

        address: one line; default: made of the parts, if there is a street.
        country: name or code; default: what the address names, then the publisher's.
        point: latitude and longitude; ignored and counted if they are in another country.
        links: the venue's other pages: on Facebook, on Instagram, and, without `website`, its own.
        """
        parts = [text.plain(each) for each in (street, city, region, postcode, country)]
        written = filter(None, [*parts[:4], parts[4] if len(parts[4] or "") > 3 else None])
        line = text.plain(address) or (", ".join(written) if parts[0] else None)
        code = addresses.country_code(country) or addresses.country_in(address or line) or self.country
        stated = addresses.read_address(address or line, code)
        latitude, longitude, zone = self.place(point[0], point[1], code)
        code = code or places.country_of(zone)
        pages = urls.by_network([website, *links] if website else links)
        return Venue(
            name=text.plain(name) or "",
            address=line,
            postcode=parts[3] or stated.postcode,
            city=parts[1] or stated.city,
            region=addresses.region_in(code, parts[2] or stated.region),
            country=code,
            latitude=latitude,
            longitude=longitude,
            phone=text.phone(phone, code),
            website=pages.get("website"),
            facebook=pages.get("facebook"),
            instagram=pages.get("instagram"),
        )

    def zone_of(self, venue: Venue, stated: Any = None) -> str | None:
        """Return the IANA zone of a venue: that of its point, of its country or state if there is one, or `timezone`.

        stated: what the publisher says of it; used if it is a zone of the venue's country.
        """
        zone = text.clean(stated)
        country = places.country_of(zone)
        return (
            places.timezone_at(venue.latitude, venue.longitude)
            or (zone if country and venue.country in {None, country} else None)
            or places.zone_in(venue.country, venue.region, venue.postcode)
            or self.timezone
        )

    def image_urls(self, page: Response | str, images: Iterable[Selector | str | None]) -> list[str]:
        """Return the largest address of each <img> node, or the given addresses, in order, without placeholders.

        page: where they are, by its response or address.
        """
        base = page if isinstance(page, str) else page.url
        found = [urls.absolute(base, source) for image in images if (source := self._source(image))]
        return [each for each in dict.fromkeys(found) if urls.web_link(each)]

    def _source(self, image: Selector | str | None) -> str | None:
        attributes = image.attrib if isinstance(image, Selector) else {"src": text.clean(image) or ""}
        values = [(name, attributes[name].strip()) for name in _SOURCES if name in attributes]
        named = [urls.largest_candidate(value) if name.endswith("srcset") else value for name, value in values]
        images = [source for source in named if source and not any(each in source.lower() for each in _STAND_INS)]
        linked = [source for source in images if not source.lower().startswith("data:")]
        if images and not linked:
            self._count("dropped/inline_picture")
        return text.first(linked)

    def plain_text(self, markup: Any) -> str | None:
        """Return the paragraphs of text or HTML. Markup that takes too long to read gives None, and is counted."""
        written = markup[:_LONGEST_MARKUP] if isinstance(markup, str) else text.clean(markup) or ""
        if "<" not in written:
            return text.paragraphs(map(text.plain, re.split(r"\n\s*\n", written)))
        try:
            tree = parse_markup(_BLOCK.sub("\n", _SPACES.sub(" ", written)))
        except RequestRefusedError:
            self._count("dropped/description")
            return None
        words = tree.xpath("//text()[not(parent::script or parent::style)]").getall()
        return text.paragraphs("".join(words).split("\n"))

    def own_page(self, url: str | None) -> tuple[str, list[str]]:
        """Return (address without its query, parts of its path); no parts when it is not on the publisher's site."""
        parts = urlsplit(urls.web_link(url) or "")
        own = (parts.hostname or "").removeprefix("www.") in self.allowed_domains
        path = [name for part in parts.path.split("/") if (name := text.clean(unquote(part)))]
        return parts._replace(query="", fragment="").geturl(), path if own else []

    def json(self, response: Response) -> Any:
        """Parse a listing. Raise ListingError when it is not JSON."""
        try:
            return json.loads(response.body)
        except RecursionError:
            raise ListingError(f"the listing {response.url} is nested too deeply") from None
        except json.JSONDecodeError:
            raise ListingError(
                f"the listing {response.url} is not JSON but begins with {response.body[:40]!r}"
            ) from None
        except ValueError as error:  # a number of thousands of digits, or bytes that are no text
            raise ListingError(f"the listing {response.url} cannot be read: {str(error).rstrip('.')}") from None

    def _count(self, what: str) -> None:
        if self.has_crawler:
            self.crawler.stats.inc_value(f"trivia/{what}")
