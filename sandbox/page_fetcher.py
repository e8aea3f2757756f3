"""Fetches pages of a publisher for `scrapy record fetch`, as politely as a crawl, and records them whole."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from scrapy import Request, Spider
from scrapy.http import Response
from scrapy.settings import BaseSettings
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from sandbox.personal_data import find_personal_data
from sandbox.recorded import CONTENT_TYPES, Case, CaseError, Meta
from sandbox.recorder import write_meta
from sandbox.replay import key_of
from trivia_scraper.images.failures import find_reason
from trivia_scraper.parsing.slugs import slug

KEPT_HEADERS = ("Content-Type", "Content-Language", "Link", "Last-Modified", "Retry-After")
"""Headers that a spider may read. So are all that begin with X-WP-."""
# No pipelines, feeds or caches: only the page is recorded.
SETTINGS: dict[str, Any] = {
    "AUTOTHROTTLE_ENABLED": False,
    "CONCURRENT_REQUESTS": 1,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
    "EXTENSIONS": {},
    "FEEDS": {},
    "HTTPCACHE_ENABLED": False,
    "ITEM_PIPELINES": {},
    "JOBDIR": None,
    "ROBOTSTXT_OBEY": True,
    "SPIDER_MIDDLEWARES": {},
}
_SUFFIXES = {
    **{"text/html": ".html", "application/xhtml+xml": ".html", "application/json": ".json", "text/calendar": ".ics"},
    **{"text/csv": ".csv", "application/javascript": ".js", "text/javascript": ".js", "application/pdf": ".pdf"},
    **{"application/gzip": ".gz", "application/x-gzip": ".gz", "text/plain": ".txt"},
}


@dataclass
class Target:
    """The pages to fetch, and where to record them."""

    folder: Path
    """Folder of the publisher's cases."""
    urls: list[str]
    body: str | None
    """Body of the requests, which are then POST."""
    names: list[str]
    """Names of the cases, in the order of `urls`. Missing names are made from the URLs."""
    start_urls: list[str]
    country: str | None
    today: date
    say: Callable[[str], None]
    """Called with a line about each page."""
    with_errors: bool = False
    """Whether to record answers with an error status."""


