"""Titles of dated tickets: "2025.10.07 [WTOREK] MK Bowling 19:00"."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, NamedTuple

from trivia_scraper.parsing.schedule.polish import weekday_of
from trivia_scraper.parsing.schedule.start_times import of_day
from trivia_scraper.parsing.text import clean

_TITLE = re.compile(
    r"(?P<year>\d{4})[.\-/](?P<month>\d{1,2})[.\-/](?P<day>\d{1,2})(?!\d)\.?\s*(?:\[(?P<weekday>[^\]]*)\])?\s*(?P<rest>.*)"
)
_CLOCK = (
    r"(?:\bgodz\w*\.?\s*|\bo\s+)?(?<![\d:.])(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?![\d:.]\d|\d)"
    r"(?:\s?[-–—]\s?\d{1,2}[:.]\d\d)?"
)


class Ticket(NamedTuple):
    date: date
    weekday: int
    """Of the date, which decides: 1 = Monday."""
    name: str | None
    start_time: str | None
    """"HH:MM"."""
    weekday_agrees: bool | None
    """Whether the title's own day is that of its date; None when it names none."""


def read_ticket(title: Any) -> Ticket | None:
    """None when the title does not begin with a date that exists."""
    found = _TITLE.match(clean(title) or "")
    if found is None:
        return None
    try:
        day = date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return None
    rest = found["rest"]
    clocks = list(re.finditer(_CLOCK, rest))
    last = clocks[-1] if clocks and (len(clocks) == 1 or not re.search(r"\w", rest[clocks[-1].end() :])) else None
    name = f"{rest[: last.start()]} {rest[last.end() :]}" if last else rest
    named = found["weekday"] and weekday_of(found["weekday"])
    return Ticket(
        date=day,
        weekday=day.isoweekday(),
        name=clean(re.sub(r"\(\s*\)", " ", name).strip(" -–—,;:|")),
        start_time=of_day(int(last["hour"]), int(last["minute"])) if last else None,
        weekday_agrees=named == day.isoweekday() if named else None,
    )
