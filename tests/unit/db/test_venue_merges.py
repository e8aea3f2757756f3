"""Merges of two venues: cases that no crawl of the sandbox produces."""

from __future__ import annotations

from tests.support.filled import NOW
from tests.support.merges import FOX, HOUND, carry_out, paths, record_venue
from trivia_scraper.db.engine import Store
from trivia_scraper.db.venue_merges import merge
from trivia_scraper.db.venue_unmerges import unmerge
from trivia_scraper.images.storage.local import LocalFileStore


def test_two_hosts_of_one_name_become_one_with_both_portraits_and_two_again(
    store: Store, files: LocalFileStore
) -> None:
    record_venue(store, files, "ours", FOX, "Sam")
    record_venue(store, files, "theirs", HOUND, "Sam")
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
    record_venue(store, files, "ours", FOX, "Sam")
    record_venue(store, files, "theirs", HOUND, "Alex")
    carry_out(store, files, store.run(merge, files, "the-fox", "the-hound", NOW))
    assert paths(store, "theirs")[1] == "performers/alex/face.jpg"
    carry_out(store, files, store.run(unmerge, files, "the-hound", NOW))
    assert paths(store, "theirs")[1] == "performers/alex/face.jpg"
