"""Alerts when a publisher begins to fail and when it passes again, sent by real crawls to receivers on local ports."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from sandbox.client import Sandbox
from tests.support.accidents import NotInstalled, PulledPlug
from tests.support.children import Finished
from tests.support.project import Project
from tests.support.receiver import MAIL_PASSWORD, Mailbox, Receiver, receiving, receiving_mail
from trivia_scraper.db import schema
from trivia_scraper.images.crash_points import Step

LISTING = "https://storerocket.io/api/user/kDJ3BbK4mn/locations"
SPACE = "act-3rd-space-canberra"
TOKEN = "T0KEN-in-the-path"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def second() -> Iterator[Receiver]:
    with receiving() as running:
        yield running


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with receiving_mail() as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, sandbox: Sandbox, receiver: Receiver) -> Project:
    project = Project(tmp_path / "var", sandbox.url)
    project.environment["ALERT_URLS"] = f"{receiver.json_url}/hooks/{TOKEN}"
    return project


def crawl(project: Project, *options: str) -> Finished:
    done = project.crawl(*options)
    assert not any(secret in done.stderr + done.stdout for secret in (TOKEN, MAIL_PASSWORD))
    assert "Traceback" not in done.stderr
    return done


def delivered(project: Project) -> tuple[int, int]:
    """Return how many receivers got the newest run's alert, and how many did not."""
    counts = project.runs()[0]["counts"]
    sums = counts.get("alerts/told", 0), counts.get("alerts/failed", 0)
    assert sums == tuple(sum(name.startswith(f"alerts/{what}/") for name in counts) for what in ("told", "failed"))
    return sums


def undelivered(done: Finished) -> list[str]:
    return [line.partition("Alert not delivered to ")[2] for line in done.stderr.splitlines() if "Alert not" in line]


def test_alert_once_at_failure_and_once_at_recovery(project: Project, sandbox: Sandbox, receiver: Receiver) -> None:
    assert crawl(project).exit_code == 0
    assert receiver.taken() == [], "a first run that passes sends no alert"

    for part in ({"venue": "atlantis-arms"}, {"venue": SPACE}):
        project.crawl(**part)
    assert receiver.taken() == []

    sandbox.behave(LISTING, "status", status=404)
    assert crawl(project).exit_code == 1
    (post,) = receiver.taken()
    run = project.runs()[0]
    assert receiver.paths == [f"/hooks/{TOKEN}"]
    assert (post["title"], post["type"]) == ("quizmeisters failed (sandbox)", "failure")
    first, last = post["message"].splitlines()
    assert first == run["reasons"][0]
    assert LISTING in first
    assert last.startswith(f"Run {run['id']}, 2")
    assert last.endswith(f"Z. Details: scrapy runs {run['id']}")
    assert delivered(project) == (1, 0)

    assert crawl(project).exit_code == 1
    assert crawl(project).exit_code == 1
    assert receiver.taken() == []

    sandbox.heal()
    assert crawl(project).exit_code == 0
    (post,) = receiver.taken()
    assert (post["title"], post["type"]) == ("quizmeisters passed again (sandbox)", "success")
    assert post["message"].startswith("Run ")
    assert crawl(project).exit_code == 0
    assert receiver.taken() == []


def test_failing_first_run_alerts_but_killed_run_does_not(
    project: Project, sandbox: Sandbox, receiver: Receiver
) -> None:
    project.crawl(accident=PulledPlug(Step.LEDGER, "kill"), venue=SPACE)
    assert [run["verdict"] for run in project.runs()] == ["running"]
    sandbox.behave(LISTING, "status", status=404)
    assert project.scrapy("crawl", "quizmeisters", "-a", "dry_run=true").exit_code == 1
    assert receiver.taken() == []
    assert crawl(project).exit_code == 1
    (post,) = receiver.taken()
    assert post["type"] == "failure"

    sandbox.heal()
    project.crawl(accident=PulledPlug(Step.EVENT, "kill"), venue=SPACE, force_refresh_images="true")
    sandbox.behave(LISTING, "status", status=404)
    assert crawl(project).exit_code == 1
    assert [run["verdict"] for run in project.runs()] == ["failed", "interrupted", "failed", "interrupted"]
    assert receiver.taken() == [], "a failure after a killed run is not a new failure"


