"""Crawls of Geeks Who Drink in the sandbox: the stored events equal its data set, and an expired nonce is renewed."""

from __future__ import annotations

from collections import Counter
from urllib.parse import parse_qs, urlsplit
from urllib.request import ProxyHandler, build_opener

import pytest

from sandbox.client import Sandbox
from sandbox.geeks_who_drink_venues import VENUES
from tests.support.project import Project
from trivia_scraper.parsing.schedule import WEEKDAYS

FINDER = "https://www.geekswhodrink.com/venues/"
NO_EVENT = {"910000014", "910000029"}  # bingo, and a block that names no day
KNOWN = {venue.number: venue for venue in VENUES if venue.number not in NO_EVENT}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def request_listing_pages(sandbox: Sandbox) -> list[str]:
    """Return each request for the listing: "page", or the nonce that it sent."""
    found = []
    for request in sandbox.requests():
        query = parse_qs(urlsplit(request["url"]).query)
        if request["url"] == FINDER:
            found.append("page")
        elif query.get("action") == ["mb_display_mapped_events"]:
            found.append(query["nonce"][0])
    return found


def finder(sandbox: Sandbox) -> str:
    with build_opener(ProxyHandler({})).open(sandbox.local(FINDER)) as answer:
        return str(answer.read().decode())


def test_geeks_who_drink_nights_are_stored_exactly(project: Project, sandbox: Sandbox) -> None:
    run = project.crawl(publisher="geeks_who_drink")
    assert run.exit_code == 0, run.stderr
    assert sorted(event["publisher_id"] for event in run.items) == sorted(KNOWN)
    for event in run.items:
        known = KNOWN[event["publisher_id"]]
        schedule, venue, fee = event["schedule"], event["venue"], event["fee"]
        weekday = DAYS.index(known.day) + 1
        assert (schedule["weekday"], schedule["start_time"]) == (weekday, known.clock), known.name
        weekly = f"FREQ=WEEKLY;BYDAY={WEEKDAYS[weekday - 1]}"
        assert (schedule["frequency"], schedule["rrule"]) == (known.frequency, known.rrule or weekly), known.name
        assert (schedule["timezone"], schedule["starts_on"]) == (known.zone, known.starts_on), known.name
        assert (fee["amount"], fee["currency"]) == (known.fee, None if known.fee is None else "USD"), known.name
        assert event["name"] == f"Geeks Who Drink Trivia at {known.name}"
        assert (venue["name"], venue["city"], venue["region"]) == (known.name, known.town, known.state)
        assert (venue["postcode"], venue["country"]) == (known.zip, "US")
        point = (float(known.latitude), float(known.longitude)) if known.point else (None, None)
        assert (venue["latitude"], venue["longitude"]) == point, known.name
        host = None
        if known.host is not None:
            host = {"name": known.host, "image_url": known.performer and known.performer.url}
        assert event["performer"] == host, known.name
        shown = {("logo", known.hero and known.hero.url), ("performer", host and host["image_url"])}
        assert {(image["kind"], image["url"]) for image in event["images"]} == {each for each in shown if each[1]}
    full = next(event for event in run.items if event["publisher_id"] == "910000001")
    assert full["description"] == "Small room, big screen."
    assert [full["venue"][name] for name in ("phone", "website", "facebook", "instagram")] == [
        "+13035550142",
        "https://pinebarrel.example/",
        "https://www.facebook.com/pinebarrel.example",
        "https://www.instagram.com/pinebarrel.example",
    ]

    assert {image["reason"] for image in run.images} == {"new"}
    for image in run.images:
        assert project.files()[image["path"]] == sandbox.served(image["url"])
        assert image["path"].rpartition(".")[2] == {"PNG": "png", "JPEG": "jpg"}[image["format"].upper()]
    assert not any("special-event" in request["url"] for request in sandbox.requests())
    # The page cache has yesterday's nonce. Today's is accepted, although the answer has status 500.
    assert request_listing_pages(sandbox) == ["page", "0f9e8d7c6b", "page", "a1b2c3d4e5"]
    counts = project.runs()[0]["counts"]
    names = ("advert", "one_off", "other_show", "no_weekday", "listed_twice", "coordinates")
    assert [counts[f"dropped/{name}"] for name in names] == [1, 2, 1, 1, 1, 2]
    # The page of one venue is gone, and the host of another cannot be downloaded. Both are stored without.
    failed = (counts["pages/failed/http_404"], counts["pages/failed/http_500"])
    assert (failed, counts["listing/nonce_renewed"]) == ((1, 1), 1)


