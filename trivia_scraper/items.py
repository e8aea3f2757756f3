"""The items that spiders yield. null means unknown. Feeds export the fields nested, in this order.

Times of day are local ("19:30"). Points in time are ISO 8601 texts in UTC ("2026-11-22T03:30:00Z"), as in feeds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypedDict, get_args

Frequency = Literal["weekly", "biweekly", "monthly", "irregular", "once"]
ImageKind = Literal["hero", "performer", "logo"]
ImageStatus = Literal["downloaded", "uptodate", "failed"]
IMAGE_STATUSES: dict[str, str] = {"downloaded": "downloaded", "uptodate": "kept", "failed": "failed"}
"""Stored status -> the word that people see."""
Status = Literal["active", "on_break", "missing", "gone"]
"""Status of a stored event."""
STATUSES: tuple[Status, ...] = get_args(Status)


WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
"""Codes of RFC 5545. Schedule.weekday counts from 1."""


class Rejection(NamedTuple):
    meaning: str
    """In words, for the log and for pages."""
    is_absence: bool
    """Whether it shows that the venue has no quiz. Otherwise the stored events are kept unchanged."""


REJECTIONS = {
    "no_id": Rejection("the publisher gives it no id", False),
    "no_name": Rejection("the publisher gives it no name", False),
    "no_weekday": Rejection("its day cannot be read", False),
    "no_schedule": Rejection("no day or time is given", True),
    "no_ticket": Rejection("no ticket is on sale", True),
    "not_yet_open": Rejection("its name says that it is not open yet", True),
    "other_show": Rejection("it is another show", True),
    "closed": Rejection("it is closed", True),
}
"""Reason of a rejected venue -> its meaning. A reason that is not listed here never counts as an absence."""


class Unread(TypedDict):
    """A listed venue that a run rejected, or a page of it that failed. Stored in the run's row."""

    id: str
    """The publisher's id of the venue; a URL or "?" if it has none."""
    counted: str
    """Name of the count that includes this venue: "dropped/no_weekday", "pages/failed/timeout"."""
    page: str | None
    """URL of the venue's own page, if it has one."""
    found: str
    """What was found instead. May be empty."""


@dataclass(slots=True)
class Venue:
    name: str
    slug: str | None = None
    """Chosen once by the database and never recomputed. Spiders do not set it."""
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
    """The publisher's text. Always kept."""
    weekday: int | None = None
    """1 = Monday .. 7 = Sunday."""
    start_time: str | None = None
    """"HH:MM", local to the venue."""
    frequency: Frequency = "irregular"
    rrule: str | None = None
    """Recurrence (RFC 5545) without the prefix "RRULE:". null if the text does not state the days. UNTIL is local time,
    like `start_time`."""
    timezone: str | None = None
    """IANA name."""
    starts_on: str | None = None
    """ISO date of the first or only night, if stated."""
    time_assumed: bool = False
    """Whether `start_time` is assumed instead of stated. No spider sets it."""


@dataclass(slots=True)
class Fee:
    raw: str | None = None
    amount: int | None = None
    """In minor units of the currency, like pence or cents. 0 means free, null means unknown."""
    currency: str | None = None
    """ISO 4217."""
    per: Literal["person", "team"] | None = None
    """Who pays the amount. null if that is not stated."""


@dataclass(slots=True)
class Performer:
    name: str | None = None
    image_url: str | None = None


@dataclass(slots=True)
class ImageResult:
    """The outcome of one image in this run, and the file that the venue has now."""

    kind: ImageKind
    url: str
    path: str | None = None
    """Relative to IMAGES_STORE. After a failure, the path of the last good file."""
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
    """Whether the page says that the night is paused. The event stays, without dates, until the page says otherwise."""
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
"""Key -> function that reads the field. Events without the field are counted as `missing/<key>`."""
