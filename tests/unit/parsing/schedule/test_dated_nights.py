"""Dated bookings and tickets become nights."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from trivia_scraper.items import Schedule
from trivia_scraper.parsing.schedule import combine_dates, read_bookings

TUESDAY = date(2025, 10, 7)
WEEK = timedelta(days=7)


def weeks(*numbers: int, start_time: str | None = "19:00") -> list[tuple[date, str | None]]:
    return [(TUESDAY + number * WEEK, start_time) for number in numbers]


@pytest.mark.parametrize(
    ("occurrences", "expected"),
    [
        ([], []),
        (weeks(0), [("19:00", "once", None, "2025-10-07")]),
        (weeks(0, 0), [("19:00", "once", None, "2025-10-07")]),
        (weeks(0, 1), [("19:00", "weekly", "FREQ=WEEKLY;BYDAY=TU", None)]),
        (weeks(2, 0, 1), [("19:00", "weekly", "FREQ=WEEKLY;BYDAY=TU", None)]),
        # One date is missing because of a holiday.
        (weeks(0, 1, 3), [("19:00", "weekly", "FREQ=WEEKLY;BYDAY=TU", None)]),
        (weeks(0, 2), [("19:00", "biweekly", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "2025-10-07")]),
        (weeks(1, 3, 5), [("19:00", "biweekly", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "2025-10-14")]),
        (weeks(0, 3), [("19:00", "irregular", None, None)]),
        (weeks(0, 1, 4, 6), [("19:00", "irregular", None, None)]),
        (weeks(0, 4, 8), [("19:00", "irregular", None, None)]),
        (weeks(0, 1, start_time=None), [(None, "weekly", "FREQ=WEEKLY;BYDAY=TU", None)]),
        (
            [*weeks(0, 1), *weeks(2, start_time="21:00")],
            [("19:00", "weekly", "FREQ=WEEKLY;BYDAY=TU", None), ("21:00", "once", None, "2025-10-21")],
        ),
    ],
)
def test_dates_decide_the_recurrence(
    occurrences: list[tuple[date, str | None]], expected: list[tuple[object, ...]]
) -> None:
    found = combine_dates(occurrences, "Europe/Warsaw")
    assert [(each.start_time, each.frequency, each.rrule, each.starts_on) for each in found] == expected
    assert all((each.weekday, each.timezone, each.time_assumed) == (2, "Europe/Warsaw", False) for each in found)


def test_single_date_of_regular_night_is_weekly() -> None:
    (night,) = combine_dates(weeks(0), regular=True)
    assert night == Schedule("2025-10-07 19:00", 2, "19:00", "weekly", "FREQ=WEEKLY;BYDAY=TU")


@pytest.mark.parametrize(("today", "starts_on"), [(date(2025, 10, 1), None), (date(2025, 9, 30), "2025-10-07")])
def test_weekly_night_has_no_date_before_the_first_listed_one(today: date, starts_on: str | None) -> None:
    (night,) = combine_dates(weeks(0, 1), today=today)
    assert (night.frequency, night.starts_on) == ("weekly", starts_on)


def test_nights_are_ordered_by_first_date() -> None:
    friday = date(2025, 10, 3)
    found = combine_dates([*weeks(0, 1), (friday, "20:30")])
    assert [(each.weekday, each.raw) for each in found] == [
        (5, "2025-10-03 20:30"),
        (2, "2025-10-07, 2025-10-14 19:00"),
    ]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    occurrences=st.lists(
        st.tuples(st.dates(date(2025, 1, 1), date(2026, 12, 31)), st.sampled_from(["19:00", "20:30", None])),
        max_size=12,
    )
)
def test_dates_are_neither_lost_nor_invented(occurrences: list[tuple[date, str | None]]) -> None:
    found = combine_dates(occurrences)
    raw = {(each.start_time, day) for each in found for day in each.raw.split(f" {each.start_time}")[0].split(", ")}
    assert raw == {(start_time, str(day)) for day, start_time in occurrences}
    for each in found:
        own = sorted(day for day, start_time in set(occurrences) if start_time == each.start_time)
        own = [day for day in own if day.isoweekday() == each.weekday]
        assert (each.frequency == "once") is (len(own) == 1)
        if each.rrule:
            first = rrulestr(each.rrule, dtstart=own[0])
            assert all(first.after(first._dtstart, inc=True) is not None for _ in own)
            expanded = {night.date() for night in first.between(first._dtstart, first._dtstart + 104 * WEEK, inc=True)}
            assert set(own) <= expanded


MONDAY = "8pm • Monday 13 Jul 2026"


@pytest.mark.parametrize(
    ("dates", "following", "nights"),
    [
        (["2026-07-13"], MONDAY, [(1, "20:00", "once", "2026-07-13", MONDAY)]),
        ([], MONDAY, [(1, "20:00", "once", "2026-07-13", MONDAY)]),
        (["2026-07-13"], None, [(1, None, "once", "2026-07-13", "2026-07-13")]),
        (["2026-07-13"], "", [(1, None, "once", "2026-07-13", "2026-07-13")]),
        (["2026-07-13", "2026-07-20"], MONDAY, [(1, "20:00", "weekly", None, MONDAY)]),
        (["2026-07-06"], MONDAY, [(1, "20:00", "weekly", None, MONDAY)]),
        (["2026-07-13", "2026-07-27"], MONDAY, [(1, "20:00", "biweekly", "2026-07-13", MONDAY)]),
        (
            ["2026-07-15", "2026-07-13"],
            MONDAY,
            [(1, "20:00", "once", "2026-07-13", MONDAY), (3, None, "once", "2026-07-15", "2026-07-15")],
        ),
        # The page was read last: what is listed before its date, on another day, has moved or is over.
        (["2026-07-12"], MONDAY, [(1, "20:00", "once", "2026-07-13", MONDAY)]),
        # A weekday that contradicts its date: neither the date nor its start time is used.
        (
            ["2026-07-13"],
            "8pm • Tuesday 13 Jul 2026",
            [(1, None, "once", "2026-07-13", "8pm • Tuesday 13 Jul 2026; 2026-07-13")],
        ),
        (["2026-07-13"], "00:00 • Monday 13 Jul 2026", [(1, None, "once", "2026-07-13", "00:00 • Monday 13 Jul 2026")]),
        (["2026-07-13"], "Monday 13 Jul 2026", [(1, None, "once", "2026-07-13", "Monday 13 Jul 2026")]),
        (["2026-07-13"], "soon", [(1, None, "once", "2026-07-13", "soon; 2026-07-13")]),
        (["13/07/2026", None, 20260713, ""], "soon", []),
    ],
)
def test_listing_dates_get_the_start_time_of_the_page(
    dates: list[Any], following: str | None, nights: list[tuple[Any, ...]]
) -> None:
    found = read_bookings(dates, following, "Europe/London")
    assert [(each.weekday, each.start_time, each.frequency, each.starts_on, each.raw) for each in found] == nights


@pytest.mark.parametrize("clock", ["7pm", "7:00 PM", "7", "7.00pm", "1900", "19:00", "700pm", "7p", "7 p.m."])
def test_start_time_spellings_are_read(clock: str) -> None:
    (night,) = read_bookings([], f"{clock} • Monday 13 Jul 2026", None)
    assert night.start_time == "19:00"


@given(st.lists(st.dates(date(2020, 1, 1), date(2030, 1, 1)), max_size=6), st.text("78apm:. •MondayTues", max_size=20))
def test_start_time_applies_to_its_weekday_only(dates: list[date], text: str) -> None:
    nights = read_bookings(map(str, dates), text, None)
    assert len({night.weekday for night in nights if night.start_time}) <= 1
    assert {each.isoweekday() for each in dates} <= {night.weekday for night in nights}
