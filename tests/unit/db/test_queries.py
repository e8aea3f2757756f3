"""Order and shape of events."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from tests.support.filled import begin, quiz, record
from trivia_scraper.db.engine import Store
from trivia_scraper.db.queries import Identity, find_pages_that_had, read_keys, read_stored_events
from trivia_scraper.items import Performer


def test_keys_have_the_same_order_on_both_engines(request: pytest.FixtureRequest, database: str) -> None:
    store = Store(database)
    run_id = begin(store)
    for name in ("b", "A", "ä", "a b", "a-b", "B", "10", "9"):
        record(store, quiz(name), run_id)
    found = store.read(lambda connection: list(read_keys(connection)))
    by_venue = store.read(lambda connection: list(read_keys(connection, by_venue=True)))
    store.close()
    assert found == sorted(found, key=lambda key: key.identity)
    assert found[0].identity == Identity("quizmeisters", "10", 1)
    assert by_venue == sorted(found, key=lambda key: (key.venue_slug, key.identity))


def test_as_dict_equals_dataclasses_asdict(store: Store) -> None:
    run_id = begin(store)
    record(store, quiz("a", performer=Performer("Sam")), run_id, images=[("hero", "https://a.example/a.jpg", "a")])
    record(store, quiz("b"), run_id)
    for event in store.read(lambda connection: list(read_stored_events(connection))):
        assert event.as_dict() == asdict(event)
        assert list(event.as_dict()) == list(asdict(event))


def test_page_that_had_the_field_comes_before_the_first(store: Store) -> None:
    run_id = begin(store)
    record(store, quiz("never"), run_id)
    record(store, quiz("host", performer=Performer("Sam")), run_id, images=[("hero", "https://a.example/a.jpg", "a")])
    pages = {name: f"https://q.example/{name}" for name in ("never", "host", "new")}
    found = store.read(
        find_pages_that_had, "quizmeisters", {"host": pages, "fee": pages, "picture": pages, "phone": {}}
    )
    assert found == {"host": pages["host"], "fee": pages["never"], "picture": pages["host"]}
    assert store.read(find_pages_that_had, "pubquiz", {"host": pages}) == {"host": pages["never"]}
