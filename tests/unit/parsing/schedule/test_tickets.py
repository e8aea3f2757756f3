"""Titles of tickets: date, name and start time."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trivia_scraper.parsing.schedule import Ticket, read_ticket

TUESDAY = date(2025, 10, 7)


TITLES: list[tuple[object, Ticket | None]] = [
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
]


def test_a_ticket_says_its_date_name_and_clock(subtests: pytest.Subtests) -> None:
    for title, expected in TITLES:
        with subtests.test(title=title):
            assert read_ticket(title) == expected


@settings(max_examples=150, deadline=None, derandomize=True)
@given(title=st.text(max_size=60) | st.text(max_size=40).map(lambda rest: f"2025.10.07 [WTOREK] {rest}"))
def test_no_title_makes_it_raise(title: str) -> None:
    found = read_ticket(title)
    assert found is None or found.weekday == found.date.isoweekday()
