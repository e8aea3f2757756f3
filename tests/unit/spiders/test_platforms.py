"""The base classes for website software: the spiders of docs/platforms.md, on recorded and on odd answers."""

from __future__ import annotations

import ast
import copy
import gc
import importlib
import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from string import Template
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse, JsonResponse, Response, TextResponse, XmlResponse
from scrapy.spidermiddlewares.httperror import HttpError

from sandbox import recorder
from sandbox.recorded import Case, cases_of
from sandbox.recorder import EXAMPLES
from trivia_scraper.errors import UsageError
from trivia_scraper.items import Event
from trivia_scraper.spiders import base
from trivia_scraper.spiders.base import ListingError, PublisherSpider
from trivia_scraper.spiders.platforms import entries, google_sheets, icalendar_feed, sitemap
from trivia_scraper.spiders.platforms.json_api import JsonApiSpider
from trivia_scraper.spiders.platforms.json_ld import JsonLdSpider
from trivia_scraper.spiders.platforms.wordpress import WordPressArchiveSpider

MODULES = sorted((Path(base.__file__).parent / "platforms").glob("[a-z]*.py"))
SPIDERS = recorder.examples()
ODD: list[Any] = [None, True, "", "x", -1, 1e300, [], {}, [[[]]], {"@id": {}}, [{"name": [1]}], "\0\ud800", "9" * 500]


@pytest.mark.parametrize("spider", SPIDERS.values(), ids=SPIDERS)
def test_example_has_recorded_answers(spider: Any) -> None:
    metas = [case.meta for case in cases_of(EXAMPLES / spider.name)]
    assert any(meta.listing is None for meta in metas)
    assert hasattr(spider, "read_venue") == any(meta.publisher_id is not None for meta in metas)


def test_recorded_answers_are_of_examples() -> None:
    assert {folder.name for folder in EXAMPLES.iterdir()} == set(SPIDERS)


@pytest.mark.parametrize("source", recorder.example_sources(), ids=SPIDERS)
def test_example_is_short(source: str) -> None:
    assert len(source.splitlines()) <= 65
    assert ast.get_docstring(ast.parse(source))


def spider_classes(path: Path) -> list[str]:
    """Return the names of the spider classes in a module of `platforms`."""
    nodes = ast.parse(path.read_text("utf-8")).body
    return [node.name for node in nodes if isinstance(node, ast.ClassDef) and node.name.endswith("Spider")]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_platform_is_in_the_decision_table(path: Path) -> None:
    page = recorder.PLATFORMS.read_text("utf-8")
    used = (*SPIDERS.values(), *recorder.spiders().values())
    parents = {parent.__name__ for spider in used for parent in spider.__mro__}
    for name in spider_classes(path):
        assert name in parents, f"{name} of {path.name} is the base of no publisher and no example in docs/platforms.md"
    if path.stem != "entries":
        assert any(f"`{name}`" in page for name in spider_classes(path)), f"docs/platforms.md does not name {path.name}"


def paths(value: Any) -> Iterator[list[Any]]:
    """Yield the path of each value in parsed JSON."""
    yield []
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in pairs:
        yield from ([key, *path] for path in paths(each))


def replaced(value: Any, path: list[Any], odd: Any) -> Any:
    if not path:
        return odd
    result = copy.copy(value)
    result[path[0]] = replaced(value[path[0]], path[1:], odd)
    return result


@dataclass(frozen=True)
class Answered(Case):
    """A case with another answer."""

    answer: bytes

    def body(self, today: date) -> bytes:
        return self.answer


def read_body(name: str) -> str:
    return Case(EXAMPLES / name).body_path.read_text("utf-8")


JSON_IN_HTML = re.compile(r'(<script [^>]*type="application/(?:ld\+)?json"[^>]*>)(.*?)(</script>)', re.DOTALL)
WITH_JSON = [
    "copper_kettle/listing-last",
    "foxglove_quiz/listing-last",
    "sixpence_trivia/listing-last",
    "magpie_quiz/listing",
    "lantern_quiz/listing",
    "lantern_quiz/listing-schedules",
    "lemon_quiz/listing",
    "lemon_quiz/listing-last",
    "amber_trivia/listing",
    "amber_trivia/venue-full",
]


