"""What a spider yields. Every field is declared, null means unknown, and feeds export them nested in this order.

Times of day are local wall clock ("19:30"); instants are ISO 8601 in UTC ("2026-11-22T03:30:00Z"), as text, because
that is what a feed carries.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

Frequency = Literal["weekly", "biweekly", "monthly", "irregular", "once"]
ImageKind = Literal["hero", "performer", "logo"]
ImageStatus = Literal["downloaded", "uptodate", "failed"]
Status = Literal["active", "on_break", "missing", "gone"]
"""Of a stored event."""
STATUSES: tuple[Status, ...] = ("active", "on_break", "missing", "gone")


@dataclass(slots=True)
class Venue:
    name: str
    slug: str | None = None
    """Decided once by the store and never recomputed; a spider leaves it empty."""
    address: str | None = None
    postcode: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None
    """ISO 3166 alpha-2."""
    latitude: float | None = None
    longitude: float | None = None
    phone: str | None = None
    """E.164."""
    website: str | None = None
    facebook: str | None = None
    instagram: str | None = None


@dataclass(slots=True)
class Schedule:
    raw: str
    """What the publisher wrote, always kept."""
    weekday: int | None = None
    """1 = Monday .. 7 = Sunday."""
    start_time: str | None = None
    """"HH:MM", local to the venue."""
    frequency: Frequency = "irregular"
    rrule: str | None = None
    """RFC 5545, without the RRULE: prefix; null when the text does not say which days. UNTIL, where a last date is
    stated, is wall clock there, like `start_time`."""
    timezone: str | None = None
    """IANA name."""
    starts_on: str | None = None
    """ISO date of a first or only night, when stated."""
    time_assumed: bool = False


@dataclass(slots=True)
class Fee:
    raw: str | None = None
    amount: int | None = None
    """Minor units of the currency; 0 is free, null is unknown, and the two are never the same."""
    currency: str | None = None
    """ISO 4217."""
    per: Literal["person", "team"] | None = None


@dataclass(slots=True)
class Performer:
    name: str | None = None
    image_url: str | None = None


@dataclass(slots=True)
class ImageResult:
    """What became of one image in this run, and which file the venue has now."""

    kind: ImageKind
    url: str
    path: str | None = None
    """Relative to IMAGES_STORE; after a failure it still names the last good file."""
    status: ImageStatus = "failed"
    reason: str = ""
    changed: bool = False
    sha256: str | None = None
    bytes: int | None = None
    width: int | None = None
    height: int | None = None
    format: str | None = None
    thumbs: dict[str, str] = field(default_factory=dict)
    fetched_at: str | None = None
    checked_at: str | None = None
    error: str | None = None


@dataclass(slots=True)
class Event:
    publisher: str
    publisher_id: str
    source_url: str
    name: str
    description: str | None = None
    on_break: bool = False
    venue: Venue = field(default_factory=lambda: Venue(name=""))
    schedule: Schedule = field(default_factory=lambda: Schedule(raw=""))
    fee: Fee = field(default_factory=Fee)
    performer: Performer | None = None
    image_urls: list[str] = field(default_factory=list)
    images: list[ImageResult] = field(default_factory=list)
    scraped_at: str | None = None


FIELDS: dict[str, Callable[[Event], Any]] = {
    "name": lambda event: event.name and event.venue.name,
    "weekday": lambda event: event.schedule.weekday,
    "start_time": lambda event: event.schedule.start_time,
    "fee": lambda event: event.fee.amount,
    "address": lambda event: event.venue.address,
    "city": lambda event: event.venue.city,
    "coordinates": lambda event: event.venue.latitude,
    "picture": lambda event: event.image_urls,
    "description": lambda event: event.description,
    "host": lambda event: event.performer,
    "phone": lambda event: event.venue.phone,
    "website": lambda event: event.venue.website,
}
"""What is counted when an event does not have it."""
