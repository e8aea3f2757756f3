"""Runs: each crawl of a publisher has a row with its arguments, counts, close reason and verdict."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from statistics import median
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, and_, func, select, update

from trivia_scraper.db.schema import events, runs
from trivia_scraper.errors import DatabaseError
from trivia_scraper.items import Unread

COVERAGE_RUNS, COVERAGE_EVENTS = 5, 10
"""Number of earlier runs that a run is compared with, and of look-ups from which on a run's share proves anything."""
_LOOKED_AT = 100
"""Newest runs that are searched for those to compare with. They are kept at any age."""
Source = Literal["live", "sandbox"]
Sent = tuple[str, Mapping[str, Any]]
"""State (see `state_of`) and counts of a run that sent alerts."""
# Names of counts of a run that sent an alert: how many receivers got it, and how many did not. `<name>/<receiver's
# key>` is 1 for each of them. Version 0.1.0 had one receiver without a key; its rows count for all receivers.
_SENT, _NOT_SENT = "alerts/told", "alerts/failed"
_HAS_SENT = runs.c.counts[_SENT].as_integer() > 0
IS_WHOLE = runs.c.arguments["shard"].as_string().is_(None)
"""Whether a run crawled the whole listing. Version 0.1.0 could also crawl shards of it. Migration 0007 turned complete
sets of shard runs into whole runs. The others are shown, but do not count."""
_IS_GOOD = and_(runs.c.verdict == "passed", IS_WHOLE)
_PARTIAL = ("limit", "venue")  # spider arguments
IS_OF_EVERY_VENUE = and_(IS_WHOLE, *(runs.c.arguments[name].as_string().is_(None) for name in _PARTIAL))
"""Whether a run says something about its publisher. One with `limit` or `venue` does not: few venues prove little."""


_NO_END = "its end was not recorded: the process was killed, or the database could not be written"
_KILLED = {"verdict": "interrupted", "close_reason": "killed", "reasons": [_NO_END]}
"""Values of a run whose process ended without recording it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    close_reason: str
    verdict: str
    reasons: list[str]
    counts: dict[str, Any]
    matches: dict[str, Any] = field(default_factory=dict)
    """See spiders/matches.py."""
    warnings: list[str] = field(default_factory=list)
    """What has changed on the publisher's pages. It does not fail the run."""
    unread: list[Unread] = field(default_factory=list)
    """The first venues that were rejected or whose page failed."""


FIELD = "fields/"
"""Beginning of the names of fields in `shares_of`. The other names come from spiders/matches.py."""


@dataclass(frozen=True, slots=True)
class Share:
    """How often something was found: in one run, or in several together."""

    found: int
    of: int
    runs: int = 1
    usual: float | None = None
    """Median of the runs' shares, 0 .. 1; None for one run."""

    @property
    def share(self) -> float:
        return self.found / self.of if self.usual is None else self.usual


def shares_of(counts: Mapping[str, Any], matches: Mapping[str, Any], fields: Iterable[str]) -> dict[str, Share]:
    """Return how often a run found each field, selector, key and constant, by name."""
    read = counts.get("events/read", 0)
    found = {f"{FIELD}{each}": Share(read - counts.get(f"missing/{each}", 0), read) for each in fields if read}
    return found | {name: Share(matched, of) for name, (of, matched) in sorted(matches.items()) if of}


def check_source(connection: Connection, source: Source) -> None:
    """Refuse to mix real venues with the sandbox's. Raises DatabaseError.

    Invented venues must not get into a real catalogue, and a crawl of the sandbox would count the real ones as missing.
    """
    # The last run that stored an event decides.
    latest = select(func.max(events.c.last_run_id)).scalar_subquery()
    before = connection.scalar(select(runs.c.source).where(runs.c.id == latest))
    if before is None or before == source:
        return
    if source == "live":
        raise DatabaseError(
            "this store holds the sandbox's invented venues (perhaps from `make demo`): to crawl the real publishers, "
            "remove it, or set TRIVIA_HOME to another directory."
        )
    raise DatabaseError(
        "this store holds a real catalogue and SANDBOX_SERVER is set: unset it, or set TRIVIA_HOME to another "
        "directory."
    )


