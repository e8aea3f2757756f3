"""429 and 503 with Retry-After: the whole host waits, as long as it asks within reason; one that keeps asking is given
up."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import Response

from trivia_scraper.middlewares.guard import RefusedError

logger = logging.getLogger(__name__)
_STATUSES = {429, 503}


@dataclass(slots=True)
class _Host:
    free_at: float = 0.0  # time.monotonic()
    waits: int = 0  # since its last good answer
    status: int = 0


class RetryAfter:
    """Between the downloader and Scrapy's retries, which ask again at once whatever the header says."""

    def __init__(self, crawler: Crawler) -> None:
        self.longest = crawler.settings.getfloat("RETRY_AFTER_MAX")
        self.patience = crawler.settings.getint("RETRY_AFTER_TIMES")
        self.stats = crawler.stats
        self.hosts: dict[str, _Host] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RetryAfter:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        name = urlsplit(request.url).netloc
        while (host := self.hosts.get(name)) is not None:
            if host.waits > self.patience:
                raise RefusedError(f"http_{host.status}", f"{name} asked for a pause {host.waits} times in a row")
            remaining = host.free_at - time.monotonic()
            if remaining <= 0:
                return
            await asyncio.sleep(remaining)

    def process_response(self, request: Request, response: Response) -> Response:
        name = urlsplit(request.url).netloc
        if response.status not in _STATUSES:
            if response.status < 400:
                self.hosts.pop(name, None)
            return response
        wait = seconds(response.headers.get("Retry-After"), datetime.now(UTC), self.longest)
        if wait is not None:
            host = self.hosts.setdefault(name, _Host())
            if host.free_at <= time.monotonic():  # answers to requests already under way are no second plea
                host.waits += 1
                self.stats.inc_value("trivia/pages/waits")
                logger.info("%s asks for a pause of %.0f s (HTTP %d)", name, wait, response.status)
            host.free_at = max(host.free_at, time.monotonic() + wait)
            host.status = response.status
        return response


def seconds(header: bytes | None, now: datetime, longest: float) -> float | None:
    """What a Retry-After header asks for, between 0 and `longest`; None when there is none that can be read.

    Seconds or an HTTP date (RFC 9110, 10.2.3). A negative number or a date gone by asks for nothing.
    """
    text = (header or b"").decode("latin-1").strip()
    if text.removeprefix("-").isdecimal():
        wait = float(text[:12])
    else:
        try:
            wait = (parsedate_to_datetime(text).astimezone(UTC) - now).total_seconds()
        except (ValueError, OverflowError):
            return None
    return min(max(wait, 0.0), longest)
