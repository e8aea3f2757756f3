"""Runs a spider on recorded pages, shows the result for review, and saves it as expected.json for `scrapy record`.

It also reads the pages of the spiders in docs/platforms.md, which are in EXAMPLES.
"""

from __future__ import annotations

import difflib
import json
import logging
import re
import traceback
from collections import Counter
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, is_dataclass
from datetime import UTC, date, datetime, time, tzinfo
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Self

from scrapy import Request
from scrapy.http import Headers, Response
from scrapy.responsetypes import responsetypes
from scrapy.settings import Settings
from scrapy.spiderloader import get_spider_loader
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from sandbox.recorded import PAGES, Case, CaseError, Meta, cases_of
from sandbox.replay import key_of
from trivia_scraper import clock
from trivia_scraper import settings as project
from trivia_scraper.cli.logging import FewLines
from trivia_scraper.exports.wording import describe_fee
from trivia_scraper.items import REJECTIONS, Event
from trivia_scraper.pipelines.validation import find_fault
from trivia_scraper.spiders import base

SPIDERS = Path(base.__file__).parent
PLATFORMS = PAGES.parents[1] / "docs" / "platforms.md"
EXAMPLES = PAGES.parent / "unit" / "spiders" / "platforms"
_Failure: Any = Failure  # Twisted's has no types
Links = dict[str, dict[str, Any]]
"""Name of a case -> fields that its meta.json lacks: which page requests it, for which venue."""


@cache
def _loader() -> Any:
    settings = Settings()
    settings.setmodule(project)
    return get_spider_loader(settings)


def spiders() -> dict[str, Any]:
    """Return every publisher's spider class by its name."""
    return {name: _loader().load(name) for name in _loader().list()}


def example_sources() -> list[str]:
    """Return the code of each spider in docs/platforms.md."""
    return re.findall(r"```python\n(.*?)```", PLATFORMS.read_text("utf-8"), re.DOTALL)


@cache
def examples() -> dict[str, Any]:
    """Return the spider classes of docs/platforms.md by name."""
    found: dict[str, Any] = {}
    for source in example_sources():
        namespace: dict[str, Any] = {"__name__": "example"}
        exec(compile(source, str(PLATFORMS), "exec"), namespace)  # noqa: S102
        found |= {each.name: each for each in namespace.values() if getattr(each, "__module__", "") == "example"}
    return found


def spider_class(publisher: str) -> Any:
    """Return the spider class of a publisher or an example, or None if it has none."""
    return _loader().load(publisher) if publisher in _loader().list() else examples().get(publisher)


def find_cases(words: Iterable[str], pages: Path = PAGES) -> list[Case]:
    """Return the cases of words like PUBLISHER, PUBLISHER/CASE or a folder. Raise CaseError for an unknown word."""
    found = []
    for word in words:
        folder = next((each for each in (pages / word, EXAMPLES / word, Path(word).resolve()) if each.is_dir()), None)
        if folder is None:
            raise CaseError(
                f"there are no recorded pages {word!r}; name a publisher, or one of its pages as in KEY/CASE."
            )
        found += [Case(folder)] if (folder / "meta.json").exists() else cases_of(folder)
        if not found:
            raise CaseError(f"{folder} has no recorded pages; `scrapy record fetch URL --publisher KEY` adds one.")
    return list(dict.fromkeys(found))


