"""VTIMEZONE components (RFC 5545, 3.6.5): when the clocks of a zone change.

A zone whose clocks change by the same rule every year gets that rule, because Outlook ignores lists of dates and would
shift nights in summer by an hour. Only zones without a rule, like Morocco's, get the dates of the next years.
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Component, Timezone, TimezoneDaylight, TimezoneStandard, vRecur

from trivia_scraper.items import WEEKDAYS

_YEARS = 10  # years for which dates are listed, and for which a rule must hold


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of clock change: offsets from UTC before and after, and the zone's name after it."""

    before: timedelta
    after: timedelta
    name: str


def make_vtimezone(name: str, first: int, now: int) -> Timezone:
    """Return the component of an IANA zone for local times from the year `first` on. now: the current year."""
    zone = ZoneInfo(name)
    # Begin one year earlier: the last clock change before the first night applies to it.
    start, end = datetime(first - 1, 1, 1, tzinfo=UTC), datetime(now + _YEARS, 1, 1, tzinfo=UTC)
    changes: defaultdict[_Kind, list[datetime]] = defaultdict(list)
    for kind, wall in _changes(zone, start, end):
        changes[kind].append(wall)
    rules = {kind: _yearly_rule(walls, first - 1, now + _YEARS) for kind, walls in changes.items()}
    made = Timezone()
    made.add("tzid", name)
    if not changes or None in rules.values():
        made.add_component(_observance(_kind(zone, start, start), start.replace(tzinfo=None)))
    for kind, walls in changes.items():
        observance = _observance(kind, walls[0])
        if rule := rules[kind]:
            observance.add("rrule", rule)
        else:
            # One line per date: ical.js, and so Thunderbird, reads only the first date of a line.
            for wall in walls[1:]:
                observance.add("rdate", [wall])
        made.add_component(observance)
    return made


def _changes(zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[tuple[_Kind, datetime]]:
    """Yield each change from `start` to `end` with its local time by the offset before it, as DTSTART requires."""
    day = start
    while day < end:
        next_day = day + timedelta(days=1)
        kind = _kind(zone, day, next_day)
        if kind.before != kind.after:
            early, late = day, next_day
            while late - early > timedelta(minutes=1):
                middle = early + (late - early) / 2
                if middle.astimezone(zone).utcoffset() == kind.before:
                    early = middle
                else:
                    late = middle
            instant = late.replace(second=0, microsecond=0)
            yield kind, (instant + kind.before).replace(tzinfo=None)
        day = next_day


def _kind(zone: ZoneInfo, before: datetime, after: datetime) -> _Kind:
    old, new = before.astimezone(zone), after.astimezone(zone)
    return _Kind(old.utcoffset() or timedelta(), new.utcoffset() or timedelta(), new.tzname() or "")


def _yearly_rule(walls: Sequence[datetime], first: int, end: int) -> vRecur | None:
    """Return a rule like "second Sunday in March" that gives exactly these times, one per year before `end`."""
    if [wall.year for wall in walls] != list(range(first, end)):
        return None
    if len({(wall.month, wall.weekday(), wall.time()) for wall in walls}) > 1:
        return None
    ordinals = {(wall.day - 1) // 7 + 1 for wall in walls}
    if all(wall.day + 7 > calendar.monthrange(wall.year, wall.month)[1] for wall in walls):
        ordinals = {-1}
    if len(ordinals) > 1:
        return None
    return vRecur(freq="yearly", bymonth=walls[0].month, byday=f"{ordinals.pop()}{WEEKDAYS[walls[0].weekday()]}")


def _observance(kind: _Kind, start: datetime) -> Component:
    # Compare offsets: for Ireland, the tz database calls summer time the standard time, but calendars expect daylight.
    made = TimezoneDaylight() if kind.after > kind.before else TimezoneStandard()
    made.add("dtstart", start)
    made.add("tzname", kind.name)
    made.add("tzoffsetfrom", kind.before)
    made.add("tzoffsetto", kind.after)
    return made
