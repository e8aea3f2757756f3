"""Functions that fill a database as runs do, at any time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from trivia_scraper.db import events, image_ledger, runs
from trivia_scraper.db.engine import Store
from trivia_scraper.db.venues import find_or_add_host, identify_venue
from trivia_scraper.images.policy import Reason, Status
from trivia_scraper.images.records import ImageRecord
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.items import Event, ImageResult, Schedule, Venue

NOW = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)
WEEKLY = Schedule("Tuesdays at 7pm", 2, "19:00", "weekly", "FREQ=WEEKLY;BYDAY=TU", "Australia/Melbourne")


def quiz(publisher_id: str, publisher: str = "quizmeisters", **facts: Any) -> Event:
    """Return an event at its own venue."""
    venue = Venue(f"The {publisher_id}", address="1 High St", city="Ballarat", latitude=-37.56, longitude=143.86)
    given: dict[str, Any] = {"venue": venue, "schedule": WEEKLY} | facts
    name = given.pop("name", f"Quiz at The {publisher_id}")
    address = given.pop("source_url", f"https://q.example/{publisher_id}")
    return Event(publisher, publisher_id, address, name, **given)


def begin(store: Store, now: datetime = NOW, publisher: str = "quizmeisters") -> int:
    facts: dict[str, Any] = {"arguments": {}, "job_id": None, "source": "sandbox", "version": "test"}
    return store.run(runs.begin_run, publisher=publisher, now=now, **facts)


def finish(store: Store, run_id: int, now: datetime = NOW) -> None:
    store.run(runs.finish_run, run_id, runs.Outcome("finished", "passed", [], {}), now)


def record(
    store: Store,
    event: Event,
    run_id: int,
    now: datetime = NOW,
    images: Iterable[tuple[str, str, str | bytes]] = (),
    files: LocalFileStore | None = None,
) -> None:
    """Store an event with its images as the pipelines do. images: (kind, URL, what the publisher serves there)."""
    take_images(store, event, run_id, now, images, files)
    store.run(events.record_event, event, run_id, now)


def take_images(
    store: Store,
    event: Event,
    run_id: int,
    now: datetime,
    images: Iterable[tuple[str, str, str | bytes]],
    files: LocalFileStore | None = None,
) -> None:
    """Find the event's venue and store its images, as the pipelines do before they store the event."""
    event.venue.slug = store.run(identify_venue, event.publisher, event.publisher_id, event.venue, now)
    event.images = []
    for kind, url, served in images:
        body = served.encode() if isinstance(served, str) else served
        before = image_record(store, event, kind, url)
        digest = hashlib.sha256(body).hexdigest()
        if before.sha256 == digest:
            confirmed = replace(before, checked_at=now)
            store.run(image_ledger.save_record, before, confirmed, Status.UPTODATE, Reason.NOT_MODIFIED, run_id)
            event.images.append(ImageResult(kind, url, status="uptodate", reason="not_modified"))  # type: ignore[arg-type]
        else:
            store_image(store, before, body, run_id, now, files=files)
            event.images.append(ImageResult(kind, url, status="downloaded", reason="new", changed=True))  # type: ignore[arg-type]


def image_record(store: Store, event: Event, kind: str, url: str) -> ImageRecord:
    """Return the ledger's record of an event's image, or a new one. The event's venue must have its slug."""
    key = event.publisher, event.publisher_id, str(event.venue.slug)
    known = store.run(image_ledger.read_event_images, *key)
    if (found := known.stored.get((kind, url))) is not None:
        return found
    folder = f"venues/{known.venue_slug}"
    if kind == "performer":
        host = event.performer.name if event.performer else None
        folder = f"performers/{store.run(find_or_add_host, known.venue_id, known.venue_slug, host)[1]}"
    return known.new_record(kind, url, folder)


def store_image(
    store: Store,
    before: ImageRecord,
    body: bytes,
    run_id: int,
    now: datetime = NOW,
    files: LocalFileStore | None = None,
    **facts: Any,
) -> ImageRecord:
    """Store an image as the pipeline does after a download. facts: fields of the new record."""
    path = f"{before.stem}.jpg"
    stat = files.write(path, body) if files else None
    given: dict[str, Any] = {
        "path": path,
        "format": "JPEG",
        "sha256": hashlib.sha256(body).hexdigest(),
        "bytes": len(body),
        "modified_ns": stat.modified_ns if stat else 1,
        "width": 4,
        "height": 3,
        "thumbs": {"small": f"{before.stem.replace('/', '/thumbs/small/', 1)}.jpg"},
        "thumbs_spec": "fill",
        "fetched_at": now,
        "checked_at": now,
    }
    after = replace(before, **given | facts)
    return store.run(image_ledger.save_record, before, after, Status.DOWNLOADED, Reason.NEW, run_id)
