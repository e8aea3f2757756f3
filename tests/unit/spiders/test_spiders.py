"""What every publisher's spider has in common, whoever wrote it."""

from __future__ import annotations

import ast
import asyncio
import inspect
import json
import logging
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import HtmlResponse, JsonResponse, Response, TextResponse
from scrapy.settings import Settings
from scrapy.spidermiddlewares.httperror import HttpError
from scrapy.statscollectors import StatsCollector
from twisted.python.failure import Failure

from sandbox import recorded, recorder
from tests.support.paths import ROOT
from trivia_scraper import settings as project
from trivia_scraper.cli.logging import MOST_LINES
from trivia_scraper.db.schema import make_storable
from trivia_scraper.items import REJECTIONS
from trivia_scraper.pipelines.validation import MAX_ID
from trivia_scraper.spiders import base
from trivia_scraper.spiders.base import ListingError, PublisherSpider
from trivia_scraper.spiders.facts import MOST_UNREAD

FOLDER = Path(base.__file__).parent
SHARED = {"__init__", "arguments", "base", "facts", "helpers", "loader", "matches"}
MAX_LINES = 120
WORD = re.compile(r'"([a-z]+(?:_[a-z]+)+)"')
SPIDERS = recorder.spiders()
spiders = pytest.mark.parametrize("spider", SPIDERS.values(), ids=SPIDERS.keys())


def settings_of(spider: Any) -> Settings:
    settings = Settings()
    settings.setmodule(project)
    settings.set("SANDBOX_SERVER", "", priority="cmdline")
    spider.update_settings(settings)
    return settings


def test_each_file_has_one_spider() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} - SHARED == set(SPIDERS)


@spiders
def test_spider_name_matches_file_and_class(spider: Any) -> None:
    assert spider.__module__ == f"trivia_scraper.spiders.{spider.name}"
    assert spider.__name__.lower() == f"{spider.name.replace('_', '')}spider"
    assert issubclass(spider, PublisherSpider)


@spiders
def test_spider_file_is_short_without_init(spider: Any) -> None:
    source = Path(inspect.getfile(spider)).read_text("utf-8")
    assert len(source.splitlines()) <= MAX_LINES
    functions = {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}
    assert functions.isdisjoint({"__init__", "from_crawler", "update_settings", "start"})
    assert ast.get_docstring(ast.parse(source)), "where its ids come from, and its quirks"


@spiders
def test_spider_does_not_inherit_from_another_publisher(spider: Any) -> None:
    assert not {parent.__module__.rpartition(".")[2] for parent in spider.__mro__[1:]} & set(SPIDERS)


@spiders
def test_spider_is_as_polite_as_project(spider: Any) -> None:
    ours, own = settings_of(PublisherSpider), settings_of(spider)
    for name in ("DOWNLOAD_DELAY", "AUTOTHROTTLE_START_DELAY"):
        assert own.getfloat(name) >= ours.getfloat(name) > 0
    assert float(getattr(spider, "download_delay", ours.getfloat("DOWNLOAD_DELAY"))) >= ours.getfloat("DOWNLOAD_DELAY")
    for name in ("CONCURRENT_REQUESTS_PER_DOMAIN", "CONCURRENT_REQUESTS", "RETRY_TIMES"):
        assert own.getint(name) <= ours.getint(name)
    assert own.getbool("ROBOTSTXT_OBEY")
    assert own.getbool("AUTOTHROTTLE_ENABLED")
    assert own["DOWNLOAD_SLOTS"] == ours["DOWNLOAD_SLOTS"]
    assert own["USER_AGENT"] == ours["USER_AGENT"]
    assert "+https://" in own["USER_AGENT"]


@spiders
def test_publisher_hosts_have_no_faster_slot(spider: Any) -> None:
    for host in settings_of(spider)["DOWNLOAD_SLOTS"]:
        assert not any(host == domain or host.endswith(f".{domain}") for domain in spider.allowed_domains)


@spiders
def test_spider_begins_with_only_its_listing(spider: Any) -> None:
    async def beginnings() -> list[Request]:
        return [request async for request in spider().start()]

    requests = asyncio.run(beginnings())
    assert [request.url for request in requests] == spider.start_urls
    assert all(request.errback is not None for request in requests)
    for url in spider.start_urls:
        parts = urlsplit(url)
        assert parts.scheme == "https"
        assert any(f".{parts.hostname}".endswith(f".{domain}") for domain in spider.allowed_domains)


