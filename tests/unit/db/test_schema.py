"""Column types: text and times are stored and read back unchanged."""

from __future__ import annotations

from datetime import UTC
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.support.events import HOSTILE, event, record
from tests.support.filled import NOW, begin, image_record, store_image
from tests.support.stored import stored_events, stored_images
from trivia_scraper.db import runs
from trivia_scraper.db.engine import Store
from trivia_scraper.db.image_decisions import read_decisions
from trivia_scraper.db.known_venues import mark_listed
from trivia_scraper.db.schema import venue_keys
from trivia_scraper.db.venues import identify_venue
from trivia_scraper.items import Event, Fee, ImageResult, Performer, Schedule, Venue
from trivia_scraper.pipelines.validation import MAX_FEE


def test_times_are_read_aware_and_naive_ones_refused(store: Store) -> None:
    record(store, begin(store), event())
    assert store.run(stored_events)[0]["scraped_at"].tzinfo is UTC
    with pytest.raises(Exception, match="has no time zone"):
        store.run(identify_venue, "quizmeisters", "x", Venue("X"), NOW.replace(tzinfo=None))
    assert store.run(lambda connection: connection.scalar(select(func.count()).select_from(venue_keys))) == 1


def test_hostile_text_is_stored_and_unchanged_next_time(store: Store) -> None:
    """PostgreSQL rejects NUL, lone surrogates and keys that are too long for an index; SQLite accepts them."""
    hostile: dict[str, Any] = dict.fromkeys(
        ("address", "postcode", "city", "region", "phone", "website", "facebook"), HOSTILE
    )

    def hostile_event() -> Event:
        found = event(
            publisher_id="\0" + "ż" * 254,
            venue=Venue(HOSTILE, **hostile, instagram=HOSTILE, country="AU"),
            schedule=Schedule(HOSTILE, 2, "19:00", "weekly", HOSTILE, "America/Argentina/ComodRivadavia", "2026-11-22"),
            fee=Fee(HOSTILE, MAX_FEE, "PLN", "person"),
            performer=Performer(HOSTILE),
        )
        found.name = found.description = found.source_url = HOSTILE
        found.venue.slug = store.run(identify_venue, found.publisher, found.publisher_id, found.venue, NOW)
        return found

    for expected in ("new", "unchanged"):
        run_id = begin(store)
        found = hostile_event()
        wanted = [("hero", f"https://a.example/{HOSTILE}"), ("performer", f"https://a.example/?{HOSTILE}")]
        for kind, url in wanted:
            before = image_record(store, found, kind, url)
            store_image(store, before, b"0", run_id, width=50_000_000, thumbs={}, thumbs_spec=HOSTILE, etag=HOSTILE)
        reason = "http_" + "9" * 60
        found.images = [
            ImageResult("hero", wanted[0][1], status="downloaded", reason=reason, error=HOSTILE),
            ImageResult("performer", wanted[1][1], status="downloaded", reason=reason, error=HOSTILE),
        ]
        assert record(store, run_id, found).change == expected
        store.run(mark_listed, found.publisher, {found.publisher_id}, {found.publisher_id}, NOW)
        assert len(store.read(read_decisions, str(found.venue.slug), 1)) == 2
        outcome = runs.Outcome(HOSTILE, "failed", [HOSTILE], {f"images/failed/{reason}": 10**30})
        store.run(runs.finish_run, run_id, outcome, NOW)
        assert store.read(runs.list_runs, run_id)[0]["counts"] == outcome.counts
    (stored,) = store.read(stored_events)
    plain = HOSTILE.replace("\0", "\ufffd").replace("\ud800", "\ufffd")
    assert stored["name"] == stored["venue"]["name"] == stored["fee"]["raw"] == plain
    assert {image["reason"] for image in stored["images"]} == {reason}
    assert [row["url"] for row in store.read(stored_images)] == [url.replace(HOSTILE, plain) for _, url in wanted]
