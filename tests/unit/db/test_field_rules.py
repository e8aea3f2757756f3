"""Merges by the store's own functions: what no crawl of the sandbox brings about."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from trivia_scraper.db import events, image_ledger, runs
from trivia_scraper.db.engine import Store
from trivia_scraper.db.venue_merges import Outcome, merge
from trivia_scraper.db.venue_unmerges import unmerge
from trivia_scraper.db.venues import identify
from trivia_scraper.images.placing import Placed
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.images.validate import Picture
from trivia_scraper.images.verify import verify
from trivia_scraper.items import Event, ImageResult, Performer, Schedule, Venue

NOW = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)
FOX = Venue("The Fox", city="Leeds", country="GB")
HOUND = Venue("The Hound", city="Leeds", country="GB", phone="+441130000000", postcode="LS1 4AA")


@pytest.fixture
def files(tmp_path: Path) -> LocalFileStore:
    return LocalFileStore(tmp_path / "images")


def record(store: Store, files: LocalFileStore, publisher: str, venue: Venue, host: str | None = None) -> None:
    """One event with its picture and its host's, as a crawl stores them. A file's bytes are its URL."""
    facts: dict[str, Any] = {"arguments": {}, "job_id": None, "source": "sandbox", "version": "test"}
    run_id = store.run(runs.begin, publisher=publisher, now=NOW, **facts)
    found = Event(publisher, "1", "https://p.example/", "Quiz", venue=replace(venue))
    found.schedule = Schedule("Tuesdays at 7pm", 2, "19:00", "weekly")
    found.performer = Performer(host) if host else None
    found.venue.slug = slug = store.run(identify, publisher, "1", venue, NOW)
    wanted = [("hero", f"https://{publisher}.example/bar.jpg")]
    wanted += [("performer", f"https://{publisher}.example/face.jpg")] if host else []
    opened, _ = store.run(image_ledger.open_pictures, publisher, "1", slug, host, wanted)
    for entry in opened:
        body = entry.url.encode()
        placed = Placed(f"{entry.stem}.jpg", files.write(f"{entry.stem}.jpg", body), {}, "fill")
        store.run(
            image_ledger.record_file, entry, Picture("JPEG", 2, 2, Picture.digest(body)), placed, {}, "new", run_id, NOW
        )
        kind: Any = entry.kind
        found.images.append(ImageResult(kind, entry.url, status="downloaded", reason="new"))
    store.run(events.record, found, run_id, NOW)
    store.run(runs.finish, run_id, runs.Outcome("finished", "passed", [], {}), NOW)


def carry_out(store: Store, files: LocalFileStore, done: Outcome) -> None:
    assert store.run(image_ledger.remove_unnamed, files, done.moves.superseded) == []
    assert list(verify(store.run(image_ledger.catalogue), files)) == []
    for event in store.run(events.listed):
        for picture in event["images"]:
            assert files.read(picture["path"]) == picture["url"].encode()


def paths(store: Store, publisher: str) -> list[str]:
    return [picture["path"] for event in store.run(events.listed, publisher) for picture in event["images"]]


def test_two_hosts_of_one_name_become_one_with_both_portraits_and_two_again(
    store: Store, files: LocalFileStore
) -> None:
    record(store, files, "ours", FOX, "Sam")
    record(store, files, "theirs", HOUND, "Sam")
    before = paths(store, "theirs")
    assert before == ["venues/the-hound/bar.jpg", "performers/sam-the-hound/face.jpg"]
    carry_out(store, files, store.run(merge, files, "the-fox", "the-hound", NOW))
    hero, face = paths(store, "theirs")
    assert hero.startswith("venues/the-fox/bar-")
    assert face.startswith("performers/sam/face-")
    assert {path.split("/")[1] for path in files.paths()} == {"the-fox", "sam"}
    carry_out(store, files, store.run(unmerge, files, "the-hound", NOW))
    assert paths(store, "theirs") == before
    assert paths(store, "ours") == ["venues/the-fox/bar.jpg", "performers/sam/face.jpg"]


def test_a_host_without_a_namesake_keeps_the_folder(store: Store, files: LocalFileStore) -> None:
    record(store, files, "ours", FOX, "Sam")
    record(store, files, "theirs", HOUND, "Alex")
    carry_out(store, files, store.run(merge, files, "the-fox", "the-hound", NOW))
    assert paths(store, "theirs")[1] == "performers/alex/face.jpg"
    carry_out(store, files, store.run(unmerge, files, "the-hound", NOW))
    assert paths(store, "theirs")[1] == "performers/alex/face.jpg"


def test_what_a_merge_filled_in_goes_with_the_venue_that_it_came_from(store: Store, files: LocalFileStore) -> None:
    record(store, files, "ours", FOX)
    record(store, files, "theirs", HOUND)
    store.run(merge, files, "the-fox", "the-hound", NOW)
    (merged,) = {row["venue"]["slug"]: row["venue"] for row in store.run(events.listed)}.values()
    assert (merged["name"], merged["phone"], merged["postcode"]) == ("The Fox", HOUND.phone, HOUND.postcode)
    record(store, files, "ours", replace(FOX, phone="+441139999999"))
    store.run(unmerge, files, "the-hound", NOW)
    apart = {row["venue"]["slug"]: row["venue"] for row in store.run(events.listed)}
    assert (apart["the-fox"]["phone"], apart["the-fox"]["postcode"]) == ("+441139999999", None)
    assert (apart["the-hound"]["phone"], apart["the-hound"]["postcode"]) == (HOUND.phone, HOUND.postcode)


def test_a_venue_that_comes_back_finds_its_number_free(store: Store, files: LocalFileStore) -> None:
    record(store, files, "ours", FOX)
    record(store, files, "theirs", HOUND)
    store.run(merge, files, "the-fox", "the-hound", NOW)
    record(store, files, "others", Venue("The Badger"))
    store.run(unmerge, files, "the-hound", NOW)
    assert sorted({row["venue"]["slug"] for row in store.run(events.listed)}) == ["the-badger", "the-fox", "the-hound"]