NO_NETWORK = """
import sys
opened = []
sys.addaudithook(lambda event, _: opened.append(event) if event.startswith("socket.") else None)
from sandbox.recorder import spiders
for spider in spiders().values():
    spider()
print([event for event in opened if event != "socket.gethostname"])
"""


def test_loading_spiders_sends_no_request() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", NO_NETWORK], cwd=ROOT, capture_output=True, text=True, timeout=30, check=False
    )
    assert (ended.stdout, ended.stderr) == ("[]\n", "")


@spiders
def test_spider_has_recorded_listing_and_two_venues(spider: Any) -> None:
    metas = [case.meta for case in recorded.all_cases() if case.publisher == spider.name]
    how = f"`scrapy record fetch URL --publisher {spider.name}` records a page"
    assert any(meta.listing is None for meta in metas), how
    if hasattr(spider, "read_venue"):
        assert sum(meta.publisher_id is not None for meta in metas) >= 2, how


def test_recorded_pages_belong_to_publishers() -> None:
    publishers = {folder.name for folder in recorded.PAGES.iterdir() if folder.is_dir()}
    assert publishers <= set(SPIDERS), "a folder of tests/pages/ is called like a spider"
    assert sorted(recorded.PAGES.glob("*/*/")) == [case.folder for case in recorded.all_cases()]


def reasons_in(paths: Iterable[Path]) -> set[str]:
    sources = [path.read_text("utf-8") for path in paths]
    return {name for source in sources for call in re.findall(r"reject\(.*", source) for name in WORD.findall(call)}


def test_shared_reasons_of_a_rejection_are_logged_in_words() -> None:
    """A publisher's own reason may be a new word."""
    shared = reasons_in([FOLDER / "base.py", FOLDER / "facts.py", *(FOLDER / "platforms").glob("*.py")])
    assert {"no_schedule", "no_weekday"} <= shared
    assert shared <= set(REJECTIONS), "trivia_scraper/items.py: say in REJECTIONS what the new word means"
    assert set(REJECTIONS) - {"closed"} <= reasons_in(FOLDER.rglob("*.py")), "closed is for spiders to come"


def test_first_rejected_page_is_recorded() -> None:
    class Quizzes(PublisherSpider):
        name = "quizzes"

    spider, listing = Quizzes(), HtmlResponse("https://q.example/venues/")
    for publisher_id in ("one", "two"):
        spider.request_venue(listing, publisher_id, publisher_id, "A Pub")
    spider.request_venue(listing, "/ajax", "two", "A Pub")
    spider.reject("listed-only", "no_schedule", None)
    assert spider.rejected_page is None
    spider.reject("two", "no_schedule", None)
    spider.reject("one", "no_schedule", None)
    assert [(each["id"], each["page"]) for each in spider.unread] == [
        ("listed-only", None),
        ("two", "https://q.example/venues/two"),
        ("one", "https://q.example/venues/one"),
    ]
    assert spider.rejected_page == "https://q.example/venues/two"


def test_failed_page_names_its_venue_after_redirect() -> None:
    spider = PubSpider()
    request = spider.request_venue(HtmlResponse("https://pub.example/pubs/"), "/fox", "fox", "The Fox")
    moved = request.replace(url="https://pub.example/the-fox")
    list(spider._visit(Response(moved.url, headers={"Content-Type": "image/png"}, request=moved)))
    failure = Failure(HttpError(HtmlResponse(moved.url, status=503)))
    failure.request = moved  # type: ignore[attr-defined]
    spider.venue_failed(failure)
    assert [(each["id"], each["page"], each["counted"]) for each in spider.unread] == [
        ("fox", moved.url, "pages/failed/not_text"),
        ("fox", moved.url, "pages/failed/http_503"),
    ]


def test_unread_venues_are_noted_with_what_was_found() -> None:
    spider = PubSpider()
    spider.reject("fox", "no_weekday", "Now and then;\nat 8")
    spider.reject("x" * 1000, "own_word", {"name": "\ud800\0" + "x" * 10_000})
    assert [(each["counted"], each["found"]) for each in spider.unread[:1]] == [
        ("dropped/no_weekday", "Now and then; at 8")
    ]
    assert max(map(len, map(str, spider.unread[1].values()))) <= MAX_ID
    json.dumps(spider.unread, ensure_ascii=False).encode()
    for number in range(2 * MOST_UNREAD):
        spider.reject(str(number), "no_id")
    assert len(spider.unread) == MOST_UNREAD