@pytest.mark.parametrize("name", WITH_JSON)
def test_odd_value_in_json_never_raises(name: str) -> None:
    """Replace each value of an answer in turn; the answers before it stay."""
    body = read_body(name)
    script = JSON_IN_HTML.search(body)
    data = json.loads(script[2] if script else body)
    for number, path in enumerate(paths(data)):
        odd = replaced(data, path, ODD[number % len(ODD)])
        written = json.dumps(odd)
        page = body[: script.start(2)] + written + body[script.end(2) :] if script else written
        found = recorder.read(Answered(EXAMPLES / name, page.encode())).found
        assert all(isinstance(each, Event | Request) for each in found), path


ODD_LINES = ["", ":", "RRULE:FREQ=DAILY;BYMONTHDAY=31", "DTSTART:x", "GEO:1", "DTSTART;TZID=No/Where:20261201T190000"]
ODD_LINES += [
    "EXDATE:y",
    "BEGIN:VEVENT",
    "END:VEVENT",
    "DTSTART;VALUE=PERIOD:20261201T190000Z/PT1H",
    "RDATE:z",
    "\0,,,",
]
ODD_LINES += [
    "RRULE:FREQ=WEEKLY;COUNT=9999;INTERVAL=99",
    "DTSTART:00010101T000000Z",
    '"',
    "<a><b>",
    "UID",
    "LOCATION:,",
]


@pytest.mark.parametrize("name", ["otter_trivia/listing", "tally_quiz/listing", "quarry_quizzes/listing"])
def test_odd_line_never_raises(name: str) -> None:
    lines = read_body(name).splitlines()
    for number in range(len(lines)):
        for odd in (ODD_LINES[number % len(ODD_LINES)], ODD_LINES[number * 7 % len(ODD_LINES)]):
            body = "\r\n".join([*lines[:number], odd, *lines[number + 1 :]])
            found = recorder.read(Answered(EXAMPLES / name, body.encode())).found
            assert all(isinstance(each, Event | Request) for each in found), (number, odd)


@pytest.mark.parametrize("spider", SPIDERS.values(), ids=SPIDERS)
@pytest.mark.parametrize(
    "body", [b"", b"[", b"{}", b"null", b"[" * 100_000, b"\x1f\x8b", b"\xff\xfe\0", b"<a " + b"b='' " * 600 + b">"]
)
def test_other_answer_fails_the_run(spider: Any, body: bytes) -> None:
    for response_class in (Response, TextResponse, HtmlResponse, XmlResponse):
        reader = spider()
        assert list(reader.parse(response_class(spider.start_urls[0], body=body))) == []
        assert len(reader.failures) == 1


def test_listing_with_too_many_entries_fails_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries, "MOST_ENTRIES", 3)
    reading = recorder.read(Case(EXAMPLES / "otter_trivia" / "listing"))
    assert reading.found == []
    assert "more than 3 entries" in reading.spider.failures[0]


@pytest.mark.parametrize(
    ("module", "name", "case"),
    [
        (sitemap, "MOST_URLS", "harbour_trivia/sitemap"),
        (sitemap, "MOST_BYTES", "harbour_trivia/listing"),
        (icalendar_feed, "MOST_LINES", "otter_trivia/listing"),
    ],
)
def test_large_answer_fails_the_run(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, case: str) -> None:
    monkeypatch.setattr(module, name, 2)
    reading = recorder.read(Case(EXAMPLES / case))
    assert reading.found == []
    assert "more than 2" in reading.spider.failures[0]


def read_calendar(*lines: str) -> tuple[Any, list[Any]]:
    """Return the spider, and what it read from a calendar of one event in Madison, WI."""
    spider = SPIDERS["otter_trivia"]()
    event = [
        "BEGIN:VEVENT",
        "SUMMARY:Trivia",
        "LOCATION:Mink Bar\\, 40 Elm St\\, Madison\\, WI 53703",
        *lines,
        "END:VEVENT",
    ]
    body = "\r\n".join(["BEGIN:VCALENDAR", *event, "END:VCALENDAR", ""])
    headers = {"Date": "Mon, 30 Nov 2026 12:00:00 GMT"}
    return spider, list(spider.parse(TextResponse(spider.start_urls[0], headers=headers, body=body.encode())))


