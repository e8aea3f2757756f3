"""Two venues of two publishers, with images, for tests of merges."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from tests.support.filled import NOW, begin, finish, image_record, store_image
from tests.support.stored import stored_events, stored_images
from trivia_scraper.db import events, image_ledger
from trivia_scraper.db.engine import Store
from trivia_scraper.db.venue_merges import Outcome
from trivia_scraper.db.venues import identify_venue
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.images.verify import index_paths, verify
from trivia_scraper.items import Event, ImageResult, Performer, Schedule, Venue

FOX = Venue("The Fox", city="Leeds", country="GB")
HOUND = Venue("The Hound", city="Leeds", country="GB", phone="+441130000000", postcode="LS1 4AA")


def record_venue(store: Store, files: LocalFileStore, publisher: str, venue: Venue, host: str | None = None) -> None:
    """Store one event with its image and its host's, as a crawl does. The bytes of a file are its URL."""
    run_id = begin(store, publisher=publisher)
    found = Event(publisher, "1", "https://p.example/", "Quiz", venue=replace(venue))
    found.schedule = Schedule("Tuesdays at 7pm", 2, "19:00", "weekly")
    found.performer = Performer(host) if host else None
    found.venue.slug = store.run(identify_venue, publisher, "1", venue, NOW)
    wanted = [("hero", f"https://{publisher}.example/bar.jpg")]
    wanted += [("performer", f"https://{publisher}.example/face.jpg")] if host else []
    for kind, url in wanted:
        store_image(store, image_record(store, found, kind, url), url.encode(), run_id, files=files, thumbs={})
        found.images.append(ImageResult(cast("Any", kind), url, status="downloaded", reason="new"))
    store.run(events.record_event, found, run_id, NOW)
    finish(store, run_id)


def carry_out(store: Store, files: LocalFileStore, done: Outcome) -> None:
    assert store.run(image_ledger.remove_unreferenced, files, done.moves.superseded) == []
    rows = store.run(stored_images)
    assert list(verify(rows, files, index_paths(rows))) == []
    for event in store.run(stored_events):
        for image in event["images"]:
            assert files.read(image["path"]) == image["url"].encode()


def paths(store: Store, publisher: str) -> list[str]:
    return [image["path"] for event in store.run(stored_events, publisher) for image in event["images"]]
