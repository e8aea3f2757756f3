"""A town's page, as it is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from parsel import Selector
from sqlalchemy import update

from tests.support.filled import NOW, WEEKLY, begin, finish, quiz, record
from trivia_scraper.db.engine import Store
from trivia_scraper.db.schema import events
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.items import Event, Fee, Schedule, Venue
from trivia_scraper.site.build import build

MONTHLY = replace(WEEKLY, weekday=1, start_time="20:00", frequency="monthly", rrule="FREQ=MONTHLY;BYDAY=1MO")
UNKNOWN = Schedule("ask us", None, None, "irregular", None, "Europe/London")
pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def at(name: str, schedule: Schedule, publisher: str = "quizmeisters", fee: Fee | None = None) -> Event:
    venue = Venue(f"The {name}", address=f"1 {name.title()} St, London", city="London", country="GB")
    venue.latitude, venue.longitude = 51.5, -ord(name[1]) / 1000
    schedule = replace(schedule, timezone="Europe/London")
    return quiz(name, publisher, venue=venue, schedule=schedule, fee=fee or Fee())


def text(of: Selector) -> str:
    return " ".join(str(of.xpath("string(.)").get()).split())


@pytest.fixture
def site(store: Store, tmp_path: Path) -> Path:
    run = begin(store)
    late = replace(WEEKLY, start_time="20:30")
    for event in (
        at("fox", late),
        at("hound", WEEKLY, fee=Fee("£2", 200, "GBP")),
        at("hare", MONTHLY),
        at("hare", WEEKLY, "pubquiz"),
        at("owl", UNKNOWN),
        at("gone", WEEKLY),
    ):
        record(store, event, run)
    finish(store, run)
    with store.engine.begin() as connection:
        connection.execute(update(events).filter_by(publisher_id="gone").values(status="gone"))
    files = LocalFileStore(tmp_path / "images")
    build(store, files, tmp_path / "site", base_url="https://quiz.example/", now=NOW)
    return tmp_path / "site"


def test_nights_are_grouped_by_weekday(site: Path) -> None:
    page = Selector((site / "towns/gb-london.html").read_text())
    assert text(page.css(".lead")[0]) == "4 pubs with a quiz"
    assert [(link.attrib["href"], text(link)) for link in page.css(".weekdays a")] == [
        ("#monday", "Mon 1"),
        ("#tuesday", "Tue 3"),
        ("#day-not-stated", "? 1"),
    ]
    nights = {text(day.css("h2")[0]): [text(slot) for slot in day.css("li")] for day in page.css(".weekday")}
    assert nights == {
        "Monday 1": ["8 pm The hare 1 Hare St First Monday of the month, next on 7 December fee?"],
        "Tuesday 3": [
            "7 pm The hare 1 Hare St fee?",
            "7 pm The hound 1 Hound St £2",
            "8:30 pm The fox 1 Fox St fee?",
        ],
        "Day not stated 1": ["time? The owl 1 Owl St Day not stated fee?"],
    }
    assert {link.attrib["href"].lstrip("#") for link in page.css(".weekdays a")} == set(
        page.css("h2::attr(id)").getall()
    )


def test_town_leads_to_search_map_calendar_and_feed(site: Path) -> None:
    page = Selector((site / "towns/gb-london.html").read_text())
    links = [link.attrib["href"] for link in page.css(".actions a")]
    assert links == [
        "../index.html#place=gb-london",
        "../map.html#place=gb-london",
        "webcal://quiz.example/towns/gb-london.ics",
        "https://calendar.google.com/calendar/r?cid=webcal%3A%2F%2Fquiz.example%2Ftowns%2Fgb-london.ics",
        "../towns/gb-london.ics",
        "../towns/gb-london.atom",
    ]


def test_pubs_without_a_quiz_count_nowhere(site: Path) -> None:
    page = Selector((site / "towns/gb-london.html").read_text())
    assert [text(each) for each in page.css(".town-over")] == ["1 pub without a quiz any more The gone"]
    assert "The gone" not in " ".join(text(each) for each in page.css(".weekday"))
    towns = Selector((site / "towns.html").read_text())
    assert [text(each) for each in towns.css(".town-list li")] == ["London 4"]