@pytest.mark.parametrize(
    ("start", "rule", "night"),
    [
        ("DTSTART:20261202T013000Z", "FREQ=WEEKLY;BYDAY=WE", (2, None)),
        ("DTSTART:20260702T003000Z", "FREQ=WEEKLY;BYDAY=TH;UNTIL=20270201T000000Z", (3, None)),
        ("DTSTART:20261202T013000Z", "FREQ=WEEKLY;BYDAY=WE;UNTIL=20270201T000000Z", (2, "19:30")),
        ("DTSTART:20261202T013000Z", "FREQ=WEEKLY;COUNT=9", (2, "19:30")),
        ("DTSTART;TZID=America/Phoenix:20261201T193000", "FREQ=WEEKLY", (2, None)),
        ("DTSTART;TZID=America/New_York:20260701T193000", "FREQ=WEEKLY", (3, "18:30")),
        ("DTSTART;TZID=America/Chicago:20260701T193000", "FREQ=WEEKLY;UNTIL=99991231", (3, "19:30")),
        ("DTSTART:20260701T193000", "FREQ=WEEKLY", (3, "19:30")),
    ],
)
def test_rule_in_another_zone_gives_local_night(start: str, rule: str, night: tuple[int, str | None]) -> None:
    spider, (event,) = read_calendar(start, "GEO:43.07;-89.4", f"RRULE:{rule}")
    assert (event.schedule.weekday, event.schedule.start_time) == night
    assert night[1] or event.schedule.raw.endswith((" UTC", " MST"))
    assert spider.failures == []


def test_rule_in_utc_on_changing_days_is_not_read() -> None:
    _, (event,) = read_calendar("DTSTART:20261202T053000Z", "RRULE:FREQ=WEEKLY;BYDAY=WE")
    assert (event.schedule.frequency, event.schedule.starts_on) == ("once", "2026-12-01")


@pytest.mark.parametrize("rule", ["FREQ=WEEKLY;BYMONTH=9,10,11", "FREQ=DAILY;BYDAY=TU"])
def test_unreadable_rule_is_not_an_ended_series(rule: str) -> None:
    spider, found = read_calendar("DTSTART;TZID=America/Chicago:20240102T193000", f"RRULE:{rule}")
    assert found == []
    assert spider.rejected == {"mink-bar-40-elm-st-madison-wi": "no_weekday"}


def test_repeated_page_of_objects_that_contain_each_other_is_the_last() -> None:
    class Pages(JsonLdSpider):
        name, start_urls, allowed_domains = "pages", ["https://pub.example/1"], ["pub.example"]

        def next_page(self, response: Any) -> str:
            return f"https://pub.example/{int(response.url[-1]) + 1}"

    graph = [
        {"@type": "Event", "@id": "#e", "name": "Trivia", "startDate": "2026-12-01T19:30", "location": {"@id": "#v"}},
        {"@type": "BarOrPub", "@id": "#v", "name": "Mink Bar", "address": "40 Elm St", "event": [{"@id": "#e"}]},
    ]
    body = f"<script type='application/ld+json'>{json.dumps(graph)}</script>".encode()
    headers = {"Date": "Mon, 30 Nov 2026 12:00:00 GMT"}
    spider = Pages()
    (second,) = spider.parse(HtmlResponse("https://pub.example/1", headers=headers, body=body))
    written = recorder._described(second)["request"]["before"]
    assert written[0]["location"]["event"] == [{"@id": "#e"}]
    (event,) = spider.parse(HtmlResponse(second.url, headers=headers, body=body), **second.cb_kwargs)
    assert event.venue.name == "Mink Bar"


