"""The commands that docs/operations.md gives for a corrupt database."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.doc_pages import blocks, section
from tests.support.paths import ROOT
from tests.support.project import Project

KEEP, LOAD, SAVE = blocks(section("operations.md", "A corrupt database"))


def corrupt(project: Project, table: str = "decisions") -> None:
    """Overwrite the first page of a table."""
    file = project.home / "trivia.db"
    with closing(sqlite3.connect(file)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", [table]).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with file.open("r+b") as opened:
        opened.seek((page - 1) * size)
        opened.write(b"\xff" * 100)


def type_(project: Project, block: str) -> list[tuple[int, str]]:
    """Run each line, and return its exit code and output."""
    environment = os.environ | project.environment
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    found = []
    for line in block.splitlines():
        done = subprocess.run(line, shell=True, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        found.append((done.returncode, done.stdout + done.stderr))
    return found


@pytest.mark.usefixtures("crawled_venue")
def test_dump_replaces_corrupt_database(project: Project, tmp_path: Path) -> None:
    dump = tmp_path / "trivia.jsonl.gz"
    assert project.scrapy("db", "dump", str(dump)).exit_code == 0
    before, events = dump.read_bytes(), project.events()
    corrupt(project)
    failed = project.scrapy("db", "dump", str(dump))
    assert (failed.exit_code, len(failed.stderr.splitlines())) == (1, 1), failed.stderr
    assert "malformed" in failed.stderr
    assert dump.read_bytes() == before
    done = type_(project, KEEP + LOAD.replace("trivia.jsonl.gz", str(dump)))
    assert [code for code, _ in done] == [0, 0, 0, 0], done
    assert project.events() == events


@pytest.mark.usefixtures("crawled_venue")
def test_readable_rows_of_corrupt_database_are_saved(project: Project) -> None:
    if shutil.which("sqlite3") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no sqlite3; apt-get install sqlite3")
    before = project.events()
    corrupt(project)
    explained = project.scrapy("images", "explain", "3rd-space-canberra")
    assert (explained.exit_code, len(explained.stderr.splitlines())) == (1, 1), explained.stderr
    assert "malformed" in explained.stderr
    assert [code for code, _ in type_(project, KEEP)] == [0, 0]
    assert not (project.home / "trivia.db").exists()
    recovered, checked, current, verified = type_(project, SAVE)
    assert (recovered[0], checked, current[0]) == (0, (0, "ok\n"), 0)
    assert verified[0] == 0, verified
    assert project.events() == before


@pytest.mark.usefixtures("crawled_venue")
def test_crawl_into_corrupt_database_is_one_sentence(project: Project) -> None:
    corrupt(project, "images")
    done = project.scrapy("crawl", "quizmeisters")
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1), done.stderr
    assert "malformed" in done.stderr
