"""The recorded excerpt of the real listing, where it is at hand, gives exactly the shows that a reader sees in it."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse

from tests.support.paths import ROOT
from trivia_scraper.items import Event, Fee
from trivia_scraper.parsing.schedule import WEEKDAYS
from trivia_scraper.spiders.geeks_who_drink import GeeksWhoDrinkSpider

PAGE = ROOT.parent / "shared/recorded/geeks_who_drink/index-2026-09-05.html"
pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="pages of real publishers are missing: see CONTRIBUTING.md")
LISTING = "https://www.geekswhodrink.com/wp-admin/admin-ajax.php?action=mb_display_mapped_events"
MOUNTAIN, CENTRAL = "America/Denver", "America/Chicago"
# Read by eye: id, weekday, clock, zone, ordinals of the month, first night.
SHOWS = [
    ("2648773390", 2, "18:30", MOUNTAIN, "", None),
    ("3250193813", 4, "18:30", MOUNTAIN, "", None),
    ("2686872075", 3, "19:00", MOUNTAIN, "", None),
    ("3279190093", 1, "18:00", CENTRAL, "", None),  # by its ZIP code: its coordinates are outside the recorded slice
    ("2296822328", 3, "19:00", CENTRAL, "", None),
    ("3343527468", 2, "19:00", "America/Phoenix", "", "2026-09-08"),
    ("2563682090", 5, "19:00", CENTRAL, "4FR", None),
    ("3307833960", 3, "19:00", MOUNTAIN, "2WE,4WE", None),
    ("79004365", 3, "19:00", CENTRAL, "", None),
    ("2702588996", 2, "18:30", CENTRAL, "", None),
    ("3193752489", 3, "19:30", CENTRAL, "", None),
    ("3013196554", 1, "19:00", CENTRAL, "1MO,3MO", None),
    ("2937012549", 1, "18:30", "America/Los_Angeles", "", None),
]
BINGO = "2227766626"


def events_of(body: str) -> list[Event]:
    spider = GeeksWhoDrinkSpider()
    response = HtmlResponse(LISTING, body=body.encode(), encoding="utf-8", request=Request(LISTING))
    requests = list(spider.parse(response))
    assert (spider.failures, spider.rejected) == ([], {BINGO: "other_show"})
    # Neither the listing nor an empty page of a venue states a fee.
    events = [event for request in requests for event in after_an_empty_page(request)]
    assert [request.meta["publisher_id"] for request in requests] == [event.publisher_id for event in events]
    return events


def after_an_empty_page(request: Any) -> list[Event]:
    page = HtmlResponse(request.url, body=b"<html></html>", encoding="utf-8", request=request)
    (host,) = request.callback(page, **request.cb_kwargs)
    events: list[Event] = host.cb_kwargs["events"]
    return events


def read(pattern: str, block: str) -> str:
    (found,) = re.findall(pattern, block)
    return unescape(found)


@pytest.mark.parametrize("spans", ["as a browser fills them", "empty, as they are sent"])
def test_listing_gives_only_recurring_shows(spans: str) -> None:
    page = PAGE.read_text("utf-8")
    if spans.startswith("empty"):
        page = re.sub(r'(<span class="time-moment(?:-date)?" [^>]*>)[^<]*', r"\1", page)
    events = events_of(page)
    assert [
        (event.publisher_id, event.schedule.weekday, event.schedule.start_time, event.schedule.timezone)
        for event in events
    ] == [show[:4] for show in SHOWS]
    for event, (*_, ordinals, first) in zip(events, SHOWS, strict=True):
        assert event.schedule.starts_on == first
        weekly = "weekly", f"FREQ=WEEKLY;BYDAY={WEEKDAYS[(event.schedule.weekday or 0) - 1]}"
        recurs = ("monthly", f"FREQ=MONTHLY;BYDAY={ordinals}") if ordinals else weekly
        assert (event.schedule.frequency, event.schedule.rrule) == recurs
        assert event.fee == Fee()
        assert event.performer is None


def test_event_has_values_of_its_block() -> None:
    blocks = re.findall(r'<a id="quizBlock-.*?</a>', PAGE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 18
    shown = {read('data-podio="(.*?)"', block): block for block in blocks if "quizBlock-venue" in block}
    for event in events_of("".join(blocks)):
        block, venue = shown.pop(event.publisher_id), event.venue
        heading = read("<h2>(.*?)</h2>", block)
        note = " (Starts on September 8!)"
        assert venue.name == heading.removesuffix(note)
        words = re.sub("<[^>]*>", "", read("<time>(.*?)</time>", block))
        assert event.schedule.raw == words + (note if note in heading else "")
        assert f"{venue.city}, {venue.region}" == read("<p>(.*?)</p>", block)
        assert venue.address == read('data-address="(.*?)"', block)
        assert venue.address.endswith(f"{venue.city}, {venue.region} {venue.postcode}")
        points = re.findall('data-l(?:at|on)="(.*?)"', block)
        assert [str(each) for each in (venue.latitude, venue.longitude) if each is not None] == points
        assert event.image_urls == [read('class="quizBlock__logo" src="(.*?)"', block)]
        assert event.source_url == f"https://www.geekswhodrink.com/venues/{event.publisher_id}"
    assert list(shown) == [BINGO]


def test_recorded_evenings_confirm_the_zone_of_the_data() -> None:
    def confirmed(zone: str) -> list[int]:
        spider = GeeksWhoDrinkSpider()
        spider.data_zone = zone
        list(spider.parse(HtmlResponse(LISTING, body=PAGE.read_bytes(), encoding="utf-8", request=Request(LISTING))))
        return spider.matches.counts["constants/data_zone"]

    looked_for, matched = confirmed("America/Denver")
    assert looked_for >= 10
    assert matched == looked_for
    assert confirmed("UTC")[1] == 0
