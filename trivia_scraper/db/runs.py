"""Every run leaves a row: what was asked, what was counted, why it ended, and whether it can be trusted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, func, select, update

from trivia_scraper.db.plans import plan_of
from trivia_scraper.db.schema import events, runs
from trivia_scraper.errors import BusyError, DatabaseError
from trivia_scraper.parsing.shards import Shard

COVERAGE_RUNS, COVERAGE_EVENTS = 5, 10
_LOOKED_AT = 100
Source = Literal["live", "sandbox"]
Sent = tuple[str, Mapping[str, Any]]
"""Verdict and counts of a run that sent alerts."""
# Counts of a run that sent alerts: how many receivers got them, how many did not, and 1 for each receiver by its key
# below these names. Version 0.1.0 had one receiver without a key; its rows count for every receiver.
_SENT, _NOT_SENT = "alerts/told", "alerts/failed"
_SENDING = "alerts/telling"
_HAS_SENT = runs.c.counts[_SENT].as_integer() > 0


@dataclass(frozen=True, slots=True)
class Outcome:
    close_reason: str
    verdict: str
    reasons: list[str]
    counts: dict[str, Any]


def check_source(connection: Connection, source: Source) -> None:
    """A store is filled from the publishers or from the sandbox, never from both: invented venues must not reach a real
    catalogue, and real ones would be missed in every crawl of the sandbox.

    Raises DatabaseError.
    """
    # Whose venues they are tells the run that stored the latest; a run that stored nothing decides nothing.
    latest = select(func.max(events.c.last_run_id)).scalar_subquery()
    before = connection.scalar(select(runs.c.source).where(runs.c.id == latest))
    if before is None or before == source:
        return
    if source == "live":
        raise DatabaseError(
            "This store holds the sandbox's invented venues (from `make demo`, perhaps): remove it, or set TRIVIA_HOME "
            "to another directory, before you crawl the real publishers."
        )
    raise DatabaseError(
        "This store holds a real catalogue and SANDBOX_SERVER is set: unset it, or set TRIVIA_HOME to another "
        "directory."
    )


def begin(
    connection: Connection,
    *,
    publisher: str,
    arguments: dict[str, Any],
    job_id: str | None,
    source: Source,
    version: str,
    now: datetime,
    is_run: Callable[[Shard], bool] = lambda _: False,
) -> int:
    """Row id of a new run, for whoever holds the publisher's lock: an earlier run that never ended was killed.

    is_run: whether another process runs that shard of the publisher now, when this run is of a shard, too.

    Raises DatabaseError when the store is of the other source, BusyError when another number of shards is
    under way: parts of different cuts overlap.
    """
    check_source(connection, source)
    own = arguments.get("shard")
    unended = select(runs.c.id, runs.c.arguments).where(runs.c.publisher == publisher, runs.c.verdict == "running")
    for unended_id, asked in connection.execute(unended).all():
        other = asked.get("shard")
        if own and other and other != own and is_run(Shard.parse(other)):
            if Shard.parse(other).of != Shard.parse(own).of:
                raise BusyError(f"shard {other} of {publisher} is under way")
            continue
        how = {"verdict": "interrupted", "close_reason": "killed", "reasons": ["killed before its end"]}
        connection.execute(update(runs).where(runs.c.id == unended_id).values(how))
    row: dict[str, Any] = {
        "publisher": publisher,
        "arguments": arguments,
        "job_id": job_id,
        "source": source,
        "version": version,
        "started_at": now,
        "verdict": "running",
        "reasons": [],
        "counts": {},
    }
    return int(connection.execute(runs.insert().values(row).returning(runs.c.id)).scalar_one())


def finish(connection: Connection, run_id: int, outcome: Outcome, now: datetime) -> None:
    connection.execute(
        update(runs)
        .filter_by(id=run_id)
        .values(
            finished_at=now,
            close_reason=outcome.close_reason,
            verdict=outcome.verdict,
            reasons=outcome.reasons,
            counts=outcome.counts,
        )
    )


def begin_alert(connection: Connection, run_id: int) -> None:
    """Mark the run as sending its alerts; the other shards of its plan take them as sent meanwhile."""
    _count(connection, run_id, {_SENDING: 1})


def end_alert(connection: Connection, run_id: int, delivered: Mapping[str, bool]) -> None:
    """Record the key of each receiver, and whether it got the alert of the run."""
    counts = Counter(_SENT if each else _NOT_SENT for each in delivered.values())
    counts.update(f"{_SENT if each else _NOT_SENT}/{key}" for key, each in delivered.items())
    _count(connection, run_id, counts)


def _count(connection: Connection, run_id: int, counts: Mapping[str, int]) -> None:
    stored: dict[str, Any] = connection.scalar(select(runs.c.counts).filter_by(id=run_id)) or {}
    stored = {name: number for name, number in stored.items() if name != _SENDING} | dict(counts)
    connection.execute(update(runs).filter_by(id=run_id).values(counts=dict(sorted(stored.items()))))


def last_sent(sent: Iterable[Sent], receiver: str) -> str | None:
    """Return the newest verdict that a receiver got, or None. sent: the newest first."""
    return next((verdict for verdict, counts in sent if _has_got(counts, receiver)), None)


def _has_got(counts: Mapping[str, Any], receiver: str) -> bool:
    return f"{_SENT}/{receiver}" in counts or not any(name.startswith(f"{_SENT}/") for name in counts)


def of_alert(connection: Connection, run_id: int) -> dict[str, Any]:
    """Return what an alert says of a run that has ended, and under `sent` the publisher's other runs that sent alerts.

    The newest comes first. A shard that began later, or a run of the same plan that is still sending, is among them.
    """
    names = (
        *("publisher", "arguments", "verdict", "reasons", "counts"),
        *("source", "job_id", "started_at", "finished_at"),
    )
    columns = (runs.c.id.label("run"), *(runs.c[name] for name in names))
    facts = dict(connection.execute(select(*columns).filter_by(id=run_id)).mappings().one())
    has_sent = _HAS_SENT
    if facts["job_id"] is not None:
        has_sent |= (runs.c.job_id == facts["job_id"]) & (runs.c.counts[_SENDING].as_integer() > 0)
    others = select(runs.c.verdict, runs.c.counts).where(
        runs.c.publisher == facts["publisher"], runs.c.id != run_id, has_sent
    )
    newest_first = others.order_by(runs.c.finished_at.desc(), runs.c.id.desc())
    return facts | {"sent": [(row.verdict, row.counts) for row in connection.execute(newest_first)]}


def last_good(connection: Connection, publisher: str) -> RowMapping | None:
    """The publisher's newest run that passed."""
    query = select(runs).where(runs.c.publisher == publisher, runs.c.verdict == "passed").order_by(runs.c.id.desc())
    return connection.execute(query.limit(1)).mappings().first()