@pytest.mark.parametrize("refusals", [1, 2])
def test_expired_nonce_is_fetched_again_once(project: Project, sandbox: Sandbox, refusals: int) -> None:
    page = finder(sandbox)
    sandbox.behave(FINDER, "html", body=page, content_type="text/html; charset=utf-8", times=refusals)
    sandbox.forget_requests()
    run = project.crawl(publisher="geeks_who_drink", venue="910000001")
    if refusals == 1:
        assert request_listing_pages(sandbox) == ["page", "0f9e8d7c6b", "page", "a1b2c3d4e5"]
        assert run.exit_code == 0, run.stderr
    else:
        assert request_listing_pages(sandbox) == ["page", "0f9e8d7c6b"] * 2
        assert run.exit_code == 1
        assert "refused twice, the second time with a new nonce: HTTP 403" in run.stderr.splitlines()[-1]
        assert "Traceback" not in run.stderr
        assert project.events() == []


@pytest.mark.parametrize("times", [1, None])
def test_failed_listing_is_requested_again_once(project: Project, sandbox: Sandbox, times: int | None) -> None:
    finder(sandbox)
    project.crawl(publisher="geeks_who_drink", venue="910000001")
    before = project.files(), project.events()
    listing = next(request["url"] for request in sandbox.requests() if "mapped_events" in request["url"])
    sandbox.behave(listing, "status", status=502, times=times)
    sandbox.forget_requests()
    run = project.crawl(publisher="geeks_who_drink", venue="910000001")
    assert request_listing_pages(sandbox) == ["page", "a1b2c3d4e5"] * 2
    assert run.exit_code == (0 if times else 1), run.stderr
    assert "Traceback" not in run.stderr
    assert project.files() == before[0]
    assert len(project.events()) == len(before[1])


def test_challenge_page_fails_run(project: Project, sandbox: Sandbox) -> None:
    sandbox.behave(FINDER, "html", body="<title>Just a moment...</title>", content_type="text/html")
    run = project.crawl(publisher="geeks_who_drink")
    assert run.exit_code == 1
    assert "has no nonce" in run.stderr.splitlines()[-1]
    assert request_listing_pages(sandbox) == ["page"]


def test_logo_is_refreshed_and_failed_pages_erase_nothing(project: Project, sandbox: Sandbox) -> None:
    venues = "910000001,910000006"
    first = project.crawl(publisher="geeks_who_drink", venue=venues)
    before = project.files()
    sandbox.change()
    host = next(each["url"] for each in sandbox.requests() if "venue_events&pag=1&venue=910000001" in each["url"])
    for url in (host, f"{FINDER}910000006"):
        sandbox.behave(url, "status", status=404)
    limits = ("-s", "MAX_FAILED_IMAGES=1", "-s", "MAX_FAILED_PAGES=1")
    run = project.crawl(*limits, publisher="geeks_who_drink", venue=venues, force_refresh_images="1")
    assert run.exit_code == 0, run.stderr
    assert Counter(image["reason"] for image in run.images) == {"forced": 2, "unnamed": 1}
    after = project.files()
    assert set(after) == set(before)
    changed = {path for path in after if after[path] != before[path]}
    assert changed == {image["path"] for image in first.images if image["kind"] == "logo"}
    with_host, with_fee = project.events()
    assert with_host["performer"]["name"] == "Robin Example"
    assert len(with_host["images"]) == 2
    assert with_fee["fee"]["amount"] == 500
