"""Every recorded page, read by a spider that has no crawler, gives exactly the recorded requests and events."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import TextResponse

from sandbox import recorded, recorder
from sandbox.recorded import Case, CaseError
from trivia_scraper import clock
from trivia_scraper.cli.logging import MOST_LINES
from trivia_scraper.items import Event, Schedule
from trivia_scraper.spiders.base import PublisherSpider

CASES = [*recorded.all_cases(), *recorded.all_cases(recorder.EXAMPLES)]
EVENT = tuple(Event.__dataclass_fields__)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_recorded_page_gives_expected_result(case: Case) -> None:
    how = f"review it with `scrapy record show {case}`, then `scrapy record accept {case}`"
    assert recorder.outcome(case) == case.expected(), how


@pytest.mark.parametrize("case", CASES, ids=str)
def test_recorded_event_has_all_fields_in_order(case: Case) -> None:
    for each in case.expected()["found"]:
        events = each["request"].get("events", []) if "request" in each else [each["event"]]
        assert all(tuple(event) == EVENT for event in events), f"`scrapy record accept {case.publisher}`"


def test_reading_page_twice_gives_same_result() -> None:
    case = Case(recorded.PAGES / "quizmeisters" / "venue-full")
    assert recorder.outcome(case) == recorder.outcome(case)


def copied(folder: Path, publisher: str, *names: str) -> list[Case]:
    """Return copies of recorded pages."""
    for name in names:
        shutil.copytree(recorded.PAGES / publisher / name, folder / publisher / name)
    return [Case(folder / publisher / name) for name in names]


def lines(case: Case) -> list[str]:
    """Return what `scrapy record show` prints."""
    return "".join(recorder.show(case)).splitlines()


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_changed_page_is_accepted_only_on_demand(tmp_path: Path) -> None:
    _, case = copied(tmp_path, "quizmeisters", "listing", "venue-full")
    edit(case.folder / "body.html", "Robin", "Wren")
    before = (case.folder / "expected.json").read_bytes()
    assert {'-     "name": "Robin",', '+     "name": "Wren",'} <= set(lines(case))
    assert (case.folder / "expected.json").read_bytes() == before

    recorder.accept(case)
    assert recorder.outcome(case) == case.expected()
    assert lines(case) == []


def test_rejected_venue_is_shown_and_recorded_with_its_reason(tmp_path: Path) -> None:
    _, case = copied(tmp_path, "quizmeisters", "listing", "venue-full")
    listing = Case(tmp_path / "quizmeisters" / "listing")
    assert listing.expected()["rejected"] == {"wa-survey-only-bar": "no_schedule", "910005": "no_schedule"}
    said = "quizmeisters/listing: dropped venue wa-survey-only-bar: no day or time is given (no_schedule)"
    assert said in lines(listing)
    assert "rejected" not in recorder.outcome(case)


def test_unreached_page_is_refused_with_the_nearest_request(tmp_path: Path) -> None:
    _, case = copied(tmp_path, "quizmeisters", "listing", "venue-full")
    edit(case.folder / "meta.json", case.meta.url, f"{case.meta.url}s")
    with pytest.raises(CaseError) as refused:
        recorder.outcome(Case(case.folder))
    wanted = f"{case.meta.url}s of {case.meta.publisher_id}"
    begins = f"quizmeisters/venue-full: no request reaches this page: listing does not request {wanted}; its nearest"
    assert str(refused.value).startswith(begins)
    assert str(refused.value).endswith(f"is {case.meta.url} of {case.meta.publisher_id}.")


def test_page_that_no_page_requests_is_refused(tmp_path: Path) -> None:
    (case,) = copied(tmp_path, "quizmeisters", "listing")
    edit(case.folder / "meta.json", "/locations", "/elsewhere")
    with pytest.raises(
        CaseError, match=r"^quizmeisters/listing: no request reaches this page: neither start_urls nor "
    ):
        lines(Case(case.folder))


def test_listing_of_page_is_found_if_not_named(tmp_path: Path) -> None:
    _, case = copied(tmp_path, "quizmeisters", "listing", "venue-full")
    meta = case.meta
    recorder.write_meta(case.folder, meta.model_copy(update={"listing": None, "publisher_id": None}))
    assert lines(Case(case.folder)) == []
    assert Case(case.folder).meta.listing is None
    recorder.accept(Case(case.folder))
    assert Case(case.folder).meta == meta


class ChainSpider(PublisherSpider):
    name = "chain_quiz"
    country = "GB"
    event_name = "Quiz at {venue}"
    allowed_domains = ["chain.example"]
    start_urls = ["https://chain.example/nights"]
    listing_data: Any = {"page": 1}
    phone = "020 7946 0123"

    def read_listing(self, response: TextResponse, page: int = 1) -> Iterator[Any]:
        for name in self.parse_json(response):
            yield from self.make_events(
                [Schedule("Mondays", 1)], f"{name}{page}", response.url, self.make_venue(name, phone=self.phone)
            )
        if page == 1:
            more = [(response.url, {"data": {"page": each}, "page": each}) for each in (2, 3)]
            yield from self.request_listing_pages(response, more)


@pytest.fixture
def chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return recorded pages of a listing that is requested by POST, without the keys `listing`."""
    monkeypatch.setattr(recorder, "spider_class", lambda publisher: ChainSpider)
    for name, page in (("first", 1), ("last", 3), ("middle", 2)):
        folder = tmp_path / "chain_quiz" / name
        folder.mkdir(parents=True)
        meta = {"url": ChainSpider.start_urls[0], "method": "POST", "body": {"page": page}}
        (folder / "meta.json").write_text(json.dumps(meta))
        (folder / "body.json").write_text('["The Fox", ""]')
    return tmp_path / "chain_quiz"


