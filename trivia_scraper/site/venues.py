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
from trivia_scraper.parsing.slugs import APOSTROPHES, short_digest
from trivia_scraper.site.images import Sizes
from trivia_scraper.site.places import MAX_NAME, Town, address_with_town, street, town_of

DATES = 26  # of a night: for half a year a catalogue that nobody makes again still knows those of a weekly one
_COMPUTED = 8  # by the rule of the night, which takes longer than to continue them
STILL_ON = timedelta(hours=2)
"""How long a night lasts after its start. Scripts read it from `data-night-minutes` of each page."""
_DATA = re.compile(r"//api\.|/(?:api|wp-json)/|\.json(?:[?#]|$)", re.IGNORECASE)
_FILTERS = re.compile(r"(?:^|; )filters: ([^;]*)$")  # as spiders/inquizition.py writes them
_UNTELLING = {"the", "a", "an", "and", "at", "of", "on", "in"}  # names begin with or contain them


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
    def page_url(self) -> str | None:
        """Return where people can read what the publisher says. Some publish data only."""
        return None if _DATA.search(self.source_url or "") else self.source_url

    @property
    def words(self) -> str:
        """Return what the publisher says of the schedule, without the days of its filters."""
        return wording.shorten(_FILTERS.sub("", self.event.schedule.raw))

    @property
    def filters(self) -> str | None:
        """Return the days under which the publisher's finder lists it, if they are not in its words."""
        found = _FILTERS.search(self.event.schedule.raw)
        return wording.shorten(found[1]) if found else None

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
    changed_at: datetime
    """When a night or a fact of the venue last changed."""
    apart: str | None = None
    """Its street or postcode, if another venue of the town has its name."""

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
    def is_on_break(self) -> bool:
        return not self.is_over and all(night.event.status == "on_break" for night in self.next_nights)

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
    def place(self) -> tuple[float, float] | None:
        return get_coordinates(self.facts)


def views(
    events: Iterable[StoredEvent], updated: Mapping[str, datetime], sizes: Mapping[str, Sizes], now: datetime
) -> list[VenueView]:
    """Return the venues by slug.

    updated: slug -> when its facts last changed. sizes: of the site's images, by digest.
    """
    slug_of = attrgetter("venue.slug")
    found = [_view(list(group), updated, sizes, now) for _, group in groupby(sorted(events, key=slug_of), key=slug_of)]
    towns = _as_most_write(view.town for view in found)
    counted = Counter(map(_name_in_town, found))
    return [
        replace(
            view,
            town=towns[view.town.key],
            apart=(view.street or view.facts.postcode) if counted[_name_in_town(view)] > 1 else None,
        )
        for view in found
    ]


def _name_in_town(view: VenueView) -> tuple[str, str]:
    return view.town.key, view.name.casefold()


def _as_most_write(towns: Iterable[Town]) -> dict[str, Town]:
    """Return one town per key, spelled as most venues spell it: "St. Helens" and "ST HELENS" share a page."""
    counted = Counter(sorted(towns, key=lambda town: (town.key, town.full_name, town.country or "")))
    return {town.key: town for town, _ in reversed(counted.most_common())}


def _view(
    events: Sequence[StoredEvent], updated: Mapping[str, datetime], sizes: Mapping[str, Sizes], now: datetime
) -> VenueView:
    venue = events[0].venue
    times = [event.updated_at for event in events]
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
        changed_at=max([*times, updated.get(str(venue.slug), times[0])]),
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
