"""Why each image was kept or requested, by run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from trivia_scraper.db.schema import compute_url_digest, decisions, images, runs, venues
from trivia_scraper.items import ImageResult

_DECIDE = decisions.insert()
_LAST_OUTCOME = (
    update(images)
    .where(*(images.c[name] == bindparam(f"_{name}") for name in ("venue_id", "kind", "url_digest")))
    .values(status=bindparam("_status"), reason=bindparam("_reason"), error=bindparam("_found"))
)

DecisionRow = dict[str, Any]
"""A row of the table `decisions`."""


def record_outcomes(
    connection: Connection,
    venue_id: int,
    results: Iterable[ImageResult],
    before: Mapping[tuple[str, str], tuple[str | None, str | None]],
    run_id: int,
    now: datetime,
) -> list[DecisionRow]:
    """Record the outcome of each image of an event, in the ledger and as a decision.

    before: (kind, URL) -> (status, reason) in the ledger; a row that would not change is not written.

    Return the decisions to keep fresh images, which are not stored yet. Most decisions are of this kind and nothing
    depends on them, so the caller stores many at once with `record_kept`.
    """
    outcomes: list[DecisionRow] = [
        {
            "venue_id": venue_id,
            "run_id": run_id,
            "at": now,
            "kind": result.kind,
            "url": result.url,
            "status": result.status,
            "reason": result.reason,
            "found": result.error,
        }
        for result in results
    ]
    if lasting := [each for each in outcomes if each["reason"] != "fresh"]:
        connection.execute(_DECIDE, lasting)
    changed = [
        each | {"url_digest": compute_url_digest(each["url"])}
        for each in outcomes
        if before.get((each["kind"], each["url"])) != (each["status"], each["reason"])
    ]
    if changed:
        connection.execute(_LAST_OUTCOME, [{f"_{name}": value for name, value in each.items()} for each in changed])
    return [each for each in outcomes if each["reason"] == "fresh"]


def record_kept(connection: Connection, kept: list[DecisionRow]) -> None:
    """Store the decisions that `record_outcomes` returned for one or many events."""
    connection.execute(_DECIDE, kept)


def read_decisions(connection: Connection, venue_slug: str, last: int) -> list[dict[str, Any]]:
    """Return the newest decisions on a venue's images, at most `last` per image. `forced`: the run's argument.

    A venue with two nights has two equal decisions of a run on the same image; one of them is returned.
    """
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
        .order_by(decisions.c.kind, decisions.c.id.desc())
    )
    shown: dict[tuple[str, str], int] = {}
    seen: set[tuple[Any, ...]] = set()
    result = []
    for row in connection.execute(query).mappings():
        image = row["kind"], row["url"]
        decision = *image, row["run"], row["status"], row["reason"], row["found"]
        if decision in seen:
            continue
        seen.add(decision)
        shown[image] = shown.get(image, 0) + 1
        if shown[image] <= last:
            forced = bool(row["arguments"].get("force_refresh_images"))
            result.append({name: row[name] for name in row if name != "arguments"} | {"forced": forced})
    return result


def forget_old_decisions(connection: Connection, now: datetime, kept: timedelta) -> int:
    """Delete decisions older than `kept`. Return their number."""
    return connection.execute(delete(decisions).where(decisions.c.at < now - kept)).rowcount