@pytest.mark.usefixtures("crawled_listing")
def test_failed_receiver_gets_alert_from_next_run(project: Project, sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.behave(LISTING, "status", status=404)
    receiver.answers = 500
    done = crawl(project)
    assert done.exit_code == 1
    assert undelivered(done) == ["receiver 1 of ALERT_URLS (json): HTTP 500. The next run sends it again."]
    assert (project.runs()[0]["verdict"], delivered(project)) == ("failed", (0, 1))

    with receiving() as elsewhere:
        receiver.answers, receiver.sends_to = 307, f"{elsewhere.url}/"
        project.environment["ALERT_URLS"] += "?redirect=yes"
        assert "HTTP 307" in undelivered(crawl(project))[0]
        project.environment["ALERT_URLS"] = project.environment["ALERT_URLS"].removesuffix("?redirect=yes")
        assert elsewhere.posts == [], "a redirect is not followed"

    receiver.answers, receiver.sends_to, receiver.drips = 200, "", True
    began = time.monotonic()
    assert "no answer within 2 s" in undelivered(crawl(project, "-s", "ALERT_TIMEOUT=2"))[0]
    assert 2 < time.monotonic() - began < 30
    assert delivered(project) == (0, 1)

    receiver.drips = False
    receiver.taken()
    assert undelivered(crawl(project)) == []
    (post,) = receiver.taken()
    assert post["type"] == "failure"
    assert delivered(project) == (1, 0)


@pytest.mark.long
@pytest.mark.usefixtures("crawled_listing")
def test_alert_is_repeated_only_to_failed_receiver(
    project: Project, sandbox: Sandbox, receiver: Receiver, second: Receiver
) -> None:
    project.environment["ALERT_URLS"] += f",{second.json_url}/{TOKEN}"
    sandbox.behave(LISTING, "status", status=404)
    receiver.drips = True
    done = crawl(project, "-s", "ALERT_TIMEOUT=8")
    assert undelivered(done) == ["receiver 1 of ALERT_URLS (json): no answer within 8 s. The next run sends it again."]
    assert len(second.taken()) == 1, "a receiver that hangs does not delay another one's alert"
    assert delivered(project) == (1, 1)

    receiver.drips = False
    receiver.taken()
    assert crawl(project).exit_code == 1
    assert (len(receiver.taken()), len(second.taken())) == (1, 0)
    assert crawl(project).exit_code == 1
    assert (len(receiver.taken()), len(second.taken())) == (0, 0)

    sandbox.heal()
    assert crawl(project).exit_code == 0
    assert [(each["type"]) for each in (*receiver.taken(), *second.taken())] == ["success", "success"]


@pytest.mark.usefixtures("crawled_listing")
def test_alert_of_version_0_1_0_is_not_repeated(
    project: Project, sandbox: Sandbox, receiver: Receiver, second: Receiver
) -> None:
    sandbox.behave(LISTING, "status", status=404)
    assert crawl(project).exit_code == 1
    assert len(receiver.taken()) == 1
    store = project.store()
    run = project.runs()[0]
    store.run(lambda connection: connection.execute(
        update(schema.runs).filter_by(id=run["id"]).values(counts={"alerts/told": 1})
    ))  # fmt: skip
    store.close()
    project.environment["ALERT_URLS"] += f"\n{second.json_url}"
    assert crawl(project).exit_code == 1
    assert (receiver.taken(), second.taken()) == ([], [])


@pytest.mark.usefixtures("crawled_listing")
def test_mail_is_plain_text_and_refusal_is_one_line(project: Project, sandbox: Sandbox, mailbox: Mailbox) -> None:
    sandbox.behave(LISTING, "status", status=404)
    project.environment["ALERT_URLS"] = mailbox.url.replace(MAIL_PASSWORD, "wrong")
    assert undelivered(crawl(project)) == [
        "receiver 1 of ALERT_URLS (mailto): it refused the alert or is unreachable. The next run sends it again."
    ]
    project.environment["ALERT_URLS"] = mailbox.url
    assert undelivered(crawl(project)) == []
    mails = mailbox.taken()
    assert {each for mail in mails for each in mail["X-Recipients"].split(",")} == {
        "operator@pubs.example",
        "second@pubs.example",
    }
    assert {mail["Subject"] for mail in mails} == {"quizmeisters failed (sandbox)"}
    for mail in mails:
        assert mail.get_body(("html",)) is None
        body = mail.get_body(("plain",))
        assert body is not None
        assert LISTING in body.get_content()


@pytest.mark.parametrize(
    ("urls", "which"),
    [
        (f"hooks.example/{TOKEN}", "URL 1 of 1 (it has no scheme)"),
        (f"nowhere://hooks.example/{TOKEN}", "URL 1 of 1 (nowhere://)"),
        (f"json://127.0.0.1/ , mailto://{TOKEN}@", "URL 2 of 2 (mailto://)"),
    ],
)
def test_invalid_alert_url_is_refused_and_not_shown(project: Project, sandbox: Sandbox, urls: str, which: str) -> None:
    project.environment["ALERT_URLS"] = urls
    done = crawl(project)
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1)
    assert done.stderr.startswith("scrapy crawl: ALERT_URLS takes Apprise URLs")
    assert which in done.stderr
    assert sandbox.requests() == []


def test_alerts_without_apprise_are_refused(project: Project, sandbox: Sandbox) -> None:
    done = project.scrapy("crawl", "quizmeisters", accident=NotInstalled("apprise"))
    assert (done.exit_code, done.stderr.splitlines()) == (
        2,
        ["scrapy crawl: ALERT_URLS needs an optional part, which is not installed: pip install 'apprise>=2.3,<3'."],
    )
    assert sandbox.requests() == []


@pytest.mark.parametrize("name", ["ALERT_WEBHOOK_URL", "SPIDERMON_ENABLED", "SPIDERMON_SLACK_SENDER_TOKEN"])
@pytest.mark.parametrize("by", ["environment", "setting"])
def test_replaced_alert_settings_are_refused(project: Project, sandbox: Sandbox, name: str, by: str) -> None:
    if by == "environment":
        done = project.scrapy("crawl", "quizmeisters", **{name: TOKEN})
    else:
        done = project.scrapy("crawl", "quizmeisters", "-s", f"{name}={TOKEN}")
    assert (done.exit_code, done.stderr.splitlines()) == (
        2,
        [f"scrapy crawl: {name} is no longer supported: unset it, and set ALERT_URLS instead (docs/operations.md)."],
    )
    assert sandbox.requests() == []
