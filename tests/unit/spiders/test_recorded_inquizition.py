"""The recorded excerpt of the real listing, where it is at hand, gives exactly the store that it holds."""

from __future__ import annotations

import json

import pytest
from scrapy import Request
from scrapy.http import TextResponse

from tests.support.paths import ROOT
from trivia_scraper.items import Event, Fee
from trivia_scraper.spiders.inquizition import InquizitionSpider

STORES = ROOT.parent / "shared/recorded/inquizition/store-excerpt-2025-10-15.json"
pytestmark = pytest.mark.skipif(not STORES.exists(), reason="pages of real publishers are missing: see CONTRIBUTING.md")
LISTING = InquizitionSpider.start_urls[0]


@pytest.mark.parametrize("wrapped", ["{}", "slw({});", "slw({}) // (c)"])
def test_recorded_store_gives_one_night(wrapped: str) -> None:
    recorded = STORES.read_text("utf-8")
    spider = InquizitionSpider()
    body = wrapped.replace("{}", recorded).encode()
    (event,) = spider.parse(TextResponse(LISTING, body=body, encoding="utf-8", request=Request(LISTING)))
    assert isinstance(event, Event)
    assert (spider.failures, spider.rejected) == ([], {})
    (store,) = json.loads(recorded)["stores"]
    data, schedule, venue = store["data"], event.schedule, event.venue
    assert (event.publisher_id, event.source_url) == ("97520779", "https://inquizition.com/find-a-quiz/#97520779")
    assert (schedule.raw, schedule.weekday, schedule.start_time) == (data["description"], 2, "18:30")
    assert (schedule.rrule, schedule.timezone, schedule.starts_on) == ("FREQ=WEEKLY;BYDAY=TU", "Europe/London", None)
    assert event.fee == Fee()
    assert (venue.name, venue.address) == (store["name"], ", ".join(data["address"].split("\r\n")))
    assert (venue.city, venue.postcode, venue.country) == ("London", data["address"].split("\r\n")[-1], "GB")
    assert (str(venue.latitude), str(venue.longitude)) == (data["map_lat"], data["map_lng"])
    assert venue.phone == "+44" + data["phone"].replace(" ", "").removeprefix("0")
    assert venue.website == data["website"]
    assert (event.performer, event.image_urls) == (None, [])
