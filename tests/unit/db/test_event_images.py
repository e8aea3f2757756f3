"""Which images an event shows."""

from __future__ import annotations

from tests.support.events import event, record
from tests.support.filled import NOW, begin
from tests.support.one_run import URL, OneRun
from trivia_scraper.db import events, history, image_ledger, image_queries
from trivia_scraper.db.engine import Store
from trivia_scraper.db.venues import identify
from trivia_scraper.images.placing import Placed
from trivia_scraper.images.storage.base import FileStat
from trivia_scraper.images.validate import Picture
from trivia_scraper.items import Event, ImageResult, Venue
from trivia_scraper.pipelines.tasks import Task


def with_hero(store: Store, run_id: int, found: Event, digest: str) -> Event:
    """The event with a picture that was downloaded and recorded."""
    slug = store.run(identify, found.publisher, found.publisher_id, found.venue, NOW)
    wanted = [("hero", "https://a.example/bar.jpg")]
    (entry,), _ = store.run(image_ledger.open_pictures, found.publisher, found.publisher_id, slug, None, wanted)
    placed = Placed(f"{entry.stem}.jpg", FileStat(3, 1), {}, "fill")
    store.run(image_ledger.record_file, entry, Picture("JPEG", 2, 2, digest), placed, {}, "new", run_id, NOW)
    found.images = [ImageResult("hero", entry.url, status="downloaded", reason="new", changed=True)]
    return found


def test_a_picture_is_a_change_of_an_event_that_was_known_without_it(store: Store) -> None:
    def told(run_id: int) -> list[tuple[str, str, str | None, str | None]]:
        rows = store.read(history.changes_of_run, run_id)
        return [(row["entity"], row["field"], row["old"], row["new"]) for row in rows]

    first, second, third = "1" * 64, "2" * 64, "3" * 64
    run_id = begin(store)
    record(store, run_id, with_hero(store, run_id, event(), first))
    assert told(run_id) == [], "what a new event comes with is no change"
    run_id = begin(store)
    assert record(store, run_id, with_hero(store, run_id, event(), second)).change == "changed"
    assert told(run_id) == [("image", "sha256", first, second)]
    record(store, begin(store), event("vic-the-hound", venue=Venue("The Hound")))
    run_id = begin(store)
    late = with_hero(store, run_id, event("vic-the-hound", venue=Venue("The Hound")), third)
    assert record(store, run_id, late).change == "changed"
    assert told(run_id) == [("event", "image:hero", None, third)]


def test_what_an_event_showed_at_the_start_holds_for_once(one: OneRun) -> None:
    visit = one.begin()["vic-the-fox"]
    ((event_id, (pointer,)),) = visit.pointers.items()
    assert (pointer.kind, pointer.url, pointer.status, pointer.reason) == ("hero", URL, "downloaded", "")
    found = event()
    found.images = [Task(visit.pictures[0].entry, None, "ok").result("uptodate", "fresh")]
    found.venue.slug = "the-fox"
    for _ in range(2):
        recorded = one.store.run(events.record, found, one.run.id, NOW, frozenset(), visit.pointers)
        assert (recorded.change, recorded.superseded) == ("unchanged", [])
        assert event_id not in visit.pointers
    assert [row["reason"] for row in one.store.read(image_queries.catalogue)] == ["fresh"]
