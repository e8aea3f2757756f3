"""Values derived from the place of a venue, for pages that do not state the place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.events import event, record
from tests.support.filled import begin
from tests.support.stored import stored_events
from trivia_scraper.db import history
from trivia_scraper.db.engine import Store
from trivia_scraper.items import Event, Fee, Venue

DUBLIN = Venue(
    "The Long Hall",
    address="51 South Great George's St, Dublin, Ireland",
    country="IE",
    latitude=53.3416,
    longitude=-6.2653,
    phone="+35314751590",
)
SILENT = Venue("The Long Hall", country="GB")
"""The venue that a British publisher's spider reads from a page without address and coordinates."""


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


def page(venue: Venue, timezone: str | None, **facts: Any) -> Event:
    found = event(venue=replace(venue), **facts)
    found.schedule.timezone = timezone
    return found


def after(store: Store, *pages: Event) -> tuple[dict[str, Any], list[str]]:
    """Return the event after these pages, and the fields that the last one changed."""
    for each in pages:
        run_id = begin(store)
        record(store, run_id, each)
    (stored,) = store.run(stored_events)
    return stored, [change["field"] for change in store.read(history.read_changes, run_id)]


def test_page_without_place_keeps_zone_fee_and_phone(store: Store) -> None:
    said = page(DUBLIN, "Europe/Dublin", fee=Fee("5", 500, "EUR"))
    silent = page(replace(SILENT, phone="+441475159000"), "Europe/London", fee=Fee("5", 500, "GBP"))
    stored, changed = after(store, said, silent)
    assert stored["schedule"]["timezone"] == "Europe/Dublin"
    assert stored["fee"] == {"raw": "5", "amount": 500, "currency": "EUR", "per": None}
    assert (stored["venue"]["phone"], stored["venue"]["country"]) == ("+35314751590", "IE")
    assert changed == []


def test_page_without_place_counts_in_the_same_country(store: Store) -> None:
    said = page(replace(DUBLIN, country="GB", latitude=51.5, longitude=-0.1), "Europe/London", fee=Fee("5", 500, "GBP"))
    stored, changed = after(store, said, page(SILENT, "Europe/London", fee=Fee("6", 600, "GBP")))
    assert stored["fee"]["amount"] == 600
    assert changed == ["fee_amount"]


def test_state_does_not_override_stored_coordinates(store: Store) -> None:
    """Broken Hill is in New South Wales and has the time of Adelaide."""
    there = Venue("The Fox", address="1 Argent St", region="NSW", country="AU", latitude=-31.96, longitude=141.46)
    without = replace(there, latitude=None, longitude=None)
    stored, changed = after(store, page(there, "Australia/Broken_Hill"), page(without, "Australia/Sydney"))
    assert (stored["schedule"]["timezone"], changed) == ("Australia/Broken_Hill", [])


def test_new_address_sets_the_zone(store: Store) -> None:
    moved = replace(DUBLIN, address="1 Argent St, Sydney", latitude=None, longitude=None)
    stored, _ = after(store, page(DUBLIN, "Europe/Dublin"), page(moved, "Australia/Sydney"))
    assert stored["schedule"]["timezone"] == "Australia/Sydney"


def test_new_coordinates_set_the_zone(store: Store) -> None:
    moved = replace(DUBLIN, latitude=51.5, longitude=-0.1)
    stored, _ = after(store, page(DUBLIN, "Europe/Dublin"), page(moved, "Europe/London"))
    assert stored["schedule"]["timezone"] == "Europe/London"