@dataclass
class Reading:
    """What a spider read from one page."""

    spider: Any
    found: list[Any]
    counts: Counter[str] = field(default_factory=Counter)
    """Failed pages, as a run counts them."""
    lines: list[str] = field(default_factory=list)
    """Lines that the spider logged."""
    dropped: dict[str, str] = field(default_factory=dict)
    """Publisher's id of an invalid event -> reason."""

    def drop_invalid(self) -> None:
        """Drop the events that a crawl would drop, and say why."""
        for event in [each for each in self.found if isinstance(each, Event)]:
            if reason := find_fault(event):
                self.found.remove(event)
                self.dropped[event.publisher_id or "?"] = reason
                words = REJECTIONS[reason].meaning if reason in REJECTIONS else "rejected"
                self.lines.append(f"dropped event {event.publisher_id or '?'}: {words} ({reason})")

    def as_expected(self) -> dict[str, Any]:
        """Return the content of expected.json."""
        more = {"rejected": self.spider.rejected | self.dropped, "pages": self.counts}
        found = [_described(each) for each in self.found]
        return {
            "failures": self.spider.failures,
            **{name: value for name, value in more.items() if value},
            "found": found,
        }


def outcome(case: Case) -> dict[str, Any]:
    """Return what the spider reads from a page, as for expected.json. Raise CaseError if it cannot read the page."""
    return read(case).as_expected()


def read(case: Case, meta: Meta | None = None) -> Reading:
    """Run the spider on a page, on the day of its recording.

    meta: used instead of meta.json. Raise CaseError for a page that the spider does not request.
    """
    today = case.meta.recorded
    with on_day(today):
        reading = _read(case, today, meta)
    reading.drop_invalid()
    return reading


def _read(
    case: Case, today: date, meta: Meta | None = None, led_from: tuple[str, ...] = (), links: Links | None = None
) -> Reading:
    """Run the spider on a page as on that day. links: None: found if the page needs them."""
    meta = meta or case.meta_on(today)
    if not _is_reached(case, meta):
        links = find_links(case.folder.parent) if links is None else links
        meta = meta.model_copy(update=links.get(case.name))
    if case.name in led_from:
        raise CaseError(f"{case}: its listings link back to it: {' <- '.join([*led_from, case.name])}.")
    if meta.listing is None:
        spider = _spider(case.publisher)
        request = next((each for each in spider.first_requests() if _key(each) == key_of(meta)), None)
        if request is None:
            where = f"neither start_urls nor another recorded page leads to {_page(meta.url, meta.body)}"
            raise CaseError(f"{case}: no request reaches this page: {where}; record the page that requests it.")
    else:
        before = _read(Case(case.folder.parent / meta.listing), today, None, (*led_from, case.name), links)
        request, spider = _request_of(case, meta, before.found), before.spider
        spider.rejected = {}
    response = _response(case, meta, today, request)
    with _lines_of(spider) as (lines, counts):
        try:
            found = list(_answered(spider, request, response))
        except Exception as error:
            frames = [*traceback.extract_tb(error.__traceback__)]
            last = [each for each in frames if Path(each.filename).is_relative_to(SPIDERS)] or frames
            at = f"{Path(last[-1].filename).name}, line {last[-1].lineno}"
            raise CaseError(f"{case}: the spider raised {type(error).__name__}: {error} ({at}).") from error
    return Reading(spider, found, counts, lines)


def _spider(publisher: str) -> Any:
    class_ = spider_class(publisher)
    if class_ is None:
        hint = f"`scrapy genspider -t publisher {publisher} SITE` makes one"
        raise CaseError(f"no spider is called {publisher!r}; {hint}.")
    spider = class_()
    spider.crawler = SimpleNamespace(settings=Settings({"SANDBOX_SERVER": ""}))
    return spider


def _request_of(case: Case, meta: Meta, found: list[Any]) -> Request:
    """Return the request for this page among those that another page gave. Raise CaseError if there is none."""
    requests = [each for each in found if isinstance(each, Request)]
    for each in requests:
        if _key(each) == key_of(meta) and meta.publisher_id in {None, each.meta.get("publisher_id")}:
            return each
    wanted = _page(meta.url, meta.body, meta.publisher_id)
    made = [_page_of(each, each.meta.get("publisher_id")) for each in requests]
    nearest = difflib.get_close_matches(wanted, made, 1, 0)
    hint = f"its nearest request of {len(made)} is {nearest[0]}" if nearest else "it requests no page"
    raise CaseError(f"{case}: no request reaches this page: {meta.listing} does not request {wanted}; {hint}.")


