"""Bounds pages before the event loop builds a tree of them, which costs far more than their bytes."""

from __future__ import annotations

import re
from typing import Any, Literal

from parsel import Selector
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import JsonResponse, Response, TextResponse, XmlResponse
from scrapy.http.request import NO_CALLBACK

from trivia_scraper.downloader.address_guard import RequestRefusedError
from trivia_scraper.options import value_of

MOST_TAGS = 100_000
"""Of one page. The largest listing has a quarter of it. This many cost about 1 s of CPU and 100 MB."""
MOST_ATTRIBUTES = 500
"""Of one tag. What libxml2 needs for them grows with their square: 60,000 take 3 s."""
MOST_WORK = 500_000
"""Attributes of all tags of a page, and hundreds of their characters. Counting this many takes 0.3 s."""
# Tags and attributes as HTML and XML know them, with no other white space than theirs.
_TAG = re.compile(r"<(?:[^\W\d]|[:.])[^ \t\n\f\r/>]*+")
_ATTRIBUTE = re.compile(
    r"""[ \t\n\f\r/]*+(?:([^ \t\n\f\r/>][^ \t\n\f\r/>=]*+)"""
    r"""(?:[ \t\n\f\r]*+=[ \t\n\f\r]*+(?:"[^"]*+"?|'[^']*+'?|[^ \t\n\f\r>]*+))?)?"""
)
_MARK = "trivia-mark"


_DECOMPRESSED = re.compile(r"exceeded DOWNLOAD_MAXSIZE \((\d+) B\) during decompression")


def plain_size(message: str) -> str:
    """Return Scrapy's message about a large answer without the name of a setting, which need not be the one."""
    return _DECOMPRESSED.sub(r"has more than \1 bytes when decompressed", message)


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
            check_markup(response.text, "xml" if isinstance(response, XmlResponse) else "html")
        return response


def check_markup(text: str, kind: Literal["html", "xml"] = "html") -> None:
    """Raise RequestRefusedError for too many tags, or attributes of one tag."""
    if text.count("<") > MOST_TAGS:
        raise RequestRefusedError("too_large", f"the page has more than {MOST_TAGS:,} tags")
    text = text.replace("\0", "")  # as parsel does
    large = _large_tags(text)
    if large and _are_tags(text, large, kind):
        raise RequestRefusedError("too_large", f"a tag of the page has more than {MOST_ATTRIBUTES} attributes")


def _large_tags(text: str) -> list[int]:
    """Return where something begins that has too many attributes if it is a tag, and not in a script or comment."""
    found, work = [], 0
    for tag in _TAG.finditer(text):
        position = tag.end()
        for _ in range(MOST_ATTRIBUTES + 1):
            attribute: Any = _ATTRIBUTE.match(text, position)  # matches always: what it looks at is work, too
            work += 1 + (attribute.end() - position) // 100
            if attribute[1] is None:
                break
            position = attribute.end()
        else:
            found.append(tag.start())
        if work > MOST_WORK:
            raise RequestRefusedError("too_large", "the tags of the page have too many attributes")
    return found


def _are_tags(text: str, places: list[int], kind: Literal["html", "xml"]) -> bool:
    """Return whether the parser itself takes one of them for a tag: without its attributes, which costs little."""
    begins = [0, *(place + 1 for place in places)]
    parts = [text[begin:end] for begin, end in zip(begins, [*begins[1:], len(text)], strict=True)]
    return bool(Selector(f"{_MARK}>".join(parts), type=kind).xpath(f"//*[local-name() = '{_MARK}']"))
