"""The base class of all publishers' spiders.

A publisher's file sets the class attributes, and defines `read_listing` and, if venues have pages, `read_venue`. Both
may use only the response and the keywords of its request. middlewares.py decides which listed venues are visited.
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
from scrapy.http import HtmlResponse, Response, TextResponse, XmlResponse
from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings
from scrapy.utils.url import url_is_from_spider
from twisted.python.failure import Failure

from trivia_scraper.cli.logging import FewLines, log_refusal
from trivia_scraper.clock import from_http_date, utc_now
from trivia_scraper.downloader.address_guard import RequestRefusedError
from trivia_scraper.downloader.pages import check_markup
from trivia_scraper.formatting import one_line
from trivia_scraper.images.failures import find_reason
from trivia_scraper.items import REJECTIONS, Event, ImageKind, Performer, Schedule, Unread, Venue
from trivia_scraper.parsing import addresses, places, text, urls
from trivia_scraper.parsing.hosts import with_ascii_host
from trivia_scraper.parsing.schedule import ScheduleError, read_nights
from trivia_scraper.parsing.titles import is_not_yet_open
from trivia_scraper.spiders.arguments import SpiderArguments
from trivia_scraper.spiders.matches import CONSTANTS, Matches


class ListingError(ValueError):
    """A listing that cannot be read. It fails the run, and its text is a reason in the verdict."""


MOST_LISTING_PAGES = 1000
"""Pages of a listing, so that pages that always link to new ones end."""
MOST_UNREAD = 200
"""Venues and pages that could not be read whose names are kept with the run."""
_LONGEST_NOTE = 200
_LONGEST_URL = 2000
GONE = {"http_404", "http_410"}
"""Reasons of a page that was removed."""
logger = logging.getLogger(__name__)
_REPR = reprlib.Repr()
_REPR.maxlevel = 3
_REPR.maxstring = _REPR.maxother = 300
_REPR.repr_WatchedObject = _REPR.repr_dict  # type: ignore[attr-defined]  # it looks for a type by its name
# Parts of the URLs of placeholders, of decoration that belongs to a theme, and of thumbnails.
_STAND_INS = ("/placeholder", "woocommerce-placeholder", "/wp-content/themes/", "/wp-content/plugins/", "/thumb/")
# Attributes of <img> that may have its URL. Pages that load images late have a placeholder in srcset and src.
_SOURCES = ("data-srcset", "data-lazy-srcset", "data-src", "data-lazy-src", "srcset", "src")
_LONGEST_MARKUP = 100_000
_BLOCK = re.compile(r"(?i)<(?:br|/p|/div|/li|/h\d|/tr)\b[^<>]*>")
_SPACES = re.compile(r"\s+")


def _reason_of(error: BaseException | None) -> tuple[str, str]:
    """Return why a page could not be downloaded: a reason to count, and a text for people."""
    reason, found = find_reason(error)
    return reason, "larger than PAGE_MAXSIZE allows" if isinstance(error, DownloadCancelledError) else found


def _written(data: Any) -> str:
    return data if isinstance(data, str) else json.dumps(data)


def _page(url: str, data: Any) -> str:
    """Return what distinguishes a page of a listing from the others."""
    return url if data is None else f"{url} with {_written(data)[:300]}"


def shorten(value: object) -> str:
    """Return the beginning of a value for the log, even if the value is huge or deeply nested."""
    return _REPR.repr(value)


def _storable(text: str) -> str:
    """Return the beginning of a text from outside as any database can store it."""
    return one_line(text.encode("utf-8", "replace").decode(), _LONGEST_NOTE)


def parse_markup(markup: str, kind: Literal["html", "xml"] = "html") -> Selector:
    """Parse HTML or XML that is part of a response. Raise RequestRefusedError if that would take too long."""
    check_markup(markup, kind)
    return Selector(text=markup, type=kind)


def get_text(nodes: Selector | SelectorList[Selector]) -> str | None:
    """Return the text of nodes as one line."""
    return text.clean(" ".join(nodes.css("::text").getall()))


def get_texts(nodes: SelectorList[Selector]) -> list[str]:
    """Return the text of each node that has any."""
    return list(filter(None, map(get_text, nodes)))


def make_performer(name: str | None, image_url: str | None = None) -> Performer | None:
    """Return the host of a night, or None if neither name nor image is known."""
    return Performer(name, image_url) if name or image_url else None


class PublisherSpider(Spider):
    """Crawls one publisher. Its arguments (SpiderArguments) are parsed before the first request."""

    allowed_domains: list[str]
    redirects_within_site = True
    """Whether pages may redirect only to `allowed_domains`. Images may redirect to any public address."""
    country: str | None = None
    """ISO 3166 alpha-2 code of the venues' country. Coordinates elsewhere count as mistakes. None: any country."""
    timezone: str | None = None
    """IANA zone of venues whose address and coordinates do not decide it."""
    listing_data: Any = None
    """What is sent to `start_urls` by POST: an object as JSON, a text as a form. None: a GET request."""
    listing_headers: dict[str, str] = {}
    """Headers of requests for the listing, besides Scrapy's."""
    title: str | None = None
    """The publisher's name for people, as in the catalogue; a constant. None: `name` in words, like "Tap Trivia"."""
    event_name: str
    """The name of an event, with {venue} for the venue's name."""
    image_kind: ImageKind = "hero"
    """Kind of the images in an event's `image_urls`."""
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
        with log_refusal(cls.name):
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
        """Reasons to fail the run, as texts for its verdict."""
        self.rejected: dict[str, str] = {}
        """Publisher's id of a rejected venue -> reason."""
        self.gone_pages: set[str] = set()
        """Publisher's ids of listed venues whose page answered 404 or 410."""
        self.pages_without: dict[str, dict[str, str]] = {}
        """Field -> publisher's id -> URL of the first events without it: of venues' pages, if any lacks it."""
        self.matches = Matches()
        self.listing_pages = {_page(url, self.listing_data) for url in self.start_urls}
        """URLs of the listing's pages that were requested. A listing that links back to one of them would never end."""
        self.venue_pages: dict[str, str] = {}
        """Publisher's id -> URL of the venue's page, for venues that have one."""
        self.rejected_page: str | None = None
        """URL of the first venue page that was rejected."""
        self.unread: list[Unread] = []
        """The first MOST_UNREAD venues and pages that could not be read."""
        self.state: dict[str, Any] = {}
        self._lines = FewLines()

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        super().update_settings(settings)
        if settings["SANDBOX_SERVER"]:
            # The sandbox needs no politeness. A delay on the command line still applies.
            fast = {"DOWNLOAD_DELAY": 0, "DOWNLOAD_SLOTS": {}, "AUTOTHROTTLE_ENABLED": False}
            settings.setdict(fast | {"CONCURRENT_REQUESTS_PER_DOMAIN": 8}, priority="spider")

    @staticmethod
    def today(response: Response | None = None) -> date:
        """Return the date in a response's Date header, or the current date if there is none."""
        sent = response.headers.get("Date") if response is not None else None
        return ((sent and from_http_date(sent.decode("ascii", "replace"))) or utc_now()).date()

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
            body=None if data is None else _written(data),
            errback=self.listing_failed,
            meta=self._meta(),
            cb_kwargs=kwargs,
            dont_filter=True,
        )

    def parse(self, response: Response, later: Sequence[Any] = (), **kwargs: Any) -> Iterator[Any]:
        try:
            self.matches.watch_page(response)
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

        They are requested one after another, so that the venues keep their order. A page that fails does not stop the
        next one. The keyword `data` is sent by POST, like `listing_data`. Raise ListingError if a page was requested
        before or is not on the publisher's site, or if there are more than MOST_LISTING_PAGES.
        """
        later = [(urls.make_absolute(response.url, url), kwargs) for url, kwargs in pages]
        for url, kwargs in later:
            page = _page(url, kwargs.get("data"))
            if page in self.listing_pages or not url_is_from_spider(url, type(self)):
                why = "which was read before" if page in self.listing_pages else "on another site"
                raise ListingError(f"the listing {response.url} links to {page}, {why}")
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

        url: may be relative. name: the venue's, for `-a venue=`.
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
                self._page_failed(response.url, "not_readable", str(error))
            finally:
                # A selector and its response refer to each other, which keeps the parsed tree until garbage collection.
                if response._cached_selector is not None:
                    response._cached_selector.response = None
        else:
            self._page_failed(response.url, "not_text", str(response.headers.get("Content-Type")))

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
            self._page_failed(request.url, reason, found)

    def _page_failed(self, url: str, reason: str, found: str) -> None:
        publisher_id = next((key for key, page in self.venue_pages.items() if page == url), url)
        self._note_unread(publisher_id, f"pages/failed/{reason}", url, found)
        self._count("pages/failed")
        self._count(f"pages/failed/{reason}")
        self.log_few(logging.WARNING, f"page failed: {reason}", "page failed: %s: %s (%s)", reason, url, found)

    @property
    def without_quiz(self) -> set[str]:
        """Return the ids of venues that were rejected because they have no quiz."""
        return {key for key, word in self.rejected.items() if word in REJECTIONS and REJECTIONS[word].is_absence}

    def reject(self, publisher_id: str | None, reason: str, found: object = None) -> None:
        """Reject a listed venue without an event. Its reason is counted, and decides whether its events become missing.

        publisher_id: None if it has none. found: what the page has, for the log.
        """
        publisher_id = publisher_id or "?"
        self.rejected[publisher_id] = reason
        if publisher_id in self.venue_pages:
            self.rejected_page = self.rejected_page or self.venue_pages[publisher_id]
        else:  # the others were counted when they were listed
            self._count("venues/listed")
        self._note_unread(publisher_id, f"dropped/{reason}", self.venue_pages.get(publisher_id), found)
        self._count("venues/dropped")
        self._count(f"dropped/{reason}")
        known, detail = REJECTIONS.get(reason), f": {shorten(found)}" if found else ""
        words = known.meaning if known else "rejected"
        message = "dropped venue %.100s: %s (%s)%s"
        self.log_few(logging.INFO, f"dropped venue: {reason}", message, publisher_id, words, reason, detail)

    def _note_unread(self, publisher_id: str, counted: str, page: str | None, found: object) -> None:
        """Note a venue for the page about the run."""
        if len(self.unread) < MOST_UNREAD:
            words = found or "" if isinstance(found, str | None) else shorten(found)
            page = page and page[:_LONGEST_URL]
            facts = Unread(id=_storable(publisher_id), counted=counted, page=page, found=_storable(words))
            self.unread.append(facts)

    def log_few(self, level: int, reason: str, message: str, *values: object) -> None:
        """Log only the first lines of each reason. At the end, one line counts the others."""
        if self._lines.admits(reason):
            self.logger.log(level, message, *values)

    def closed(self, reason: str) -> None:
        self._lines.log_rest(self.logger)

    def read_nights(
        self,
        publisher_id: str,
        texts: Iterable[Any],
        timezone: str | None,
        hints: Sequence[str | None] = (),
        *,
        of_each: bool = False,
    ) -> list[Schedule]:
        """Return the nights of the first text that names a day. Reject the venue if no text does.

        Texts before it are kept in `raw`. hints: other texts that may state the frequency, the most reliable first.
        of_each: return the nights of all texts, not only of the first that names a day.
        """
        given = list(filter(None, map(text.keep_lines, texts)))
        nights = self.find_nights(given, timezone, hints, of_each=of_each)
        if not nights:
            words = "; ".join(filter(None, map(text.clean, given)))
            self.reject(publisher_id, "no_weekday" if given else "no_schedule", words)
        return nights

    def find_nights(
        self, texts: Iterable[Any], timezone: str | None, hints: Sequence[str | None] = (), *, of_each: bool = False
    ) -> list[Schedule]:
        """Do the same as `read_nights`, but return [] instead of rejecting the venue."""
        nights: dict[tuple[int | None, str | None], Schedule] = {}
        unread: list[str] = []
        for each in dict.fromkeys(filter(None, map(text.keep_lines, texts))):
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

    def make_events(
        self, nights: Iterable[Schedule], publisher_id: str, source_url: str, venue: Venue, **facts: Any
    ) -> Iterator[Event]:
        """Yield one Event per night. Reject a venue whose name says that it is not open yet.

        facts: other fields of the events. By default, `event_name` gives their name.
        """
        if is_not_yet_open(venue.name):
            return self.reject(publisher_id, "not_yet_open", venue.name)
        name = facts.pop("name", None) or self.event_name.format(venue=venue.name)
        for night in nights:
            yield Event(self.name, publisher_id, source_url, name, venue=venue, schedule=night, **facts)

    def locate(
        self, latitude: Any, longitude: Any, country: str | None = None
    ) -> tuple[float | None, float | None, str | None]:
        """Return latitude, longitude and IANA zone of a point, or three times None if it is not in `country`.

        Such a point is counted. country: that of the venue's address, by default the publisher's. If both are None, the
        point may be in any country.
        """
        point = text.read_number(latitude), text.read_number(longitude)
        timezone = places.timezone_at(*point)
        found, wanted = places.country_of(timezone), country or self.country
        if found and wanted in {None, found}:
            return *point, timezone
        if point != (None, None):
            self._count("dropped/coordinates")
        return None, None, None

    def make_venue(
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
        """Return a Venue made of the publisher's values, of any type. Omit values that `address` contains.

        address: on one line; by default made of the other parts, if there is a street.
        country: name or code; by default the one that the address names, or else the publisher's.
        point: latitude and longitude; dropped and counted if they are in another country.
        links: URLs of the venue's pages: on Facebook, on Instagram, and its own if `website` is not given.
        """
        parts = [text.unescape(each) for each in (street, city, region, postcode, country)]
        written = filter(None, [*parts[:4], parts[4] if len(parts[4] or "") > 3 else None])
        line = text.unescape(address) or (", ".join(written) if parts[0] else None)
        code = addresses.country_code(country) or addresses.country_in(address or line) or self.country
        stated = addresses.read_address(address or line, code)
        latitude, longitude, zone = self.locate(point[0], point[1], code)
        if self.country and code == self.country and places.timezone_at(*map(text.read_number, point)):
            self.confirm("country", self.start_urls[0], latitude is not None)
        code = code or places.country_of(zone)
        pages = urls.sort_by_network([website, *links] if website else links)
        return Venue(
            name=text.unescape(name) or "",
            address=line,
            postcode=addresses.postcode_in(code, parts[3] or stated.postcode),
            city=parts[1] or stated.city,
            region=addresses.region_in(code, parts[2] or stated.region),
            country=code,
            latitude=latitude,
            longitude=longitude,
            phone=text.read_phone(phone, code),
            website=pages.get("website"),
            facebook=pages.get("facebook"),
            instagram=pages.get("instagram"),
        )

    def confirm(self, constant: str, page: str, holds: bool) -> None:
        """Count whether a value of a page confirms a constant of the publisher's file.

        constant: its attribute. A run warns if most values contradict it, and if it is confirmed less than before.
        """
        self.matches.count(CONSTANTS, constant, page, matched=holds)

    def find_zone(self, venue: Venue, stated: Any = None) -> str | None:
        """Return the IANA zone of a venue: by its coordinates, `stated`, its country or state, or `timezone`.

        stated: the zone that the publisher states; ignored if it is in another country. A country or state decides the
        zone only if it has a single one.
        """
        zone = text.clean(stated)
        country = places.country_of(zone)
        return (
            places.timezone_at(venue.latitude, venue.longitude)
            or (zone if country and venue.country in {None, country} else None)
            or places.zone_in(venue.country, venue.region, venue.postcode)
            or self.timezone
        )

    def find_image_urls(self, page: Response | str, images: Iterable[Selector | str | None]) -> list[str]:
        """Return absolute URLs of images, in order, without duplicates and placeholders.

        page: the response that has the images, or its URL. images: URLs, or <img> nodes, whose largest size is taken.
        The image pipeline refuses what is not a web address, with its reason.
        """
        base = page if isinstance(page, str) else page.url
        found = [urls.make_absolute(base, source) for image in images if (source := self._source(image))]
        return list(dict.fromkeys(found))

    def _source(self, image: Selector | str | None) -> str | None:
        attributes = image.attrib if isinstance(image, Selector) else {"src": text.clean(image) or ""}
        values = [(name, attributes[name].strip()) for name in _SOURCES if name in attributes]
        named = [urls.pick_largest(value) if name.endswith("srcset") else value for name, value in values]
        images = [source for source in named if source and not any(each in source.lower() for each in _STAND_INS)]
        linked = [source for source in images if not source.lower().startswith("data:")]
        if images and not linked:
            self._count("dropped/inline_picture")
        return text.first(linked)

    def extract_text(self, markup: Any) -> str | None:
        """Return the paragraphs of text or HTML. HTML that would take too long to parse is counted, and gives None."""
        written = markup[:_LONGEST_MARKUP] if isinstance(markup, str) else text.clean(markup) or ""
        if "<" not in written:
            return text.join_paragraphs(map(text.unescape, re.split(r"\n\s*\n", written)))
        try:
            tree = parse_markup(_BLOCK.sub("\n", _SPACES.sub(" ", written)))
        except RequestRefusedError:
            self._count("dropped/description")
            return None
        words = tree.xpath("//text()[not(parent::script or parent::style)]").getall()
        return text.join_paragraphs("".join(words).split("\n"))

    def split_own_url(self, url: str | None) -> tuple[str, list[str]]:
        """Return a URL without its query, and the parts of its path: none if it is not on the publisher's site."""
        parts = urlsplit(urls.read_link(url) or "")
        domains = {domain.removeprefix("www.") for domain in self.allowed_domains}
        own = (parts.hostname or "").removeprefix("www.") in domains
        path = [name for part in parts.path.split("/") if (name := text.clean(unquote(part)))]
        return parts._replace(query="", fragment="").geturl(), path if own else []

    def parse_json(self, response: Response) -> Any:
        """Parse a listing, and count which keys of its objects are found. Raise ListingError if it is not JSON."""
        try:
            return json.loads(response.body, object_hook=self.matches.watched_objects(response.url))
        except RecursionError:
            raise ListingError(f"the listing {response.url} is nested too deeply") from None
        except json.JSONDecodeError:
            raise ListingError(
                f"the listing {response.url} is not JSON but begins with {response.body[:40]!r}"
            ) from None
        except ValueError as error:  # a number of thousands of digits, or bytes that are not text
            raise ListingError(f"the listing {response.url} cannot be read: {str(error).rstrip('.')}") from None

    def embedded_json(self, response: Response, selector: str) -> Any:
        """Parse the JSON in a script of a page, as `#__NEXT_DATA__`. Raise ListingError if there is none.

        If `read_venue` does not catch it, the page counts as failed.
        """
        scripts = response.css(selector) if isinstance(response, HtmlResponse | XmlResponse) else []
        if not scripts:
            raise ListingError(f"the page {response.url} has no {selector}")
        return self.parse_json(response.replace(body=(scripts[0].xpath("string()").get() or "").encode()))

    def _count(self, what: str) -> None:
        if self.has_crawler:
            self.crawler.stats.inc_value(f"trivia/{what}")
