"""Pins images: a pinned image stays, whatever the publisher shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from trivia_scraper.db.image_queries import read_venue_images
from trivia_scraper.db.schema import event_images, images


def pin_images(connection: Connection, slug: str, kind: str | None, now: datetime) -> list[dict[str, Any]]:
    """Pin the images that a venue's events show. Return their rows. kind: only this kind."""
    shown = select(event_images.c.image_id)
    found = read_venue_images(connection, slug, kind, images.c.id.in_(shown))
    _set_pins(connection, [row["id"] for row in found if row["pinned_at"] is None], now)
    return [row | {"pinned_at": row["pinned_at"] or now} for row in found]


def unpin_images(connection: Connection, slug: str, kind: str | None) -> list[dict[str, Any]]:
    """Unpin the pinned images of a venue. Return their rows. kind: only this kind."""
    found = read_venue_images(connection, slug, kind, images.c.pinned_at.is_not(None))
    _set_pins(connection, [row["id"] for row in found], None)
    return found


def _set_pins(connection: Connection, ids: Sequence[int], pinned_at: datetime | None) -> None:
    connection.execute(update(images).where(images.c.id.in_(ids)).values(pinned_at=pinned_at))
