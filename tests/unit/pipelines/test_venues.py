"""The venue of an event gets its slug, and its images their rows."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

from tests.support.events import event
from tests.support.one_run import URL, OneRun
from trivia_scraper.items import Venue
from trivia_scraper.pipelines.venues import VenuesPipeline


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
