"""robots.txt by RFC 9309: a site whose robots.txt cannot be fetched is not crawled; a site without one is."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.http.request import NO_CALLBACK
from scrapy.robotstxt import RobotParser
from scrapy.utils.misc import build_from_crawler

from trivia_scraper.downloader.address_guard import RequestRefusedError
from trivia_scraper.downloader.pages import plain_size
from trivia_scraper.downloader.shutdown import StoppedError

MAXSIZE = 512 * 1024
"""Bytes. RFC 9309, section 2.5, asks for 500 KiB at least."""


class StrictRobotsTxt(RobotsTxtMiddleware):
    """Scrapy's own takes an unreachable robots.txt for a permission, and logs a traceback for it."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._rules: dict[str, asyncio.Future[RobotParser | None]] = {}

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """Return the site's rules. Raise RequestRefusedError when they cannot be fetched."""
        parts = urlsplit(request.url)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._rules:
            self._rules[site] = asyncio.ensure_future(self._fetch(f"{site}/robots.txt"))
        return await asyncio.shield(self._rules[site])

    async def _fetch(self, url: str) -> RobotParser | None:
        self._stats.inc_value("robotstxt/request_count")
        request = Request(
            url,
            callback=NO_CALLBACK,
            priority=self.DOWNLOAD_PRIORITY,
            meta={"dont_obey_robotstxt": True, "allow_offsite": True, "download_maxsize": MAXSIZE},
        )
        try:
            response = await self.crawler.engine.download_async(request)
        except StoppedError:
            raise
        except Exception as error:
            self._stats.inc_value("robotstxt/unreachable")
            found = plain_size(" ".join(str(error).split()))
            raise RequestRefusedError("robots", f"{url} could not be downloaded ({found})") from None
        self._stats.inc_value(f"robotstxt/response_status_count/{response.status}")
        if response.status >= 500:
            raise RequestRefusedError("robots", f"{url} answered {response.status}")
        if response.status >= 400:
            return None
        return build_from_crawler(self._parserimpl, self.crawler, response.body)
