"""Dates and rules of calendars."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from trivia_scraper.exports.occurrences import iterate_upcoming_days
from trivia_scraper.parsing.schedule import calendars, read_dates, read_rule, read_start

LONDON = "Europe/London"
TODAY = date(2026, 11, 30)
FIRST = date(2026, 1, 6), "19:30"


@pytest.mark.parametrize(
    ("value", "timezone", "start"),
    [
        ("2026-12-01T19:30", LONDON, ("2026-12-01", "19:30")),
        ("2026-12-01 19:30:00", None, ("2026-12-01", "19:30")),
        ("2026-07-01T18:30:00.000Z", LONDON, ("2026-07-01", "19:30")),
        ("2026-07-01T18:30:00Z", None, None),
        ("2026-12-01T19:30:00-05:00", None, ("2026-12-01", "19:30")),
        ("2026-12-02T00:30:00Z", "America/New_York", ("2026-12-01", "19:30")),
        (datetime(2026, 12, 1, 19, 30, tzinfo=UTC), LONDON, ("2026-12-01", "19:30")),
        (date(2026, 12, 1), None, ("2026-12-01", None)),
        ("2026-12-01", LONDON, ("2026-12-01", None)),
        ("2026-12-01T00:00:00", LONDON, ("2026-12-01", None)),
        ("0001-01-01T00:00+14:00", LONDON, None),
        ("next Tuesday", LONDON, None),
        ("2026-12-01T19:30" + " " * 100, LONDON, ("2026-12-01", "19:30")),
        (20261201, LONDON, None),
        (None, LONDON, None),
        ([], LONDON, None),
    ],
)
def test_start_is_local(value: Any, timezone: str | None, start: tuple[str, str | None] | None) -> None:
    found = read_start(value, timezone)
    assert (found and (str(found[0]), found[1])) == start


def test_start_in_an_unknown_zone_is_missing() -> None:
    assert read_start("2026-12-01T19:30Z", "America") is None


@pytest.mark.parametrize(
    ("rule", "nights"),
    [
        ("FREQ=WEEKLY;BYDAY=TU", [(2, "weekly", "FREQ=WEEKLY;BYDAY=TU", None)]),
        ("RRULE:FREQ=WEEKLY", [(2, "weekly", "FREQ=WEEKLY;BYDAY=TU", None)]),
        (
            "FREQ=WEEKLY;INTERVAL=1;BYDAY=TU,TH,TU",
            [(2, "weekly", "FREQ=WEEKLY;BYDAY=TU", None), (4, "weekly", "FREQ=WEEKLY;BYDAY=TH", None)],
        ),
        ("FREQ=WEEKLY;UNTIL=20270131T235959Z", [(2, "weekly", "FREQ=WEEKLY;BYDAY=TU;UNTIL=20270131T235959", None)]),
        ("FREQ=WEEKLY;UNTIL=20260301", []),
        ("FREQ=WEEKLY;COUNT=3", []),
        ("FREQ=WEEKLY;COUNT=60", [(2, "weekly", "FREQ=WEEKLY;BYDAY=TU;UNTIL=20270223T235959", None)]),
        ("FREQ=WEEKLY;COUNT=600", [(2, "weekly", "FREQ=WEEKLY;BYDAY=TU", None)]),
        ("FREQ=WEEKLY;INTERVAL=2", [(2, "biweekly", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "2026-01-06")]),
        ("FREQ=MONTHLY;BYDAY=1TU", [(2, "monthly", "FREQ=MONTHLY;BYDAY=1TU", None)]),
        ("FREQ=MONTHLY;BYDAY=+1TU,3TU", [(2, "monthly", "FREQ=MONTHLY;BYDAY=1TU,3TU", None)]),
        ("FREQ=MONTHLY;BYDAY=TU;BYSETPOS=-1", [(2, "monthly", "FREQ=MONTHLY;BYDAY=-1TU", None)]),
        ("FREQ=MONTHLY;BYDAY=1TU;INTERVAL=2", [(2, "irregular", None, None)]),
    ],
)
def test_rule_gives_nights(rule: str, nights: list[tuple[Any, ...]]) -> None:
    found = read_rule(rule, FIRST, LONDON, TODAY)
    assert found is not None
    assert [(night.weekday, night.frequency, night.rrule, night.starts_on) for night in found] == nights
    assert {(night.start_time, night.timezone) for night in found} <= {("19:30", LONDON)}


@pytest.mark.parametrize(
    "rule",
    [
        *(None, 5, "", "FREQ=SECONDLY", "FREQ=YEARLY", "FREQ=WEEKLY;BYDAY=XX", "x=y;FREQ=WEEKLY"),
        *("FREQ=DAILY;BYDAY=TU", "FREQ=MONTHLY;BYDAY=5TU;INTERVAL=2", "FREQ=WEEKLY;UNTIL=20271399"),
    ],
)
def test_unsupported_rule_gives_none(rule: Any) -> None:
    assert read_rule(rule, FIRST, LONDON, TODAY) is None


@pytest.mark.parametrize(
    ("until", "last"),
    [
        ("20261216", "20261216"),
        ("20261216T193000", "20261216"),
        ("20261216T192959", "20261215"),
        ("20261216T075959Z", "20261215"),  # what Google writes if the series changes on 16 December
        ("20261217T033000Z", "20261216"),
    ],
)
def test_until_is_the_last_local_day(until: str, last: str) -> None:
    rule = f"FREQ=WEEKLY;BYDAY=WE;UNTIL={until}"
    (night,) = read_rule(rule, (date(2026, 1, 7), "19:30"), "America/Los_Angeles", TODAY) or []
    assert night.rrule == f"FREQ=WEEKLY;BYDAY=WE;UNTIL={last}T235959"


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("FREQ=WEEKLY;BYDAY=WE,MO", [2, 7]),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=WE", [2]),
        ("FREQ=WEEKLY", [2]),
        ("FREQ=MONTHLY;BYDAY=1WE", None),
        ("FREQ=MONTHLY", None),
    ],
)
def test_days_of_a_rule_in_another_zone_are_shifted(rule: str, days: list[int] | None) -> None:
    found = read_rule(rule, FIRST, LONDON, TODAY, shift=-1)
    assert (None if found is None else [night.weekday for night in found]) == days
    assert all(night.raw.startswith(rule) for night in found or [])


@pytest.mark.parametrize("rule", ["FREQ=DAILY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH", "FREQ=DAILY;INTERVAL=3"])
def test_skipped_past_changes_no_date(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = dict(part.split("=") for part in rule.split(";"))
    found = calendars._dates_of_rule(parts, date(2000, 1, 1), TODAY, None)
    monkeypatch.setattr(calendars, "_skip_past", lambda rule, first, earliest: first)
    assert found == calendars._dates_of_rule(parts, date(2000, 1, 1), TODAY, None)


def test_rule_of_the_future_has_its_first_date() -> None:
    (night,) = read_rule("FREQ=WEEKLY", (date(2027, 1, 5), None), LONDON, TODAY) or []
    assert (night.starts_on, night.start_time) == ("2027-01-05", None)


def test_raw_of_a_rule_is_the_same_every_day() -> None:
    for rule in ("FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2", "FREQ=MONTHLY;BYDAY=1TU"):
        assert read_rule(rule, FIRST, LONDON, TODAY) == read_rule(rule, FIRST, LONDON, TODAY + timedelta(days=9))


def test_left_out_dates_do_not_count() -> None:
    dates = {TODAY + timedelta(days=number) for number in range(400)}
    assert read_rule("FREQ=WEEKLY;COUNT=60", FIRST, LONDON, TODAY, dates) == []


@pytest.mark.parametrize(
    ("rule", "left_out", "night"),
    [
        ("FREQ=WEEKLY", "2026-12-22", ("weekly", None)),
        ("FREQ=WEEKLY", "2026-12-23", ("weekly", "FREQ=WEEKLY;BYDAY=TU")),
        ("FREQ=WEEKLY", "2026-11-03", ("weekly", "FREQ=WEEKLY;BYDAY=TU")),
        ("FREQ=MONTHLY;BYDAY=1TU", "2027-01-05", ("monthly", None)),
        ("FREQ=WEEKLY;COUNT=60", "2026-12-22", ("irregular", None)),
        ("FREQ=WEEKLY;COUNT=60", "2026-11-03", ("weekly", "FREQ=WEEKLY;BYDAY=TU;UNTIL=20270223T235959")),
    ],
)
def test_rule_has_no_date_that_is_left_out(rule: str, left_out: str, night: tuple[str, str | None]) -> None:
    (found,) = read_rule(rule, FIRST, LONDON, TODAY, [date.fromisoformat(left_out)]) or []
    assert (found.frequency, found.rrule) == night
    assert (f"not on {left_out}" in found.raw) == (left_out > str(TODAY))


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;INTERVAL=7;BYDAY=WE",
        "FREQ=MONTHLY;INTERVAL=12;BYDAY=5TU",
        "FREQ=DAILY;COUNT=999",
        "FREQ=MONTHLY;BYDAY=5SU;BYSETPOS=5;INTERVAL=12",
    ],
)
def test_rule_without_dates_ends_soon(rule: str) -> None:
    began = time.process_time()
    read_rule(rule, (date(2000, 1, 1), None), LONDON, TODAY)
    assert time.process_time() - began < 1


def test_past_dates_only_decide_frequency() -> None:
    dates = [(date(2026, 11, 24), "20:00"), (date(2026, 12, 1), "20:00"), (date(2026, 11, 25), "19:00")]
    (night,) = read_dates(dates, LONDON, TODAY)
    assert (night.weekday, night.frequency, night.raw) == (2, "weekly", "2026-11-24, 2026-12-01 20:00")


TUESDAYS = "FREQ=WEEKLY;BYDAY=TU;UNTIL="


@pytest.mark.parametrize(
    ("days", "night"),
    [
        ("1 8 15 22", ("weekly", f"{TUESDAYS}20261222T235959", None)),
        ("1 8 22", ("irregular", None, None)),
        ("8 15 22", ("weekly", f"{TUESDAYS}20261222T235959", "2026-12-08")),
        ("1 15 29", ("biweekly", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=20261229T235959", "2026-12-01")),
        ("22", ("once", None, "2026-12-22")),
    ],
)
def test_listed_dates_are_the_only_ones(days: str, night: tuple[str, str | None, str | None]) -> None:
    dates = [date(2026, 12, int(day)) for day in days.split()]
    (found,) = read_dates([(day, "19:30") for day in dates], LONDON, TODAY)
    assert (found.frequency, found.rrule, found.starts_on) == night
    assert list(iterate_upcoming_days(found, TODAY)) == (dates if found.frequency != "irregular" else [])
    assert all(str(day) in found.raw for day in dates)


def test_dates_far_away_are_ignored() -> None:
    assert read_dates([(date(2099, 1, 1), None), (date(2020, 1, 1), None)], LONDON, TODAY) == []
