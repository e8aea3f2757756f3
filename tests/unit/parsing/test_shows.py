"""Tickets of a venue become its nights: kinds, weekdays, clocks, rhythm and the price of the first date."""

from __future__ import annotations

from itertools import permutations

import pytest

from trivia_scraper.parsing.schedule import read_ticket
from trivia_scraper.parsing.shows import Offer, shows

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
        for show in shows(found, venue, "Bydgoszcz", "Europe/Warsaw")
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
        # In a tab of everything and in that of its day.
        (on_shelf(night("Wed", (0,)), None) + on_shelf(night("Wed", (0,)), 3), [(None, 3, "19:00", "weekly")]),
        # Two rounds in one evening, two evenings in one week.
        (
            on_shelf(night("Wed", (0, 1)) + night("Wed", (0, 1), clock="21:00") + night("Thu", (0, 1)), 3),
            [(None, 3, "19:00", "weekly"), (None, 3, "21:00", "weekly"), (None, 4, "19:00", "weekly")],
        ),
        # A special night is nobody's regular one, though it is kept under its weekday.
        (
            on_shelf(night("Wed", (0, 1)) + night("Wed", (2,), "Zielony Żuraw – Quiz Filmowy"), 3),
            [(None, 3, "19:00", "weekly"), ("Quiz Filmowy", 3, "19:00", "once")],
        ),
        (on_shelf(night("Wed", (0,), "Liga, Zielony Żuraw"), 3), [("Liga", 3, "19:00", "once")]),
        # Where it is, and what it is called for short, makes it no special night.
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


def test_a_night_keeps_the_words_of_its_tickets_and_the_price_of_the_first() -> None:
    first, second = night("Wed", (0, 1))
    (show,) = shows(offers((second, "20 zł", 3), (first, "15 zł", 3)), "Zielony Żuraw", None, "Europe/Warsaw")
    assert (show.schedule.raw, show.price) == (f"{first}; {second}", "15 zł")
    assert (show.schedule.rrule, show.schedule.timezone) == ("FREQ=WEEKLY;BYDAY=WE", "Europe/Warsaw")
