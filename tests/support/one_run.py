"""One publisher's run without its crawl: the steps between page and ledger, called one by one."""

from __future__ import annotations

from io import BytesIO
from types import SimpleNamespace
from typing import Any, cast

from PIL import Image
from scrapy.http import Response
from sqlalchemy import Connection

from tests.support.events import record
from tests.support.filled import begin
from trivia_scraper.db.engine import Store
from trivia_scraper.db.known_venues import Visit, check_files, visits
from trivia_scraper.images.placing import Placer
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.items import Event
from trivia_scraper.pipelines.arrivals import Arrivals
from trivia_scraper.pipelines.downloads import validators_of
from trivia_scraper.pipelines.opening import Opening
from trivia_scraper.pipelines.tasks import Task

URL = "https://a.example/bar.jpg"
HERO = [("hero", URL)]
SIZES = {"small": (30, 30)}


def picture(image_format: str, size: tuple[int, int]) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, "red").save(file, image_format)
    return file.getvalue()


class OneRun:
    """One publisher's run without its crawl."""

    def __init__(self, store: Store, files: LocalFileStore) -> None:
        self.store, self.files = store, files
        self.run = SimpleNamespace(store=store, files=files, id=begin(store), common={}, visits={}, met={})
        placer = Placer(files, (1, 1), SIZES, fit=False)
        self.opening = Opening(cast("Any", self.run), placer)
        self.arrivals = Arrivals(cast("Any", self.run), placer, 1)
        self.levels: list[int] = []
        """PRAGMA synchronous of each transaction that gave a file its row."""

    def begin(self) -> dict[str, Visit]:
        self.run.id, self.run.met = begin(self.store), {}
        self.run.visits = self.store.read(visits, "quizmeisters")
        check_files(self.run.visits.values(), self.files)
        self.opening.asked.clear()
        return cast("dict[str, Visit]", self.run.visits)

    def known(self, found: Event) -> list[Task]:
        tasks = self.opening.known(found, HERO)
        assert tasks is not None
        return tasks

    def take(self, task: Task, body: bytes) -> Any:
        name = self.arrivals._name

        def noted(connection: Connection, *args: Any) -> Any:
            if connection.dialect.name == "sqlite":
                self.levels.append(connection.exec_driver_sql("PRAGMA synchronous").scalar() or 0)
            return name(connection, *args)

        self.arrivals._name = noted  # type: ignore[method-assign, assignment]
        try:
            return self.arrivals._take(task, body, validators_of(Response(URL)))
        finally:
            self.arrivals._name = name  # type: ignore[method-assign]

    def crawl(self, found: Event, body: bytes) -> Task:
        """The event with its hero, downloaded, placed and recorded."""
        found.venue.slug = "the-fox"
        (task,) = self.opening.known(found, HERO) or self.store.write(self.opening.open, found, HERO)
        found.images = [self.take(task, body)]
        record(self.store, self.run.id, found)
        return task
