"""Images of events: a run with `force_refresh_images=true` downloads every one again, each to its venue's own path.

What this project adds to the generic pipeline of images/pipeline.py: which images an event has, where they go, and
which may take the place of which. docs/refresh.md has the table of decisions.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from sqlalchemy.exc import SQLAlchemyError
from twisted.python.failure import Failure

from trivia_scraper.db.image_ledger import EventImages, VenueImageLedger, VenueImageRecord
from trivia_scraper.errors import DatabaseError
from trivia_scraper.extensions.run import Run
from trivia_scraper.images.downloads import wordpress_candidates
from trivia_scraper.images.paths import thumb_path
from trivia_scraper.images.pipeline import WORK, FreshImagesPipeline, Info, with_suffix
from trivia_scraper.images.policy import ImageError, Reason
from trivia_scraper.images.records import ImageWork, Outcome
from trivia_scraper.images.storage.base import FileStore
from trivia_scraper.images.validate import CheckedImage
from trivia_scraper.items import Event, ImageResult

logger = logging.getLogger(__name__)
_FIELDS = ImageResult.__dataclass_fields__


class VenueImagesPipeline(FreshImagesPipeline):
    """Images under venues/<slug>/ and performers/<slug>/, replaced only by what is proven good."""

    ADOPTS_FILES = False  # a file without a row is one that a crash left, of which nobody knows how old it is
    STATS_PREFIX = "trivia/"
    ITEM_ERRORS = (DatabaseError, SQLAlchemyError)

    def __init__(self, store_uri: str, *, crawler: Crawler) -> None:
        self.run = Run.of(crawler)
        super().__init__(store_uri, crawler=crawler)
        self.request_meta |= {
            "dont_cache": True,  # the ledger is the cache, and a cached answer would pass for the publisher's
            "allow_offsite": True,  # images live on other hosts, and a filtered one would vanish without a word
            "autothrottle_dont_adjust_delay": True,  # a CDN's pace is set in DOWNLOAD_SLOTS
        }

    def open_files(self) -> FileStore:
        return self.run.files

    @cached_property
    def ledger(self) -> VenueImageLedger:
        return VenueImageLedger(self.run.store, self.run.files, lambda: self.run.id)

    # -- Which images an event has, and where they go -----------------------------------------------------------------

    async def get_media_requests(self, item: Event, info: Info) -> list[Request]:  # type: ignore[override]
        """Return a request for each image that the page names, then for each that only the event shows until now."""
        return await self.in_worker(self._requests, item)

    def _requests(self, event: Event) -> list[Request]:
        known = self.ledger.of_event(event.publisher, event.publisher_id, str(event.venue.slug))
        named = self._named_images(event)
        requests = []
        for kind, url in named:
            record = known.stored.get((kind, url)) or known.new_record(kind, url, self._folder(event, kind, known))
            shown = known.shown.get(kind)
            requests.append(_request(record, shown if shown is not None and shown.url != url else None))
        missing = known.shown.keys() - {kind for kind, _ in named}
        requests += [_request(shown, named=False) for kind, shown in known.shown.items() if kind in missing]
        for request in requests:  # in the same turn of this thread
            request.meta[WORK] = self.open_work(request, self.file_path(request), {}, event)
        return requests

    def _named_images(self, event: Event) -> list[tuple[str, str]]:
        """Return kind and URL of each image that a page names, each once."""
        spider: Any = self.crawler.spider
        images = [(spider.picture_kind, url) for url in event.image_urls]
        if event.performer is not None and event.performer.image_url:
            images.append(("performer", event.performer.image_url))
        return list(dict.fromkeys(images))

    def _folder(self, event: Event, kind: str, known: EventImages) -> str:
        if kind != "performer" or event.performer is None:
            return f"venues/{known.venue_slug}"
        return self.ledger.host_folder(known, event.performer.name)

    def look_up(self, request: Request, stem: str, item: Any) -> ImageWork:
        return ImageWork(request.meta["record"], request.meta["shown"])

    def file_path(
        self, request: Request, response: Response | None = None, info: Info | None = None, *, item: Any = None
    ) -> str:
        """Return `venues/<slug>/<name>-<8 hex of the URL>.<suffix>`; an image that is stored keeps its path."""
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
        return thumb_path(request.meta["record"].stem, thumb_id)

    def candidate_urls(self, request: Request) -> Sequence[str]:
        return wordpress_candidates(request.url)

    # -- What is good enough, and what came of it ---------------------------------------------------------------------

    async def media_to_download(  # type: ignore[override]
        self, request: Request, info: Info, *, item: Any = None
    ) -> dict[str, Any] | None:
        kept = await super().media_to_download(request, info, item=item)
        if not request.meta["named"]:
            raise ImageError(Reason.UNNAMED, "the page names no picture of this kind any more")
        if request.meta["refused"]:
            raise ImageError(Reason.REFUSED_URL, request.meta["refused"])
        return kept

    def may_replace(self, work: ImageWork, image: CheckedImage) -> bool:
        """Refuse what many other venues show when this venue has an image of its own.

        A host's image may hang in many venues; only a venue's own can be displaced by a stand-in.
        """
        own = work.last_good
        if not isinstance(own, VenueImageRecord) or own.sha256 in {None, image.sha256} or own.kind != "hero":
            return True
        return not self.ledger.is_placeholder(own, image.sha256)

    def failed_result(self, failure: Failure, result: dict[str, Any]) -> dict[str, Any]:
        return result  # each image of an event has its status and reason, also when nothing is stored

    def log_failure(self, request: Request, outcome: Outcome, status: int | None) -> None:
        kept = f"{outcome.record.path} stays" if outcome.record else "there is none to keep"
        kind, url = request.meta["record"].kind, outcome.url
        logger.warning("picture failed: %s: %s %.300s (%s); %s", outcome.reason, kind, url, outcome.error, kept)

    def item_completed(self, results: Any, item: Event, info: Info) -> Event:
        item.images = [ImageResult(**{name: result[name] for name in _FIELDS}) for _, result in results]
        if any(result.reason == Reason.STOPPED for result in item.images):
            self.run.unfinished.add(item.publisher_id)
        return item


def _request(record: VenueImageRecord, shown: VenueImageRecord | None = None, *, named: bool = True) -> Request:
    meta = {"record": record, "shown": shown, "named": named, "refused": None, "image_result": {"kind": record.kind}}
    try:
        return Request(record.url, callback=NO_CALLBACK, meta=meta)
    except ValueError as error:  # the page names something that is not a URL
        return Request("about:invalid", callback=NO_CALLBACK, meta=meta | {"refused": str(error)})