def test_listing_pages_of_post_api_are_linked_in_a_chain(chain: Path) -> None:
    assert [event.publisher_id for event in recorder.read(Case(chain / "last")).found] == ["The Fox3"]
    assert recorder.link(chain) == [
        "chain_quiz/last: middle requests it",
        "chain_quiz/middle: first requests it",
    ]
    assert [Case(chain / name).meta.listing for name in ("first", "middle", "last")] == [None, "first", "middle"]
    assert recorder.link(chain) == []


def test_request_by_post_is_named_with_its_body(chain: Path) -> None:
    url = ChainSpider.start_urls[0]
    assert f'chain_quiz/first: requests {url} with {{"page": 2}}\n' in recorder.show(Case(chain / "first"), whole=False)
    assert recorder.find_unrecorded([Case(chain / "first")]) == [f'{url} with {{"page": 2}}']
    shutil.rmtree(chain / "middle")
    with pytest.raises(CaseError, match=rf'leads to {url} with {{"page": 3}}; record the page that requests it\.$'):
        recorder.read(Case(chain / "last"))


def test_event_that_a_crawl_would_drop_is_rejected(chain: Path) -> None:
    case = Case(chain / "last")
    assert "chain_quiz/last: dropped event 3: the publisher gives it no name (no_name)" in lines(case)
    recorder.accept(case)
    expected = case.expected()
    assert [each["event"]["publisher_id"] for each in expected["found"]] == ["The Fox3"]
    assert expected["rejected"] == {"3": "no_name"}


