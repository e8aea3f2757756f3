"""What is known of a publisher's venues when a run starts."""

from __future__ import annotations

from datetime import timedelta

from tests.support.events import event, record
from tests.support.filled import NOW, begin
from tests.support.stored import stored_events
from trivia_scraper.db.engine import Store
from trivia_scraper.db.known_venues import mark_listed, visits


def test_a_listed_venue_is_seen_and_one_under_visit_counts_as_not_scraped(store: Store) -> None:
    record(store, begin(store), event())
    later = NOW + timedelta(days=1)
    store.run(mark_listed, "quizmeisters", {"vic-the-fox"}, set(), later)
    assert store.run(visits, "quizmeisters")["vic-the-fox"].scraped_at == NOW
    assert store.run(stored_events)[0]["last_seen_at"] == later
    store.run(mark_listed, "quizmeisters", {"vic-the-fox"}, {"vic-the-fox"}, later)
    assert store.run(visits, "quizmeisters")["vic-the-fox"].scraped_at is None