def usual_coverage(connection: Connection, publisher: str, fields: Iterable[str]) -> dict[str, float]:
    """Field -> mean share of the events that had it, over the publisher's last COVERAGE_RUNS good runs that read enough
    events to tell; without such runs, nothing is usual. The shards of one plan are one run."""
    columns = (runs.c.id, runs.c.job_id, runs.c.arguments, runs.c.counts)
    query = select(*columns).where(runs.c.publisher == publisher, runs.c.verdict == "passed")
    whole: dict[int | str, Counter[str]] = {}
    for row in connection.execute(query.order_by(runs.c.id.desc()).limit(_LOOKED_AT)):
        plan = plan_of(row.id, row.job_id, row.arguments)
        counted = {name: n for name, n in row.counts.items() if name == "events/read" or name.startswith("missing/")}
        whole.setdefault(plan, Counter()).update(counted)
    telling = [counts for counts in whole.values() if counts["events/read"] >= COVERAGE_EVENTS][:COVERAGE_RUNS]
    return {
        field: fmean(1 - counts[f"missing/{field}"] / counts["events/read"] for counts in telling)
        for field in (fields if telling else ())
    }


def last_good_starts(connection: Connection) -> dict[str, datetime]:
    """Publisher -> when its newest run began that passed."""
    newest = select(func.max(runs.c.id)).where(runs.c.verdict == "passed").group_by(runs.c.publisher)
    query = select(runs.c.publisher, runs.c.started_at).where(runs.c.id.in_(newest))
    return {row[0]: row[1] for row in connection.execute(query)}


def always_kept(connection: Connection) -> set[int]:
    """Runs that later ones are compared with, whatever their age: of each publisher the newest ones, those that
    passed, and the last one that each receiver got an alert of."""
    kept: set[int] = set()
    for publisher in connection.scalars(select(runs.c.publisher).distinct()).all():
        newest = select(runs.c.id).where(runs.c.publisher == publisher).order_by(runs.c.id.desc())
        for which in (
            newest.limit(_LOOKED_AT),
            newest.where(runs.c.verdict == "passed").limit(_LOOKED_AT),
        ):
            kept.update(connection.scalars(which))
        sent = select(runs.c.id, runs.c.counts).where(runs.c.publisher == publisher, _HAS_SENT)
        by_receiver: dict[str, int] = {}
        for row in connection.execute(sent.order_by(runs.c.finished_at.desc(), runs.c.id.desc())):
            for name in [name for name in row.counts if name.startswith(f"{_SENT}/")] or [_SENT]:
                by_receiver.setdefault(name, row.id)
        kept.update(by_receiver.values())
    return kept


def listed(connection: Connection, run_id: int | None = None, most: int | None = None) -> list[dict[str, Any]]:
    """Newest first; `most` of them."""
    query = select(runs).order_by(runs.c.id.desc()).limit(most)
    if run_id is not None:
        query = query.where(runs.c.id == run_id)
    return [dict(row) for row in connection.execute(query).mappings()]
