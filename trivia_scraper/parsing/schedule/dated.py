"""Dated bookings and tickets of one place -> its nights."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import pairwise

from trivia_scraper.items import Frequency, Schedule
from trivia_scraper.parsing.schedule.words import WEEKDAYS

Night = tuple[int, str | None]
"""Weekday (1 = Monday) and "HH:MM"."""


def gather(
    occurrences: Iterable[tuple[date, str | None]], timezone: str | None = None, *, regular: bool = False
) -> list[Schedule]:
    """One Schedule per weekday and clock, in the order of their first dates; `raw` lists the dates.

    Dates a week apart are weekly, also when a holiday leaves one out; two weeks apart biweekly, counted from
    `starts_on`; one date is a night that happens once, on `starts_on`; any other dates are irregular.
    regular: the publisher lists these as a regular night, so that a single date is weekly too.
    """
    nights: dict[Night, set[date]] = {}
    for day, start_time in sorted(occurrences, key=lambda each: (each[0], each[1] or "")):
        nights.setdefault((day.isoweekday(), start_time), set()).add(day)
    return [_schedule(night, sorted(dates), timezone, regular) for night, dates in nights.items()]


def _schedule(night: Night, dates: list[date], timezone: str | None, regular: bool) -> Schedule:
    weekday, start_time = night
    frequency, rrule = _recurrence(WEEKDAYS[weekday - 1], dates, regular)
    return Schedule(
        raw=" ".join([", ".join(map(str, dates)), start_time or ""]).strip(),
        weekday=weekday,
        start_time=start_time,
        frequency=frequency,
        rrule=rrule,
        timezone=timezone,
        starts_on=str(dates[0]) if frequency in {"once", "biweekly"} else None,
    )


def _recurrence(day: str, dates: list[date], regular: bool) -> tuple[Frequency, str | None]:
    weeks = [(later - earlier).days // 7 for earlier, later in pairwise(dates)]
    if not weeks:
        return ("weekly", f"FREQ=WEEKLY;BYDAY={day}") if regular else ("once", None)
    # More than one date left out is no holiday any more.
    if 1 in weeks and sum(weeks) - len(weeks) <= max(1, len(weeks) // 4):
        return "weekly", f"FREQ=WEEKLY;BYDAY={day}"
    if set(weeks) == {2}:
        return "biweekly", f"FREQ=WEEKLY;INTERVAL=2;BYDAY={day}"
    return "irregular", None
