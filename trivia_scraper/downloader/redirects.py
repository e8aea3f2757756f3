"""Redirects: to addresses only, and of a publisher's pages only within its site."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.utils.url import url_is_from_any_domain

from trivia_scraper.downloader.address_guard import RequestRefusedError
from trivia_scraper.formatting import without_credentials
from trivia_scraper.parsing.hosts import with_ascii_host

_LONGEST_SHOWN = 200
_PORTS = {"http": 80, "https": 443}


class CheckedRedirects(RedirectMiddleware):
    """Images may redirect to any public address. So may pages, unless the spider has a true `redirects_within_site`."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Raise RequestRefusedError for a Location that is not an address, and for one that leaves the
        spider's `allowed_domains`."""
        if location := response.headers.get("Location"):
            response.headers["Location"] = with_ascii_host(location.decode("utf-8", "surrogateescape")).encode(
                "utf-8", "surrogateescape"
            )
        try:
            answer = super().process_response(request, response)
        except ValueError as error:
            raise RequestRefusedError("redirect", f"HTTP {response.status} to no address: {error}") from None
        spider: Any = self.crawler.spider
        is_page = request.callback is not NO_CALLBACK
        if isinstance(answer, Request) and is_page and getattr(spider, "redirects_within_site", False):
            _check_site(request.url, answer.url, spider.allowed_domains)
        return answer


def _check_site(before: str, after: str, domains: list[str]) -> None:
    """Refuse a hop to another site, and from https to http, where anybody on the way could answer."""
    try:
        shown, (old, new) = without_credentials(after)[:_LONGEST_SHOWN], map(urlsplit, (before, after))
        port = new.port
    except ValueError:
        raise RequestRefusedError("redirect", f"it redirects to {after[:_LONGEST_SHOWN]!r}, an invalid URL") from None
    if old.scheme == "https" and new.scheme == "http":
        raise RequestRefusedError("redirect", f"it redirects from https to {shown}")
    if "@" in new.netloc:
        raise RequestRefusedError("redirect", f"it redirects to {shown}, with credentials")
    if port not in {None, old.port, _PORTS.get(new.scheme)}:
        raise RequestRefusedError("redirect", f"it redirects to {shown}, which is another port")
    host = (new.hostname or "").rstrip(".")
    if not url_is_from_any_domain(f"{new.scheme}://{host}/", [domain.removeprefix("www.") for domain in domains]):
        raise RequestRefusedError("redirect", f"it redirects to {shown}, which is another site")
