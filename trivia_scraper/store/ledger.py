"""The ledger of pictures: for (venue, kind, URL), which file is kept, what it contains, and when it was last
confirmed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, select, update

from trivia_scraper.images.decode import Picture
from trivia_scraper.images.filestore import FileStat
from trivia_scraper.items import ImageResult
from trivia_scraper.slugs import distinct_stem, file_stem
from trivia_scraper.store.history import record_history
from trivia_scraper.store.merge import insert_ignoring_conflicts
from trivia_scraper.store.schema import event_images, events, images, venues
from trivia_scraper.store.venues import performer


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the ledger. `path` is null until a file was stored."""

    id: int
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
    etag: str | None
    last_modified: str | None
    fetched_at: datetime | None
    checked_at: datetime | None


_COLUMNS = [images.c[name] for name in Entry.__dataclass_fields__]


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
    venue_id = int(connection.execute(select(venues.c.id).filter_by(slug=venue_slug)).scalar_one())
    shown = {row.kind: _entry(row) for row in connection.execute(_shown(publisher, publisher_id))}
    result = []
    for kind, url in pictures:
        known = select(*_COLUMNS).filter_by(venue_id=venue_id, kind=kind, url=url)
        row = connection.execute(known).one_or_none()
        if row is None:
            folder = f"venues/{venue_slug}"
            if kind == "performer":
                folder = f"performers/{performer(connection, venue_id, venue_slug, performer_name)[1]}"
            for stem in (file_stem(url), distinct_stem(file_stem(url), url)):
                values = {"venue_id": venue_id, "kind": kind, "url": url, "stem": f"{folder}/{stem}", "thumbs": {}}
                connection.execute(insert_ignoring_conflicts(connection, images).values(values))
                row = row or connection.execute(known).one_or_none()
        if row is None:
            raise AssertionError(f"no free place for {url}: the last candidate carries its own digest")
        result.append((_entry(row), shown.get(kind)))
    return result


def record_file(
    connection: Connection,
    entry: Entry,
    path: str,
    picture: Picture,
    stat: FileStat,
    validators: dict[str, str | None],
    thumbs: dict[str, str],
    run_id: int | None,
    now: datetime,
) -> Entry:
    """A new file stands at `path`: its row is brought to it, and a difference in content is a row of history."""
    values = {
        "path": path,
        "format": picture.format,
        "sha256": picture.sha256,
        "bytes": stat.bytes,
        "modified_ns": stat.modified_ns,
        "width": picture.width,
        "height": picture.height,
        "thumbs": thumbs,
        "fetched_at": now,
        "checked_at": now,
        "run_id": run_id,
        **validators,
    }
    if entry.sha256 != picture.sha256:
        old, new = {"sha256": entry.sha256}, {"sha256": picture.sha256}
        record_history(connection, run_id, now, "image", entry.id, stored=old, changed=new)
    return _update(connection, entry.id, values)


def record_check(connection: Connection, entry: Entry, now: datetime) -> Entry:
    """The publisher confirmed the stored bytes with a 304."""
    return _update(connection, entry.id, {"checked_at": now})


def record_arrival(
    connection: Connection, entry: Entry, now: datetime, validators: dict[str, str | None], thumbs: dict[str, str]
) -> Entry:
    """The publisher confirmed the stored bytes by sending them once more."""
    return _update(connection, entry.id, {"fetched_at": now, "checked_at": now, "thumbs": thumbs, **validators})


def record_copy(connection: Connection, entry: Entry, stat: FileStat) -> Entry:
    """The same bytes stand in a file of another time, as after a restored backup."""
    return _update(connection, entry.id, {"modified_ns": stat.modified_ns})


def record_outcomes(connection: Connection, venue_id: int, results: Iterable[ImageResult], run_id: int | None) -> None:
    """How each picture of an event fared in this run."""
    for result in results:
        connection.execute(
            update(images)
            .filter_by(venue_id=venue_id, kind=result.kind, url=result.url)
            .values(status=result.status, reason=result.reason, error=result.error, run_id=run_id)
        )


def point(connection: Connection, event_id: int, venue_id: int, results: list[ImageResult]) -> tuple[bool, list[str]]:
    """Moves an event's pointers to the pictures of this run that have a file.

    A kind whose picture failed, or which the page no longer names, keeps its pointer. Returns whether a pointer moved,
    and the paths of files that no event shows any more; their rows are gone, and the caller removes them after the
    commit.
    """
    before = list(
        connection.execute(
            select(images.c.id, images.c.kind, images.c.path)
            .join(event_images)
            .where(event_images.c.event_id == event_id)
            .order_by(event_images.c.position)
        )
    )
    arrived = [result for result in results if result.status != "failed"]
    kinds = {result.kind for result in arrived}
    failed_kinds = {result.kind for result in results if result.status == "failed"}
    after = [
        connection.execute(
            select(images.c.id).filter_by(venue_id=venue_id, kind=result.kind, url=result.url)
        ).scalar_one()
        for result in arrived
    ]
    after += [row.id for row in before if row.kind not in kinds - failed_kinds and row.id not in after]
    after = list(dict.fromkeys(after))
    if after == [row.id for row in before]:
        return False, []
    connection.execute(delete(event_images).filter_by(event_id=event_id))
    if after:
        rows = [{"event_id": event_id, "image_id": each, "position": place} for place, each in enumerate(after)]
        connection.execute(event_images.insert(), rows)
    return True, _forget(connection, [row.id for row in before if row.id not in after])


def _forget(connection: Connection, image_ids: list[int]) -> list[str]:
    superseded = []
    for image_id in image_ids:
        if connection.execute(select(event_images.c.event_id).filter_by(image_id=image_id).limit(1)).first() is None:
            row = connection.execute(
                delete(images).filter_by(id=image_id).returning(images.c.path, images.c.thumbs)
            ).one()
            superseded += [path for path in (row.path, *row.thumbs.values()) if path]
    return superseded


def catalogue(connection: Connection, venue_slug: str | None = None) -> list[dict[str, Any]]:
    """Every row of the ledger with its venue, for people and for `verify`."""
    query = (
        select(venues.c.slug.label("venue"), images)
        .select_from(images.join(venues))
        .order_by(venues.c.slug, images.c.kind, images.c.id)
    )
    if venue_slug is not None:
        query = query.where(venues.c.slug == venue_slug)
    return [dict(row) for row in connection.execute(query).mappings()]


def _shown(publisher: str, publisher_id: str) -> Select[Any]:
    return (
        select(*_COLUMNS)
        .select_from(events.join(event_images).join(images))
        .where(events.c.publisher == publisher, events.c.publisher_id == publisher_id)
        .order_by(event_images.c.position.desc())
    )


def _update(connection: Connection, image_id: int, values: dict[str, Any]) -> Entry:
    return _entry(connection.execute(update(images).filter_by(id=image_id).values(values).returning(*_COLUMNS)).one())


def _entry(row: Row[Any]) -> Entry:
    return Entry(*tuple(row))
