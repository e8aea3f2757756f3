"""Restoring replaced images, and pinned images."""

from __future__ import annotations

import errno
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from tests.support.events import event, record
from tests.support.filled import NOW
from tests.support.one_run import OneRun, image, result_of
from trivia_scraper.db.image_layout import replaced_path
from trivia_scraper.db.image_ledger import VenueImageLedger, mark_for_repair, remove_unreferenced, select_paths_to_keep
from trivia_scraper.db.pinned_images import pin_images, unpin_images
from trivia_scraper.db.replaced_images import SHOWN_DIGITS, read_kept_originals
from trivia_scraper.db.restored_images import (
    MIN_DIGITS,
    SHOWN,
    Plan,
    choose_replaced_images,
    plan_restore,
    read_replaced_of_venue,
    restore_image,
    try_restore,
)
from trivia_scraper.db.schema import past_images
from trivia_scraper.errors import NotFoundError, UsageError
from trivia_scraper.images.records import ImageWork
from trivia_scraper.images.storing import ImageStorer
from trivia_scraper.items import Performer
from trivia_scraper.pipelines.image_requests import make_requests

SLUG, URL, OTHER_URL = "the-fox", "https://a.example/bar.jpg", "https://a.example/other.jpg"
OLD, NEW = image("JPEG", (40, 30)), image("JPEG", (41, 30))


@pytest.fixture
def keeping(one: OneRun) -> OneRun:
    """Return a run that keeps replaced images, after a run that stored OLD at URL."""
    one.storer = replace(one.storer, kept_path=replaced_path)
    one.begin()
    return one


def operator(one: OneRun) -> ImageStorer:
    return replace(one.storer, ledger=VenueImageLedger(one.store, one.files, lambda: None))


def crawl(one: OneRun, body: bytes, url: str = URL, host: str = "Sam") -> None:
    """Run a crawl whose page names the image at `url`."""
    one.begin()
    found = event(performer=Performer(host))
    found.venue.slug = SLUG
    found.image_urls = [url]
    (request,) = make_requests(found, "hero", one.ledger)
    of_image = request.meta["record"]
    work = ImageWork(of_image, request.meta["shown"], file=one.storer.compare_file(of_image) if of_image.path else None)
    found.images = [result_of(one.take(work, body))]
    stored = record(one.store, one.run.id, found)
    for path in stored.superseded:
        one.files.remove(path)


def only(one: OneRun) -> Any:
    return one.store.read(read_replaced_of_venue, SLUG)[0]


def bring_back(one: OneRun) -> None:
    found = one.store.read(plan_restore, only(one))
    assert isinstance(found, Plan), found
    restore_image(one.store, one.files, operator(one), found, NOW)


def shown(one: OneRun) -> Any:
    known = one.ledger.read_event_images("quizmeisters", "vic-the-fox", SLUG)
    return known.shown["hero"]


def test_restore_of_another_format_leaves_no_file_behind(keeping: OneRun) -> None:
    crawl(keeping, image("PNG", (41, 30)))
    bring_back(keeping)
    assert keeping.files.read(shown(keeping).path) == OLD
    assert sum(path.startswith("venues/") for path in keeping.files.paths()) == 2
    bring_back(keeping)
    assert shown(keeping).path.endswith(".png")


def test_restore_of_another_url_moves_the_pointer(keeping: OneRun) -> None:
    crawl(keeping, NEW, OTHER_URL)
    assert shown(keeping).url == OTHER_URL
    bring_back(keeping)
    assert (shown(keeping).url, keeping.files.read(shown(keeping).path)) == (URL, OLD)
    assert sum(path.startswith("venues/") for path in keeping.files.paths()) == 2
    bring_back(keeping)
    assert (shown(keeping).url, keeping.files.read(shown(keeping).path)) == (OTHER_URL, NEW)


