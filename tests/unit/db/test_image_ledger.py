"""The image ledger: rows, paths, and files that no row names."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from tests.support.events import event, record
from tests.support.filled import begin, image_record, store_image
from tests.support.one_run import STEM, OneRun, image
from trivia_scraper.db import image_ledger, image_queries
from trivia_scraper.db.engine import Store
from trivia_scraper.db.schema import images
from trivia_scraper.images.ledger import SupersededError
from trivia_scraper.images.policy import Reason, Status
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.items import Event, Performer, Venue


def stored_event(store: Store, publisher_id: str, host: str | None = None) -> Event:
    found = event(publisher_id, venue=Venue(publisher_id.removeprefix("vic-")))
    found.performer = Performer(host) if host else None
    record(store, begin(store), found)
    return found


def test_urls_with_same_file_name_get_different_paths(store: Store) -> None:
    found = stored_event(store, "vic-the-fox")
    urls = ["https://a.example/2025/bar.jpg", "https://a.example/2026/bar.png"]
    stems = [image_record(store, found, "hero", url).stem for url in urls]
    assert all(stem.startswith("venues/the-fox/bar-") for stem in stems)
    assert len({stem.lower() for stem in stems}) == 2
    assert [image_record(store, found, "hero", url).stem for url in urls[::-1]] == stems[::-1]


def test_stored_image_keeps_its_path(store: Store) -> None:
    found = stored_event(store, "vic-the-fox")
    url = "https://a.example/bar.jpg"
    of_version_010 = replace(image_record(store, found, "hero", url), stem="venues/the-fox/bar")
    store_image(store, of_version_010, b"image", begin(store))
    kept = image_record(store, found, "hero", url)
    assert (kept.stem, kept.path) == ("venues/the-fox/bar", "venues/the-fox/bar.jpg")


def test_hosts_with_same_name_have_folders_per_venue(store: Store) -> None:
    found = [stored_event(store, each, "Sam") for each in ("vic-the-fox", "vic-the-hound")]
    stems = [image_record(store, each, "performer", "https://a.example/sam.jpg").stem for each in found]
    assert [stem.rpartition("/")[0] for stem in stems] == ["performers/sam", "performers/sam-the-hound"]


def test_remove_unreferenced_keeps_files_that_rows_name(store: Store, tmp_path: Path) -> None:
    """Check and removal are one transaction, during which no other process can begin to name the file."""
    files = LocalFileStore(tmp_path / "images")
    before = image_record(store, stored_event(store, "vic-the-fox"), "hero", "https://a.example/bar.jpg")
    thumb = f"{STEM.replace('the-fox/', 'the-fox/thumbs/small/')}.jpg"
    store_image(store, before, b"new", begin(store), files=files, thumbs={"small": thumb})
    wide = thumb.replace("small", "wide")
    for path in (f"{STEM}.png", thumb, wide):
        files.write(path, b"x")
    paths = [f"{STEM}.jpg", f"{STEM}.png", thumb, wide]
    assert store.run(image_ledger.remove_unreferenced, files, paths) == []
    assert sorted(files.paths()) == sorted([f"{STEM}.jpg", thumb])


def test_save_refuses_a_deleted_row(store: Store, tmp_path: Path) -> None:
    before = image_record(store, stored_event(store, "vic-the-fox"), "hero", "https://a.example/bar.jpg")
    stored = store_image(store, before, b"image", begin(store))
    assert stored.id is not None
    store.run(image_ledger.delete_unshown, [stored.id])
    with pytest.raises(SupersededError):
        store.run(image_ledger.save_record, stored, replace(stored, etag='"x"'))


def test_placeholder_was_shown_by_many_venues_before(store: Store, tmp_path: Path) -> None:
    one = OneRun(store, LocalFileStore(tmp_path / "images"))
    placeholder, own = image("JPEG", (40, 30)), image("JPEG", (41, 30))
    place(one, "pub-own", own)
    for number in range(image_queries.PLACEHOLDER_VENUES):
        place(one, f"pub-{number}", placeholder)
    entry = one.work(stored_event(store, "pub-own")).record
    digest = str(one.work(stored_event(store, "pub-0")).record.sha256)
    assert isinstance(entry, image_ledger.VenueImageRecord)
    assert not one.ledger.is_placeholder(entry, digest), "they have had it only since this run"
    one.begin()
    assert one.ledger.is_placeholder(entry, digest)
    one.store.run(one_venue_less)
    assert not one.ledger.is_placeholder(entry, digest), "one venue too few"
    one.store.run(one_venue_less, back=True)
    place(one, "pub-other", own)
    assert not one.ledger.is_placeholder(entry, digest), "another venue has the old image too"


def test_written_by_run_changes_only_with_the_bytes(store: Store, tmp_path: Path) -> None:
    """Otherwise an image that this run only confirmed would not count as shown before."""

    def written_by(connection: Connection) -> int | None:
        return connection.scalar(select(images.c.written_by_run))

    files = LocalFileStore(tmp_path / "images")
    found = stored_event(store, "vic-the-fox")
    first, second, third, fourth = (begin(store) for _ in range(4))
    before = image_record(store, found, "hero", "https://a.example/bar.jpg")
    stored = store_image(store, before, b"image", first, files=files)
    assert store.read(written_by) == first
    confirmed = replace(stored, etag='"2"')
    store.run(image_ledger.save_record, stored, confirmed, Status.UPTODATE, Reason.UNCHANGED, second)
    assert store.read(written_by) == first
    store.run(image_ledger.save_record, confirmed, confirmed, Status.DOWNLOADED, Reason.MISSING, third, files=files)
    assert store.read(written_by) == first, "the same bytes, for a missing file"
    store_image(store, confirmed, b"another", fourth, files=files)
    assert store.read(written_by) == fourth


def one_venue_less(connection: object, *, back: bool = False) -> None:
    """Make the image of one venue look as if a later run had written it. back: as if no run had."""
    connection.exec_driver_sql(  # type: ignore[attr-defined]
        f"UPDATE images SET written_by_run = {'NULL' if back else 1_000_000} WHERE stem LIKE 'venues/pub-0/%%'"
    )


def place(one: OneRun, publisher_id: str, body: bytes) -> None:
    found = event(publisher_id, venue=Venue(publisher_id))
    record(one.store, one.run.id, found)
    one.take(one.work(found), body)
