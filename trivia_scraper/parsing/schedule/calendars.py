"""Read dates, start times and nights from calendars and structured data. Pure. Bad input gives None or nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.rrule import rrulestr

from trivia_scraper.clock import from_iso_date
from trivia_scraper.items import WEEKDAYS, Frequency, Schedule
from trivia_scraper.parsing.schedule.dated_nights import combine_dates, starts_later
from trivia_scraper.parsing.text import clean

Date = tuple[date, str | None]
"""A date and its start time, or None if it is not stated."""

KEPT_BEFORE = timedelta(days=56)
"""Age up to which past dates show that a night is weekly."""
KEPT_AFTER = timedelta(days=366)
MOST_DATES = 400
"""Dates of one rule: a year of a daily event."""
_EARLIEST = date(2000, 1, 1)
# Parts that a rule may have. Such a rule has a date in each period, so its dates are found quickly.
_DAYS = r"(?:MO|TU|WE|TH|FR|SA|SU)(?:,(?:MO|TU|WE|TH|FR|SA|SU)){0,6}"
_NUMBERED = r"[+-]?[1-5](?:MO|TU|WE|TH|FR|SA|SU)"
_PARTS = {
    "FREQ": "DAILY|WEEKLY|MONTHLY",
    "INTERVAL": r"[1-9]\d?",
    "COUNT": r"\d{1,3}",
    "UNTIL": r"\d{8}(?:T\d{6}Z?)?",
    "WKST": "MO|SU|SA",
    "BYDAY": rf"{_DAYS}|{_NUMBERED}(?:,{_NUMBERED}){{0,4}}",
    "BYSETPOS": r"[+-]?[1-5]",
    "BYHOUR": r"\d{1,2}",
    "BYMINUTE": r"\d{1,2}",
    "BYSECOND": "0",
}


def read_start(value: Any, timezone: str | None) -> Date | None:
    """Return the local date and start time of a datetime, a date, or a text like "2026-12-01T19:30", or None.

    A time with an offset is converted to `timezone`. If that is None, the time is kept as written, but a time in UTC
    gives None. Midnight gives no start time, because sites write it for an unknown time.
    """
    found = _moment(value)
    if isinstance(found, datetime):
        if found.tzinfo and timezone:
            try:
                found = found.astimezone(ZoneInfo(timezone))
            except (ValueError, OverflowError, OSError, ZoneInfoNotFoundError):
                return None
        elif found.tzinfo and not found.utcoffset():
            return None
        return found.date(), f"{found:%H:%M}" if found.time() != time() else None
    return (found, None) if found else None


def _moment(value: Any) -> datetime | date | None:
    if isinstance(value, datetime | date):
        return value
    text = clean(value) if isinstance(value, str) else None
    if not text or len(text) > 40:
        return None
    if day := from_iso_date(text):
        return day
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def read_dates(
    dates: Iterable[Date], timezone: str | None, today: date, *, ends: bool = True, left_out: Iterable[date] = ()
) -> list[Schedule]:
    """Combine dates into nights with `combine_dates`. Return the nights that have an upcoming date.

    Past dates only show the frequency. A recurrence has the upcoming dates and no others: it ends with the last one. If
    a date is missing in between, the nights are irregular. ends: False if a recurrence must not end with the last date,
    because more dates follow or the caller sets its end. left_out: dates that the publisher has cancelled.
    """
    gone = set(left_out)
    known = [each for each in dates if today - KEPT_BEFORE <= each[0] <= today + KEPT_AFTER and each[0] not in gone]
    coming: dict[tuple[int, str | None], list[date]] = {}
    for day, clock in sorted(known, key=lambda each: each[0]):
        if is_upcoming(day, today):
            coming.setdefault((day.isoweekday(), clock), []).append(day)
    nights = combine_dates([each for each in known if (each[0].isoweekday(), each[1]) in coming], timezone)
    return [_bounded(each, coming[each.weekday or 0, each.start_time], today, ends) for each in nights]


def _bounded(night: Schedule, coming: list[date], today: date, ends: bool) -> Schedule:
    """Limit a recurrence to its upcoming dates."""
    if night.rrule is None:
        return night
    step = timedelta(weeks=2 if night.frequency == "biweekly" else 1)
    if any(later - earlier > step for earlier, later in pairwise(dict.fromkeys(coming))):
        return replace(night, frequency="irregular", rrule=None, starts_on=None)
    if night.frequency == "weekly" and starts_later(coming[0], today):
        night = replace(night, starts_on=str(coming[0]))
    return replace(night, rrule=f"{night.rrule}{_end(coming[-1])}") if ends else night


def _end(last: date | None) -> str:
    return f";UNTIL={last:%Y%m%d}T235959" if last else ""


def is_upcoming(day: date, today: date) -> bool:
    """Return whether a date is not over everywhere: `today` may be the date in another zone."""
    return day >= today - timedelta(days=1)


def read_rule(
    rule: Any, first: Date, timezone: str | None, today: date, left_out: Iterable[date] = (), *, shift: int = 0
) -> list[Schedule] | None:
    """Return the nights of an RRULE (RFC 5545) that begins at `first`: [] if it has ended, None if it is unreadable.

    Weekly rules, and monthly ones by weekday, are kept unchanged. The dates of other rules are computed, and
    `combine_dates` combines them. If an upcoming date is left out, only the frequency is kept: a recurrence would have
    that date.

    shift: days from the rule's first date in its own zone to `first`, which is local. The rule names weekdays of its
    own zone.
    """
    given = _parts(rule)
    parts = _shifted(given, shift) if given else None
    day, clock = first
    until = _until(parts["UNTIL"], clock, timezone) if parts and "UNTIL" in parts else None
    if given is None or parts is None or day < _EARLIEST or ("UNTIL" in parts and until is None):
        return None
    if until and not is_upcoming(until, today):
        return []
    gone = {each for each in left_out if is_upcoming(each, today)}
    counted_from = f"from {day}" if parts.keys() & {"COUNT", "INTERVAL"} else None
    unless = f"not on {', '.join(map(str, sorted(gone)))}" if gone else None
    written = ";".join(f"{key}={value}" for key, value in given.items())
    raw = " ".join(filter(None, [written, counted_from, clock, unless]))
    recurring = _recurring(parts, day)
    if recurring is None:
        return _computed(parts, first, raw, timezone, today, until, gone)
    starts_on = str(day) if day > today else None
    nights = [
        Schedule(raw, WEEKDAYS.index(name) + 1, clock, frequency, f"{rrule}{_end(until)}", timezone, starts_on)
        for name, frequency, rrule in recurring
    ]
    return [_without(each, gone) for each in nights] or None


def _recurring(parts: dict[str, str], first: date) -> list[tuple[str, Frequency, str]] | None:
    """Return weekday, frequency and RRULE of the nights of a rule that is kept unchanged, or None for other rules."""
    if "COUNT" in parts or parts.get("INTERVAL", "1") != "1":
        return None
    if parts["FREQ"] == "WEEKLY" and "BYSETPOS" not in parts:
        days = dict.fromkeys(parts.get("BYDAY", WEEKDAYS[first.isoweekday() - 1]).split(","))
        return [(name, "weekly", f"FREQ=WEEKLY;BYDAY={name}") for name in days if name in WEEKDAYS]
    if parts["FREQ"] == "MONTHLY" and (numbered := _numbered(parts)):
        return [(numbered[0][-2:], "monthly", f"FREQ=MONTHLY;BYDAY={','.join(numbered)}")]
    return None


def _computed(
    parts: dict[str, str],
    first: Date,
    raw: str,
    timezone: str | None,
    today: date,
    until: date | None,
    left_out: set[date],
) -> list[Schedule] | None:
    """Return the nights that the dates of a rule form, or None if the dates cannot be computed."""
    day, clock = first
    found = _dates_of_rule(parts, day, today, until)
    if found is None:
        return None
    dates, is_whole = found
    coming = [(each, clock) for each in dates]
    nights = read_dates(coming, timezone, today, ends=is_whole and not until, left_out=left_out)
    counted = [replace(night, raw=raw, rrule=night.rrule and night.rrule + _end(until)) for night in nights]
    # The rule's own first date, because the first computed date changes with time.
    return [replace(each, starts_on=str(day)) if _is_counted_from(day, each) else each for each in counted]


def _without(night: Schedule, gone: set[date]) -> Schedule:
    """Remove the recurrence if one of its dates is left out."""
    return replace(night, rrule=None) if any(day.isoweekday() == night.weekday for day in gone) else night


def _is_counted_from(day: date, night: Schedule) -> bool:
    return night.frequency == "biweekly" and night.weekday == day.isoweekday()


def _parts(rule: Any) -> dict[str, str] | None:
    """Return the parts of a rule, or None if it has one that _PARTS does not allow."""
    text = (clean(rule) or "").upper().removeprefix("RRULE:").strip("; ")
    parts = dict(part.partition("=")[::2] for part in text.split(";"))
    known = all(re.fullmatch(_PARTS[key], value) for key, value in parts.items() if key in _PARTS)
    return parts if "FREQ" in parts and parts.keys() <= _PARTS.keys() and known else None


def _shifted(parts: dict[str, str], shift: int) -> dict[str, str] | None:
    """Move the weekdays of a rule by `shift` days. Return None if no rule can name the moved days."""
    if not shift or parts["FREQ"] == "DAILY":
        return parts
    days = parts.get("BYDAY", "").split(",") if "BYDAY" in parts else []
    if parts["FREQ"] == "MONTHLY" or "BYSETPOS" in parts or not all(day in WEEKDAYS for day in days):
        return None
    moved = [WEEKDAYS[(WEEKDAYS.index(day) + shift) % 7] for day in days]
    return parts | ({"BYDAY": ",".join(moved)} if moved else {})


def _until(value: str, clock: str | None, timezone: str | None) -> date | None:
    """Return the last day that UNTIL allows for a night that starts at `clock`, or None if it is not a date."""
    day = from_iso_date(f"{value[:4]}-{value[4:6]}-{value[6:8]}")
    if day is None or "T" not in value or (value.endswith("Z") and not timezone):
        return day
    last = read_start(value, timezone)
    if last is None:
        return None
    return last[0] - timedelta(days=1) if (last[1] or "") < (clock or "") else last[0]


def _numbered(parts: dict[str, str]) -> list[str]:
    """Return the days of a monthly rule ("1TU", "-1TH"), or [] if they are not of one weekday."""
    days = parts.get("BYDAY", "").split(",")
    if "BYSETPOS" in parts and len(days) == 1 and len(days[0]) == 2:
        days = [parts["BYSETPOS"] + days[0]]
    days = [each.removeprefix("+") for each in days]
    is_numbered = len({each[-2:] for each in days}) == 1 and all(len(each) > 2 for each in days)
    return days if is_numbered else []


def _dates_of_rule(
    parts: dict[str, str], first: date, today: date, until: date | None
) -> tuple[list[date], bool] | None:
    """Return the dates of a rule around today and whether no others follow, or None if they cannot be computed."""
    earliest, last = today - KEPT_BEFORE, today + KEPT_AFTER
    rule = {key: value for key, value in parts.items() if key not in {"UNTIL", "BYHOUR", "BYMINUTE", "BYSECOND"}}
    by_day = rule.get("BYDAY", "")
    if (rule["FREQ"] == "DAILY" and by_day) or (rule["FREQ"] == "MONTHLY" and "5" in by_day + rule.get("BYSETPOS", "")):
        return None  # such a rule may have no date at all
    begin = datetime.combine(_skip_past(rule, first, earliest), time())
    found: list[date] = []
    try:
        for moment in rrulestr(";".join(f"{key}={value}" for key, value in rule.items()), dtstart=begin):
            if moment.date() > min(until or last, last) or len(found) == MOST_DATES:
                return found, False
            if moment.date() >= earliest:
                found.append(moment.date())
    except (ValueError, OverflowError):
        return None
    return found, True


def _skip_past(rule: dict[str, str], first: date, earliest: date) -> date:
    """Return a later date from which the rule gives the same dates. Computing 30 years of daily dates takes 20 ms."""
    days = {"DAILY": 1, "WEEKLY": 7}.get(rule["FREQ"], 0) * int(rule.get("INTERVAL", "1"))
    if "COUNT" in rule or not days or first >= earliest:
        return first
    return first + (earliest - first) // timedelta(days=days) * timedelta(days=days)