def test_image_that_replaces_two_keeps_both(keeping: OneRun) -> None:
    """It replaces the image at its own path, of another night, and the image that the event showed."""
    found = event()
    found.venue.slug = SLUG
    known = keeping.ledger.read_event_images("quizmeisters", "vic-the-fox", SLUG)
    other = known.new_record("hero", OTHER_URL, f"venues/{SLUG}")
    keeping.take(ImageWork(other), NEW)
    crawl(keeping, image("JPEG", (42, 30)), OTHER_URL)
    kept = {keeping.files.read(row["path"]) for row in keeping.store.read(read_kept_originals)}
    assert kept == {OLD, NEW}


def test_image_replaced_by_a_stored_one_is_kept(keeping: OneRun) -> None:
    known = keeping.ledger.read_event_images("quizmeisters", "vic-the-fox", SLUG)
    other = keeping.take(ImageWork(known.new_record("hero", OTHER_URL, f"venues/{SLUG}")), NEW).record
    assert other is not None
    for _ in range(2):  # the database refuses the event of the first run
        keeping.begin()
        keeping.storer.keep_shown(ImageWork(other, known.shown["hero"], file="ok"))
    assert len(keeping.store.read(read_replaced_of_venue, SLUG)) == 1, "both runs made the same replacement"
    (kept,) = keeping.store.read(read_kept_originals)
    assert keeping.files.read(kept["path"]) == OLD


def test_kept_file_without_row_may_be_needed(keeping: OneRun) -> None:
    """It is left by a crash between the new file and its row. The next run records it."""
    work = keeping.work(event(venue=shown_venue()))
    original = replaced_path(work.record)
    keeping.files.keep(str(work.record.path), original)
    keeping.files.write(str(work.record.path), NEW)
    assert keeping.store.read(select_paths_to_keep, [original, "replaced/ab.jpg"]) == {original}
    again = keeping.work(event(venue=shown_venue()))
    assert again.file == "damaged"
    keeping.take(again, NEW)
    (kept,) = keeping.store.read(read_kept_originals)
    assert kept["path"] == original


