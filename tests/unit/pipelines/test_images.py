"""Hooks of VenueImagesPipeline. tests/crawl/ runs the whole pipeline."""

from __future__ import annotations

from collections import deque
from types import SimpleNamespace
from typing import Any, cast

import pytest
from scrapy import Request

from tests.support.events import event
from tests.support.one_run import SIZES, STEM, URL, OneRun, image
from trivia_scraper.images.pipeline import WORK_KEY
from trivia_scraper.pipelines.images import VenueImagesPipeline


def opened(one: OneRun, kind: type[VenueImagesPipeline]) -> VenueImagesPipeline:
    pipeline: Any = object.__new__(kind)
    pipeline.crawler = SimpleNamespace(spider=SimpleNamespace(image_kind="hero"))
    pipeline.__dict__ |= {"ledger": one.ledger, "files": one.files, "_keep_errors": deque()}
    pipeline.min_width, pipeline.min_height, pipeline.thumbs, pipeline.thumbs_fit = 1, 1, SIZES, False
    return cast("VenueImagesPipeline", pipeline)


def test_page_url_is_the_source_url(one: OneRun) -> None:
    found = event("vic-the-fox", image_urls=[URL])
    assert found.source_url
    assert opened(one, VenueImagesPipeline).page_url(found) == found.source_url


def test_wordpress_candidates_prefer_the_full_upload(one: OneRun) -> None:
    pipeline, folder = opened(one, VenueImagesPipeline), "https://a.example/wp-content/uploads"
    request = Request(f"{folder}/bar-300x200.jpg")
    assert pipeline.candidate_urls(request) == [f"{folder}/bar.jpg", request.url]
    assert pipeline.smaller_url(f"{folder}/bar.jpg") == f"{folder}/bar-scaled.jpg"
    assert pipeline.named_size(request) == (300, 200)


@pytest.mark.parametrize("hook", ["file_path", "file_exists", "look_up"])
def test_raising_hook_keeps_the_stored_image(one: OneRun, hook: str) -> None:
    def raising(*_: Any, **more: Any) -> Any:
        raise KeyError("nothing of that name")

    found = event("vic-the-fox", image_urls=[URL])
    one.crawl(found, image("JPEG", (60, 40)))
    pipeline = opened(one, type("Raising", (VenueImagesPipeline,), {hook: raising}))
    (request,) = pipeline._look_up_requests(found)
    assert WORK_KEY not in request.meta
    kept = pipeline._look_up_without_hooks(request, found).last_good
    assert kept is not None
    assert kept.path == f"{STEM}.jpg"
