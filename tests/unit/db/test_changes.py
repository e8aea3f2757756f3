"""An older dump and the changes since then are the newer dump, whatever happened in between."""

from __future__ import annotations

import json
import pickle
import random
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache, partial
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.support.filled import NOW, begin, finish, quiz, record, take_pictures
from tests.support.paths import ROOT
from tests.support.sqlite import put_upgraded_database
from trivia_scraper.db import events, image_ledger, runs
from trivia_scraper.db.absences import Evidence, mark_absent
from trivia_scraper.db.changes import NoSuchRunError, last_ended, touched_since
from trivia_scraper.db.engine import Store
from trivia_scraper.db.known_venues import mark_listed, mark_unread
from trivia_scraper.db.queries import Selection
from trivia_scraper.db.schema import venue_keys, venue_merges, venues
from trivia_scraper.db.spill import Spilled, replay
from trivia_scraper.db.venue_merges import merge
from trivia_scraper.db.venue_unmerges import Key, unmatch, unmerge
from trivia_scraper.errors import RefusedError
from trivia_scraper.exports import changes as exports
from trivia_scraper.exports.changes import write_changes
from trivia_scraper.exports.jsonl import write_lines
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.items import Event, Fee, Performer, Schedule, Venue

PAGE = ROOT / "docs" / "exports.md"
SELECTIONS = (
    Selection(),
    Selection(statuses=frozenset({"active"})),
    Selection(publishers=frozenset({"pubquiz"})),
    Selection(towns=frozenset({"ballarat"})),
    Selection(venues=frozenset({"the-fox", "the-crown", "the-oak"})),
)


Dump = dict[tuple[str, str, int], Any]


def documented_rule() -> Callable[[Dump, list[Any]], None]:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    rule: Callable[[Dump, list[Any]], None] = namespace["apply"]
    return rule


APPLY = documented_rule()


def lines_of(store: Store, writer: Any, selection: Selection) -> list[Any]:
    out = StringIO()
    store.read(writer, selection, out)
    return [json.loads(line) for line in out.getvalue().split("\n")[:-1]]


def dump(store: Store, selection: Selection) -> Dump:
    lines = lines_of(store, write_lines, selection)
    return {(line["publisher"], line["publisher_id"], line["night"]): line for line in lines}


def changes(store: Store, since: int, selection: Selection, now: datetime) -> list[Any]:
    return lines_of(store, partial(write_changes, since=since, now=now), selection)


