"""`scrapy db check`, `scrapy db upgrade`, and the directory of a project's state."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.support.next_version import AFTER_NEWEST, NEWEST, NEXT, NextVersion
from tests.support.project import Project

SPACE = "act-3rd-space-canberra"


def test_db_check_and_upgrade(
    project: Project, empty_database: str, next_version: Callable[[str], NextVersion], engine_name: str
) -> None:
    project = Project(project.home, project.environment["SANDBOX_SERVER"], empty_database)
    file = Path(str(make_url(empty_database).database))
    facts = {"revision": None, "newest": NEWEST, "state": "empty"}
    empty = project.scrapy("db", "check", "--json")
    assert (empty.exit_code, empty.json) == (1, empty.json | facts)
    assert not file.exists()
    made = project.scrapy("db", "upgrade", "--json")
    assert (made.exit_code, made.json) == (0, made.json | {"before": None, "after": NEWEST, "copy": None})
    current = project.scrapy("db", "check")
    assert (current.exit_code, current.stderr) == (0, "")
    assert f"is up to date (revision {NEWEST})." in current.stdout

    version = next_version(NEXT)
    behind = project.scrapy("db", "check", accident=version)
    assert behind.exit_code == 1
    assert f"is at revision {NEWEST}; `scrapy db upgrade` brings it to {AFTER_NEWEST}." in behind.stdout
    done = project.scrapy("db", "upgrade", accident=version)
    assert (done.exit_code, done.stderr) == (0, "")
    copied = f"; the copy from before is {file}.before-{NEWEST}" if engine_name == "sqlite" else ""
    assert done.stdout.endswith(f" was upgraded from revision {NEWEST} to {AFTER_NEWEST}{copied}.\n")
    assert project.scrapy("db", "check", accident=version).exit_code == 0

    newer = project.scrapy("db", "check", "--json")
    assert (newer.exit_code, newer.json["state"]) == (1, "newer")
    for words in (("db", "upgrade"), ("runs",), ("crawl", "quizmeisters")):
        refused = project.scrapy(*words)
        assert refused.exit_code == 1
        assert "was upgraded by a newer version of trivia_scraper; update this installation." in refused.stderr
        assert len(refused.stderr.splitlines()) == 1


def test_db_refuses_other_words(project: Project) -> None:
    for words in ((), ("downgrade",), ("check", "now"), ("check", "--force")):
        assert project.scrapy("db", *words).exit_code == 2
    assert not project.home.exists()


@pytest.mark.parametrize("name", ["a b", "50%20of", "what?mode=ro", "no #1", "ünï+c;ode'\"&=@:"])
def test_database_path_may_have_any_characters(project: Project, tmp_path: Path, name: str) -> None:
    home = tmp_path / name
    done = project.scrapy("db", "upgrade", TRIVIA_HOME=str(home))
    assert done.exit_code == 0, done.stderr
    assert sorted(path.name for path in home.iterdir()) == ["trivia.db"]
    assert project.scrapy("db", "check", TRIVIA_HOME=str(home)).exit_code == 0
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_crawl_writes_only_below_its_home(project: Project, tmp_path: Path) -> None:
    home = tmp_path / "what? 50%20of #1"
    done = project.scrapy("crawl", "quizmeisters", "-a", f"venue={SPACE}", TRIVIA_HOME=str(home))
    assert done.exit_code == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [home.name]
    assert sorted(path.name for path in home.iterdir()) == [
        *("feeds", "images", "trivia.db", "trivia.db.quizmeisters.lock")
    ]
    assert len(list(home.glob("feeds/quizmeisters/*.jsonl"))) == 1
