"""Upcoming dates of a night. Pure.

Dates follow only from what the publisher states. A fortnightly night without a first date has no dates, because its
week is unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cache
from itertools import islice
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.rrule import rrule, rrulestr

from trivia_scraper.clock import from_iso_date
from trivia_scraper.db.queries import StoredEvent
from trivia_scraper.items import Schedule

_UNTIL = re.compile(r"(?:^|;)UNTIL=(\d{8})")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A date of a night, in local time. `start_time` is None if no start time is stated, `zone` if it is unknown."""

    day: date
    start_time: time | None
    zone: ZoneInfo | None

    @property
    def instant(self) -> datetime | None:
        if self.start_time is None or self.zone is None:
            return None
        return datetime.combine(self.day, self.start_time, self.zone)

    @property
    def html_datetime(self) -> str:
        """Return the value of HTML's <time>: date and time with an offset or without, or the date alone."""
        if self.instant is not None:
            return self.instant.isoformat(timespec="minutes")
        if self.start_time is not None:
            return f"{self.day.isoformat()}T{self.start_time:%H:%M}"
        return self.day.isoformat()


def list_upcoming(event: StoredEvent, now: datetime, count: int) -> list[Occurrence]:
    """Return the next `count` dates of the event, from today on."""
    if event.status not in {"active", "missing"}:
        return []
    schedule = event.schedule
    zone, today = find_zone(schedule.timezone), _today(schedule, now)
    start_time = time.fromisoformat(schedule.start_time) if schedule.start_time else None
    return [Occurrence(day, start_time, zone) for day in islice(iterate_upcoming_days(schedule, today), count)]


def find_last_day(schedule: Schedule) -> date | None:
    """Return the last date that the publisher states, or the date of a night that happens once."""
    if schedule.frequency == "once":
        return from_iso_date(schedule.starts_on)
    until = _UNTIL.search(schedule.rrule or "")
    return from_iso_date(until[1]) if until else None


def has_passed(schedule: Schedule, now: datetime) -> bool:
    last = find_last_day(schedule)
    return last is not None and last < _today(schedule, now)


def is_over(event: StoredEvent, now: datetime) -> bool:
    """Return whether the night no longer takes place: its publisher dropped it, or its last date has passed.

    The catalogue, its counts and its structured data leave such nights out. A night on a break is not over.
    """
    return event.status == "gone" or has_passed(event.schedule, now)


def iterate_upcoming_days(schedule: Schedule, today: date) -> Iterator[date]:
    """Yield the dates from `today` on: endless if they recur, none if they are unknown."""
    first, rule = from_iso_date(schedule.starts_on), _rule(schedule.rrule or "")
    is_counted = "INTERVAL" in (schedule.rrule or "")
    if schedule.frequency == "once" and first is not None:
        yield from [first] if first >= today else []
    elif rule is not None and (first is not None or not is_counted):
        start = first or today
        # Counting from a first date long ago would be slow. Without an interval, a rule can start at any week.
        if first is not None and first < today and not is_counted:
            start = today
        for moment in rule.replace(dtstart=datetime.combine(start, time())):
            if moment.date() >= today:
                yield moment.date()


def _today(schedule: Schedule, now: datetime) -> date:
    """Return the date at the venue."""
    return now.astimezone(find_zone(schedule.timezone) or UTC).date()


@cache
def find_zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: "Europe" is a directory
        return None


@cache
def _rule(text: str) -> rrule | None:
    try:
        rule = rrulestr(text, dtstart=datetime(2026, 1, 5))
    except ValueError:
        return None
    return rule if isinstance(rule, rrule) else None
