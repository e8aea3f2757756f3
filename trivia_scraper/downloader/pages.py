"""Bounds pages before the event loop builds a tree of them, which costs far more than their bytes."""

from __future__ import annotations

import re

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import JsonResponse, Response, TextResponse
from scrapy.http.request import NO_CALLBACK

from trivia_scraper.downloader.address_guard import RequestRefusedError
from trivia_scraper.options import value_of

MOST_TAGS = 100_000
"""Of one page. The largest listing has a quarter of it. So many cost about 1 s of CPU and 100 MB."""
MOST_ATTRIBUTES = 500
"""Of one tag. What libxml2 needs for them grows with their square: 80,000 in 700 kB take 9 s."""
_TOO_MANY_ATTRIBUTES = re.compile(
    r"""<[a-z][^\s/>]*+(?:[\s/"'=]*+[^\s/>="']++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"']*+))?+)"""
    rf"{{{MOST_ATTRIBUTES + 1}}}",
    re.IGNORECASE,
)


class BoundedPages:
    """Bounds what a spider is called with: PAGE_MAXSIZE bytes, and as HTML or XML so many tags and attributes."""

    def __init__(self, crawler: Crawler) -> None:
        self.most_bytes = value_of(crawler.settings, "PAGE_MAXSIZE")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> BoundedPages:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        if request.callback is not NO_CALLBACK:
            request.meta.setdefault("download_maxsize", self.most_bytes)

    def process_response(self, request: Request, response: Response) -> Response:
        """Raise RequestRefusedError for a page that would take too long to read."""
        is_page = request.callback is not NO_CALLBACK and isinstance(response, TextResponse)
        if is_page and not isinstance(response, JsonResponse):
            check_markup(response.text)
        return response


def check_markup(text: str) -> None:
    """Raise RequestRefusedError for too many tags, or attributes of one tag."""
    if text.count("<") > MOST_TAGS:
        raise RequestRefusedError("too_large", f"the page has more than {MOST_TAGS:,} tags")
    if _TOO_MANY_ATTRIBUTES.search(text):
        raise RequestRefusedError("too_large", f"a tag of the page has more than {MOST_ATTRIBUTES} attributes")
