"""Images that an event shows."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.support import filled
from tests.support.events import event, record
from tests.support.filled import NOW, begin, image_record, store_image
from tests.support.one_run import STEM, OneRun, result_of
from tests.support.stored import stored_images
from trivia_scraper.db import events, history
from trivia_scraper.db.engine import Store
from trivia_scraper.db.venues import identify_venue
from trivia_scraper.extensions.run import Run
from trivia_scraper.images.policy import Reason, Status
from trivia_scraper.images.records import Outcome
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.images.verify import list_paths
from trivia_scraper.items import Event, ImageResult, Venue


def with_hero(store: Store, run_id: int, found: Event, digest: str) -> Event:
    """Return the event with an image that was downloaded and recorded."""
    found.venue.slug = store.run(identify_venue, found.publisher, found.publisher_id, found.venue, NOW)
    before = image_record(store, found, "hero", "https://a.example/bar.jpg")
    store_image(store, before, b"image", run_id, sha256=digest, thumbs={})
    found.images = [ImageResult("hero", before.url, status="downloaded", reason="new", changed=True)]
    return found


def test_new_image_changes_a_known_event(store: Store) -> None:
    def changes(run_id: int) -> list[tuple[str, str, str | None, str | None]]:
        rows = store.read(history.read_changes, run_id)
        return [(row["entity"], row["field"], row["old"], row["new"]) for row in rows]

    first, second, third = "1" * 64, "2" * 64, "3" * 64
    run_id = begin(store)
    record(store, run_id, with_hero(store, run_id, event(), first))
    assert changes(run_id) == [], "the first image of a new event is not a change"
    run_id = begin(store)
    assert record(store, run_id, with_hero(store, run_id, event(), second)).change == "changed"
    assert changes(run_id) == [("image", "sha256", first, second)]
    record(store, begin(store), event("vic-the-hound", venue=Venue("The Hound")))
    run_id = begin(store)
    late = with_hero(store, run_id, event("vic-the-hound", venue=Venue("The Hound")), third)
    assert record(store, run_id, late).change == "changed"
    assert changes(run_id) == [("event", "image:hero", None, third)]


def test_event_with_the_same_image_is_unchanged(one: OneRun) -> None:
    found = event()
    found.venue.slug = "the-fox"
    record_ = one.work(found).record
    found.images = [result_of(Outcome.from_record(record_, Status.UPTODATE, Reason.FRESH))]
    for _ in range(2):
        recorded = one.store.run(events.record_event, found, one.run.id, NOW)
        assert (recorded.change, recorded.superseded) == ("unchanged", [])
    assert [row["reason"] for row in one.store.read(stored_images)] == ["fresh"]


@pytest.mark.parametrize(("status", "reason", "kept"), [("failed", "timeout", 3), ("uptodate", "fresh", 2)])
def test_failed_image_keeps_all_images_of_its_kind(
    store: Store, files: LocalFileStore, status: Any, reason: str, kept: int
) -> None:
    """The page names two of three images. The third is removed only if both are good."""
    found = event()
    urls = [f"https://a.example/{name}.jpg" for name in ("bar", "garden", "former")]
    filled.record(store, found, begin(store), images=[("hero", url, url) for url in urls], files=files)
    stored = store.read(stored_images)
    assert [row["url"] for row in stored] == urls
    found.images = [
        ImageResult("hero", urls[0], status="uptodate", reason="fresh"),
        ImageResult("hero", urls[1], status=status, reason=reason),
    ]
    recorded = record(store, begin(store), found)
    assert [row["url"] for row in store.read(stored_images)] == urls[:kept]
    assert recorded.superseded == [path for row in stored[kept:] for path in list_paths(row)]


def test_superseded_file_that_cannot_be_removed_is_counted(
    one: OneRun, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def remove(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    counts: dict[str, int] = {}

    def count(name: str) -> None:
        counts[name] = counts.get(name, 0) + 1

    monkeypatch.setattr(one.files, "remove", remove)
    crawler = SimpleNamespace(stats=SimpleNamespace(inc_value=count))
    run = cast("Any", SimpleNamespace(store=one.store, files=one.files, crawler=crawler))
    asyncio.run(Run.remove_files(run, [f"{STEM}.jpg", "venues/the-fox/old.jpg", "venues/the-fox/older.jpg"]))
    assert counts == {"trivia/files/not_removed": 2}, "the first has a row, so it is not removed"
    assert "the superseded venues/the-fox/old.jpg could not be removed" in caplog.text
