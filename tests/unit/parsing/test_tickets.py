"""Tickets: date, name and start time of a title, and the nights that they become."""

from __future__ import annotations

from datetime import date
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trivia_scraper.parsing.tickets import Offer, Ticket, group_offers, read_ticket, without_known_words

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
    # The date decides, and the disagreement is reported.
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
    # The start time is at the end; a name may look like one.
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


def test_ticket_has_date_name_and_start_time(subtests: pytest.Subtests) -> None:
    for title, expected in TITLES:
        with subtests.test(title=title):
            assert read_ticket(title) == expected


@settings(max_examples=150, deadline=None, derandomize=True)
@given(title=st.text(max_size=60) | st.text(max_size=40).map(lambda rest: f"2025.10.07 [WTOREK] {rest}"))
def test_ticket_title_never_raises(title: str) -> None:
    found = read_ticket(title)
    assert found is None or found.weekday == found.date.isoweekday()


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("Zielony Żuraw – Quiz Filmowy", "Quiz Filmowy"),
        ("Zielony Żuraw", None),
        ("ZIELONY ZURAW (Bydgoszcz)", None),
        ("Liga – finał, Zielony Żuraw", "Liga finał"),
        ("Zielony-Żuraw", None),
        ("Zielony Żuraw 2", "2"),
        (None, None),
    ],
)
def test_known_words_are_removed(name: str | None, left: str | None) -> None:
    assert without_known_words(name, "Zielony Żuraw", None, "Bydgoszcz") == left


Row = tuple[str, str | None, int | None]
OCTOBER = {"Wed": (1, 8, 15, 22, 29), "Thu": (2, 9, 16), "Sat": (4, 11, 18)}  # of 2025


def night(day: str, which: tuple[int, ...], name: str = "Zielony Żuraw", clock: str = "19:00") -> list[str]:
    return [f"2025.10.{OCTOBER[day][number]:02} [X] {name} {clock}" for number in which]


def offers(*rows: Row) -> list[Offer]:
    found = []
    for title, price, shelf in rows:
        ticket = read_ticket(title)
        assert ticket is not None
        found.append(Offer(ticket, title, price, shelf))
    return found


def read(found: list[Offer], venue: str = "Zielony Żuraw") -> list[tuple[str | None, int | None, str | None, str]]:
    return [
        (show.special, show.schedule.weekday, show.schedule.start_time, show.schedule.frequency)
        for show in group_offers(found, venue, "Bydgoszcz", "Europe/Warsaw")
    ]


def on_shelf(titles: list[str], shelf: int | None) -> list[Row]:
    return [(title, "15 zł", shelf) for title in titles]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (on_shelf(night("Wed", (0, 1)), 3), [(None, 3, "19:00", "weekly")]),
        (on_shelf(night("Wed", (0, 2, 4)), 3), [(None, 3, "19:00", "biweekly")]),
        (on_shelf(night("Wed", (0,)), 3), [(None, 3, "19:00", "weekly")]),
        (on_shelf(night("Wed", (0,)), None), [(None, 3, "19:00", "once")]),
        (on_shelf(night("Wed", (0,)), 2), [(None, 3, "19:00", "once")]),
        # In the category of all tickets and in that of its weekday.
        (on_shelf(night("Wed", (0,)), None) + on_shelf(night("Wed", (0,)), 3), [(None, 3, "19:00", "weekly")]),
        # Two rounds in one evening, two evenings in one week.
        (
            on_shelf(night("Wed", (0, 1)) + night("Wed", (0, 1), clock="21:00") + night("Thu", (0, 1)), 3),
            [(None, 3, "19:00", "weekly"), (None, 3, "21:00", "weekly"), (None, 4, "19:00", "weekly")],
        ),
        # A special night is never regular, even in the category of its weekday.
        (
            on_shelf(night("Wed", (0, 1)) + night("Wed", (2,), "Zielony Żuraw – Quiz Filmowy"), 3),
            [(None, 3, "19:00", "weekly"), ("Quiz Filmowy", 3, "19:00", "once")],
        ),
        (on_shelf(night("Wed", (0,), "Liga, Zielony Żuraw"), 3), [("Liga", 3, "19:00", "once")]),
        # The place and a short name do not make it a special night.
        (on_shelf(night("Wed", (0,), "Żuraw Bydgoszcz"), 3), [(None, 3, "19:00", "weekly")]),
        (on_shelf(night("Wed", (0,), "Zielony Żuraw Ogródek"), 3), [(None, 3, "19:00", "weekly")]),
        (
            on_shelf(
                night("Wed", (0, 1), "Zielony Żuraw Ogródek") + night("Sat", (0,), "Zielony Żuraw Ogródek – Finał"), 3
            ),
            [(None, 3, "19:00", "weekly"), ("Finał", 6, "19:00", "once")],
        ),
        ([], []),
    ],
)
def test_tickets_become_nights(rows: list[Row], expected: list[tuple[str | None, int, str, str]]) -> None:
    found = offers(*rows)
    assert read(found) == expected
    for order in list(permutations(found))[:24]:
        assert sorted(read(list(order)), key=str) == sorted(expected, key=str)


def test_show_has_titles_and_first_price() -> None:
    first, second = night("Wed", (0, 1))
    (show,) = group_offers(offers((second, "20 zł", 3), (first, "15 zł", 3)), "Zielony Żuraw", None, "Europe/Warsaw")
    assert (show.schedule.raw, show.price) == (f"{first}; {second}", "15 zł")
    assert (show.schedule.rrule, show.schedule.timezone) == ("FREQ=WEEKLY;BYDAY=WE", "Europe/Warsaw")
