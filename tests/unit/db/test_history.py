"""History of changed values."""

from __future__ import annotations

from tests.support.events import HOSTILE, event, record
from tests.support.filled import begin
from trivia_scraper.db import history
from trivia_scraper.db.engine import Store
from trivia_scraper.db.schema import make_storable
from trivia_scraper.items import Fee, Venue


def test_changes_of_any_type_are_recorded(store: Store) -> None:
    record(store, begin(store), event())
    run_id = begin(store)
    moved = event(venue=Venue(HOSTILE, latitude=1.5, longitude=2.5), fee=Fee("free", 0, "GBP"))
    moved.description = HOSTILE
    record(store, run_id, moved)
    changes = {each["field"]: (each["old"], each["new"]) for each in store.read(history.read_changes, run_id)}
    assert changes["latitude"] == (-37.56, 1.5)
    assert changes["fee_amount"] == (500, 0)
    assert changes["description"][1] == changes["name"][1] == make_storable(HOSTILE)