@pytest.mark.parametrize("url", [URL, OTHER_URL])
def test_failing_copy_does_not_prevent_a_replacement(
    keeping: OneRun, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    errors: list[OSError] = []
    keeping.storer = replace(keeping.storer, on_not_kept=errors.append)
    monkeypatch.setattr(keeping.files, "keep", refuse)
    crawl(keeping, NEW, url)
    assert keeping.files.read(shown(keeping).path) == NEW
    assert (only(keeping).original, len(errors)) == (None, 1)
    assert keeping.store.read(plan_restore, only(keeping)) == "its file is no longer kept"


def shown_venue() -> Any:
    venue = event().venue
    venue.slug = SLUG
    return venue


def test_image_of_a_former_host_is_not_restored(keeping: OneRun) -> None:
    crawl(keeping, NEW)
    row = only(keeping)
    host = SimpleNamespace(**{**row._mapping, "kind": "performer"})
    crawl(keeping, NEW, host="Alex")
    assert keeping.store.read(plan_restore, host) == "the venue shows no image of this kind now"
    with keeping.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE images SET kind = 'performer'")
    assert keeping.store.read(plan_restore, host) == "the venue has had another host since"


def test_restore_of_damaged_original_fails_and_drops_it(keeping: OneRun) -> None:
    crawl(keeping, NEW)
    (keeping.files.root / only(keeping).original).write_bytes(b"x")
    with pytest.raises(NotFoundError, match="missing or damaged"):
        bring_back(keeping)
    assert keeping.store.read(plan_restore, only(keeping)) == "its file is no longer kept"
    assert keeping.files.read(shown(keeping).path) == NEW


@pytest.mark.parametrize("found_by", ["verify", "restore"])
def test_damaged_original_is_removed_and_kept_again_later(keeping: OneRun, found_by: str) -> None:
    crawl(keeping, NEW)
    original = only(keeping).original
    if found_by == "restore":
        keeping.files.write(original, b"rotten")
        with pytest.raises(NotFoundError):
            bring_back(keeping)
        crawl(keeping, OLD)
    else:
        bring_back(keeping)
        keeping.files.write(original, b"rotten")
        keeping.store.write(mark_for_repair, keeping.files, [original])
    assert keeping.files.stat(original) is None
    crawl(keeping, image("JPEG", (44, 30)))
    assert (only(keeping).original, keeping.files.read(original)) == (original, OLD)
    bring_back(keeping)


def test_mark_for_repair_keeps_an_original_that_is_whole_again(keeping: OneRun) -> None:
    """A crawl may keep it again after verify has read it."""
    crawl(keeping, NEW)
    original = only(keeping).original
    keeping.store.write(mark_for_repair, keeping.files, [original])
    assert (only(keeping).original, keeping.files.read(original)) == (original, OLD)


def test_original_is_safe_between_new_file_and_row(keeping: OneRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another publisher's run may remove this file, because its own row of it expired."""
    original = replaced_path(shown(keeping))
    keeping.files.write(original, OLD)
    write = keeping.files.write

    def write_and_expire(path: str, *more: Any, **options: Any) -> Any:
        keeping.store.write(remove_unreferenced, keeping.files, [original])
        return write(path, *more, **options)

    monkeypatch.setattr(keeping.files, "write", write_and_expire)
    crawl(keeping, NEW)
    assert (only(keeping).original, keeping.files.read(original)) == (original, OLD)


def test_restore_applies_to_both_publishers_of_a_venue(keeping: OneRun) -> None:
    """The other publisher's event has shown it all the time."""
    second = replace(event(venue=shown_venue()), publisher="rival", publisher_id="r1")
    known = keeping.ledger.read_event_images("quizmeisters", "vic-the-fox", SLUG)
    second.images = [result_of(keeping.take(ImageWork(known.stored["hero", URL], file="ok"), OLD))]
    record(keeping.store, keeping.run.id, second)
    crawl(keeping, NEW, OTHER_URL)
    assert keeping.ledger.read_event_images("rival", "r1", SLUG).shown["hero"].url == URL
    bring_back(keeping)
    for publisher, publisher_id in (("quizmeisters", "vic-the-fox"), ("rival", "r1")):
        image_ = keeping.ledger.read_event_images(publisher, publisher_id, SLUG).shown["hero"]
        assert keeping.files.read(str(image_.path)) == OLD


def test_undo_skips_images_that_were_replaced_since(keeping: OneRun) -> None:
    crawl(keeping, NEW)
    of_run = only(keeping)
    crawl(keeping, image("JPEG", (42, 30)))
    assert keeping.store.read(plan_restore, of_run, undo=True) == "another image has replaced it since"
    assert isinstance(keeping.store.read(plan_restore, of_run), Plan)


def test_pinned_image_replaces_images_of_the_page(keeping: OneRun) -> None:
    def named(*urls: str, kind: str = "hero") -> list[tuple[str, bool, bool]]:
        found = event(venue=shown_venue(), image_urls=list(urls))
        requests = make_requests(found, kind, keeping.ledger)
        return [(each.url, each.meta["record"].pinned_at is not None, each.meta["named"]) for each in requests]

    assert named(OTHER_URL) == [(OTHER_URL, False, True)]
    assert named() == [(URL, False, False)]
    (pinned,) = keeping.store.run(pin_images, SLUG, None, NOW)
    assert keeping.store.run(pin_images, SLUG, "hero", NOW + timedelta(1))[0]["pinned_at"] == pinned["pinned_at"]
    assert named(OTHER_URL, "https://a.example/third.jpg") == named() == [(URL, True, True)]
    assert keeping.store.run(pin_images, SLUG, "logo", NOW) == []
    assert [row["url"] for row in keeping.store.run(unpin_images, SLUG, None)] == [URL]
    assert keeping.store.run(unpin_images, SLUG, None) == []


@pytest.mark.parametrize("harm", ["missing", "damaged"])
def test_lost_pinned_image_replaces_nothing(keeping: OneRun, harm: str) -> None:
    keeping.store.run(pin_images, SLUG, None, NOW)
    path = shown(keeping).path
    keeping.files.remove(path)
    if harm == "damaged":
        keeping.files.write(path, b"x")

    def urls(*named: str) -> list[str]:
        return [
            each.url for each in make_requests(event(venue=shown_venue(), image_urls=[*named]), "hero", keeping.ledger)
        ]

    assert urls(OTHER_URL) == [OTHER_URL]
    assert urls(URL) == [URL]
    assert urls() == [URL], "the publisher may still have it"


def test_pin_moves_with_a_restore_of_another_url(keeping: OneRun) -> None:
    crawl(keeping, NEW, OTHER_URL)
    keeping.store.run(pin_images, SLUG, None, NOW)
    bring_back(keeping)
    assert (shown(keeping).url, shown(keeping).pinned_at) == (URL, NOW)


def test_choose_accepts_a_run_or_a_digest(keeping: OneRun) -> None:
    crawl(keeping, NEW)
    keeping.store.run(record_performer, only(keeping))
    run_id, digest = str(only(keeping).run_id), only(keeping).before["sha256"]
    assert [row.kind for row in choose_replaced_images(keeping.store, SLUG, None, run_id)] == ["performer", "hero"]
    assert [row.kind for row in choose_replaced_images(keeping.store, SLUG, "hero", run_id)] == ["hero"]
    assert {row.kind for row in choose_replaced_images(keeping.store, SLUG, None, digest[:MIN_DIGITS].upper())} == {
        "hero",
        "performer",
    }
    assert [row.kind for row in choose_replaced_images(keeping.store, SLUG, None, None)] == ["hero"], (
        "no host image is shown"
    )
    for unknown in ("77", digest[: MIN_DIGITS - 1], f"{digest}0"):
        with pytest.raises(NotFoundError, match=f"known are {digest[:SHOWN_DIGITS]}"):
            choose_replaced_images(keeping.store, SLUG, None, unknown)


def record_performer(connection: Connection, hero: Any) -> None:
    names = [name for name in hero._mapping if name not in {"id", "slug"}]
    row = {name: hero._mapping[name] for name in names} | {"kind": "performer", "url": URL}
    connection.execute(insert(past_images), row)


def test_choose_refuses_an_ambiguous_digest(keeping: OneRun) -> None:
    for last in "ab":
        facts = {"before": {"sha256": f"0123456{last}"}, "after": {"sha256": "x"}}
        row = {"run_id": 1, "at": NOW, "venue_id": 1, "kind": "hero", "url": URL} | facts
        keeping.store.run(Connection.execute, insert(past_images), row)
    with pytest.raises(UsageError, match="several digests begin with 012345"):
        choose_replaced_images(keeping.store, SLUG, None, "012345")
    assert len(choose_replaced_images(keeping.store, SLUG, None, "0123456a")) == 1


def test_repeated_restore_changes_nothing(keeping: OneRun) -> None:
    crawl(keeping, NEW)
    (row,) = choose_replaced_images(keeping.store, SLUG, None, only(keeping).before["sha256"])

    def repeat() -> tuple[str, bool]:
        done = try_restore(keeping.store, keeping.files, operator(keeping), row, NOW, undo=False, dry=False)
        return done["outcome"], done["restored"]

    assert repeat() == ("restored", True)
    assert repeat() == (SHOWN, False)
    assert keeping.files.read(shown(keeping).path) == OLD


def test_unreadable_original_stays_kept(keeping: OneRun, monkeypatch: pytest.MonkeyPatch) -> None:
    crawl(keeping, NEW)
    row = only(keeping)

    def refuse(path: str) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied", path)

    with monkeypatch.context() as patch:
        patch.setattr(keeping.files, "read", refuse)
        done = try_restore(keeping.store, keeping.files, operator(keeping), row, NOW, undo=False, dry=False)
    assert done["outcome"].startswith("not restored: [Errno 13] Permission denied")
    bring_back(keeping)
    assert keeping.files.read(shown(keeping).path) == OLD
