"""Events for commands and exports, with venue, host and images, always in the same order.

To read many events, pass a function to `Store.read` that consumes them before it returns. It sees one state of the
database, and at most _BATCH_SIZE events are in memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from math import isfinite
from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, RowMapping, Select, String, bindparam, cast, select

from trivia_scraper.db.schema import event_images, events, images, performers, venues
from trivia_scraper.items import FIELDS, Fee, ImageKind, ImageStatus, Performer, Schedule, Status, Venue

_BATCH_SIZE = 500


class Identity(NamedTuple):
    """Identifies an event forever, whatever changes. Exports are in the order of the identities."""

    publisher: str
    publisher_id: str
    night: int
    """Number of the venue's night: 1, 2, .. Not the weekday."""


@dataclass(frozen=True, slots=True)
class StoredImage:
    """An image that an event shows, with facts from the ledger."""

    kind: ImageKind
    url: str
    path: str | None
    """Relative to IMAGES_STORE; null until a file was stored."""
    status: ImageStatus | None
    """Outcome of the last run that named the image. After a failure the file is the last good one."""
    reason: str | None
    sha256: str | None
    bytes: int | None
    width: int | None
    height: int | None
    format: str | None
    thumbs: dict[str, str]
    """Size -> path."""
    fetched_at: datetime | None
    """When these bytes last came from the publisher."""
    checked_at: datetime | None
    """When the publisher last confirmed them."""
    error: str | None


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """The fields of items.Event, then those that only the database knows. Times are in UTC."""

    publisher: str
    publisher_id: str
    source_url: str
    name: str
    description: str | None
    on_break: bool
    venue: Venue
    schedule: Schedule
    fee: Fee
    performer: Performer | None
    image_urls: list[str]
    images: list[StoredImage]
    scraped_at: datetime
    status: Status
    night: int
    first_seen_at: datetime
    last_seen_at: datetime
    updated_at: datetime

    @property
    def identity(self) -> Identity:
        return Identity(self.publisher, self.publisher_id, self.night)

    def as_dict(self) -> dict[str, Any]:
        """Return the same as dataclasses.asdict, in a tenth of the time, because values are not copied."""
        facts = _fields(self)
        for part in ("venue", "schedule", "fee", "performer"):
            facts[part] = None if facts[part] is None else _fields(facts[part])
        facts["images"] = [_fields(image) for image in self.images]
        return facts


