"""Stores an event in one transaction: venue, host, event, pointers to images, history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, bindparam, func, select, update

from trivia_scraper.clock import from_iso_date
from trivia_scraper.db.derived import choose_timezone, remove_guesses
from trivia_scraper.db.engine import make_update
from trivia_scraper.db.event_images import move_pointers
from trivia_scraper.db.field_rules import EVENT_RULES, apply_rules, select_reported
from trivia_scraper.db.history import record_history
from trivia_scraper.db.image_decisions import DecisionRow, record_outcomes
from trivia_scraper.db.schema import events, venue_keys
from trivia_scraper.db.venues import find_or_add_host, match_key, read_stored_venue, update_venue
from trivia_scraper.items import WEEKDAYS, Event, Schedule

Change = Literal["new", "changed", "unchanged"]
Slot = tuple[int | None, str | None, str]
"""Weekday, start time and name of an event."""


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    change: Change
    superseded: list[str]
    """Files that no event shows any more; to be removed after the commit."""
    kept: list[DecisionRow]
    """Decisions to keep a fresh image, for `record_kept`."""


_OWN_COLUMNS = (events.columns.keys() & Event.__dataclass_fields__.keys()) - {"scraped_at"}
_NIGHTS = select(events).where(match_key(events)).order_by(events.c.night)
_INSERT = events.insert().returning(events.c.id)
_SCRAPED = (
    update(venue_keys)
    .where(match_key(venue_keys))
    .values(last_seen_at=bindparam("now"), scraped_at=bindparam("whole_at"))
)
_MET = select(func.count()).where(match_key(events), events.c.last_run_id == bindparam("of_run"))


def record_event(
    connection: Connection,
    event: Event,
    run_id: int,
    now: datetime,
    slots: Sequence[Slot] = (),
) -> RecordedEvent:
    """Store what a page says about an event.

    slots: those of all nights on the page, in the order of the page, if it has several.
    """
    stored_venue = read_stored_venue(connection, event)
    event, venue_id = remove_guesses(event, stored_venue), stored_venue["id"]
    venue_changed = update_venue(connection, stored_venue, event.venue, run_id, now)
    page = _columns(event) | {
        "venue_id": venue_id,
        "performer_id": None,
        "timezone": choose_timezone(event, stored_venue),
    }
    stored = _same_night(connection, event, run_id, slots)
    # An image of a host without a name does not replace the known host.
    if event.performer is not None and (event.performer.name or stored is None or stored["performer_id"] is None):
        page["performer_id"] = find_or_add_host(connection, venue_id, str(event.venue.slug), event.performer.name)[0]
    seen = {"last_seen_at": now, "scraped_at": now, "last_run_id": run_id, "missed_runs": 0}
    change: Change
    if stored is None:
        event_id = _insert(connection, event, page | seen | {"first_seen_at": now, "updated_at": now}, slots)
        pointed = move_pointers(connection, event_id, venue_id, event.images, run_id, now, is_new=True)
        change = "new"
    else:
        event_id = int(stored["id"])
        series = _recurring(stored, event.schedule) | _begun(stored, event.schedule, now.date())
        changed = apply_rules(stored, page | series, EVENT_RULES)
        reported = select_reported(changed, stored)
        if reported:
            record_history(connection, run_id, now, "event", event_id, stored=stored, changed=reported)
        new_host = "performer_id" in changed
        pointed = move_pointers(connection, event_id, venue_id, event.images, run_id, now, new_host=new_host)
        # A new image is a change, under a new URL or under the old one.
        differs = bool(reported) or pointed.moved or any(image.changed for image in event.images)
        values = changed | seen | ({"updated_at": now} if differs else {})
        connection.execute(make_update(events, *values), {"of_id": event_id, **values})
        change = "changed" if differs or venue_changed else "unchanged"
    kept = record_outcomes(connection, venue_id, event.images, pointed.before, run_id, now)
    # A venue counts as read when all its nights are stored. If a run dies in between, the next one reads it again.
    nights = sum(weekday is not None for weekday, *_ in slots)
    whole = nights < 2 or (connection.scalar(_MET, _key(event) | {"of_run": run_id}) or 0) >= nights
    connection.execute(_SCRAPED, _key(event) | {"now": now, "whole_at": now if whole else None})
    return RecordedEvent(change, pointed.superseded, kept)


def _recurring(stored: RowMapping, schedule: Schedule) -> dict[str, Any]:
    """Return the fields of a weekly event if two dated nights at the same weekday and time are a week apart.

    Publishers of bookings name only the next date, so a later date of a weekly event is not a change. If the stored
    rule ends, the publisher lists all dates: a single date is then the last one.
    """
    known, said = from_iso_date(stored["starts_on"]), from_iso_date(schedule.starts_on)
    slot = stored["weekday"], stored["start_time"]
    if schedule.frequency != "once" or slot != (schedule.weekday, schedule.start_time) or not known or not said:
        return {}
    if "UNTIL" in (stored["rrule"] or ""):
        return {}
    if stored["frequency"] == "weekly" or (stored["frequency"] == "once" and (said - known).days == 7):
        rrule = f"FREQ=WEEKLY;BYDAY={WEEKDAYS[said.isoweekday() - 1]}"
        return {"frequency": "weekly", "rrule": rrule, "starts_on": stored["starts_on"]}
    return {}


def _begun(stored: RowMapping, schedule: Schedule, today: date) -> dict[str, Any]:
    """Return the stored first date if the page only names the next date of the same series.

    A publisher that lists dates names another first date every week. With that one, or with none, a calendar would
    leave out past nights, or show nights before the first one.
    """
    days = {"weekly": 7, "biweekly": 14}.get(schedule.frequency)
    known, said = from_iso_date(stored["starts_on"]), from_iso_date(schedule.starts_on)
    is_same = all(stored[name] == getattr(schedule, name) for name in ("weekday", "frequency"))
    if not known or not days or not is_same or (said is None and days == 14):
        return {}
    # A weekly night whose next date is within a week states no first date.
    following = said or known
    is_next = known <= following <= today + timedelta(days) and not (following - known).days % days
    return {"starts_on": stored["starts_on"]} if is_next else {}


def get_slot(event: Event) -> Slot:
    """Return what distinguishes a venue's nights. It includes the name, because two may start at the same time."""
    return event.schedule.weekday, event.schedule.start_time, event.name


