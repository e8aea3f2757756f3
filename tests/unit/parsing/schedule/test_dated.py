"""Dated bookings and tickets become nights."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from trivia_scraper.items import Schedule
from trivia_scraper.parsing.schedule import Ticket, gather, read_ticket

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


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("2025.10.07 [WTOREK] MK Bowling 19:00", Ticket(TUESDAY, 2, "MK Bowling", "19:00", True)),
        ("2025.10.08 [ŚRODA] X 19:00", Ticket(date(2025, 10, 8), 3, "X", "19:00", True)),
        ("2025.10.08 [SRODA] X 19:00", Ticket(date(2025, 10, 8), 3, "X", "19:00", True)),
        ("2025.10.10 [PIĄTEK] X 20:30", Ticket(date(2025, 10, 10), 5, "X", "20:30", True)),
        ("2025.10.12 [NIEDZIELA] X 18:00", Ticket(date(2025, 10, 12), 7, "X", "18:00", True)),
        ("2025.10.13 [PONIEDZIAŁEK] X 9:30", Ticket(date(2025, 10, 13), 1, "X", "09:30", True)),
        (
            "2025.10.10 [PIĄTEK] Zielony Żuraw – Quiz Filmowy 20:30",
            Ticket(date(2025, 10, 10), 5, "Zielony Żuraw – Quiz Filmowy", "20:30", True),
        ),
        # The date decides, and the disagreement is told.
        ("2025.10.08 [WTOREK] X 19:00", Ticket(date(2025, 10, 8), 3, "X", "19:00", False)),
        ("2025.10.07 X 19:00", Ticket(TUESDAY, 2, "X", "19:00", None)),
        ("2025.10.07 [FINAŁ] X 19:00", Ticket(TUESDAY, 2, "X", "19:00", None)),
        ("2025.10.07 [WTOREK] MK Bowling", Ticket(TUESDAY, 2, "MK Bowling", None, True)),
        ("2025.10.07 [WTOREK] MK Bowling 00:00", Ticket(TUESDAY, 2, "MK Bowling", None, True)),
        ("2025.10.07 [WTOREK] MK Bowling 25:00", Ticket(TUESDAY, 2, "MK Bowling", None, True)),
        ("2025.10.07 [WTOREK] MK Bowling - 19.00", Ticket(TUESDAY, 2, "MK Bowling", "19:00", True)),
        ("2025.10.07 [WTOREK] MK Bowling, godz. 19:00", Ticket(TUESDAY, 2, "MK Bowling", "19:00", True)),
        ("2025.10.07 [WTOREK] MK Bowling 19:00-21:00", Ticket(TUESDAY, 2, "MK Bowling", "19:00", True)),
        ("2025.10.07 [WTOREK] MK Bowling 19:00 – 21.30", Ticket(TUESDAY, 2, "MK Bowling", "19:00", True)),
        ("2025.10.07 [wtorek] MK Bowling (19:00)", Ticket(TUESDAY, 2, "MK Bowling", "19:00", True)),
        ("2025.10.07 [WT] MK Bowling 19:00", Ticket(TUESDAY, 2, "MK Bowling", "19:00", None)),
        ("2025-10-07 [WTOREK] MK Bowling 19:00", Ticket(TUESDAY, 2, "MK Bowling", "19:00", True)),
        ("2025.1.7 [WTOREK] X 19:00", Ticket(date(2025, 1, 7), 2, "X", "19:00", True)),
        # The clock stands at the end; a name may look like one.
        ("2025.10.07 [WTOREK] Bar 20:20 19:00", Ticket(TUESDAY, 2, "Bar 20:20", "19:00", True)),
        ("2025.10.07 [WTOREK] Pub 19:00 online", Ticket(TUESDAY, 2, "Pub online", "19:00", True)),
        ("2025.10.07 [WTOREK] 18:00 lub 20:00 do wyboru", Ticket(TUESDAY, 2, "18:00 lub 20:00 do wyboru", None, True)),
        ("2025.10.07", Ticket(TUESDAY, 2, None, None, None)),
        ("2025.02.30 [PIĄTEK] X 19:00", None),
        ("2025.13.01 [PIĄTEK] X 19:00", None),
        ("0000.01.01 X 19:00", None),
        ("07.10.2025 [WTOREK] X 19:00", None),
        ("Karnet [WTOREK] X 19:00", None),
        ("Voucher 50 zł", None),
        ("", None),
        (None, None),
        (20251007, None),
    ],
)
def test_a_ticket_says_its_date_name_and_clock(title: object, expected: Ticket | None) -> None:
    assert read_ticket(title) == expected


@settings(max_examples=150, deadline=None, derandomize=True)
@given(title=st.text(max_size=60) | st.text(max_size=40).map(lambda rest: f"2025.10.07 [WTOREK] {rest}"))
def test_no_title_makes_it_raise(title: str) -> None:
    found = read_ticket(title)
    assert found is None or found.weekday == found.date.isoweekday()
