"""Genuine excerpts of publishers' pages, which are not the project's to keep: read where they lie beside it.

RECORDED has what they show; another publisher adds its rows.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse

from sandbox import recorder
from tests.support.paths import ROOT
from trivia_scraper.items import Event

FOLDER = ROOT.parent / "shared" / "recorded"
if not FOLDER.is_dir():
    pytest.skip(f"there are no recorded pages at {FOLDER}", allow_module_level=True)

ARCHIVE = "https://questionone.com/venues/"
PHOTOS = "https://questionone.com/wp-content/uploads"
# Publisher, file, its address -> what a listing leads to: address, name of the venue, image.
LISTINGS: list[tuple[str, str, str, list[tuple[str, str | None, str | None]]]] = [
    (
        "question_one",
        "venues-page-excerpt-2026-07-11.html",
        ARCHIVE,
        [
            (
                f"{ARCHIVE}sporting-page-sundays-7-30pm/",
                "Sporting Page, Chelsea",
                f"{PHOTOS}/2026/04/sport-1-1200x800.webp",
            ),
            (f"{ARCHIVE}pub-quiz-the-britannia-poole-every-other-sunday/", "The Britannia, Poole", None),
            (
                f"{ARCHIVE}pub-quiz-royal-oak-twickenham-every-thursday/",
                "Royal Oak, Twickenham",
                f"{PHOTOS}/2025/07/acs-3997_29102020023205.avif",
            ),
            (f"{ARCHIVE}page/2/", None, None),
        ],
    ),
]
# Publisher, file, its address, the keywords that its listing would send along -> facts of its only event.
VENUES: list[tuple[str, str, str, dict[str, Any], dict[str, Any]]] = [
    (
        "question_one",
        "venue-detail-excerpt-2026-07-11.html",
        f"{ARCHIVE}kings-arms-waterloo/",
        {"title": "King’s Arms, Waterloo"},
        {
            "publisher_id": "kings-arms-waterloo",
            "venue": {
                "name": "King’s Arms, Waterloo",
                "address": "25 Roupell Street, England SE1 8TB, United Kingdom",
                "postcode": "SE1 8TB",
                "city": "London",
                "country": "GB",
                "phone": "+442072070784",
                "website": "https://www.thekingsarmslondon.co.uk/",
            },
            "schedule": {"weekday": 7, "start_time": "19:30", "frequency": "weekly", "rrule": "FREQ=WEEKLY;BYDAY=SU"},
            "fee": {"raw": "£2", "amount": 200, "currency": "GBP", "per": None},
            "image_urls": [],
        },
    ),
]


def page(publisher: str, name: str, request: Request) -> HtmlResponse:
    path = FOLDER / publisher / name
    if not path.exists():
        pytest.skip(f"{path} is not there")
    return HtmlResponse(request.url, body=path.read_bytes(), encoding="utf-8", request=request)


@pytest.mark.parametrize(("publisher", "name", "url", "expected"), LISTINGS)
def test_recorded_listing_requests_named_pages(
    publisher: str, name: str, url: str, expected: list[tuple[str, str | None, str | None]]
) -> None:
    spider = recorder.spiders()[publisher]()
    found = list(spider.parse(page(publisher, name, Request(url))))
    assert spider.failures == []
    assert [(each.url, each.meta.get("venue_name"), each.cb_kwargs.get("image")) for each in found] == expected


@pytest.mark.parametrize(("publisher", "name", "url", "sent", "expected"), VENUES)
def test_recorded_venue_is_read(
    publisher: str, name: str, url: str, sent: dict[str, Any], expected: dict[str, Any]
) -> None:
    spider = recorder.spiders()[publisher]()
    meta = {"publisher_id": url.rstrip("/").rpartition("/")[2], "venue_name": expected["venue"]["name"]}
    request = Request(url, meta=meta)
    (event,) = spider.read_venue(page(publisher, name, request), **sent)
    assert isinstance(event, Event)
    facts = asdict(event)
    for field, value in expected.items():
        assert (facts[field] | value if isinstance(value, dict) else value) == facts[field]
