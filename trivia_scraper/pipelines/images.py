"""Downloads the images of events to a path per venue. With `force_refresh_images=true` it downloads all of them again.

This class has what is specific to this project: the spider argument, the paths, and which image may replace which.
images/pipeline.py does the rest, for any project. docs/refresh.md has the table of decisions.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from trivia_scraper.db.engine import STORE_ERRORS
from trivia_scraper.db.image_ledger import VenueImageLedger, VenueImageRecord
from trivia_scraper.db.replaced_images import OriginalsOfRun
from trivia_scraper.extensions.run import Run
from trivia_scraper.images.downloads import get_wordpress_candidates, make_wordpress_scaled_url, parse_wordpress_size
from trivia_scraper.images.paths import Size, make_thumb_path
from trivia_scraper.images.pipeline import WORK_KEY, FreshImagesPipeline, Info, with_suffix
from trivia_scraper.images.policy import ImageError, Reason
from trivia_scraper.images.records import ImageRecord, ImageWork, Outcome
from trivia_scraper.images.storage.base import FileStore
from trivia_scraper.images.validate import CheckedImage
from trivia_scraper.items import Event, ImageResult
from trivia_scraper.pipelines.image_requests import make_requests

logger = logging.getLogger(__name__)
_FIELDS = ImageResult.__dataclass_fields__


class VenueImagesPipeline(FreshImagesPipeline):
    """Stores images below venues/<slug>/ and performers/<slug>/, and replaces them only by validated ones.

    An image is kept while it is fresh (`is_expired`) and whole (`file_exists` of FreshImagesPipeline).
    """

    ADOPTS_FILES = False  # a file without a row was left by a crash; its age is unknown
    STATS_PREFIX = "trivia/"
    ITEM_ERRORS = STORE_ERRORS

    # -- Expiry and replacement ---------------------------------------------------------------------------------------

    def force_refresh(self) -> bool:
        """Return the spider argument. If true, all images are downloaded again, fresh or not."""
        spider: Any = self.crawler.spider
        return bool(spider.arguments.force_refresh_images)

    def may_replace(self, work: ImageWork, image: CheckedImage) -> bool:
        """Refuse an image that many other venues show if this venue has its own.

        Only hero images are checked: many venues may have the same host.
        """
        own = work.last_good
        if not isinstance(own, VenueImageRecord) or own.sha256 in {None, image.sha256} or own.kind != "hero":
            return True
        if self.ledger.is_placeholder(own, image.sha256):
            raise ImageError(Reason.PLACEHOLDER, "many other venues have the new image, and this venue has its own")
        return True

    def kept_path(self, record: ImageRecord) -> str | None:
        """Return where to keep a replaced image, if REPLACED_IMAGES_DAYS and REPLACED_IMAGES_MAX_MB allow that."""
        return self._originals.reserve_path(record)

    # -- Paths --------------------------------------------------------------------------------------------------------

    def file_path(
        self, request: Request, response: Response | None = None, info: Info | None = None, *, item: Any = None
    ) -> str:
        """Return `venues/<slug>/<name>-<8 hex of the URL>.<suffix>`. A stored image keeps its path."""
        record: VenueImageRecord = request.meta["record"]
        if response is None and record.path is not None:
            return record.path
        return with_suffix(f"{record.stem}.jpg", response)

    def thumb_path(
        self,
        request: Request,
        thumb_id: str,
        response: Response | None = None,
        info: Info | None = None,
        *,
        item: Any = None,
    ) -> str:
        """Return `venues/<slug>/thumbs/<size>/<name>-<8 hex of the URL>.jpg`."""
        return make_thumb_path(request.meta["record"].stem, thumb_id)

    # -- Requests and results -----------------------------------------------------------------------------------------

    async def get_media_requests(self, item: Event, info: Info) -> list[Request]:  # type: ignore[override]
        return await self.run_in_worker(self._look_up_requests, item)

    def _look_up_requests(self, event: Event) -> list[Request]:
        spider: Any = self.crawler.spider
        requests = make_requests(event, spider.image_kind, self.ledger)
        for request in requests:  # here, to save a second switch to a worker thread
            try:
                request.meta[WORK_KEY] = self.open_work(request, self.file_path(request), {}, event)
            except self.ITEM_ERRORS:
                raise
            except Exception as error:  # of a subclass; the image will fail when it is looked up again
                logger.debug("%s was not looked up: %s", request, error)
        return requests

    def look_up(self, request: Request, stem: str, item: Any) -> ImageWork:
        record: VenueImageRecord = request.meta["record"]
        return ImageWork(record, request.meta["shown"], pinned=record.pinned_at is not None)

    def look_up_after_error(self, request: Request, item: Any) -> ImageWork:
        return ImageWork(request.meta["record"], request.meta["shown"])

    async def media_to_download(  # type: ignore[override]
        self, request: Request, info: Info, *, item: Any = None
    ) -> dict[str, Any] | None:
        kept = await super().media_to_download(request, info, item=item)
        if not request.meta["named"]:
            raise ImageError(Reason.UNNAMED, "the page no longer names an image of this kind")
        if request.meta["refused"]:
            raise ImageError(Reason.REFUSED_URL, request.meta["refused"])
        return kept

    def candidate_urls(self, request: Request) -> Sequence[str]:
        return get_wordpress_candidates(request.url)

    def smaller_url(self, url: str) -> str | None:
        return make_wordpress_scaled_url(url)

    def named_size(self, request: Request) -> Size | None:
        return parse_wordpress_size(request.url)

    def page_url(self, item: Event) -> str | None:
        return item.source_url

    def failed_result(self, failure: Any, result: dict[str, Any]) -> dict[str, Any]:
        return result  # each image of an event has a status and reason, even if nothing is stored

    def log_failure(self, request: Request, outcome: Outcome, status: int | None) -> None:
        kept = f"{outcome.record.path} stays" if outcome.record else "no earlier image is stored"
        kind, url = request.meta["record"].kind, outcome.url
        logger.warning("image failed: %s: %s %.300s (%s); %s", outcome.reason, kind, url, outcome.error, kept)

    def item_completed(self, results: Any, item: Event, info: Info) -> Event:
        item.images = [ImageResult(**{name: result[name] for name in _FIELDS}) for _, result in results]
        if any(result.reason == Reason.STOPPED for result in item.images):
            self.run.leave_unfinished(item.publisher_id)
        return item

    # -- The run's store and ledger -----------------------------------------------------------------------------------

    def __init__(self, store_uri: str, *, crawler: Crawler) -> None:
        self.run = Run.get(crawler)
        self._originals = OriginalsOfRun(self.run.limits)
        super().__init__(store_uri, crawler=crawler)
        self.request_meta |= {
            "dont_cache": True,  # the ledger is the cache; a cached response would count as the publisher's
            "allow_offsite": True,  # images are on other hosts; a filtered one would be lost silently
            "autothrottle_dont_adjust_delay": True,  # DOWNLOAD_SLOTS sets the delay of CDNs
        }

    def open_files(self) -> FileStore:
        return self.run.files

    @cached_property
    def ledger(self) -> VenueImageLedger:
        return VenueImageLedger(self.run.store, self.run.files, lambda: self.run.id)
