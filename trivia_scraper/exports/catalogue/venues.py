"""A venue as its page, its card and the search show it. Pure: events of the store -> what templates print."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from trivia_scraper.exports.catalogue import words
from trivia_scraper.exports.catalogue.dates import Occurrence, upcoming
from trivia_scraper.exports.catalogue.pictures import Sizes
from trivia_scraper.slugs import short_digest, slug

DATED_DAYS = 8 * 7  # so far ahead a catalogue that nobody makes again still knows its dates
_REGIONS_TELL = {"AU", "CA", "US"}  # where one name is many towns, and publishers agree on how regions are written
_MAX_NAME = 120


@dataclass(frozen=True, slots=True)
class Town:
    key: str
    """Its page's name; unique."""
    name: str
    region: str | None
    country: str | None

    @property
    def path(self) -> str:
        return f"towns/{self.key}.html"

    @property
    def country_name(self) -> str:
        return words.country(self.country)

    @property
    def full_name(self) -> str:
        return ", ".join(filter(None, (self.name, self.region)))


@dataclass(frozen=True, slots=True)
class Photograph:
    alt: str
    kind: str
    sizes: Sizes

    @property
    def srcset(self) -> list[tuple[str, int]]:
        return [(size.path, size.width) for size in self.sizes]


@dataclass(frozen=True, slots=True)
class Night:
    event: Mapping[str, Any]
    when: str
    fee: str
    publisher: str
    status: str
    host: str | None
    dates: list[Occurrence]
    source_url: str | None

    @property
    def is_free(self) -> bool:
        return bool(self.event["fee"]["amount"] == 0)

    @property
    def seen_at(self) -> datetime:
        seen: datetime = self.event["last_seen_at"]
        return seen


@dataclass(frozen=True, slots=True)
class VenueView:
    slug: str
    name: str
    facts: Mapping[str, Any]
    town: Town
    nights: list[Night]
    photographs: list[Photograph] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"venues/{self.slug}.html"

    @property
    def cover(self) -> Photograph | None:
        return next((each for each in self.photographs if each.kind != "performer"), None)

    @property
    def is_gone(self) -> bool:
        return all(night.event["status"] == "gone" for night in self.nights)

    @property
    def place(self) -> tuple[float, float] | None:
        latitude, longitude = self.facts["latitude"], self.facts["longitude"]
        return None if latitude is None or longitude is None else (latitude, longitude)


def views(events: Iterable[Mapping[str, Any]], sizes: Mapping[str, Sizes], now: datetime) -> list[VenueView]:
    """By slug. sizes: of each picture that the site has, by digest."""
    by_venue = sorted(events, key=lambda event: str(event["venue"]["slug"]))
    return [_view(list(group), sizes, now) for _, group in groupby(by_venue, key=lambda event: event["venue"]["slug"])]


def _view(events: list[Mapping[str, Any]], sizes: Mapping[str, Sizes], now: datetime) -> VenueView:
    venue = events[0]["venue"]
    name = words.short(venue["name"], _MAX_NAME)
    return VenueView(
        slug=venue["slug"],
        name=name,
        facts=venue | {link: web_address(venue[link]) for link in ("website", "facebook", "instagram")},
        town=_town(venue),
        nights=sorted((_night(event, now) for event in events), key=_order),
        photographs=list(_photographs(events, name, sizes)),
    )


def _night(event: Mapping[str, Any], now: datetime) -> Night:
    host = (event["performer"] or {}).get("name")
    return Night(
        event=event,
        when=words.when(event["schedule"], event["venue"]["country"]),
        fee=words.fee(event["fee"]),
        publisher=words.publisher(event["publisher"]),
        status=words.STATUSES[event["status"]],
        host=host and words.short(host, _MAX_NAME),
        dates=upcoming(event, now, DATED_DAYS),
        source_url=web_address(event["source_url"]),
    )


def _order(night: Night) -> tuple[bool, int, str]:
    schedule = night.event["schedule"]
    return night.event["status"] == "gone", schedule["weekday"] or 8, schedule["start_time"] or ""


def _photographs(events: Iterable[Mapping[str, Any]], venue: str, sizes: Mapping[str, Sizes]) -> Iterator[Photograph]:
    """Each picture once, as nights share them."""
    seen = set()
    for event in events:
        for picture in event["images"]:
            digest = picture["sha256"]
            if digest in sizes and digest not in seen:
                seen.add(digest)
                yield Photograph(_alt(picture["kind"], venue, event["performer"]), picture["kind"], sizes[digest])


def _alt(kind: str, venue: str, performer: Mapping[str, Any] | None) -> str:
    if kind == "performer":
        name = (performer or {}).get("name")
        return f"The host, {words.short(name, _MAX_NAME)}" if name else "The host"
    return f"{'Logo' if kind == 'logo' else 'Photograph'} of {venue}"


def _town(venue: Mapping[str, Any]) -> Town:
    country = venue["country"]
    name = words.short(venue["city"] or "", _MAX_NAME) or "Town not stated"
    region = words.short(venue["region"] or "", _MAX_NAME) if venue["city"] and country in _REGIONS_TELL else ""
    parts = [country or "", region, venue["city"] or ""]
    key = "-".join(filter(None, (slug(part) for part in parts)))[:60].strip("-")
    # Names that are spelled alike are one town; a name of which no letter is left, or half is cut, has a digest.
    if not key or len(key) == 60 or (venue["city"] and not slug(venue["city"])):
        key = f"{key or 'town'}-{short_digest('|'.join(parts).casefold())}"
    return Town(key, name, region or None, country)


def web_address(text: str | None) -> str | None:
    """The text when it is an address that may stand in a link; other schemes, such as javascript:, may not."""
    try:
        parts = urlsplit(text or "")
    except ValueError:
        return None
    return text if parts.scheme in {"http", "https"} and parts.netloc else None
