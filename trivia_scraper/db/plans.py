"""Plans: the runs of one publisher that share a job id, one per shard. Together they are one complete run, and what
they did not find counts as not found when each of them was clean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, exists, select

from trivia_scraper.db.absences import Evidence
from trivia_scraper.db.schema import runs
from trivia_scraper.parsing.shards import Shard

JUDGED = "plan/judged"
_GONE_PAGE = "gone_page/"
_LISTED, _ELSEWHERE = "venues/listed", "venues/elsewhere"
_PARTIAL = {"limit", "venue"}  # spider arguments


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


def begun(connection: Connection, publisher: str, job_id: str, shard: Shard) -> int:
    """How many runs of that shard of a plan there are; one that was refused (exit code 75) has left none."""
    of_plan = select(runs.c.arguments).where(runs.c.publisher == publisher, runs.c.job_id == job_id)
    return sum(arguments.get("shard") == str(shard) for arguments in connection.scalars(of_plan))


def plan_of(row_id: int, job_id: str | None, arguments: Mapping[str, Any]) -> int | str:
    """What the runs of one plan have in common, and no other run: of a run without a plan, its own id."""
    return row_id if job_id is None or "shard" not in arguments else job_id


def speaks_for_all(verdict: str, arguments: Mapping[str, Any], counts: Mapping[str, Any]) -> bool:
    """A run of some venues says nothing of the publisher: one of them may be misspelled. A shard that passes says
    little of it, until it is the one that completes its plan."""
    if not _PARTIAL.isdisjoint(arguments):
        return False
    return verdict != "passed" or "shard" not in arguments or JUDGED in counts


@dataclass(frozen=True, slots=True)
class Whole:
    """A run, or the shards of a plan as the one run that they are together."""

    ids: list[int]
    """Of the run, or of each shard's newest, the newest first."""
    verdict: str
    """Of a plan: failed when a shard has failed, passed when all have; interrupted while one neither runs nor has
    passed."""


def whole_runs(connection: Connection, publisher: str) -> list[Whole]:
    """All of a publisher's that were asked for every venue, newest first."""
    columns = (runs.c.id, runs.c.job_id, runs.c.arguments, runs.c.verdict)
    query = select(*columns).where(runs.c.publisher == publisher).order_by(runs.c.id.desc())
    found: dict[int | str, dict[str | None, tuple[int, str]]] = {}
    for row in connection.execute(query):
        if not _PARTIAL.isdisjoint(row.arguments):
            continue
        shards = found.setdefault(plan_of(row.id, row.job_id, row.arguments), {})
        shards.setdefault(row.arguments.get("shard"), (row.id, row.verdict))
    return [
        Whole(
            [number for number, _ in shards.values()],
            _verdict(plan, {shard: each for shard, (_, each) in shards.items()}),
        )
        for plan, shards in found.items()
    ]


def as_one(connection: Connection, whole: Whole) -> dict[str, Any]:
    """As a row of runs has it: from the first beginning to the last end, with the sums of what the shards counted, but
    for the listing, which each of them read whole."""
    rows = connection.execute(select(runs).where(runs.c.id.in_(whole.ids)).order_by(runs.c.id)).mappings().all()
    if len(rows) == 1:
        return dict(rows[0]) | {"counts": _without_pages(rows[0]["counts"])}
    counts: Counter[str] = Counter()
    for row in rows:
        counts.update({name: number for name, number in _without_pages(row["counts"]).items() if name != _ELSEWHERE})
    counts[_LISTED] = max(row["counts"].get(_LISTED, 0) for row in rows)
    return {
        **rows[-1],
        "verdict": whole.verdict,
        "reasons": [f"shard {row['arguments']['shard']}: {reason}" for row in rows for reason in row["reasons"]],
        "counts": dict(sorted(counts.items())),
        "started_at": min(row["started_at"] for row in rows),
        "finished_at": max((row["finished_at"] for row in rows if row["finished_at"]), default=None),
    }


def verdict_before(connection: Connection, run_id: int) -> str | None:
    """Of the publisher's newest earlier run, or plan, that passed or failed."""
    publisher = connection.scalar(select(runs.c.publisher).filter_by(id=run_id))
    every = whole_runs(connection, publisher or "")
    own = next((number for number, whole in enumerate(every) if run_id in whole.ids), len(every))
    return next((whole.verdict for whole in every[own + 1 :] if whole.verdict in {"passed", "failed"}), None)


def _verdict(plan: int | str, verdicts: Mapping[str | None, str]) -> str:
    if isinstance(plan, int):
        return next(iter(verdicts.values()))
    for each in ("failed", "running"):
        if each in verdicts.values():
            return each
    is_whole = set(verdicts) == _all_shards(verdicts) and set(verdicts.values()) == {"passed"}
    return "passed" if is_whole else "interrupted"


def _all_shards(some: Collection[str | None]) -> set[str]:
    return set(map(str, Shard.all(max(Shard.parse(shard or "").of for shard in some))))


def _without_pages(counts: Mapping[str, int]) -> dict[str, int]:
    return {name: number for name, number in counts.items() if not name.startswith(_GONE_PAGE)}


def _evidence(row: RowMapping) -> Evidence:
    counts: dict[str, Any] = row["counts"]
    pages = {name.removeprefix(_GONE_PAGE) for name in counts if name.startswith(_GONE_PAGE)}
    return Evidence(row["id"], row["started_at"], pages)
