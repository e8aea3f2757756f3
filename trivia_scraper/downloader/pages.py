"""Bound pages before they are parsed. Parsing a hostile page costs far more than downloading it."""

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
"""Tags per page. The largest listing has a quarter of it. Parsing this many costs about 1 s of CPU and 100 MB."""
MOST_ATTRIBUTES = 500
"""Attributes per tag. The time of libxml2 grows with the square of their number: 60,000 take 3 s."""
MOST_WORK = 500_000
"""Attributes per page, plus one for each hundred of their characters. Counting this many takes 0.3 s."""
# Tags and attributes as parsers of HTML and XML see them. Only these characters are white space.
_TAG = re.compile(r"<(?:[^\W\d]|[:.])[^ \t\n\f\r/>]*+")
_ATTRIBUTE = re.compile(
    r"""[ \t\n\f\r/]*+(?:([^ \t\n\f\r/>][^ \t\n\f\r/>=]*+)"""
    r"""(?:[ \t\n\f\r]*+=[ \t\n\f\r]*+(?:"[^"]*+"?|'[^']*+'?|[^ \t\n\f\r>]*+))?)?"""
)
_MARK = "trivia-mark"


_DECOMPRESSED = re.compile(r"exceeded DOWNLOAD_MAXSIZE \((\d+) B\) during decompression")


def reword_size_error(message: str) -> str:
    """Return Scrapy's message about a large response without its setting: the limit may come from another one."""
    return _DECOMPRESSED.sub(r"has more than \1 bytes when decompressed", message)


class BoundedPages:
    """Bounds the pages that a spider gets: PAGE_MAXSIZE bytes and, in HTML and XML, MOST_TAGS and MOST_ATTRIBUTES."""

    def __init__(self, crawler: Crawler) -> None:
        self.most_bytes = value_of(crawler.settings, "PAGE_MAXSIZE")

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> BoundedPages:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        if request.callback is not NO_CALLBACK:
            request.meta.setdefault("download_maxsize", self.most_bytes)

    def process_response(self, request: Request, response: Response) -> Response:
        """Raise RequestRefusedError for a page that would take too long to parse."""
        is_page = request.callback is not NO_CALLBACK and isinstance(response, TextResponse)
        if is_page and not isinstance(response, JsonResponse):
            check_markup(response.text, "xml" if isinstance(response, XmlResponse) else "html")
        return response


def check_markup(text: str, kind: Literal["html", "xml"] = "html") -> None:
    """Raise RequestRefusedError if the page has too many tags, or a tag too many attributes."""
    if text.count("<") > MOST_TAGS:
        raise RequestRefusedError("too_large", f"the page has more than {MOST_TAGS:,} tags")
    text = text.replace("\0", "")  # as parsel does
    large = _large_tags(text)
    if large and _are_tags(text, large, kind):
        raise RequestRefusedError("too_large", f"a tag of the page has more than {MOST_ATTRIBUTES} attributes")


def _large_tags(text: str) -> list[int]:
    """Return the positions of possible tags with too many attributes. They may be text in a script or comment."""
    found, work = [], 0
    for tag in _TAG.finditer(text):
        position = tag.end()
        for _ in range(MOST_ATTRIBUTES + 1):
            attribute: Any = _ATTRIBUTE.match(text, position)  # always matches; the text that it reads counts as work
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
    """Return whether the parser sees one of the possible tags as a tag.

    Each is replaced by a mark without attributes, so parsing costs little.
    """
    begins = [0, *(place + 1 for place in places)]
    parts = [text[begin:end] for begin, end in zip(begins, [*begins[1:], len(text)], strict=True)]
    return bool(Selector(f"{_MARK}>".join(parts), type=kind).xpath(f"//*[local-name() = '{_MARK}']"))
