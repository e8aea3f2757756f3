"""Reports on the newest runs: which values changed, at which venue, and which images failed.

Each list is bounded, so that a publisher that renames all its pubs does not fill the page.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, FromClause, func, select

from trivia_scraper.db import runs
from trivia_scraper.db.queries import Identity, read_keys
from trivia_scraper.db.replaced_images import AlikeImage, ReplacedByRun, find_alike, read_replaced
from trivia_scraper.db.schema import decisions, history, performers, venue_merges, venues


@dataclass(frozen=True, slots=True)
class Change:
    """A changed value.

    slug: of the venue; None if it is no longer known. event: None if the value is the venue's own.
    """

    slug: str | None
    event: Identity | None
    field: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Failure:
    """An image that could not be downloaded."""

    slug: str
    kind: str
    url: str
    reason: str
    found: str | None


@dataclass(frozen=True, slots=True)
class Report:
    """The report of one run. Each list has the first of `totals[name]` entries."""

    row: Mapping[str, Any]
    """A row of runs.list_runs."""
    until: datetime | None
    """The end of the run; None while it runs. The publisher's events stored first before this time are new in it."""
    changes: list[Change] = field(default_factory=list)
    replaced: list[ReplacedByRun] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    alike: list[AlikeImage] = field(default_factory=list)
    totals: dict[str, int] = field(default_factory=dict)


def read_reports(
    connection: Connection, last: int, most: int, killed: Collection[int] = (), *, most_replaced: int = 0
) -> list[Report]:
    """Return reports of the `last` runs, newest first, with at most `most` entries in each list.

    killed: see locks.find_killed_runs. most_replaced: the newest runs may have more replaced images, up to this number
    in all.
    """
    found = [Report(row, until) for row, until in _ended(runs.list_runs(connection, limit=last, killed=killed))]
    of_run: dict[int, Report] = {report.row["id"]: report for report in found}
    for run_id, change, total in _changes(connection, of_run, most):
        of_run[run_id].changes.append(change)
        of_run[run_id].totals["changes"] = total
    for run_id, (replaced, total) in read_replaced(connection, of_run, most, most_replaced).items():
        of_run[run_id].replaced.extend(replaced)
        of_run[run_id].totals["replaced"] = total
    for run_id, alike in find_alike(connection, of_run).items():
        of_run[run_id].alike.extend(alike)
    for run_id, failure, total in _failures(connection, of_run, most):
        of_run[run_id].failures.append(failure)
        of_run[run_id].totals["failures"] = total
    return found


def _ended(rows: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], datetime | None]]:
    """Yield each run with its end. A killed run counts as ended when the publisher's next run began."""
    for number, row in enumerate(rows):
        later = (each["started_at"] for each in reversed(rows[:number]) if each["publisher"] == row["publisher"])
        yield row, row["finished_at"] or next(later, None)


def _first(table: FromClause, most: int, *conditions: ColumnElement[bool]) -> Any:
    """Return a query for the ids of the first `most` rows of each run, with the run's total."""
    number = func.row_number().over(partition_by=table.c.run_id, order_by=table.c.id).label("number")
    total = func.count().over(partition_by=table.c.run_id).label("total")
    numbered = select(table.c.id, number, total).where(*conditions).subquery()
    return select(numbered.c.id, numbered.c.total).where(numbered.c.number <= most).subquery()


def _changes(connection: Connection, run_ids: Collection[int], most: int) -> Iterator[tuple[int, Change, int]]:
    """Yield changes, except those of images, which `read_replaced` reports."""
    conditions = history.c.run_id.in_(run_ids), history.c.entity != "image", history.c.field.not_like("image:%")
    first = _first(history, most, *conditions)
    query = select(history, first.c.total).join(first, first.c.id == history.c.id).order_by(history.c.id)
    slugs = _named(connection, venue_merges.c.gone_id, venue_merges.c.kept_slug)
    slugs |= _named(connection, venues.c.id, venues.c.slug)
    events = {key.id: key for key in read_keys(connection)}
    names = {"venue_id": slugs, "performer_id": _named(connection, performers.c.id, performers.c.name)}
    for row in connection.execute(query):
        key = events.get(row.entity_id) if row.entity == "event" else None
        slug = slugs.get(row.entity_id) if row.entity == "venue" else key and key.venue_slug
        values = row.old, row.new
        if known := names.get(row.field):
            values = tuple(known.get(value, value) for value in values)
        yield row.run_id, Change(slug, key and key.identity, row.field, *values), row.total


def _named(connection: Connection, number: Column[Any], name: Column[Any]) -> dict[int, str]:
    return {row[0]: row[1] for row in connection.execute(select(number, name))}


def _failures(connection: Connection, run_ids: Collection[int], most: int) -> Iterator[tuple[int, Failure, int]]:
    # A venue with two nights has two decisions on the same image.
    failed = decisions.c.run_id.in_(run_ids), decisions.c.status == "failed"
    columns = decisions.c["run_id", "venue_id", "kind", "url", "reason"]
    once = select(func.min(decisions.c.id)).where(*failed).group_by(*columns)
    first = _first(decisions, most, decisions.c.id.in_(once))
    query = (
        select(*decisions.c["run_id", "kind", "url", "reason", "found"], first.c.total, venues.c.slug)
        .select_from(decisions.join(first, first.c.id == decisions.c.id).join(venues))
        .order_by(venues.c.slug, decisions.c.id)
    )
    for row in connection.execute(query):
        yield row.run_id, Failure(row.slug, row.kind, row.url, row.reason, row.found), row.total
