"""Events of a publisher: new, changed or unchanged, one per night, each in one transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.events import event, record
from tests.support.filled import NOW, begin
from tests.support.stored import stored_events
from trivia_scraper.db import events, history
from trivia_scraper.db.engine import Store
from trivia_scraper.db.venues import identify_venue
from trivia_scraper.items import Event, ImageResult, Schedule, Venue


def test_first_event_is_new_and_its_repetition_unchanged(store: Store) -> None:
    first = record(store, begin(store), event())
    later = NOW + timedelta(days=7)
    second = record(store, begin(store), event(), later)
    assert (first.change, second.change) == ("new", "unchanged")
    (stored,) = store.run(stored_events)
    assert (stored["first_seen_at"], stored["updated_at"]) == (NOW, NOW)
    assert (stored["last_seen_at"], stored["scraped_at"]) == (later, later)
    assert store.run(history.read_changes, 2) == []


def test_failing_event_stores_nothing(store: Store) -> None:
    record(store, begin(store), event())
    (before,) = store.run(stored_events)
    broken = event(venue=Venue("The Fox, renamed"))
    broken.images = [ImageResult("hero", "https://q.example/never-opened.jpg", status="downloaded", reason="new")]
    with pytest.raises(Exception, match="No row was found"):
        record(store, begin(store), broken)
    assert store.run(stored_events) == [before]


def test_nights_are_separate_events_also_after_moving(store: Store) -> None:
    def night(day: int) -> Event:
        return event(schedule=Schedule("", day, "19:00", "weekly"))

    for nights in ([2, 4], [2, 5], [2, 5]):
        run_id = begin(store)
        for day in nights:
            record(store, run_id, night(day))
    assert [(each["night"], each["schedule"]["weekday"]) for each in store.run(stored_events)] == [(1, 2), (2, 5)]


def night(publisher_id: str, weekday: int, clock: str) -> Event:
    return event(publisher_id, schedule=Schedule(f"{weekday} {clock}", weekday, clock, "weekly", f"day {weekday}"))


@pytest.mark.parametrize(
    ("before", "page", "changed", "new"),
    [
        ([(2, "19:00")], [(1, "19:00"), (2, "19:00")], [], [(1, "19:00")]),
        ([(2, "19:00"), (4, "19:00")], [(1, "19:00"), (2, "19:00")], [(4, 1)], []),
        ([(4, "19:00"), (2, "19:00")], [(5, "19:00"), (4, "19:00")], [(2, 5)], []),
        ([(2, "18:00")], [(2, "18:00"), (2, "20:30")], [], [(2, "20:30")]),
        ([(2, "18:00"), (2, "20:30")], [(2, "20:30"), (2, "18:30")], [], []),
    ],
    ids=["added before", "one moved", "one moved, listed first", "two on one day", "a start time that moved"],
)
@pytest.mark.parametrize("backwards", [False, True])
def test_moved_night_does_not_depend_on_storing_order(
    store: Store, before: Any, page: Any, changed: Any, new: Any, backwards: bool
) -> None:
    for slots in (before, page):
        run_id = begin(store)
        for weekday, clock in slots[::-1] if backwards else slots:
            found = night("vic-the-fox", weekday, clock)
            found.venue.slug = store.run(identify_venue, found.publisher, found.publisher_id, found.venue, NOW)
            store.run(events.record_event, found, run_id, NOW, [(*each, found.name) for each in slots])
    changed_fields = store.run(history.read_changes, run_id)
    assert [(each["old"], each["new"]) for each in changed_fields if each["field"] == "weekday"] == changed
    assert len(store.run(stored_events)) == len(before) + len(new)


@pytest.mark.parametrize("stored_first", [0, 1, 2])
def test_nights_are_numbered_in_page_order(store: Store, stored_first: int) -> None:
    page = [night("vic-the-fox", weekday, "19:00") for weekday in (1, 3, 2)]
    slots = [events.get_slot(each) for each in page]
    run_id = begin(store)
    for each in page[stored_first:] + page[:stored_first]:
        each.venue.slug = store.run(identify_venue, each.publisher, each.publisher_id, each.venue, NOW)
        store.run(events.record_event, each, run_id, NOW, slots)
    assert [each["schedule"]["weekday"] for each in store.run(stored_events)] == [1, 3, 2]


def test_events_at_the_same_time_differ_by_name(store: Store) -> None:
    for _ in range(2):
        run_id = begin(store)
        both = [night("vic-the-fox", 1, "19:00") for _ in range(2)]
        both[1].name = "League at The Fox"
        slots = [events.get_slot(each) for each in both]
        for each in both[::-1]:
            each.venue.slug = store.run(identify_venue, each.publisher, each.publisher_id, each.venue, NOW)
            store.run(events.record_event, each, run_id, NOW, slots)
    assert {each["name"] for each in store.run(stored_events)} == {"Quiz at The Fox", "League at The Fox"}
    assert store.run(history.read_changes, run_id) == []
