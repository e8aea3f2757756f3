"""Dated bookings and tickets of one place -> its nights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

from trivia_scraper.clock import from_iso_date
from trivia_scraper.items import Schedule
from trivia_scraper.parsing.schedule.frequency import Recurrence, every_other_week, weekly
from trivia_scraper.parsing.schedule.nights import read_nights


def gather(
    occurrences: Iterable[tuple[date, str | None]], timezone: str | None = None, *, regular: bool = False
) -> list[Schedule]:
    """Return one Schedule per weekday and clock, in the order of their first dates; `raw` lists the dates.

    Dates a week apart are weekly, also when a holiday leaves one out; two weeks apart biweekly, counted from
    `starts_on`; one date is a night that happens once, on `starts_on`; any other dates are irregular.
    regular: the publisher lists these as a regular night, so that a single date is weekly too.
    """
    nights: dict[tuple[int, str | None], set[date]] = {}
    for day, start_time in sorted(occurrences, key=lambda each: (each[0], each[1] or "")):
        nights.setdefault((day.isoweekday(), start_time), set()).add(day)
    schedules = []
    for (weekday, start_time), days in nights.items():
        dates = sorted(days)
        raw = f"{', '.join(map(str, dates))} {start_time or ''}".strip()
        frequency, rrule = _recurrence(dates, regular)
        starts_on = str(dates[0]) if frequency in {"once", "biweekly"} else None
        schedules.append(Schedule(raw, weekday, start_time, frequency, rrule, timezone, starts_on))
    return schedules


def _recurrence(dates: list[date], regular: bool) -> Recurrence:
    """Return how often a night is that has these dates, all on one weekday."""
    weekday = dates[0].isoweekday()
    weeks = [(later - earlier).days // 7 for earlier, later in pairwise(dates)]
    if not weeks:
        return weekly(weekday) if regular else ("once", None)
    # More than one date left out is not a holiday any more.
    if 1 in weeks and sum(weeks) - len(weeks) <= max(1, len(weeks) // 4):
        return weekly(weekday)
    return every_other_week(weekday) if set(weeks) == {2} else ("irregular", None)


def booked(dates: Iterable[Any], following: str | None, timezone: str | None) -> list[Schedule]:
    """Return one Schedule per night, as `gather` makes them.

    dates: ISO dates of the bookings; anything else is left out. following: what the event's own page says of the next
    one, clock first ("8pm • Monday 13 Jul 2026"). Its clock holds for its weekday and for no other, and so does its
    text; a listed date before it on another weekday is over, or has moved.
    """
    days = set(filter(None, map(from_iso_date, dates)))
    clock, dot, day = (following or "").partition("•")
    try:
        (said,) = read_nights(f"{day} at {clock}" if dot else clock, timezone)
    except ValueError:  # no night, or not one
        return _beside(following, gather([(each, None) for each in days], timezone))
    if next_day := from_iso_date(said.starts_on):
        days = {each for each in days if each > next_day or each.isoweekday() == said.weekday} | {next_day}
    nights = gather([(each, said.start_time if each.isoweekday() == said.weekday else None) for each in days], timezone)
    if said.weekday not in {night.weekday for night in nights}:
        return _beside(following, nights)
    return [replace(night, raw=following or night.raw) if night.weekday == said.weekday else night for night in nights]


def _beside(words: str | None, nights: list[Schedule]) -> list[Schedule]:
    """Put words that cannot be read in front of the nights' dates."""
    return [replace(night, raw="; ".join(filter(None, [words, night.raw]))) for night in nights]
