"""How every publisher is doing: its last good run, its newest, what it shows, and when the next run is due."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from trivia_scraper.db.runs import newest_of_every_venue, publishers_with_runs
from trivia_scraper.db.schema import events

EVERYBODY = "*"


@dataclass(frozen=True, slots=True)
class Health:
    """Instants are null where there was no such run. `problems` are sentences without their subject and full stop."""

    publisher: str
    verdict: str | None
    """Of the newest run, also of one that is running."""
    last_good_run: int | None
    last_good_at: datetime | None
    """When that run ended."""
    age_hours: float | None
    """Since then."""
    events: int
    """Active and on a break."""
    failed_pictures: float | None
    """Share of the pictures that the newest ended run named; null when it named none."""
    next_run_expected_at: datetime | None
    """Null: none is expected."""
    problems: list[str]
    statuses: dict[str, int]
    """Status -> events."""
    last_run: Mapping[str, Any] | None
    """Of the newest run that passed or failed, what its row has."""


def health(
    connection: Connection, now: datetime, expected_every: Mapping[str, float | None], named: Collection[str] = ()
) -> list[Health]:
    """Return the health of every publisher that ever ran or is expected by name, sorted by name.

    expected_every: publisher -> hours from the end of one good run to the end of the next, null when none is expected;
    EVERYBODY stands for publishers that ran and are not named. named: report on these alone.
    """
    by_name = {publisher for publisher, hours in expected_every.items() if publisher != EVERYBODY and hours}
    wanted = set(named) or publishers_with_runs(connection) | by_name
    return [
        _of(connection, publisher, now, expected_every.get(publisher, expected_every.get(EVERYBODY)))
        for publisher in sorted(wanted)
    ]


def _of(connection: Connection, publisher: str, now: datetime, every: float | None) -> Health:
    newest = newest_of_every_venue(connection, publisher)
    good = newest_of_every_venue(connection, publisher, "passed")
    ended = newest_of_every_venue(connection, publisher, "passed", "failed")
    good_at = good["finished_at"] if good else None
    due = good_at + timedelta(hours=every) if good_at and every else None
    counted = select(events.c.status, func.count()).where(events.c.publisher == publisher).group_by(events.c.status)
    statuses: dict[str, int] = {row[0]: row[1] for row in connection.execute(counted)}
    return Health(
        publisher=publisher,
        verdict=newest["verdict"] if newest else None,
        last_good_run=good["id"] if good else None,
        last_good_at=good_at,
        age_hours=round((now - good_at).total_seconds() / 3600, 1) if good_at else None,
        events=statuses.get("active", 0) + statuses.get("on_break", 0),
        failed_pictures=_failed_pictures(ended["counts"] if ended else {}),
        next_run_expected_at=due,
        problems=list(_problems(good, ended, every, is_due=due is not None and due < now)),
        statuses=statuses,
        last_run=ended,
    )


def _failed_pictures(counts: Mapping[str, int]) -> float | None:
    asked = sum(counts.get(f"images/{status}", 0) for status in ("downloaded", "uptodate", "failed"))
    return round(counts.get("images/failed", 0) / asked, 3) if asked else None


def _problems(
    good: Mapping[str, Any] | None, ended: Mapping[str, Any] | None, every: float | None, *, is_due: bool
) -> Iterator[str]:
    if ended and ended["verdict"] == "failed":
        yield f"fails: {'; '.join(ended['reasons'])} (run {ended['id']})"
    if every and good is None:
        yield f"has no good run yet, and one is expected every {every:g} hours"
    elif good and is_due:
        yield f"is stale: its last good run ({good['id']}) is older than the {every:g} hours expected"
