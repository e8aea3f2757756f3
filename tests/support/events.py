"""An event with all fields, and a function that stores it as a run does."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.support.filled import NOW
from trivia_scraper.db import events
from trivia_scraper.db.engine import Store
from trivia_scraper.db.venues import identify_venue
from trivia_scraper.items import Event, Fee, Performer, Schedule, Venue

# A NUL, half a character, and more characters than an index can store.
HOSTILE = "\0\ud800\U0001f37a" + "".join(chr(0x4E00 + number) for number in range(3000))


def event(publisher_id: str = "vic-the-fox", **facts: Any) -> Event:
    venue = Venue(
        name="The Fox",
        address="1 High St, Ballarat, Victoria, 3350, AU",
        city="Ballarat",
        postcode="3350",
        latitude=-37.56,
        longitude=143.86,
        phone="+61353000000",
        website="https://fox.example/",
    )
    schedule = Schedule("Tuesdays at 7pm", 2, "19:00", "weekly", "FREQ=WEEKLY;BYDAY=TU", "Australia/Melbourne")
    given: dict[str, Any] = {
        "venue": venue,
        "schedule": schedule,
        "fee": Fee("$5", 500, "AUD"),
        "performer": Performer("Sam"),
    }
    return Event(
        "quizmeisters", publisher_id, "https://q.example/fox", "Quiz at The Fox", "Upstairs.", **(given | facts)
    )


def record(store: Store, run_id: int, found: Event, now: datetime = NOW) -> events.RecordedEvent:
    found.venue.slug = store.run(identify_venue, found.publisher, found.publisher_id, found.venue, now)
    return store.run(events.record_event, found, run_id, now)
