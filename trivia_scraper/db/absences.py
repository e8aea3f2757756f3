"""Marks events as missing or gone when complete, clean runs do not find them.

Each such run adds 1 to an absent event's `missed_runs`, or PAGE_GONE_WEIGHT if the venue's page answers 404 or 410
while the listing still names it. At GONE_AFTER_RUNS a missing event is gone. An event that is found again
loses that status (`record_event` in db/events.py). History records both changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from trivia_scraper.db.engine import make_update
from trivia_scraper.db.history import record_history
from trivia_scraper.db.known_venues import request_visit
from trivia_scraper.db.schema import events, venue_keys

PAGE_GONE_WEIGHT = 2


def mark_absent(
    connection: Connection,
    publisher: str,
    run_id: int,
    started_at: datetime,
    gone_pages: Collection[str],
    *,
    without_quiz: Collection[str] = (),
    gone_after: int,
    now: datetime,
) -> Counter[str]:
    """Count an absence for each event that a complete, clean run did not find.

    An event is absent if its id was not listed since `started_at`, or if the run read another night of its id but not
    this one. gone_pages: ids whose page answered 404 or 410. without_quiz: listed ids that have no quiz.

    Return how many events became "missing" and "gone".
    """
    seen = select(venue_keys.c.publisher_id).where(venue_keys.c.last_seen_at >= started_at)
    listed = set(connection.scalars(seen.filter_by(publisher=publisher)))
    columns = events.c["id", "publisher_id", "status", "missed_runs", "last_run_id"]
    nights = connection.execute(select(*columns).filter_by(publisher=publisher)).all()
    read_ids = {night.publisher_id for night in nights if night.last_run_id == run_id}
    became: Counter[str] = Counter()
    for night in nights:
        key = night.publisher_id
        if night.status == "gone" or night.last_run_id == run_id:
            continue
        if key in gone_pages:
            weight = PAGE_GONE_WEIGHT
        elif key not in listed or key in read_ids or key in without_quiz:
            weight = 1
        else:
            if night.missed_runs:  # listed, though not read: only consecutive absences count
                connection.execute(make_update(events, "missed_runs"), {"of_id": night.id, "missed_runs": 0})
            continue
        status = _count(connection, night, weight, gone_after, run_id, now)
        if status != night.status:
            became[status] += 1
    request_visit(connection, publisher, {night.publisher_id for night in nights} - listed)
    return became


def _count(connection: Connection, night: Any, weight: int, gone_after: int, run_id: int, now: datetime) -> str:
    missed = night.missed_runs + weight
    status = "gone" if missed >= gone_after else "missing"
    values: dict[str, Any] = {"missed_runs": missed, "status": status}
    if status != night.status:
        values["updated_at"] = now
        stored, changed = {"status": night.status}, {"status": status}
        record_history(connection, run_id, now, "event", night.id, stored=stored, changed=changed)
    connection.execute(make_update(events, *values), {"of_id": night.id, **values})
    return status
