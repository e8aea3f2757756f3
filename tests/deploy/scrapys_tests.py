"""A pytest plug-in for Scrapy's own tests that replaces the tested class by FreshImagesPipeline."""

from __future__ import annotations

import os
import sys
import tempfile
from typing import Any

from scrapy.crawler import Crawler
from scrapy.pipelines import images, media

sys.path.append(os.environ["CHECKOUT"])  # last: Scrapy's tests are a package `tests` too
from trivia_scraper.images.pipeline import FreshImagesPipeline


class FreshMediaPipeline(FreshImagesPipeline):
    """Can be created without a store, as the tests of MediaPipeline do."""

    def __init__(self, store_uri: str = "", *, crawler: Crawler, **more: Any) -> None:
        super().__init__(store_uri or tempfile.mkdtemp(), crawler=crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> FreshMediaPipeline:
        return cls(crawler=crawler)


images.ImagesPipeline = FreshImagesPipeline  # type: ignore[misc]
media.MediaPipeline = FreshMediaPipeline  # type: ignore[assignment,misc]
