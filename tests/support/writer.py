"""A transaction that has written a row and is still open."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from trivia_scraper.db.engine import Store

QUICKLY = 5.0  # seconds; waiting for the open transaction would take 60


def add_venue(connection: Connection, slug: str) -> None:
    connection.exec_driver_sql(
        f"INSERT INTO venues (slug, name, created_at, updated_at) "
        f"VALUES ('{slug}', 'X', '2026-11-22 00:00:00', '2026-11-22 00:00:00')"
    )


@contextmanager
def writing(store: Store) -> Iterator[None]:
    """Keep a transaction open that has written a row."""
    with store.engine.begin() as connection:
        add_venue(connection, "half-written")
        yield
