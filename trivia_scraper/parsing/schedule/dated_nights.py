"""Turn dated bookings and tickets of a venue into nights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from trivia_scraper.clock import from_iso_date
from trivia_scraper.items import Schedule
from trivia_scraper.parsing.schedule.frequency import Recurrence, every_other_week, weekly
from trivia_scraper.parsing.schedule.nights import read_nights


def combine_dates(
    occurrences: Iterable[tuple[date, str | None]],
    timezone: str | None = None,
    *,
    regular: bool = False,
    today: date | None = None,
) -> list[Schedule]:
    """Return one Schedule per weekday and start time, in the order of the first dates. `raw` lists the dates.

    Dates a week apart are weekly, even if a holiday is missing. Dates two weeks apart are biweekly, from `starts_on`
    on. A single date is a night that happens once, on `starts_on`. Other dates are irregular.

    regular: the publisher calls this a regular night, so a single date is weekly too. today: the day on which the dates
    were listed. If the first date is at least a week after it, a weekly night gets that date as `starts_on`, because
    the publisher lists no night before it.
    """
    nights: dict[tuple[int, str | None], set[date]] = {}
    for day, start_time in sorted(occurrences, key=lambda each: (each[0], each[1] or "")):
        nights.setdefault((day.isoweekday(), start_time), set()).add(day)
    schedules = []
    for (weekday, start_time), days in nights.items():
        dates = sorted(days)
        raw = f"{', '.join(map(str, dates))} {start_time or ''}".strip()
        frequency, rrule = _recurrence(dates, regular)
        is_later = frequency == "weekly" and today is not None and starts_later(dates[0], today)
        starts_on = str(dates[0]) if is_later or frequency in {"once", "biweekly"} else None
        schedules.append(Schedule(raw, weekday, start_time, frequency, rrule, timezone, starts_on))
    return schedules


def starts_later(first: date, today: date) -> bool:
    """Return whether a weekly night whose next date is `first` is not held in the week from today on."""
    return first - today >= timedelta(weeks=1)


def _recurrence(dates: list[date], regular: bool) -> Recurrence:
    """Return the recurrence of sorted dates that are all on one weekday."""
    weekday = dates[0].isoweekday()
    weeks = [(later - earlier).days // 7 for earlier, later in pairwise(dates)]
    if not weeks:
        return weekly(weekday) if regular else ("once", None)
    # If at most one date or a quarter of the dates are missing, holidays are the likely reason.
    if 1 in weeks and sum(weeks) - len(weeks) <= max(1, len(weeks) // 4):
        return weekly(weekday)
    return every_other_week(weekday) if set(weeks) == {2} else ("irregular", None)


def read_bookings(
    dates: Iterable[Any], following: str | None, timezone: str | None, *, today: date | None = None
) -> list[Schedule]:
    """Return one Schedule per night, as `combine_dates` does.

    dates: ISO dates of the bookings; other texts are ignored. following: the text about the next booking on the event's
    own page, like "8pm • Monday 13 Jul 2026". Its start time and text apply only to nights on its weekday. Earlier
    listed dates on other weekdays are dropped, because they are over or were moved. today: as in `combine_dates`.
    """
    days = set(filter(None, map(from_iso_date, dates)))
    clock, dot, day = (following or "").partition("•")
    try:
        (said,) = read_nights(f"{day} at {clock}" if dot else clock, timezone)
    except ValueError:  # the text names no night, or several
        return _prepend_text(following, combine_dates([(each, None) for each in days], timezone, today=today))
    if next_day := from_iso_date(said.starts_on):
        days = {each for each in days if each > next_day or each.isoweekday() == said.weekday} | {next_day}
    nights = combine_dates(
        [(each, said.start_time if each.isoweekday() == said.weekday else None) for each in days],
        timezone,
        today=today,
    )
    if said.weekday not in {night.weekday for night in nights}:
        return _prepend_text(following, nights)
    return [replace(night, raw=following or night.raw) if night.weekday == said.weekday else night for night in nights]


def _prepend_text(words: str | None, nights: list[Schedule]) -> list[Schedule]:
    """Put a text that could not be read before the dates in `raw` of each night."""
    return [replace(night, raw="; ".join(filter(None, [words, night.raw]))) for night in nights]
