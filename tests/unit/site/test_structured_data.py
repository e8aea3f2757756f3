"""What search engines read, held against what Google requires of an Event."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.filled import NOW, WEEKLY, begin, quiz, record
from trivia_scraper.db.engine import Store
from trivia_scraper.db.queries import StoredEvent, read_stored_events
from trivia_scraper.items import Fee, Schedule, Venue
from trivia_scraper.site.places import street
from trivia_scraper.site.structured_data import events
from trivia_scraper.site.venues import views

BASE = "https://quiz.example/"
ONCE = Schedule("1 December", 2, None, "once", None, "Australia/Melbourne", "2026-12-01")
pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@pytest.fixture
def fox(store: Store) -> StoredEvent:
    record(store, quiz("fox", fee=Fee("$5", 500, "AUD")), begin(store))
    (event,) = store.read(lambda connection: list(read_stored_events(connection)))
    return event


def read(*found: StoredEvent, base_url: str | None = BASE) -> list[dict[str, Any]]:
    (view,) = views(found, {}, {}, NOW)
    return events(view, base_url)


def test_event_has_what_google_requires(fox: StoredEvent) -> None:
    (event,) = read(fox)
    assert event["startDate"] == "2026-11-24T19:00+11:00"
    assert event["eventStatus"] == "https://schema.org/EventScheduled"
    assert event["organizer"] == {"@type": "Organization", "name": "Quizmeisters", "url": "https://q.example/"}
    assert event["offers"] == {"@type": "Offer", "price": 5, "priceCurrency": "AUD", "url": event["url"]}
    assert event["location"]["address"]["streetAddress"] == "1 High St"
    assert event["location"]["address"]["addressLocality"] == "Ballarat"
    assert "endDate" not in event, "nobody states when it ends"


def test_publisher_of_data_only_has_no_address(fox: StoredEvent) -> None:
    (event,) = read(replace(fox, source_url="https://storerocket.example/api/user/1/locations"), base_url=None)
    assert event["organizer"] == {"@type": "Organization", "name": "Quizmeisters"}
    assert "url" not in event["offers"]


def test_event_without_start_time_lasts_its_day(fox: StoredEvent) -> None:
    (event,) = read(replace(fox, schedule=ONCE))
    assert (event["startDate"], event["endDate"]) == ("2026-12-01", "2026-12-01")


@pytest.mark.parametrize(
    "facts",
    [
        {"status": "gone"},
        {"status": "on_break"},
        {"schedule": replace(ONCE, starts_on="2026-11-01")},
        {"schedule": replace(ONCE, starts_on=None)},
        {"schedule": replace(WEEKLY, frequency="biweekly", rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=TU")},
    ],
)
def test_night_without_a_known_date_is_left_out(fox: StoredEvent, facts: dict[str, Any]) -> None:
    assert read(replace(fox, **facts)) == []


def test_nights_of_a_venue_have_addresses_of_their_own(fox: StoredEvent) -> None:
    first, second = read(fox, replace(fox, night=2, schedule=replace(WEEKLY, weekday=4, rrule="FREQ=WEEKLY;BYDAY=TH")))
    assert first["url"].startswith(f"{BASE}venues/the-fox.html#night-")
    assert second["url"].startswith(f"{BASE}venues/the-fox.html#night-")
    assert first["url"] != second["url"]
    (without_base,) = read(fox, base_url=None)
    assert "url" not in without_base
    assert without_base["offers"]["url"] == "https://q.example/fox"


@pytest.mark.parametrize(
    ("address", "city", "region", "postcode", "country", "expected"),
    [
        ("31 Tide Road, London, SE8 9ZY", "London", None, "SE8 9ZY", "GB", "31 Tide Road"),
        ("610 W 4th Ave Anchorage, AK 99599", "Anchorage", "AK", "99599", "US", "610 W 4th Ave"),
        ("7 Lordship Lane, East Dulwich, London, SE22 9ZZ", "London", None, None, "GB",
         "7 Lordship Lane, East Dulwich, London, SE22 9ZZ"),
        ("12 Lonsdale St, Braddon ACT 2612, Australia", "Braddon", "ACT", "2612", "AU", "12 Lonsdale St"),
        ("288 Spring Road, IP4 5NL, UK", "Ipswich", None, "IP4 5NL", "GB", "288 Spring Road"),
        ("Bath", "Bath", None, None, "GB", "Bath"),
        ("1 Bath St, Bath.", "Bath", None, None, "GB", "1 Bath St"),
        (None, "Bath", None, None, "GB", ""),
        ("1 High St", None, None, None, None, "1 High St"),
    ],
)  # fmt: skip
def test_street_is_the_address_without_the_town(
    address: str, city: str, region: str, postcode: str, country: str, expected: str, engine_name: str
) -> None:
    venue = Venue("x", address=address, city=city, region=region, postcode=postcode, country=country)
    assert street(venue) == expected
