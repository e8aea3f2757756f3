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
"""Of one page. The largest listing has a quarter of it. This many cost about 1 s of CPU and 100 MB."""
MOST_ATTRIBUTES = 500
"""Of one tag. What libxml2 needs for them grows with their square: 80,000 in 700 kB take 9 s."""
_TAG = re.compile(r"<(?:!--|([a-z][^\s/>]*+))", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""[\s/"'=]*+[^\s/>="']++(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>"']*+))?""")
# What follows one of them is no markup, up to its end.
_RAW = {None: "-->", "script": "</script", "style": "</style"}


class BoundedPages:
    """Bounds what a spider is called with: PAGE_MAXSIZE bytes, and as HTML or XML MOST_TAGS and MOST_ATTRIBUTES."""

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
    position = 0
    while tag := _TAG.search(text, position):
        position, attributes = tag.end(), 0
        name = tag[1] and tag[1].lower()
        while name and (attribute := _ATTRIBUTE.match(text, position)):
            position, attributes = attribute.end(), attributes + 1
            if attributes > MOST_ATTRIBUTES:
                raise RequestRefusedError("too_large", f"a tag of the page has more than {MOST_ATTRIBUTES} attributes")
        if end := _RAW.get(name):
            position = _find(text, end, position)


def _find(text: str, end: str, position: int) -> int:
    found = re.compile(re.escape(end), re.IGNORECASE).search(text, position)
    return found.end() if found else len(text)
