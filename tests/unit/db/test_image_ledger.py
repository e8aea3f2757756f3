"""One row per image of a venue or a host, its path, and the files that no row names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.events import event, record
from tests.support.filled import NOW, begin
from tests.support.one_run import HERO, OneRun, picture
from trivia_scraper.db import image_ledger, image_queries
from trivia_scraper.db.engine import Store
from trivia_scraper.db.venues import identify
from trivia_scraper.images.placing import Placed
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.images.validate import Picture
from trivia_scraper.items import Venue


def test_two_urls_of_one_file_name_get_two_places(store: Store) -> None:
    slug = store.run(identify, "quizmeisters", "vic-the-fox", event().venue, NOW)
    pictures = [("hero", "https://a.example/2025/bar.jpg"), ("hero", "https://a.example/2026/bar.png")]
    opened, shown = store.run(image_ledger.open_pictures, "quizmeisters", "vic-the-fox", slug, None, pictures)
    assert shown == {}
    stems = [entry.stem for entry in opened]
    assert stems[0] == "venues/the-fox/bar"
    assert len({stem.lower() for stem in stems}) == 2
    again, _ = store.run(image_ledger.open_pictures, "quizmeisters", "vic-the-fox", slug, None, pictures[::-1])
    assert [entry.stem for entry in again] == stems[::-1]


def test_two_hosts_of_one_name_at_two_venues_have_two_folders(store: Store) -> None:
    stems = []
    for publisher_id in ("vic-the-fox", "vic-the-hound"):
        venue = Venue(publisher_id.removeprefix("vic-"))
        slug = store.run(identify, "quizmeisters", publisher_id, venue, NOW)
        wanted = [("performer", "https://a.example/sam.jpg")]
        (entry,), _ = store.run(image_ledger.open_pictures, "quizmeisters", publisher_id, slug, "Sam", wanted)
        stems.append(entry.stem)
    assert stems == ["performers/sam/sam", "performers/sam-the-hound/sam"]


def test_only_files_that_no_row_names_are_removed(store: Store, tmp_path: Path) -> None:
    """The check and the removal are one transaction, in which no other process can come to name the file."""
    files = LocalFileStore(tmp_path / "images")
    slug = store.run(identify, "quizmeisters", "vic-the-fox", event().venue, NOW)
    wanted = [("hero", "https://a.example/bar.jpg")]
    (entry,), _ = store.run(image_ledger.open_pictures, "quizmeisters", "vic-the-fox", slug, None, wanted)
    picture = Picture("JPEG", 2, 2, "0" * 64)
    thumb = "venues/the-fox/thumbs/small/bar.jpg"
    placed = Placed("venues/the-fox/bar.jpg", files.write("venues/the-fox/bar.jpg", b"new"), {"small": thumb}, "fill")
    store.run(image_ledger.record_file, entry, picture, placed, {}, "new", begin(store), NOW)
    for path in ("venues/the-fox/bar.png", thumb, "venues/the-fox/thumbs/wide/bar.jpg"):
        files.write(path, b"x")
    paths = ["venues/the-fox/bar.jpg", "venues/the-fox/bar.png", thumb, "venues/the-fox/thumbs/wide/bar.jpg"]
    assert store.run(image_ledger.remove_unnamed, files, paths) == []
    assert sorted(files.paths()) == sorted(["venues/the-fox/bar.jpg", thumb])


def test_a_picture_whose_row_another_process_took_away_is_not_recorded(store: Store, tmp_path: Path) -> None:
    slug = store.run(identify, "quizmeisters", "vic-the-fox", event().venue, NOW)
    wanted = [("hero", "https://a.example/bar.jpg")]
    (entry,), _ = store.run(image_ledger.open_pictures, "quizmeisters", "vic-the-fox", slug, None, wanted)
    store.run(image_ledger.forget, [entry.id])
    with pytest.raises(image_ledger.SupersededError):
        store.run(image_ledger.record_check, entry, NOW)


def test_a_stand_in_is_what_many_others_had_when_the_run_began(store: Store, tmp_path: Path) -> None:
    one = OneRun(store, LocalFileStore(tmp_path / "images"))
    stand_in, own = picture("JPEG", (40, 30)), picture("JPEG", (41, 30))
    for number in range(image_queries.PLACEHOLDER_VENUES):
        assert store.read(image_ledger.common_digests) == {}
        place(one, f"pub-{number}", stand_in)
    ((digest, had),) = store.read(image_ledger.common_digests).items()
    assert len(had) == image_queries.PLACEHOLDER_VENUES
    entry = place(one, "pub-own", own)

    def judge(had: frozenset[int]) -> bool:
        return store.read(image_ledger.is_placeholder, entry.venue_id, str(entry.sha256), had)

    assert judge(had)
    assert not judge(had - {min(had)}), "one too few"
    place(one, "pub-other", own)
    assert not judge(had), "its old picture was not its own"
    assert digest != entry.sha256


def place(one: OneRun, publisher_id: str, body: bytes) -> image_ledger.Entry:
    found = event(publisher_id, venue=Venue(publisher_id))
    record(one.store, one.run.id, found)
    (task,) = one.store.write(one.opening.open, found, HERO)
    one.take(task, body)
    return task.entry
