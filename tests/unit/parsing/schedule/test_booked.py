"""Nights of a listing that names dates, with the start time of a page."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trivia_scraper.parsing.schedule import booked

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
        # A weekday that is not the date's is no date, and its clock is for nobody.
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
def test_dates_of_the_listing_and_the_clock_of_the_page(
    dates: list[Any], following: str | None, nights: list[tuple[Any, ...]]
) -> None:
    found = booked(dates, following, "Europe/London")
    assert [(each.weekday, each.start_time, each.frequency, each.starts_on, each.raw) for each in found] == nights


@pytest.mark.parametrize("clock", ["7pm", "7:00 PM", "7", "7.00pm", "1900", "19:00", "700pm", "7p", "7 p.m."])
def test_every_spelling_of_a_clock(clock: str) -> None:
    (night,) = booked([], f"{clock} • Monday 13 Jul 2026", None)
    assert night.start_time == "19:00"


@given(st.lists(st.dates(date(2020, 1, 1), date(2030, 1, 1)), max_size=6), st.text("78apm:. •MondayTues", max_size=20))
def test_no_page_adds_a_clock_to_another_weekday(dates: list[date], text: str) -> None:
    nights = booked(map(str, dates), text, None)
    assert len({night.weekday for night in nights if night.start_time}) <= 1
    assert {each.isoweekday() for each in dates} <= {night.weekday for night in nights}
