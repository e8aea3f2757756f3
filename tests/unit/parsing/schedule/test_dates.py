"""Dates in texts, by the table schedules_dates.tsv."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest
from dateutil.rrule import rrulestr

from tests.support.schedules import TODAY, nights_of, rows
from trivia_scraper.parsing.schedule import read_nights


def test_dated_text_matches_its_row(subtests: pytest.Subtests) -> None:
    for text, elsewhere, *nights in rows("schedules_dates"):
        with subtests.test(text=text, elsewhere=elsewhere):
            hints = [] if elsewhere == "-" else elsewhere.split(" || ")
            assert nights_of(text, hints, TODAY) == nights


def test_date_without_year_needs_today(subtests: pytest.Subtests) -> None:
    for text, elsewhere, *_ in rows("schedules_dates"):
        if elsewhere == "-" and not re.search(r"\d{4}|/\d\d/", text):
            with subtests.test(text=text):
                assert not any(" from " in night for night in nights_of(text))


def test_date_must_match_weekday_and_be_near() -> None:
    assert nights_of("Tuesdays 7pm from 20 January", today=date(2026, 1, 10))[0].endswith(" from 2026-01-20")
    assert nights_of("Tuesdays 7pm from 20 January", today=date(2025, 12, 10))[0].endswith(" from 2026-01-20")
    assert nights_of("Tuesdays 7pm from 20 January", today=date(2026, 2, 10))[0].endswith(" from 2026-01-20")
    assert " from " not in nights_of("Tuesdays 7pm from 20 January", today=date(2026, 6, 10))[0]
    assert " from " not in nights_of("Tuesdays 7pm from 21 January", today=date(2026, 1, 10))[0]
    assert " from " not in nights_of("Tuesdays 7pm from 30 February", today=date(2026, 1, 10))[0]


@pytest.mark.parametrize("clock", ["12:00", "19:30", "23:59"])
@pytest.mark.parametrize("timezone", ["Europe/London", "Australia/Brisbane", "America/Los_Angeles"])
def test_last_night_is_included_in_until(clock: str, timezone: str) -> None:
    """In local time, across a change of clocks."""
    (night,) = read_nights(f"Tuesdays {clock} from 13 October until 3 November 2026", timezone, today=TODAY)
    wall = datetime.fromisoformat(f"{night.starts_on}T{night.start_time}")
    assert [f"{each:%m-%d %H:%M}" for each in rrulestr(str(night.rrule), dtstart=wall)] == [
        f"{day} {clock}" for day in ("10-13", "10-20", "10-27", "11-03")
    ]
