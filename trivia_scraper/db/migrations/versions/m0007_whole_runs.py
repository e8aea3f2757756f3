"""Turn the shard runs of version 0.1.0 that were a complete crawl into one whole run.

Revision ID: 0007
Revises: 0002

Version 0.1.0 could crawl a publisher in shards. Their runs have an argument `shard` ("2/4"), and those of one plan
share a job id. When all shards of a plan had passed, one of the runs judged absence for all, and counted `plan/judged`.

The run that judged becomes the whole run of its plan: it loses the argument `shard`, and gets the sums of the counts,
the first start and the last end. A shard "1/1" was already a whole crawl and only loses the argument. Other shard runs
keep their rows, but health and comparisons ignore rows with the argument `shard`.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0002"

RUNS = sa.table(
    "runs",
    sa.column("id", sa.BigInteger()),
    sa.column("publisher", sa.String()),
    sa.column("arguments", sa.JSON()),
    sa.column("job_id", sa.String()),
    sa.column("started_at", sa.DateTime(timezone=True)),
    sa.column("finished_at", sa.DateTime(timezone=True)),
    sa.column("verdict", sa.String()),
    sa.column("counts", sa.JSON()),
)
JUDGED = "plan/judged"
LISTED, ELSEWHERE = "venues/listed", "venues/elsewhere"
GONE_PAGE, ALERTS = "gone_page/", "alerts/"


def upgrade() -> None:
    connection = op.get_bind()
    is_shard = RUNS.c.arguments["shard"].as_string().is_not(None)
    query = sa.select(RUNS).where(is_shard).order_by(RUNS.c.id)
    plans: dict[tuple[str, str | None], list[Any]] = {}
    for row in connection.execute(query).all():
        if row.arguments["shard"] == "1/1":
            _change(connection, row, {"counts": _sum_counts(row, [row])})
        else:
            plans.setdefault((row.publisher, row.job_id), []).append(row)
    for rows in plans.values():
        for judge in rows:
            if JUDGED in judge.counts and (shards := _find_shards(judge, rows)):
                whole = {
                    "counts": _sum_counts(judge, shards),
                    "started_at": min(row.started_at for row in shards),
                    "finished_at": max(row.finished_at for row in shards),
                }
                _change(connection, judge, whole)


def _change(connection: Any, row: Any, values: dict[str, Any]) -> None:
    values["arguments"] = {name: value for name, value in row.arguments.items() if name != "shard"}
    connection.execute(sa.update(RUNS).where(RUNS.c.id == row.id).values(values))


def _find_shards(judge: Any, rows: list[Any]) -> list[Any]:
    """Return the runs that the judge saw: of each shard the newest that had passed by then.

    Return an empty list if one of these is missing; `scrapy prune` may have deleted it.
    """
    found = {judge.arguments["shard"]: judge}
    for row in rows:
        shard = row.arguments["shard"]
        is_clean = row.verdict == "passed" and row.arguments.keys().isdisjoint({"limit", "venue"})
        # A shard may have been crawled again after the judgement, and the clocks of two machines may differ.
        is_in_time = is_clean and (row.finished_at <= judge.finished_at or shard not in found)
        if is_in_time and shard != judge.arguments["shard"]:
            found[shard] = row
    count = judge.counts[JUDGED]
    expected = [f"{number}/{count}" for number in range(1, count + 1)]
    return [found[shard] for shard in expected] if found.keys() >= set(expected) else []


def _sum_counts(judge: Any, shards: list[Any]) -> dict[str, int]:
    """Add up the counts. Each shard read the whole listing, and only the judge sent alerts, so those are not added."""
    sums: dict[str, int] = {}
    for row in shards:
        for name, number in row.counts.items():
            if name not in {LISTED, ELSEWHERE, JUDGED} and not name.startswith((GONE_PAGE, ALERTS)):
                sums[name] = sums.get(name, 0) + number
    sums |= {name: number for name, number in judge.counts.items() if name == JUDGED or name.startswith(ALERTS)}
    if listed := [row.counts[LISTED] for row in shards if LISTED in row.counts]:
        sums[LISTED] = max(listed)
    return dict(sorted(sums.items()))
