"""What changed: one row per field, with old, new and run."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, RowMapping, func, select

from trivia_scraper.db.schema import events, history, images, runs, venue_merges, venues

_INSERT = history.insert()
_NAMES = (
    ("venue", venues.c.id, venues.c.slug),
    ("venue", venue_merges.c.gone_id, venue_merges.c.gone_slug),
    ("event", events.c.id, events.c.publisher_id),
    ("image", images.c.id, images.c.stem),
)


def record_history(
    connection: Connection,
    run_id: int | None,
    now: datetime,
    entity: str,
    entity_id: int,
    *,
    stored: Mapping[str, Any] | RowMapping,
    changed: Mapping[str, Any],
) -> None:
    """entity: venue, event or image. changed: field -> new value."""
    rows: list[dict[str, Any]] = [
        {
            "run_id": run_id,
            "at": now,
            "entity": entity,
            "entity_id": entity_id,
            "field": field,
            "old": stored.get(field),
            "new": new,
        }
        for field, new in changed.items()
    ]
    connection.execute(_INSERT, rows)


def latest_changes(connection: Connection, entity: str, fields: Collection[str] = ()) -> dict[int, datetime]:
    """Row id of each venue or event that ever changed -> when it last did; in one of `fields`, or, when none is named,
    in anything but its pictures."""
    of_these = history.c.field.in_(fields) if fields else history.c.field.not_like("image:%")
    query = select(history.c.entity_id, func.max(history.c.at)).where(history.c.entity == entity, of_these)
    return {row[0]: row[1] for row in connection.execute(query.group_by(history.c.entity_id))}


class FieldChange(NamedTuple):
    """One field of an event or a venue that a run changed."""

    entity_id: int
    at: datetime
    field: str
    old: Any
    new: Any


def changes_since(
    connection: Connection, entity: str, fields: Collection[str], since: datetime
) -> Iterator[FieldChange]:
    """Yield the changes of these fields in the order in which they were stored.

    Merges of venues belong to no run and are left out: they correct the catalogue, and no venue changed.
    """
    columns = (history.c.entity_id, history.c.at, history.c.field, history.c.old, history.c.new)
    of_runs = (history.c.entity == entity, history.c.at >= since, history.c.run_id.is_not(None))
    query = select(*columns).where(*of_runs, history.c.field.in_(fields)).order_by(history.c.id)
    for row in connection.execute(query):
        yield FieldChange(*row)


def first_seen_since(connection: Connection, since: datetime) -> dict[int, datetime]:
    """Return the row ids of the events that were stored first since then, and when."""
    query = select(events.c.id, events.c.first_seen_at).where(events.c.first_seen_at >= since)
    return {row[0]: row[1] for row in connection.execute(query)}


def first_event_at(connection: Connection) -> datetime | None:
    """Return when the first event was stored. It never changes, because events are never deleted."""
    first: datetime | None = connection.scalar(select(func.min(events.c.first_seen_at)))
    return first


def new_in_run(connection: Connection, run_id: int) -> list[dict[str, Any]]:
    """The events that a run found first, in the shape of `changes_of_run`; they have no old values."""
    query = (
        select(events)
        .join(runs, runs.c.publisher == events.c.publisher)
        .where(
            runs.c.id == run_id,
            events.c.first_seen_at >= runs.c.started_at,
            events.c.first_seen_at <= func.coalesce(runs.c.finished_at, events.c.first_seen_at),
        )
    )
    return [
        {
            "entity": "event",
            "of": row["publisher_id"],
            "field": "new",
            "old": None,
            "new": f"{row['name']}: {row['schedule_raw']}",
            "at": row["first_seen_at"],
        }
        for row in connection.execute(query.order_by(events.c.id)).mappings()
    ]


def changes_of_run(connection: Connection, run_id: int) -> list[dict[str, Any]]:
    """In the order in which they were found. `of` is a slug, a publisher's id or a picture's place; null once that is
    gone."""
    label = func.coalesce(
        *(
            select(func.min(column))
            .where(number == history.c.entity_id, history.c.entity == entity)
            .correlate(history)
            .scalar_subquery()
            for entity, number, column in _NAMES
        )
    )
    query = (
        select(history.c.entity, label.label("of"), history.c.field, history.c.old, history.c.new, history.c.at)
        .where(history.c.run_id == run_id)
        .order_by(history.c.id)
    )
    return [dict(row) for row in connection.execute(query).mappings()]
