"""FreshImagesPipeline: Scrapy's ImagesPipeline with images that are really fresh.

It keeps Scrapy's hooks and settings. What differs:

- The spider argument `force_refresh_images` downloads every image again.
- A stored image is replaced only by one that was fully downloaded and decoded.
- The bytes are stored as served.
- The age of an image comes from a ledger, not from the file's mtime.

docs/images.md is the manual.
"""

from __future__ import annotations

import asyncio
import logging
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import timedelta
from functools import cached_property, partial
from os import PathLike
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, TypeVar, cast
from urllib.parse import urlsplit

from itemadapter import ItemAdapter
from scrapy import Request, Spider
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured, ScrapyDeprecationWarning
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.pipelines.files import FilesPipeline
from scrapy.pipelines.images import ImagesPipeline
from scrapy.pipelines.media import MediaPipeline
from scrapy.settings import BaseSettings
from scrapy.utils.asyncio import is_asyncio_available
from scrapy.utils.defer import ensure_awaitable
from scrapy.utils.misc import arg_to_iter, build_from_crawler, load_object
from scrapy.utils.request import referer_str

from trivia_scraper.clock import utc_now
from trivia_scraper.downloader.shutdown import Limit, StoppedError, stopping
from trivia_scraper.errors import UsageError
from trivia_scraper.images.crash_points import Step, announce_step
from trivia_scraper.images.downloads import (
    SharedDownloads,
    SharedOutcomes,
    add_referer,
    add_validators,
    is_conditional,
)
from trivia_scraper.images.failures import (
    ABSENT_REASONS,
    COMPLETE_STATUSES,
    FINAL_REASONS,
    ITEM_REASONS,
    DownloadFailedError,
    FailedImage,
    Failure,
    OtherImageError,
    drop_tracebacks,
    find_reason,
    make_answer_error,
    make_failure,
    make_hook_failure,
)
from trivia_scraper.images.formats import suffix_of
from trivia_scraper.images.ledger import LEDGER_FILE, Ledger, SqliteLedger, SupersededError
from trivia_scraper.images.likeness import is_same_image, is_same_shape, make_sample
from trivia_scraper.images.paths import Size, get_stem
from trivia_scraper.images.policy import (
    Decision,
    FileState,
    ImageError,
    Reason,
    Status,
    decide,
    is_expired,
)
from trivia_scraper.images.records import ImageRecord, ImageWork, Outcome
from trivia_scraper.images.settings import ClassSettings, is_refresh_forced
from trivia_scraper.images.storage import check_uri, open_file_store
from trivia_scraper.images.storage.base import FileStore, check_path
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.images.storage.scrapy import PersistingStore, persisted_files
from trivia_scraper.images.storing import ImageStorer
from trivia_scraper.images.thumbnails import parse_thumbnail_sizes
from trivia_scraper.images.validate import CheckedImage
from trivia_scraper.images.workers import DaemonThreads
from trivia_scraper.options import value_of
from trivia_scraper.parsing.hosts import with_ascii_host

if TYPE_CHECKING:
    from PIL.Image import Image

logger = logging.getLogger(__name__)
Info = MediaPipeline.SpiderInfo
P = ParamSpec("P")
T = TypeVar("T")

WORK_KEY = "fresh_images_work"
"""Key in Request.meta of the request's ImageWork. Set once the ledger and the file have been looked up."""


