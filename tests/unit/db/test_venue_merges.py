"""Merges of venues and their reversal: cases that no crawl of the sandbox produces."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from tests.golden.databases import read_script
from tests.support.filled import NOW, begin, quiz, record
from tests.support.merges import FOX, HOUND, carry_out, paths, record_venue
from tests.support.stored import stored_events
from trivia_scraper.db.engine import Store
from trivia_scraper.db.image_ledger import remove_unreferenced
from trivia_scraper.db.pinned_images import pin_images
from trivia_scraper.db.schema import images, venue_merges
from trivia_scraper.db.venue_merges import merge, unmerge
from trivia_scraper.errors import RefusedError
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.items import Venue


def test_merge_and_unmerge_of_hosts_with_same_name(store: Store, files: LocalFileStore) -> None:
    record_venue(store, files, "ours", FOX, "Sam")
    record_venue(store, files, "theirs", HOUND, "Sam")
    before = paths(store, "theirs")
    ours = paths(store, "ours")
    assert [path.rpartition("-")[0] for path in before] == ["venues/the-hound/bar", "performers/sam-the-hound/face"]
    carry_out(store, files, store.run(merge, files, "the-fox", "the-hound", NOW))
    hero, face = paths(store, "theirs")
    assert hero.startswith("venues/the-fox/bar-")
    assert face.startswith("performers/sam/face-")
    assert {path.split("/")[1] for path in files.paths()} == {"the-fox", "sam"}
    carry_out(store, files, store.run(unmerge, files, "the-hound", NOW))
    assert paths(store, "theirs") == before
    assert paths(store, "ours") == ours


def test_merged_host_without_namesake_keeps_its_folder(store: Store, files: LocalFileStore) -> None:
    record_venue(store, files, "ours", FOX, "Sam")
    record_venue(store, files, "theirs", HOUND, "Alex")
    before = paths(store, "theirs")[1]
    assert before.startswith("performers/alex/face-")
    carry_out(store, files, store.run(merge, files, "the-fox", "the-hound", NOW))
    assert paths(store, "theirs")[1] == before
    carry_out(store, files, store.run(unmerge, files, "the-hound", NOW))
    assert paths(store, "theirs")[1] == before


def test_unmerge_takes_back_filled_fields(store: Store, files: LocalFileStore) -> None:
    record_venue(store, files, "ours", FOX)
    record_venue(store, files, "theirs", HOUND)
    store.run(merge, files, "the-fox", "the-hound", NOW)
    (merged,) = {row["venue"]["slug"]: row["venue"] for row in store.run(stored_events)}.values()
    assert (merged["name"], merged["phone"], merged["postcode"]) == ("The Fox", HOUND.phone, HOUND.postcode)
    record_venue(store, files, "ours", replace(FOX, phone="+441139999999"))
    store.run(unmerge, files, "the-hound", NOW)
    apart = {row["venue"]["slug"]: row["venue"] for row in store.run(stored_events)}
    assert (apart["the-fox"]["phone"], apart["the-fox"]["postcode"]) == ("+441139999999", None)
    assert (apart["the-hound"]["phone"], apart["the-hound"]["postcode"]) == (HOUND.phone, HOUND.postcode)


def test_unmerged_venue_gets_its_row_id_back(store: Store, files: LocalFileStore) -> None:
    record_venue(store, files, "ours", FOX)
    record_venue(store, files, "theirs", HOUND)
    store.run(merge, files, "the-fox", "the-hound", NOW)
    record_venue(store, files, "others", Venue("The Badger"))
    store.run(unmerge, files, "the-hound", NOW)
    assert sorted({row["venue"]["slug"] for row in store.run(stored_events)}) == ["the-badger", "the-fox", "the-hound"]


def test_merge_of_first_release_can_be_undone(tmp_path: Path, files: LocalFileStore) -> None:
    with closing(sqlite3.connect(tmp_path / "old.db")) as connection:
        connection.executescript(read_script("sqlite"))
    with closing(Store(f"sqlite:///{tmp_path}/old.db")) as store:
        pending = select(venue_merges.c.gone_slug).where(venue_merges.c.undone_at.is_(None)).order_by(venue_merges.c.id)
        slugs = store.read(lambda each: each.scalars(pending).all())
        assert slugs
        for slug in reversed(slugs):
            store.run(unmerge, files, slug, NOW)
        assert store.read(Connection.scalar, pending) is None


LOGO = "https://a.example/logo.jpg"


def record_twins(
    store: Store, files: LocalFileStore, *, pinned: str, bodies: tuple[str, str] = ("ours", "theirs")
) -> None:
    """Record two venues whose publishers name the same image URL. pinned: slugs of venues to pin it for."""
    for (name, publisher), body in zip((("fox", "ours"), ("hound", "theirs")), bodies, strict=True):
        run_id = begin(store, publisher=publisher)
        record(store, quiz(name, publisher), run_id, images=[("hero", LOGO, body)], files=files)
    for slug in pinned.split():
        store.write(pin_images, slug, None, NOW)


def merge_twins(store: Store, files: LocalFileStore) -> None:
    done = store.run(merge, files, "the-fox", "the-hound", NOW)
    assert store.run(remove_unreferenced, files, done.moves.superseded) == []


def shown(store: Store, files: LocalFileStore) -> tuple[bytes | None, bool]:
    (row,) = store.read(lambda connection: connection.execute(select(images)).all())
    return files.read(row.path), row.pinned_at is not None


@pytest.mark.parametrize(
    ("pinned", "expected"),
    [("", (b"ours", False)), ("the-fox", (b"ours", True)), ("the-hound", (b"theirs", True))],
)
def test_pinned_image_stays_in_a_merge(
    store: Store, files: LocalFileStore, pinned: str, expected: tuple[bytes, bool]
) -> None:
    record_twins(store, files, pinned=pinned)
    merge_twins(store, files)
    assert shown(store, files) == expected


def test_lost_pinned_image_is_replaced_in_a_merge(store: Store, files: LocalFileStore) -> None:
    record_twins(store, files, pinned="the-hound")
    files.remove(paths(store, "theirs")[0])
    merge_twins(store, files)
    assert shown(store, files) == (b"ours", False)


def test_merge_refuses_different_pinned_images_of_one_url(store: Store, files: LocalFileStore) -> None:
    record_twins(store, files, pinned="the-fox the-hound")
    before = {path: files.read(path) for path in files.paths()}
    with pytest.raises(RefusedError, match="both have a pinned hero image"):
        merge_twins(store, files)
    assert {path: files.read(path) for path in files.paths()} == before
    record_twins(store, files, pinned="", bodies=("same", "same"))
    merge_twins(store, files)
    assert shown(store, files) == (b"same", True)
