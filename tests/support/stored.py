"""The stored events and images as dictionaries."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from trivia_scraper.db import image_queries, queries


def stored_events(connection: Connection, publisher: str | None = None) -> list[dict[str, Any]]:
    """Return events in the shape and order of StoredEvent. publisher: only its events."""
    wanted = queries.Selection(publishers=frozenset([publisher] if publisher else []))
    return [event.as_dict() for event in queries.read_stored_events(connection, wanted)]


def stored_images(connection: Connection, venue_slug: str | None = None) -> list[dict[str, Any]]:
    """Return the rows of the ledger, as `scrapy images status` shows them."""
    return list(image_queries.read_images(connection, venue_slug))
