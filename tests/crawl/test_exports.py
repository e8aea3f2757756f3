"""`scrapy export`: mistakes, standard output, and a killed process."""

from __future__ import annotations

import re

import feedparser
import pytest

from tests.support.accidents import KilledAt
from tests.support.filled import begin, finish, quiz, record
from tests.support.project import Project
from trivia_scraper.clock import utc_now
from trivia_scraper.exports.formats import FORMATS


def test_misspelt_export_leaves_file(project: Project) -> None:
    store = project.store()
    record(store, quiz("fox"), begin(store))
    store.close()
    file = project.home / "events.csv"
    done = project.scrapy("export", "--format", "csv", "-o", str(file), "--venue", "the-fox", "--town", "BALLARAT")
    assert (done.exit_code, done.stderr) == (0, "scrapy export: written: 1 event.\n")
    before = file.read_bytes()
    for option, name in (("--venue", "the-fix"), ("--publisher", "pubquiz"), ("--town", "Balarat")):
        done = project.scrapy("export", "--format", "csv", "-o", str(file), option, name)
        assert done.exit_code == 1
        assert re.fullmatch(f"scrapy export: no event .*{name}.* is stored(; .*)?[.?]\n", done.stderr), done.stderr
    for words in (
        ("--format", "csv", "--publisher", "quizmaster"),
        ("--format", "xml"),
        ("--format", "csv", "--status", "asleep"),
        ("csv",),
        ("--format", "csv", "--to"),
    ):
        assert project.scrapy("export", "-o", str(file), *words).exit_code == 2
    assert file.read_bytes() == before
    assert sorted(path.name for path in project.home.iterdir()) == ["events.csv", "trivia.db"]


def test_export_to_standard_output_equals_file(project: Project) -> None:
    store = project.store()
    run_id = begin(store)
    record(store, quiz("fox", description="zażółć\r\n"), run_id)
    finish(store, run_id)
    store.close()
    for format_ in FORMATS:
        file = project.home / f"events.{format_}"
        assert project.scrapy("export", "--format", format_, "-o", str(file)).exit_code == 0
        done = project.scrapy("export", "--format", format_)
        assert done.stdout == file.read_text(), format_  # both with universal line ends
    assert "\r\n" in (project.home / "events.csv").read_bytes().decode()


def test_atom_feed_is_replaced_atomically_and_valid(project: Project) -> None:
    store = project.store()
    now = utc_now()
    run_id = begin(store, now)
    for name in ("fox", "crown"):
        record(store, quiz(name), run_id, now)
    store.close()
    file = project.home / "changes.atom"
    file.write_text("old")
    killed = KilledAt("trivia_scraper.file.written")
    words = ("export", "--format", "atom", "-o", str(file))
    assert project.scrapy(*words, accident=killed).exit_code == -9
    assert file.read_text() == "old"
    done = project.scrapy(*words, "--venue", "the-fox")
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "scrapy export: written: 1 change.\n")
    found = feedparser.parse(str(file))
    assert not found.bozo
    assert [entry.title for entry in found.entries] == ["New: Quiz at The fox, Tuesdays, 19:00"]


@pytest.mark.parametrize("step", ["begun", "written", "renamed"])
def test_killed_export_leaves_old_or_new_file(project: Project, step: str) -> None:
    store = project.store()
    record(store, quiz("fox"), begin(store))
    store.close()
    new = project.scrapy("export", "--format", "jsonl").stdout
    assert new
    file = project.home / "events.jsonl"
    file.write_text("old")
    killed = KilledAt(f"trivia_scraper.file.{step}")
    assert project.scrapy("export", "--format", "jsonl", "-o", str(file), accident=killed).exit_code == -9
    assert file.read_text() == (new if step == "renamed" else "old")
