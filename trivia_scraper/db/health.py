"""The health of each publisher: last good run, newest run, events, and when the next run is due."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from trivia_scraper.db.runs import read_newest_run, read_publishers_with_runs
from trivia_scraper.db.schema import events
from trivia_scraper.items import IMAGE_STATUSES

EVERY_PUBLISHER = "*"
_CLOCKS_DIFFER = timedelta(minutes=5)
"""Tolerated difference between the clocks of two machines."""


@dataclass(frozen=True, slots=True)
class Health:
    """The health of a publisher. Times are null if there was no such run."""

    publisher: str
    verdict: str | None
    """Of the newest run, which may be running. `stale` if it did not fail and the last good run is too old."""
    last_good_run: int | None
    last_good_at: datetime | None
    """When that run ended."""
    age_hours: float | None
    """Since then; null if that is in the future, because a clock is wrong."""
    events: int
    """Number of active events and of those on a break."""
    failed_images: float | None
    """Share of the images in the newest ended run, 0 .. 1; null if it had no images."""
    next_run_expected_at: datetime | None
    """Null if no run is expected."""
    problems: list[str]
    """Sentences without subject and full stop."""
    warnings: list[str]
    """What the newest run that passed or failed has found changed on the publisher's pages."""
    statuses: dict[str, int]
    """Status -> number of events."""
    last_run: Mapping[str, Any] | None
    """Row of the newest run that passed or failed."""


def read_health(
    connection: Connection,
    now: datetime,
    expected_every: Mapping[str, float | None],
    named: Collection[str] = (),
    killed: Collection[int] = (),
) -> list[Health]:
    """Return the health of each publisher that ever ran or is named in `expected_every`, sorted by name.

    expected_every: publisher -> hours from the end of one good run to the end of the next, or None if no run is
    expected. The key EVERY_PUBLISHER is for all publishers without a key. named: report only these publishers. killed:
    see locks.find_killed_runs.
    """
    by_name = {publisher for publisher, hours in expected_every.items() if publisher != EVERY_PUBLISHER and hours}
    wanted = set(named) or read_publishers_with_runs(connection) | by_name
    return [
        _read_publisher_health(
            connection, publisher, now, expected_every.get(publisher, expected_every.get(EVERY_PUBLISHER)), killed
        )
        for publisher in sorted(wanted)
    ]


def _read_publisher_health(
    connection: Connection, publisher: str, now: datetime, every: float | None, killed: Collection[int]
) -> Health:
    newest = read_newest_run(connection, publisher, killed=killed)
    good = read_newest_run(connection, publisher, "passed")
    ended = read_newest_run(connection, publisher, "passed", "failed")
    good_at = good["finished_at"] if good else None
    due = min(good_at, now) + timedelta(hours=every) if good_at and every else None
    is_due, verdict = due is not None and due < now, newest["verdict"] if newest else None
    from_future = good_at is not None and good_at > now + _CLOCKS_DIFFER
    counted = select(events.c.status, func.count()).where(events.c.publisher == publisher).group_by(events.c.status)
    statuses: dict[str, int] = {row[0]: row[1] for row in connection.execute(counted)}
    return Health(
        publisher=publisher,
        verdict="stale" if is_due and verdict in {"passed", "interrupted"} else verdict,
        last_good_run=good["id"] if good else None,
        last_good_at=good_at,
        age_hours=round(max(timedelta(0), now - good_at) / timedelta(hours=1), 1)
        if good_at and not from_future
        else None,
        events=statuses.get("active", 0) + statuses.get("on_break", 0),
        failed_images=_failed_images(ended["counts"] if ended else {}),
        next_run_expected_at=due,
        problems=list(_problems(good, ended, every, is_due=is_due, from_future=from_future)),
        warnings=(ended["warnings"] if ended else []),
        statuses=statuses,
        last_run=ended,
    )


def _failed_images(counts: Mapping[str, int]) -> float | None:
    asked = sum(counts.get(f"images/{status}", 0) for status in IMAGE_STATUSES)
    return round(counts.get("images/failed", 0) / asked, 3) if asked else None


def _problems(
    good: Mapping[str, Any] | None,
    ended: Mapping[str, Any] | None,
    every: float | None,
    *,
    is_due: bool,
    from_future: bool,
) -> Iterator[str]:
    if ended and ended["verdict"] == "failed":
        yield f"fails: {'; '.join(ended['reasons'])} (run {ended['id']})"
    if every and good is None:
        yield f"has no good run yet, and a good run is expected every {every:g} hours"
    elif good and from_future:
        yield (
            f"has a last good run ({good['id']}) that ended in the future: the clock of this machine is behind, or was "
            "ahead then"
        )
    elif good and is_due:
        yield f"is stale: its last good run ({good['id']}) is older than the {every:g} hours expected"
