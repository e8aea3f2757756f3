"""A transaction that holds what it has written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from trivia_scraper.db.engine import Store

QUICKLY = 5.0  # seconds; a transaction that writes would be waited for during 60


def add_venue(connection: Connection, slug: str) -> None:
    connection.exec_driver_sql(
        f"INSERT INTO venues (slug, name, created_at, updated_at) "
        f"VALUES ('{slug}', 'X', '2026-11-22 00:00:00', '2026-11-22 00:00:00')"
    )


@contextmanager
def writing(store: Store) -> Iterator[None]:
    """While a transaction holds what it has written."""
    with store.engine.begin() as connection:
        add_venue(connection, "half-written")
        yield
