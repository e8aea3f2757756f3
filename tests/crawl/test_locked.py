"""A crawl waits for a database that another process has locked, and loses nothing."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing

import pytest

from tests.support.project import Project

SPACE = "act-3rd-space-canberra"
SECONDS = 6  # longer than Python's driver waits by itself, which is 5
HALF_A_MINUTE = 30


@pytest.mark.slow
def test_a_database_that_is_locked_for_half_a_minute_costs_nothing(project: Project) -> None:
    """SQLite waits for a lock for as long as it was told and gives up then. A lock of six seconds shows that the crawl
    waits by that number and not by the driver's; the number itself is read from a connection."""
    with closing(project.store()) as store, store.engine.connect() as opened:
        waits = opened.exec_driver_sql("PRAGMA busy_timeout").scalar_one() / 1000
    assert waits > HALF_A_MINUTE
    project.crawl(venue=SPACE)
    connection = sqlite3.connect(project.home / "trivia.db", isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    release = threading.Timer(SECONDS, connection.close)  # which rolls back
    release.start()
    run = project.crawl(venue=SPACE, force_refresh_images="1")
    assert not release.is_alive(), "the crawl has to wait for the lock"
    release.join()
    assert run.exit_code == 0, run.stderr
    assert len(run.items) == 1
    assert project.runs()[0]["verdict"] == "passed"
