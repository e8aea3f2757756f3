"""One request per picture URL and run, however many venues show it."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from trivia_scraper.clock import from_http_date
from trivia_scraper.db.image_ledger import Entry
from trivia_scraper.downloader.failures import reason_of
from trivia_scraper.images.storage.base import FileStore
from trivia_scraper.images.validate import Picture

_REMEMBERED = 10_000
_MAX_VALIDATOR = 1000  # characters; a longer ETag would be refused as a request header by many servers


Validators = dict[str, str | None]
"""etag and last_modified, columns of the ledger."""


class PictureError(Exception):
    """A picture that could not be had. `reason` is a word of images/policy.py."""

    def __init__(self, reason: str, found: str) -> None:
        super().__init__(found)
        self.reason = reason


def validators_of(response: Response) -> Validators:
    """What a later request may ask with: the ETag, and the date when it is a safe one.

    A Last-Modified within a minute of the answer's own Date may name two versions of one second (RFC 9110, 8.8.2.2).
    """
    etag, modified, date = (_text(response.headers.get(name)) for name in ("ETag", "Last-Modified", "Date"))
    changed, answered = from_http_date(modified or ""), from_http_date(date or "")
    if changed is None or (answered is not None and answered - changed < timedelta(minutes=1)):
        modified = None
    return {"etag": etag if etag and len(etag) <= _MAX_VALIDATOR else None, "last_modified": modified}


def _text(header: bytes | None) -> str | None:
    """None also for what could not be sent back: control characters, and bytes that are no ASCII."""
    text = (header or b"").decode("latin-1").strip()
    return text if text.isascii() and text.isprintable() and text else None


class SharedDownloads:
    """Remembers per URL where its bytes were stored or why they could not be had, for the most recent URLs of the run.

    A venue that names a URL which another one downloaded in this run gets its copy from disk; the memory is bounded,
    and what it forgot costs one more request, nothing else.
    """

    def __init__(self, crawler: Crawler, files: FileStore) -> None:
        self._crawler = crawler
        self._files = files
        self._in_flight: dict[tuple[str, bytes | None, bytes | None], asyncio.Future[Response]] = {}
        self._remembered: OrderedDict[str, Entry | PictureError] = OrderedDict()

    @asynccontextmanager
    async def response(self, request: Request) -> AsyncIterator[Response]:
        """The answer to `request`, which counts as under way until the context ends: until then, place and remember it.

        Raises PictureError.
        """
        headers = request.headers
        # A 304 answers only those who asked with the same validators.
        key = (request.url, headers.get("If-None-Match"), headers.get("If-Modified-Since"))
        if (under_way := self._in_flight.get(key)) is not None:
            yield await asyncio.shield(under_way)
            return
        if (copy := await self._copy(request)) is not None:
            yield copy
            return
        arriving = self._in_flight[key] = asyncio.get_running_loop().create_future()
        try:
            try:
                response = await self._crawler.engine.download_async(request)
            except Exception as error:
                failure = PictureError(*reason_of(error))
                arriving.set_exception(failure)
                arriving.exception()  # nobody has to be waiting for it
                self.remember(request.url, failure)
                raise failure from None
            arriving.set_result(response)
            yield response
        finally:
            arriving.cancel()
            del self._in_flight[key]

    def remember(self, url: str, found: Entry | PictureError) -> None:
        # A fresh exception: the one that was raised holds its frames, and with them a whole body.
        self._remembered[url] = PictureError(found.reason, str(found)) if isinstance(found, PictureError) else found
        self._remembered.move_to_end(url)
        while len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)

    async def _copy(self, request: Request) -> Response | None:
        found = self._remembered.get(request.url)
        if isinstance(found, PictureError):
            raise PictureError(found.reason, str(found))
        body = await asyncio.to_thread(self._stored, found) if found is not None and found.path is not None else None
        if found is None or body is None:
            return None
        headers = {"ETag": found.etag, "Last-Modified": found.last_modified}
        return Response(request.url, headers={name: value for name, value in headers.items() if value}, body=body)

    def _stored(self, entry: Entry) -> bytes | None:
        try:
            body = self._files.read(str(entry.path))
        except OSError:
            return None
        return body if body is not None and Picture.digest(body) == entry.sha256 else None


_WORDPRESS_SIZE = re.compile(r"(/wp-content/uploads/[^?#]*)-[1-9][0-9]{0,4}x[1-9][0-9]{0,4}(\.[A-Za-z]{3,4})(?=[?#]|$)")


def addresses(url: str) -> list[str]:
    """Where the picture at `url` may be had, the largest first: the upload of which `url` names a size, which may be
    gone, then `url` itself."""
    original = _WORDPRESS_SIZE.sub(r"\1\2", url, count=1)
    return [url] if original == url else [original, url]
