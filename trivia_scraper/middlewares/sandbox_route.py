"""With SANDBOX_SERVER set, every request for https://host/path goes to SANDBOX_SERVER/host/path and nothing leaves the
machine.

A download handler and not a downloader middleware, as design.md had it: here a request keeps its own URL in every
queue, filter and log, and no middleware, extension or redirect can be ordered behind the switch.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError
from scrapy.http import Response

from trivia_scraper.middlewares.guard import RefusedError
from trivia_scraper.middlewares.resolver import PublicResolver


class SandboxRoute(HTTP11DownloadHandler):
    """Scrapy's own handler as long as SANDBOX_SERVER is empty."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.server = (crawler.settings["SANDBOX_SERVER"] or "").rstrip("/")

    async def download_request(self, request: Request) -> Response:
        if not self.server:
            return await self._download(request)
        routed = request.replace(url=self._route(request.url))
        routed.meta.pop("proxy", None)
        response = await super().download_request(routed)
        if (latency := routed.meta.get("download_latency")) is not None:
            request.meta["download_latency"] = latency
        return response.replace(url=request.url, request=request)

    async def _download(self, request: Request) -> Response:
        try:
            return await super().download_request(request)
        except CannotResolveHostError:
            host = urlsplit(request.url).hostname or ""
            if (address := PublicResolver.refused.get(host)) is not None:
                raise RefusedError("refused_address", f"{host} leads to {address}, which is not public") from None
            raise

    def _route(self, url: str) -> str:
        parts = urlsplit(url)
        if parts.netloc == urlsplit(self.server).netloc:
            return url
        return f"{self.server}/{parts.netloc}{parts._replace(scheme='', netloc='').geturl() or '/'}"
