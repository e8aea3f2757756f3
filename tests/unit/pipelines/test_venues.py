"""A venue gets one slug, which names the folder of its images."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from tests.support.events import event
from tests.support.one_run import URL, OneRun
from trivia_scraper.items import Venue
from trivia_scraper.pipelines.venues import VenuesPipeline


def test_url_at_two_venues_has_two_paths(one: OneRun) -> None:
    pipeline = object.__new__(VenuesPipeline)
    pipeline.run = cast("Any", SimpleNamespace(store=one.store, visits={}, slugs={}))
    stems = []
    for publisher_id, name in (("vic-the-fox", "The Fox"), ("vic-the-hound", "The Hound"), ("vic-the-hound", "Other")):
        found = event(publisher_id, venue=Venue(name), image_urls=[URL])
        asyncio.run(pipeline.process_item(found))
        stems.append(one.work(found).record.stem)
    assert stems[0] == "venues/the-fox/bar-ca204b7a"
    assert stems[1:] == ["venues/the-hound/bar-ca204b7a"] * 2, "the slug is decided once"