def _fields(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


class Key(NamedTuple):
    """The values by which events are selected."""

    id: int
    venue_id: int
    identity: Identity
    status: Status
    venue_slug: str
    town: str
    """Case-folded; empty if unknown."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Selects events. An empty field selects all."""

    publishers: frozenset[str] = frozenset()
    venues: frozenset[str] = frozenset()
    """Slugs."""
    towns: frozenset[str] = frozenset()
    """Names, case-folded."""
    statuses: frozenset[Status] = frozenset()

    def __contains__(self, key: Key) -> bool:
        return (
            (not self.publishers or key.identity.publisher in self.publishers)
            and (not self.venues or key.venue_slug in self.venues)
            and (not self.towns or key.town in self.towns)
            and (not self.statuses or key.status in self.statuses)
        )


EVERYTHING = Selection()
_OWN_COLUMNS = events.columns.keys() & StoredEvent.__dataclass_fields__.keys()

_KEYS = select(
    *events.c["id", "venue_id", "publisher", "publisher_id", "night", "status"], *venues.c["slug", "city"]
).join(venues)
_OF_THESE: Any = bindparam("ids", expanding=True)
_EVENTS: Select[Any] = (
    select(events, performers.c.name.label("performer_name"))
    .select_from(events.outerjoin(performers, events.c.performer_id == performers.c.id))
    .where(events.c.id.in_(_OF_THESE))
)
_VENUES: Select[Any] = select(venues).where(venues.c.id.in_(_OF_THESE))
_IMAGES: Select[Any] = (
    select(event_images.c.event_id, images)
    .join(images, images.c.id == event_images.c.image_id)
    .where(event_images.c.event_id.in_(_OF_THESE))
    .order_by(event_images.c.event_id, event_images.c.position)
)


def read_keys(connection: Connection, selection: Selection = EVERYTHING, *, by_venue: bool = False) -> Iterator[Key]:
    """Yield the keys of the selected events in the order of their identities. Consume them in the transaction.

    by_venue: order by the venues' slugs first. The order is the same on both engines.
    """
    order = [*([venues.c.slug] if by_venue else []), *events.c["publisher", "publisher_id"]]
    query = _KEYS.order_by(*(order_by_code_point(column, connection.dialect.name) for column in order), events.c.night)
    for row in connection.execute(query.execution_options(yield_per=_BATCH_SIZE)):
        if (key := _make_key(row)) in selection:
            yield key


def _make_key(row: Any) -> Key:
    identity = Identity(row.publisher, row.publisher_id, row.night)
    return Key(row.id, row.venue_id, identity, row.status, row.slug, (row.city or "").casefold())


def order_by_code_point(column: Column[str], dialect: str) -> ColumnElement[str]:
    """Return an expression that orders text as Python does, in any locale of the database."""
    return cast(column, String).collate("C") if dialect == "postgresql" else column


def read_publishers(connection: Connection) -> set[str]:
    return set(connection.scalars(select(events.c.publisher).distinct()))


def select_slugs_with_events(connection: Connection, slugs: Collection[str]) -> set[str]:
    """Return the given slugs whose venues have an event."""
    return set(connection.scalars(select(venues.c.slug).join(events).where(venues.c.slug.in_(slugs))))


def read_slugs_with_events(connection: Connection) -> set[str]:
    return set(connection.scalars(select(venues.c.slug).join(events).distinct()))


def read_towns(connection: Connection) -> dict[str, str]:
    """Return case-folded name -> name of the towns with an event. An unknown town has the name ""."""
    cities = connection.scalars(select(venues.c.city).join(events).distinct())
    return {(city or "").casefold(): city or "" for city in cities}


def read_stored_events(connection: Connection, selection: Selection = EVERYTHING) -> Iterator[StoredEvent]:
    """Yield events in the order of their identities. Consume them in the transaction."""
    return (event for _, event in read_events(connection, read_keys(connection, selection)))


def has_events(connection: Connection) -> bool:
    return connection.execute(select(events.c.id).limit(1)).first() is not None


def read_events(connection: Connection, wanted: Iterable[Key]) -> Iterator[tuple[Key, StoredEvent]]:
    """Yield each key with its event, in the order of the keys. Consume them in the transaction."""
    remaining = iter(wanted)
    while batch := list(islice(remaining, _BATCH_SIZE)):
        ids = {"ids": [key.id for key in batch]}
        rows = {row["id"]: row for row in connection.execute(_EVENTS, ids).mappings()}
        venue_ids = {"ids": list({key.venue_id for key in batch})}
        venue_rows = {row["id"]: row for row in connection.execute(_VENUES, venue_ids).mappings()}
        images: defaultdict[int, list[RowMapping]] = defaultdict(list)
        for row in connection.execute(_IMAGES, ids).mappings():
            images[row["event_id"]].append(row)
        for key in batch:
            yield key, _event(rows[key.id], venue_rows[key.venue_id], images[key.id])


def find_pages_that_had(
    connection: Connection, publisher: str, pages_without: Mapping[str, Mapping[str, str]]
) -> dict[str, str]:
    """Return field -> a page without it, if possible one on which an earlier run has found it.

    A missing value never erases a stored one, so that event still has it. pages_without: field -> publisher's id ->
    page.
    """
    found = {field: next(iter(pages.values())) for field, pages in pages_without.items() if pages}
    if not found:
        return {}
    unsure = set(found)
    ids = {publisher_id for pages in pages_without.values() for publisher_id in pages}
    query = _KEYS.where(events.c.publisher == publisher, events.c.publisher_id.in_(ids)).order_by(events.c.id)
    for key, event in read_events(connection, map(_make_key, connection.execute(query).all())):
        stored: Any = event
        for field in sorted(unsure):
            page = pages_without[field].get(key.identity.publisher_id)
            if page and FIELDS[field](stored) not in (None, "", []):
                found[field] = page
                unsure.remove(field)
    return found


def _event(row: RowMapping, venue_row: RowMapping, stored: Iterable[RowMapping]) -> StoredEvent:
    shown = [StoredImage(**{name: each[name] for name in StoredImage.__dataclass_fields__}) for each in stored]
    host_image_url = next((image.url for image in shown if image.kind == "performer"), None)
    host = row["performer_name"]
    return StoredEvent(
        **{name: row[name] for name in _OWN_COLUMNS},
        on_break=row["status"] == "on_break",
        venue=_venue(venue_row),
        schedule=Schedule(
            raw=row["schedule_raw"], **{name: row[name] for name in Schedule.__dataclass_fields__ if name != "raw"}
        ),
        fee=Fee(**{name: row[f"fee_{name}"] for name in Fee.__dataclass_fields__}),
        performer=None if host is None else Performer(host or None, host_image_url),
        image_urls=[image.url for image in shown if image.kind != "performer"],
        images=shown,
    )


def _venue(row: RowMapping) -> Venue:
    venue = Venue(**{name: row[name] for name in Venue.__dataclass_fields__})
    if not (
        isfinite(venue.latitude or 0) and isfinite(venue.longitude or 0)
    ):  # the column may have NaN, which JSON cannot
        venue.latitude = venue.longitude = None
    return venue