def _page(url: str, body: str | None, publisher_id: str | None = None) -> str:
    """Return what distinguishes a page from others, for people."""
    return url + (f" with {body[:300]}" if body else "") + (f" of {publisher_id}" if publisher_id else "")


def _page_of(request: Request, publisher_id: str | None = None) -> str:
    return _page(request.url, request.body.decode("utf-8", "replace"), publisher_id)


def _key(request: Request) -> Any:
    return key_of(Meta(url=request.url, method=request.method, body=request.body.decode("utf-8", "replace") or None))


def _response(case: Case, meta: Meta, today: date, request: Request) -> Response:
    headers = Headers({"Content-Type": case.content_type, **meta.other_headers})
    url = meta.redirects_to or request.url
    response_class = responsetypes.from_args(headers=headers, url=url)
    asked = request if url == request.url else request.replace(url=url)
    return response_class(url, meta.status, headers, case.body(today), request=asked)


def _answered(spider: Any, request: Request, response: Response) -> Iterator[Any]:
    """Call the callback, or the errback if Scrapy would reject the response."""
    passed = 200 <= response.status < 300 or response.status in getattr(spider, "handle_httpstatus_list", ())
    if passed or request.errback is None:
        assert request.callback is not None
        return iter(request.callback(response, **request.cb_kwargs) or ())
    failure = _Failure(HttpError(response, "not in 2xx"))
    failure.request = request
    return iter(request.errback(failure) or ())


def find_links(folder: Path) -> Links:
    """Return which page requests which, for pages whose meta.json does not say it."""
    links: Links = {}
    unlinked, reached = list[Case](), list[Case]()
    for case in cases_of(folder):
        with suppress(CaseError):
            (reached if _is_reached(case, case.meta_on(case.meta.recorded)) else unlinked).append(case)
    while unlinked and reached:
        listing, found = reached.pop(0), list[Any]()
        with suppress(CaseError), on_day(listing.meta.recorded):
            found = _read(listing, listing.meta.recorded, links=links).found
        for case in list(unlinked):
            with suppress(CaseError):
                wanted = case.meta_on(case.meta.recorded)
                request = _request_of(case, wanted.model_copy(update={"listing": listing.name}), found)
                links[case.name] = {"listing": listing.name, "publisher_id": request.meta.get("publisher_id")}
                unlinked.remove(case)
                reached.append(case)  # it may request others: the third page of a listing, or a venue's
    return links


def _is_reached(case: Case, meta: Meta) -> bool:
    """Return whether it is known how a spider reaches a page."""
    firsts = map(_key, _spider(case.publisher).first_requests())
    return meta.listing is not None or key_of(meta) in firsts


def link(folder: Path, names: Container[str] | None = None) -> list[str]:
    """Write into each meta.json which page requests it, if that was missing. Return a line for each change.

    names: of the cases to change. None: all.
    """
    lines = []
    for name, missing in sorted(find_links(folder).items()):
        if names is not None and name not in names:
            continue
        case = Case(folder / name)
        write_meta(case.folder, case.meta.model_copy(update=missing))
        venue = f" as the page of {missing['publisher_id']}" if missing["publisher_id"] else ""
        lines.append(f"{case}: {missing['listing']} requests it{venue}")
    return lines


def write_meta(folder: Path, meta: Meta) -> None:
    known = meta.model_dump(mode="json", exclude_defaults=True)
    if "recorded" in meta.model_fields_set:
        known["recorded"] = meta.recorded.isoformat()
    (folder / "meta.json").write_text(as_text({"url": meta.url} | known), "utf-8")


