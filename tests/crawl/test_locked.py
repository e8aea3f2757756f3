"""Crawls of a database that another process has locked."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing

import pytest

from sandbox.client import Sandbox
from tests.support.accidents import DatabaseLocked
from tests.support.project import Project

SPACE = "act-3rd-space-canberra"
SECONDS = 2
HALF_A_MINUTE = 30


def test_crawl_waits_for_locked_database(project: Project) -> None:
    """Lock the database during a crawl. The timeout itself is read from a connection."""
    with closing(project.store()) as store, store.engine.connect() as opened:
        waits = opened.exec_driver_sql("PRAGMA busy_timeout").scalar_one() / 1000
    assert waits > HALF_A_MINUTE
    project.crawl(venue=SPACE)
    connection = sqlite3.connect(project.home / "trivia.db", isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    release = threading.Timer(SECONDS, connection.close)  # which rolls back
    release.start()
    run = project.crawl(venue=SPACE, force_refresh_images="1")
    assert not release.is_alive(), "the crawl waited for the lock"
    release.join()
    assert run.exit_code == 0, run.stderr
    assert len(run.items) == 1
    assert project.runs()[0]["verdict"] == "passed"


@pytest.mark.usefixtures("crawled_venue")
def test_lock_held_at_startup_fails_run_by_name(project: Project, sandbox: Sandbox) -> None:
    done = project.crawl(venue=SPACE, accident=DatabaseLocked(str(project.home / "trivia.db")))
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1] == (
        "scrapy crawl: quizmeisters failed: the run could not begin: database is locked."
    )
    assert sandbox.requests() == []
