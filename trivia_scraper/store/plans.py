"""Plans: the runs of one publisher that share a job id, one per shard. Together they are one complete run, and what
they did not find counts as not found when each of them was clean."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, RowMapping, exists, select

from trivia_scraper.shards import Shard
from trivia_scraper.store.schema import runs
from trivia_scraper.store.states import Evidence

JUDGED = "plan/judged"
_GONE_PAGE = "gone_page/"
_PARTIAL = {"limit", "venue"}


def gone_pages(ids: set[str]) -> dict[str, int]:
    """Counts by which a shard's row tells the run that judges their plan which pages answered 404 or 410."""
    return {f"{_GONE_PAGE}{publisher_id}": 1 for publisher_id in sorted(ids)}


def evidence(connection: Connection, publisher: str, job_id: str, shards: int) -> list[Evidence] | None:
    """What the shards of a plan found, in their order; None while it cannot be judged, or when it has been.

    Each shard's newest run must be complete and clean, and no other run of the publisher may have begun since the
    plan's first: what that one read, it read for itself. Whoever asks is in the transaction that records its own end,
    so of several shards that end at once the last one sees them all.
    """
    of_plan = select(runs).where(runs.c.publisher == publisher, runs.c.job_id == job_id).order_by(runs.c.id)
    rows = connection.execute(of_plan).mappings().all()
    newest = {row["arguments"].get("shard"): row for row in rows}
    expected = list(map(str, Shard.all(shards)))
    if newest.keys() != set(expected) or any(JUDGED in row["counts"] for row in rows):
        return None
    if not all(row["verdict"] == "passed" and _PARTIAL.isdisjoint(row["arguments"]) for row in newest.values()):
        return None
    since = (runs.c.publisher == publisher, runs.c.id > rows[0]["id"], runs.c.job_id.is_distinct_from(job_id))
    if connection.scalar(select(exists().where(*since))):
        return None
    return [_evidence(newest[shard]) for shard in expected]


def passed(connection: Connection, publisher: str, job_id: str, shard: Shard) -> bool:
    """Whether the newest run of that shard of a plan did."""
    of_plan = select(runs.c.arguments, runs.c.verdict).where(runs.c.publisher == publisher, runs.c.job_id == job_id)
    rows = connection.execute(of_plan.order_by(runs.c.id)).all()
    verdicts = [row.verdict for row in rows if row.arguments.get("shard") == str(shard)]
    return verdicts[-1:] == ["passed"]


def _evidence(row: RowMapping) -> Evidence:
    counts: dict[str, Any] = row["counts"]
    pages = {name.removeprefix(_GONE_PAGE) for name in counts if name.startswith(_GONE_PAGE)}
    return Evidence(row["id"], row["started_at"], pages)