def test_phone_that_is_not_understood_is_shown(chain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Case(chain / "first")
    assert "phone number" not in "".join(recorder.show(first))
    monkeypatch.setattr(ChainSpider, "phone", "01632 960123")
    assert "chain_quiz/first: not a valid phone number of GB: '01632 960123'\n" in recorder.show(first)


def test_lines_of_each_page_are_limited_apart(chain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ChainSpider, "phone", "01632 960123")
    for name in ("first", "middle"):
        (chain / name / "body.json").write_text(json.dumps([f"The Fox {number}" for number in range(MOST_LINES + 2)]))
        said = recorder.read(Case(chain / name)).lines
        assert len(said) == MOST_LINES + 1
        assert said[-1] == "phone number not valid: 2 more lines not shown"


def test_requested_pages_without_a_case_are_listed(tmp_path: Path) -> None:
    cases = copied(tmp_path, "quizmeisters", "listing", "venue-full")
    missing = recorder.find_unrecorded(cases)
    assert (
        len(missing) == len({each["request"]["url"] for each in cases[0].expected()["found"] if "request" in each}) - 1
    )
    assert cases[1].meta.url not in missing


def test_page_with_a_bad_meta_does_not_hide_the_others(tmp_path: Path) -> None:
    listing, bad, found = copied(tmp_path, "quizmeisters", "listing", "venue-nothing", "venue-full")
    recorder.write_meta(found.folder, found.meta.model_copy(update={"listing": None}))
    edit(bad.folder / "meta.json", '"url"', '"urls"')
    cases = [Case(each.folder) for each in (listing, bad, found)]
    with pytest.raises(CaseError, match=r"venue-nothing/meta\.json: url: Field required\.$"):
        lines(cases[1])
    assert found.meta.url not in recorder.find_unrecorded(cases)
    assert lines(cases[2]) == []


def test_body_of_a_request_may_be_an_object(tmp_path: Path) -> None:
    path = tmp_path / "meta.json"
    path.write_text('{"url": "https://api.example/", "method": "POST", "body": {"page": 1}}')
    assert Case(tmp_path).meta.body == '{"page": 1}'


def test_new_page_is_shown_with_one_line_per_event(tmp_path: Path) -> None:
    listing, case = copied(tmp_path, "quizmeisters", "listing", "venue-two-nights")
    for each in (listing, case):
        (each.folder / "expected.json").unlink()
    short, whole = ([*recorder.show(case, whole=each)] for each in (False, True))
    events = recorder.read(case).found
    assert len(short) == len(events) == 2
    for line, event in zip(short, events, strict=True):
        assert line.startswith(
            f"quizmeisters/venue-two-nights: {event.venue.name} | {event.venue.city} | weekly, weekday "
        )
    assert len(whole) > 100
    assert f"quizmeisters/listing: requests {case.meta.url}\n" in [*recorder.show(listing, whole=False)]


def test_answer_with_an_error_goes_to_the_errback(tmp_path: Path) -> None:
    listing, case = copied(tmp_path, "quizmeisters", "listing", "venue-full")
    for each in (listing, case):
        recorder.write_meta(each.folder, each.meta.model_copy(update={"status": 503}))
    url = listing.meta.url
    assert recorder.outcome(Case(listing.folder))["failures"] == [
        f"the listing {url} could not be downloaded: HTTP 503"
    ]
    recorder.write_meta(listing.folder, listing.meta)
    assert recorder.outcome(Case(case.folder))["pages"] == {"failed": 1, "failed/http_503": 1}


def test_exception_of_the_spider_is_one_sentence_with_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, case = copied(tmp_path, "quizmeisters", "listing", "venue-full")

    def read_venue(self: object, response: object, events: object) -> None:
        raise AttributeError("no such thing")

    monkeypatch.setattr(recorder.spider_class("quizmeisters"), "read_venue", read_venue)
    begins = r"^quizmeisters/venue-full: the spider raised AttributeError: no such thing \(base\.py, line \d+\)\.$"
    with pytest.raises(CaseError, match=begins):
        recorder.outcome(case)


def test_redirected_page_is_read_at_its_new_address(tmp_path: Path) -> None:
    _, case = copied(tmp_path, "quizmeisters", "listing", "venue-full")
    moved = case.meta.model_copy(update={"redirects_to": f"{case.meta.url}/moved"})
    recorder.write_meta(case.folder, moved)
    (found,) = recorder.read(Case(case.folder)).found
    assert found.publisher_id == case.meta.publisher_id
    edit(case.folder / "body.html", 'src="https', 'src="photo.jpg" alt="https')
    (found,) = recorder.read(Case(case.folder)).found
    assert found.image_urls == [f"{case.meta.url}/photo.jpg"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "Invalid JSON: EOF while parsing an object at line 1 column 1."),
        ("{}", "url: Field required."),
        ('{"url": "pubs"}', "url: String should match pattern '^https?://[^/\\s]+'."),
        ('{"url": "https://a.example/", "headers": {"Link": 1}}', "headers.Link: Input should be a valid string."),
        ('{"url": "https://a.example/", "publisher": "x"}', "publisher: Extra inputs are not permitted."),
    ],
)
def test_wrong_meta_is_one_sentence(tmp_path: Path, text: str, fault: str) -> None:
    (case,) = copied(tmp_path, "quizmeisters", "listing")
    (case.folder / "meta.json").write_text(text)
    with pytest.raises(CaseError) as refused:
        recorder.outcome(Case(case.folder))
    assert str(refused.value) == f"{case.folder / 'meta.json'}: {fault}"