def _slot(night: RowMapping) -> Slot:
    return night["weekday"], night["start_time"], night["name"]


def _same_night(connection: Connection, event: Event, run_id: int, slots: Sequence[Slot]) -> RowMapping | None:
    """Return the stored event that this one continues, or None.

    It is the event of the same weekday, time and name. Otherwise it is an event that the run has not read and whose
    slot is not on the page: preferably of the same weekday, else one that has moved. Events that are gone come last. So
    a quiz that moves from Tuesday to Wednesday stays one event, and a second night becomes a second event.
    """
    nights = connection.execute(_NIGHTS, _key(event)).mappings().all()
    own = get_slot(event)
    free = [night for night in nights if night["last_run_id"] != run_id and _slot(night) not in slots]
    free.sort(key=lambda night: (night["status"] == "gone", night["weekday"] != own[0], night["start_time"] != own[1]))
    same = [night for night in nights if _slot(night) == own]
    return next(iter(same or free), None)


def _insert(connection: Connection, event: Event, row: dict[str, Any], slots: Sequence[Slot]) -> int:
    """Store a new night under its number on the page, or under the next free number if that is taken."""
    taken = {night["night"] for night in connection.execute(_NIGHTS, _key(event)).mappings()}
    own, dated = get_slot(event), [slot for slot in slots if slot[0] is not None]
    number = dated.index(own) + 1 if own in dated else 1
    row["night"] = number if number not in taken else max(taken) + 1
    return int(connection.execute(_INSERT, row).scalar_one())


def _key(event: Event) -> dict[str, str]:
    return {"of_publisher": event.publisher, "of_publisher_id": event.publisher_id}


def _columns(event: Event) -> dict[str, Any]:
    schedule = asdict(event.schedule)
    return {
        **{name: getattr(event, name) for name in _OWN_COLUMNS},
        "status": "on_break" if event.on_break else "active",
        "schedule_raw": schedule.pop("raw"),
        **schedule,
        **{f"fee_{name}": value for name, value in asdict(event.fee).items()},
    }
