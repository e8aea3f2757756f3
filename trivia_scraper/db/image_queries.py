"""Queries of the image ledger for commands. They do not need the libraries that image_ledger.py imports."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from trivia_scraper.db.engine import Store
from trivia_scraper.db.schema import event_images, events, images, venues

PLACEHOLDER_VENUES = 5
_BATCH_SIZE = 500
_ROWS = select(venues.c.slug.label("venue"), images).select_from(images.join(venues))
_ORDER = venues.c.slug, images.c.kind, images.c.id


def read_images(
    connection: Connection, venue_slug: str | None = None, *, publishers: Collection[str] = (), failed: bool = False
) -> Iterator[dict[str, Any]]:
    """Yield the rows of the ledger with `venue` and `shared_by`, the number of venues with the same bytes.

    Must be consumed inside the transaction. publishers: only images that events of these publishers show. failed: only
    images whose last download failed.
    """
    # Count once for all rows: thousands of venues may have the same bytes.
    shared_by = select(images.c.sha256, func.count(images.c.venue_id.distinct()).label("venues"))
    query = _ROWS.order_by(*_ORDER)
    if venue_slug is not None:
        own = select(images.c.sha256).join(venues).where(venues.c.slug == venue_slug)
        shared_by = shared_by.where(images.c.sha256.in_(own))
        query = query.where(venues.c.slug == venue_slug)
    shared = shared_by.where(images.c.sha256.is_not(None)).group_by(images.c.sha256).subquery()
    query = query.add_columns(func.coalesce(shared.c.venues, 0).label("shared_by"))
    query = query.outerjoin(shared, shared.c.sha256 == images.c.sha256)
    if publishers:
        shown = select(event_images.c.image_id).join(events).where(events.c.publisher.in_(publishers))
        query = query.where(images.c.id.in_(shown))
    if failed:
        query = query.where(images.c.status == "failed")
    for row in connection.execute(query.execution_options(yield_per=_BATCH_SIZE)).mappings():
        yield {**row, "placeholder": row["shared_by"] >= PLACEHOLDER_VENUES}


def read_venue_images(connection: Connection, slug: str, kind: str | None, *conditions: Any) -> list[dict[str, Any]]:
    """Return the rows of a venue's images that meet the conditions, with `venue`, its slug. kind: only this kind."""
    query = _ROWS.where(venues.c.slug == slug, *conditions).order_by(images.c.kind, images.c.id)
    rows = connection.execute(query if kind is None else query.where(images.c.kind == kind))
    return [dict(row) for row in rows.mappings()]


_NEXT_VENUES = select(venues.c.id, venues.c.slug).where(venues.c.slug > bindparam("after")).order_by(venues.c.slug)
_OF_VENUES: Any = _ROWS.where(venues.c.id.in_(bindparam("ids", expanding=True))).order_by(*_ORDER)


def read_recorded_images(store: Store) -> Iterator[dict[str, Any]]:
    """Yield all rows of the ledger with `venue`, some venues in each transaction.

    Callers read the files meanwhile, which takes longer than one transaction should.
    """
    after = ""
    while batch := store.read(_next_venues, after):
        yield from store.read(_images_of, [venue.id for venue in batch])
        after = batch[-1].slug


def _next_venues(connection: Connection, after: str) -> Sequence[Any]:
    return connection.execute(_NEXT_VENUES.limit(_BATCH_SIZE), {"after": after}).all()


def _images_of(connection: Connection, venue_ids: list[int]) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(_OF_VENUES, {"ids": venue_ids}).mappings()]


def count_stored(connection: Connection) -> int:
    """Count the images that have a file."""
    return connection.scalar(select(func.count()).select_from(images).where(images.c.path.is_not(None))) or 0
