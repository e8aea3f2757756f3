"""Records of replaced images: how long they are kept, and for which venue."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, insert, select

from tests.support.events import event
from tests.support.filled import NOW, begin, quiz, record
from trivia_scraper.db.engine import Store
from trivia_scraper.db.replaced_images import (
    ALIKE_VENUES,
    MAX_KEPT,
    Limits,
    OriginalsOfRun,
    expire_replaced_images,
    find_alike,
    find_overdue_originals,
    forget_replaced_images,
    read_kept_originals,
    read_replaced,
)
from trivia_scraper.db.schema import past_images
from trivia_scraper.db.venue_merges import merge, unmerge
from trivia_scraper.db.venues import identify_venue
from trivia_scraper.images.records import ImageRecord
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.items import Venue

HERO = "hero"
DAY = timedelta(days=1)


def test_past_images_are_limited_by_number_and_age(store: Store, tmp_path: Path) -> None:
    run_id = begin(store)
    store.run(identify_venue, "quizmeisters", "vic-the-fox", event().venue, NOW)
    now = datetime(2026, 11, 25, tzinfo=UTC)

    def remember(kind: str, days_ago: int) -> None:
        row = {"run_id": run_id, "at": now - timedelta(days=days_ago), "venue_id": 1, "kind": kind, "url": "u"}
        store.run(lambda connection: connection.execute(insert(past_images), row | {"before": {}, "after": {}}))

    for day in range(MAX_KEPT + 2, 0, -1):
        remember("hero", day)
    remember("performer", 100)
    remember("performer", 1)
    assert len(store.run(forget_replaced_images, now, timedelta(days=90))) == 3
    kept = select(past_images.c.kind, func.min(past_images.c.at)).group_by(past_images.c.kind)
    oldest = dict(store.read(lambda connection: connection.execute(kept).all()))
    assert oldest["hero"] == now - timedelta(days=MAX_KEPT)


def test_past_images_follow_a_merge_and_its_reversal(store: Store, tmp_path: Path) -> None:
    files, run_id = LocalFileStore(tmp_path / "images"), begin(store)
    for name in ("fox", "hound"):
        record(store, quiz(name), run_id, NOW, [("hero", f"https://a.example/{name}.jpg", name)], files)
    row = {"run_id": run_id, "at": NOW, "venue_id": 2, "kind": HERO, "url": "https://a.example/hound.jpg"}
    facts = {"before": {"sha256": "1"}, "after": {"sha256": "2"}}
    store.run(lambda connection: connection.execute(insert(past_images), row | facts))

    def belongs_to() -> str:
        (kept,), _ = store.read(read_replaced, [run_id], 10)[run_id]
        return kept.slug

    assert belongs_to() == "the-hound"
    store.run(merge, files, "the-fox", "the-hound", NOW)
    assert belongs_to() == "the-fox"
    store.run(unmerge, files, "the-hound", NOW)
    assert belongs_to() == "the-hound"


def put_original(store: Store, run_id: int, days_ago: float, name: str, size: int, venue_id: int = 1) -> None:
    row = {"run_id": run_id, "at": NOW - days_ago * DAY, "venue_id": venue_id, "kind": HERO, "url": "u"}
    facts = {"original": f"replaced/{name}.jpg", "before": {"sha256": name, "bytes": size}, "after": {}}
    store.run(lambda connection: connection.execute(insert(past_images), row | facts))


def kept(store: Store) -> list[str]:
    return sorted(row["path"].removeprefix("replaced/").removesuffix(".jpg") for row in store.read(read_kept_originals))


def test_originals_expire_by_age_and_size_oldest_first(store: Store) -> None:
    run_id = begin(store)
    for number in range(1, 4):
        store.run(identify_venue, "quizmeisters", f"vic-{number}", Venue(f"Pub {number}"), NOW)
    put_original(store, run_id, 40, "old", 100)
    put_original(store, run_id, 9, "a", 600, 2)
    put_original(store, run_id, 8, "b", 400, 3)
    put_original(store, run_id, 41, "shared", 300)
    put_original(store, run_id, 2, "shared", 300, 3)
    limits = Limits(90 * DAY, 30 * DAY, 1000)
    assert store.read(find_overdue_originals, NOW, limits)[1] == ["replaced/a.jpg", "replaced/old.jpg"]
    assert store.run(expire_replaced_images, NOW, limits) == ["replaced/a.jpg", "replaced/old.jpg"]
    assert kept(store) == ["b", "shared"]
    assert store.run(expire_replaced_images, NOW, limits) == []
    assert store.run(expire_replaced_images, NOW, Limits(90 * DAY, timedelta(0), 1000)) == [
        "replaced/b.jpg",
        "replaced/shared.jpg",
    ]


def test_originals_of_one_run_are_limited_in_bytes() -> None:
    limits = Limits(90 * DAY, 30 * DAY, 1000)
    of_run = OriginalsOfRun(limits)

    def keep(name: str, size: int) -> bool:
        return (
            of_run.reserve_path(ImageRecord(url="u", stem=name, path=f"{name}.jpg", sha256=name, bytes=size))
            is not None
        )

    assert keep("a", 600)
    assert not keep("b", 500)
    assert keep("c", 400)
    assert keep("a", 600), "the file is already kept"
    assert not keep("d", 1)
    of_run = OriginalsOfRun(replace(limits, originals=timedelta(0)))
    assert not keep("a", 600)


def test_expire_returns_files_of_deleted_rows(store: Store) -> None:
    run_id = begin(store)
    store.run(identify_venue, "quizmeisters", "vic-the-fox", event().venue, NOW)
    put_original(store, run_id, 5, "first", 1)
    row = {"run_id": run_id, "at": NOW, "venue_id": 1, "kind": HERO, "url": "u", "before": {}, "after": {}}
    store.run(lambda connection: connection.execute(insert(past_images), [row] * MAX_KEPT))
    assert store.run(expire_replaced_images, NOW, Limits(90 * DAY, 30 * DAY, 1000)) == ["replaced/first.jpg"]


def test_originals_are_limited_per_venue_and_kind(store: Store) -> None:
    run_id = begin(store)
    store.run(identify_venue, "quizmeisters", "vic-the-fox", event().venue, NOW)
    for number in range(MAX_KEPT + 3):
        put_original(store, run_id, 1, f"{number:02}", 1)
    gone = store.run(expire_replaced_images, NOW, Limits(90 * DAY, 30 * DAY, 1000))
    assert gone == [f"replaced/{number:02}.jpg" for number in range(3)]
    assert len(kept(store)) == MAX_KEPT


def test_alike_in_ignores_venues_that_were_alike_before(store: Store) -> None:
    """A chain whose venues all had the same logo before is not reported."""
    run_id, other = begin(store), begin(store)

    def replaced(number: int, before: str, after: str, run: int) -> None:
        row = {"run_id": run, "at": NOW, "venue_id": number, "kind": HERO, "url": "u"}
        facts = {"before": {"sha256": before}, "after": {"sha256": after}}
        store.run(lambda connection: connection.execute(insert(past_images), row | facts))

    for number in range(1, ALIKE_VENUES + 1):
        store.run(identify_venue, "quizmeisters", f"vic-{number}", Venue(f"Pub {number}"), NOW)
        replaced(number, "logo", "new-logo", run_id)
        replaced(number, f"own-{number}", "placeholder", other if number == 1 else run_id)
    assert store.read(find_alike, [run_id, other]) == {}, "one venue too few"
    replaced(1, "own-1", "placeholder", run_id)
    (found,) = store.read(find_alike, [run_id, other])[run_id]
    assert (found.sha256, found.venues) == ("placeholder", ALIKE_VENUES)
