"""Decisions on the images of a venue with two nights, which share their images."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.support.filled import NOW, WEEKLY, begin, quiz
from trivia_scraper.db import events
from trivia_scraper.db.engine import Store
from trivia_scraper.db.image_decisions import read_decisions
from trivia_scraper.db.run_reports import read_reports
from trivia_scraper.db.venues import identify_venue
from trivia_scraper.items import ImageResult

URL = "https://q.example/cat.jpg"
NIGHTS = [WEEKLY, replace(WEEKLY, weekday=4, rrule="FREQ=WEEKLY;BYDAY=TH")]


def fail_twice(store: Store, run: int) -> str:
    """Store both nights of a venue whose image fails. Return the venue's slug."""
    slots = [(night.weekday, night.start_time, "Quiz") for night in NIGHTS]
    for night in NIGHTS:
        event = quiz("cat", schedule=night, name="Quiz")
        event.venue.slug = store.run(identify_venue, event.publisher, event.publisher_id, event.venue, NOW)
        event.images = [ImageResult("hero", URL, status="failed", reason="http_404", error="HTTP 404")]
        store.run(events.record_event, event, run, NOW, slots)
    return str(event.venue.slug)


def test_failed_image_of_two_nights_is_reported_once(store: Store) -> None:
    run = begin(store)
    fail_twice(store, run)
    (report,) = store.read(read_reports, 1, 10)
    assert [(failure.url, failure.reason) for failure in report.failures] == [(URL, "http_404")]
    assert report.totals["failures"] == 1


def test_decision_on_an_image_of_two_nights_is_explained_once(store: Store) -> None:
    runs = [begin(store, NOW + timedelta(hours=hours)) for hours in range(3)]
    slug = {fail_twice(store, run) for run in runs}.pop()
    assert [row["run"] for row in store.read(read_decisions, slug, 2)] == [runs[2], runs[1]]
