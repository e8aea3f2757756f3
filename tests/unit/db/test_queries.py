"""The order of events."""

from __future__ import annotations

import pytest

from tests.support.filled import begin, quiz, record
from trivia_scraper.db.engine import Store
from trivia_scraper.db.queries import Identity, keys


def test_the_order_is_that_of_the_identities_on_both_engines(request: pytest.FixtureRequest, database: str) -> None:
    store = Store(database)
    run_id = begin(store)
    for name in ("b", "A", "ä", "a b", "a-b", "B", "10", "9"):
        record(store, quiz(name), run_id)
    found = [key.identity for key in store.read(keys)]
    store.close()
    assert found == sorted(found)
    assert found[0] == Identity("quizmeisters", "10", 1)
