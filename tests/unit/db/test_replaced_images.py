"""Records of replaced images: for how long they are kept, and with which venue."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, insert, select

from tests.support.events import event
from tests.support.filled import NOW, begin, quiz, record
from trivia_scraper.db.engine import Store
from trivia_scraper.db.replaced_images import KEPT_OF_ONE, forget_past, replaced_in
from trivia_scraper.db.schema import past_pictures
from trivia_scraper.db.venue_merges import merge, unmerge
from trivia_scraper.db.venues import identify
from trivia_scraper.images.storage.local import LocalFileStore

HERO = "hero"


def test_only_so_many_are_kept_and_only_for_so_long(store: Store, tmp_path: Path) -> None:
    run_id = begin(store)
    store.run(identify, "quizmeisters", "vic-the-fox", event().venue, NOW)
    now = datetime(2026, 11, 25, tzinfo=UTC)

    def remember(kind: str, days_ago: int) -> None:
        row = {"run_id": run_id, "at": now - timedelta(days=days_ago), "venue_id": 1, "kind": kind, "url": "u"}
        store.run(lambda connection: connection.execute(insert(past_pictures), row | {"before": {}, "after": {}}))

    for day in range(KEPT_OF_ONE + 2, 0, -1):
        remember("hero", day)
    remember("performer", 100)
    remember("performer", 1)
    assert store.run(forget_past, now, timedelta(days=90)) == 3
    kept = select(past_pictures.c.kind, func.min(past_pictures.c.at)).group_by(past_pictures.c.kind)
    oldest = dict(store.read(lambda connection: connection.execute(kept).all()))
    assert oldest["hero"] == now - timedelta(days=KEPT_OF_ONE)


def test_what_is_kept_goes_with_its_venue_when_two_are_one_and_comes_back(store: Store, tmp_path: Path) -> None:
    files, run_id = LocalFileStore(tmp_path / "images"), begin(store)
    for name in ("fox", "hound"):
        record(store, quiz(name), run_id, NOW, [("hero", f"https://a.example/{name}.jpg", name)], files)
    row = {"run_id": run_id, "at": NOW, "venue_id": 2, "kind": HERO, "url": "https://a.example/hound.jpg"}
    facts = {"before": {"sha256": "1"}, "after": {"sha256": "2"}}
    store.run(lambda connection: connection.execute(insert(past_pictures), row | facts))

    def belongs_to() -> str:
        (kept,), _ = store.read(replaced_in, [run_id], 10)[run_id]
        return kept.slug

    assert belongs_to() == "the-hound"
    store.run(merge, files, "the-fox", "the-hound", NOW)
    assert belongs_to() == "the-fox"
    store.run(unmerge, files, "the-hound", NOW)
    assert belongs_to() == "the-hound"
