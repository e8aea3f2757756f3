"""A store that is filled by hand, as runs would fill it, at any time that a test names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from trivia_scraper.db import events, image_ledger, runs
from trivia_scraper.db.engine import Store
from trivia_scraper.db.venues import identify
from trivia_scraper.images.placing import Placed
from trivia_scraper.images.storage.base import FileStat
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.images.validate import Picture
from trivia_scraper.items import Event, ImageResult, Schedule, Venue

NOW = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)
WEEKLY = Schedule("Tuesdays at 7pm", 2, "19:00", "weekly", "FREQ=WEEKLY;BYDAY=TU", "Australia/Melbourne")


def quiz(publisher_id: str, publisher: str = "quizmeisters", **facts: Any) -> Event:
    """An event at a venue of its own."""
    venue = Venue(f"The {publisher_id}", address="1 High St", city="Ballarat", latitude=-37.56, longitude=143.86)
    given: dict[str, Any] = {"venue": venue, "schedule": WEEKLY} | facts
    name = given.pop("name", f"Quiz at The {publisher_id}")
    address = given.pop("source_url", f"https://q.example/{publisher_id}")
    return Event(publisher, publisher_id, address, name, **given)


def begin(store: Store, now: datetime = NOW, publisher: str = "quizmeisters") -> int:
    facts: dict[str, Any] = {"arguments": {}, "job_id": None, "source": "sandbox", "version": "test"}
    return store.run(runs.begin, publisher=publisher, now=now, **facts)


def finish(store: Store, run_id: int, now: datetime = NOW) -> None:
    store.run(runs.finish, run_id, runs.Outcome("finished", "passed", [], {}), now)


def record(
    store: Store,
    event: Event,
    run_id: int,
    now: datetime = NOW,
    pictures: Iterable[tuple[str, str, str]] = (),
    files: LocalFileStore | None = None,
) -> None:
    """As the pipelines do. pictures: (kind, URL, what the publisher serves there)."""
    take_pictures(store, event, run_id, now, pictures, files)
    store.run(events.record, event, run_id, now)


def take_pictures(
    store: Store,
    event: Event,
    run_id: int,
    now: datetime,
    pictures: Iterable[tuple[str, str, str]],
    files: LocalFileStore | None = None,
) -> None:
    """What comes before an event is stored; where that fails, all of it."""
    event.venue.slug = store.run(identify, event.publisher, event.publisher_id, event.venue, now)
    host = event.performer.name if event.performer else None
    key = event.publisher, event.publisher_id, event.venue.slug, host
    event.images = []
    for kind, url, body in pictures:
        (entry,), _ = store.run(image_ledger.open_pictures, *key, [(kind, url)])
        digest = hashlib.sha256(body.encode()).hexdigest()
        if entry.sha256 == digest:
            store.run(image_ledger.record_check, entry, now)
        else:
            thumbs = {"small": f"{entry.stem.replace('/', '/thumbs/small/', 1)}.jpg"}
            path = f"{entry.stem}.jpg"
            stat = files.write(path, body.encode()) if files else FileStat(len(body), 1)
            placed = Placed(path, stat, thumbs, "fill")
            store.run(image_ledger.record_file, entry, Picture("JPEG", 4, 3, digest), placed, {}, "new", run_id, now)
        status, reason = ("uptodate", "not_modified") if entry.sha256 == digest else ("downloaded", "new")
        changed = status == "downloaded"
        event.images.append(ImageResult(kind, url, status=status, reason=reason, changed=changed))  # type: ignore[arg-type]
