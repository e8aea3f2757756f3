"""What the search page knows of every venue, and which dates of it a page can continue."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.support.filled import NOW, begin, quiz, record
from trivia_scraper.db.engine import Store
from trivia_scraper.db.queries import StoredEvent, read_stored_events
from trivia_scraper.items import Schedule, Status, Venue
from trivia_scraper.site.search import by_date, index
from trivia_scraper.site.venues import VenueView, views

pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
EPOCH = date(1970, 1, 1)


@pytest.fixture
def space(store: Store) -> StoredEvent:
    record(store, quiz("space"), begin(store))
    (event,) = store.read(lambda connection: list(read_stored_events(connection)))
    return event


def at(space: StoredEvent, slug: str, status: Status = "active", country: str = "AU", **schedule: Any) -> StoredEvent:
    venue = replace(space.venue, slug=slug, name=slug, country=country)
    return replace(space, venue=venue, status=status, schedule=replace(space.schedule, **schedule))


def views_of(*events: StoredEvent, now: datetime = NOW) -> list[VenueView]:
    return views(events, {}, {}, now)


def night_of(event: StoredEvent) -> dict[str, Any]:
    first, _ = index(views_of(event), NOW)
    night: dict[str, Any] = first["venues"][0]["nights"][0]
    return night


def test_index_has_no_night_that_is_over(space: StoredEvent) -> None:
    once: dict[str, Any] = {"frequency": "once", "rrule": None, "starts_on": "2026-07-14"}
    both = [at(space, "both"), replace(at(space, "both", "gone"), night=2)]
    first, over = index(views_of(at(space, "gone", "gone"), at(space, "past", **once), *both), NOW)
    assert [(venue["slug"], len(venue["nights"])) for venue in first["venues"]] == [("both", 1)]
    assert [(venue["slug"], len(venue["nights"])) for venue in over] == [("both", 1), ("gone", 1), ("past", 1)]
    assert all(night["over"] for venue in over for night in venue["nights"])
    assert {town["key"] for town in first["towns"]} == {"au-ballarat"}, "those that are over refer to it"


def test_weekly_night_continues_without_end(space: StoredEvent) -> None:
    night = night_of(at(space, "fox"))
    first = (date(2026, 11, 24) - EPOCH).days
    assert {name: night.get(name) for name in ("first", "every", "last", "days", "time")} == {
        "first": first, "every": 7, "last": None, "days": None, "time": 19 * 60,
    }  # fmt: skip


def test_weekly_night_continues_until_its_last_date(space: StoredEvent) -> None:
    night = night_of(at(space, "fox", rrule="FREQ=WEEKLY;BYDAY=TU;UNTIL=20271130T235959"))
    assert (night["every"], night["last"]) == (7, (date(2027, 11, 30) - EPOCH).days)
    short = night_of(at(space, "fox", rrule="FREQ=WEEKLY;BYDAY=TU;UNTIL=20261201T235959"))
    assert [date.fromordinal(EPOCH.toordinal() + day) for day in short["days"]] == [
        date(2026, 11, 24),
        date(2026, 12, 1),
    ]
    assert short["last"] == (date(2026, 12, 1) - EPOCH).days, "so that it is over when that day has passed"
    assert len(night_of(at(space, "fox", rrule="FREQ=WEEKLY;BYDAY=TU;UNTIL=20270330T235959"))["days"]) == 19


def test_monthly_night_has_its_known_dates(space: StoredEvent) -> None:
    night = night_of(at(space, "fox", frequency="monthly", rrule="FREQ=MONTHLY;BYDAY=1TU"))
    assert "every" not in night
    assert len(night["days"]) == 8


def test_night_without_known_dates_has_none(space: StoredEvent) -> None:
    night = night_of(at(space, "fox", frequency="biweekly", rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"))
    assert not {"days", "first", "every"} & night.keys()


def test_country_has_its_zones_and_other_names(space: StoredEvent) -> None:
    first, _ = index(
        views_of(at(space, "fox", country="GB"), replace(at(space, "inn"), venue=Venue("x", slug="x"))), NOW
    )
    assert first["countries"] == [
        {"key": "ZZ", "name": "Country not stated", "in": "in an unknown country"},
        {
            "key": "GB",
            "name": "United Kingdom",
            "in": "in the United Kingdom",
            "also": "UK Britain",
            "zones": ["Europe/London"],
        },
    ]


def test_first_cards_begin_with_the_next_night(space: StoredEvent) -> None:
    events = [
        at(space, "thursday", rrule="FREQ=WEEKLY;BYDAY=TH"),
        at(space, "unknown", frequency="irregular", rrule=None),
        at(space, "london", timezone="Europe/London"),
        at(space, "melbourne"),
        at(space, "over", "gone"),
        at(space, "break", "on_break"),
    ]
    assert [view.slug for view in by_date(views_of(*events))] == ["melbourne", "london", "thursday", "break", "unknown"]


def test_date_of_a_night_that_has_ended_is_the_next(space: StoredEvent) -> None:
    (view,) = views_of(at(space, "fox"), now=datetime(2026, 11, 24, 9, 30, tzinfo=UTC))  # 8:30 pm in Melbourne
    assert view.nights[0].dates[0].day == date(2026, 11, 24)
    (view,) = views_of(at(space, "fox"), now=datetime(2026, 11, 24, 10, 30, tzinfo=UTC))
    assert view.nights[0].dates[0].day == date(2026, 12, 1)


@pytest.mark.parametrize(
    ("name", "initial"),
    [
        ("The Ivory Toad", "IT"),
        ("A Taste of Honey", "TH"),
        ("O’Brien’s", "O"),
        ("The The", "TT"),
        ("3rd Space Canberra", "3S"),
        ("Żuraw", "Ż"),
        ("!!!", ""),
    ],
)
def test_initial_skips_articles(space: StoredEvent, name: str, initial: str) -> None:
    (view,) = views_of(at(space, name))
    assert view.initial == initial


def test_schedule_of_a_night_in_parts(space: StoredEvent) -> None:
    schedule: Schedule = replace(space.schedule, time_assumed=True)
    night = night_of(replace(space, schedule=schedule))
    assert (night["how"], night["at"].replace("\N{NO-BREAK SPACE}", " ")) == ("Tuesdays", "19:00 (assumed)")
