"""A publisher that is served from its recorded pages. An image is drawn for each image URL in them.

If several cases have the same address, the first by name is shown. A case with `after` is shown instead after this many
requests, and `show` shows any other.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from parsel import Selector

from sandbox.images import BY_SUFFIX
from sandbox.publisher import Image, Page, Photo, Publisher, Refused, Venue, Visit, address, format_of
from sandbox.recorded import Case, CaseError, Meta, cases_of, utc_today

Key = tuple[str, str, tuple[tuple[str, str], ...], str]
"""Method, host with path, query in any order, body."""
_IMAGE = re.compile(rf"\.(?:{'|'.join(BY_SUFFIX)})(?:[?#]|$)", re.IGNORECASE)
_QUOTED = re.compile(r"""["']([^"'<>\n]+)["']""")
_WORD = re.compile(r"""[^\s"'<>(),;]+""")
_IN_HTML = " | ".join(
    (
        "//img/@*[contains(name(), 'src')]",
        "//source/@*[contains(name(), 'srcset')]",
        "//meta[@property='og:image']/@content",
    )
)


def key_of(meta: Meta) -> Key:
    return _key(meta.method, meta.url, parse_qsl(urlsplit(meta.url).query, keep_blank_values=True), meta.body or "")


def _key(method: str, url: str, query: list[tuple[str, str]], body: str) -> Key:
    return method, address(url).partition("?")[0], tuple(sorted(query)), _canonical(body)


def _canonical(body: str) -> str:
    """Return the same text for bodies that differ only in the order of JSON keys or form fields."""
    try:
        return json.dumps(json.loads(body), sort_keys=True)
    except ValueError:
        return str(sorted(form)) if (form := parse_qsl(body, keep_blank_values=True)) else body


class Recorded(Publisher[Venue]):
    def __init__(self, folder: Path) -> None:
        super().__init__({})
        self.folder = folder
        self.asked: Counter[Key] = Counter()
        self.chosen: dict[Key, str] = {}
        """Key -> name of the case that `show` chose."""
        self.read()

    def read(self) -> None:
        """Read the cases again. Raise CaseError for an invalid one."""
        today = utc_today()
        self.cases: dict[Key, list[Case]] = {}
        self.redirects: dict[str, str] = {}
        starts, urls = [], []
        for case in cases_of(self.folder):
            meta = case.meta_on(today)
            self._check(case, meta, today)
            answering = meta.model_copy(update={"url": meta.redirects_to or meta.url})
            self.cases.setdefault(key_of(answering), []).append(case)
            urls += [meta.url, answering.url]
            if meta.redirects_to:
                self.redirects[address(meta.url)] = meta.redirects_to
            if meta.listing is None:
                starts.append(urlsplit(meta.url)._replace(scheme="").geturl().removeprefix("//"))
        self.hosts = frozenset(urlsplit(url).netloc.lower() for url in urls)
        self._starts = tuple(dict.fromkeys(starts))

    @property
    def starts(self) -> tuple[str, ...]:
        return self._starts

    def _check(self, case: Case, meta: Meta, today: date) -> None:
        case.body(today)
        case.expected()
        for url in filter(None, (meta.url, meta.redirects_to)):
            try:
                address(url)
            except Refused as refused:
                raise CaseError(f"{case.folder / 'meta.json'}: {refused}") from None

    def show(self, name: str) -> str:
        """Show a case at its address from now on, and return the address."""
        for key, cases in self.cases.items():
            for case in cases:
                if case.name == name:
                    self.chosen[key] = name
                    return case.meta_on(utc_today()).url
        known = ", ".join(sorted(case.name for cases in self.cases.values() for case in cases))
        raise Refused(f"{self.folder.name} has no case {name!r}; it has {known}.")

    def page(self, visit: Visit) -> Page | None:
        method = "GET" if visit.method == "HEAD" else visit.method
        body = _canonical(visit.body.decode("utf-8", "replace"))
        key = (method, visit.host + visit.path, tuple(sorted(visit.query.items())), body)
        if key not in self.cases:
            to = self.redirects.get(visit.where)
            return Page("", status=301, headers={"Location": to}) if to else None
        case = self._case(key)
        self.asked[key] += 1
        today = utc_today()
        meta = case.meta_on(today)
        return Page(case.body(today), case.content_type, meta.status, meta.other_headers)

    def _case(self, key: Key) -> Case:
        cases = self.cases[key]
        for case in cases:
            if case.name == self.chosen.get(key):
                return case
        due = [case for case in cases if case.meta.after <= self.asked[key]] or cases[:1]
        return max(due, key=lambda case: case.meta.after)

    def new_url(self, venue: Venue, kind: str) -> str:
        raise Refused(f"An image of {self.folder.name} moves when its recorded page names another address.")

    def images(self) -> Iterator[Image]:
        """Yield the images of the expected events first, because these name the venues of their images."""
        today = utc_today()
        pages = {address(url) for cases in self.cases.values() for case in cases for url in [case.meta_on(today).url]}
        for cases in self.cases.values():
            for case in cases:
                yield from _images_of_events(case.expected())
        for cases in self.cases.values():
            for case in cases:
                for url in _image_urls(case, today):
                    if address(url) not in pages:
                        label = unquote(urlsplit(url).path).rpartition("/")[2].partition(".")[0]
                        yield Image(Photo(url, label, format_of(url), seed=url), "hero")


def _images_of_events(value: Any) -> Iterator[Image]:
    """Yield the images of all events in expected.json."""
    if isinstance(value, list):
        for each in value:
            yield from _images_of_events(each)
    elif isinstance(value, dict) and "image_urls" in value and "publisher_id" in value:
        name, venue, host = value["venue"]["name"], value["publisher_id"], value["performer"] or {}
        for url in value["image_urls"]:
            yield Image(Photo(url, name, format_of(url), seed=url), "hero", venue)
        if url := host.get("image_url"):
            yield Image(Photo(url, host.get("name") or name, format_of(url), seed=url), "performer", venue)
    elif isinstance(value, dict):
        yield from _images_of_events(list(value.values()))


def _image_urls(case: Case, today: date) -> Iterator[str]:
    """Yield the absolute URLs of images in a page: URLs with an image's suffix, and those of <img>."""
    meta = case.meta_on(today)
    page = meta.redirects_to or meta.url
    text = unescape(case.plain_body().decode("utf-8", "replace").replace("\\/", "/"))
    words = [word for found in (_QUOTED.findall(text), _WORD.findall(text)) for word in found if _IMAGE.search(word)]
    if case.body_path.suffix == ".html":
        sources = Selector(text).xpath(_IN_HTML).getall()
        words += [part.split()[0] for source in sources for part in re.split(r",\s", source) if part.strip()]
    for word in dict.fromkeys(words):
        try:
            url = urljoin(page, word.strip())
            address(url)
        except (ValueError, Refused):
            continue
        yield url
        yield url.partition("?")[0] if _IMAGE.search(urlsplit(url).path) else url
