"""Merges undone: the venue that was merged away is back with all that it had."""

from __future__ import annotations

from dataclasses import replace

from tests.support.filled import NOW
from tests.support.merges import FOX, HOUND, record_venue
from trivia_scraper.db import queries
from trivia_scraper.db.engine import Store
from trivia_scraper.db.venue_merges import merge
from trivia_scraper.db.venue_unmerges import unmerge
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.items import Venue


def test_what_a_merge_filled_in_goes_with_the_venue_that_it_came_from(store: Store, files: LocalFileStore) -> None:
    record_venue(store, files, "ours", FOX)
    record_venue(store, files, "theirs", HOUND)
    store.run(merge, files, "the-fox", "the-hound", NOW)
    (merged,) = {row["venue"]["slug"]: row["venue"] for row in store.run(queries.listed)}.values()
    assert (merged["name"], merged["phone"], merged["postcode"]) == ("The Fox", HOUND.phone, HOUND.postcode)
    record_venue(store, files, "ours", replace(FOX, phone="+441139999999"))
    store.run(unmerge, files, "the-hound", NOW)
    apart = {row["venue"]["slug"]: row["venue"] for row in store.run(queries.listed)}
    assert (apart["the-fox"]["phone"], apart["the-fox"]["postcode"]) == ("+441139999999", None)
    assert (apart["the-hound"]["phone"], apart["the-hound"]["postcode"]) == (HOUND.phone, HOUND.postcode)


def test_a_venue_that_comes_back_finds_its_number_free(store: Store, files: LocalFileStore) -> None:
    record_venue(store, files, "ours", FOX)
    record_venue(store, files, "theirs", HOUND)
    store.run(merge, files, "the-fox", "the-hound", NOW)
    record_venue(store, files, "others", Venue("The Badger"))
    store.run(unmerge, files, "the-hound", NOW)
    assert sorted({row["venue"]["slug"] for row in store.run(queries.listed)}) == ["the-badger", "the-fox", "the-hound"]
