"""Reads the facts of a publisher's pages: nights, venues, images, texts and JSON. What cannot be read is counted."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import unquote, urlsplit
from weakref import WeakKeyDictionary

from parsel import Selector
from scrapy import Spider
from scrapy.http import HtmlResponse, Response, XmlResponse

from trivia_scraper.cli.logging import FewLines
from trivia_scraper.clock import from_http_date, utc_now
from trivia_scraper.downloader.address_guard import RequestRefusedError
from trivia_scraper.errors import UsageError
from trivia_scraper.formatting import one_line
from trivia_scraper.items import REJECTIONS, Event, Schedule, Unread, Venue
from trivia_scraper.parsing import addresses, places, text, urls
from trivia_scraper.parsing.schedule import ScheduleError, read_nights
from trivia_scraper.parsing.titles import is_not_yet_open
from trivia_scraper.spiders.helpers import ListingError, parse_markup, shorten
from trivia_scraper.spiders.matches import CONSTANTS, Matches

MOST_UNREAD = 200
"""Maximum rejected venues and failed pages that the run's row names. All of them are counted."""
_LONGEST_NOTE = 200
_LONGEST_ID = 255  # like that of a stored event, by which the page about the run finds the venue's name
_LONGEST_URL = 2000
# Parts of the URLs of placeholders, of decoration that belongs to a theme, and of thumbnails.
_STAND_INS = ("/placeholder", "woocommerce-placeholder", "/wp-content/themes/", "/wp-content/plugins/", "/thumb/")
# Attributes of <img> that may have its URL. Pages that load images late have a placeholder in srcset and src.
_SOURCES = ("data-srcset", "data-lazy-srcset", "data-src", "data-lazy-src", "srcset", "src")
_LONGEST_MARKUP = 100_000
_BLOCK = re.compile(r"(?i)<(?:br|/p|/div|/li|/h\d|/tr)\b[^<>]*>")
_SPACES = re.compile(r"\s+")