def test_case_needs_one_body(tmp_path: Path) -> None:
    (case,) = copied(tmp_path, "quizmeisters", "listing")
    (case.folder / "body.html").write_text("")
    with pytest.raises(CaseError, match=r"/listing needs one file body\.html, body\.json or the like, and has 2\.$"):
        recorder.outcome(Case(case.folder))


MONDAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("text", "resolved"),
    [
        ("on {{today:%Y-%m-%d}}", "on 2026-11-30"),
        ("{{today+2:%d %B}} {{today-30:%d.%m.}}", "02 December 31.10."),
        ("{{monday:%d}} {{tuesday:%a %d}} {{sunday-7:%d}}", "30 Tue 01 29"),
        ("£ {{today:%Y%m%dT200000}} {{name}} {{ today.name }", "£ 20261130T200000 {{name}} {{ today.name }"),
    ],
)
def test_dates_are_counted_from_a_day(text: str, resolved: str) -> None:
    assert recorded.resolve_dates(text.encode(), MONDAY).decode() == resolved


@pytest.mark.parametrize("text", ["{{today}}", "{{today+x:%d}}", "{{ today+7:%d }}", "{{tuesdays:%d}}", "{{today:}}"])
def test_unreadable_date_is_refused(text: str) -> None:
    with pytest.raises(CaseError, match=r"^the page has .*; a date is written as \{\{today\+7:%Y-%m-%d\}\}\.$"):
        recorded.resolve_dates(text.encode(), MONDAY)


def test_dates_in_a_compressed_body_are_resolved(tmp_path: Path) -> None:
    (tmp_path / "meta.json").write_text('{"url": "https://a.example/sitemap.xml.gz"}')
    packed = gzip.compress(b"<a>{{today:%d}}</a>")
    (tmp_path / "body.xml.gz").write_bytes(packed)
    assert gzip.decompress(Case(tmp_path).body(MONDAY)) == b"<a>30</a>"
    (tmp_path / "body.xml.gz").write_bytes(plain := gzip.compress(b"<a>1</a>"))
    assert Case(tmp_path).body(MONDAY) == plain
    assert Case(tmp_path).content_type == "application/gzip"


def test_spider_reads_a_page_on_the_day_of_its_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, case = copied(tmp_path, "quizmeisters", "listing", "venue-full")
    recorder.write_meta(case.folder, case.meta.model_copy(update={"recorded": date(2030, 2, 3)}))
    edit(case.folder / "body.html", "<h1>", "<h1>{{today:%Y-%m-%d}}")

    def read_venue(self: object, response: TextResponse, events: object) -> Iterator[Request]:
        yield Request(f"https://a.example/{clock.utc_now():%Y-%m-%d}/{response.css('h1::text').get()}")

    monkeypatch.setattr(recorder.spider_class("quizmeisters"), "read_venue", read_venue)
    (found,) = recorder.read(Case(case.folder)).found
    assert found.url.startswith("https://a.example/2030-02-03/2030-02-03")
    assert clock.utc_now().year < 2030
