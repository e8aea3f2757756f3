"""Memory and queries that must not grow with the database."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from datetime import timedelta
from pathlib import Path
from typing import Any, TextIO

import pytest
from sqlalchemy import Connection, event

from tests.bench.filled_database import PUBLISHER, fill, venue_id_of
from tests.support.filled import NOW, begin
from tests.support.stored import stored_images
from trivia_scraper.cli.tables import show_json_rows, show_table
from trivia_scraper.commands.events import COLUMNS
from trivia_scraper.db import image_queries, known_venues, queries
from trivia_scraper.db.engine import Store
from trivia_scraper.db.image_decisions import forget_old_decisions
from trivia_scraper.db.image_ledger import read_event_images, select_named_paths
from trivia_scraper.db.replaced_images import forget_replaced_images
from trivia_scraper.exports.formats import csv, geojson, ics, jsonl
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.images.verify import verify

FEW, MANY = 200, 2000


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Store]]:
    """Yield databases by their number of events."""
    directory = tmp_path_factory.mktemp("scale")
    stores = {count: Store(f"sqlite:///{directory}/{count}.db") for count in (FEW, MANY)}
    for count, store in stores.items():
        fill(store, count)
    yield stores
    for store in stores.values():
        store.close()


def events_as_json(connection: Connection, out: TextIO) -> None:
    with redirect_stdout(out):
        show_json_rows(each.as_dict() for each in queries.read_stored_events(connection))


def events_as_table(connection: Connection, out: TextIO) -> None:
    with redirect_stdout(out):
        show_table((each.as_dict() for each in queries.read_stored_events(connection)), COLUMNS, "")


def images_as_json(connection: Connection, out: TextIO) -> None:
    with redirect_stdout(out):
        show_json_rows(image_queries.read_images(connection))


@pytest.mark.parametrize(
    "write", [events_as_json, events_as_table, images_as_json, csv.write, geojson.write, ics.write, jsonl.write]
)
def test_memory_of_lists_is_independent_of_database_size(
    filled: dict[int, Store], monkeypatch: pytest.MonkeyPatch, write: Callable[..., Any]
) -> None:
    for module in (queries, image_queries, ics):
        monkeypatch.setattr(module, "_BATCH_SIZE", 50)
    of_exports = (queries.EVERYTHING,) if write in {csv.write, geojson.write, ics.write, jsonl.write} else ()

    def work(store: Store) -> None:
        with open(os.devnull, "w", encoding="utf-8") as out:
            store.read(write, *of_exports, out, *([NOW] if of_exports else []))

    assert_flat(filled, work)


def test_memory_of_verify_does_not_grow_with_the_database(
    filled: dict[int, Store], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(image_queries, "_BATCH_SIZE", 50)
    files = LocalFileStore(tmp_path)

    def work(store: Store) -> None:
        rows = image_queries.read_recorded_images(store)
        for _ in verify(rows, files, lambda paths: store.read(select_named_paths, paths)):
            pass

    assert_flat(filled, work)


def assert_flat(filled: dict[int, Store], work: Callable[[Store], None]) -> None:
    work(filled[FEW])  # so that what is loaded once does not count
    peaks = {}
    for count, store in filled.items():
        tracemalloc.start()
        work(store)
        peaks[count] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peaks[MANY] < 1.5 * peaks[FEW]


def test_run_of_few_venues_scans_no_large_table(filled: dict[int, Store], tmp_path: Path) -> None:
    store, files = filled[MANY], LocalFileStore(tmp_path)
    executed: list[tuple[str, Any]] = []
    listed = [venue_id_of(number) for number in range(3)]

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, *more: Any) -> None:
        executed.append((statement, parameters))

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        run_id = begin(store)
        store.read(known_venues.read_visits, PUBLISHER, listed, files)
        store.run(known_venues.mark_listed, PUBLISHER, listed, listed, NOW)
        store.read(read_event_images, PUBLISHER, listed[0], listed[0])
        store.run(known_venues.mark_unread_as_seen, PUBLISHER, run_id, [], NOW, NOW)
        store.run(forget_old_decisions, NOW, timedelta(days=365))
        store.run(forget_replaced_images, NOW, timedelta(days=365))
    finally:
        event.remove(store.engine, "before_cursor_execute", note)
    assert len(executed) > 10
    large = ("events", "images", "event_images", "venue_keys", "venues", "decisions", "history", "past_pictures")
    with store.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        for statement, parameters in executed:
            if statement.startswith(("SELECT", "UPDATE", "DELETE")):
                for *_, step in driver.execute(f"EXPLAIN QUERY PLAN {statement}", parameters):
                    assert step not in {f"SCAN {table}" for table in large}, statement


def test_shared_images_are_counted_and_marked_as_placeholders(filled: dict[int, Store]) -> None:
    rows = filled[FEW].read(stored_images)
    assert {row["shared_by"] for row in rows} == {1, 10}
    of_one = filled[FEW].read(stored_images, venue_id_of(0))
    assert of_one == [row for row in rows if row["venue"] == venue_id_of(0)]
    assert [row["placeholder"] for row in of_one] == [True] * 3
