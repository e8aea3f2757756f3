"""What the database knows of the venues on a listing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete, update

from tests.support.events import event
from tests.support.events import record as record_event
from tests.support.filled import NOW, WEEKLY, begin, quiz, record
from tests.support.one_run import STEM, OneRun
from tests.support.stored import stored_events
from trivia_scraper.db.engine import Store
from trivia_scraper.db.known_venues import Visit, mark_listed, read_visits
from trivia_scraper.db.schema import event_images, events, history
from trivia_scraper.images.storage.local import LocalFileStore


def test_listed_venue_is_seen_visited_one_not_scraped(store: Store, tmp_path: Path) -> None:
    def visit() -> Visit:
        files = LocalFileStore(tmp_path / "images")
        return store.run(read_visits, "quizmeisters", ["vic-the-fox"], files)["vic-the-fox"]

    record_event(store, begin(store), event())
    later = NOW + timedelta(days=1)
    store.run(mark_listed, "quizmeisters", {"vic-the-fox"}, set(), later)
    assert visit().scraped_at == NOW
    assert store.run(stored_events)[0]["last_seen_at"] == later
    store.run(mark_listed, "quizmeisters", {"vic-the-fox"}, {"vic-the-fox"}, later)
    assert visit().scraped_at is None


def test_visits_reads_only_listed_venues(one: OneRun) -> None:
    for number in range(3):
        record(one.store, quiz(f"pub-{number}"), begin(one.store))
    listed = [f"pub-{number}" for number in (0, 2)] + [f"new-{number}" for number in range(250)]
    found = one.store.read(read_visits, "quizmeisters", listed, one.files)
    assert {key: visit.slug for key, visit in found.items()} == {"pub-0": "the-pub-0", "pub-2": "the-pub-2"}
    assert all(visit.scraped_at for visit in found.values())


@pytest.mark.parametrize("harm", ["unlink", "write_bytes"])
@pytest.mark.parametrize("path", [f"{STEM}.jpg", STEM.replace("the-fox/", "the-fox/thumbs/small/") + ".jpg"])
def test_venue_with_damaged_file_is_not_skipped(one: OneRun, harm: str, path: str) -> None:
    assert one.store.read(read_visits, "quizmeisters", ["vic-the-fox"], one.files)["vic-the-fox"].scraped_at is not None
    getattr(one.files.root / path, harm)(*([b""] if harm == "write_bytes" else []))
    assert one.store.read(read_visits, "quizmeisters", ["vic-the-fox"], one.files)["vic-the-fox"].scraped_at is None


def test_venue_without_stored_event_is_not_skipped(store: Store, tmp_path: Path) -> None:
    files = LocalFileStore(tmp_path / "images")
    for publisher in ("quizmeisters", "pubquiz"):
        record(store, quiz("vic-the-fox", publisher), begin(store, publisher=publisher))
    lost = delete(events).where(events.c.publisher == "quizmeisters")
    for statement in (delete(event_images), delete(history), lost):
        store.run(Connection.execute, statement)
    known = [
        store.read(read_visits, each, ["vic-the-fox"], files)["vic-the-fox"] for each in ("quizmeisters", "pubquiz")
    ]
    assert [(visit.slug, visit.scraped_at) for visit in known] == [
        ("the-vic-the-fox", None),
        ("the-vic-the-fox", NOW),
    ]


@pytest.mark.parametrize(
    ("statuses", "seen"),
    [
        (["active", "gone"], ["active"]),
        (["on_break", "missing"], ["on_break"]),
        (["missing", "gone"], []),
        # The only night of a venue counts as seen.
        (["gone"], ["gone"]),
    ],
)
def test_gone_night_is_not_seen_with_other_nights(store: Store, statuses: list[str], seen: list[str]) -> None:
    nights = [event(schedule=replace(WEEKLY, weekday=weekday)) for weekday, _ in enumerate(statuses, start=1)]
    run_id = begin(store)
    for night, status in zip(nights, statuses, strict=True):
        record_event(store, run_id, night)
        of_weekday = update(events).where(events.c.weekday == night.schedule.weekday)
        store.run(lambda connection, change: connection.execute(change), of_weekday.values(status=status))
    later = NOW + timedelta(days=1)
    store.run(mark_listed, "quizmeisters", {"vic-the-fox"}, set(), later)
    assert [row["status"] for row in store.read(stored_events) if row["last_seen_at"] == later] == seen
