"""Crawls of Question One and PubQuiz in the sandbox: every trap of their pages, and broken listings."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import pytest

from sandbox.client import Sandbox, SandboxError
from sandbox.pubquiz_venues import VENUES as PUBQUIZ
from sandbox.question_one_venues import VENUES as QUESTION_ONE
from tests.support.children import Finished
from tests.support.project import Project
from trivia_scraper.images.downloads import get_wordpress_candidates

ARCHIVE, FEED = "https://questionone.com/venues/", "https://questionone.com/venues/feed/"
CITIES, CITY = "https://pubquiz.pl/bilety/", "https://pubquiz.pl/kategoria-produktu/"
Night = tuple[int, str | None, str, int | None, str | None]
"""Weekday, start time, frequency, fee in minor units, town."""

QUESTION_ONE_NIGHTS: dict[str, Night] = {
    "pub-quiz-the-brass-otter-millbank-every-tuesday": (2, "19:30", "weekly", 150, "London"),
    "copper-hare-2": (7, "19:15", "weekly", None, "London"),
    "pub-quiz-fox-kettle-harbourne-every-other-sunday": (7, "19:00", "biweekly", 200, "Harbourne"),
    "pub-quiz-tap-nine-first-wednesday-of-the-month": (3, "20:00", "monthly", 300, "London"),
    "winding-wheel-northgate": (7, "18:30", "weekly", 200, "London"),
    "black-lantern": (7, "20:30", "weekly", 200, "London"),
    "the-bobbin-mill-clapton": (1, "19:30", "weekly", None, "London"),
    "pub-quiz-vienna-canary-wharf": (4, "19:00", "weekly", 200, "London"),
    "pub-quiz-unity-yard-milton-vale-monthly": (4, "20:00", "monthly", 200, "Milton Vale"),
    "drakes-drum-sundays-7-30pm": (3, "19:30", "weekly", 200, "London"),
    "pub-quiz-tuesdays-7pm-at-the-queens-thimble-holbeck": (2, "19:00", "weekly", 100, "London"),
    "the-crown-pub-quiz": (4, "19:30", "weekly", 0, "Twicken"),
    "pub-quiz-the-silver-eel-wapping-every-monday": (1, "20:00", "weekly", 200, "London"),
    "pub-quiz-the-silver-eel-wapping-every-thursday": (4, "20:00", "weekly", 200, "London"),
    "the-plumed-heron": (3, "19:15", "weekly", 200, "London"),
    "pub-quiz-the-paper-boat-galleydon": (2, "20:00", "weekly", 500, "Galleydon"),
    "the-ruby-tuesday": (5, "19:30", "weekly", None, "Saint Osyth"),
    "pub-quiz-last-post-first-orders-1st-3rd-monday": (1, "20:00", "monthly", 200, "London"),
    "pub-quiz-the-gatepost-fortnightly": (1, "19:00", "biweekly", 250, "London"),
    "the-hollow-reed": (2, None, "weekly", 200, None),
    "the-last-lamplighter": (5, "20:00", "weekly", None, None),
    "pub-quiz-arab-camel-every-second-thursday": (4, "19:30", "biweekly", 200, "London"),
    "woodlouse-2": (4, "20:00", "monthly", 200, "London"),
    "the-north-star-2": (7, "19:30", "weekly", 200, "London"),
}
PUBQUIZ_NIGHTS: dict[str, list[Night]] = {
    "bydgoszcz/zielony-zuraw": [
        (3, "19:00", "weekly", 1500, "Bydgoszcz"),
        (5, "20:30", "once", 2000, "Bydgoszcz"),
    ],
    "bydgoszcz/piwnica-u-lisa": [
        (1, "19:00", "weekly", 1500, "Bydgoszcz"),
        (7, "18:00", "weekly", 1500, "Bydgoszcz"),
    ],
    "bydgoszcz/piwnica-u-lisa-2": [(4, "20:00", "weekly", 1500, "Bydgoszcz")],
    "bydgoszcz/kregle-pod-mostem": [(2, "19:00", "weekly", 1500, "Bydgoszcz")],
    "gdansk/latarnia": [(2, "19:00", "biweekly", 1500, "Gdańsk")],
    "gdansk/zloty-sledz": [(3, "19:30", "weekly", 1500, "Gdańsk")],
    "gdansk/bez-ceny": [(4, "18:30", "weekly", 1500, "Gdańsk")],
    "gdansk/wolny-ptak": [(4, "19:00", "weekly", 0, "Gdańsk")],
    "krakow/smok-i-smoczek": [(1, "20:00", "once", 2500, "Kraków"), (1, "20:00", "weekly", 1500, "Kraków")],
    "krakow/pod-sowa": [(7, "19:00", "weekly", 1500, "Kraków")],
    "krakow/latarnia": [(6, "21:00", "weekly", 1500, "Kraków")],
    "lodz/tkacz": [(5, "19:00", "weekly", 1500, "Łódź")],
    "lodz/jeden-raz": [(6, "19:00", "once", 1500, "Łódź")],
    "lodz/raz-w-zakladce": [(3, "19:00", "weekly", 1500, "Łódź")],
    "warszawa/hala-kregli": [(2, "18:00", "weekly", 1500, "Warszawa"), (2, "20:30", "weekly", 1500, "Warszawa")],
    "warszawa/kawiarnia-mars": [(3, None, "weekly", 1500, "Warszawa")],
    "warszawa/niedziela": [(7, "17:00", "weekly", 1500, "Warszawa")],
    "wroclaw/krasnal": [(day, "19:00", "weekly", 1500, "Wrocław") for day in (1, 2, 3)],
}


def night(item: dict[str, Any]) -> Night:
    schedule = item["schedule"]
    return (
        schedule["weekday"],
        schedule["start_time"],
        schedule["frequency"],
        item["fee"]["amount"],
        item["venue"]["city"],
    )


def nights(run: Finished) -> dict[str, list[Night]]:
    found: dict[str, list[Night]] = {}
    for item in run.items:
        found.setdefault(item["publisher_id"], []).append(night(item))
    return {publisher_id: sorted(each, key=str) for publisher_id, each in found.items()}  # items come in any order


def listed(project: Project) -> dict[str, int]:
    counts = project.runs()[0]["counts"]
    return {name: counts[name] for name in counts if not name.startswith(("images/", "events/", "missing/"))}


def assert_images_are_those_of_the_pages(run: Finished, sandbox: Sandbox) -> None:
    heroes = {image["venue"]: image["url"] for image in sandbox.images() if image["kind"] == "hero"}
    for item in run.items:
        hero = heroes.get(item["publisher_id"])
        assert item["image_urls"] == ([hero] if hero else [])
        assert [(each["kind"], each["status"]) for each in item["images"]] == [("hero", "downloaded")] * bool(hero)


def page_requests(sandbox: Sandbox, host: str) -> Counter[str]:
    return Counter(
        url for request in sandbox.requests() if (url := request["url"]).startswith(host) and "/wp-content/" not in url
    )


def test_question_one_nights_are_stored_exactly(project: Project, sandbox: Sandbox) -> None:
    run = project.crawl(publisher="question_one")
    assert run.exit_code == 0, run.stderr[-2000:]
    assert nights(run) == {publisher_id: [each] for publisher_id, each in QUESTION_ONE_NIGHTS.items()}
    assert_images_are_those_of_the_pages(run, sandbox)
    assert listed(project) == {
        "venues/listed": 26,
        "venues/visited": 26,
        "venues/dropped": 1,
        "dropped/listed_twice": 1,  # pinned to the second page
        "dropped/no_weekday": 1,
        "dropped/phone": 1,  # a number that Britain does not assign
        "pages/failed": 1,
        "pages/failed/http_404": 1,
    }
    unread = sorted((each["counted"], each["page"] is not None) for each in project.runs()[0]["unread"])
    assert unread == [("dropped/no_weekday", True), ("pages/failed/http_404", True)]
    requested = page_requests(sandbox, "https://questionone.com/venues/")
    assert requested["https://questionone.com/venues/page/4/"] == 1, "this page is empty"
    assert set(requested.values()) == {1}, "a missing page is not requested again"
    of = {item["publisher_id"]: item for item in run.items}
    otter = of["pub-quiz-the-brass-otter-millbank-every-tuesday"]
    assert otter["name"] == "Quiz Night at The Brass Otter, Millbank"
    assert otter["description"] == "Two rounds and a picture sheet.\n\nKitchen open until nine."
    assert (otter["venue"]["phone"], otter["venue"]["website"]) == ("+442079460101", "https://brassotter.example/")
    assert (otter["venue"]["postcode"], otter["venue"]["country"]) == ("SW1P 9ZZ", "GB")
    boat = of["pub-quiz-the-paper-boat-galleydon"]
    assert (boat["venue"]["country"], boat["schedule"]["timezone"]) == ("IE", "Europe/Dublin")
    assert boat["fee"]["currency"] == "EUR"
    star = of["the-north-star-2"]["venue"]
    assert (star["website"], star["phone"]) == (None, None)
    rrules = {publisher_id: item["schedule"]["rrule"] for publisher_id, item in of.items()}
    assert rrules["pub-quiz-tap-nine-first-wednesday-of-the-month"] == "FREQ=MONTHLY;BYDAY=1WE"
    assert rrules["pub-quiz-last-post-first-orders-1st-3rd-monday"] == "FREQ=MONTHLY;BYDAY=1MO,3MO"
    assert rrules["pub-quiz-unity-yard-milton-vale-monthly"] is None
    assert project.findings() == []


def test_pubquiz_nights_are_stored_exactly(project: Project, sandbox: Sandbox) -> None:
    run = project.crawl(publisher="pubquiz")
    assert run.exit_code == 0, run.stderr[-2000:]
    assert nights(run) == PUBQUIZ_NIGHTS
    assert_images_are_those_of_the_pages(run, sandbox)
    assert listed(project) == {
        "venues/listed": 20,
        "venues/visited": 20,
        "venues/dropped": 1,
        "dropped/no_ticket": 1,
        "dropped/other_category": 1,
        "dropped/ticket_without_date": 1,
        "flagged/weekday": 3,
        "pages/failed": 1,
        "pages/failed/http_404": 1,
    }
    assert set(page_requests(sandbox, "https://pubquiz.pl/").values()) == {1}
    for item in run.items:
        schedule = item["schedule"]
        if schedule["starts_on"] is not None:
            assert date.fromisoformat(schedule["starts_on"]).isoweekday() == schedule["weekday"]
        assert (schedule["timezone"], item["fee"]["currency"]) == ("Europe/Warsaw", "PLN")
    of = {item["publisher_id"]: item for item in run.items}
    assert [item["name"] for item in run.items if item["publisher_id"] == "krakow/smok-i-smoczek"] == [
        "PubQuiz at Smok i Smoczek",
        "Finał Ligi – Smok i Smoczek",
    ]
    assert of["bydgoszcz/zielony-zuraw"]["performer"]["name"] == "Anna Przykładowa"
    assert of["bydgoszcz/piwnica-u-lisa"]["venue"]["name"] == "Piwnica u Lisa"
    assert of["bydgoszcz/zielony-zuraw"]["venue"]["postcode"] == "85-999"
    assert of["warszawa/kawiarnia-mars"]["performer"] is None
    assert of["krakow/pod-sowa"]["venue"]["address"] is None
    assert project.findings() == []


@pytest.mark.parametrize(
    ("publisher", "ids"),
    [
        ("question_one", [venue.slug for venue in QUESTION_ONE]),
        ("pubquiz", [f"{venue.city}/{venue.slug}" for venue in PUBQUIZ]),
    ],
)
def test_limit_takes_first_venues_of_paged_listing(project: Project, publisher: str, ids: list[str]) -> None:
    run = project.crawl(publisher=publisher, limit="10")
    assert run.exit_code == 0
    assert {item["publisher_id"] for item in run.items} == set(ids[:10])


def test_venues_are_read_from_feed_without_archive(project: Project, sandbox: Sandbox) -> None:
    sandbox.behave(ARCHIVE, "status", status=404)
    sandbox.behave(f"{FEED}?paged=4", "status", status=404)
    run = project.crawl(publisher="question_one")
    assert run.exit_code == 0, run.stderr[-2000:]
    missed = {"the-plumed-heron"}  # only its card states the start time
    assert nights(run) == {
        publisher_id: [(*each[:1], None, *each[2:])] if publisher_id in missed else [each]
        for publisher_id, each in QUESTION_ONE_NIGHTS.items()
    }
    assert project.runs()[0]["counts"]["listing/read_from_feed"] == 1


HTML = {"content_type": "text/html; charset=utf-8"}
BROKEN: list[tuple[str, str, str, dict[str, Any], str]] = [
    ("question_one", ARCHIVE, "status", {"status": 500}, "HTTP 500"),
    ("question_one", f"{ARCHIVE}page/2/", "status", {"status": 404}, "HTTP 404"),
    ("question_one", f"{ARCHIVE}page/2/", "html", HTML, "is not a page of venues"),
    ("pubquiz", CITIES, "html", HTML, "names no cities"),
    ("pubquiz", f"{CITY}krakow/", "status", {"status": 404}, "HTTP 404"),
    ("pubquiz", f"{CITY}krakow/", "html", HTML, "is not a page of venues"),
    ("pubquiz", f"{CITY}krakow/", "close", {}, "could not be downloaded"),
]


@pytest.mark.parametrize(("publisher", "url", "behaviour", "parameters", "said"), BROKEN)
def test_failed_listing_page_fails_run_by_url(
    project: Project, sandbox: Sandbox, publisher: str, url: str, behaviour: str, parameters: dict[str, Any], said: str
) -> None:
    sandbox.behave(url, behaviour, **parameters)
    run = project.crawl("-s", "RETRY_ENABLED=0", publisher=publisher, limit="1")
    assert run.exit_code == 1
    assert url in run.stderr.splitlines()[-1]
    assert said in run.stderr.splitlines()[-1]
    assert "Traceback" not in run.stderr
    if "krakow" in url:
        assert page_requests(sandbox, f"{CITY}wroclaw/")[f"{CITY}wroclaw/"] == 1, "later cities are still read"


def test_repeating_feed_ends_and_fails_run(project: Project, sandbox: Sandbox) -> None:
    sandbox.behave(ARCHIVE, "status", status=404)
    item = "<item><title>The Bell</title><link>https://questionone.com/venues/bell/</link></item>"
    for url in (FEED, f"{FEED}?paged=2"):
        sandbox.behave(url, "html", body=f"<rss><channel>{item}</channel></rss>", content_type="application/rss+xml")
    run = project.crawl(publisher="question_one")
    assert run.exit_code == 1
    assert "repeats the page before it" in run.stderr.splitlines()[-1]


def test_upload_is_preferred_to_its_sizes(project: Project, sandbox: Sandbox) -> None:
    assert project.crawl(publisher="question_one").exit_code == 0
    named = {row["url"]: row["path"] for row in project.ledger()}
    uploads = {url: get_wordpress_candidates(url)[0] for url in named if len(get_wordpress_candidates(url)) == 2}
    both = [url for url, upload in uploads.items() if is_served(sandbox, upload)]
    assert both
    assert len(both) < len(uploads)
    for url, path in named.items():
        source = uploads[url] if url in both else url
        assert project.files()[path] == sandbox.served(source)
    before = project.files()
    sandbox.behave(uploads[both[0]], "status", status=503)
    run = project.crawl(publisher="question_one", force_refresh_images="true")
    assert [image["reason"] for image in run.images if image["url"] == both[0]] == ["http_503"]
    assert project.files() == before


def is_served(sandbox: Sandbox, url: str) -> bool:
    try:
        return bool(sandbox.served(url))
    except SandboxError:
        return False