def begin_run(
    connection: Connection,
    *,
    publisher: str,
    arguments: dict[str, Any],
    job_id: str | None,
    source: Source,
    version: str,
    now: datetime,
) -> int:
    """Add a run and return its id.

    The caller holds the publisher's lock, so an earlier run without an end was killed.

    Raises DatabaseError if the store has venues of the other source.
    """
    check_source(connection, source)
    unended = (runs.c.publisher == publisher, runs.c.verdict == "running")
    connection.execute(update(runs).where(*unended).values(_KILLED))
    row: dict[str, Any] = {"publisher": publisher, "source": source, "version": version, "job_id": job_id}
    row |= {"arguments": arguments, "started_at": now, "verdict": "running", "reasons": [], "counts": {}}
    return int(connection.execute(runs.insert().values(row).returning(runs.c.id)).scalar_one())


def finish_run(connection: Connection, run_id: int, outcome: Outcome, now: datetime) -> None:
    connection.execute(update(runs).filter_by(id=run_id).values(finished_at=now, **asdict(outcome)))


def record_alert(connection: Connection, run_id: int, delivered: Mapping[str, bool]) -> None:
    """Record which receivers got the run's alert. delivered: receiver's key -> whether it did."""
    counts: dict[str, Any] = connection.scalar(select(runs.c.counts).filter_by(id=run_id)) or {}
    counts |= Counter(_SENT if each else _NOT_SENT for each in delivered.values())
    counts |= {f"{_SENT if each else _NOT_SENT}/{key}": 1 for key, each in delivered.items()}
    connection.execute(update(runs).filter_by(id=run_id).values(counts=dict(sorted(counts.items()))))


def find_last_sent(sent: Iterable[Sent], receiver: str) -> str | None:
    """Return the newest state that a receiver got, or None. sent: newest first."""
    return next((state for state, counts in sent if _has_got(counts, receiver)), None)


def state_of(verdict: str, warnings: Collection[str] | None) -> str:
    """Return what an alert says of a run: its verdict, or `warned` if it passed with warnings."""
    return "warned" if warnings and verdict == "passed" else verdict


def _has_got(counts: Mapping[str, Any], receiver: str) -> bool:
    return f"{_SENT}/{receiver}" in counts or not any(name.startswith(f"{_SENT}/") for name in counts)


def read_for_alert(connection: Connection, run_id: int) -> dict[str, Any]:
    """Return the row of an ended run, with `sent`: the publisher's other runs with alerts, newest first."""
    facts = dict(connection.execute(select(runs).filter_by(id=run_id)).mappings().one())
    of_others = (runs.c.publisher == facts["publisher"], runs.c.id != run_id, _HAS_SENT)
    query = select(runs.c.verdict, runs.c.counts, runs.c.warnings).where(*of_others)
    newest_first = query.order_by(runs.c.finished_at.desc(), runs.c.id.desc())
    sent = [(state_of(row.verdict, row.warnings), row.counts) for row in connection.execute(newest_first)]
    return facts | {"sent": sent, "warnings": facts["warnings"] or []}


def read_last_good_run(connection: Connection, publisher: str) -> RowMapping | None:
    """Return the publisher's newest run that passed."""
    query = select(runs).where(runs.c.publisher == publisher, _IS_GOOD).order_by(runs.c.id.desc())
    return connection.execute(query.limit(1)).mappings().first()


def find_unended(connection: Connection) -> dict[int, str]:
    """Return id -> publisher of the runs whose rows say `running`. Some may have been killed."""
    rows = connection.execute(select(runs.c.id, runs.c.publisher).where(runs.c.verdict == "running"))
    return {row.id: row.publisher for row in rows}


def read_newest_run(
    connection: Connection, publisher: str, *verdicts: str, killed: Collection[int] = ()
) -> dict[str, Any] | None:
    """Return the publisher's newest run without `limit` and `venue`, or None. verdicts: only a run with one of these.

    killed: see locks.find_killed_runs.
    """
    query = select(runs).where(runs.c.publisher == publisher, IS_OF_EVERY_VENUE).order_by(runs.c.id.desc()).limit(1)
    if verdicts:
        query = query.where(runs.c.verdict.in_(verdicts))
    row = connection.execute(query).mappings().first()
    return _shown(row, killed) if row else None


def _shown(row: RowMapping, killed: Collection[int]) -> dict[str, Any]:
    # Null in rows of earlier versions.
    seen = {"matches": row["matches"] or {}, "warnings": row["warnings"] or [], "unread": row["unread"] or []}
    return {**row, **seen, **(_KILLED if row["id"] in killed else {})}


def is_of_every_venue(arguments: Mapping[str, Any]) -> bool:
    """Return IS_OF_EVERY_VENUE for the arguments of one run."""
    return arguments.keys().isdisjoint(("shard", *_PARTIAL))


