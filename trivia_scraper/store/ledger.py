"""The ledger of pictures: for (venue, kind, URL), which file is kept, what it contains, and when it was last
confirmed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Text, Update, bindparam, cast, delete, func, select, update

from trivia_scraper.images.decode import Picture
from trivia_scraper.images.filestore import FileStat
from trivia_scraper.images.placing import Placed
from trivia_scraper.slugs import distinct_stem, file_stem
from trivia_scraper.store.history import record_history
from trivia_scraper.store.merge import insert_ignoring_conflicts
from trivia_scraper.store.schema import event_images, events, history, images, venues
from trivia_scraper.store.venues import performer

PLACEHOLDER_VENUES = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the ledger. `path` is null until a file was stored."""

    id: int
    venue_id: int
    kind: str
    url: str
    stem: str
    path: str | None
    format: str | None
    sha256: str | None
    bytes: int | None
    modified_ns: int | None
    width: int | None
    height: int | None
    thumbs: dict[str, str]
    thumbs_spec: str | None
    etag: str | None
    last_modified: str | None
    fetched_at: datetime | None
    checked_at: datetime | None


# Statements that run for every picture are built once: building one costs more than SQLite takes to run it.
_COLUMNS = [images.c[name] for name in Entry.__dataclass_fields__]
_SHOWN = (
    select(event_images.c.image_id)
    .select_from(events.join(event_images))
    .where(events.c.publisher == bindparam("of_publisher"), events.c.publisher_id == bindparam("of_publisher_id"))
)
_OF_VENUE = (
    select(*_COLUMNS, images.c.id.in_(_SHOWN).label("is_shown"), venues.c.id.label("owner_id"))
    .select_from(venues.outerjoin(images))
    .where(venues.c.slug == bindparam("of_slug"))
    .order_by(images.c.id)
)


def open_pictures(
    connection: Connection,
    publisher: str,
    publisher_id: str,
    venue_slug: str,
    performer_name: str | None,
    pictures: list[tuple[str, str]],
) -> list[tuple[Entry, Entry | None]]:
    """The ledger rows of an event's pictures, given as (kind, URL), each with the row of the picture of that kind
    which the event shows until now.

    A picture never seen before gets its row now and with it a place of its own: `stem`, the path without the extension,
    which only the bytes can tell. So two URLs that end in one file name cannot meet on disk, whichever arrives first.
    """
    of = {"of_slug": venue_slug, "of_publisher": publisher, "of_publisher_id": publisher_id}
    rows = connection.execute(_OF_VENUE, of).all()
    known = {(row.kind, row.url): _entry(row) for row in rows}
    shown = {row.kind: _entry(row) for row in rows if row.is_shown}
    result = []
    for kind, url in pictures:
        entry = known.get((kind, url))
        if entry is None:
            folder = f"venues/{venue_slug}"
            if kind == "performer":
                folder = f"performers/{performer(connection, rows[0].owner_id, venue_slug, performer_name)[1]}"
            entry = _reserve(connection, rows[0].owner_id, kind, url, folder)
        result.append((entry, shown.get(kind)))
    return result


def _reserve(connection: Connection, venue_id: int, kind: str, url: str, folder: str) -> Entry:
    insert = insert_ignoring_conflicts(connection, images).returning(*_COLUMNS)
    for stem in (file_stem(url), distinct_stem(file_stem(url), url)):
        values = {"venue_id": venue_id, "kind": kind, "url": url, "stem": f"{folder}/{stem}", "thumbs": {}}
        row = connection.execute(insert, values).one_or_none()
        if row is None:  # the place is taken, or another process has just reserved one for this very picture
            row = connection.execute(select(*_COLUMNS).filter_by(venue_id=venue_id, kind=kind, url=url)).one_or_none()
        if row is not None:
            return _entry(row)
    raise AssertionError(f"no free place for {url}: the last candidate carries its own digest")


def record_file(
    connection: Connection,
    entry: Entry,
    picture: Picture,
    placed: Placed,
    thumbs_spec: str,
    validators: dict[str, str | None],
    run_id: int | None,
    now: datetime,
) -> Entry:
    """A new file stands in its place: its row is brought to it, and a difference in content is a row of history."""
    if entry.sha256 != picture.sha256:
        old, new = {"sha256": entry.sha256}, {"sha256": picture.sha256}
        record_history(connection, run_id, now, "image", entry.id, stored=old, changed=new)
    values = {
        "path": placed.path,
        "format": picture.format,
        "sha256": picture.sha256,
        "bytes": placed.stat.bytes,
        "modified_ns": placed.stat.modified_ns,
        "width": picture.width,
        "height": picture.height,
        "thumbs": placed.thumbs,
        "thumbs_spec": thumbs_spec,
        "fetched_at": now,
        "checked_at": now,
        "run_id": run_id,
        **validators,
    }
    return _update(connection, entry, values)


