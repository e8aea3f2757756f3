"""The rows of runs, as commands list them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, select

from trivia_scraper.db.schema import runs


def listed(
    connection: Connection,
    run_id: int | None = None,
    most: int | None = None,
    *,
    publishers: Collection[str] = (),
    failed: bool = False,
) -> list[dict[str, Any]]:
    """Return the newest runs first, `most` of them.

    publishers: only theirs. failed: only runs that failed or were interrupted.
    """
    query = select(runs).order_by(runs.c.id.desc()).limit(most)
    if run_id is not None:
        query = query.where(runs.c.id == run_id)
    if publishers:
        query = query.where(runs.c.publisher.in_(publishers))
    if failed:
        query = query.where(runs.c.verdict.in_(("failed", "interrupted")))
    return [dict(row) for row in connection.execute(query).mappings()]


def publishers_with_runs(connection: Connection) -> set[str]:
    return set(connection.scalars(select(runs.c.publisher).distinct()))
