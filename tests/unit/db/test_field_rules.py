"""Which value is stored if two pages differ."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from tests.support.alike import HORSES, record_visit
from tests.support.events import event, record
from tests.support.filled import NOW, begin
from tests.support.stored import stored_events
from trivia_scraper.db import history, runs
from trivia_scraper.db.engine import Store
from trivia_scraper.db.field_rules import EVENT_RULES, VENUE_RULES
from trivia_scraper.db.schema import events as events_table
from trivia_scraper.db.schema import venues
from trivia_scraper.items import Event, Fee, Schedule, Venue


def test_sparse_page_erases_nothing(store: Store) -> None:
    record(store, begin(store), event())
    (full,) = store.run(stored_events)
    sparse = event(
        venue=Venue(name="The Fox"), schedule=Schedule("Tuesdays", 2, None, "weekly", "FREQ=WEEKLY;BYDAY=TU"), fee=Fee()
    )
    sparse.description = sparse.performer = None
    record(store, begin(store), sparse)
    (stored,) = store.run(stored_events)
    for kept in ("venue", "fee", "performer", "description"):
        assert stored[kept] == full[kept]
    assert stored["schedule"] == full["schedule"] | {"raw": "Tuesdays"}


def test_moved_night_does_not_inherit_start_time(store: Store) -> None:
    record(store, begin(store), event())
    run_id = begin(store)
    moved = Schedule("Wednesdays", 3, None, "weekly", "FREQ=WEEKLY;BYDAY=WE")
    assert record(store, run_id, event(schedule=moved)).change == "changed"
    (stored,) = store.run(stored_events)
    assert (stored["schedule"]["weekday"], stored["schedule"]["start_time"]) == (3, None)
    changes = {each["field"]: (each["old"], each["new"]) for each in store.run(history.read_changes, run_id)}
    assert changes["weekday"] == (2, 3)
    assert changes["start_time"] == ("19:00", None)


def test_fee_is_replaced_as_a_whole(store: Store) -> None:
    record(store, begin(store), event())
    record(store, begin(store), event(fee=Fee("£2", 200, None)))
    assert store.run(stored_events)[0]["fee"] == {"raw": "£2", "amount": 200, "currency": None, "per": None}


def test_all_columns_of_venues_and_events_have_rules() -> None:
    stamps = {"id", "slug", "postcode_key", "created_at", "updated_at"}
    assert {column.name for column in venues.columns} - stamps == set(VENUE_RULES)
    kept = {"id", "publisher", "publisher_id", "night", "missed_runs", "last_run_id"}
    kept |= {"first_seen_at", "last_seen_at", "scraped_at", "updated_at"}
    assert {column.name for column in events_table.columns} - kept == set(EVENT_RULES)


def test_booking_in_a_second_week_becomes_weekly(store: Store) -> None:
    def booked(day: str) -> Event:
        dated = Schedule(f"8pm • Monday {day}", 1, "20:00", "once", None, "Europe/London", day)
        return event("15700", schedule=dated)

    found: list[Any] = []
    for week, day in enumerate(["2026-07-13", "2026-07-20", "2026-07-27", "2026-08-10"]):
        found.append(record(store, begin(store), booked(day), NOW + timedelta(days=7 * week)).change)
        (row,) = store.run(stored_events)
        found.append((row["schedule"]["frequency"], row["schedule"]["rrule"], row["schedule"]["starts_on"]))
    weekly = ("weekly", "FREQ=WEEKLY;BYDAY=MO", "2026-07-13")
    assert found == [
        *("new", ("once", None, "2026-07-13"), "changed", weekly),
        *("unchanged", weekly, "unchanged", weekly),
    ]
    assert row["schedule"]["raw"] == "8pm • Monday 2026-08-10"


def dated(frequency: Any, rrule: str | None, starts_on: str | None = None) -> Event:
    return event(schedule=Schedule("dates", 2, "19:00", frequency, rrule, "Australia/Melbourne", starts_on))


def test_further_listed_date_is_stored_but_not_a_change(store: Store) -> None:
    rules = [f"FREQ=WEEKLY;BYDAY=TU;UNTIL=202612{day:02}T235959" for day in (8, 15, 8)]
    changes = []
    for rule in rules:
        changes.append(record(store, begin(store), dated("weekly", rule)).change)
        (stored,) = store.run(stored_events)
        assert stored["schedule"]["rrule"] == rule
    assert changes == ["new", "unchanged", "changed"], "a rule that ends earlier is a change"


def test_first_date_stays_while_the_calendar_moves_on(store: Store) -> None:
    """Without it, a calendar would show dates before the first one."""
    weekly, biweekly = "FREQ=WEEKLY;BYDAY=TU", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"
    nights = [
        ("2026-12-01", "weekly", weekly, "2026-12-22", "new", "2026-12-22"),
        ("2026-12-08", "weekly", weekly, "2026-12-15", "changed", "2026-12-15"),  # a week earlier after all
        ("2026-12-08", "weekly", weekly, "2026-12-22", "changed", "2026-12-22"),
        ("2026-12-16", "weekly", weekly, None, "unchanged", "2026-12-22"),
        ("2026-12-30", "weekly", weekly, None, "unchanged", "2026-12-22"),
        ("2026-12-31", "weekly", weekly, "2027-01-12", "changed", "2027-01-12"),  # none in the first week
        ("2027-01-01", "weekly", weekly, None, "changed", None),  # in the first week after all
        ("2027-01-02", "biweekly", biweekly, "2027-01-12", "changed", "2027-01-12"),
        ("2027-01-13", "biweekly", biweekly, "2027-01-26", "unchanged", "2027-01-12"),
        ("2027-01-27", "biweekly", biweekly, "2027-02-09", "unchanged", "2027-01-12"),
        ("2027-01-27", "biweekly", biweekly, "2027-02-23", "changed", "2027-02-23"),  # one is left out
        ("2027-02-24", "biweekly", biweekly, "2027-03-02", "changed", "2027-03-02"),  # the other week
    ]
    for today, frequency, rrule, said, change, starts_on in nights:
        now = datetime.fromisoformat(f"{today}T03:30:00Z")
        assert record(store, begin(store), dated(frequency, rrule, said), now).change == change, today
        (stored,) = store.run(stored_events)
        assert stored["schedule"]["starts_on"] == starts_on, today


def test_last_listed_date_does_not_recur(store: Store) -> None:
    record(store, begin(store), dated("weekly", "FREQ=WEEKLY;BYDAY=TU;UNTIL=20261215T235959", "2026-12-08"))
    record(store, begin(store), dated("once", None, "2026-12-15"))
    (stored,) = store.run(stored_events)
    assert (stored["schedule"]["frequency"], stored["schedule"]["rrule"]) == ("once", None)


def test_second_publisher_only_fills_in_unknown_fields(store: Store) -> None:
    first = replace(HORSES[0], latitude=None, longitude=None)
    second = replace(HORSES[0], name="White Horse Pub", phone="+442077362115", address="3 Parsons Green")
    record_visit(store, "question_one", "horse", first)
    record_visit(store, "inquizition", "1", second)
    (venue,) = {str(row["venue"]): row["venue"] for row in store.run(stored_events)}.values()
    assert (venue["name"], venue["address"]) == (first.name, first.address)
    assert (venue["phone"], venue["latitude"]) == (second.phone, second.latitude)
    for publisher, publisher_id, said in (("question_one", "horse", first), ("inquizition", "1", second)):
        record_visit(store, publisher, publisher_id, said)
        latest = store.run(runs.list_runs)[0]["id"]
        assert store.run(history.read_changes, latest) == []
    record_visit(store, "question_one", "horse", replace(first, phone="+440000000000"))
    assert {row["venue"]["phone"] for row in store.run(stored_events)} == {"+440000000000"}
