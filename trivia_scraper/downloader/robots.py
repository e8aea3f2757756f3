"""Obey robots.txt by RFC 9309: if it cannot be fetched, the site is not crawled; if it does not exist, the site is."""

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
from trivia_scraper.downloader.pages import reword_size_error
from trivia_scraper.downloader.shutdown import StoppedError

MAXSIZE = 512 * 1024
"""Bytes. RFC 9309, section 2.5, demands at least 500 KiB."""


class StrictRobotsTxt(RobotsTxtMiddleware):
    """Scrapy's own middleware crawls a site whose robots.txt is unreachable, and logs a traceback."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._rules: dict[str, asyncio.Future[RobotParser | None]] = {}

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """Return the site's rules, or None if it has none. Raise RequestRefusedError if they cannot be fetched."""
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
            found = reword_size_error(" ".join(str(error).split()))
            raise RequestRefusedError("robots", f"{url} could not be downloaded ({found})") from None
        self._stats.inc_value(f"robotstxt/response_status_count/{response.status}")
        if response.status >= 500:
            raise RequestRefusedError("robots", f"{url} returned HTTP {response.status}")
        if response.status >= 400:
            return None
        return build_from_crawler(self._parserimpl, self.crawler, response.body)