def show(case: Case, *, whole: bool = True) -> Iterator[str]:
    """Yield lines: the differences from expected.json, and the log of the spider. Raise CaseError.

    whole: show all values of a page that has no expected.json yet, and not only a line per event.
    """
    reading = read(case)
    expected = case.expected()
    before, now = "" if expected is None else as_text(expected), as_text(reading.as_expected())
    path = str(case.folder / "expected.json")
    if expected is None and not whole:
        yield from (f"{case}: {line}\n" for line in [*reading.spider.failures, *map(_summary, reading.found)])
        before = now
    yield from difflib.unified_diff(before.splitlines(True), now.splitlines(True), path, "now", n=6)
    yield from (f"{case}: {line}\n" for line in reading.lines)


def _summary(found: Any) -> str:
    """Return a request or an event on one line."""
    if isinstance(found, Request):
        return f"requests {_page_of(found)}"
    schedule, host = found.schedule, found.performer
    day = f"weekday {schedule.weekday}" if schedule.weekday else "no day"
    night = f"{schedule.frequency}, {day}, {schedule.start_time or 'no time'}, {schedule.timezone or 'no zone'}"
    images = len(found.image_urls) + bool(host and host.image_url)
    facts = [found.venue.name, found.venue.city or "no town", night, describe_fee(found.fee), f"images {images}"]
    return " | ".join([*facts, "on a break"] if found.on_break else facts)


def accept(case: Case) -> None:
    """Save what the spider reads from a page as expected.json. Raise CaseError."""
    expected = outcome(case)
    link(case.folder.parent, {case.name})
    (case.folder / "expected.json").write_text(as_text(expected), "utf-8")


def find_unrecorded(cases: list[Case]) -> list[str]:
    """Return the pages that the spider requests from these pages, without these pages: URLs, and what POST sends."""
    recorded = set()
    requested: dict[Any, str] = {}
    for case in cases:
        try:
            recorded.add(key_of(case.meta_on(case.meta.recorded)))
            found = read(case).found
        except CaseError:
            continue
        requested |= {_key(each): _page_of(each) for each in found if isinstance(each, Request)}
    return [page for key, page in requested.items() if key not in recorded]


def as_text(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def _described(found: Any) -> dict[str, Any]:
    if isinstance(found, Request):
        sent = {"method": found.method, "body": found.body.decode("utf-8", "replace")} if found.method != "GET" else {}
        return {"request": {"url": found.url, **sent, "meta": found.meta, **_plain(found.cb_kwargs)}}
    return {"event": _plain(found)}


def _plain(value: Any, inside: tuple[int, ...] = ()) -> Any:
    """Return a value as JSON has it. An object of JSON-LD that contains itself becomes its "@id"."""
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if isinstance(value, dict):
        if id(value) in inside:
            return {"@id": value.get("@id")}
        return {name: _plain(each, (*inside, id(value))) for name, each in value.items()}
    return [_plain(each, inside) for each in value] if isinstance(value, list | tuple) else value


@contextmanager
def on_day(today: date) -> Iterator[None]:
    """Set the project's clock to noon of a day."""
    instant = datetime.combine(today, time(12), UTC)

    class Fixed(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(instant.timestamp(), tz)

    names = vars(clock)
    real, names["datetime"] = names["datetime"], Fixed
    try:
        yield
    finally:
        names["datetime"] = real


@contextmanager
def _lines_of(spider: Any) -> Iterator[tuple[list[str], Counter[str]]]:
    """Collect what the spider logs, and which pages failed, without a crawler to count them."""
    lines: list[str] = []
    counts: Counter[str] = Counter()

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    def count(what: str) -> None:
        if what.startswith("pages/"):
            counts[what.removeprefix("pages/")] += 1

    logger, handler = logging.getLogger(spider.name), Lines()
    level, propagates = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    spider._count = count
    spider._lines = FewLines()  # the page that leads to this one has used up some of its lines
    try:
        yield lines, counts
        spider.closed("finished")
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagates
