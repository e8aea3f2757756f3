"""A venue as its page, its card and the search show it. Pure: events of the store -> what templates print."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby, pairwise
from operator import attrgetter

from trivia_scraper.db.queries import StoredEvent
from trivia_scraper.exports import wording
from trivia_scraper.exports.formats.geojson import get_coordinates
from trivia_scraper.exports.occurrences import Occurrence, find_last_day, is_over, list_upcoming
from trivia_scraper.formatting import web_address
from trivia_scraper.items import ImageKind, Performer, Venue
from trivia_scraper.parsing.slugs import APOSTROPHES, short_digest, slug
from trivia_scraper.site.images import Sizes

DATES = 26  # of a night: for half a year a catalogue that nobody makes again still knows those of a weekly one
_COMPUTED = 8  # by the rule of the night, which takes longer than to continue them
STILL_ON = timedelta(hours=2)  # after its start; assets/finder.js has it too
MAX_NAME = 120
_MAX_KEY = 60
_UNTELLING = {"the", "a", "an", "and", "at", "of", "on", "in"}  # names begin with or contain them
_ALSO = {"GB": "UK", "US": "USA"}  # what addresses call a country besides its name and code
_REGIONS_TELL = {"AU", "CA", "US"}  # where many towns share a name, and publishers agree on how to write a region


@dataclass(frozen=True, slots=True)
class Town:
    key: str
    """Its page's name; unique."""
    name: str
    region: str | None
    country: str | None
    is_known: bool = True
    """False for what holds the venues of which no town is stated."""

    @property
    def path(self) -> str:
        return f"towns/{self.key}.html"

    @property
    def calendar_path(self) -> str:
        return f"towns/{self.key}.ics"

    @property
    def feed_path(self) -> str:
        return f"towns/{self.key}.atom"

    @property
    def country_name(self) -> str:
        return wording.name_country(self.country)

    @property
    def country_key(self) -> str:
        """Return what addresses of pages call the country: its code in ISO 3166, or the one that is left to users."""
        return self.country or "ZZ"

    @property
    def full_name(self) -> str:
        return ", ".join(filter(None, (self.name, self.region)))


@dataclass(frozen=True, slots=True)
class Photograph:
    alt: str
    kind: ImageKind
    sizes: Sizes
    sha256: str | None
    """Of the stored image."""


@dataclass(frozen=True, slots=True)
class Night:
    event: StoredEvent
    how: str
    """How often: "Tuesdays"."""
    at: str
    """Its start time in words."""
    fee: str
    publisher: str
    status: str
    """Empty when it takes place as usual."""
    host: str | None
    dates: list[Occurrence]
    is_over: bool
    """See `occurrences.is_over`."""
    source_url: str | None

    @property
    def when(self) -> str:
        return f"{self.how}, {self.at}"

    @property
    def anchor(self) -> str:
        """The id of its section of the venue's page; it stays, as the event's identity does."""
        return f"night-{short_digest('/'.join(map(str, self.event.identity)))}"

    @property
    def clock(self) -> str | None:
        """The start time as the country writes it."""
        at = next((each.start_time for each in self.dates), None)
        return wording.format_time(at, self.event.venue.country) if at else None

    @property
    def is_gone(self) -> bool:
        return self.event.status == "gone"

    @property
    def is_free(self) -> bool:
        return self.event.fee.amount == 0


@dataclass(frozen=True, slots=True)
class VenueView:
    slug: str
    name: str
    """Short enough for a heading."""
    facts: Venue
    """Its links lead to the web or are null."""
    town: Town
    nights: list[Night]
    photographs: list[Photograph]

    @property
    def path(self) -> str:
        return f"venues/{self.slug}.html"

    @property
    def cover(self) -> Photograph | None:
        return next((each for each in self.photographs if each.kind != "performer"), None)

    @property
    def is_gone(self) -> bool:
        return all(night.is_gone for night in self.nights)

    @property
    def is_over(self) -> bool:
        return all(night.is_over for night in self.nights)

    @property
    def next_nights(self) -> list[Night]:
        """Return the nights that take place, the next one first and those without a date last."""
        return [night for night in self.nights if not night.is_over]

    @property
    def initial(self) -> str:
        """Return the letters to show if an image is missing: "IT" for "The Ivory Toad"."""
        words = re.findall(r"[^\W_]+", APOSTROPHES.sub("", self.name))
        telling = [word for word in words if word.casefold() not in _UNTELLING] or words
        return "".join(word[0] for word in telling[:2]).upper()

    @property
    def address(self) -> str:
        return address_with_town(self.facts)

    @property
    def street(self) -> str:
        return street(self.facts)

    @property
    def next_night(self) -> Night | None:
        """The one whose next date comes first, or None if no date is known."""
        return next((night for night in self.nights if night.dates and not night.is_over), None)

    @property
    def last_seen_at(self) -> datetime:
        return max(night.event.last_seen_at for night in self.nights)

    @property
    def changed_at(self) -> datetime:
        """When a night or a fact of the venue last changed."""
        return max(night.event.updated_at for night in self.nights)

    @property
    def place(self) -> tuple[float, float] | None:
        return get_coordinates(self.facts)


def views(events: Iterable[StoredEvent], sizes: Mapping[str, Sizes], now: datetime) -> list[VenueView]:
    """Return the venues by slug. sizes: of the site's images, by digest."""
    slug_of = attrgetter("venue.slug")
    found = [_view(list(group), sizes, now) for _, group in groupby(sorted(events, key=slug_of), key=slug_of)]
    towns = _as_most_write(view.town for view in found)
    return [replace(view, town=towns[view.town.key]) for view in found]


