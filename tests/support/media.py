"""A Scrapy project with only an image pipeline, in this process. A dict answers its requests, without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from trivia_scraper.images.ledger import LEDGER_FILE, SqliteLedger
from trivia_scraper.images.pipeline import FreshImagesPipeline
from trivia_scraper.images.records import ImageRecord
from trivia_scraper.images.storage.local import LocalFileStore

URL = "https://a.example/fox.jpg"
OTHER_URL = "https://a.example/hound.jpg"


def image(width: int = 40, colour: str = "red", image_format: str = "JPEG") -> bytes:
    """Return an image file, 30 pixels high."""
    file = BytesIO()
    Image.new("RGB", (width, 30), colour).save(file, image_format)
    return file.getvalue()


def pixels(body: bytes) -> tuple[int, int]:
    """Return width and height of an image file."""
    with Image.open(BytesIO(body)) as opened:
        return opened.size


@dataclass
class Site:
    """Answers requests by their URL, and keeps them. Stands in for Scrapy's engine.

    answers: URL -> body, Response, exception to raise, or a function of the request that returns one of them.
    """

    answers: dict[str, Any] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    async def download_async(self, request: Request) -> Response:
        self.requests.append(request)
        await asyncio.sleep(0)
        answer = self.answers.get(request.url, Response(request.url, status=404))
        if not isinstance(answer, Response | bytes | Exception):
            answer = answer(request)
        if isinstance(answer, Exception):
            raise answer
        return Response(request.url, body=answer) if isinstance(answer, bytes) else answer


@dataclass(frozen=True)
class Run:
    """The items and requests of a run."""

    items: list[Any]
    requests: list[Request]
    stats: dict[str, Any]
    pipeline: FreshImagesPipeline

    @property
    def result(self) -> dict[str, Any]:
        """Return the result of the only image of the first item."""
        (result,) = self.items[0]["images"]
        assert isinstance(result, dict)
        return result

    @property
    def outcome(self) -> tuple[str, str]:
        """Return status and reason of that result."""
        return self.result["status"], self.result["reason"]


@dataclass
class ImageProject:
    """Runs a pipeline over items, as often as a test wants. settings: those of every run."""

    store: Path
    site: Site = field(default_factory=Site)
    settings: dict[str, Any] = field(default_factory=dict)
    pipeline: type[FreshImagesPipeline] = FreshImagesPipeline

    def run(
        self, *items: Any, at_once: bool = False, before: Callable[[Any], None] | None = None, **arguments: Any
    ) -> Run:
        """Process items, one after the other or `at_once`. An item is a URL or what the pipeline takes.

        before: called with the open pipeline. arguments: of the spider.
        """
        self.site.requests.clear()
        crawler = get_crawler(Spider, {"IMAGES_STORE": self.store, **self.settings})
        crawler.spider = Spider.from_crawler(crawler, name="quizzes", **arguments)
        crawler.engine = self.site  # type: ignore[assignment]
        given = [{"image_urls": [each], "images": []} if isinstance(each, str) else each for each in items or [URL]]

        async def process() -> tuple[FreshImagesPipeline, list[Any]]:
            pipeline = self.pipeline.from_crawler(crawler)
            pipeline.open_spider()
            if before is not None:
                before(pipeline)
            try:
                if at_once:
                    return pipeline, await asyncio.gather(*map(pipeline.process_item, given))
                return pipeline, [await pipeline.process_item(each) for each in given]
            finally:
                pipeline.close_spider()

        pipeline, processed = asyncio.run(process())
        assert crawler.stats is not None
        return Run(processed, list(self.site.requests), crawler.stats.get_stats(), pipeline)

    def force(self, *items: Any, **more: Any) -> Run:
        return self.run(*items, force_refresh_images="true", **more)

    def files(self) -> dict[str, bytes]:
        """Return every visible file of the store by its path."""
        store = LocalFileStore(self.store)
        return {path: store.read(path) or b"" for path in store.paths()}

    def records(self) -> list[ImageRecord]:
        ledger = SqliteLedger(self.store / LEDGER_FILE, LocalFileStore(self.store))
        try:
            return list(ledger.records())
        finally:
            ledger.close()
