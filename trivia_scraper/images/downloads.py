"""Downloads each image URL once per run, however many items show it. Sets validators and Referer of requests."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.http import Response
from scrapy.spidermiddlewares.referer import POLICY_STRICT_ORIGIN_WHEN_CROSS_ORIGIN, StrictOriginWhenCrossOriginPolicy

from trivia_scraper.clock import from_http_date
from trivia_scraper.images.digests import has_digest
from trivia_scraper.images.policy import ImageError
from trivia_scraper.images.records import ImageRecord
from trivia_scraper.images.storage.base import FileStore

_REMEMBERED = 10_000
_SHARED_OUTCOMES = 1000
_REFERRER_POLICY = StrictOriginWhenCrossOriginPolicy()
RequestKey = tuple[bytes, bytes | None, bytes | None]
_MAX_VALIDATOR = 1000  # characters; many servers refuse longer request headers


def read_validators(response: Response) -> dict[str, Any]:
    """Return `etag` and `last_modified` for the record of an answer; None for those that cannot be used.

    A Last-Modified within a minute of the answer's own Date is not used: two versions could share it (RFC 9110,
    8.8.2.2).
    """
    etag, modified, date = (_read_header(response.headers.get(name)) for name in ("ETag", "Last-Modified", "Date"))
    changed, answered = from_http_date(modified or ""), from_http_date(date or "")
    if changed is None or (answered is not None and answered - changed < timedelta(minutes=1)):
        modified = None
    return {"etag": etag if etag and len(etag) <= _MAX_VALIDATOR else None, "last_modified": modified}


def add_validators(request: Request, record: ImageRecord) -> None:
    """Make a request conditional. Send only the ETag if there is one: some servers answer 304 if either one matches."""
    if record.etag:
        request.headers["If-None-Match"] = record.etag
    elif record.last_modified:
        request.headers["If-Modified-Since"] = record.last_modified


def add_referer(request: Request, page: str) -> None:
    """Send the page as Referer, as browsers do, unless the request has one."""
    if urlsplit(page).scheme not in {"http", "https"} or "Referer" in request.headers:
        return
    if referer := _REFERRER_POLICY.referrer(page, request.url):
        request.headers["Referer"] = referer
    request.meta.setdefault("referrer_policy", POLICY_STRICT_ORIGIN_WHEN_CROSS_ORIGIN)  # for its redirects


def is_conditional(request: Request) -> bool:
    return "If-None-Match" in request.headers or "If-Modified-Since" in request.headers


def _read_header(header: bytes | None) -> str | None:
    """Return the text of a header, or None if it cannot be sent back because it is not printable ASCII."""
    text = (header or b"").decode("latin-1").strip()
    return text if text.isascii() and text.isprintable() and text else None


class SharedDownloads:
    """Shares downloads between the items of a run.

    For the most recent requests it remembers where the bytes are stored, or why the request failed. Another item with
    the same URL gets a copy from the store. A request that was forgotten is sent again.
    """

    def __init__(
        self,
        download: Callable[[Request], Awaitable[Response]],
        fingerprint: Callable[[Request], bytes],
        files: FileStore,
    ) -> None:
        self._download = download
        self._fingerprint = fingerprint
        self._files = files
        self._in_flight: dict[RequestKey, asyncio.Future[Response]] = {}
        self._remembered: OrderedDict[bytes, ImageRecord | ImageError] = OrderedDict()

    @asynccontextmanager
    async def fetch(self, request: Request) -> AsyncIterator[Response]:
        """Yield the answer to `request`, and share it with other items until the context ends.

        The caller stores and remembers the answer inside the context. Raises ImageError for a request that failed
        before, and any exception of the download.
        """
        # A 304 answers only a request with the same validators.
        headers = request.headers
        key = self._fingerprint(request), headers.get("If-None-Match"), headers.get("If-Modified-Since")
        # Look twice: another item may send the same request while the copy is read.
        response = await self._get_shared(key) or await self._read_copy(request) or await self._get_shared(key)
        if response is not None:
            yield response
            return
        future = self._in_flight[key] = asyncio.get_running_loop().create_future()
        try:
            try:
                response = await self._download(request)
            except Exception as error:
                future.set_exception(error)
                future.exception()  # otherwise asyncio logs it if no other item waits for it
                raise
            future.set_result(response)
            yield response
        finally:
            future.cancel()
            del self._in_flight[key]

    async def _get_shared(self, key: RequestKey) -> Response | None:
        """Return the answer to the same request of another item. None if there is none, or the item was cancelled."""
        while (in_flight := self._in_flight.get(key)) is not None:
            await asyncio.wait([in_flight])
            if not in_flight.cancelled():
                return in_flight.result()
        return None

    def remember(self, request: Request, found: ImageRecord | ImageError) -> None:
        """Remember where the bytes of an answer are stored, or why the request failed."""
        key = self._fingerprint(request)
        # Copy the exception: the raised one keeps its frames in memory, and with them the body.
        self._remembered[key] = ImageError(found.reason, str(found)) if isinstance(found, ImageError) else found
        self._remembered.move_to_end(key)
        while len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)

    async def _read_copy(self, request: Request) -> Response | None:
        found = self._remembered.get(self._fingerprint(request))
        if isinstance(found, ImageError):
            raise ImageError(found.reason, str(found))
        body = (
            await asyncio.to_thread(self._read_stored, found) if found is not None and found.path is not None else None
        )
        if found is None or body is None:
            return None
        headers = {"ETag": found.etag, "Last-Modified": found.last_modified}
        return Response(request.url, headers={name: value for name, value in headers.items() if value}, body=body)

    def _read_stored(self, record: ImageRecord) -> bytes | None:
        try:
            body = self._files.read(str(record.path))
        except OSError:
            return None
        return body if has_digest(body, record.sha256) else None


class SharedOutcomes:
    """Shares the outcome of a path and URL: items that share both get the same file, status and reason.

    It remembers the most recent outcomes. Items that share an image usually come from the same page.
    """

    def __init__(self) -> None:
        self._outcomes: OrderedDict[tuple[str, str], asyncio.Future[Any]] = OrderedDict()

    def get_or_start(self, key: tuple[str, str], start: Callable[[], Coroutine[Any, Any, Any]]) -> asyncio.Future[Any]:
        outcome = self._outcomes.get(key)
        if outcome is None:
            outcome = self._outcomes[key] = asyncio.ensure_future(start())
            outcome.add_done_callback(partial(self._forget_error, key))
        while len(self._outcomes) > _SHARED_OUTCOMES:
            self._outcomes.popitem(last=False)
        return outcome

    def _forget_error(self, key: tuple[str, str], outcome: asyncio.Future[Any]) -> None:
        """Forget an exception: its traceback keeps the body of the answer in memory, and the next item may succeed."""
        if outcome.cancelled() or outcome.exception() is not None:
            self._outcomes.pop(key, None)


_WORDPRESS_SIZE = re.compile(
    r"(/wp-content/uploads/[^?#]*)-([1-9][0-9]{0,4})x([1-9][0-9]{0,4})(\.[A-Za-z]{3,4})(?=[?#]|$)"
)
_WORDPRESS_UPLOAD = re.compile(r"(/wp-content/uploads/[^?#]*?)(?<!-scaled)(\.[A-Za-z]{3,4})(?=[?#]|$)")


def get_wordpress_candidates(url: str) -> list[str]:
    """Return the URLs of an image in WordPress, the largest first.

    If `url` names one size of an upload, the upload itself is first. It may be missing on the server.
    """
    original = _WORDPRESS_SIZE.sub(r"\1\4", url, count=1)
    return [url] if original == url else [original, url]


def parse_wordpress_size(url: str) -> tuple[int, int] | None:
    """Return width and height in pixels that the name of a WordPress size states, or None."""
    found = _WORDPRESS_SIZE.search(url)
    return (int(found[2]), int(found[3])) if found else None


def make_wordpress_scaled_url(url: str) -> str | None:
    """Return the URL of the version that WordPress makes of an upload above 2560 pixels, or None for other URLs."""
    scaled = _WORDPRESS_UPLOAD.sub(r"\1-scaled\2", url, count=1)
    return None if scaled == url else scaled