def test_unread_venue_has_the_id_that_is_stored() -> None:
    """The page about the run looks its name up by this id."""
    spider = PubSpider()
    for given in ("x" * MAX_ID, "fox \ud800\0 inn"):
        spider.reject(given, "no_id")
    assert [each["id"] for each in spider.unread] == ["x" * MAX_ID, make_storable("fox \ud800\0 inn")]


class PubSpider(PublisherSpider):
    name = "pub"
    start_urls = ["https://pub.example/"]


def test_deeply_nested_listing_is_listing_error() -> None:
    deep = b"[" * 200_000
    for body, read in ((deep, PubSpider().parse_json), (b'cb({"a":' + deep, SPIDERS["inquizition"]().parse_jsonp)):
        response = TextResponse("https://pub.example/", body=body)
        with pytest.raises(ListingError, match=r"^the listing https://pub\.example/ is nested too deeply$"):
            read(response)
    script = TextResponse("https://pub.example/", body=b"JSON.parse('" + deep + b"')")
    with pytest.raises(ListingError, match="names no events"):
        list(SPIDERS["speed_quizzing"]().read_listing(script))


MANY = "".join(f"a{number}='' " for number in range(600))


def test_markup_is_parsed_only_after_check() -> None:
    assert {path.name for path in FOLDER.rglob("*.py") if "Selector(text" in path.read_text("utf-8")} == {"helpers.py"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_too_large_host_page_keeps_listed_events(encoding: str) -> None:
    body = f"<p {MANY}>".encode()
    request = Request("https://www.geekswhodrink.com/", meta={"publisher_id": "7"})
    response = JsonResponse(request.url, body=body, encoding=encoding, request=request)
    assert list(SPIDERS["geeks_who_drink"]().read_host(response, ["an event"])) == ["an event"]


@pytest.mark.parametrize(("priority", "lines"), [("project", 0), ("cmdline", 1)])
def test_dry_run_warns_about_ignored_feed(caplog: pytest.LogCaptureFixture, priority: str, lines: int) -> None:
    settings = Settings()
    settings.set("FEEDS", {"x": {"format": "json"}}, priority=priority)
    spider = SPIDERS["quizmeisters"]
    crawler = Crawler(spider, settings)
    crawler.stats = StatsCollector(crawler)
    spider.from_crawler(crawler, dry_run="true")
    assert caplog.messages == ["A dry run writes no feed: -o, -O and FEEDS are ignored"] * lines
    assert not crawler.settings["FEEDS"]


def test_listing_with_huge_number_is_listing_error() -> None:
    response = TextResponse("https://pub.example/", body=b"[" + b"1" * 1_000_000 + b"]")
    with pytest.raises(ListingError, match=r"^the listing https://pub.example/ cannot be read: Exceeds the limit"):
        PubSpider().parse_json(response)


def test_too_large_listing_fails_run() -> None:
    spider = SPIDERS["question_one"]()
    response = JsonResponse("https://questionone.com/feed/", body=f"<r><p {MANY}/></r>".encode())
    assert list(spider.parse(response, feed_page=1)) == []
    (failure,) = spider.failures
    assert failure.startswith("the listing https://questionone.com/feed/ could not be read: a tag of the page has more")


def test_log_has_first_lines_of_reason_then_count(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    spider = PubSpider()
    for number in range(1000):
        spider.reject(str(number), "no_id", {"name": "x" * 10_000})
    spider.reject("last", "no_name", None)
    assert len(spider.rejected) == 1001
    assert len(caplog.messages) == MOST_LINES + 1
    assert max(map(len, caplog.messages)) < 500
    caplog.clear()
    spider.closed("finished")
    assert caplog.messages == ["dropped venue: no_id: 990 more lines not shown"]


def test_entry_of_any_shape_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    entry: Any = []
    for _ in range(100_000):
        entry = [entry]
    PubSpider().reject("1" * 1000, "no_id", entry)
    assert len(caplog.messages[0]) < 500
    while entry:  # its end is no deep recursion
        entry = entry.pop()