def read_job_verdicts(connection: Connection, publisher: str, job_id: str) -> Sequence[str]:
    """Return the verdicts of a job's whole runs, newest first. A refused run (exit code 75) has no row."""
    of_job = (runs.c.publisher == publisher, runs.c.job_id == job_id, IS_WHOLE)
    return connection.scalars(select(runs.c.verdict).where(*of_job).order_by(runs.c.id.desc())).all()


def usual_shares(
    connection: Connection, publisher: str, fields: Iterable[str], *, before: int | None = None
) -> dict[str, Share]:
    """Return how often the publisher's last good runs of every venue found each field, selector, key and constant.

    For each name, only runs that looked for it at least COVERAGE_EVENTS times count, and of these the newest
    COVERAGE_RUNS. A name without such a run is left out. before: only runs before this one.
    """
    query = select(runs.c.counts, runs.c.matches).where(runs.c.publisher == publisher, _IS_GOOD, IS_OF_EVERY_VENUE)
    if before is not None:
        query = query.where(runs.c.id < before)
    names, telling = list(fields), defaultdict[str, list[Share]](list)
    for row in connection.execute(query.order_by(runs.c.id.desc()).limit(_LOOKED_AT)):
        for name, each in shares_of(row.counts, row.matches or {}, names).items():
            if each.of >= COVERAGE_EVENTS and len(telling[name]) < COVERAGE_RUNS:
                telling[name].append(each)
    return {
        name: Share(
            sum(each.found for each in those),
            sum(each.of for each in those),
            len(those),
            median(each.share for each in those),
        )
        for name, those in telling.items()
        if those
    }


def list_runs(
    connection: Connection,
    run_id: int | None = None,
    limit: int | None = None,
    *,
    publishers: Collection[str] = (),
    failed: bool = False,
    job_id: str | None = None,
    killed: Collection[int] = (),
) -> list[dict[str, Any]]:
    """Return at most `limit` runs, newest first.

    publishers: only their runs. failed: only runs that failed or were interrupted. job_id: only runs of this job.
    killed: see locks.find_killed_runs.
    """
    query = select(runs).order_by(runs.c.id.desc()).limit(limit)
    if run_id is not None:
        query = query.where(runs.c.id == run_id)
    if publishers:
        query = query.where(runs.c.publisher.in_(publishers))
    if job_id is not None:
        query = query.where(runs.c.job_id == job_id)
    if failed:
        query = query.where(runs.c.verdict.in_(("failed", "interrupted")) | runs.c.id.in_(killed))
    return [_shown(row, killed) for row in connection.execute(query).mappings()]


def has_runs(connection: Connection) -> bool:
    """Return whether any run was ever started."""
    return connection.execute(select(runs.c.id).limit(1)).first() is not None


def read_publishers_with_runs(connection: Connection) -> set[str]:
    return set(connection.scalars(select(runs.c.publisher).distinct()))


def read_last_good_starts(connection: Connection) -> dict[str, datetime]:
    """Return publisher -> start of its newest run that passed."""
    newest = select(func.max(runs.c.id)).where(_IS_GOOD).group_by(runs.c.publisher)
    query = select(runs.c.publisher, runs.c.started_at).where(runs.c.id.in_(newest))
    return {row[0]: row[1] for row in connection.execute(query)}


def find_always_kept(connection: Connection) -> set[int]:
    """Return the runs that are kept at any age, because later runs are compared with them.

    For each publisher: the newest runs, the newest that passed, the newest of every venue that passed, and for each
    receiver the last run of which it got an alert.
    """
    kept: set[int] = set()
    for publisher in read_publishers_with_runs(connection):
        newest = select(runs.c.id).where(runs.c.publisher == publisher).order_by(runs.c.id.desc()).limit(_LOOKED_AT)
        kept.update(connection.scalars(newest))
        kept.update(connection.scalars(newest.where(_IS_GOOD)))
        kept.update(connection.scalars(newest.where(_IS_GOOD, IS_OF_EVERY_VENUE)))
        sent = select(runs.c.id, runs.c.counts).where(runs.c.publisher == publisher, _HAS_SENT)
        by_receiver: dict[str, int] = {}
        for row in connection.execute(sent.order_by(runs.c.finished_at.desc(), runs.c.id.desc())):
            for name in [name for name in row.counts if name.startswith(f"{_SENT}/")] or [_SENT]:
                by_receiver.setdefault(name, row.id)
        kept.update(by_receiver.values())
    return kept