class PageFacts(Spider):
    """What a publisher's spider reads from its pages. PublisherSpider requests them."""

    allowed_domains: list[str]
    country: str | None = None
    """ISO 3166 alpha-2 code of the venues' country. Coordinates elsewhere count as mistakes. None: any country. Any
    other value is refused, so that nobody crawls with the template's "XX"."""
    timezone: str | None = None
    """IANA zone of venues whose address and coordinates do not decide it."""
    event_name: str
    """The name of an event, with {venue} for the venue's name."""
    has_crawler = False
    """Whether a crawl runs this spider. Without one, as in tests of recorded pages, nothing is counted."""

    def __init__(self, name: str | None = None) -> None:
        super().__init__(name)
        if self.country not in {None, *places.countries()}:
            found = f"the spider {self.name} has the country {self.country!r}"
            raise UsageError(
                f"{found}: set its ISO 3166 code, like 'GB', or None if the venues are in several countries."
            )
        self.rejected: dict[str, str] = {}
        """Publisher's id of a rejected venue -> reason."""
        self.parsed: WeakKeyDictionary[Response, Any] = WeakKeyDictionary()
        """Parsed JSON of each response that is still in use: several functions may read the same one."""
        self.matches = Matches(lambda: self._count("selectors/not_counted"))
        self.venue_pages: dict[str, str] = {}
        """Publisher's id -> URL of the venue's page, for venues that have one."""
        self.rejected_page: str | None = None
        """URL of the first venue page that was rejected."""
        self.unread: list[Unread] = []
        """The first MOST_UNREAD venues that were rejected or whose page failed."""
        self._lines = FewLines()

    def closed(self, reason: str) -> None:
        self._lines.log_rest(self.logger)

    @staticmethod
    def today(response: Response | None = None) -> date:
        """Return the date in a response's Date header, or the current date if there is none."""
        sent = response.headers.get("Date") if response is not None else None
        return ((sent and from_http_date(sent.decode("ascii", "replace"))) or utc_now()).date()

    @property
    def without_quiz(self) -> set[str]:
        """Return the ids of venues that were rejected because they have no quiz."""
        return {key for key, word in self.rejected.items() if word in REJECTIONS and REJECTIONS[word].is_absence}

    def reject(self, publisher_id: str | None, reason: str, found: object = None) -> None:
        """Reject a listed venue. The reason is counted, and decides whether the venue's stored events become missing.

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
        """Note a venue for the page about the run. counted: the name under which it is counted."""
        if len(self.unread) < MOST_UNREAD:
            words = found or "" if isinstance(found, str | None) else shorten(found)
            self.unread.append(
                Unread(
                    id=one_line(publisher_id, _LONGEST_ID),
                    counted=counted,
                    page=page and page[:_LONGEST_URL],
                    found=one_line(words, _LONGEST_NOTE),
                )
            )

    def log_few(self, level: int, reason: str, message: str, *values: object) -> None:
        """Log only the first lines of each reason. At the end, one line counts the others."""
        if self._lines.admits(reason):
            self.logger.log(level, message, *values)

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
        of_each: do not stop at the first text that names a day, but return the nights of all texts together.
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
        """Return latitude, longitude and IANA zone of a point, or (None, None, None) if it is not in `country`.

        A point elsewhere is counted. country: that of the venue's address, by default the publisher's. If both are
        None, the point may be in any country.
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
        """Return a Venue made of the publisher's values, of any type.

        address: on one line, with its postcode; omit the parts that it contains. If the postcode is stated apart, give
        the rest as `street`: the parts are joined, and the town is read from the whole.
        country: name or code; by default the one that the address names, or else the publisher's.
        point: latitude and longitude; dropped and counted if they are in another country.
        links: URLs of the venue's pages: on Facebook, on Instagram, and its own if `website` is not given.
        """
        parts = [text.unescape(each) for each in (street, city, region, postcode, country)]
        written = filter(None, [*parts[:4], parts[4] if len(parts[4] or "") > 3 else None])
        line = text.unescape(address) or (", ".join(written) if parts[0] else None)
        named = addresses.country_in(address or line)
        code = addresses.country_code(country) or named or self.country
        stated = addresses.read_address(address or line, code)
        latitude, longitude, zone = self.locate(point[0], point[1], code)
        is_located = places.timezone_at(*map(text.read_number, point)) is not None
        if self.country and (named or (is_located and code == self.country)):
            is_elsewhere = is_located and latitude is None
            page = next(iter(self.start_urls), self.name)
            self.confirm("country", page, named in {None, self.country} and not is_elsewhere)
        code = code or places.country_of(zone)
        number = text.read_phone(phone, code)
        said = text.clean(phone)
        if not number and said and any(map(str.isdigit, said)):  # words like "ask inside" have no number to lose
            self._count("dropped/phone")
            message = "not a valid phone number of %s: %s"
            self.log_few(logging.INFO, "phone number not valid", message, code or "an unknown country", shorten(said))
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
            phone=number,
            website=pages.get("website"),
            facebook=pages.get("facebook"),
            instagram=pages.get("instagram"),
        )

    def confirm(self, constant: str, page: str, holds: bool) -> None:
        """Count whether a value of a page confirms a constant of the publisher's file.

        constant: the attribute's name. A run warns if more than half of the values contradict it, or if fewer confirm
        it than before.
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
        Text that is not a web address is kept: the image pipeline refuses it with a reason.
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
        """Return a URL without its query, and the parts of its path: [] if it is not on the publisher's site."""
        parts = urlsplit(urls.read_link(url) or "")
        domains = {domain.removeprefix("www.") for domain in self.allowed_domains}
        own = (parts.hostname or "").removeprefix("www.") in domains
        path = [name for part in parts.path.split("/") if (name := text.clean(unquote(part)))]
        return parts._replace(query="", fragment="").geturl(), path if own else []

    def parse_json(self, response: Response) -> Any:
        """Parse a listing once, and count which keys of its objects are found. Raise ListingError if it is not JSON."""
        if response in self.parsed:
            return self.parsed[response]
        try:
            data = json.loads(response.body, object_hook=self.matches.watched_objects(response.url))
        except RecursionError:
            raise ListingError(f"the listing {response.url} is nested too deeply") from None
        except json.JSONDecodeError:
            raise ListingError(
                f"the listing {response.url} is not JSON but begins with {response.body[:40]!r}"
            ) from None
        except ValueError as error:  # a number of thousands of digits, or bytes that are not text
            raise ListingError(f"the listing {response.url} cannot be read: {str(error).rstrip('.')}") from None
        self.parsed[response] = data
        return data

    def embedded_json(self, response: Response, selector: str) -> Any:
        """Parse the JSON in a script of a page, like `#__NEXT_DATA__`. Raise ListingError if there is none.

        If `read_venue` does not catch it, the page counts as failed.
        """
        scripts = response.css(selector) if isinstance(response, HtmlResponse | XmlResponse) else []
        if not scripts:
            raise ListingError(f"the page {response.url} has no {selector}")
        return self.parse_json(response.replace(body=(scripts[0].xpath("string()").get() or "").encode()))

    def _count(self, what: str) -> None:
        if self.has_crawler:
            self.crawler.stats.inc_value(f"trivia/{what}")
