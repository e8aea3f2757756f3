"""A publisher's run without a crawl: the steps between page and ledger, called one by one."""

from __future__ import annotations

from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image
from scrapy.http import Response
from sqlalchemy import Connection

from tests.support.events import record
from tests.support.filled import begin
from trivia_scraper.db import image_ledger
from trivia_scraper.db.engine import Store
from trivia_scraper.db.image_ledger import VenueImageLedger
from trivia_scraper.images.formats import suffix_of
from trivia_scraper.images.paths import make_thumb_path
from trivia_scraper.images.records import ImageWork, Outcome
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.images.storing import ImageStorer
from trivia_scraper.items import Event, ImageResult

URL = "https://a.example/bar.jpg"
STEM = "venues/the-fox/bar-ca204b7a"
SIZES = {"small": (30, 30)}


def image(image_format: str, size: tuple[int, int]) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, "red").save(file, image_format)
    return file.getvalue()


class OneRun:
    """A publisher's run without a crawl."""

    def __init__(self, store: Store, files: LocalFileStore) -> None:
        self.store, self.files = store, files
        self.run = SimpleNamespace(id=begin(store))
        self.ledger = VenueImageLedger(store, files, lambda: self.run.id)
        self.storer = ImageStorer(files, self.ledger, (1, 1), SIZES, fit=False)
        self.levels: list[int] = []
        """PRAGMA synchronous of each transaction that stored an image's row."""

    def begin(self) -> None:
        self.run.id = begin(self.store)

    def work(self, found: Event) -> ImageWork:
        """Return the pipeline's work on the event's hero."""
        known = self.ledger.read_event_images(found.publisher, found.publisher_id, str(found.venue.slug))
        record = known.stored.get(("hero", URL))
        if record is None:
            return ImageWork(known.new_record("hero", URL, f"venues/{known.venue_slug}"), known.shown.get("hero"))
        return ImageWork(record, file=self.storer.compare_file(record))

    def take(self, work: ImageWork, body: bytes) -> Outcome:
        """Store `body` as the publisher's answer."""
        stem = work.record.stem
        thumbs = {name: make_thumb_path(stem, name) for name in SIZES}
        path = f"{stem}.{suffix_of(body)}"
        save = image_ledger.save_record

        def noted(connection: Connection, *args: Any, **more: Any) -> Any:
            if connection.dialect.name == "sqlite":
                self.levels.append(connection.exec_driver_sql("PRAGMA synchronous").scalar() or 0)
            return save(connection, *args, **more)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(image_ledger, "save_record", noted)
            response = Response(URL, body=body)
            return self.storer.store(work, "new", response, path, thumbs, may_replace=lambda *_: True, convert=None)

    def crawl(self, found: Event, body: bytes) -> Outcome:
        """Store the event with its hero, as a crawl does."""
        found.venue.slug = "the-fox"
        outcome = self.take(self.work(found), body)
        found.images = [result_of(outcome)]
        record(self.store, self.run.id, found)
        return outcome


def result_of(outcome: Outcome) -> ImageResult:
    facts = outcome.as_result()
    return ImageResult(**{name: facts.get(name, "hero") for name in ImageResult.__dataclass_fields__})