class FreshImagesPipeline(ImagesPipeline):
    """Downloads, checks and stores the images of items. A failed download never harms a stored image.

    `process_item` runs these steps for each request of `get_media_requests`:

    1. `media_to_download` looks up the ledger and the file (`open_work`) and decides: keep, revalidate or fetch.
    2. `_get_result` downloads the image, from the best of `candidate_urls` that shows it. Each URL is requested once.
    3. `media_downloaded` handles a 304 and refuses an answer without a whole image.
    4. `image_downloaded` checks, stores and records the image in a worker thread (storing.py).
    5. After a failure in any step, `_handle_failure` calls `media_failed`. The last good image stays.

    Raises UsageError for an invalid setting, StorageError for an IMAGES_STORE that cannot be used.
    """

    spiderinfo: Any = None  # until `open_spider`

    ADOPTS_FILES = True
    """Whether to record files that have no record, such as those that Scrapy's ImagesPipeline stored."""
    STATS_PREFIX = ""
    ITEM_ERRORS: tuple[type[Exception], ...] = ()
    """Exceptions of a ledger that fail the whole item, not just one of its images."""

    # -- Construction and settings ------------------------------------------------------------------------------------

    def __init__(self, store_uri: str | PathLike[str], download_func: None = None, *, crawler: Crawler) -> None:
        try:
            from PIL import Image, ImageOps
        except ImportError:
            raise NotConfigured(f"{type(self).__name__} requires installing Pillow") from None
        self._Image, self._ImageOps = Image, ImageOps  # for Scrapy's get_images and convert_image
        self._settings = settings = ClassSettings(crawler.settings, type(self).__name__)
        if not store_uri:
            missing = f"IMAGES_STORE must name a directory or s3://bucket/prefix/ for {type(self).__name__}"
            if is_refresh_forced(crawler.spider):
                raise UsageError(f"force_refresh_images=true would have no effect: {missing}.")
            raise NotConfigured(f"{missing}.")
        self.store = self._get_store(str(store_uri))
        redirects = settings.get_checked("MEDIA_ALLOW_REDIRECTS")  # before MediaPipeline, whose error does not name it
        # Skip ImagesPipeline and FilesPipeline: they fail for IMAGES_EXPIRES=0.5 and FILES_EXPIRES=0.5.
        super(FilesPipeline, self).__init__(crawler=crawler)
        # MediaPipeline ignores the setting with this class's name in front if it is False.
        self.allow_redirects = redirects
        self._handle_statuses(redirects)
        self.expires = settings.get_checked("IMAGES_EXPIRES", self.EXPIRES)
        self.min_width = settings.get_checked("IMAGES_MIN_WIDTH", self.MIN_WIDTH)
        self.min_height = settings.get_checked("IMAGES_MIN_HEIGHT", self.MIN_HEIGHT)
        self.thumbs = parse_thumbnail_sizes(settings.get("IMAGES_THUMBS", self.THUMBS))
        self.thumbs_fit = settings.get_checked("IMAGES_THUMBS_FIT", True)
        for name in ("IMAGES_URLS_FIELD", "IMAGES_RESULT_FIELD"):
            default = getattr(self, name, getattr(self, f"DEFAULT_{name}"))
            setattr(self, name, default)
            setattr(self, name.lower(), settings.get(name, default))
        self.request_meta = {
            "download_maxsize": settings.get_checked("IMAGES_MAXSIZE"),
            "download_timeout": settings.get_checked("IMAGES_TIMEOUT"),
        }
        # Scrapy limits how many pages are in memory, but not how many downloaded images wait for a worker.
        self._slots = asyncio.Semaphore(settings.get_checked("IMAGES_CONCURRENT"))
        self._workers = DaemonThreads(settings.get_checked("IMAGES_THREADS"))
        self._stop_limit = Limit()
        self._stop_grace = value_of(crawler.settings, "STOP_GRACE")
        crawler.signals.connect(self._stop, stopping)
        self._shared = SharedOutcomes()
        self._claims: dict[int, int] = {}  # hash of path -> hash of URL, since a run can have millions of images
        self._keep_errors: deque[OSError] = deque()
        self._logged_keep_errors: set[int | str] = set()
        assert crawler.stats is not None
        self._count = crawler.stats.inc_value
        self._converts = self._overrides("get_images") or self._overrides("convert_image")
        self._stores_itself = self._overrides("file_downloaded") or self._overrides("image_downloaded")
        self._stores_as_served = not (self._converts or self._stores_itself)

    def _overrides(self, name: str) -> bool:
        return getattr(type(self), name) not in {getattr(FreshImagesPipeline, name), getattr(ImagesPipeline, name)}

    @classmethod
    def _update_stores(cls, settings: BaseSettings) -> None:
        if cls.STORE_SCHEMES is not FilesPipeline.STORE_SCHEMES:
            raise ValueError(f"{cls.__name__}: STORE_SCHEMES is not used; override `open_files` instead.")
        super()._update_stores(settings)

    def _get_store(self, uri: str) -> Any:
        check_uri(uri)
        self._store_uri = uri
        return PersistingStore(lambda: self.files)

    def open_files(self) -> FileStore:
        """Return the store of image files. Called once, when the store is first used."""
        return open_file_store(self._store_uri, settings=self._settings.all)

    def open_ledger(self) -> Ledger:
        """Return the ledger that IMAGES_LEDGER names, a file or a class; without it, a file inside the store."""
        setting = self._settings.get("IMAGES_LEDGER")
        if setting and (not isinstance(setting, str | PathLike) or "/" not in str(setting)):
            try:
                ledger_class = load_object(setting)
            except (ImportError, NameError, ValueError) as error:
                raise UsageError(
                    f"IMAGES_LEDGER {setting!r} is neither a path with a / nor a class: {error}"
                ) from error
            ledger: Ledger = build_from_crawler(ledger_class, self.crawler)
            return ledger
        if setting:
            return SqliteLedger(setting, self.files)
        if not isinstance(self.files, LocalFileStore):
            raise ValueError(f"IMAGES_STORE {self._store_uri} needs IMAGES_LEDGER: the path of a local file.")
        return SqliteLedger(self.files.root / LEDGER_FILE, self.files)

    @cached_property
    def files(self) -> FileStore:
        return self.open_files()

    @cached_property
    def ledger(self) -> Ledger:
        return self.open_ledger()

    @cached_property
    def downloads(self) -> SharedDownloads:
        return SharedDownloads(self._download, self._fingerprinter.fingerprint, self.files)

    @cached_property
    def _storer(self) -> ImageStorer:
        return ImageStorer(
            self.files,
            self.ledger,
            minimum=(self.min_width, self.min_height),
            thumbs=self.thumbs,
            fit=self.thumbs_fit,
            kept_path=self.kept_path,
            on_not_kept=self._keep_errors.append,
        )

    def _report_keep_errors(self) -> None:
        """Count the files of replaced images that could not be kept, and log the first one for each error.

        Worker threads only collect these errors, because stats are not safe to change there.
        """
        while self._keep_errors:
            error = self._keep_errors.popleft()
            self._count(f"{self.STATS_PREFIX}files/not_kept")
            reason = error.errno or type(error).__name__
            if reason not in self._logged_keep_errors:
                self._logged_keep_errors.add(reason)
                logger.warning(
                    "the file of a replaced image could not be kept: %s; more files may follow for this reason", error
                )

    def open_spider(self, spider: Spider | None = None) -> None:
        if not is_asyncio_available():
            raise UsageError(f"{type(self).__name__} needs asyncio: remove TWISTED_REACTOR from the settings.")
        assert self.crawler.spider is not None
        self.spiderinfo = self.SpiderInfo(self.crawler.spider)
        self.ledger.find("", "")  # opens it before worker threads share it; an unusable ledger ends the crawl here
        self.force_refresh()  # an invalid argument ends the crawl here

    def _stop(self) -> None:
        """Limit how long the crawl waits for worker threads, as for requests in progress."""
        self._stop_limit.set(self._stop_grace)

    def close_spider(self) -> None:
        self._workers.shutdown(wait=self._stop_limit.at is None)
        self._report_keep_errors()
        if "ledger" in vars(self):
            self.ledger.close()

    # -- Decisions that a subclass may override -----------------------------------------------------------------------

    def force_refresh(self) -> bool:
        """Return whether the spider argument `force_refresh_images` is set. Raises ValueError for an invalid value."""
        return is_refresh_forced(self.crawler.spider)

    def is_expired(self, record: ImageRecord) -> bool:
        """Return whether a stored image is old enough to be revalidated."""
        expires_after = None if self.expires < 0 else timedelta(days=self.expires)
        return is_expired(record.checked_at, utc_now(), expires_after)

    def file_exists(self, record: ImageRecord) -> FileState:
        """Compare the stored file with its record: "ok", "missing" or "damaged". Called in a worker thread."""
        return self._storer.compare_file(record)

    def may_replace(self, work: ImageWork, image: CheckedImage) -> bool:
        """Return whether a valid new image may replace `work.last_good`. Called in a worker thread.

        An override may raise ImageError instead of returning False, to say why.
        """
        return True

    def kept_path(self, record: ImageRecord) -> str | None:
        """Return the path at which to keep the file of an image that is being replaced, or None to drop it."""
        return None

    def candidate_urls(self, request: Request) -> Sequence[str]:
        """Return the URLs of one image, the best first. The last one must be the request's own.

        A better URL is used only if it shows the same image as the request's own.
        """
        return [request.url]

    def smaller_url(self, url: str) -> str | None:
        """Return the URL of a smaller version of a better candidate that is too large, or None."""
        return None

    def named_size(self, request: Request) -> Size | None:
        """Return the size in pixels that the request's URL states, or None. Used if the image there is missing."""
        return None

    def page_url(self, item: Any) -> str | None:
        """Return the URL of the page that shows the item's images, to be sent as Referer, or None."""
        return None

    def look_up(self, request: Request, stem: str, item: Any) -> ImageWork:
        """Return the work on an image, with its record from the ledger. Called in a worker thread."""
        record, shown = self.ledger.find(stem, request.url)
        return ImageWork(record or ImageRecord(url=request.url, stem=stem), shown)

    def look_up_after_error(self, request: Request, item: Any) -> ImageWork:
        """Do what `look_up` does, after a hook raised an exception. Called in a worker thread."""
        try:
            stem = get_stem(self.file_path(request, info=self.spiderinfo, item=item))
        except Exception:
            return ImageWork(ImageRecord(url=request.url, stem=""))  # the path is unknown, so is the record
        return FreshImagesPipeline.look_up(self, request, stem, item)  # not an override, which may have failed

    # -- Scrapy's hooks -----------------------------------------------------------------------------------------------

    async def process_item(self, item: Any, spider: Spider | None = None) -> Any:
        """Process the images of an item at the same time, and return what `item_completed` returns."""
        info = self.spiderinfo
        requests = await ensure_awaitable(self.get_media_requests(item, info))
        images = [self._process_image(request, info, item) for request in arg_to_iter(requests)]
        outcomes = await asyncio.gather(*images, return_exceptions=True)
        results: list[tuple[bool, Any]] = []
        for outcome in outcomes:
            if isinstance(outcome, self.ITEM_ERRORS):
                raise outcome
            results.append((False, Failure(outcome)) if isinstance(outcome, BaseException) else (True, outcome))
        return await ensure_awaitable(self.item_completed(results, item, info))  # type: ignore[arg-type]

    def get_media_requests(self, item: Any, info: Info) -> list[Request]:
        """Return a request for each image URL of an item. Host names outside ASCII are encoded as browsers do."""
        urls = ItemAdapter(item).get(self.images_urls_field, [])
        if not isinstance(urls, list):
            raise TypeError(f"{self.images_urls_field} must be a list of URLs, got {type(urls).__name__}.")
        ascii_urls = [with_ascii_host(url) if isinstance(url, str) else url for url in urls]
        return [Request(url, callback=NO_CALLBACK) for url in ascii_urls]

    async def media_to_download(  # type: ignore[override]
        self, request: Request, info: Info, *, item: Any = None
    ) -> dict[str, Any] | None:
        """Return the result if the stored image is kept. Else prepare the request and return None to send it."""
        work = await self._get_work(request, item)
        decision = self._decide(work)
        if decision.action == "keep":
            reason = Reason.ADOPTED if work.adopted else decision.reason
            await self._complete_thumbs(work, request, item)
            await self._keep_shown(work)
            work.outcome = Outcome.from_record(work.record, Status.UPTODATE, reason)
            return work.outcome.as_result()
        if decision.action == "revalidate":
            add_validators(request, work.record)
        if decision.reason == Reason.FORCED:
            request.headers["Cache-Control"] = "no-cache"
        if decision.reason != Reason.NEW:
            request.meta["dont_cache"] = True  # a cached answer may be older than the stored image
        request.headers.setdefault("Accept", "image/*,*/*;q=0.8")
        return None

    async def media_downloaded(  # type: ignore[override]
        self, response: Response, request: Request, info: Info, *, item: Any = None
    ) -> dict[str, Any]:
        """Store the image of an answer and return its result. Raises ImageError if it has no valid image."""
        work = await self._get_work(request, item)
        may_confirm = work.file == "ok" and is_conditional(request) and "cached" not in response.flags
        if response.status == 304 and may_confirm:
            work.outcome = await self.run_in_worker(self._storer.confirm, work.record)
            return (await self._finish_confirmed(work, request, item)).as_result()
        if response.status not in COMPLETE_STATUSES:
            raise make_answer_error(response)
        logger.debug("File (downloaded): Downloaded file from %s referred in <%s>", request, referer_str(request))
        announce_step(Step.RECEIVED, work.record.path or work.record.stem)
        if self._stores_itself:
            await self.run_in_worker(self._storer.examine, response.body, thumbs=False)  # hooks get valid images only
        token = persisted_files.set(work.persisted)
        try:
            checksum = await ensure_awaitable(self.file_downloaded(response, request, info, item=item))
        finally:
            persisted_files.reset(token)
        if work.outcome is None and not work.persisted:  # an override stored the image elsewhere
            path = self.file_path(request, response=response, info=info, item=item)
            result = {"url": request.url, "path": path, "checksum": checksum}
            return result | {"status": str(Status.DOWNLOADED), "reason": str(self._get_reason(work))}
        if work.outcome is None:
            replaced = work.replaces
            work.outcome = await self.run_in_worker(
                self._storer.record_persisted, work, self._get_reason(work), response
            )
            await self._remove_replaced(replaced, work.outcome.record)
        return (await self._finish_confirmed(work, request, item)).as_result()

    async def file_downloaded(self, response: Response, request: Request, info: Info, *, item: Any = None) -> str:
        return str(await ensure_awaitable(self.image_downloaded(response, request, info, item=item)))

    async def image_downloaded(self, response: Response, request: Request, info: Info, *, item: Any = None) -> str:
        """Check, store and record an image. Return the MD5 of the stored file. Raises ImageError."""
        work = await self._get_work(request, item)
        path = self.file_path(request, response=response, info=info, item=item)
        check_path(path)
        work.outcome = await self.run_in_worker(
            self._run_unless_stopped,
            self._storer.store,
            work,
            self._get_reason(work),
            response,
            path,
            self._get_thumb_paths(request, response, item),
            may_replace=self.may_replace,
            convert=partial(self._convert, response, request, info, item) if self._converts else None,
        )
        self._report_keep_errors()
        stored, replaced = work.outcome.record, work.replaces
        assert stored is not None
        if stored.thumbs_spec is None and self.thumbs:
            self._count(f"{self.STATS_PREFIX}thumbs/failed")
            logger.warning(
                "thumbnails failed: %s: they could not be written; the next run makes them again", stored.path
            )
        await self._remove_replaced(replaced, stored)
        return stored.checksum or ""

    def media_failed(self, failure: Failure, request: Request, info: Info) -> NoReturn:
        """Raise FailedImage, which says why there is no new image."""
        error = failure.value
        if isinstance(error, ImageError):
            raise FailedImage(error.reason, str(error), error.status) from None
        raise FailedImage(*find_reason(error)) from None

    def file_path(
        self, request: Request, response: Response | None = None, info: Info | None = None, *, item: Any = None
    ) -> str:
        """Return the path inside the store. With a response, its bytes decide the suffix."""
        return with_suffix(super().file_path(request, response, info, item=item), response)

    # -- One image of one item: answer, candidates, failure, thumbnails ----------------------------------------------

    async def _process_image(self, request: Request, info: Info, item: Any) -> Any:
        """Return the result of one image. Raises the failure if there is no result."""
        errback, request.errback, request.callback = request.errback, None, NO_CALLBACK
        result, failed_result = await asyncio.shield(self._share_outcome(request, info, item))
        extra = request.meta.get("image_result", {})
        if failed_result is None:
            return result | extra if isinstance(result, dict) else result
        if errback is not None:
            returned = errback(result)
            if not isinstance(returned, Failure):
                return returned
            returned.raiseException()
        return self.failed_result(result, failed_result | extra)

    def _share_outcome(self, request: Request, info: Info, item: Any) -> asyncio.Future[tuple[Any, Any]]:
        """Return the outcome of a path and URL. Items that share both get the same file, status and reason."""
        try:
            key = get_stem(self.file_path(request, info=info, item=item)), request.url
        except Exception as error:
            return asyncio.ensure_future(self._handle_failure(make_hook_failure(error), request, info, item))
        return self._shared.get_or_start(key, partial(self._get_outcome, request, info, item))

    async def _get_outcome(self, request: Request, info: Info, item: Any) -> tuple[Any, Any]:
        """Return (result, None), or (failure, the result with the last good image)."""
        try:
            result = await self._get_result(request, info, item)
        except self.ITEM_ERRORS:
            raise
        except Exception as error:
            return await self._handle_failure(make_failure(error), request, info, item)
        if isinstance(result, dict) and "status" in result:
            self._count_image(result["status"], result.get("reason"))
        return result, None

    async def _get_result(self, request: Request, info: Info, item: Any) -> Any:
        """Return the result of an image that is kept, or downloaded from the best candidate that shows it."""
        result = await ensure_awaitable(self.media_to_download(request, info, item=item))
        if result:
            return result
        if urlsplit(request.url).scheme.lower() not in {"http", "https"}:
            raise ImageError(Reason.REFUSED_URL, f"{request.url[:200]!r} is not an http(s) address")
        *better, _ = self.candidate_urls(request)
        while better:
            url = better.pop(0)
            try:
                return await self._download_and_store(request.replace(url=url), request, info, item)
            except OtherImageError:
                logger.debug("%s shows another image than %s", url, request)
            except (ImageError, DownloadFailedError) as error:
                reason = error.reason
                # A temporary error must not let a smaller image replace the larger one that is stored.
                if reason not in ABSENT_REASONS and (reason in FINAL_REASONS or self._has_last_good(request)):
                    raise
                if reason == Reason.TOO_LARGE and (smaller := self.smaller_url(url)):
                    better.insert(0, smaller)
        return await self._download_and_store(request, request, info, item)

    async def _download_and_store(self, sent: Request, request: Request, info: Info, item: Any) -> Any:
        """Download the image of `request` and store it. sent: `request`, or a copy with the URL of a candidate."""
        self._complete_request(sent, item)
        async with self._slots, self.downloads.fetch(sent) as response:
            if sent.url != request.url and response.status in COMPLETE_STATUSES:
                return await self._store_better(response, sent, request, info, item)
            return await self._store_answer(response, sent, request, info, item)

    async def _store_answer(self, response: Response, sent: Request, request: Request, info: Info, item: Any) -> Any:
        """Call `media_downloaded`, and remember for other items where the bytes are stored or why they were refused."""
        try:
            result = await ensure_awaitable(self.media_downloaded(response, request, info, item=item))
        except ImageError as error:
            if error.reason not in ITEM_REASONS:
                self.downloads.remember(sent, error)
            raise
        work: ImageWork | None = request.meta.get(WORK_KEY)
        if self._stores_as_served and work and work.outcome and work.outcome.record:
            self.downloads.remember(sent, work.outcome.record)
        return result

    async def _store_better(self, response: Response, sent: Request, request: Request, info: Info, item: Any) -> Any:
        """Store a better candidate if it shows the same image as the request's own URL, else the image at that URL.

        response: the answer to the candidate. Raises OtherImageError if the image at the request's own URL is missing
        and the candidate has another shape than `named_size`.
        """
        better_sample = await self._take_sample(response, sent)
        own_request = request.copy()
        for header in ("If-None-Match", "If-Modified-Since"):
            own_request.headers.pop(header, None)
        self._complete_request(own_request, item)
        async with AsyncExitStack() as stack:
            try:
                own = await stack.enter_async_context(self.downloads.fetch(own_request))
                own_sample = await self._take_sample(own, own_request)
            except (ImageError, DownloadFailedError) as error:
                if error.reason not in ABSENT_REASONS:
                    raise
                size = self.named_size(request)  # nothing else is left to compare with
                if size is not None and not is_same_shape(better_sample.size, size):
                    raise OtherImageError from None
            else:
                if not await self.run_in_worker(is_same_image, better_sample, own_sample):
                    logger.debug("%s shows another image than %s", sent, request)
                    return await self._store_answer(own, own_request, request, info, item)
        return await self._store_answer(response, sent, request, info, item)

    async def _take_sample(self, response: Response, sent: Request) -> Image:
        """Return a small version of the image in an answer. Raises ImageError, also for later items."""
        try:
            if response.status not in COMPLETE_STATUSES:
                raise make_answer_error(response)
            return await self.run_in_worker(self._run_unless_stopped, make_sample, response.body)
        except ImageError as error:
            self.downloads.remember(sent, error)
            raise

    def _has_last_good(self, request: Request) -> bool:
        """Return whether an image is stored. Return True if an override of `media_to_download` looked nothing up."""
        work: ImageWork | None = request.meta.get(WORK_KEY)
        return work is None or work.last_good is not None

    def _complete_request(self, request: Request, item: Any) -> None:
        self._modify_media_request(request)
        for name, value in self.request_meta.items():
            request.meta.setdefault(name, value)
        page = self.page_url(item)
        if page:
            add_referer(request, page)

    async def _download(self, request: Request) -> Response:
        assert self.crawler.engine is not None
        try:
            return await self.crawler.engine.download_async(request)
        except Exception as error:
            failed = DownloadFailedError(error)
            self.downloads.remember(request, ImageError(failed.reason, str(failed)))
            raise failed from None

    async def _handle_failure(self, failure: Failure, request: Request, info: Info, item: Any) -> tuple[Any, Any]:
        """Return (failure, the result with the last good image), or (what `media_failed` returned, None)."""
        original: BaseException = failure.value
        try:
            result = cast("Any", self.media_failed)(failure, request, info)
        except Exception:
            failure = Failure()
        else:
            if not isinstance(result, Failure):
                return result, None
            warnings.warn(
                f"{type(self).__name__}.media_failed returned a Failure instance. Raise an exception instead.",
                ScrapyDeprecationWarning,
                stacklevel=2,
            )
            failure = result
        failure.cleanFailure()
        drop_tracebacks(failure.value)
        # An override may raise any exception. Then the reason is that of the original failure.
        error = next((each for each in (failure.value, original) if isinstance(each, ImageError)), original)
        reason, details = (error.reason, str(error)) if isinstance(error, ImageError) else find_reason(error)
        work = await self._get_work_after_failure(request, item, reason)
        if work is None:
            outcome = Outcome(request.url, Status.FAILED, reason, None, error=details)
        else:
            with suppress(Exception):  # thumb_path may be the hook that failed
                await self._complete_thumbs(work, request, item)
            outcome = Outcome(work.record.url, Status.FAILED, reason, work.last_good, error=details)
        self.log_failure(request, outcome, getattr(error, "status", None))
        self._count_image(outcome.status, outcome.reason)
        return failure, outcome.as_result()

    async def _get_work_after_failure(self, request: Request, item: Any, reason: str) -> ImageWork | None:
        """Return the work on an image that failed, with its last good image; None if its path is unknown."""
        looked_up = request.meta.get(WORK_KEY)
        if reason == Reason.STORAGE:
            request.meta.pop(WORK_KEY, None)  # look again: the file may be stored although its row is not
        with suppress(Exception):  # this may call the hook that failed
            await self._get_work(request, item)
        work: ImageWork | None = request.meta.setdefault(WORK_KEY, looked_up)
        if work is None and reason == Reason.HOOK:
            with suppress(Exception):
                work = await self.run_in_worker(self._look_up_without_hooks, request, item)
        return work

    def log_failure(self, request: Request, outcome: Outcome, status: int | None) -> None:
        """Log one line for an image that failed. status: the HTTP status, if that is why it failed."""
        logger.warning(
            "File (%s): Error downloading file from %s referred in <%s>: %.300s",
            f"code: {status}" if status else outcome.reason,
            request,
            referer_str(request),
            outcome.error,
        )

    def failed_result(self, failure: Failure, result: dict[str, Any]) -> dict[str, Any]:
        """Return the result with the last good image. Without one, raise the failure as Scrapy does."""
        if result["path"] is None:
            failure.raiseException()
        return result

    async def _get_work(self, request: Request, item: Any) -> ImageWork:
        """Return the work on an image. The first call looks up the ledger and the file."""
        work: ImageWork | None = request.meta.get(WORK_KEY)
        if work is None:
            path = self.file_path(request, info=self.spiderinfo, item=item)
            check_path(path)
            if self._claims.setdefault(hash(get_stem(path)), hash(request.url)) != hash(request.url):
                raise ImageError(Reason.PATH_TAKEN, f"another URL of this run is stored at {path}")
            thumbs = self._get_thumb_paths(request, None, item)
            work = request.meta[WORK_KEY] = await self.run_in_worker(self.open_work, request, path, thumbs, item)
        return work

    def _decide(self, work: ImageWork) -> Decision:
        if work.decision is None:
            forced = self.force_refresh()
            work.decision = decide(
                forced=forced,
                file=work.file,
                expired=not forced and work.file == "ok" and self.is_expired(work.record),
                shows_other_url=work.shown is not None,
                pinned=work.pinned,
            )
        return work.decision

    def _get_reason(self, work: ImageWork) -> Reason:
        """Return why an image is downloaded. A fresh one, which only an overridden hook downloads, counts as forced."""
        decision = self._decide(work)
        return Reason.FORCED if decision.action == "keep" else decision.reason

    async def _complete_thumbs(self, work: ImageWork, request: Request, item: Any) -> None:
        """Make thumbnails that are missing, or made with other settings, from the stored image."""
        if not work.lacks_thumbs or work.file != "ok":
            return
        old = work.record
        try:
            thumbs = self._get_thumb_paths(request, None, item)
            work.record = await self.run_in_worker(self._storer.remake_thumbs, old, thumbs)
        except StoppedError:
            return  # the next run makes them again
        except (OSError, ImageError, SupersededError) as error:
            self._count(f"{self.STATS_PREFIX}thumbs/failed")
            logger.warning("thumbnails failed: %s: %s", old.path, error)
            return
        self._count(f"{self.STATS_PREFIX}thumbs/remade")
        work.lacks_thumbs = False
        await self._remove_files(set(old.thumbs.values()) - set(work.record.thumbs.values()))

    async def _finish_confirmed(self, work: ImageWork, request: Request, item: Any) -> Outcome:
        """Return the outcome. Complete the thumbnails of an image that the answer confirmed."""
        assert work.outcome is not None
        record = work.outcome.record
        if work.outcome.status == Status.UPTODATE and record is not None:
            work.record = record
            await self._complete_thumbs(work, request, item)
            await self._keep_shown(work)
            work.outcome = replace(work.outcome, record=work.record)
        return work.outcome

    async def _keep_shown(self, work: ImageWork) -> None:
        """Keep the file of the image that the item showed before, from another URL."""
        if work.shown is not None:
            await self.run_in_worker(self._storer.keep_shown, work)
            self._report_keep_errors()

    async def _remove_replaced(self, replaced: Iterable[ImageRecord], stored: ImageRecord | None) -> None:
        """Remove what replaced images left: a file in another format, thumbnails that are no longer wanted."""
        for each in replaced:
            if stored is not None and each.stem == stored.stem:
                await self._remove_files(set(each.paths).difference(stored.paths))

    async def _remove_files(self, paths: Iterable[str]) -> None:
        """Remove files that were replaced. A file that cannot be removed becomes an orphan."""
        if not (superseded := sorted(paths)):
            return
        try:
            not_removed = await self.run_in_worker(self.ledger.remove_unreferenced, superseded)
        except StoppedError as stopped:
            not_removed = [(path, str(stopped)) for path in superseded]
        for path, error in not_removed:
            self._count(f"{self.STATS_PREFIX}files/not_removed")
            logger.warning("the superseded %s could not be removed: %s", path, error)

    def _get_thumb_paths(self, request: Request, response: Response | None, item: Any) -> dict[str, str]:
        info = self.spiderinfo
        paths = {name: self.thumb_path(request, name, response=response, info=info, item=item) for name in self.thumbs}
        for path in paths.values():
            check_path(path)
        return paths

    def _count_image(self, status: str, reason: str | None) -> None:
        self._count(f"{self.STATS_PREFIX}images/{status}")
        self._count(f"{self.STATS_PREFIX}images/{status}/{reason}")
        if status != Status.FAILED:
            self.inc_stats(status)  # counts as Scrapy does

    def _convert(self, response: Response, request: Request, info: Info, item: Any) -> Iterator[Any]:
        """Yield what get_images yields. If `file_path` is the default, the converted bytes decide the suffix.

        Called in a worker thread.
        """
        (path, image, buffer), *thumbs = self.get_images(response, request, info, item=item)
        suffix = suffix_of(buffer.getvalue())
        if suffix and not self._overrides("file_path") and path == self.file_path(request, response, info, item=item):
            path = f"{get_stem(path)}.{suffix}"
        yield path, image, buffer
        yield from thumbs

    async def run_in_worker(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in one of the IMAGES_THREADS threads.

        Raises StoppedError if the crawl was stopped and STOP_GRACE is over, since a thread cannot be ended.
        """
        async with self._stop_limit.within():
            return await asyncio.get_running_loop().run_in_executor(self._workers, partial(function, *args, **kwargs))

    def _run_unless_stopped(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function that decodes, unless the crawl was stopped in the meantime. Called in a worker thread."""
        if self._stop_limit.at is not None:
            raise ImageError(Reason.STOPPED, "the crawl was stopped before this image was decoded")
        return function(*args, **kwargs)

    def open_work(self, request: Request, path: str, thumbs: dict[str, str], item: Any) -> ImageWork:
        """Look up the record of an image and compare it with the stored file. Called in a worker thread."""
        work, storer = self.look_up(request, get_stem(path), item), self._storer
        if work.record.path is None and work.shown is None and self.ADOPTS_FILES:
            record = storer.adopt(work.record, path, thumbs)
            work.adopted, work.record = record is not work.record, record
        if work.record.path is not None:
            work.file = self.file_exists(work.record)
            work.lacks_thumbs = not storer.has_thumbs(work.record)
        if work.file == "ok":
            work.record = storer.note_copy(work.record)
        storer.note_fallback(work)
        return work

    def _look_up_without_hooks(self, request: Request, item: Any) -> ImageWork:
        """Do what `open_work` does without the hooks, one of which failed. Called in a worker thread."""
        work, storer = self.look_up_after_error(request, item), self._storer
        if work.record.path is not None:
            work.file = storer.compare_file(work.record)
        storer.note_fallback(work)
        return work


def with_suffix(path: str, response: Response | None) -> str:
    """Return a path with the suffix of the answer's bytes; unchanged if there is no answer or it is not an image."""
    suffix = suffix_of(response.body) if response is not None else None
    return f"{get_stem(path)}.{suffix}" if suffix else path
