"""Which events a clean run counts as absent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.events import event, record
from tests.support.filled import NOW, begin
from tests.support.stored import stored_events
from trivia_scraper.db.absences import mark_absent
from trivia_scraper.db.engine import Store
from trivia_scraper.db.known_venues import mark_listed, mark_unread_as_seen

FOX = "vic-the-fox"


def finish(store: Store, without_quiz: set[str], number: int) -> str:
    """End a run that listed the venue but read no night of it, and return the event's status."""
    now = NOW + timedelta(days=number)
    run_id = begin(store)
    store.run(mark_listed, "quizmeisters", {FOX}, {FOX}, now)
    store.run(mark_unread_as_seen, "quizmeisters", run_id, (), now, now, without_quiz)
    store.run(
        mark_absent, "quizmeisters", run_id, now, (), without_quiz=without_quiz, gone_after=3, now=now
    )  # fmt: skip
    return str(store.run(stored_events)[0]["status"])


@pytest.mark.parametrize(
    ("without_quiz", "statuses"),
    [({FOX}, ["missing", "missing", "gone"]), (set(), ["active"] * 3)],
)
def test_listed_venue_without_quiz_is_absent(store: Store, without_quiz: set[str], statuses: list[str]) -> None:
    record(store, begin(store), event())
    assert [finish(store, without_quiz, number) for number in (1, 2, 3)] == statuses
    last_seen = store.run(stored_events)[0]["last_seen_at"]
    assert last_seen == (NOW if without_quiz else NOW + timedelta(days=3))


def test_page_that_cannot_be_read_restarts_the_count(store: Store) -> None:
    record(store, begin(store), event())
    found = [finish(store, {FOX} if rejected else set(), number) for number, rejected in enumerate((1, 1, 0, 1), 1)]
    assert found == ["missing"] * 4


def test_night_that_was_read_is_not_absent(store: Store) -> None:
    run_id = begin(store)
    record(store, run_id, event())
    store.run(mark_absent, "quizmeisters", run_id, NOW, (), without_quiz={FOX}, gone_after=3, now=NOW)
    assert store.run(stored_events)[0]["status"] == "active"