def _as_most_write(towns: Iterable[Town]) -> dict[str, Town]:
    """Return one town per key, spelled as most venues spell it: "St. Helens" and "ST HELENS" share a page."""
    counted = Counter(sorted(towns, key=lambda town: (town.key, town.full_name, town.country or "")))
    return {town.key: town for town, _ in reversed(counted.most_common())}


def _view(events: Sequence[StoredEvent], sizes: Mapping[str, Sizes], now: datetime) -> VenueView:
    venue = events[0].venue
    name = wording.shorten(venue.name, MAX_NAME)
    return VenueView(
        slug=str(venue.slug),
        name=name,
        facts=replace(
            venue,
            website=web_address(venue.website or ""),
            facebook=web_address(venue.facebook or ""),
            instagram=web_address(venue.instagram or ""),
        ),
        town=town_of(venue),
        nights=sorted((_night(event, now) for event in events), key=_order),
        photographs=list(_photographs(events, name, sizes)),
    )


def _night(event: StoredEvent, now: datetime) -> Night:
    host = event.performer.name if event.performer else None
    over = is_over(event, now)
    return Night(
        event=event,
        how=wording.describe_recurrence(event.schedule),
        at=wording.format_start_time(event.schedule, event.venue.country),
        fee=wording.describe_fee(event.fee),
        publisher=wording.format_publisher(event.publisher),
        status=wording.STATUSES[event.status] or (wording.PASSED if over else ""),
        host=host and wording.shorten(host, MAX_NAME),
        dates=_ahead(event, now),
        is_over=over,
        source_url=web_address(event.source_url),
    )


def _ahead(event: StoredEvent, now: datetime) -> list[Occurrence]:
    """Return the next dates. One whose night began STILL_ON ago is no longer ahead."""
    dates = list_upcoming(event, now, _COMPUTED + 1)
    if dates and dates[0].instant and dates[0].instant < now - STILL_ON:
        del dates[0]
    dates = dates[:_COMPUTED]
    return [*dates, *_continued(dates, find_last_day(event.schedule))]


def _continued(dates: Sequence[Occurrence], last: date | None) -> Iterator[Occurrence]:
    """Yield the dates that follow if these are equally far apart, DATES in all."""
    gaps = {later.day - earlier.day for earlier, later in pairwise(dates)}
    if len(dates) == _COMPUTED and len(gaps) == 1:
        gap = gaps.pop()
        for number in range(1, DATES - _COMPUTED + 1):
            following = replace(dates[-1], day=dates[-1].day + number * gap)
            if last and following.day > last:
                return
            yield following


def _soonest(night: Night) -> tuple[date, str]:
    return (night.dates[0].day if night.dates else date.max), night.event.schedule.start_time or "~"


def _order(night: Night) -> tuple[bool, date, str, int]:
    """Return what sorts the next night first; those of unknown date follow, and then those that are over."""
    return night.is_over, *_soonest(night), night.event.schedule.weekday or 8


def _photographs(events: Iterable[StoredEvent], venue: str, sizes: Mapping[str, Sizes]) -> Iterator[Photograph]:
    """Yield each image once: nights share them."""
    seen: set[Sizes] = set()
    for event in events:
        for image in event.images:
            made = sizes.get(image.sha256 or "")
            if made and made not in seen:
                seen.add(made)
                yield Photograph(_alt(image.kind, venue, event.performer), image.kind, made, image.sha256)


def _alt(kind: ImageKind, venue: str, performer: Performer | None) -> str:
    if kind == "performer":
        return f"The host, {wording.shorten(performer.name, MAX_NAME)}" if performer and performer.name else "The host"
    return f"{'Logo' if kind == 'logo' else 'Photograph'} of {venue}"


def town_of(venue: Venue) -> Town:
    region = venue.region if venue.city and venue.country in _REGIONS_TELL else None
    parts = [venue.country or "", region or "", venue.city or ""]
    key = "-".join(filter(None, map(slug, parts)))
    # Names that are spelled alike are one town; one of which no letter would be left, or not all, has a digest.
    if not key or len(key) > _MAX_KEY or (venue.city and not slug(venue.city)):
        key = f"{key[:_MAX_KEY].strip('-') or 'town'}-{short_digest('|'.join(parts).casefold())}"
    name = wording.shorten(venue.city or "Town not stated", MAX_NAME)
    return Town(key, name, region and wording.shorten(region, MAX_NAME), venue.country, bool(venue.city))


def street(venue: Venue) -> str:
    """Return the address without what it has at its end of the town, the region, the postcode and the country."""
    country = venue.country and wording.name_country(venue.country)
    parts = (venue.city, venue.region, venue.postcode, country, venue.country, _ALSO.get(venue.country or ""))
    names = [re.escape(name) for name in parts if name]
    at_the_end = re.compile(rf"[\s,]+(?:{'|'.join(names)})[\s,.]*$", re.IGNORECASE)
    rest = wording.shorten(venue.address or "")
    while names and (shorter := at_the_end.sub("", rest)) not in {rest, ""}:
        rest = shorter
    return rest


def address_with_town(venue: Venue) -> str:
    """Return the address, with the town before the postcode if a publisher states it separately."""
    address = wording.shorten(venue.address or "")
    if not address or not venue.city:
        return address
    # "Bath St" does not state the town, but "Bath ACT" and "Bath New South Wales" do.
    wider = "|".join(re.escape(name) for name in (venue.region, wording.name_country(venue.country)) if name)
    if re.search(rf"(?<!\w)(?i:{re.escape(venue.city)})(?!\w)(?!\s+(?!{wider})[A-Z]?[a-z])", address):
        return address
    region = venue.region if venue.country in _REGIONS_TELL else None
    return ", ".join(filter(None, (street(venue), venue.city, region, venue.postcode)))
