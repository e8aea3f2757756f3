"""Statuses of events: missing, gone and on a break, and which runs may set them."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.client import Sandbox
from tests.support.project import Project
from trivia_scraper.db.history import read_changes

LISTING = "https://storerocket.io/api/user/kDJ3BbK4mn/locations"
SPACE, OTHER = "act-3rd-space-canberra", "nsw-the-commercial-hotel"


def crawl(project: Project, exit_code: int = 0, *options: str, **arguments: str) -> dict[str, Any]:
    """Visit every venue in a run without a forced refresh, and return the run's row."""
    done = project.crawl(*options, **({"force_update": "true"} | arguments))
    assert done.exit_code == exit_code, done.stderr
    return project.runs()[0]


def event(project: Project, publisher_id: str, night: int = 1) -> dict[str, Any]:
    (found,) = (each for each in project.events() if (each["publisher_id"], each["night"]) == (publisher_id, night))
    return found


def field_changes(project: Project, run: dict[str, Any], field: str) -> list[tuple[str, Any, Any]]:
    store = project.store()
    try:
        rows = store.read(read_changes, run["id"])
    finally:
        store.close()
    return [(row["of"], row["old"], row["new"]) for row in rows if row["field"] == field]


@pytest.mark.usefixtures("crawled_listing")
def test_gone_after_third_clean_run_and_back_when_listed(project: Project, sandbox: Sandbox) -> None:
    last_seen = event(project, SPACE)["last_seen_at"]
    sandbox.edit(SPACE, listed=False)
    run = crawl(project)
    assert run["counts"]["events/missing"] == 1
    assert field_changes(project, run, "status") == [(SPACE, "active", "missing")]
    assert crawl(project)["counts"].get("events/missing") is None, "it was missing before"
    assert event(project, SPACE)["status"] == "missing"
    run = crawl(project)
    assert (run["verdict"], run["counts"]["events/gone"]) == ("passed", 1)
    gone = event(project, SPACE)
    assert (gone["status"], gone["last_seen_at"]) == ("gone", last_seen)
    assert [image["status"] for image in gone["images"]] == ["downloaded"] * len(gone["images"])
    assert crawl(project)["counts"].get("events/gone") is None

    sandbox.edit(SPACE, listed=True)
    assert project.crawl().exit_code == 0, "an ordinary run visits it, in spite of the skip rule"
    assert event(project, SPACE)["status"] == "active"
    assert field_changes(project, project.runs()[0], "status") == [(SPACE, "gone", "active")]


@pytest.mark.parametrize("arguments", [{"limit": "5"}, {"venue": OTHER}, {"dry_run": "true"}], ids=str)
@pytest.mark.usefixtures("crawled_listing")
def test_incomplete_run_marks_nothing_missing(project: Project, sandbox: Sandbox, arguments: dict[str, str]) -> None:
    before = event(project, SPACE)
    sandbox.edit(SPACE, listed=False)
    crawl(project, 0, **arguments)
    assert event(project, SPACE) == before


@pytest.mark.parametrize("how", ["empty", "half", "500", "html"])
@pytest.mark.usefixtures("crawled_listing")
def test_broken_listing_marks_nothing_missing(project: Project, sandbox: Sandbox, how: str) -> None:
    before = {(each["publisher_id"], each["night"]): each["status"] for each in project.events()}
    venues = sorted({each["publisher_id"] for each in project.events()})
    if how in {"half", "empty"}:
        for publisher_id in venues[: len(venues) // 2 + 1 if how == "half" else None]:
            sandbox.edit(publisher_id, listed=False)
    else:
        sandbox.behave(LISTING, "status" if how == "500" else "html", **({"status": 500} if how == "500" else {}))
    run = crawl(project, 1)
    assert run["verdict"] == "failed"
    assert run["reasons"]
    after = {(each["publisher_id"], each["night"]): each["status"] for each in project.events()}
    assert after == before


def test_dropped_night_becomes_missing(project: Project, sandbox: Sandbox) -> None:
    sandbox.edit(SPACE, schedule="Tuesdays 7pm and Thursdays 8pm")
    crawl(project)
    sandbox.edit(SPACE, schedule="Tuesdays 7pm")
    crawl(project)
    assert [event(project, SPACE, night)["status"] for night in (1, 2)] == ["active", "missing"]
    seen = [event(project, SPACE, night)["last_seen_at"] for night in (1, 2)]
    assert seen[1] < seen[0]


LISTED: dict[str, dict[str, tuple[dict[str, Any], str]]] = {
    "question_one": {
        "black-lantern": ({"slot": None, "title": "Black Lantern, West Hampton"}, "missing"),
        "copper-hare-2": ({"slot": "Ask at the bar"}, "active"),
    },
    "geeks_who_drink": {"910000001": ({"brand": "bng"}, "missing")},
    "quizmeisters": {OTHER: ({"schedule": None}, "missing"), SPACE: ({"schedule": "Ask at the bar"}, "active")},
}
"""Publisher -> venue -> what changes on its page or in its listing, and the status of its event then."""


@pytest.mark.parametrize("publisher", LISTED)
def test_listed_venue_without_quiz_is_missing(project: Project, sandbox: Sandbox, publisher: str) -> None:
    edits = LISTED[publisher]
    for crawls in range(3):
        done = project.crawl("-s", "MAX_DROPPED_VENUES=0.5", publisher=publisher, force_update="true")
        assert done.exit_code == 0, done.stderr
        assert {key: event(project, key)["status"] for key in edits} == {
            key: status if crawls else "active" for key, (_, status) in edits.items()
        }
        for key, (facts, _) in edits.items():
            sandbox.edit(key, **facts)
    run = project.runs()[0]
    for key, (_, status) in edits.items():
        assert (event(project, key)["last_seen_at"] >= run["started_at"]) == (status == "active")


@pytest.mark.usefixtures("crawled_listing")
def test_page_with_410_makes_event_gone_sooner(project: Project, sandbox: Sandbox) -> None:
    page = event(project, SPACE)["source_url"]
    sandbox.behave(page, "status", status=410)
    sandbox.forget_requests()
    crawl(project)
    assert [request["url"] for request in sandbox.requests()].count(page) == 1
    seen = event(project, SPACE)
    assert seen["status"] == "missing"
    crawl(project)
    assert event(project, SPACE)["status"] == "gone"
    assert event(project, SPACE)["last_seen_at"] > seen["last_seen_at"], "the listing still names it"


@pytest.mark.usefixtures("crawled_listing")
def test_page_with_403_is_not_an_absence(project: Project, sandbox: Sandbox) -> None:
    sandbox.behave(event(project, SPACE)["source_url"], "status", status=403)
    crawl(project)
    assert event(project, SPACE)["status"] == "active"
    assert event(project, SPACE)["last_seen_at"] >= project.runs()[0]["started_at"]


@pytest.mark.usefixtures("crawled_listing")
def test_night_on_break_is_neither_missing_nor_gone(project: Project, sandbox: Sandbox) -> None:
    sandbox.edit(SPACE, on_break=True)
    run = crawl(project)
    assert field_changes(project, run, "status") == [(SPACE, "active", "on_break")]
    crawl(project)
    assert event(project, SPACE)["status"] == "on_break"


def test_field_below_min_coverage_fails_run(project: Project) -> None:
    run = crawl(project, 1, "-s", 'MIN_COVERAGE={"start_time": 1.0}')
    (reason,) = run["reasons"]
    assert "events have start time, less than MIN_COVERAGE (100%)" in reason
