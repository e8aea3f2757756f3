"""Dated bookings and tickets become nights."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from trivia_scraper.items import Schedule
from trivia_scraper.parsing.schedule import gather

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
        # A holiday leaves one out.
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
def test_dates_of_one_night_say_how_often_it_is(
    occurrences: list[tuple[date, str | None]], expected: list[tuple[object, ...]]
) -> None:
    found = gather(occurrences, "Europe/Warsaw")
    assert [(each.start_time, each.frequency, each.rrule, each.starts_on) for each in found] == expected
    assert all((each.weekday, each.timezone, each.time_assumed) == (2, "Europe/Warsaw", False) for each in found)


def test_a_single_date_of_a_regular_night_is_weekly() -> None:
    (night,) = gather(weeks(0), regular=True)
    assert night == Schedule("2025-10-07 19:00", 2, "19:00", "weekly", "FREQ=WEEKLY;BYDAY=TU")


def test_nights_come_in_the_order_of_their_first_dates_and_keep_all_dates() -> None:
    friday = date(2025, 10, 3)
    found = gather([*weeks(0, 1), (friday, "20:30")])
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
def test_no_dates_are_lost_and_none_is_invented(occurrences: list[tuple[date, str | None]]) -> None:
    found = gather(occurrences)
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
