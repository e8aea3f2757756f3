"""A venue's page, as it is written."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from parsel import Selector
from sqlalchemy import update

from tests.support.filled import NOW, WEEKLY, begin, finish, quiz, record
from trivia_scraper.db.engine import Store
from trivia_scraper.db.schema import events
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.items import Event, Venue
from trivia_scraper.site.build import build

THURSDAY = replace(WEEKLY, weekday=4, start_time="19:30", rrule="FREQ=WEEKLY;BYDAY=TH")
pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


def page(store: Store, tmp_path: Path, *found: Event, status: str = "active", **options: Any) -> Selector:
    run = begin(store)
    for event in found:
        record(store, event, run)
    finish(store, run)
    with store.engine.begin() as connection:
        connection.execute(update(events).values(status=status))
    given: dict[str, Any] = {"base_url": "https://quiz.example/", "now": NOW + timedelta(days=3)}
    build(store, LocalFileStore(tmp_path / "images"), tmp_path / "site", **given | options)
    return Selector((tmp_path / "site/venues/the-fox.html").read_text())


def text(of: Selector) -> str:
    return " ".join(str(of.xpath("string(.)").get()).split())


def fox(**facts: Any) -> Venue:
    return Venue("The fox", address="1 High St", city="Ballarat", country="AU", **facts)


def test_next_night_comes_first(store: Store, tmp_path: Path) -> None:
    """On Wednesday, Thursday's night comes before Tuesday's."""
    venue = fox(phone="+61255500101", latitude=-37.56, longitude=143.86)
    found = page(store, tmp_path, quiz("fox", venue=venue), quiz("fox", "pubquiz", venue=venue, schedule=THURSDAY))
    assert [text(heading) for heading in found.css(".night h2")] == ["Thursdays, 7:30 pm", "Tuesdays, 7 pm"]
    assert text(found.css(".next")[0]) == "Next: Thursday 26 November, 7:30 pm Fee not stated"
    after_address = found.xpath("//address/following-sibling::*[1]")
    links = {text(link): link.attrib["href"] for link in after_address.css("a")}
    assert links == {
        "Directions": "https://www.google.com/maps/dir/?api=1&destination=-37.56%2C143.86",
        "Call +61 2 5550 0101": "tel:+61255500101",
        "Subscribe Apple, Outlook and others; follows changes": "webcal://quiz.example/venues/the-fox.ics",
        "Google Calendar follows changes": (
            "https://calendar.google.com/calendar/r?cid=webcal%3A%2F%2Fquiz.example%2Fvenues%2Fthe-fox.ics"
        ),
        "File does not follow changes": "../venues/the-fox.ics",
    }


def test_address_line_has_the_town(store: Store, tmp_path: Path) -> None:
    found = page(store, tmp_path, quiz("fox", venue=fox(postcode="3350")))
    assert text(found.css("address")[0]) == "1 High St, Ballarat, 3350"


def test_night_on_a_break_says_no_more(store: Store, tmp_path: Path) -> None:
    schedule = replace(WEEKLY, raw="Tuesdays (quiz paused until January)")
    found = page(store, tmp_path, quiz("fox", venue=fox(), schedule=schedule), status="on_break")
    facts = {
        text(name): text(value) for name, value in zip(found.css(".night dt"), found.css(".night dd"), strict=True)
    }
    assert facts["Next"] == "None: on a break."
    assert text(found.css("main > .notice")[0]).startswith("On a break. ")
    assert text(found.css(".next")[0]) == "Next: no date while it is on a break"
    assert found.css(".menu, [href$='.ics']") == []


def test_unknown_date_stands_where_next_stands(store: Store, tmp_path: Path) -> None:
    irregular = replace(WEEKLY, frequency="irregular", rrule=None)
    found = page(store, tmp_path, quiz("fox", venue=fox(), schedule=irregular))
    assert text(found.css(".next")[0]) == "Next: no date is stated, ask the pub"


def test_days_of_a_filter_are_not_quoted(store: Store, tmp_path: Path) -> None:
    schedule = replace(WEEKLY, raw="From 8pm; filters: Monday, Thursday")
    found = page(store, tmp_path, quiz("fox", venue=fox(), schedule=schedule))
    facts = dict(zip(map(text, found.css(".night dt")), map(text, found.css(".night dd")), strict=True))
    assert (facts["In their words"], facts["Filed under"]) == ("“From 8pm”", "Monday, Thursday")


@pytest.mark.parametrize(
    ("address", "shown"),
    [("https://q.example/fox", 1), ("https://s.example/api/user/1", 0), ("https://q.example/fox.json?x=1", 0)],
)
def test_only_pages_for_people_are_linked(store: Store, tmp_path: Path, address: str, shown: int) -> None:
    found = page(store, tmp_path, quiz("fox", venue=fox(), source_url=address))
    assert len(found.css(f".night dd a[href='{address}']")) == shown


def test_unknown_address_with_a_position_says_where_directions_lead(store: Store, tmp_path: Path) -> None:
    venue = Venue("The fox", city="Ballarat", country="AU", latitude=-37.56, longitude=143.86)
    found = page(store, tmp_path, quiz("fox", venue=venue))
    assert text(found.css("address")[0]) == "The address is not known. Directions lead to the position on the map."


def test_unknown_town_is_not_a_place(store: Store, tmp_path: Path) -> None:
    found = page(store, tmp_path, quiz("fox", venue=Venue("The fox", country="AU")), status="gone")
    assert text(found.css(".notice a")[0]) == "Other quizzes without a known town"
    assert "Town not stated" not in text(found.css(".venue-facts")[0])


def test_links_of_the_pub_are_apart_from_those_of_its_town(store: Store, tmp_path: Path) -> None:
    found = page(store, tmp_path, quiz("fox", venue=fox(website="https://fox.example/")))
    lists = dict(zip(map(text, found.css("aside h2")), found.css("aside .links"), strict=True))
    assert {title: [text(link) for link in links.css("a")] for title, links in lists.items()} == {
        "The pub": ["Website"],
        "Ballarat": ["All quizzes in Ballarat", "Feed of new, changed and ended nights"],
    }


def test_directions_by_address_without_coordinates(store: Store, tmp_path: Path) -> None:
    found = page(store, tmp_path, quiz("fox", venue=fox()), base_url=None)
    directions, calendar = found.css(".actions a")
    assert directions.attrib["href"].endswith("destination=The+fox%2C+1+High+St%2C+Ballarat%2C+Australia")
    assert text(calendar) == "Add to calendar"


@pytest.mark.parametrize(
    ("facts", "status", "notice"),
    [
        ({}, "gone", "No longer listed. Its publisher took this quiz off the list; it was last there on"),
        (
            {"schedule": replace(WEEKLY, frequency="once", rrule=None, starts_on="2026-11-24")},
            "active",
            "Over. The last date of this quiz has passed. Its publisher last listed it on",
        ),
    ],
)
def test_venue_that_is_over_says_so_above_everything(
    store: Store, tmp_path: Path, facts: dict[str, Any], status: str, notice: str
) -> None:
    found = page(store, tmp_path, quiz("fox", venue=fox(), **facts), status=status)
    first = found.css("main > :first-child")[0]
    assert text(first) == f"{notice} 22 November 2026. Other quizzes in Ballarat"
    assert found.css(".next, .menu, script[type='application/ld+json']") == []
    assert found.xpath("//meta[@name='robots']/@content").get() == "noindex"
