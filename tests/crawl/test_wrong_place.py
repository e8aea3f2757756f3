"""A wrong TRIVIA_HOME, a foreign database, an unmounted disk: one sentence, exit code 1, and no file is created."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sandbox.client import Sandbox
from tests.golden.databases import read_script
from tests.support.accidents import NoPrivileges
from tests.support.children import FORKSERVER
from tests.support.in_process import scrapy_in_process, settings_of
from tests.support.project import Project

SPACE = "act-3rd-space-canberra"


def test_missing_home_is_refused_and_not_created(project: Project) -> None:
    for words in (
        ("health",),
        ("images", "verify"),
        ("images", "prune"),
        ("db", "dump", str(project.home / "dump.gz")),
    ):
        done = project.scrapy(*words)
        assert (done.exit_code, done.stdout, len(done.stderr.splitlines())) == (1, "", 1), done.stderr
        assert " does not exist: nothing was crawled yet" in done.stderr
        assert not project.home.exists()


@pytest.mark.usefixtures("crawled_venue")
@pytest.mark.parametrize("dry_run", ["false", "true"])
def test_store_of_another_database_is_refused(project: Project, sandbox: Sandbox, dry_run: str) -> None:
    sandbox.forget_requests()
    before = project.files()
    other = project.home / "other.db"
    words = ("crawl", "quizmeisters", "-a", f"venue={SPACE}", "-a", f"dry_run={dry_run}")
    done = project.scrapy(*words, DATABASE_URL=f"sqlite:///{other}")
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1), done.stderr
    assert "belongs to another database than DATABASE_URL. Add `-s ADOPT_IMAGES_STORE=True`" in done.stderr
    assert sandbox.requests() == []
    assert project.files() == before
    assert not other.exists()


@pytest.mark.usefixtures("crawled_venue")
def test_unmounted_images_store_is_refused(project: Project, sandbox: Sandbox) -> None:
    project.images.rename(project.home / "unmounted")
    sandbox.forget_requests()
    for words in (("crawl", "quizmeisters"), ("images", "verify"), ("catalogue",), ("images", "prune")):
        done = project.scrapy(*words)
        assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1), done.stderr
        assert "is the disk mounted?" in done.stderr
    assert sandbox.requests() == []
    assert not project.images.exists()
    adopted = project.crawl("-s", "ADOPT_IMAGES_STORE=True", venue=SPACE)
    assert adopted.exit_code == 0, adopted.stderr
    assert project.files() != {}
    assert project.verify().exit_code == 0, "the store has the id of the database now"


def test_crawl_reports_database_upgrade(project: Project) -> None:
    project.home.mkdir()
    file = project.home / "trivia.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(read_script("sqlite"))
    before = file.read_bytes()
    looked = project.scrapy("runs")
    assert (looked.exit_code, file.read_bytes()) == (1, before)
    assert "run `scrapy db upgrade`, or let the next crawl upgrade it." in looked.stderr
    done = project.scrapy(
        *("crawl", "quizmeisters", "-a", f"venue={SPACE}", "-s", "ADOPT_IMAGES_STORE=True"),
    )
    copy = Path(f"{file}.before-0002")
    assert " was upgraded from revision 0002 to " in done.stderr.splitlines()[0]
    assert done.stderr.splitlines()[0].endswith(f"; the copy from before is {copy}.")
    assert copy.exists()
    assert project.scrapy("runs").exit_code == 0


def run_without_privileges(home: Path, commands: list[tuple[str, ...]], exit_codes: Any) -> None:
    NoPrivileges()()
    exit_codes.send([scrapy_in_process(settings_of(home), *words) for words in commands])


@pytest.mark.usefixtures("crawled_venue")
def test_reading_commands_need_no_write_permission(project: Project, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    directories = [path for path in (project.home, *project.home.rglob("*")) if path.is_dir()]
    for path in project.home.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    project.home.chmod(0o555)
    looking = [
        ("health", "-s", 'EXPECTED_EVERY_HOURS={"*": null}'),
        ("runs", "1"),
        ("events", "--json"),
        ("images", "status"),
        ("images", "verify"),
        ("images", "copy", "--to", str(out / "images")),
        ("images", "prune", "--dry-run"),
        ("prune", "--dry-run"),
        ("export", "--format", "csv", "-o", str(out / "events.csv")),
        ("calendars", "-o", str(out / "calendars")),
        ("catalogue", "-o", str(out / "site")),
        ("db", "dump", str(out / "dump.gz")),
        ("db", "check"),
    ]
    receiver, sender = FORKSERVER.Pipe(duplex=False)
    process = FORKSERVER.Process(target=run_without_privileges, args=(project.home, looking, sender))
    process.start()
    try:
        sender.close()
        assert dict(zip(looking, receiver.recv(), strict=True)) == dict.fromkeys(looking, 0)
        refused = project.scrapy("crawl", "quizmeisters", accident=NoPrivileges())
        assert (refused.exit_code, len(refused.stderr.splitlines())) == (1, 1), refused.stderr
    finally:
        process.join()
        for path in directories:
            path.chmod(0o755)
