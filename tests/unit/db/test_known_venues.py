"""What a run knows of pictures from its beginning, and when that is not enough: the rooms between page and ledger,
without a crawl."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from PIL import Image
from scrapy.http import Response
from sqlalchemy import Connection

from tests.unit.db.test_events import NOW, begin_run, event, record
from trivia_scraper.db import events, image_ledger
from trivia_scraper.db.engine import Store
from trivia_scraper.db.known_venues import Visit, check_files, visits
from trivia_scraper.images.placing import Placer
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.images.verify import Finding, confirmed, verify
from trivia_scraper.items import Event, Venue
from trivia_scraper.pipelines.arrivals import Arrivals
from trivia_scraper.pipelines.downloads import validators_of
from trivia_scraper.pipelines.opening import Opening
from trivia_scraper.pipelines.tasks import Task
from trivia_scraper.pipelines.venues import VenuesPipeline

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
        self.run = SimpleNamespace(store=store, files=files, id=begin_run(store), common={}, visits={}, met={})
        placer = Placer(files, (1, 1), SIZES, fit=False)
        self.opening = Opening(cast("Any", self.run), placer)
        self.arrivals = Arrivals(cast("Any", self.run), placer, 1)
        self.levels: list[int] = []
        """PRAGMA synchronous of each transaction that gave a file its row."""

    def begin(self) -> dict[str, Visit]:
        self.run.id, self.run.met = begin_run(self.store), {}
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


@pytest.fixture
def one(store: Store, tmp_path: Path) -> OneRun:
    found = OneRun(store, LocalFileStore(tmp_path / "images"))
    record(store, found.run.id, event())
    found.crawl(event(), picture("JPEG", (40, 30)))
    return found


def test_a_whole_picture_is_known_from_the_start_and_only_until_it_is_asked_for(one: OneRun) -> None:
    one.begin()
    (task,) = one.known(event())
    assert (task.file, task.thumbs_missing, task.entry.url) == ("ok", False, URL)
    one.opening.asked.add(task.entry.id)
    assert one.opening.known(event(), HERO) is None, "another venue's event with the same row reads it anew"


@pytest.mark.parametrize("harm", ["unlink", "write_bytes"])
@pytest.mark.parametrize("path", ["venues/the-fox/bar.jpg", "venues/the-fox/thumbs/small/bar.jpg"])
def test_what_is_not_whole_is_not_known(one: OneRun, harm: str, path: str) -> None:
    getattr(one.files.root / path, harm)(*([b""] if harm == "write_bytes" else []))
    visit = one.begin()["vic-the-fox"]
    assert one.opening.known(event(), HERO) is None
    assert visit.scraped_at is None, "nor is its venue skipped"


def test_other_pictures_than_those_shown_are_not_known(one: OneRun) -> None:
    one.begin()
    for pictures in ([], [("hero", f"{URL}?2")], [*HERO, ("performer", URL)]):
        assert one.opening.known(event(), pictures) is None


def test_a_venue_that_another_publisher_has_pictures_of_reserves_none_of_these(one: OneRun) -> None:
    pipeline = object.__new__(VenuesPipeline)
    pipeline.crawler = cast("Any", SimpleNamespace(spider=SimpleNamespace(picture_kind="hero")))
    stored = replace(event("the-fox-again"), publisher="rival", image_urls=[URL])
    met = one.store.write(pipeline._meet, stored)
    assert (met.slug, list(met.reserved)) == ("the-fox", [])
    elsewhere = event("vic-the-hound", venue=Venue("The Hound"), image_urls=[URL])
    met = one.store.write(pipeline._meet, elsewhere)
    assert [(entry.stem, entry.path) for entry in met.reserved] == [("venues/the-hound/bar", None)]
    one.run.met["vic-the-hound"] = met
    (task,) = one.known(elsewhere)
    assert (task.known, task.file) == (None, None)


def test_a_row_is_synced_with_its_event_unless_nothing_else_could_tell(one: OneRun) -> None:
    normal, full = 1, 2
    sqlite = one.store.engine.dialect.name == "sqlite"
    one.levels.clear()
    one.begin()
    one.crawl(event(), picture("JPEG", (41, 30)))
    assert one.levels == [normal] * sqlite
    one.begin()
    task = one.crawl(event(), picture("PNG", (41, 30)))
    assert one.levels == [normal, full] * sqlite, "the JPEG goes after it"
    assert task.entry.path == "venues/the-fox/bar.png"
    one.files.trusted = True
    one.begin()
    one.crawl(event(), picture("PNG", (42, 30)))
    assert one.levels == [normal, full, full] * sqlite, "no run looks at such a store's files"


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
    assert [row["reason"] for row in one.store.read(image_ledger.catalogue)] == ["fresh"]


def test_a_stand_in_is_what_many_others_had_when_the_run_began(store: Store, tmp_path: Path) -> None:
    one = OneRun(store, LocalFileStore(tmp_path / "images"))
    stand_in, own = picture("JPEG", (40, 30)), picture("JPEG", (41, 30))
    for number in range(image_ledger.PLACEHOLDER_VENUES):
        assert store.read(image_ledger.common_digests) == {}
        place(one, f"pub-{number}", stand_in)
    ((digest, had),) = store.read(image_ledger.common_digests).items()
    assert len(had) == image_ledger.PLACEHOLDER_VENUES
    entry = place(one, "pub-own", own)

    def judge(had: frozenset[int]) -> bool:
        return store.read(image_ledger.is_placeholder, entry.venue_id, str(entry.sha256), had)

    assert judge(had)
    assert not judge(had - {min(had)}), "one too few"
    place(one, "pub-other", own)
    assert not judge(had), "its old picture was not its own"
    assert digest != entry.sha256


def place(one: OneRun, publisher_id: str, body: bytes) -> image_ledger.Entry:
    found = event(publisher_id, venue=Venue(publisher_id))
    record(one.store, one.run.id, found)
    (task,) = one.store.write(one.opening.open, found, HERO)
    one.take(task, body)
    return task.entry


def test_what_a_crawl_replaced_meanwhile_is_nothing_to_find(one: OneRun) -> None:
    before = one.store.read(image_ledger.catalogue)
    one.begin()
    one.crawl(event(), picture("PNG", (41, 30)))
    one.files.remove("venues/the-fox/bar.jpg")
    found = list(verify(before, one.files))
    assert {finding.problem for finding in found} == {"missing", "orphaned"}
    assert list(confirmed(found, one.store.read(image_ledger.catalogue), one.files)) == []
    one.files.write("venues/the-fox/bar.png", b"garbled")
    one.files.write("venues/the-fox/bar.gif", b"whose?")
    rows = one.store.read(image_ledger.catalogue)
    assert list(confirmed(list(verify(rows, one.files)), rows, one.files)) == [
        Finding("damaged", "venues/the-fox/bar.png", "the-fox"),
        Finding("orphaned", "venues/the-fox/bar.gif", None),
    ]
