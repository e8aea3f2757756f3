"""Dated bookings and tickets of one place -> its nights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

from trivia_scraper.items import Frequency, Schedule
from trivia_scraper.parsing.schedule.dates import WEEKDAYS
from trivia_scraper.parsing.schedule.nights import read_nights

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


def booked(dates: Iterable[Any], following: str | None, timezone: str | None) -> list[Schedule]:
    """One Schedule per night, as `gather` makes them.

    dates: ISO dates of the bookings; what is none is left out. following: what the event's own page says of the next
    one, clock first ("8pm • Monday 13 Jul 2026"). Its clock holds for its weekday and for no other, and so does its
    text; a listed date before it on another weekday is over, or has moved.
    """
    days = set(filter(None, map(_date, dates)))
    clock, dot, day = (following or "").partition("•")
    try:
        (said,) = read_nights(f"{day} at {clock}" if dot else clock, timezone)
    except ValueError:  # no night, or not one
        return _beside(following, gather([(each, None) for each in days], timezone))
    if next_day := _date(said.starts_on):
        days = {each for each in days if each > next_day or each.isoweekday() == said.weekday} | {next_day}
    nights = gather([(each, said.start_time if each.isoweekday() == said.weekday else None) for each in days], timezone)
    if said.weekday not in {night.weekday for night in nights}:
        return _beside(following, nights)
    return [replace(night, raw=following or night.raw) if night.weekday == said.weekday else night for night in nights]


def _beside(words: str | None, nights: list[Schedule]) -> list[Schedule]:
    """With words in front of their dates that say nothing about them that can be read."""
    return [replace(night, raw="; ".join(filter(None, [words, night.raw]))) for night in nights]


def _date(value: Any) -> date | None:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return None
