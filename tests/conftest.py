"""Fixtures of all tests."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from importlib.resources import as_file
from pathlib import Path

import pytest

from sandbox.client import Sandbox, running_sandbox
from tests.support import postgres
from tests.support.browser import Browser, Unavailable, running_browser
from tests.support.next_version import AFTER_NEWEST, NextVersion
from tests.support.project import Project
from tests.support.sqlite import put_upgraded_database
from tests.support.templates import keep_compiled_templates
from trivia_scraper.db import migrate, migrations
from trivia_scraper.db.engine import Store

# Garbage collection of the imported modules took a quarter of the time.
gc.freeze()
keep_compiled_templates()


@pytest.fixture(scope="session")
def _running_sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_running_sandbox: Sandbox) -> Sandbox:
    """Return the sandbox in its initial state, with an empty log."""
    _running_sandbox.reset()
    _running_sandbox.forget_requests()
    return _running_sandbox


@pytest.fixture(scope="session")
def _running_postgres() -> Iterator[postgres.Server]:
    """Start a server once per process. If this machine has no PostgreSQL, skip the test; in CI, fail it."""
    try:
        with postgres.running_postgres() as server:
            yield server
    except postgres.Unavailable as missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))


@pytest.fixture
def postgresql(_running_postgres: postgres.Server) -> postgres.Server:
    return _running_postgres


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start a browser. If this machine has none, skip the test; in CI, fail it."""
    try:
        with running_browser() as browser:
            yield browser
    except Unavailable as missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Run the test once per engine."""
    name: str = request.param
    return name


@pytest.fixture
def empty_database(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a database without tables."""
    if engine_name == "sqlite":
        return f"sqlite:///{tmp_path}/trivia.db"
    server: postgres.Server = request.getfixturevalue("postgresql")
    return server.empty()


@pytest.fixture
def database(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a database with tables and no rows."""
    if engine_name == "sqlite":
        put_upgraded_database(tmp_path / "trivia.db")
        return f"sqlite:///{tmp_path}/trivia.db"
    server: postgres.Server = request.getfixturevalue("postgresql")
    return server.upgraded()


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    opened = Store(database)
    yield opened
    opened.close()


@pytest.fixture
def project(tmp_path: Path, sandbox: Sandbox) -> Project:
    return Project(tmp_path / "var", sandbox.url)


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], NextVersion]:
    """Return a function that adds a migration, given its text. The fixture removes it after the test."""
    monkeypatch.setattr(migrate, "SCRIPTS", migrate.SCRIPTS)
    monkeypatch.setattr(migrations, "NEWEST", migrations.NEWEST)

    def prepare(text: str) -> NextVersion:
        scripts = tmp_path / "migrations"
        with as_file(migrate.SCRIPTS) as shipped:
            shutil.copytree(shipped, scripts, ignore=shutil.ignore_patterns("__pycache__"))
        (scripts / f"versions/m{AFTER_NEWEST}_next.py").write_text(text)
        return NextVersion(scripts)

    return prepare
