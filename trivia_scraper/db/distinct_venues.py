"""A person says that two venues are two, and is not asked again."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from trivia_scraper.db.schema import distinct_venues
from trivia_scraper.db.statements import inserting
from trivia_scraper.db.venue_merges import venue_of
from trivia_scraper.db.venues import merged_slugs
from trivia_scraper.errors import RefusedError


def distinguish(connection: Connection, one: str, other: str, now: datetime) -> None:
    """Raises UsageError, and RefusedError for one venue twice."""
    if venue_of(connection, one)["id"] == venue_of(connection, other)["id"]:
        raise RefusedError(f"{one} cannot be told from itself.")
    decide(connection, one, other, now)


def decide(connection: Connection, one: str, other: str, now: datetime) -> None:
    """one, other: slugs of two venues."""
    first, second = sorted((one, other))
    row = {"first_slug": first, "second_slug": second, "decided_at": now}
    connection.execute(inserting(connection, distinct_venues), row)


def decided(connection: Connection) -> set[frozenset[str]]:
    """Pairs of slugs; what was said of a venue holds for the one into which it was merged."""
    merged = merged_slugs(connection)
    rows = connection.execute(select(distinct_venues.c.first_slug, distinct_venues.c.second_slug))
    return {frozenset(merged.get(slug, slug) for slug in row) for row in rows}
