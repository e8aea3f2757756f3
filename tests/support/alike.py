"""Venues with equal names, and functions that store venues as a crawl does."""

from __future__ import annotations

import math
from dataclasses import replace

from tests.support.filled import NOW, begin
from trivia_scraper.db import events
from trivia_scraper.db.engine import Store
from trivia_scraper.db.venues import identify_venue
from trivia_scraper.items import Event, Schedule, Venue
from trivia_scraper.parsing.places import EARTH_METRES

# Parsons Green, Fleet Road and Peckham Rye.
HORSES = (
    Venue("The White Horse", None, "1-3 Parsons Green", "SW6 4UL", "London", None, "GB", 51.4750, -0.2007),
    Venue("The White Horse", None, "154-156 Fleet Rd", "NW3 2QX", "London", None, "GB", 51.5535, -0.1652),
    Venue("The White Horse", None, "20-22 Peckham Rye", "SE15 4JR", "London", None, "GB", 51.4685, -0.0684),
)


def north_of(latitude: float, metres: float) -> float:
    return latitude + math.degrees(metres / EARTH_METRES)


def identified(store: Store, publisher: str, publisher_id: str, venue: Venue) -> str:
    return store.run(identify_venue, publisher, publisher_id, venue, NOW)


def record_visit(store: Store, publisher: str, publisher_id: str, venue: Venue) -> None:
    """Store an event at the venue, as a crawl does."""
    run_id = begin(store, publisher=publisher)
    found = Event(publisher, publisher_id, "https://p.example/", "Quiz", venue=replace(venue))
    found.schedule = Schedule("Tuesdays at 7pm", 2, "19:00", "weekly")
    found.venue.slug = identified(store, publisher, publisher_id, venue)
    store.run(events.record_event, found, run_id, NOW)
