"""A webhook hears of a publisher that begins to fail, and of one that passes again, through real crawls."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.client import Sandbox
from tests.support.accidents import PulledPlug
from tests.support.project import Finished, Project
from tests.support.receiver import Receiver, receiving
from trivia_scraper.images.crash_points import Step

LISTING = "https://storerocket.io/api/user/kDJ3BbK4mn/locations"
SPACE = "act-3rd-space-canberra"
TOKEN = "T0KEN-in-the-path"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, sandbox: Sandbox, receiver: Receiver) -> Project:
    project = Project(tmp_path / "var", sandbox.url)
    project.environment["ALERT_WEBHOOK_URL"] = f"{receiver.url}/hooks/{TOKEN}"
    return project


def crawl(project: Project, *options: str) -> Finished:
    done = project.crawl(*options)
    assert TOKEN not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
    return done


def test_one_post_when_it_breaks_none_while_it_is_broken_one_when_it_heals(
    project: Project, sandbox: Sandbox, receiver: Receiver
) -> None:
    assert crawl(project).exit_code == 0
    assert receiver.taken() == [], "a first run that passes is no news"

    for asked in ({"venue": "atlantis-arms"}, {"venue": SPACE}):  # a part of the listing, misspelled or not
        project.crawl(**asked)
    assert receiver.taken() == []

    sandbox.behave(LISTING, "status", status=404)
    assert crawl(project).exit_code == 1
    (post,) = receiver.taken()
    run = project.runs()[0]
    assert receiver.paths == [f"/hooks/{TOKEN}"]
    assert {name: post[name] for name in ("publisher", "run", "verdict", "before", "source")} == {
        "publisher": "quizmeisters",
        "run": run["id"],
        "verdict": "failed",
        "before": "passed",
        "source": "sandbox",
    }
    assert post["reasons"] == run["reasons"]
    assert LISTING in post["text"]
    assert post["started_at"] <= post["finished_at"]
    assert post["counts"].items() <= run["counts"].items()
    assert run["counts"]["alerts/told"] == 1

    assert crawl(project).exit_code == 1
    assert crawl(project).exit_code == 1
    assert receiver.taken() == []

    sandbox.heal()
    assert crawl(project).exit_code == 0
    (post,) = receiver.taken()
    assert (post["verdict"], post["before"], post["reasons"]) == ("passed", "failed", [])
    assert crawl(project).exit_code == 0
    assert receiver.taken() == []


def test_a_first_run_that_fails_is_told_and_runs_that_are_killed_or_dry_are_not(
    project: Project, sandbox: Sandbox, receiver: Receiver
) -> None:
    project.crawl(accident=PulledPlug(Step.LEDGER, "kill"), venue=SPACE)
    assert [run["verdict"] for run in project.runs()] == ["running"]
    sandbox.behave(LISTING, "status", status=404)
    assert project.scrapy("crawl", "quizmeisters", "-a", "dry_run=true").exit_code == 1
    assert receiver.taken() == []
    assert crawl(project).exit_code == 1
    (post,) = receiver.taken()
    assert (post["verdict"], post["before"]) == ("failed", None)

    sandbox.heal()
    project.crawl(accident=PulledPlug(Step.EVENT, "kill"), venue=SPACE, force_refresh_images="true")
    sandbox.behave(LISTING, "status", status=404)
    assert crawl(project).exit_code == 1
    assert [run["verdict"] for run in project.runs()] == ["failed", "interrupted", "failed", "interrupted"]
    assert receiver.taken() == [], "a killed run in between does not make the failure a new one"


@pytest.mark.usefixtures("crawled_listing")
def test_a_receiver_that_fails_harms_nothing_and_is_told_by_the_next_run(
    project: Project, sandbox: Sandbox, receiver: Receiver
) -> None:
    sandbox.behave(LISTING, "status", status=404)
    receiver.answers = 500
    assert crawl(project).exit_code == 1
    run = project.runs()[0]
    assert (run["verdict"], run["counts"]["alerts/failed"]) == ("failed", 1)
    assert "alerts/told" not in run["counts"]

    with receiving() as elsewhere:
        receiver.answers, receiver.sends_to = 307, f"{elsewhere.url}/"
        failed = crawl(project)
        assert elsewhere.posts == [], "a redirect is not followed"
    assert sum("alert was not received: HTTP 307" in line for line in failed.stderr.splitlines()) == 1

    receiver.answers, receiver.sends_to, receiver.seconds = 200, "", 30
    began = time.monotonic()
    slow = crawl(project, "-s", "ALERT_TIMEOUT=1")
    assert time.monotonic() - began < 15
    assert "no answer within 1 s" in slow.stderr

    address, project.environment["ALERT_WEBHOOK_URL"] = (
        project.environment["ALERT_WEBHOOK_URL"],
        (f"http://127.0.0.1:9/{TOKEN}"),
    )
    assert crawl(project).exit_code == 1
    project.environment["ALERT_WEBHOOK_URL"] = address
    assert len(receiver.taken()) == 3

    receiver.seconds = 0
    assert crawl(project).exit_code == 1
    (post,) = receiver.taken()
    assert (post["verdict"], post["before"]) == ("failed", "passed")


def test_an_address_that_is_none_is_refused_without_being_shown(project: Project) -> None:
    project.environment["ALERT_WEBHOOK_URL"] = f"hooks.example/{TOKEN}"
    done = crawl(project)
    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 1
    assert "ALERT_WEBHOOK_URL" in done.stderr
