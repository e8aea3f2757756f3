"""Crawls on PostgreSQL: the same results as on SQLite, and errors of the database."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from typing import Any

from sqlalchemy import make_url

from sandbox.client import Sandbox
from tests.support.postgres import Server
from tests.support.project import Project, image_requests
from tests.support.stored import stored_events, stored_images
from trivia_scraper.db import history, image_decisions, runs

SPACE = "3rd-space-canberra"


def contents(project: Project) -> list[list[dict[str, Any]]]:
    """Return the rows that commands read, without what differs between two crawls: times and numbers."""
    with closing(project.store()) as store:
        found = [store.read(each) for each in (stored_events, stored_images, runs.list_runs)]
        found.append(sorted(store.read(history.read_changes, 3), key=lambda change: (change["of"], change["field"])))
        found.append(store.read(image_decisions.read_decisions, SPACE, 5))
    return [[{name: row[name] for name in row if _is_stable(name, row[name])} for row in rows] for rows in found]


def _is_stable(name: str, value: Any) -> bool:
    return not isinstance(value, datetime) and name not in {"id", "venue_id", "run_id", "modified_ns", "images"}


def changes(project: Project) -> set[str]:
    """Return the outcomes of events that the newest run counted."""
    counts = project.runs()[0]["counts"]
    return {name.rpartition("/")[2] for name in counts if name.startswith("events/stored/")}


def test_crawls_on_postgresql_equal_those_on_sqlite(project: Project, sandbox: Sandbox, postgresql: Server) -> None:
    remote = Project(project.home.with_name("remote"), sandbox.url, postgresql.empty())
    found = []
    for each in (project, remote):
        sandbox.reset()
        first = each.crawl(limit="5")
        assert first.exit_code == 0, first.stderr
        assert changes(each) == {"new"}

        sandbox.forget_requests()
        unchanged = each.crawl(limit="5", force_update="1")
        assert unchanged.exit_code == 0, unchanged.stderr
        assert changes(each) == {"unchanged"}
        assert image_requests(sandbox) == []

        sandbox.change()
        forced = each.crawl(limit="5", force_refresh_images="1")
        assert forced.exit_code == 0, forced.stderr
        files = each.files()
        assert {row["path"] for row in each.ledger()} == set(files)
        for row in each.ledger():
            assert files[row["path"]] == sandbox.served(row["url"])
        found.append(contents(each))
    assert [len(rows) > 2 for rows in found[0]] == [True] * 5
    assert found[0] == found[1]

    verified = remote.scrapy("images", "verify")
    assert verified.exit_code == 0, verified.stderr
    assert remote.scrapy("images", "prune").stderr == "There is nothing to remove.\n"
    assert not list(remote.home.glob("*.db*"))


def test_too_few_connections_end_crawl_before_requests(project: Project, sandbox: Sandbox, postgresql: Server) -> None:
    name = make_url(postgresql.empty()).database
    postgresql.run(f"CREATE ROLE few LOGIN CONNECTION LIMIT 2; ALTER DATABASE {name} OWNER TO few")
    limited = Project(project.home, sandbox.url, postgresql.url(str(name), username="few"))
    sandbox.forget_requests()
    run = limited.crawl(limit="3")
    assert run.exit_code == 1
    assert "Traceback" not in run.stderr
    assert sandbox.requests() == []
    postgresql.run("ALTER ROLE few CONNECTION LIMIT 5")
    reason, closed = limited.runs()[0]["reasons"]
    assert closed == "it was closed early (store_refused)"
    assert reason.startswith("the run could not begin: the database postgresql+psycopg://few@")
    assert reason.endswith('FATAL: too many connections for role "few"')
    again = limited.crawl(limit="3")
    assert again.exit_code == 0, again.stderr


def test_database_error_at_listing_is_named_as_such(project: Project) -> None:
    project.crawl(limit="1")
    with closing(project.store()) as store:
        store.run(lambda connection: connection.exec_driver_sql("DROP TABLE venue_merges"))
    run = project.crawl(limit="1")
    assert run.exit_code == 1
    assert "Traceback" not in run.stderr
    with closing(project.store()) as store:
        reason, _ = store.read(runs.list_runs)[0]["reasons"]
    assert reason.startswith("the listing could not be compared with what is stored:")
    assert reason.endswith("no such table: venue_merges")
