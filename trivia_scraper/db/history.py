"""Changes of stored values: a row per field, with the old value, the new value and the run."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, RowMapping, func, select

from trivia_scraper.db.schema import events, history, images, past_images, performers, runs, venue_merges, venues

_INSERT = history.insert()
_CHANGE = ("entity", "of", "field", "old", "new", "at")
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
    """Store a row for each changed field. entity: "venue", "event" or "image". changed: field -> new value."""
    row = {"run_id": run_id, "at": now, "entity": entity, "entity_id": entity_id}
    rows = [row | {"field": field, "old": stored.get(field), "new": new} for field, new in changed.items()]
    connection.execute(_INSERT, rows)


def read_latest_changes(
    connection: Connection, entity: str, ids: Collection[int], fields: Collection[str] = ()
) -> dict[int, datetime]:
    """Return row id -> time of the last change of one of `fields`, for the given venues or events that ever changed.

    Without `fields`, all changes count except those of images.
    """
    of_these = history.c.field.in_(fields) if fields else history.c.field.not_like("image:%")
    of_rows = (history.c.entity == entity, history.c.entity_id.in_(ids))
    query = select(history.c.entity_id, func.max(history.c.at)).where(*of_rows, of_these)
    return {row[0]: row[1] for row in connection.execute(query.group_by(history.c.entity_id))}


def read_changes_since(
    connection: Connection, entity: str, fields: Collection[str], since: datetime
) -> list[Row[int, datetime, str, Any, Any]]:
    """Return (row id, time, field, old, new) of the changes of these fields, in the order in which they were stored.

    Changes without a run are left out: a merge corrects the catalogue, but no venue changed.
    """
    columns = history.c["entity_id", "at", "field", "old", "new"]
    of_runs = (history.c.entity == entity, history.c.at >= since, history.c.run_id.is_not(None))
    query = select(*columns).where(*of_runs, history.c.field.in_(fields)).order_by(history.c.id)
    return list(connection.execute(query))


def read_first_seen_since(connection: Connection, since: datetime) -> dict[int, datetime]:
    """Return row id -> time of first storage, for the events that were first stored since then."""
    query = select(events.c.id, events.c.first_seen_at).where(events.c.first_seen_at >= since)
    return {row[0]: row[1] for row in connection.execute(query)}


def read_first_event_time(connection: Connection) -> datetime | None:
    """Return when the first event was stored. That time never changes, because events are never deleted."""
    first: datetime | None = connection.scalar(select(func.min(events.c.first_seen_at)))
    return first


def read_last_update(connection: Connection, event_ids: Collection[int]) -> datetime | None:
    """Return when one of these events or its venue last changed, or was first stored."""
    query = select(events.c.id, events.c.updated_at, venues.c.updated_at.label("venue_updated_at"))
    rows = connection.execute(query.join(venues, venues.c.id == events.c.venue_id))
    return max((max(row.updated_at, row.venue_updated_at) for row in rows if row.id in event_ids), default=None)


def read_new_events(connection: Connection, run_id: int) -> list[dict[str, Any]]:
    """Return the events that were new in a run, in the shape of `read_changes`, without old values."""
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


def read_changes(connection: Connection, run_id: int) -> list[dict[str, Any]]:
    """Return the changes of a run in the order in which they were found.

    `of` is a slug, a publisher's id or the stem of an image's path; null if it is no longer known.
    """
    return [{name: row[name] for name in _CHANGE} for row in _changes(connection, run_id)]


def describe_changes(connection: Connection, run_id: int) -> list[dict[str, Any]]:
    """Return the new events and the changes of a run, with names instead of ids and with sizes of images."""
    names = _Names(connection)
    return read_new_events(connection, run_id) + [names.describe(row) for row in _changes(connection, run_id)]


def _changes(connection: Connection, run_id: int) -> list[RowMapping]:
    label = func.coalesce(
        *(
            select(func.min(column))
            .where(number == history.c.entity_id, history.c.entity == entity)
            .correlate(history)
            .scalar_subquery()
            for entity, number, column in _NAMES
        )
    )
    columns = (history.c[name] for name in ("entity_id", *_CHANGE) if name != "of")
    query = select(*columns, label.label("of")).where(history.c.run_id == run_id).order_by(history.c.id)
    return list(connection.execute(query).mappings())


class _Names:
    """Replaces the ids and digests in rows of history by names. Queries the database once per id."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._host = cache(self._find_host)
        self._venue = cache(self._find_venue)
        self._image = cache(self._find_image)

    def describe(self, row: RowMapping) -> dict[str, Any]:
        change = {name: row[name] for name in _CHANGE}
        field = str(change["field"])
        if field == "performer_id":
            change |= {"field": "host", "old": self._host(change["old"]), "new": self._host(change["new"])}
        elif field == "venue_id":
            change |= {"field": "venue", "old": self._venue(change["old"]), "new": self._venue(change["new"])}
        elif field.startswith("image:"):
            old, new = self._images(change["old"]), self._images(change["new"])
            change |= {"field": f"{field.removeprefix('image:')} image", "old": old, "new": new}
        elif change["entity"] == "image" and field == "sha256":
            path = self._connection.scalar(select(images.c.path).filter_by(id=row["entity_id"]))
            old, new = self._size(change["old"]), self._size(change["new"])
            change |= {"of": path or change["of"], "field": "content", "old": old, "new": new}
        return change

    def _find_host(self, performer_id: Any) -> Any:
        return self._connection.scalar(select(performers.c.name).filter_by(id=performer_id)) or performer_id

    def _find_venue(self, venue_id: Any) -> Any:
        for column, number in ((venues.c.slug, venues.c.id), (venue_merges.c.gone_slug, venue_merges.c.gone_id)):
            if slug := self._connection.scalar(select(column).where(number == venue_id).limit(1)):
                return slug
        return venue_id

    def _images(self, digests: Any) -> Any:
        """Describe a digest, or each digest of a list."""
        if isinstance(digests, list):
            return [self._images(each) for each in digests]
        if digests is None:
            return None
        path, _ = self._image(digests)
        return f"{path}, {self._size(digests)}" if path else self._size(digests)

    def _size(self, digest: Any) -> str:
        _, size = self._image(digest)
        return f"{digest[:12]}, size unknown" if size is None else f"{size:,} bytes"

    def _find_image(self, digest: str) -> tuple[str | None, int | None]:
        """Return path and size of a stored image, or None and the size of a replaced one."""
        stored = select(images.c.path, images.c.bytes).filter_by(sha256=digest).order_by(images.c.id).limit(1)
        if row := self._connection.execute(stored).first():
            return row.path, row.bytes
        for side in (past_images.c.before, past_images.c.after):
            size = select(side["bytes"].as_integer()).where(side["sha256"].as_string() == digest).limit(1)
            if (found := self._connection.scalar(size)) is not None:
                return None, found
        return None, None