def record_check(connection: Connection, entry: Entry, now: datetime) -> Entry:
    """The publisher confirmed the stored bytes with a 304."""
    return _update(connection, entry, {"checked_at": now})


def record_arrival(connection: Connection, entry: Entry, now: datetime, validators: dict[str, str | None]) -> Entry:
    """The publisher confirmed the stored bytes by sending them once more."""
    return _update(connection, entry, {"fetched_at": now, "checked_at": now, **validators})


def record_copy(connection: Connection, entry: Entry, stat: FileStat) -> Entry:
    """The same bytes stand in a file of another time, as after a restored backup."""
    return _update(connection, entry, {"modified_ns": stat.modified_ns})


def record_thumbs(connection: Connection, entry: Entry, thumbs: dict[str, str], thumbs_spec: str) -> Entry:
    return _update(connection, entry, {"thumbs": thumbs, "thumbs_spec": thumbs_spec})


def is_placeholder(connection: Connection, venue_id: int, new_sha256: str, old_sha256: str, run_id: int) -> bool:
    """Whether bytes that are about to replace a venue's own picture are what a publisher shows when it has none.

    They are when PLACEHOLDER_VENUES other venues have them and the old ones were this venue's alone. A chain whose
    venues all get a new picture in one run is no such case: its old picture was shared too, which the run's history
    still tells.
    """

    def others_with(sha256: str) -> int:
        query = select(func.count(images.c.venue_id.distinct())).where(
            images.c.sha256 == sha256, images.c.venue_id != venue_id
        )
        return int(connection.scalar(query) or 0)

    if others_with(new_sha256) < PLACEHOLDER_VENUES or others_with(old_sha256):
        return False
    replaced_in_this_run = select(history.c.id).where(
        history.c.run_id == run_id, cast(history.c.old, Text) == json.dumps(old_sha256)
    )
    return connection.execute(replaced_in_this_run.limit(1)).first() is None


def catalogue(connection: Connection, venue_slug: str | None = None) -> list[dict[str, Any]]:
    """Every row of the ledger with its venue and `shared_by`, the number of venues that have the same bytes."""
    same = images.alias()
    shared_by = (
        select(func.count(same.c.venue_id.distinct()))
        .where(same.c.sha256 == images.c.sha256)
        .correlate(images)
        .scalar_subquery()
    )
    query = (
        select(venues.c.slug.label("venue"), images, shared_by.label("shared_by"))
        .select_from(images.join(venues))
        .order_by(venues.c.slug, images.c.kind, images.c.id)
    )
    if venue_slug is not None:
        query = query.where(venues.c.slug == venue_slug)
    rows = [dict(row) for row in connection.execute(query).mappings()]
    for row in rows:
        row["placeholder"] = row["shared_by"] >= PLACEHOLDER_VENUES
    return rows


def unshown(connection: Connection) -> list[dict[str, Any]]:
    """Rows with a file that no event points to: left by a process that died between the ledger and the pointer."""
    pointed = select(event_images.c.image_id)
    query = select(images.c.id, images.c.path, images.c.thumbs).where(
        images.c.path.is_not(None), images.c.id.not_in(pointed)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def forget(connection: Connection, image_ids: Iterable[int]) -> list[str]:
    """Deletes the rows of pictures that no event shows. Returns their files, which the caller removes after the
    commit."""
    paths = []
    for image_id in image_ids:
        if connection.execute(select(event_images.c.event_id).filter_by(image_id=image_id).limit(1)).first() is None:
            statement = delete(images).filter_by(id=image_id).returning(images.c.path, images.c.thumbs)
            for row in connection.execute(statement):
                paths += [path for path in (row.path, *row.thumbs.values()) if path]
    return paths


@cache
def _setting(*columns: str) -> Update:
    values: dict[str, Any] = {name: bindparam(name) for name in columns}
    return update(images).where(images.c.id == bindparam("of_id")).values(values)


def _update(connection: Connection, entry: Entry, values: dict[str, Any]) -> Entry:
    updated = connection.execute(_setting(*values), {"of_id": entry.id, **values})
    if updated.rowcount == 0:  # another process superseded this picture while it was on its way here
        known = {"venue_id": entry.venue_id, "kind": entry.kind, "url": entry.url, "stem": entry.stem, "thumbs": {}}
        return _entry(connection.execute(images.insert().values(known | values).returning(*_COLUMNS)).one())
    return replace(entry, **{name: value for name, value in values.items() if name != "run_id"})


def _entry(row: Sequence[Any]) -> Entry:
    return Entry(*row[: len(_COLUMNS)])
