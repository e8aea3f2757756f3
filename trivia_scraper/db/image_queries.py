"""The ledger of images, as commands read it. Apart from image_ledger.py, which decodes images and names venues."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, func, select

from trivia_scraper.db.schema import event_images, events, images, venues

PLACEHOLDER_VENUES = 5


def catalogue(connection: Connection, venue_slug: str | None = None) -> list[dict[str, Any]]:
    """Return every row of the ledger with its venue and `shared_by`, the number of venues that have the same bytes."""
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


def shown_by(connection: Connection, publishers: Collection[str]) -> set[int]:
    """Return the ids of the images that events of these publishers show."""
    query = select(event_images.c.image_id).join(events, events.c.id == event_images.c.event_id)
    return set(connection.scalars(query.where(events.c.publisher.in_(publishers))))
