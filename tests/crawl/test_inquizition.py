"""Crawls of Inquizition in the sandbox: the stored events equal its data set."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import pytest

from sandbox.client import Sandbox
from sandbox.inquizition_venues import STORES
from tests.support.project import Project
from trivia_scraper.parsing.schedule import WEEKDAYS

LISTING = "https://cdn.storelocatorwidgets.com/json/7f3962110f31589bc13cdc3b7b85cfd7"
KNOWN = {store.number: store for store in STORES}


def test_inquizition_nights_are_stored_exactly(project: Project, sandbox: Sandbox) -> None:
    run = project.crawl(publisher="inquizition")
    assert run.exit_code == 0, run.stderr
    nights = defaultdict(list)
    for event in run.items:
        schedule, store = event["schedule"], KNOWN[event["publisher_id"]]
        nights[store.number].append((schedule["weekday"], schedule["start_time"]))
        weekly = f"FREQ=WEEKLY;BYDAY={WEEKDAYS[schedule['weekday'] - 1]}"
        assert (schedule["frequency"], schedule["rrule"]) == (store.frequency, store.rrule or weekly), store.name
        assert (schedule["timezone"], schedule["time_assumed"]) == ("Europe/London", False)
        fee, currency = event["fee"]["amount"], event["fee"]["currency"]
        assert (fee, currency) == (store.fee, None if store.fee is None else "GBP"), store.name
        assert event["source_url"] == f"https://inquizition.com/find-a-quiz/#{store.number}"
        assert event["name"] == f"Inquizition Trivia at {store.name}"
        assert (event["performer"], event["images"]) == (None, [])
        venue = event["venue"]
        assert (venue["name"], venue["city"], venue["country"]) == (store.name, store.town, "GB")
        assert venue["postcode"] in venue["address"]
        point = (float(store.latitude), float(store.longitude)) if store.point else (None, None)
        assert (venue["latitude"], venue["longitude"]) == point, store.name
    # The nights of one venue can reach the feed in any order.
    found = {number: Counter(some) for number, some in nights.items()}
    assert found == {store.number: Counter(store.nights) for store in STORES if store.nights}
    # Only the listing is requested, and once.
    assert [request["url"] for request in sandbox.requests() if "robots" not in request["url"]] == [LISTING]

    venues = {event["publisher_id"]: event["venue"] for event in run.items}
    horses = {venue["slug"] for venue in venues.values() if venue["name"] == "The White Horse"}
    assert len(horses) == 3
    assert venues["97000001"]["phone"] == "+442079460201"
    assert venues["97000007"]["address"] == "Unit 15, Old Works Park, Canal Ln, E17 9ZZ"
    assert venues["97000023"]["website"] == "https://halfword.example/book"
    assert {venues[number]["website"] for number in ("97000021", "97000022")} == {None}
    counts = project.runs()[0]["counts"]
    names = ("dropped/no_schedule", "dropped/no_weekday", "dropped/coordinates", "nights/days_differ")
    assert [counts[name] for name in names] == [1, 1, 2, 1]


def test_moved_night_is_changed_and_second_day_is_added(project: Project, sandbox: Sandbox) -> None:
    project.crawl(publisher="inquizition", venue="97000001,97000003")
    sandbox.edit("97000001", schedule="Wednesdays, 6.30pm", filters=["Wednesday"])
    sandbox.edit("97000003", filters=["Monday", "Tuesday"])
    run = project.crawl(publisher="inquizition", venue="97000001,97000003")
    assert run.exit_code == 0, run.stderr
    assert "venues/skipped" not in project.runs()[0]["counts"], "the listing says everything"
    stored = [(event["publisher_id"], event["night"], event["schedule"]["weekday"]) for event in project.events()]
    assert sorted(stored) == [("97000001", 1, 3), ("97000003", 1, 1), ("97000003", 2, 2)]
    times = {event["schedule"]["weekday"]: event["schedule"]["start_time"] for event in project.events()}
    assert times == {3: "18:30", 1: "20:00", 2: None}, "Tuesday does not get Monday's start time"


@pytest.mark.parametrize(
    ("behaviour", "parameters", "said"),
    [
        ("html", {}, "is not JSONP"),
        ("text", {"body": "slw();"}, "is not JSONP"),
        ("text", {"body": 'slw({"stores": []});'}, "names no stores"),
        ("status", {"status": 404}, "HTTP 404"),
    ],
)
def test_broken_listing_fails_run(
    project: Project, sandbox: Sandbox, behaviour: str, parameters: dict[str, Any], said: str
) -> None:
    sandbox.behave(LISTING, behaviour, **parameters)
    run = project.crawl(publisher="inquizition")
    assert run.exit_code == 1
    assert said in run.stderr.splitlines()[-1]
    assert "Traceback" not in run.stderr
    assert project.events() == []