class PageFetcher(Spider):
    name = "record"

    def __init__(self, target: Target) -> None:
        super().__init__()
        self.target = target
        self.recorded = 0
        """Number of pages."""

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        super().update_settings(settings)
        settings.setdict(SETTINGS, priority="cmdline")

    async def start(self) -> AsyncIterator[Request]:
        body = self.target.body
        for number, url in enumerate(self.target.urls):
            sent: dict[str, Any] = {"cb_kwargs": {"number": number, "asked": url}, "dont_filter": True}
            if body is not None:
                kind = "application/json" if body.lstrip()[:1] in {"{", "["} else "application/x-www-form-urlencoded"
                sent |= {"method": "POST", "body": body, "headers": {"Content-Type": kind}}
            yield Request(url, self.record, errback=self.not_answered, **sent)

    def not_answered(self, failure: Failure) -> None:
        """Record an error response if that is wanted. Report a page that gave no response."""
        request: Request = failure.request  # type: ignore[attr-defined]
        if isinstance(failure.value, HttpError):
            self.record(failure.value.response, **request.cb_kwargs)
            return
        _, found = find_reason(failure.value)
        words = "robots.txt forbids it" if found == "Forbidden by robots.txt" else found
        self.target.say(f"{request.cb_kwargs['asked']} was not fetched: {words.rstrip('.')}.")

    def record(self, response: Response, number: int, asked: str) -> None:
        """Record a response. Report a folder that cannot be read or written."""
        try:
            self._record(response, number, asked)
        except CaseError as error:
            self.target.say(f"{asked} was not recorded: {error}")
        except OSError as error:
            self.target.say(f"{asked} was not recorded: {error.filename} cannot be written: {error.strerror}.")

    def _record(self, response: Response, number: int, asked: str) -> None:
        if response.status >= 400 and not self.target.with_errors:
            raise CaseError(f"it answered HTTP {response.status}; add --errors if the spider has to read that answer.")
        meta = Meta(
            url=asked,
            method="GET" if self.target.body is None else "POST",
            body=self.target.body,
            status=response.status,
            headers=_kept_headers(response),
            redirects_to=response.url if response.meta.get("redirect_urls") else None,
            recorded=self.target.today,
        )
        folder = self._folder(meta, number)
        again = (folder / "meta.json").exists()
        if again:
            before = Case(folder).meta
            if key_of(before) != key_of(meta):
                raise CaseError(f"{Case(folder)} is of {before.url}; choose another --case, or delete {folder}.")
            known = {"listing": before.listing, "publisher_id": before.publisher_id, "after": before.after}
            meta = meta.model_copy(update=known)
        folder.mkdir(parents=True, exist_ok=True)
        body = folder / f"body{_suffix(response)}"
        body.write_bytes(response.body)
        for old in {*folder.glob("body.*")} - {body}:
            old.unlink()
        write_meta(folder, meta)
        self.recorded += 1
        self._report(Case(folder), len(response.body), again)

    def _folder(self, meta: Meta, number: int) -> Path:
        """Return the folder that has this page already, or an unused one."""
        if number < len(self.target.names):
            return self.target.folder / self.target.names[number]
        name = "listing" if meta.url in self.target.start_urls else _name(meta.url)
        for candidate in [name, *(f"{name}-{copy}" for copy in range(2, 1000))]:
            folder = self.target.folder / candidate
            if not (folder / "meta.json").exists() or key_of(Case(folder).meta) == key_of(meta):
                break
        return folder

    def _report(self, case: Case, size: int, again: bool) -> None:
        redirected = f", redirected to {case.meta.redirects_to}" if case.meta.redirects_to else ""
        self.target.say(
            f"{case}: HTTP {case.meta.status}, {case.content_type}, {size} bytes{redirected}{', replaced' * again}"
        )
        suffix = (
            case.body_path.suffixes[-2] if case.body_path.suffix == ".gz" and len(case.body_path.suffixes) > 1 else ""
        )
        found = find_personal_data(case.plain_body(), suffix or case.body_path.suffix, self.target.country)
        for each in found:
            self.target.say(f"{case} has {each}; replace it if it is personal.")


def _kept_headers(response: Response) -> dict[str, str]:
    sent = {name.decode("latin-1"): value for name, (value, *_) in response.headers.items()}
    kept = [name for name in sent if name.title() in KEPT_HEADERS or name.title().startswith("X-Wp-")]
    return {name: sent[name].decode("latin-1") for name in sorted(kept)}


def _suffix(response: Response) -> str:
    """Return the suffix of a body: by its Content-Type, or else by its URL."""
    content_type = (response.headers.get("Content-Type") or b"").decode("latin-1").partition(";")[0].strip().lower()
    suffixes = [each for each in Path(urlsplit(response.url).path).suffixes if each in CONTENT_TYPES]
    if _is_gzip(response.body):
        inner = [each for each in suffixes if each != ".gz"][-1:] or [".xml"]
        return f"{inner[0]}.gz"
    if content_type.endswith(("/xml", "+xml")) and content_type not in _SUFFIXES:
        return ".xml"
    if content_type.endswith("+json"):
        return ".json"
    known = _SUFFIXES.get(content_type)
    return known if known and known != ".txt" else (suffixes[-1:] or [known or ".bin"])[0]


def _is_gzip(body: bytes) -> bool:
    try:
        return body[:2] == b"\x1f\x8b" and bool(gzip.decompress(body))
    except (OSError, EOFError):
        return False


def _name(url: str) -> str:
    """Return a name for a page: the end of its path, and its query."""
    parts = urlsplit(url)
    path = [part for part in unquote(parts.path).split("/") if part]
    query = [word for pair in parse_qsl(parts.query) for word in pair]
    return slug(" ".join([*path[-1:], *query])) or "page"
