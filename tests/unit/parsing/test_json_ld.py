"""Objects of JSON-LD."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from trivia_scraper.parsing import json_ld

TODAY = date(2026, 11, 30)


@pytest.mark.parametrize(
    ("script", "value"),
    [('{"a": 1}', {"a": 1}), ('<!-- {"a": "x\ny"} -->', {"a": "x\ny"}), ("{", None), ("[" * 100_000, None), ("", None)],
)
def test_script_is_parsed(script: str, value: Any) -> None:
    assert json_ld.parse_script(script) == value


def test_references_are_replaced_at_any_depth() -> None:
    event = {"@type": "Event", "location": [{"@id": "#v"}]}
    venue = {"@id": "#v", "@type": "Place", "address": {"@id": "#a"}}
    address = {"@id": "#a", "streetAddress": "3 Mill Street"}
    found = json_ld.list_nodes([{"@graph": [event, venue, address]}])
    (read,) = filter(json_ld.is_event, found)
    assert read["location"][0]["address"]["streetAddress"] == "3 Mill Street"


def test_reference_to_itself_ends() -> None:
    assert len(json_ld.list_nodes([{"@id": "#a", "next": {"@id": "#a"}}])) == 1


def test_number_of_objects_is_bounded() -> None:
    assert len(json_ld.list_nodes([[{"a": 1, "b": 2}] * 30_000])) == json_ld.MOST_NODES + 1


@pytest.mark.parametrize(
    ("node", "event", "business"),
    [
        ({"@type": "Event"}, True, False),
        ({"@type": ["Thing", "http://schema.org/SocialEvent"]}, True, False),
        ({"@type": "schema:EventSeries"}, True, False),
        ({"@type": "BarOrPub", "address": "3 Mill Street"}, False, True),
        ({"@type": "Organization", "address": "3 Mill Street"}, False, False),
        ({"@type": "BarOrPub"}, False, False),
        ({"@type": 5, "address": {}}, False, False),
        ({}, False, False),
    ],
)
def test_kinds_of_objects(node: Any, event: bool, business: bool) -> None:
    assert (json_ld.is_event(node), json_ld.is_business(node)) == (event, business)


@pytest.mark.parametrize(
    ("image", "addresses"),
    [
        ("/a.jpg", ["/a.jpg"]),
        ({"@type": "ImageObject", "url": "/a.jpg"}, ["/a.jpg"]),
        ([{"contentUrl": "/a.jpg"}, "/b.jpg"], ["/a.jpg", "/b.jpg"]),
        (None, []),
    ],
)
def test_image_forms(image: Any, addresses: list[str]) -> None:
    assert json_ld.read_image_urls(image) == addresses


@pytest.mark.parametrize(
    "schedule",
    [
        {"repeatFrequency": "P2W", "byDay": "Tuesday", "startTime": "19:00"},
        {"repeatFrequency": "P1W", "startTime": "19:00"},
        {"repeatFrequency": "sometimes", "byDay": "Tuesday"},
        {"repeatFrequency": "P1W", "byDay": "Tuesday", "startTime": "late"},
        {"byDay": "Tuesday"},
        {},
        None,
        [5],
    ],
)
def test_unclear_schedule_gives_none(schedule: Any) -> None:
    assert json_ld.read_schedule_nights(schedule, "Europe/London", TODAY) is None


def test_ended_schedule_has_no_nights() -> None:
    ended = {"repeatFrequency": "P1W", "byDay": "Tuesday", "startDate": "2025-01-07", "endDate": "2025-06-03"}
    assert json_ld.read_schedule_nights(ended, "Europe/London", TODAY) == []
