"""Tests how a downloaded image gets its file and its row."""

from __future__ import annotations

from tests.support.events import event
from tests.support.one_run import STEM, OneRun, image


def test_row_is_synced_alone_only_if_necessary(one: OneRun) -> None:
    normal, full = 1, 2
    sqlite = one.store.engine.dialect.name == "sqlite"
    one.levels.clear()
    one.begin()
    one.crawl(event(), image("JPEG", (41, 30)))
    assert one.levels == [normal] * sqlite
    one.begin()
    outcome = one.crawl(event(), image("PNG", (41, 30)))
    assert one.levels == [normal, full] * sqlite, "the JPEG is removed after it"
    assert outcome.record is not None
    assert outcome.record.path == f"{STEM}.png"
    one.files.trusted = True
    one.begin()
    one.crawl(event(), image("PNG", (42, 30)))
    assert one.levels == [normal, full, full] * sqlite, "a run does not check the files of a trusted store"


def test_unchanged_bytes_are_not_written_again(one: OneRun) -> None:
    found = event()
    found.venue.slug = "the-fox"
    one.begin()
    work = one.work(found)
    outcome = one.take(work, image("JPEG", (40, 30)))
    assert (outcome.status, outcome.reason, outcome.changed) == ("uptodate", "unchanged", False)
    assert outcome.record is not None
    assert outcome.record.modified_ns == work.record.modified_ns
