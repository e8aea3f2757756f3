"""The download handler: waits for the pauses that hosts ask for, bounds headers, and routes requests to the sandbox.

With SANDBOX_SERVER set, a request for https://host/path is sent to SANDBOX_SERVER/host/path, and nothing leaves the
machine. This is a download handler instead of a middleware for three reasons: a request keeps its own URL in every
queue, filter and log; no middleware can run after the routing; and a request that waited in its host's queue still
waits for the latest pause.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError, DownloadFailedError
from scrapy.http import Response
from scrapy.settings import BaseSettings
from scrapy.utils.misc import load_object
from twisted.internet import tcp

from trivia_scraper.downloader.address_guard import PublicResolver, RequestRefusedError, check_proxied_name
from trivia_scraper.downloader.headers import HeadersTooLargeError, bound_headers, is_too_large
from trivia_scraper.downloader.retry_after import Pauses
from trivia_scraper.downloader.shutdown import Limit, stopping
from trivia_scraper.errors import UsageError
from trivia_scraper.options import value_of

READ_AT_ONCE = 256 * 1024
"""Bytes per read from a socket. Twisted's 64 kB cost noticeable CPU for photographs, because each read passes many
layers."""


def check_handlers(settings: BaseSettings) -> None:
    """Raise UsageError if SANDBOX_SERVER is set and another download handler would send requests to the real hosts."""
    if not settings["SANDBOX_SERVER"]:
        return
    handlers = settings.getwithbase("DOWNLOAD_HANDLERS")
    for scheme in ("http", "https"):
        try:
            found = load_object(handlers.get(scheme))
        except (ImportError, NameError, TypeError, ValueError):
            found = None
        if not isinstance(found, type) or not issubclass(found, Handler):
            raise UsageError(
                f"SANDBOX_SERVER needs {Handler.__module__}.Handler, but DOWNLOAD_HANDLERS has "
                f"{handlers.get(scheme)!r} for {scheme}, which would send requests to the real hosts; unset one of the "
                "two."
            )


class Handler(HTTP11DownloadHandler):
    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        PublicResolver.ensure_installed(crawler)
        tcp.Client.bufferSize = READ_AT_ONCE
        bound_headers(self._pool)
        settings = crawler.settings
        self.allowed = frozenset(value_of(settings, "PRIVATE_HOSTS_ALLOWED"))
        self.sandbox = (settings["SANDBOX_SERVER"] or "").rstrip("/")
        self.pauses = Pauses(value_of(settings, "RETRY_AFTER_MAX"), value_of(settings, "RETRY_AFTER_TIMES"))
        self.pausing, self.waiting = Limit(), Limit()
        self.grace = value_of(settings, "STOP_GRACE")
        crawler.signals.connect(self.stop, stopping)

    def stop(self) -> None:
        self.pausing.set(0)
        self.waiting.set(self.grace)

    async def download_request(self, request: Request) -> Response:
        host = urlsplit(request.url).netloc
        if host in self.pauses.hosts:
            async with self.pausing.within():
                await self.pauses.wait_for_turn(host)
        async with self.waiting.within():
            try:
                response = await (self._from_sandbox(request) if self.sandbox else self._from_network(request))
            except DownloadFailedError as error:
                if is_too_large(error):
                    raise RequestRefusedError("too_large", str(HeadersTooLargeError())) from None
                raise
        self.pauses.record_response(host, response)
        return response

    async def _from_network(self, request: Request) -> Response:
        if request.meta.get("proxy"):
            check_proxied_name(request.url, self.allowed)
        try:
            return await super().download_request(request)
        except CannotResolveHostError:
            host = urlsplit(request.url).hostname or ""
            if (address := PublicResolver.refused.get(host)) is not None:
                raise RequestRefusedError(
                    "refused_address", f"{host} has the address {address}, which is not public"
                ) from None
            raise

    async def _from_sandbox(self, request: Request) -> Response:
        meta = {name: value for name, value in request.meta.items() if name != "proxy"} | {"verbatim_url": True}
        routed = Request(self._route(request.url), method=request.method, body=request.body, meta=meta)
        routed.headers = request.headers.copy()
        routed.headers.pop("Proxy-Authorization", None)  # HttpProxyMiddleware adds it if the environment names a proxy
        response = await super().download_request(routed)
        if (latency := routed.meta.get("download_latency")) is not None:
            request.meta["download_latency"] = latency
        answer = response.replace(url=request.url, headers=None, request=request)
        answer.headers = response.headers
        return answer

    def _route(self, url: str) -> str:
        parts = urlsplit(url)
        if parts.netloc == urlsplit(self.sandbox).netloc:
            return url
        return f"{self.sandbox}/{parts.netloc}{parts._replace(scheme='', netloc='').geturl() or '/'}"
