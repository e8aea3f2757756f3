"""iCalendar (RFC 5545): recurring nights, for calendars that people subscribe to.

Nothing is invented. A night without a start time or a known zone takes a whole day, and no night has an end. A night
without a known date is left out and counted. If nothing changed, a new calendar has the same bytes, except in zones
without a rule for clock changes: their dates depend on the current year.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import islice
from tempfile import TemporaryFile
from typing import Any, Self, TextIO
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component, Event, vRecur
from sqlalchemy import Connection

from trivia_scraper import __version__
from trivia_scraper.db.history import read_latest_changes
from trivia_scraper.db.queries import Identity, Key, Selection, StoredEvent, read_events, read_keys
from trivia_scraper.exports import Summary, wording
from trivia_scraper.exports.formats.geojson import get_coordinates
from trivia_scraper.exports.occurrences import find_zone, iterate_upcoming_days
from trivia_scraper.exports.vtimezone import make_vtimezone
from trivia_scraper.formatting import one_line, replace_controls, web_address
from trivia_scraper.items import Schedule

CANCELLED_DAYS = 60  # days that a gone event stays in the calendar as CANCELLED
# An arbitrary constant, so that UIDs differ from those of other programs.
_NAMES = UUID("4f9c3f0e-0a44-4b0d-9d1f-0c3b5f6b8a52")
_SCHEDULE = ("weekday", "start_time", "frequency", "rrule", "timezone", "starts_on")
ALL = "all.ics"
_END = "END:VCALENDAR\r\n"
_ORDINALS = re.compile(r"(?<=BYDAY=)-?\d[A-Z]{2}(?:,-?\d[A-Z]{2})+")
_BATCH_SIZE = 500
_MAX_LINE = 200
_MAX_TEXT = 5_000


@dataclass(frozen=True, slots=True)
class Entry:
    """An event with the text of its calendar components. `first`: its first date, or local time with zone."""

    event: StoredEvent
    first: date
    text: str


class Drafts:
    """Collects the entries of many calendars, by path. A calendar begins with the zones of all its entries, so the
    entries wait in a temporary file."""

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 - closed by __exit__
        self._spans: defaultdict[str, array[int]] = defaultdict(lambda: array("q"))
        self._firsts: defaultdict[str, dict[str, date]] = defaultdict(dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def add(self, entry: Entry, *paths: str) -> None:
        """Add an entry to each of these calendars. All entries must be added before one is read."""
        text = entry.text.encode()
        for path in paths:
            self._spans[path].extend((self._file.tell(), len(text)))
            _note_zone(self._firsts[path], entry.first)
        self._file.write(text)

    def parts(self, path: str, name: str, now: datetime) -> Iterator[str]:
        """Yield the text of a calendar. name: its title."""
        return _parts(name, self._texts(self._spans[path]), self._firsts[path], now)

    def _texts(self, spans: array[int]) -> Iterator[str]:
        for start, length in zip(spans[::2], spans[1::2], strict=True):
            self._file.seek(start)
            yield self._file.read(length).decode()


def write(connection: Connection, selection: Selection, out: TextIO, now: datetime) -> Summary:
    """Write one calendar of all selected events."""
    summary = Summary(Counter(events=0))
    with Drafts() as drafts:
        for entry in make_entries(connection, read_keys(connection, selection), summary, now):
            drafts.add(entry, ALL)
        out.writelines(drafts.parts(ALL, "Quiz nights", now))
    return summary


def make_entries(connection: Connection, wanted: Iterable[Key], summary: Summary, now: datetime) -> Iterator[Entry]:
    """Yield an entry for each of these events that has a date. Count the others as left out."""
    remaining = iter(wanted)
    while batch := list(islice(remaining, _BATCH_SIZE)):
        yield from _make_entries(connection, batch, summary, now)


def _make_entries(connection: Connection, batch: Sequence[Key], summary: Summary, now: datetime) -> Iterator[Entry]:
    ids = [key.id for key in batch]
    changed, moved = (
        read_latest_changes(connection, "event", ids),
        read_latest_changes(connection, "event", ids, _SCHEDULE),
    )
    of_venues = read_latest_changes(connection, "venue", {key.venue_id for key in batch})
    for key, event in read_events(connection, batch):
        seen = event.first_seen_at
        if event.status == "gone" and changed.get(key.id, seen) < now - timedelta(days=CANCELLED_DAYS):
            summary.left_out[f"events gone for more than {CANCELLED_DAYS} days"] += 1
            continue
        changed_at = max(seen, changed.get(key.id, seen), of_venues.get(key.venue_id, seen))
        components = list(_components(event, moved.get(key.id, seen), changed_at))
        if not components:
            summary.left_out["events without a known date"] += 1
            continue
        summary.written["events"] += 1
        first = min(first for first, _ in components)
        yield Entry(event, first, "".join(_text(component) for _, component in components))


def make_calendar(name: str, entries: Sequence[Entry], now: datetime) -> str:
    firsts: dict[str, date] = {}
    for entry in entries:
        _note_zone(firsts, entry.first)
    return "".join(_parts(name, (entry.text for entry in entries), firsts, now))


def _note_zone(firsts: dict[str, date], first: date) -> None:
    """Note the zone of an entry. firsts: zone -> the earliest first date of its entries."""
    if isinstance(first, datetime) and isinstance(first.tzinfo, ZoneInfo):
        zone = first.tzinfo.key
        firsts[zone] = min(firsts.get(zone, date.max), first.date())


def _parts(name: str, texts: Iterable[str], firsts: Mapping[str, date], now: datetime) -> Iterator[str]:
    made = Calendar()
    title = one_line(name, _MAX_LINE)
    made.add("prodid", f"-//trivia_scraper//{__version__}//EN")
    made.add("version", "2.0")
    made.add("name", title)
    made.add("x-wr-calname", title)
    made.add("refresh-interval", timedelta(days=1), parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", "P1D")
    yield _text(made).removesuffix(_END)
    for zone, day in sorted(firsts.items()):
        yield _zone_text(zone, day.year, now.year)
    yield from texts
    yield _END


@cache
def _zone_text(zone: str, first_year: int, this_year: int) -> str:
    """Return the text of a zone, which thousands of calendars share."""
    return _text(make_vtimezone(zone, first_year, this_year))


def _text(component: Component) -> str:
    return str(component.to_ical(sorted=False).decode())


def _components(event: StoredEvent, since: datetime, changed_at: datetime) -> Iterator[tuple[date, Event]]:
    """Yield the first date and the VEVENT of each series of an event.

    "First and third Monday" becomes two series, because Outlook skips an event whose rule has several ordinals.
    since: when the schedule last changed. Earlier dates are left out: another schedule may have applied.
    """
    for number, schedule in enumerate(_single_rules(event.schedule)):
        if first := _first(schedule, since):
            yield first, _component(event, schedule, number, first, changed_at)


def _single_rules(schedule: Schedule) -> Iterator[Schedule]:
    ordinals = _ORDINALS.search(schedule.rrule or "")
    if schedule.rrule is None or ordinals is None:
        yield schedule
        return
    for ordinal in ordinals[0].split(","):
        yield replace(schedule, rrule=_ORDINALS.sub(ordinal, schedule.rrule))


def _first(schedule: Schedule, since: datetime) -> date | None:
    zone = find_zone(schedule.timezone)
    day = since.astimezone(zone or UTC).date()
    if schedule.frequency == "once":
        day = date.min
    first = next(iterate_upcoming_days(schedule, day), None)
    # Without a zone the time would be floating: Google shifts such an event and Outlook warns.
    if first is None or schedule.start_time is None or zone is None:
        return first
    return datetime.combine(first, time.fromisoformat(schedule.start_time), zone)


def _component(event: StoredEvent, schedule: Schedule, number: int, first: date, changed_at: datetime) -> Event:
    made, venue = Event(), event.venue
    is_held = event.status in {"active", "missing"}
    facts: dict[str, Any] = {
        "uid": make_uid(event.identity, number),
        # In a calendar without METHOD, both have the same meaning.
        "dtstamp": changed_at,
        "last-modified": changed_at,
        "created": event.first_seen_at,
        "sequence": max(0, int((changed_at - event.first_seen_at).total_seconds())),
        "summary": one_line(event.name, _MAX_LINE),
        "dtstart": first,
        "rrule": None if schedule.frequency == "once" else _rule(schedule.rrule, first),
        "status": "CONFIRMED" if is_held else "CANCELLED",
        "transp": "TRANSPARENT",  # the event does not show a subscriber as busy
        "location": one_line(wording.join_parts(venue.name, venue.address, venue.postcode, venue.city), _MAX_LINE),
        "geo": get_coordinates(venue),
        "description": _description(event, has_time=isinstance(first, datetime)),
        "url": web_address(event.source_url),
    }
    for name, value in facts.items():
        if value is not None:
            made.add(name, value)
    return made


def _rule(written: str | None, first: date) -> vRecur | None:
    """Return the rule. Its UNTIL is a date or a time in UTC, depending on `first` (RFC 5545, 3.3.10)."""
    rule = vRecur.from_ical(written) if written else None
    if rule and isinstance(until := next(iter(rule.get("UNTIL", [])), None), datetime):
        if isinstance(first, datetime):
            rule["UNTIL"] = [until.replace(tzinfo=first.tzinfo).astimezone(UTC)]
        else:
            rule["UNTIL"] = [until.date()]
    return rule


def make_uid(identity: Identity, number: int = 0) -> str:
    """Return an id that never changes. number: of the component, from 0."""
    name = f"{identity.publisher}/{identity.publisher_id}/{identity.night}"
    return str(uuid5(_NAMES, f"{name}/{number}" if number else name))


def _description(event: StoredEvent, *, has_time: bool) -> str:
    host = event.performer.name if event.performer else None
    schedule = event.schedule
    is_said = not has_time or _ORDINALS.search(schedule.rrule or "")
    lines = [
        wording.STATUSES[event.status],
        wording.describe_schedule(schedule, event.venue.country) if is_said else "",
        wording.describe_fee(event.fee),
        f"Host: {one_line(host, _MAX_LINE)}" if host else "",
        replace_controls(event.description or "")[:_MAX_TEXT],
        f"As {wording.format_publisher(event.publisher)} lists it.",
    ]
    return "\n".join(filter(None, lines))
