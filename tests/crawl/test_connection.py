"""A database that cannot be reached, that another process writes, or that closes its connections."""

from __future__ import annotations

import re
from contextlib import closing
from time import monotonic

import pytest
from sqlalchemy import make_url

from sandbox.client import Sandbox
from tests.support.accidents import ServerEndsConnections
from tests.support.postgres import STRANGER, Server
from tests.support.project import Project
from tests.support.writer import QUICKLY, writing
from trivia_scraper.images.crash_points import Step

SPACE = "act-3rd-space-canberra"
READING = (
    ("runs",),
    ("events",),
    ("images", "status"),
    ("images", "verify"),
    ("images", "explain", "3rd-space-canberra"),
)


def test_refused_login_is_one_line_without_password(project: Project, postgresql: Server) -> None:
    url = postgresql.url("nowhere", username=STRANGER, password="hunter2")
    for words in (("runs",), ("crawl", "quizmeisters")):
        ended = project.scrapy(*words, DATABASE_URL=url)
        assert ended.exit_code == 1
        assert len(ended.stderr.splitlines()) == 1, ended.stderr
        assert "hunter2" not in ended.stderr


def test_reading_commands_do_not_wait_for_writer(project: Project) -> None:
    project.crawl(venue=SPACE)
    with closing(project.store()) as store, writing(store):
        started = monotonic()
        for words in READING:
            ended = project.scrapy(*words, "--json")
            assert ended.exit_code == 0, ended.stderr
            assert "half-written" not in ended.stdout
        assert monotonic() - started < QUICKLY * len(READING)


@pytest.mark.parametrize("step", [Step.RECEIVED, Step.REMOVED])
def test_crawl_survives_lost_connections(project: Project, sandbox: Sandbox, postgresql: Server, step: Step) -> None:
    """Lose connections between two transactions, and inside one that has already removed a file."""
    url = postgresql.upgraded()
    project = Project(project.home, sandbox.url, url)
    assert project.crawl(venue=SPACE).exit_code == 0
    sandbox.change()
    sandbox.move(SPACE)
    run = project.crawl(
        accident=ServerEndsConnections(step, str(postgresql.directory), str(make_url(url).database)),
        venue=SPACE,
        force_refresh_images="1",
    )
    assert re.search(r"\b[1-9] connections were ended", run.stderr)
    assert run.exit_code == 0, run.stderr
    assert {image["status"] for image in run.images} == {"downloaded"}
    assert project.runs()[0]["verdict"] == "passed"
    for row in project.ledger():
        assert project.files()[row["path"]] == sandbox.served(row["url"])
    assert project.scrapy("images", "verify").exit_code == 0