def default_id(address: str | None = None, **parts: str) -> str:
    spider: Any = SPIDERS["lemon_quiz"]()
    return str(entries.EntriesSpider.id_of(spider, {}, spider.make_venue("Red Lion", address, **parts)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"address": "1 High St, Ely"}, {"address": "9 Low Rd, York"}),
        ({"address": "1 High St, Ely, CB7 4AA"}, {"address": "9 High St, Ely, CB7 4AA"}),
        ({"street": "1 High St", "city": "Ely"}, {"street": "9 High St", "city": "Ely"}),
        ({"address": "1 High St", "city": "Ely"}, {"address": "1 High St", "city": "York"}),
        ({"address": "94-144 Farrington Hwy, Waipahu, HI"}, {"address": "94-300 Farrington Hwy, Waipahu, HI"}),
        ({"address": "Unit B2, Mill Lane, Ely"}, {"address": "Unit B3, Mill Lane, Ely"}),
        ({"address": "2150 FM 1960, Houston, TX"}, {"address": "2150 FM 2920, Houston, TX"}),
        ({"city": "Ely", "postcode": "CB7 4AA"}, {"city": "Ely", "postcode": "CB7 4AB"}),
    ],
)
def test_two_addresses_have_two_default_ids(one: dict[str, str], other: dict[str, str]) -> None:
    assert default_id(**one) != default_id(**other)


@pytest.mark.parametrize(
    ("without", "address"),
    [
        ("1 High St, Ely", "1 High St, Ely, CB7 4AA"),
        ("1 High St", "1 High St, SE15 4JR"),  # in London
        ("1 High St, Ely, UK", "1 High St, Ely CB7 4AA, UK"),
        ("40 Elm St, Madison, WI", "40 Elm St, Madison, WI 53703-1234"),
        ("9 Mill St, Fitzroy VIC", "9 Mill St, Fitzroy VIC 3065"),
        ("1 Elgin St, Ottawa, ON", "1 Elgin St, Ottawa, ON K2P 1M3"),
        ("Mostowa 5, Warszawa", "Mostowa 5, 00-950 Warszawa"),
        ("5 Av. Louise, Brussels", "5 Av. Louise, Brussels, 1050"),
    ],
)
def test_default_id_is_the_same_with_postcode(without: str, address: str) -> None:
    assert default_id(address) == default_id(without) == default_id(address, country="FR")
    assert default_id(address, postcode="CB7 4AA") == default_id(without)


@pytest.mark.parametrize(
    ("one", "other"), [({"a": 1}, {"a": 2}), ([1], [1, 2]), ([], {}), ([[]], [[1]]), ([0], [None])]
)
def test_different_values_are_not_equal(one: Any, other: Any) -> None:
    assert not entries.is_equal(one, other)
    assert entries.is_equal(one, copy.deepcopy(one))


MONTHS_AGO = {"@type": "Event", "name": "Trivia", "startDate": "2026-06-02T19:30"}
DUE = MONTHS_AGO | {"startDate": "2026-12-01T19:30"}
UNREAD = {"eventSchedule": {"@type": "Schedule", "repeatFrequency": "P3W", "byDay": "Tuesday"}}


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        (DUE, None),
        (MONTHS_AGO, "no_schedule"),
        (DUE | {"eventStatus": "https://schema.org/EventCancelled"}, "no_schedule"),
        (DUE | {"startDate": "soon"}, "no_weekday"),
        (MONTHS_AGO | UNREAD, "no_weekday"),
        (DUE | UNREAD, None),
    ],
)
def test_venue_page_without_upcoming_event_is_rejected(event: dict[str, Any], reason: str | None) -> None:
    spider: Any = SPIDERS["harbour_trivia"]()
    place = {"location": {"@type": "BarOrPub", "name": "Mink Bar", "address": "40 Elm St"}}
    body = f"<script type='application/ld+json'>{json.dumps(event | place)}</script>".encode()
    request = Request("https://harbour-trivia.example/venues/mink/", meta={"publisher_id": "mink"})
    headers = {"Date": "Mon, 30 Nov 2026 12:00:00 GMT"}
    found = list(spider._visit(HtmlResponse(request.url, headers=headers, body=body, request=request)))
    assert (len(found), spider.rejected) == ((0, {"mink": reason}) if reason else (1, {}))


def test_failed_page_keeps_entries_of_earlier_pages() -> None:
    reading = recorder.read(Case(EXAMPLES / "copper_kettle" / "listing"))
    (request,), spider = reading.found, reading.spider
    failure: Any = type("Failure", (), {"request": request, "value": ValueError("lost")})()
    spider.today = lambda response=None: datetime(2026, 11, 30, tzinfo=UTC).date()
    (event,) = request.errback(failure)
    assert event.venue.name == "Mulligan’s Example"
    assert "could not be downloaded" in spider.failures[0]


