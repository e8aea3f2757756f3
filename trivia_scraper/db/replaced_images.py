"""What a picture looked like before another one took its place: its thumbnail, kept for a bounded time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, tuple_

from trivia_scraper.db.schema import images, past_pictures, venues
from trivia_scraper.images.paths import smallest_thumb
from trivia_scraper.images.records import ImageRecord

KEPT_OF_ONE = 8
"""Changes of one venue's pictures of a kind. A publisher who sends other bytes at every request fills no disk."""
LARGEST_THUMB = 200_000  # bytes; a larger one is not kept
_AT_ONCE = 500
FACTS = ("url", "sha256", "format", "bytes", "width", "height")
_INSERT = past_pictures.insert()


def record_replaced(
    connection: Connection,
    venue_id: int,
    kind: str,
    before: ImageRecord,
    after: ImageRecord,
    thumbnail: bytes | None,
    run_id: int,
    now: datetime,
) -> None:
    """Record that `after` has come in the place of `before`. thumbnail: of `before`."""
    row = {"run_id": run_id, "at": now, "venue_id": venue_id, "kind": kind, "url": after.url}
    row["before"], row["after"] = ({name: getattr(each, name) for name in FACTS} for each in (before, after))
    thumb = thumbnail if thumbnail and len(thumbnail) <= LARGEST_THUMB else None
    connection.execute(_INSERT, row | {"thumb": thumb})


def forget_past(connection: Connection, now: datetime, kept: timedelta) -> int:
    """Delete what is older than `kept`, and of each venue's kind all but the newest KEPT_OF_ONE. Return how many."""
    of_one = past_pictures.c["venue_id", "kind"]
    too_many = select(*of_one).group_by(*of_one).having(func.count() > KEPT_OF_ONE)
    newer = (
        select(func.count())
        .select_from(_other)
        .where(
            _other.c.venue_id == past_pictures.c.venue_id,
            _other.c.kind == past_pictures.c.kind,
            _other.c.id > past_pictures.c.id,
        )
        .scalar_subquery()
    )
    # Two statements, so that each reads only what an index finds.
    surplus = connection.execute(
        delete(past_pictures).where(tuple_(*of_one).in_(too_many), newer >= KEPT_OF_ONE)
    ).rowcount
    return surplus + connection.execute(delete(past_pictures).where(past_pictures.c.at < now - kept)).rowcount


_other = past_pictures.alias()


def was_shown_elsewhere(connection: Connection, venue_id: int, sha256: str) -> bool:
    """Whether another venue's picture that was replaced had these bytes."""
    elsewhere = past_pictures.c.before["sha256"].as_string() == sha256, past_pictures.c.venue_id != venue_id
    return connection.execute(select(past_pictures.c.id).where(*elsewhere).limit(1)).first() is not None


@dataclass(frozen=True, slots=True)
class Replaced:
    """A picture that a run replaced. `before` and `after` are FACTS."""

    id: int
    slug: str
    """Of the venue, as of now."""
    name: str
    kind: str
    before: dict[str, Any]
    after: dict[str, Any]
    next_id: int | None
    """Of the row of which `after` is the `before`; null while it is the venue's picture."""
    thumb_path: str | None
    """Of `after`, where the store of pictures has it: while it is a picture of the venue's."""


def replaced_in(connection: Connection, run_ids: Collection[int], most: int) -> dict[int, tuple[list[Replaced], int]]:
    """Run -> the first `most` pictures that it replaced, by venue, and how many there are, as far as they are kept.

    No thumbnails: they are had with `thumbs`.
    """
    number = func.row_number().over(partition_by=past_pictures.c.run_id, order_by=past_pictures.c.id)
    total = func.count().over(partition_by=past_pictures.c.run_id)
    first = select(past_pictures.c.id, number.label("number"), total.label("total"))
    few = first.where(past_pictures.c.run_id.in_(run_ids)).subquery()
    following = (
        select(func.min(_other.c.id))
        .where(
            _other.c.venue_id == past_pictures.c.venue_id,
            _other.c.kind == past_pictures.c.kind,
            _other.c.id > past_pictures.c.id,
            _other.c.before["sha256"].as_string() == past_pictures.c.after["sha256"].as_string(),
        )
        .correlate(past_pictures)
        .scalar_subquery()
    )
    query = (
        select(
            *(past_pictures.c[name] for name in ("id", "run_id", "venue_id", "kind", "before", "after")),
            venues.c.slug,
            venues.c.name,
            following.label("next_id"),
            few.c.total,
        )
        .select_from(past_pictures.join(few, few.c.id == past_pictures.c.id).join(venues))
        .where(few.c.number <= most)
        .order_by(venues.c.slug, past_pictures.c.id)
    )
    rows = connection.execute(query).all()
    today = _thumbs_today(connection, {row.venue_id for row in rows})
    found: dict[int, tuple[list[Replaced], int]] = {}
    for row in rows:
        path = today.get((row.venue_id, row.kind, row.after["sha256"]))
        facts = row.id, row.slug, row.name, row.kind, row.before, row.after
        found.setdefault(row.run_id, ([], row.total))[0].append(Replaced(*facts, row.next_id, path))
    return found


def _thumbs_today(connection: Connection, venue_ids: Collection[int]) -> dict[tuple[int, str, str], str]:
    """(venue, kind, digest) -> path of the smallest thumbnail."""
    query = select(*(images.c[name] for name in ("venue_id", "kind", "sha256", "thumbs", "thumbs_spec")))
    return {
        (row.venue_id, row.kind, row.sha256): path
        for row in connection.execute(query.where(images.c.sha256.is_not(None)))
        if row.venue_id in venue_ids and (path := smallest_thumb(row.thumbs, row.thumbs_spec))
    }


def thumbs(connection: Connection, ids: Collection[int]) -> dict[int, bytes]:
    """Row -> thumbnail of the picture that went; rows without one, and rows that are no longer there, are left out."""
    query = select(past_pictures.c.id, past_pictures.c.thumb).where(
        past_pictures.c.id.in_(bindparam("ids", expanding=True)), past_pictures.c.thumb.is_not(None)
    )
    wanted = sorted(ids)
    return {
        row.id: row.thumb
        for start in range(0, len(wanted), _AT_ONCE)
        for row in connection.execute(query, {"ids": wanted[start : start + _AT_ONCE]})
    }
