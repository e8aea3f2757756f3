"""Calendars, read by two independent parsers and expanded across clock changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr
from icalendar import Calendar

from tests.support.filled import NOW, begin, quiz, record
from tests.support.ical_js import NIGHTS, by_ical_js
from trivia_scraper.db.absences import mark_absent
from trivia_scraper.db.engine import Store
from trivia_scraper.db.queries import EVERYTHING, Identity
from trivia_scraper.exports.formats.ics import make_uid, write
from trivia_scraper.items import Event, Performer, Schedule, Venue
from trivia_scraper.site.calendar_tree import write_calendars

ZONES = (
    "Europe/London",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "America/New_York",
    "America/Phoenix",
    "Europe/Warsaw",
)
RECURRENCES: tuple[tuple[str, str, str | None, str | None], ...] = (
    ("weekly", "FREQ=WEEKLY;BYDAY=TU", "19:30", None),
    ("weekly", "FREQ=WEEKLY;BYDAY=SU", "00:30", None),
    ("weekly", "FREQ=WEEKLY;BYDAY=TH", "20:00", "2027-01-07"),
    ("biweekly", "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE", "19:00", "2026-11-11"),
    ("monthly", "FREQ=MONTHLY;BYDAY=2WE,4WE", "19:00", None),
    ("monthly", "FREQ=MONTHLY;BYDAY=-1FR", "21:15", None),
    ("weekly", "FREQ=WEEKLY;BYDAY=MO", None, None),
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path}/trivia.db")
    yield opened
    opened.close()


def exported(store: Store, now: datetime = NOW) -> str:
    out = StringIO()
    store.read(write, EVERYTHING, out, now)
    return out.getvalue()


def all_events(store: Store, now: datetime = NOW) -> list[Any]:
    return list(Calendar.from_ical(exported(store, now)).walk("VEVENT"))


def only_event(store: Store, now: datetime = NOW) -> Any:
    (found,) = all_events(store, now)
    return found


def single_rules(schedule: Schedule) -> list[Schedule]:
    if schedule.rrule != "FREQ=MONTHLY;BYDAY=2WE,4WE":
        return [schedule]
    return [replace(schedule, rrule=f"FREQ=MONTHLY;BYDAY={ordinal}") for ordinal in ("2WE", "4WE")]


def true_nights(schedule: Schedule) -> list[str]:
    """Return the nights by the rule and local time alone, from the day on which the event was first stored."""
    zone = ZoneInfo(schedule.timezone) if schedule.timezone else None
    seen = NOW.astimezone(zone or UTC).date()
    start = date.fromisoformat(schedule.starts_on) if schedule.starts_on else seen
    if schedule.rrule is None:
        days: Iterator[date] = iter([start])
    else:
        rule = rrulestr(schedule.rrule, dtstart=datetime.combine(start, time()))
        days = (moment.date() for moment in rule if moment.date() >= seen)
    return [_spelled(day, schedule.start_time if zone else None, zone) for day in islice(days, NIGHTS)]


def nights_of(component: Any) -> list[str]:
    """Return the nights by dateutil, from a component that icalendar has read."""
    first = component.DTSTART
    if "RRULE" not in component:
        moments: Iterator[Any] = iter([first])
    else:
        wall = first.replace(tzinfo=None) if isinstance(first, datetime) else datetime.combine(first, time())
        moments = iter(rrulestr(component["RRULE"].to_ical().decode(), dtstart=wall))
    clock = f"{first:%H:%M}" if isinstance(first, datetime) else None
    zone = first.tzinfo if isinstance(first, datetime) else None
    return [_spelled(moment, clock, zone) for moment in islice(moments, NIGHTS)]


def _spelled(day: date, clock: str | None, zone: Any) -> str:
    day = day.date() if isinstance(day, datetime) else day
    if clock is None:
        return day.isoformat()
    moment = datetime.combine(day, time.fromisoformat(clock), zone)
    if zone is None:
        return moment.isoformat()
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def schedules() -> Iterator[Schedule]:
    for zone in (*ZONES, None):
        for frequency, rrule, clock, starts_on in RECURRENCES:
            yield Schedule("raw", 2, clock, frequency, rrule, zone, starts_on)  # type: ignore[arg-type]
        yield Schedule("once", 2, "19:30", "once", None, zone, "2026-10-27")


def test_calendars_match_schedules_in_two_parsers(store: Store, tmp_path: Path) -> None:
    run_id = begin(store)
    expected = {}
    for number, schedule in enumerate(schedules()):
        venue = Venue(f"The Fox {number}", city=f"Town {number % 3}", country="GB", latitude=51.5, longitude=-0.1)
        record(store, quiz(str(number), venue=venue, schedule=schedule), run_id)
        for index, single in enumerate(single_rules(schedule)):
            expected[make_uid(Identity("quizmeisters", str(number), 1), index)] = true_nights(single)
    summary = store.read(write_calendars, tmp_path / "calendars", NOW)
    files = sorted((tmp_path / "calendars").rglob("*.ics"))
    events = len(list(schedules()))
    assert summary.written == {"events": events, "calendars": len(files)}
    assert len(files) == 1 + 1 + 3 + events
    of_ical_js = by_ical_js(files)
    for file in files:
        assert all(len(line) <= 75 for line in file.read_bytes().split(b"\r\n"))
        of_icalendar = {str(each["UID"]): each for each in Calendar.from_ical(file.read_bytes()).walk("VEVENT")}
        assert of_icalendar.keys() == of_ical_js[str(file)].keys()
        for key, component in of_icalendar.items():
            assert nights_of(component) == expected[key]
            assert of_ical_js[str(file)][key]["nights"] == expected[key], component.to_ical()
            assert of_ical_js[str(file)][key]["texts"]["summary"] == str(component["SUMMARY"])


def test_unchanged_calendar_has_the_same_bytes(store: Store) -> None:
    record(store, quiz("fox"), begin(store))
    before = exported(store)
    record(store, quiz("fox"), begin(store), NOW + timedelta(days=7))
    assert exported(store, NOW + timedelta(days=7)) == before


def test_change_keeps_the_uid_and_raises_the_sequence(store: Store) -> None:
    found = quiz("fox", performer=Performer("Sam"))
    record(store, found, begin(store))
    first = only_event(store)
    assert (first["SEQUENCE"], first["STATUS"]) == (0, "CONFIRMED")
    assert first["DTSTART"].dt.isoformat() == "2026-11-24T19:00:00+11:00"
    week = timedelta(days=7)
    moved = Schedule("Wednesdays", 3, "18:30", "weekly", "FREQ=WEEKLY;BYDAY=WE", "Australia/Melbourne")
    steps: list[tuple[Event, str, str]] = [
        (quiz("fox", schedule=moved, performer=Performer("Sam")), "2026-12-02T18:30:00+11:00", "CONFIRMED"),
        (quiz("fox", schedule=moved, performer=Performer("Alex")), "2026-12-02T18:30:00+11:00", "CONFIRMED"),
        (quiz("fox", schedule=moved, on_break=True), "2026-12-02T18:30:00+11:00", "CANCELLED"),
        (quiz("fox", schedule=moved), "2026-12-02T18:30:00+11:00", "CONFIRMED"),
    ]
    sequence = 0
    for number, (event, starts, status) in enumerate(steps, start=1):
        record(store, event, begin(store), NOW + number * week)
        changed = only_event(store)
        assert changed["UID"] == first["UID"]
        assert changed["SEQUENCE"] > sequence
        assert changed["LAST-MODIFIED"].dt == changed["DTSTAMP"].dt == NOW + number * week
        assert (changed["DTSTART"].dt.isoformat(), changed["STATUS"]) == (starts, status)
        sequence = changed["SEQUENCE"]


def test_change_of_the_venue_raises_the_sequence(store: Store) -> None:
    record(store, quiz("fox"), begin(store))
    renamed = quiz("fox")
    renamed.venue.name = "The Red Fox"
    record(store, renamed, begin(store), NOW + timedelta(days=1))
    assert only_event(store)["SEQUENCE"] == 24 * 3600
    assert only_event(store)["LOCATION"] == "The Red Fox, 1 High St, Ballarat"


def test_gone_night_is_cancelled_for_60_days(store: Store) -> None:
    record(store, quiz("fox"), begin(store))
    later = NOW + timedelta(days=30)
    run_id = begin(store)
    store.run(mark_absent, "quizmeisters", run_id, later, (), gone_after=1, now=later)
    gone = only_event(store, later)
    assert (gone["STATUS"], gone["SEQUENCE"]) == ("CANCELLED", 30 * 24 * 3600)
    assert only_event(store, later + timedelta(days=60))["STATUS"] == "CANCELLED"
    out = StringIO()
    summary = store.read(write, EVERYTHING, out, later + timedelta(days=61))
    assert "VEVENT" not in out.getvalue()
    assert summary.describe() == "written: 0 events; left out: 1 event gone for more than 60 days."


@pytest.mark.parametrize(
    "schedule",
    [
        Schedule("Some Tuesdays", 2, "19:00", "irregular", None, "Europe/London"),
        Schedule("Every other Tuesday", 2, "19:00", "biweekly", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "Europe/London"),
        Schedule("Monthly", 2, "19:00", "monthly", None, "Europe/London"),
        Schedule("One night", 2, "19:00", "once", None, "Europe/London"),
        Schedule("?", 2, "19:00", "weekly", "no rule", "Europe/London"),
    ],
    ids=lambda schedule: schedule.raw,
)
def test_night_without_known_date_is_left_out(store: Store, schedule: Schedule) -> None:
    record(store, quiz("fox", schedule=schedule), begin(store))
    summary = store.read(write, EVERYTHING, StringIO(), NOW)
    assert summary.describe() == "written: 0 events; left out: 1 event without a known date."


@pytest.mark.parametrize(
    ("clock", "zone", "until"),
    [
        ("19:30", "America/New_York", "20261202T045959Z"),
        ("19:30", "Australia/Sydney", "20261201T125959Z"),
        ("19:30", None, "20261201"),
        (None, "America/New_York", "20261201"),
    ],
)
def test_until_has_the_type_of_dtstart(store: Store, clock: str | None, zone: str | None, until: str) -> None:
    """RFC 5545, 3.3.10. dateutil rejects anything else."""
    rule = "FREQ=WEEKLY;BYDAY=TU;UNTIL=20261201T235959"
    record(store, quiz("fox", schedule=Schedule("Until 1 December", 2, clock, "weekly", rule, zone)), begin(store))
    night = only_event(store)
    written = night["RRULE"].to_ical().decode()
    assert f"UNTIL={until};" in f"{written};"
    assert [f"{each:%m-%d}" for each in rrulestr(written, dtstart=night.DTSTART)] == ["11-24", "12-01"]


def test_two_ordinals_become_two_calendar_events(store: Store) -> None:
    rule = "FREQ=MONTHLY;BYDAY=1MO,3MO;UNTIL=20271201T235959"
    schedule = Schedule("1st and 3rd Monday", 1, "19:30", "monthly", rule, "Australia/Melbourne")
    record(store, quiz("fox", schedule=schedule), begin(store))
    first, third = all_events(store)
    identity = Identity("quizmeisters", "fox", 1)
    assert (first["UID"], third["UID"]) == (make_uid(identity), make_uid(identity, 1))
    assert [f"{each.DTSTART:%m-%d %H:%M}" for each in (first, third)] == ["12-07 19:30", "12-21 19:30"]
    assert (first["RRULE"]["BYDAY"], third["RRULE"]["BYDAY"]) == (["1MO"], ["3MO"])
    assert "First and third Monday of the month until 1 December 2027, 19:30" in first["DESCRIPTION"]
    assert first["DESCRIPTION"] == third["DESCRIPTION"]


def test_time_in_an_unknown_zone_is_only_described(store: Store) -> None:
    schedule = Schedule("Tuesdays 7:30", 2, "19:30", "weekly", "FREQ=WEEKLY;BYDAY=TU", None)
    record(store, quiz("fox", schedule=schedule), begin(store))
    night = only_event(store)
    assert night["DTSTART"].dt == date(2026, 11, 24)
    assert "Tuesdays, 19:30" in night["DESCRIPTION"]
