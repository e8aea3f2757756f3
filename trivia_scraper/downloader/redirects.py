"""Check redirects: the target must be a valid URL and, for a publisher's pages, within its site."""

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
    """Images may redirect to any public address. Pages too, unless the spider sets `redirects_within_site`."""

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Raise RequestRefusedError if Location is not a valid URL or leaves the spider's `allowed_domains`."""
        if location := response.headers.get("Location"):
            response.headers["Location"] = with_ascii_host(location.decode("utf-8", "surrogateescape")).encode(
                "utf-8", "surrogateescape"
            )
        try:
            answer = super().process_response(request, response)
        except ValueError as error:
            raise RequestRefusedError(
                "redirect", f"HTTP {response.status} redirects to an invalid URL: {error}"
            ) from None
        spider: Any = self.crawler.spider
        is_page = request.callback is not NO_CALLBACK
        if isinstance(answer, Request) and is_page and getattr(spider, "redirects_within_site", False):
            _check_site(request.url, answer.url, spider.allowed_domains)
        return answer


def _check_site(before: str, after: str, domains: list[str]) -> None:
    """Refuse a redirect to another site, or from https to http, where others on the network could respond."""
    try:
        shown, (old, new) = without_credentials(after)[:_LONGEST_SHOWN], map(urlsplit, (before, after))
        port = new.port
    except ValueError:
        raise RequestRefusedError("redirect", f"it redirects to {after[:_LONGEST_SHOWN]!r}, an invalid URL") from None
    if old.scheme == "https" and new.scheme == "http":
        raise RequestRefusedError("redirect", f"it redirects from https to {shown}")
    if "@" in new.netloc:
        raise RequestRefusedError("redirect", f"it redirects to {shown}, a URL with credentials")
    if port not in {None, old.port, _PORTS.get(new.scheme)}:
        raise RequestRefusedError("redirect", f"it redirects to {shown}, on another port")
    host = (new.hostname or "").rstrip(".")
    if not url_is_from_any_domain(f"{new.scheme}://{host}/", [domain.removeprefix("www.") for domain in domains]):
        raise RequestRefusedError("redirect", f"it redirects to {shown}, on another site")
