"""What a picture looked like before another one took its place: its thumbnail, kept for a bounded time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, select

from trivia_scraper.images.decode import Picture
from trivia_scraper.store.schema import past_pictures, venues

KEPT_OF_ONE = 8
"""Changes of one venue's pictures of a kind. A publisher who sends other bytes at every request fills no disk."""
LARGEST_THUMB = 200_000  # bytes; a larger one is not kept
FACTS = ("url", "sha256", "format", "bytes", "width", "height")
_INSERT = past_pictures.insert()


@dataclass(frozen=True, slots=True)
class Past:
    """A picture that goes, as its row of the ledger has it, with the thumbnail that was read before it went."""

    facts: dict[str, Any]
    """FACTS."""
    thumb: bytes | None


def record_past(
    connection: Connection,
    venue_id: int,
    kind: str,
    url: str,
    past: Past,
    picture: Picture,
    size: int,
    run_id: int,
    now: datetime,
) -> None:
    """`picture`, of `size` bytes from `url`, has come in the place of `past`."""
    after = {
        "url": url,
        "sha256": picture.sha256,
        "format": picture.format,
        "bytes": size,
        "width": picture.width,
        "height": picture.height,
    }
    thumb = past.thumb if past.thumb and len(past.thumb) <= LARGEST_THUMB else None
    row = {"run_id": run_id, "at": now, "venue_id": venue_id, "kind": kind, "url": url}
    connection.execute(_INSERT, row | {"before": past.facts, "after": after, "thumb": thumb})


def forget_past(connection: Connection, now: datetime, kept: timedelta) -> int:
    """Deletes what is older than `kept`, and of each venue's kind all but the newest KEPT_OF_ONE. Returns how many."""
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
    superfluous = (past_pictures.c.at < now - kept) | (newer >= KEPT_OF_ONE)
    return connection.execute(delete(past_pictures).where(superfluous)).rowcount


_other = past_pictures.alias()


def changed_in(connection: Connection, run_id: int) -> Iterator[dict[str, Any]]:
    """Every picture that a run replaced: its row, the venue's slug and name, and `next_thumb`, the thumbnail of the one
    that came, when that has gone since; null while it is still the venue's."""
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
    later = past_pictures.alias()
    query = (
        select(past_pictures, venues.c.slug, venues.c.name, later.c.thumb.label("next_thumb"))
        .select_from(past_pictures.join(venues).outerjoin(later, later.c.id == following))
        .where(past_pictures.c.run_id == run_id)
        .order_by(venues.c.slug, past_pictures.c.id)
    )
    for row in connection.execute(query).mappings():
        yield dict(row)
