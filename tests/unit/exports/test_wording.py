"""Schedules, fees, start times and countries in words."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from trivia_scraper.exports import wording
from trivia_scraper.items import Fee, Schedule

TUESDAYS = Schedule("x", 2, "19:00", "weekly", "FREQ=WEEKLY;BYDAY=TU", "Europe/London")


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({}, "Tuesdays, 7 pm"),
        ({"start_time": "19:30"}, "Tuesdays, 7:30 pm"),
        ({"start_time": "00:05"}, "Tuesdays, 12:05 am"),
        ({"start_time": None}, "Tuesdays, time not stated"),
        ({"time_assumed": True}, "Tuesdays, 7 pm (assumed)"),
        ({"frequency": "biweekly"}, "Every second Tuesday, 7 pm"),
        ({"frequency": "monthly", "rrule": "FREQ=MONTHLY;BYDAY=1TU,3TU"}, "First and third Tuesday of the month, 7 pm"),
        ({"frequency": "monthly", "rrule": "FREQ=MONTHLY;BYDAY=-1TU"}, "Last Tuesday of the month, 7 pm"),
        ({"frequency": "monthly", "rrule": None}, "Once a month, on a Tuesday, 7 pm"),
        ({"frequency": "irregular", "rrule": None}, "Tuesday, not regularly, 7 pm"),
        ({"rrule": "FREQ=WEEKLY;BYDAY=TU;UNTIL=20261201T235959"}, "Tuesdays until 1 December 2026, 7 pm"),
        ({"frequency": "once", "starts_on": "2026-12-01"}, "Tuesday 1 December 2026, 7 pm"),
        ({"weekday": None, "frequency": "irregular", "start_time": None}, "Day not stated, time not stated"),
    ],
)
def test_when_describes_schedules(changed: dict[str, Any], text: str) -> None:
    facts = {name: getattr(TUESDAYS, name) for name in Schedule.__dataclass_fields__}
    assert wording.describe_schedule(Schedule(**facts | changed), "GB").replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("fee", "text"),
    [
        (Fee(), "Fee not stated"),
        (Fee("from £10 to £20"), "Fee not clear"),
        (Fee(None, 0, "GBP"), "Free"),
        (Fee(None, 200, "GBP", "person"), "£2 per person"),
        (Fee(None, 50, "GBP"), "50p"),
        (Fee(None, 150, "GBP"), "£1.50"),
        (Fee(None, 50, "USD"), "$0.50"),
        (Fee(None, 250, "EUR"), "€2.50"),
        (Fee(None, 1500, "PLN"), "15 zł"),
        (Fee(None, 1000, "AED", "team"), "10 AED per team"),
        (Fee(None, 1000, None), "10 (currency not stated)"),
    ],
)
def test_fee_describes_fees(fee: Fee, text: str) -> None:
    assert wording.describe_fee(fee) == text


def test_wording_of_times_countries_and_phones() -> None:
    assert wording.format_time(time(19, 30), "PL") == "19:30"
    assert wording.format_time(time(12), "US") == "12\N{NO-BREAK SPACE}pm"
    assert wording.name_country("GB") == "United Kingdom"
    assert wording.name_country("PL") == "Poland"
    assert wording.name_country("XX") == "XX"
    assert [wording.in_country(code) for code in ("NL", "PL", "XX", None)] == [
        "in the Netherlands",
        "in Poland",
        "in an unknown country",
        "in an unknown country",
    ]
    assert wording.format_phone("+61255500101") == "+61 2 5550 0101"
    assert wording.format_phone("ask") == "ask"
