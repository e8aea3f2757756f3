"""Pictures: decides, downloads, checks and places each picture of an event, and never makes the store worse.

Scrapy's ImagesPipeline asks the same questions (is there a file? has it expired? where does it go?), and its hooks
answer them here by the table in docs/refresh.md. Three of its habits are left behind in `process_item`: it hands the
first venue's path to every venue that shares a URL, it keeps every result of the crawl in memory (scrapy issue 939),
and it logs a traceback and drops the picture from the item when a download fails.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar, cast

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.pipelines.images import ImagesPipeline
from sqlalchemy import Connection

from trivia_scraper.clock import iso, utc_now
from trivia_scraper.extensions.run import Run
from trivia_scraper.images.decode import NotAPictureError, Picture, examine
from trivia_scraper.images.filestore import FileStat, FileStore, open_file_store, state_of
from trivia_scraper.images.freshness import FileState, Known, decide
from trivia_scraper.items import Event, ImageKind, ImageResult, ImageStatus
from trivia_scraper.middlewares.guard import check_url
from trivia_scraper.pipelines.downloads import PictureError, SharedDownloads, failure_of
from trivia_scraper.store import ledger

logger = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class Task:
    """One picture of one event on its way through the pipeline."""

    kind: ImageKind
    url: str
    entry: ledger.Entry
    file: FileState | None
    """None when no file was ever stored for this row."""
    shown: ledger.Entry | None
    """The picture of this kind that the event shows until now; a failure leaves it in place."""
    reason: str = ""
    """Why it is asked for."""
    extension: str = "jpg"


class VenueImagesPipeline(ImagesPipeline):
    """Pictures under venues/<slug>/ and performers/<slug>/: fresh by the ledger, replaced only by what is proven
    good."""

    store: FileStore  # type: ignore[assignment]

    def __init__(self, store_uri: str, *, crawler: Crawler) -> None:
        super().__init__(store_uri, crawler=crawler)
        settings = crawler.settings
        self.run = Run.of(crawler)
        self.expires_after = timedelta(days=settings.getfloat("IMAGES_EXPIRES"))
        self.request_meta = {
            "allow_offsite": True,  # pictures live on other hosts, and a filtered one would vanish without a word
            "autothrottle_dont_adjust_delay": True,  # a CDN's pace is set in DOWNLOAD_SLOTS
            "download_maxsize": settings.getint("IMAGES_MAXSIZE"),
            "download_timeout": settings.getfloat("IMAGES_TIMEOUT"),
        }
        self.downloads = SharedDownloads(crawler, self.store)
        self.workers = ThreadPoolExecutor(settings.getint("IMAGES_THREADS"), thread_name_prefix="pictures")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> VenueImagesPipeline:
        return cls(crawler.settings["IMAGES_STORE"], crawler=crawler)

    def _get_store(self, uri: str) -> Any:
        return open_file_store(uri)

    def close_spider(self) -> None:
        self.workers.shutdown()

    async def process_item(self, item: Event) -> Event:  # type: ignore[override]
        pictures: list[tuple[str, str]] = [("hero", url) for url in item.image_urls]
        if item.performer is not None and item.performer.image_url:
            pictures.append(("performer", item.performer.image_url))
        if pictures:
            tasks = await self.run.store.in_thread(self._open, item, list(dict.fromkeys(pictures)))
            item.images = list(await asyncio.gather(*(self._settle(task, item) for task in tasks)))
        return item

    def _open(self, connection: Connection, event: Event, pictures: list[tuple[str, str]]) -> list[Task]:
        """The tasks of an event: what the ledger knows of each picture, and how its file is."""
        host = event.performer.name if event.performer else None
        wanted = ledger.open_pictures(
            connection, event.publisher, event.publisher_id, str(event.venue.slug), host, pictures
        )
        tasks = []
        for known, shown in wanted:
            file, stat = self._file_of(known)
            copied = file == "ok" and stat is not None and stat.modified_ns != known.modified_ns
            entry = ledger.record_copy(connection, known, stat) if copied and stat else known
            tasks.append(Task(cast("ImageKind", entry.kind), entry.url, entry, file, shown))
        return tasks

    def _file_of(self, entry: ledger.Entry) -> tuple[FileState | None, FileStat | None]:
        if entry.path is None or entry.bytes is None or entry.sha256 is None:
            return None, None
        return state_of(self.store, entry.path, entry.bytes, entry.modified_ns, entry.sha256)

    async def _settle(self, task: Task, event: Event) -> ImageResult:
        """Exactly one status and one reason, whatever happens; the only place that counts them."""
        try:
            result = await self._fetch(task, event)
        except PictureError as error:
            result = self._failed(task, error)
        stats = self.crawler.stats
        stats.inc_value(f"trivia/images/{result.status}")
        stats.inc_value(f"trivia/images/{result.status}/{result.reason}")
        self.inc_stats(result.status)
        return result

    async def _fetch(self, task: Task, event: Event) -> ImageResult:
        try:
            check_url(task.url)
        except Exception as error:
            raise failure_of(error) from None
        request = Request(task.url, callback=NO_CALLBACK, meta={**self.request_meta, "task": task})
        kept = self.media_to_download(request, self.spiderinfo, item=event)
        if kept is not None:
            return kept
        async with self.downloads.response(request) as response:
            try:
                result = await self.media_downloaded(response, request, self.spiderinfo, item=event)
            except PictureError as error:
                if error.reason != "storage":  # that was this machine's fault, and another folder may fare better
                    self.downloads.remember(task.url, error)
                raise
            self.downloads.remember(task.url, task.entry)
            return result

    # What Scrapy's media pipelines ask, in its own names.

    def media_to_download(  # type: ignore[override]
        self, request: Request, info: Any, *, item: Any = None
    ) -> ImageResult | None:
        """Is the stored file good enough? The result when it is; else None, and the request says how to ask."""
        task: Task = request.meta["task"]
        entry = task.entry
        forced = self.crawler.spider.arguments.force_refresh_images  # type: ignore[union-attr]
        decision = decide(
            forced=forced,
            known=Known(entry.checked_at, task.file) if entry.checked_at and task.file else None,
            other_url_shown=task.shown is not None and task.shown.url != task.url,
            now=utc_now(),
            expires=self.expires_after,
        )
        task.reason = decision.reason
        if decision.action == "keep":
            return self._result(task, "uptodate", decision.reason)
        if decision.action == "revalidate":
            for header, value in (("If-None-Match", entry.etag), ("If-Modified-Since", entry.last_modified)):
                if value:
                    request.headers[header] = value
        if forced:
            request.headers["Cache-Control"] = "no-cache"
            request.meta["dont_cache"] = True
        request.headers["Accept"] = "image/*,*/*;q=0.8"
        return None

    async def media_downloaded(  # type: ignore[override]
        self, response: Response, request: Request, info: Any, *, item: Any = None
    ) -> ImageResult:
        """Raises PictureError when the answer is no picture, or cannot be kept."""
        task: Task = request.meta["task"]
        entry, now = task.entry, utc_now()
        store = self.run.store
        if response.status == 304 and {b"If-None-Match", b"If-Modified-Since"} & request.headers.keys():
            task.entry = await store.in_thread(ledger.record_check, entry, now)
            return self._result(task, "uptodate", "not_modified")
        if response.status != 200:
            redirected = 300 <= response.status < 400 and response.status != 304
            raise PictureError("redirect" if redirected else f"http_{response.status}", f"HTTP {response.status}")
        validators = {
            "etag": _header(response, "ETag"),
            "last_modified": _header(response, "Last-Modified"),
        }
        try:
            picture, written, thumbs = await self._in_worker(self._place, response, request)
        except NotAPictureError as error:
            raise PictureError(error.reason, str(error)) from None
        except OSError as error:
            raise PictureError("storage", f"it could not be stored: {error}") from None
        if written is None:
            task.entry = await store.in_thread(ledger.record_arrival, entry, now, validators, thumbs)
            return self._result(task, "uptodate", "unchanged")
        path = self.file_path(request, response)
        task.entry = await store.in_thread(
            ledger.record_file, entry, path, picture, written, validators, thumbs, self.run.id, now
        )
        if entry.path is not None and entry.path != path:
            await self._in_worker(self.store.remove, entry.path)  # the same URL, now in another format
        return self._result(task, "downloaded", task.reason, changed=entry.sha256 != picture.sha256)

    def file_path(
        self, request: Request, response: Response | None = None, info: Any = None, *, item: Any = None
    ) -> str:
        """Relative to the store. The ledger decided the place; the extension is that of the bytes, once they are
        known."""
        task: Task = request.meta["task"]
        return f"{task.entry.stem}.{task.extension}"

    def thumb_path(
        self,
        request: Request,
        thumb_id: str,
        response: Response | None = None,
        info: Any = None,
        *,
        item: Any = None,
    ) -> str:
        folder, _, name = request.meta["task"].entry.stem.rpartition("/")
        return f"{folder}/thumbs/{thumb_id}/{name}.jpg"

    def _place(self, response: Response, request: Request) -> tuple[Picture, FileStat | None, dict[str, str]]:
        """In a worker: checks the bytes and writes what is not there yet. No FileStat means that the very bytes were
        there."""
        task: Task = request.meta["task"]
        body = response.body
        picture = examine(body, minimum=(self.min_width, self.min_height), thumbs=self.thumbs)
        task.extension = picture.extension
        path = self.file_path(request, response)
        same = task.entry.path == path and task.entry.sha256 == picture.sha256 and self.store.read(path) == body
        written = None if same else self.store.write(path, body)
        thumbs = {name: self.thumb_path(request, name) for name in picture.thumbs}
        for name, thumb in picture.thumbs.items():
            if not same or self.store.stat(thumbs[name]) is None:
                self.store.write(thumbs[name], thumb)
        return picture, written, thumbs

    def _in_worker(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Awaitable[T]:
        return asyncio.get_running_loop().run_in_executor(self.workers, functools.partial(function, *args, **kwargs))

    def _result(self, task: Task, status: ImageStatus, reason: str, *, changed: bool = False) -> ImageResult:
        return ImageResult(task.kind, task.url, status=status, reason=reason, changed=changed, **_facts(task.entry))

    def _failed(self, task: Task, error: PictureError) -> ImageResult:
        """The last good picture stays: the file of this URL, or of the one that the event showed until now."""
        kept = task.entry if task.file is not None else task.shown
        what = f"{task.kind} {task.url}"
        stays = f"{kept.path} stays" if kept else "there is none yet"
        logger.warning("picture failed: %s: %s (%s); %s", error.reason, what[:300], error, stays)
        facts = _facts(kept) if kept else {}
        return ImageResult(task.kind, task.url, status="failed", reason=error.reason, error=str(error), **facts)


def _facts(entry: ledger.Entry) -> dict[str, Any]:
    return {
        **{name: getattr(entry, name) for name in ("path", "sha256", "bytes", "width", "height", "format", "thumbs")},
        "fetched_at": iso(entry.fetched_at) if entry.fetched_at else None,
        "checked_at": iso(entry.checked_at) if entry.checked_at else None,
    }


def _header(response: Response, name: str) -> str | None:
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None
