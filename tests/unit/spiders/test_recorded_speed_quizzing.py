"""SpeedQuizzing's own page, as it was recorded; runs where the recording lies beside the project."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse

from tests.support.paths import ROOT
from trivia_scraper.parsing.places import country_of, timezone_at
from trivia_scraper.parsing.schedule import read_bookings
from trivia_scraper.spiders.speed_quizzing import SpeedQuizzingSpider

RECORDED = sorted((ROOT.parent / "shared" / "recorded" / "speed_quizzing").glob("find-*.html"))
FIND = "https://www.speedquizzing.com/find/"

pytestmark = pytest.mark.skipif(not RECORDED, reason="../shared/recorded/speed_quizzing is not there")


@pytest.fixture(params=RECORDED, ids=lambda path: path.name)
def page(request: Any) -> Path:
    recorded: Path = request.param
    return recorded


def requests_of(page: Path) -> list[Request]:
    spider: Any = SpeedQuizzingSpider()
    found = list(spider.parse(HtmlResponse(FIND, body=page.read_bytes())))
    assert spider.failures == []
    assert spider.rejected == {}
    return found


def test_bookings_are_read_once_in_order(page: Path) -> None:
    """Against the page's own text, counted with nothing that the spider uses."""
    listed = re.findall(r'"event_id":"(\d+)"', page.read_text("utf-8"))
    assert listed
    requests = requests_of(page)
    assert [request.meta["publisher_id"] for request in requests] == list(dict.fromkeys(listed))
    assert sum(len(request.cb_kwargs["entries"]) for request in requests) == len(listed)
    assert {request.url for request in requests} == {
        f"https://www.speedquizzing.com/events/{event_id}/" for event_id in listed
    }


def test_booking_has_night_on_listed_weekday(page: Path) -> None:
    for request in requests_of(page):
        entries = request.cb_kwargs["entries"]
        nights = read_bookings((entry["date"] for entry in entries), None, None)
        names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
        assert {names[(night.weekday or 0) - 1] for night in nights} == {entry["day"] for entry in entries}
        assert {night.start_time for night in nights} == {None}


def test_places_are_where_the_coordinates_say(page: Path) -> None:
    spider = SpeedQuizzingSpider()
    for request in requests_of(page):
        entry = request.cb_kwargs["entries"][0]
        if entry["lat"] and entry["lon"]:
            latitude, longitude, zone = spider.locate(entry["lat"], entry["lon"])
            assert (latitude, longitude) == (float(entry["lat"]), float(entry["lon"]))
            assert zone == timezone_at(latitude, longitude)
            assert country_of(zone)


@pytest.mark.parametrize(
    ("event_id", "date", "zone", "country"),
    [
        ("15700", "2026-07-12", "Europe/London", "GB"),
        ("10992", "2026-07-12", "Europe/London", "GB"),
        ("8363", "2026-07-11", "Europe/London", "GB"),
        ("13840", "2026-07-11", "Asia/Dubai", "AE"),
    ],
)
def test_july_recording_has_zone_and_country(event_id: str, date: str, zone: str, country: str) -> None:
    (page,) = (path for path in RECORDED if path.name == "find-2026-07-11.html")
    (request,) = (request for request in requests_of(page) if request.meta["publisher_id"] == event_id)
    (entry,) = request.cb_kwargs["entries"]
    assert entry["date"] == date
    assert spider_place(entry) == (zone, country)
    assert json.dumps(entry)  # what the request carries can be written to a queue on disk


def spider_place(entry: dict[str, str]) -> tuple[str | None, str | None]:
    zone = SpeedQuizzingSpider().locate(entry["lat"], entry["lon"])[2]
    return zone, country_of(zone)