def test_listing_that_links_to_another_site_keeps_entries() -> None:
    case = Case(EXAMPLES / "foxglove_quiz" / "listing-link")
    link = {"Link": '<https://elsewhere.example/?page=2>; rel="next"'}
    reading = recorder.read(case, case.meta.model_copy(update={"headers": case.meta.headers | link}))
    assert [event.publisher_id for event in reading.found] == ["11"]
    assert "on another site" in reading.spider.failures[0]


@pytest.mark.parametrize("name", ["harbour_trivia", "amber_trivia"])
@pytest.mark.parametrize("response_class", [TextResponse, HtmlResponse])
def test_page_without_its_data_fails_alone(name: str, response_class: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run goes on: only this page has failed. An HTML page without JSON-LD is read: it has no event."""
    spider = SPIDERS[name]()
    failed: list[str] = []
    monkeypatch.setattr(spider, "_page_failed", lambda _, reason, __: failed.append(reason))
    request = Request("https://pubs.example/venues/x/", meta={"publisher_id": "x"})
    assert list(spider._visit(response_class(request.url, body=b"x", request=request))) == []
    is_read = (name, response_class) == ("harbour_trivia", HtmlResponse)
    assert (spider.failures, failed) == ([], [] if is_read else ["not_readable"])
    assert spider.rejected == ({"x": "no_weekday"} if is_read else {})


def test_deeply_nested_json_page_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class JsonPages(PubSpider):
        def read_venue(self, response: Any) -> Iterator[Any]:
            yield self.parse_json(response)

    spider, failed = JsonPages(), []
    monkeypatch.setattr(spider, "_page_failed", lambda _, reason, __: failed.append(reason))
    assert list(spider._visit(JsonResponse("https://pub.example/1", body=b"[" * 100_000))) == []
    assert failed == ["not_readable"]


def test_listing_that_always_links_to_new_pages_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "MOST_LISTING_PAGES", 5)
    spider = SPIDERS["harbour_trivia"]()
    spider.sitemap_path = ""
    waiting, answered = list(spider.first_requests()), 0
    while waiting:
        request, answered = waiting.pop(), answered + 1
        names = "".join(f"<sitemap><loc>{request.url}{number}</loc></sitemap>" for number in range(2))
        body = f"<sitemapindex>{names}</sitemapindex>".encode()
        waiting += spider.parse(XmlResponse(request.url, body=body, request=request), **request.cb_kwargs)
    assert answered <= 5
    assert "has more than 5 pages" in spider.failures[0]


def test_next_page_at_one_address_is_sent_by_post() -> None:
    class Posted(PubSpider):
        allowed_domains = ["pub.example"]
        listing_data = {"page": 1}

    spider, first = Posted(), next(Posted().first_requests())
    assert (first.method, first.body, first.headers["Content-Type"]) == ("POST", b'{"page": 1}', b"application/json")
    page = TextResponse(first.url)
    (second,) = spider.request_listing_pages(page, [(first.url, {"data": "page=2", "before": 1})])
    assert (second.body, second.headers["Content-Type"]) == (b"page=2", b"application/x-www-form-urlencoded")
    assert second.cb_kwargs == {"before": 1, "later": []}
    for data in ({"page": 1}, "page=2"):
        with pytest.raises(ListingError, match=r"links to https://pub\.example/ with .*, which was read before"):
            list(spider.request_listing_pages(page, [(first.url, {"data": data})]))


def test_long_queries_of_two_pages_are_two_pages() -> None:
    query = "query Nights($page: Int!) { " + "name address postcode " * 20 + "}"

    class Graph(PubSpider):
        allowed_domains = ["pub.example"]
        listing_data = {"query": query, "variables": {"page": 1}}

    spider, page = Graph(), TextResponse("https://pub.example/graphql")
    for number in (2, 3):
        (request,) = spider.request_listing_pages(
            page, [(page.url, {"data": {"query": query, "variables": {"page": number}}})]
        )
        assert json.loads(request.body)["variables"] == {"page": number}
    with pytest.raises(ListingError, match="which was read before") as refused:
        list(spider.request_listing_pages(page, [(page.url, {"data": {"query": query, "variables": {"page": 3}}})]))
    assert len(str(refused.value)) < 500


def test_json_listing_is_asked_for_as_json() -> None:
    asked = {name: next(spider().first_requests()).headers.get("Accept") for name, spider in SPIDERS.items()}
    json_apis = {"copper_kettle", "foxglove_quiz", "lemon_quiz", "sixpence_trivia"}
    assert asked == {name: b"application/json" if name in json_apis else None for name in SPIDERS}


def test_entry_that_is_left_out_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    counts: Counter[str] = Counter()

    @contextmanager
    def count_all(spider: PublisherSpider) -> Iterator[tuple[list[str], Counter[str]]]:
        spider._count = lambda name: counts.update([name])  # type: ignore[method-assign,assignment]
        yield [], Counter()

    monkeypatch.setattr(recorder, "_lines_of", count_all)
    recorder.read(Case(EXAMPLES / "lemon_quiz" / "listing-last"))
    assert counts == {"dropped/cancelled": 2, "dropped/other_event": 1, "venues/listed": 2, "venues/dropped": 2} | {
        "dropped/no_id": 1,
        "dropped/closed": 1,
    }


class RowsSpider(JsonApiSpider):
    name = "rows"
    country = "GB"
    event_name = "Quiz at {venue}"

    def id_of(self, entry: Any, venue: Any) -> Any:
        return entry["id"]

    def venue_of(self, entry: Any) -> Any:
        return self.make_venue(entry["pub"])

    def nights_of(self, entry: Any, timezone: Any, today: Any) -> Any:
        return self.find_nights([entry["when"]], timezone)

    def rejection_of(self, entry: Any) -> Any:
        return "closed" if entry["status"] == "closed" else None

    def is_on_break(self, entry: Any) -> Any:
        return entry["status"] == "paused"


def read_rows(*rows: tuple[str, str, str]) -> tuple[Any, list[Any]]:
    """Return a spider and the events that it reads from rows of id, text on the night and status."""
    spider: Any = RowsSpider()
    entries = [{"id": id_, "pub": "The Fox", "when": when, "status": status} for id_, when, status in rows]
    return spider, list(spider.read_entries(entries, "https://pub.example/", spider.today()))


def test_venue_with_nameless_entries_is_rejected_once_or_not_at_all() -> None:
    """Otherwise more venues are dropped than listed, which fails the run."""

    class Named(RowsSpider):
        def venue_of(self, entry: Any) -> Any:
            return self.make_venue(entry["when"] and entry["pub"])

    spider, counts = Named(), Counter[str]()
    spider._count = lambda name: counts.update([name])  # type: ignore[method-assign,assignment]
    rows = [("fox", ""), ("fox", "Mondays 8pm"), ("fox", ""), ("owl", ""), ("owl", "")]
    entries = [{"id": id_, "pub": "The Fox", "when": when, "status": ""} for id_, when in rows]
    events = list(spider.read_entries(entries, "https://pub.example/", spider.today()))
    assert [event.publisher_id for event in events] == ["fox"]
    assert spider.rejected == {"owl": "no_name"}
    assert counts == {
        **{"venues/listed": 1, "venues/dropped": 1, "dropped/no_name": 1},
        "nights/entry_not_read": 1,
    }


def test_regions_of_api_are_listed_one_after_another() -> None:
    """As docs/platforms.md says."""

    class Regions(RowsSpider):
        allowed_domains: Any = ["pub.example"]
        start_urls: Any = ["https://pub.example/api"]
        listing_data: Any = {"region": "uk"}

        def entries(self, response: Any) -> Any:
            yield from (each | json.loads(response.request.body) for each in super().entries(response))

        def next_page(self, response: Any) -> Any:
            is_last = json.loads(response.request.body)["region"] == "ie"
            return None if is_last else (response.url, {"region": "ie"})

        def id_of(self, entry: Any, venue: Any) -> Any:
            return f"{entry['region']}-{entry['id']}"

    spider: Any = Regions()
    (request,) = spider.first_requests()
    row = {"id": "1", "pub": "The Fox", "when": "Mondays", "status": "open"}
    (following,) = spider.parse(JsonResponse(request.url, body=json.dumps([row]).encode(), request=request))
    last = JsonResponse(following.url, body=json.dumps([row | {"id": "2"}]).encode(), request=following)
    assert [event.publisher_id for event in spider.parse(last, **following.cb_kwargs)] == ["uk-1", "ie-2"]


def test_closed_entry_rejects_venue_without_another_night() -> None:
    spider, found = read_rows(("1", "Mondays 8pm", "closed"), ("2", "Tuesdays", "closed"), ("2", "Fridays", "open"))
    assert spider.rejected == {"1": "closed"}
    assert [(event.publisher_id, event.schedule.weekday) for event in found] == [("2", 5)]


def test_paused_entry_is_an_event_on_a_break() -> None:
    _, found = read_rows(("1", "Mondays 8pm", "paused"), ("2", "Tuesdays", "open"))
    assert [(event.publisher_id, event.on_break) for event in found] == [("1", True), ("2", False)]


def test_rejected_entry_is_logged_with_its_text(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "rows")
    read_rows(("1", "see the chalkboard", "open"))
    assert "its day cannot be read (no_weekday): ['see the chalkboard']" in caplog.text


def test_sheet_fields_are_documented_in_the_module() -> None:
    spider = SPIDERS["tally_quiz"]
    assert set(spider.columns) <= set(google_sheets.FIELDS)


def test_format_library_is_imported_by_its_platform_alone() -> None:
    """A crawl of another publisher must not wait for it."""
    files = Path(base.__file__).parent.rglob("*.py")
    assert [
        path.name
        for path in files
        if "import icalendar" in (text := path.read_text("utf-8")) or "from icalendar" in text
    ] == ["icalendar_feed.py"]


class PubSpider(PublisherSpider):
    name = "pub"
    country = "GB"
    start_urls = ["https://pub.example/"]


def test_venue_is_made_of_parts() -> None:
    venue = PubSpider().make_venue(
        "The &amp; Drum",
        street="3 Mill Street",
        city="Kingston",
        postcode="KT1 9ZZ",
        country="United Kingdom",
        point=("51.41", "-0.3"),
        phone="020 7946 0000",
        links=["https://www.facebook.com/drum", "https://drum.example/", "https://x.com/drum", None, 5],
    )
    assert (venue.name, venue.address) == ("The & Drum", "3 Mill Street, Kingston, KT1 9ZZ, United Kingdom")
    assert (venue.latitude, venue.longitude, venue.phone) == (51.41, -0.3, "+442079460000")
    assert (venue.website, venue.facebook, venue.instagram) == (
        "https://drum.example/",
        "https://www.facebook.com/drum",
        None,
    )


def test_venue_parts_win_over_its_address() -> None:
    venue = PubSpider().make_venue("Drum", "3 Mill Street, Kingston, KT1 9ZZ", city="Surbiton")
    assert (venue.city, venue.postcode, venue.country) == ("Surbiton", "KT1 9ZZ", "GB")


def test_point_in_another_country_is_ignored() -> None:
    venue = PubSpider().make_venue("Drum", "3 Mill Street, Kingston, KT1 9ZZ", point=(48.85, 2.35))
    assert (venue.latitude, venue.longitude) == (None, None)


@pytest.mark.parametrize(
    ("venue", "stated", "zone"),
    [
        ({"point": (51.41, -0.3)}, "Europe/Dublin", "Europe/London"),
        ({}, "Europe/Dublin", "Europe/London"),
        ({"country": "US"}, "America/Chicago", "America/Chicago"),
        ({"country": "US"}, "Mars/Base", None),
        ({"country": "US", "region": "Oregon", "postcode": "97214"}, None, "America/Los_Angeles"),
    ],
)
def test_zone_of_venue(venue: dict[str, Any], stated: str | None, zone: str | None) -> None:
    spider = PubSpider()
    assert spider.find_zone(spider.make_venue("Drum", **venue), stated) == zone


def test_first_text_with_a_day_gives_the_nights() -> None:
    texts = ["no night", "Tuesdays 8pm", "Thursdays 7pm"]
    (night,) = PubSpider().read_nights("drum", texts, "Europe/London")
    assert (night.weekday, night.start_time, night.raw) == (2, "20:00", "no night; Tuesdays 8pm")


def test_image_addresses_are_absolute_and_not_placeholders() -> None:
    given = ["/a.jpg", "data:image/png;base64,x", "https://q.example/placeholder.png", None, "/a.jpg", "mailto:x@y.z"]
    found = PubSpider().find_image_urls("https://q.example/pub", given)
    assert found == ["https://q.example/a.jpg", "mailto:x@y.z"]  # the image pipeline refuses the second by name


def test_own_url_is_recognised_with_and_without_www(monkeypatch: pytest.MonkeyPatch) -> None:
    for domain in ("q.example", "www.q.example"):
        monkeypatch.setattr(PubSpider, "allowed_domains", [domain], raising=False)
        for host in ("q.example", "www.q.example"):
            assert PubSpider().split_own_url(f"https://{host}/pubs/fox?x=1")[1] == ["pubs", "fox"]
    assert PubSpider().split_own_url("https://other.example/pubs/fox")[1] == []


def test_day_of_an_answer_is_its_date() -> None:
    def today(sent: str) -> Any:
        return PubSpider.today(TextResponse("https://q.example/", headers={"Date": sent}))

    assert str(today("Mon, 02 Nov 2026 23:00:00 GMT")) == "2026-11-02"
    assert today("yesterday") == PubSpider.today()


def test_page_without_a_listing_error_names_the_page() -> None:
    with pytest.raises(ListingError, match=r"https://q\.example/ has no script#wix-warmup-data"):
        list(SPIDERS["magpie_quiz"]().read_listing(HtmlResponse("https://q.example/", body=b"<p>")))


@pytest.mark.parametrize(
    ("name", "parser"),
    [
        ("sixpence_trivia/listing-last", "json.loads"),
        ("copper_kettle/listing-last", "json.loads"),
        ("lemon_quiz/listing-last", "json.loads"),
        ("lantern_quiz/listing", "trivia_scraper.spiders.platforms.json_ld.parse_script"),
    ],
)
def test_json_is_parsed_once(name: str, parser: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case, parsed = Case(EXAMPLES / name), []
    spider, response = SPIDERS[case.publisher](), HtmlResponse(case.meta.url, body=read_body(name).encode())
    module, _, function = parser.rpartition(".")
    parse = getattr(importlib.import_module(module), function)

    def counted(*args: Any, **kwargs: Any) -> Any:
        parsed.append(function)
        return parse(*args, **kwargs)

    monkeypatch.setattr(parser, counted)
    assert [*spider.entries(response)]
    once = len(parsed)
    assert [*spider.entries(response)]
    spider.next_page(response)
    assert len(parsed) == once > 0
    del response
    gc.collect()
    assert not spider.parsed


class Archives(WordPressArchiveSpider):
    name = "archives"
    allowed_domains = ["pub.example"]
    start_urls = ["https://pub.example/north/", "https://pub.example/south"]
    cards_in, card, card_title, venue_folder = ".cards", ".cards a", "b", "pubs"


@pytest.mark.parametrize(("number", "feed"), [(0, "north/feed/"), (1, "south/feed/")])
def test_each_archive_without_venues_is_read_from_its_feed(number: int, feed: str) -> None:
    spider = Archives()
    request = list(spider.first_requests())[number]
    (empty,) = spider.parse(HtmlResponse(request.url, body=b"<p>", request=request))
    moved = request.replace(url="https://pub.example/", meta={"redirect_urls": [request.url]})
    (home,) = spider.parse(HtmlResponse(moved.url, body=b"<p>", request=moved))
    gone: Any = type("Failure", (), {"request": moved, "value": HttpError(Response(moved.url, 404))})()
    (missing,) = spider.listing_failed(gone)
    assert {each.url for each in (empty, home, missing)} == {f"https://pub.example/{feed}"}


def test_country_of_the_template_is_refused() -> None:
    source = (Path(base.__file__).parents[2] / "templates" / "spiders" / "publisher.tmpl").read_text("utf-8")
    names = {"classname": "NewSpider", "name": "new", "domain": "pub.example", "url": "https://pub.example/"}
    namespace: dict[str, Any] = {"__name__": "new"}
    exec(Template(source).substitute(names), namespace)
    with pytest.raises(UsageError, match=r"^the spider new has the country 'XX': set its ISO 3166 code"):
        namespace["NewSpider"]()
    namespace["NewSpider"].country = None
    assert namespace["NewSpider"]().country is None
