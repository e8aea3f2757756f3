"""Pictures: decides, downloads, checks and places each picture of an event, and never makes the store worse.

Scrapy's ImagesPipeline asks the same questions (is there a file? has it expired? where does it go?), and its hooks
answer them here by the table in docs/refresh.md. Three of its habits are left behind in `process_item`: it hands the
first venue's path to every venue that shares a URL, it keeps every result of the crawl in memory (scrapy issue 939),
and it logs a traceback and drops the picture from the item when a download fails.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import replace
from datetime import timedelta
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.pipelines.images import ImagesPipeline

from trivia_scraper.clock import utc_now
from trivia_scraper.db import image_ledger
from trivia_scraper.extensions.run import Run
from trivia_scraper.images.placing import Placer
from trivia_scraper.images.policy import Decision, decide
from trivia_scraper.images.storage.base import FileStore
from trivia_scraper.images.thumbnails import thumbnail_sizes
from trivia_scraper.images.validate import NotAPictureError
from trivia_scraper.items import Event, ImageResult
from trivia_scraper.pipelines.arrivals import Arrivals
from trivia_scraper.pipelines.downloads import PictureError, SharedDownloads, addresses
from trivia_scraper.pipelines.opening import Opening, named_pictures
from trivia_scraper.pipelines.tasks import Task

logger = logging.getLogger(__name__)
_REMEMBERED = 1000  # pictures whose outcome a second night may share; it comes from the same page
_NOT_HAD_THERE = {"http_403", "http_404", "http_410", "not_an_image", "format", "too_large"}


class VenueImagesPipeline(ImagesPipeline):
    """Pictures under venues/<slug>/ and performers/<slug>/, replaced only by what is proven good."""

    store: FileStore  # type: ignore[assignment]

    def __init__(self, store_uri: str, *, crawler: Crawler) -> None:
        self.run = Run.of(crawler)
        super().__init__(store_uri, crawler=crawler)
        settings = crawler.settings
        self.expires_after = timedelta(days=settings.getfloat("IMAGES_EXPIRES"))
        self.request_meta = {
            "dont_cache": True,  # this pipeline keeps its own, and a cached answer would pass for the publisher's
            "allow_offsite": True,  # pictures live on other hosts, and a filtered one would vanish without a word
            "autothrottle_dont_adjust_delay": True,  # a CDN's pace is set in DOWNLOAD_SLOTS
            "download_maxsize": settings.getint("IMAGES_MAXSIZE"),
            "download_timeout": settings.getfloat("IMAGES_TIMEOUT"),
        }
        self.placer = Placer(
            self.store,
            minimum=(self.min_width, self.min_height),
            thumbs=thumbnail_sizes(settings["IMAGES_THUMBS"]),
            fit=settings.getbool("IMAGES_THUMBS_FIT"),
        )
        self.count = crawler.stats.inc_value  # looked up once: its class takes longer to find it than it takes to count
        # Scrapy bounds its requests for pages, not those of pipelines: bodies would pile up before the workers.
        self.at_once = asyncio.Semaphore(settings.getint("IMAGES_CONCURRENT"))
        self.settled: OrderedDict[tuple[int, bool], asyncio.Future[ImageResult]] = OrderedDict()
        self.downloads = SharedDownloads(crawler, self.store)
        self.opening = Opening(self.run, self.placer)
        self.arrivals = Arrivals(self.run, self.placer, settings.getint("IMAGES_THREADS"))

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> VenueImagesPipeline:
        return cls(crawler.settings["IMAGES_STORE"], crawler=crawler)

    def _get_store(self, uri: str) -> Any:
        return self.run.files

    def close_spider(self) -> None:
        self.arrivals.close()

    async def process_item(self, item: Event) -> Event:  # type: ignore[override]
        spider: Any = self.crawler.spider
        pictures = named_pictures(item, spider.picture_kind)
        tasks = self.opening.known(item, pictures)
        # A 304 confirms what was asked with, so whether there still is a file is looked at again before it.
        if tasks is None or any(self._decide(task).action == "revalidate" for task in tasks):
            tasks = await self.run.store.in_thread(self.opening.open, item, pictures)
        outcomes = [self._settled(task, item) for task in tasks]
        if not all(outcome.done() for outcome in outcomes):
            await asyncio.gather(*map(asyncio.shield, outcomes))
        item.images = [replace(outcome.result()) for outcome in outcomes]
        if any(result.reason == "stopped" for result in item.images):
            self.run.unfinished.add(item.publisher_id)
        return item

    def _settled(self, task: Task, event: Event) -> asyncio.Future[ImageResult]:
        """Exactly one status and one reason per picture and run: two nights of one venue share the outcome."""
        picture = task.entry.id, task.named
        if (settled := self.settled.get(picture)) is not None:
            return settled
        if task.named and not task.thumbs_missing and (decision := self._decide(task)).action == "keep":
            outcome = asyncio.get_running_loop().create_future()
            outcome.set_result(self._counted(task.result("uptodate", decision.reason)))
        else:
            self.opening.asked.add(task.entry.id)
            outcome = asyncio.ensure_future(self._outcome(task, event))
        self.settled[picture] = outcome
        while len(self.settled) > _REMEMBERED:
            self.settled.popitem(last=False)
        return outcome

    async def _outcome(self, task: Task, event: Event) -> ImageResult:
        try:
            if not task.named:
                raise PictureError("unnamed", "the page names no picture of this kind any more")
            result = await self._fetch(task, event)
        except PictureError as error:
            await self._complete_thumbs(task)  # those of the picture that stays
            result = task.failure(error)
            stays = f"{result.path} stays" if result.path else "there is none to keep"
            logger.warning("picture failed: %s: %s %.300s (%s); %s", result.reason, result.kind, task.url, error, stays)
        else:
            await self._complete_thumbs(task)
            result.thumbs = task.entry.thumbs
        return self._counted(result)

    def _counted(self, result: ImageResult) -> ImageResult:
        self.count(f"trivia/images/{result.status}")
        self.count(f"trivia/images/{result.status}/{result.reason}")
        return result

    async def _fetch(self, task: Task, event: Event) -> ImageResult:
        """From the first of the picture's addresses that has it; one that only fails for now is not passed over, or a
        bad minute would put a smaller picture in the place of a larger. Raises PictureError."""
        *larger, named = addresses(task.url)
        for address in larger:
            try:
                return await self._fetch_from(address, task, event)
            except PictureError as error:
                if error.reason not in _NOT_HAD_THERE:
                    raise
        return await self._fetch_from(named, task, event)

    async def _fetch_from(self, address: str, task: Task, event: Event) -> ImageResult:
        try:
            request = Request(address, callback=NO_CALLBACK, meta={**self.request_meta, "task": task})
        except ValueError as error:
            raise PictureError("refused_url", str(error)) from None
        kept = self.media_to_download(request, self.spiderinfo, item=event)
        if kept is not None:
            return kept
        async with self.at_once, self.downloads.response(request) as response:
            try:
                result = await self.media_downloaded(response, request, self.spiderinfo, item=event)
            except PictureError as error:
                if error.reason not in {"storage", "placeholder"}:  # those say nothing about the URL
                    self.downloads.remember(address, error)
                raise
            self.downloads.remember(address, task.entry)
            return result

    # What Scrapy's media pipelines ask, in its own names.

    def media_to_download(  # type: ignore[override]
        self, request: Request, info: Any, *, item: Any = None
    ) -> ImageResult | None:
        """Is the stored file good enough? The result when it is; else None, and the request says how to ask."""
        task: Task = request.meta["task"]
        entry = task.entry
        decision = self._decide(task)
        if decision.action == "keep":
            return task.result("uptodate", decision.reason)
        if decision.action == "revalidate":
            # The ETag alone where there is one: some servers answer 304 to whichever of the two they like better.
            if entry.etag:
                request.headers["If-None-Match"] = entry.etag
            elif entry.last_modified:
                request.headers["If-Modified-Since"] = entry.last_modified
        if decision.reason == "forced":
            request.headers["Cache-Control"] = "no-cache"
        request.headers["Accept"] = "image/*,*/*;q=0.8"
        return None

    def _decide(self, task: Task) -> Decision:
        if task.decision is None:
            task.decision = decide(
                forced=self.crawler.spider.arguments.force_refresh_images,  # type: ignore[union-attr]
                known=task.known,
                other_url_shown=task.has_other_url,
                now=utc_now(),
                expires=self.expires_after,
            )
        return task.decision

    async def media_downloaded(  # type: ignore[override]
        self, response: Response, request: Request, info: Any, *, item: Any = None
    ) -> ImageResult:
        """Raises PictureError when the answer is no picture, or cannot be kept."""
        task: Task = request.meta["task"]
        if response.status == 304 and {b"If-None-Match", b"If-Modified-Since"} & request.headers.keys():
            return await self.arrivals.confirmed(task)
        if response.status == 200:
            return await self.arrivals.received(task, response)
        if 300 <= response.status < 400 and response.status != 304:
            target = (response.headers.get("Location") or b"nowhere").decode("utf-8", "replace")
            raise PictureError("redirect", f"HTTP {response.status} to {target!r}")
        raise PictureError(f"http_{response.status}", f"HTTP {response.status}")

    async def _complete_thumbs(self, task: Task) -> None:
        """Thumbnails that are missing, or of another setting."""
        if not task.thumbs_missing or task.file != "ok" or task.entry.path is None:
            return
        try:
            await self.arrivals.thumbs_remade(task)
        except (OSError, NotAPictureError, image_ledger.SupersededError) as error:
            self.crawler.stats.inc_value("trivia/thumbs/failed")
            logger.warning("thumbnails failed: %s: %s", task.entry.path, error)
        else:
            self.crawler.stats.inc_value("trivia/thumbs/remade")

    def file_path(
        self, request: Request, response: Response | None = None, info: Any = None, *, item: Any = None
    ) -> str:
        """Relative to the store: where the ledger has it, or, before its bytes told the extension, would have it."""
        entry: image_ledger.Entry = request.meta["task"].entry
        return entry.path or f"{entry.stem}.jpg"
