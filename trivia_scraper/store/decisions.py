"""Why each picture was kept or asked for, run by run."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select, update

from trivia_scraper.items import ImageResult
from trivia_scraper.store.schema import decisions, images, runs, venues


def record_outcomes(
    connection: Connection, venue_id: int, results: Iterable[ImageResult], run_id: int, now: datetime
) -> None:
    """How each picture of an event fared: the last outcome on its row of the ledger, every outcome as a decision."""
    rows = []
    for result in results:
        outcome = {"status": result.status, "reason": result.reason}
        connection.execute(
            update(images)
            .filter_by(venue_id=venue_id, kind=result.kind, url=result.url)
            .values(**outcome, error=result.error, run_id=run_id)
        )
        where = {"venue_id": venue_id, "run_id": run_id, "at": now, "kind": result.kind, "url": result.url}
        rows.append(where | outcome | {"found": result.error})
    if rows:
        connection.execute(decisions.insert(), rows)


def explain(connection: Connection, venue_slug: str, last: int) -> list[dict[str, Any]]:
    """The newest decisions on a venue's pictures with the flag that was in force, at most `last` per picture."""
    query = (
        select(
            decisions.c.kind,
            decisions.c.url,
            decisions.c.run_id.label("run"),
            decisions.c.at,
            runs.c.arguments,
            decisions.c.status,
            decisions.c.reason,
            decisions.c.found,
        )
        .select_from(decisions.join(venues).join(runs, decisions.c.run_id == runs.c.id))
        .where(venues.c.slug == venue_slug)
        .order_by(decisions.c.kind, decisions.c.url, decisions.c.id.desc())
    )
    told: dict[tuple[str, str], int] = {}
    result = []
    for row in connection.execute(query).mappings():
        picture = row["kind"], row["url"]
        told[picture] = told.get(picture, 0) + 1
        if told[picture] <= last:
            forced = bool(row["arguments"].get("force_refresh_images"))
            result.append({name: row[name] for name in row if name != "arguments"} | {"forced": forced})
    return result


def forget_old(connection: Connection, now: datetime, kept: timedelta) -> int:
    """Deletes decisions older than `kept`. Returns how many."""
    return connection.execute(delete(decisions).where(decisions.c.at < now - kept)).rowcount
