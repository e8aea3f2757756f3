"""Upcoming dates of a schedule, in the time of its venue."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.filled import WEEKLY, begin, quiz, record
from tests.support.sqlite import put_upgraded_database
from trivia_scraper.db.engine import Store
from trivia_scraper.db.queries import StoredEvent, read_stored_events
from trivia_scraper.exports.occurrences import has_passed, is_over, list_upcoming
from trivia_scraper.items import Schedule, Status

SYDNEY = replace(WEEKLY, timezone="Australia/Sydney")


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> StoredEvent:
    path = tmp_path_factory.mktemp("space") / "trivia.db"
    put_upgraded_database(path)
    with closing(Store(f"sqlite:///{path}")) as store:
        record(store, quiz("space", schedule=SYDNEY), begin(store))
        (row,) = store.read(lambda connection: list(read_stored_events(connection)))
    return row


def days(space: StoredEvent, now: datetime, status: Status = "active", **schedule: Any) -> list[str]:
    facts = {name: getattr(space.schedule, name) for name in Schedule.__dataclass_fields__} | schedule
    event = StoredEvent(
        **{name: getattr(space, name) for name in StoredEvent.__dataclass_fields__}
        | {"schedule": Schedule(**facts), "status": status}
    )
    return [each.html_datetime for each in list_upcoming(event, now, 3)]


def test_dates_keep_their_time_when_clocks_change(space: StoredEvent) -> None:
    now = datetime(2026, 3, 30, 20, tzinfo=UTC)  # a Tuesday in Sydney already; clocks go back there on 5 April
    assert days(space, now)[:2] == ["2026-03-31T19:00+11:00", "2026-04-07T19:00+10:00"]


def test_upcoming_has_only_dates_that_are_known(space: StoredEvent) -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    fortnightly: dict[str, Any] = {"frequency": "biweekly", "rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"}
    assert days(space, now, **fortnightly) == []
    assert days(space, now, **fortnightly, starts_on="2026-11-10", start_time=None) == [
        "2026-11-24",
        "2026-12-08",
        "2026-12-22",
    ]
    assert days(space, now, rrule="FREQ=MONTHLY;BYDAY=1TU", timezone=None)[:2] == [
        "2026-12-01T19:00",
        "2027-01-05T19:00",
    ]
    assert days(space, now, rrule=None) == []
    until = Schedule("x", 2, frequency="weekly", rrule="FREQ=WEEKLY;BYDAY=TU;UNTIL=20261201T235959")
    assert days(space, now, rrule=until.rrule, start_time=None) == ["2026-11-24", "2026-12-01"]
    assert not has_passed(until, datetime(2026, 12, 1, 23, tzinfo=UTC))
    assert has_passed(until, datetime(2026, 12, 2, tzinfo=UTC))
    assert not has_passed(space.schedule, now)
    assert days(space, now, "on_break") == []
    assert days(space, now, "gone") == []
    assert days(space, now, frequency="once", rrule=None, starts_on="2026-11-23") == []
    assert days(space, now, frequency="once", rrule=None, starts_on="2026-12-01")[0].startswith("2026-12-01")
    for none in ("Nowhere/At_All", "Europe", "../UTC"):
        assert days(space, now, timezone=none)[0] == "2026-11-24T19:00"
    assert days(space, now, starts_on="2027-01-01")[0].startswith("2027-01-05")


def test_is_over_by_status_or_last_date(space: StoredEvent) -> None:
    now = datetime(2026, 12, 2, tzinfo=UTC)
    once = replace(space.schedule, frequency="once", rrule=None, starts_on="2026-12-01")
    statuses: dict[Status, bool] = {"active": False, "missing": False, "on_break": False, "gone": True}
    assert {status: is_over(replace(space, status=status), now) for status in statuses} == statuses
    assert is_over(replace(space, schedule=once), now)
    assert not is_over(replace(space, schedule=once), datetime(2026, 12, 1, 12, tzinfo=UTC))
    assert not is_over(replace(space, schedule=replace(once, starts_on=None)), now), "its date is unknown"
