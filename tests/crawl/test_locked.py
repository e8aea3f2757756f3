"""A database that somebody else holds for half a minute is waited for, and nothing is lost."""

from __future__ import annotations

import sqlite3
import threading

import pytest

from tests.support.project import Project

SPACE = "act-3rd-space-canberra"
SECONDS = 31


@pytest.mark.slow
def test_a_database_that_is_locked_for_half_a_minute_costs_nothing(project: Project) -> None:
    project.crawl(venue=SPACE)
    connection = sqlite3.connect(project.home / "trivia.db", isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN IMMEDIATE")
    release = threading.Timer(SECONDS, connection.close)  # which rolls back
    release.start()
    run = project.crawl(venue=SPACE, force_refresh_images="1")
    release.join()
    assert run.exit_code == 0, run.stderr
    assert len(run.items) == 1
    assert project.runs()[0]["verdict"] == "passed"
