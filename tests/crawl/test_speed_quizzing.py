"""Crawls of SpeedQuizzing in the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.client import Sandbox
from tests.support.project import Project

FIND = "https://www.speedquizzing.com/find/"


@pytest.fixture
def events(project: Project, sandbox: Sandbox) -> dict[str, Any]:
    """Return the events of the first run by id. Of an event with two nights, the first one counts."""
    run = project.crawl(publisher="speed_quizzing")
    assert run.exit_code == 0, run.stderr
    return {event["publisher_id"]: event for event in reversed(project.events())}


def facts(event: dict[str, Any]) -> tuple[Any, ...]:
    venue, schedule, fee = event["venue"], event["schedule"], event["fee"]
    return (
        *(venue[name] for name in ("name", "city", "postcode", "country")),
        *(schedule[name] for name in ("timezone", "weekday", "start_time", "frequency", "starts_on")),
        *(fee[name] for name in ("amount", "currency", "per")),
    )


# fmt: off
EXPECTED = {
    "30001": ("The Brass Otter", "Twickenham", "TW1 9ZZ", "GB", "Europe/London", 1, "20:30", "once", "2026-07-13",
              150, "GBP", None),
    "30002": ("Steel & Stone Grille (Riverside)", "Pittsburgh", "15203", "US", "America/New_York", 1, "19:00", "once",
              "2026-07-13", None, None, None),
    "30003": ("The Pearl Lounge", "Dubai", None, "AE", "Asia/Dubai", 2, "20:00", "once", "2026-07-14", 0, "AED", None),
    "30004": ("The Lost Mitten", "Paignton", "TQ4 6AA", "GB", None, 1, "19:30", "once", "2026-07-13", 200, "GBP", None),
    "30005": ("Ma Tully's", "Liverpool", "L1", "GB", "Europe/London", 1, "19:00", "once", "2026-07-13", 100, "GBP",
              None),
    "30007": ("The Twice Shy", "Ipswich", "IP1", "GB", "Europe/London", 2, "20:00", "weekly", None, 500, "GBP", "team"),
    "30008": ("The Red Goose, Hartsfield", "Hanley", "ST1 9XX", "GB", "Europe/London", 2, "20:00", "once", "2026-07-14",
              200, "GBP", None),
    "30009": ("The Claddagh Kettle", "Galway", "H91 X9X9", "IE", "Europe/Dublin", 3, "20:30", "once", "2026-07-15",
              300, "EUR", None),
    "30011": ("Blue Parsley", "Germasogeia", "4047", "CY", "Asia/Nicosia", 1, "19:30", "once", "2026-07-13", 450, "EUR",
              None),
    "30012": ("The Apes' Larder", "Gibraltar", "GX11 1AA", "GI", "Europe/Gibraltar", 5, "21:30", "once", "2026-07-17",
              300, "GIP", None),
    "30013": ("The Tide Table", "St Helier", "JE2 9ZZ", "JE", "Europe/Jersey", 3, "20:00", "once", "2026-07-15", 200,
              "GBP", None),
    "30014": ("Surf & Turf Club", "Manly", "2095", "AU", "Australia/Sydney", 4, "18:30", "once", "2026-07-16", 0, "AUD",
              None),
    "30015": ("moorland hare", "burslem", None, "GB", "Europe/London", 5, "20:30", "once", "2026-07-17", 0, "GBP",
              None),
    "30016": ("pickle.", "Lancaster", "LA1 9XX", "GB", "Europe/London", 3, "19:30", "once", "2026-07-15", None, None,
              None),
    "30017": ("Ivy Cottage Inn", None, None, "GB", "Europe/London", 1, "20:00", "once", "2026-07-13", None, None, None),
    "30018": ("The Student Fox", "Maynooth", "W23 X9X9", "IE", "Europe/Dublin", 2, "19:00", "once", "2026-07-14", 0,
              "EUR", None),
    "30019": ("The Pentagon Inn", "Glen Falls", "13777", "US", "America/New_York", 2, None, "once", "2026-07-14", 0,
              "USD", None),
    "30020": ("The Silent Bell", "Derry", "BT48", "GB", "Europe/London", 4, None, "once", "2026-07-16", 100, "GBP",
              None),
    "30021": ("The Empty Frame", "Wigan", "WN2", "GB", "Europe/London", 5, "20:00", "once", "2026-07-17", None, None,
              None),
    "30022": ("The Blank Page", None, None, "GB", "Europe/London", 6, None, "once", "2026-07-18", 250, "GBP", None),
}
# fmt: on


def test_speed_quizzing_nights_are_stored_exactly(project: Project, sandbox: Sandbox, events: dict[str, Any]) -> None:
    assert {event_id: facts(events[event_id]) for event_id in EXPECTED} == EXPECTED
    hosts = {event_id: (event["performer"] or {}).get("name") for event_id, event in events.items()}
    assert [hosts[event_id] for event_id in ("30001", "30003", "30019", "30022")] == [
        *("DJ Marlow", "TMS Trivia 3", "Dee", None)
    ]
    assert hosts["30005"] != hosts["30006"], "one pub and hour, two ids: two events"
    assert {event["venue"]["website"] for event in events.values()} == {None}
    assert events["30004"]["description"] == "Prizes, £45"
    assert events["30007"]["description"] == "Prizes, £30 | Max 5 per team | Age 18+"
    images = {event_id for event_id, event in events.items() if event["images"]}
    assert images == {"30001", "30005", "30007", "30010", "30017"}
    for row in project.ledger():
        assert project.files()[row["path"]] == sandbox.served(row["url"])
        assert row["kind"] == "performer"


def test_events_without_page_are_counted_and_requested_once(
    project: Project, sandbox: Sandbox, events: dict[str, Any]
) -> None:
    counts = project.runs()[0]["counts"]
    assert (counts["venues/listed"], counts["venues/visited"], counts["pages/gone"]) == (31, 31, 9)
    assert "pages/failed" not in counts
    missing = [request["url"] for request in sandbox.requests() if request["status"] == 404]
    assert len(missing) == len(set(missing)) == 9
    assert not {url.split("/")[-2] for url in missing} & set(events)
    assert not any("/utils/" in request["url"] for request in sandbox.requests())


def test_run_with_only_missing_pages_passes(project: Project) -> None:
    assert project.crawl(publisher="speed_quizzing").exit_code == 0
    again = project.crawl(publisher="speed_quizzing")
    assert again.exit_code == 0, again.stderr
    counts = project.runs()[0]["counts"]
    assert (counts["venues/visited"], counts["pages/gone"]) == (9, 9)


def test_run_with_most_pages_gone_fails(project: Project, sandbox: Sandbox) -> None:
    for event_id in range(30001, 30011):
        sandbox.behave(f"https://www.speedquizzing.com/events/{event_id}/", "status", status=404)
    run = project.crawl(publisher="speed_quizzing")
    assert run.exit_code == 1
    assert "19 of 31 pages gone, over the limit of 50%" in run.stderr.splitlines()[-1]


def test_named_venue_without_page_fails_run(project: Project, sandbox: Sandbox) -> None:
    sandbox.behave("https://www.speedquizzing.com/events/30001/", "status", status=404)
    run = project.crawl(publisher="speed_quizzing", limit="1")
    assert run.exit_code == 0, run.stderr
    assert project.runs()[0]["counts"]["pages/gone"] == 1
    named = project.crawl(publisher="speed_quizzing", venue="30001")
    assert named.exit_code == 1
    assert "the venue 30001 is listed, but has no page" in named.stderr.splitlines()[-1]


def test_moved_booking_is_same_event(project: Project, sandbox: Sandbox) -> None:
    project.crawl(publisher="speed_quizzing", venue="30001")
    sandbox.edit("30001", dates=["2026-07-22"])
    assert project.crawl(publisher="speed_quizzing", venue="30001", force_update="1").exit_code == 0
    (event,) = project.events()
    assert facts(event)[5:9] == (3, "20:30", "once", "2026-07-22")


@pytest.mark.parametrize(
    ("behaviour", "parameters"),
    [
        ("html", {}),
        ("text", {"body": "<script>var events = JSON.parse('[]')</script>", "content_type": "text/html"}),
        ("text", {"body": "<script>var events = JSON.parse('[{\"event_id\":')", "content_type": "text/html"}),
        ("json", {"value": [{"event_id": "1"}]}),
    ],
)
def test_listing_without_events_fails_run(
    project: Project, sandbox: Sandbox, behaviour: str, parameters: dict[str, Any]
) -> None:
    sandbox.behave(FIND, behaviour, **parameters)
    run = project.crawl(publisher="speed_quizzing")
    assert run.exit_code == 1
    assert run.stderr.splitlines()[-1].endswith(f"the listing {FIND} names no events.")