class History:
    """What happens to a store in some weeks, at random: runs of two publishers, and what a person does between them."""

    PLACES = ("Fox", "Crown", "Anchor", "Bell", "Swan", "Plough", "Ship", "Star", "Oak", "Mitre")

    def __init__(self, store: Store, files: LocalFileStore, chance: random.Random) -> None:
        self.store, self.files, self.chance = store, files, chance
        self.now = NOW
        self.spilled: list[Spilled] = []
        self.names = {place: place for place in self.PLACES}

    def later(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now

    def happen(self) -> Iterator[None]:
        """Yields wherever a reader may look at the store, also in the midst of a run."""
        yield from self._run("quizmeisters", first=True)
        yield from self._run("pubquiz", first=True)
        for _ in range(self.chance.randint(6, 9)):
            self.later(hours=self.chance.choice((0.5, 30)))
            yield from self._run(self.chance.choice(("quizmeisters", "pubquiz")))
            self.later(hours=self.chance.choice((0.1, 30)))
            yield
            self.chance.choice((self._merge, self._unmerge, self._unmatch, self._verify, self._replay, self._lose))()
            yield

    def _run(self, publisher: str, *, first: bool = False) -> Iterator[None]:
        run_id = begin(self.store, self.now, publisher)
        started_at = self.now
        listed = self.chance.sample(self.PLACES, self.chance.choice((1, 8, 10)))
        visited = self.chance.sample(listed, len(listed) if first else self.chance.randint(0, min(2, len(listed))))
        self.store.run(mark_listed, publisher, set(listed), set(visited), self.later(minutes=1))
        for place in visited:
            yield
            self.later(minutes=self.chance.choice((1, 20)))
            event = self._event(place, publisher)
            if self.chance.random() < 0.15:
                self._fail(event, run_id)
                continue
            record(self.store, event, run_id, self.now, self._pictures(place), self.files)
            if self.chance.random() < 0.2:
                other = Schedule("Sundays", 7, "15:00", "weekly", "FREQ=WEEKLY;BYDAY=SU", "Europe/London")
                record(self.store, self._event(place, publisher, schedule=other), run_id, self.now)
        self.store.run(mark_unread, publisher, run_id, (), started_at, self.later(minutes=1), lambda _: True)
        if self.chance.random() < 0.5:
            evidence = [Evidence(run_id, started_at, gone_pages=())]
            self.store.run(mark_absent, publisher, run_id, evidence, gone_after=2, now=self.now)
        if self.chance.random() < 0.9:
            finish(self.store, run_id, self.now)

    def _event(self, place: str, publisher: str, **facts: Any) -> Event:
        chance = self.chance
        if chance.random() < 0.1:
            self.names[place] = f"{place} & Co"
        venue = Venue(
            f"The {self.names[place]}",
            address=chance.choice(("1 High St", "2 High St")),
            city=chance.choice(("Ballarat", "Geelong")) if place in {"Bell", "Star"} else "Ballarat",
            latitude=-37.56 + self.PLACES.index(place),
            longitude=143.86,
            phone=chance.choice((None, "+61353000000")),
        )
        days = (("MO", 1), ("TU", 2))
        day, number = chance.choice(days)
        schedule = Schedule(
            f"{day} {chance.random()}", number, "19:00", "weekly", f"FREQ=WEEKLY;BYDAY={day}", "Australia/Melbourne"
        )
        given: dict[str, Any] = {
            "venue": venue,
            "schedule": schedule,
            "fee": chance.choice((Fee(), Fee("$5", 500, "AUD"))),
            "performer": chance.choice((None, Performer("Sam"), Performer("Alex"))),
            "on_break": chance.random() < 0.1,
            "description": chance.choice((None, "Upstairs.")),
        }
        return quiz(place.lower(), publisher, **(given | facts))

    def _pictures(self, place: str) -> list[tuple[str, str, str]]:
        name = self.chance.choice((f"{place}-1", f"{place}-2", "of-the-chain"))
        some = [("hero", f"https://p.example/{name}.jpg", str(self.chance.randint(1, 3)))]
        return some if self.chance.random() < 0.8 else []

    def _fail(self, event: Event, run_id: int) -> None:
        """Its pictures are there, and then the event cannot be stored; it waits in a file."""
        event.scraped_at = self.now.isoformat()
        self.spilled.append(Spilled(run_id, event))

    def _replay(self) -> None:
        if self.spilled:
            self.store.run(replay, self.spilled.pop(0))

    def _slugs(self) -> list[str]:
        return self.store.read(
            lambda connection: list(connection.scalars(venues.select().with_only_columns(venues.c.slug)))
        )

    def _merge(self) -> None:
        slugs = self._slugs()
        if len(slugs) > 7:
            kept, gone = self.chance.sample(slugs, 2)
            self.store.run(merge, self.files, kept, gone, self.now)

    def _unmerge(self) -> None:
        query = select(venue_merges.c.gone_slug).filter_by(undone_at=None)
        merged = self.store.read(lambda connection: list(connection.scalars(query)))
        if merged:
            with suppress(RefusedError):  # the one that it went into was merged since
                self.store.run(unmerge, self.files, self.chance.choice(merged), self.now)

    def _unmatch(self) -> None:
        query = venue_keys.select().filter_by(matched_by="name_and_place")
        matched = self.store.read(lambda connection: connection.execute(query).all())
        if matched:
            key = self.chance.choice(matched)
            self.store.run(unmatch, self.files, Key(key.publisher, key.publisher_id), self.now)

    def _verify(self) -> None:
        paths = [row["path"] for row in self.store.read(image_ledger.catalogue) if row["path"]]
        if paths:
            self.store.run(image_ledger.distrust, [self.chance.choice(paths)])

    def _lose(self) -> None:
        """A file goes, of which nobody hears; a merge then takes the other venue's picture of the same address."""
        paths = [row["path"] for row in self.store.read(image_ledger.catalogue) if row["path"]]
        if paths:
            self.files.remove(self.chance.choice(paths))


@pytest.mark.parametrize("seed", range(10))
def test_an_older_dump_and_the_changes_are_the_newer_dump(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    put_upgraded_database(tmp_path / "trivia.db")
    store = Store(f"sqlite:///{tmp_path}/trivia.db")
    history = History(store, LocalFileStore(tmp_path / "images"), random.Random(seed))
    older: list[tuple[int, list[Dump]]] = []
    differed = 0
    for _ in history.happen():
        newer = [dump(store, selection) for selection in SELECTIONS]

        # Of one state and run, it is the same for every selection.
        touched = cache(lambda since: store.read(touched_since, since))
        monkeypatch.setattr(exports, "touched_since", lambda connection, since, touched=touched: touched(since))

        @cache
        def pickled(since: int, selection: Selection) -> bytes:
            return pickle.dumps(changes(store, since, selection, history.now))

        for since, before in [*older[-1:], *history.chance.sample(older, min(1, len(older)))]:
            for selection, old, new in zip(SELECTIONS, before, newer, strict=True):
                after = pickle.loads(pickle.dumps(old))
                APPLY(after, pickle.loads(pickled(since, selection)))
                assert dict(sorted(after.items())) == new
                differed += old != new
        ended = store.read(last_ended)
        if ended is not None:
            older.append((ended, newer))
    assert differed > 10, "too little has happened"
    store.close()


def test_what_was_only_seen_again_is_not_repeated(store: Store) -> None:
    first = begin(store)
    for name in ("fox", "crown", "anchor"):
        record(store, quiz(name), first)
    finish(store, first, NOW + timedelta(hours=1))
    later = NOW + timedelta(days=1)
    second = begin(store, later)
    store.run(mark_listed, "quizmeisters", {"fox", "crown"}, {"fox"}, later)
    record(store, quiz("fox", description="Upstairs."), second, later)
    finish(store, second, later)
    head, *lines = changes(store, first, Selection(), later)
    assert head == {"op": "changes", "since": first, "until": second, "made_at": "2026-11-23T03:30:00Z"}
    told = [(line["op"], line.get("event", line)["publisher_id"]) for line in lines]
    assert told == [("put", "fox"), ("seen", "crown")]


CHAIN = [("hero", "https://p.example/chain.jpg", "bytes")]


def told_after(store: Store, run_id: int) -> set[tuple[str, ...]]:
    lines = changes(store, run_id, Selection(), NOW)[1:]
    return {(each["op"], *(each.get("event", each)[name] for name in ("publisher", "publisher_id"))) for each in lines}


def test_a_merge_may_change_a_picture_of_the_venue_that_stays(store: Store, tmp_path: Path) -> None:
    """Both have one of one address. Of the one that goes no event was stored; the file of the other is gone."""
    files = LocalFileStore(tmp_path / "images")
    run_id = begin(store)
    record(store, quiz("fox"), run_id, pictures=CHAIN, files=files)
    take_pictures(store, quiz("crown"), run_id, NOW, CHAIN, files)
    finish(store, run_id, NOW + timedelta(hours=1))
    kept = next(row["path"] for row in store.read(image_ledger.catalogue) if row["venue"] == "the-fox")
    files.remove(kept)
    before = dump(store, Selection())
    store.run(merge, files, "the-fox", "the-crown", NOW + timedelta(days=1))
    assert dump(store, Selection())["quizmeisters", "fox", 1] != before["quizmeisters", "fox", 1]
    assert told_after(store, run_id) == {("put", "quizmeisters", "fox")}


def test_an_event_shows_the_pictures_of_the_venue_that_it_has_left(store: Store) -> None:
    run_id = begin(store)
    for name in ("fox", "crown"):
        record(store, quiz(name), run_id, pictures=CHAIN)
    moved = quiz("fox")
    moved.venue = replace(moved.venue, name="The crown", slug="the-crown")
    store.run(events.record, moved, run_id, NOW)
    also_there = quiz("fox", "pubquiz")
    record(store, also_there, run_id, pictures=CHAIN)
    finish(store, run_id, NOW + timedelta(hours=1))
    before = dump(store, Selection())
    later = NOW + timedelta(days=1)
    record(store, also_there, begin(store, later, "pubquiz"), later, [(*CHAIN[0][:2], "other bytes")])
    assert dump(store, Selection())["quizmeisters", "fox", 1] != before["quizmeisters", "fox", 1]
    assert told_after(store, run_id) == {("put", "quizmeisters", "fox"), ("put", "pubquiz", "fox")}


def test_a_run_that_has_not_ended_is_no_beginning(store: Store) -> None:
    run_id = begin(store)
    with pytest.raises(NoSuchRunError, match="has not ended"):
        changes(store, run_id, Selection(), NOW)
    with pytest.raises(NoSuchRunError, match="there is no run 77"):
        changes(store, 77, Selection(), NOW)


def test_a_killed_run_may_be_one(store: Store) -> None:
    killed = begin(store)
    begin(store, NOW + timedelta(days=1))
    assert store.read(runs.listed, killed)[0]["verdict"] == "interrupted"
    assert changes(store, killed, Selection(), NOW)[0]["until"] is None
