"""`scrapy crawl-all`: a process per publisher, one table, the worst exit code."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sandbox.client import Sandbox
from tests.support import forked
from tests.support.children import FORKSERVER, wait_until
from tests.support.paths import ROOT
from tests.support.project import Project
from trivia_scraper.db.locks import PublisherLock

FIND = "https://www.speedquizzing.com/find/"
LISTING = "https://storerocket.io/api/user/kDJ3BbK4mn/locations"
TWO = ("quizmeisters", "speed_quizzing")


def by_publisher(rows: list[dict[str, Any]]) -> dict[str, Any]:
    assert [row["publisher"] for row in rows] == list(TWO)
    return {row["publisher"]: row for row in rows}


def test_publishers_have_their_own_run_log_and_row(project: Project, sandbox: Sandbox) -> None:
    done = project.scrapy("crawl-all", *TWO, "--jobs", "2", "-a", "limit=2", "-s", "IMAGES_THUMBS={}", "--json")
    assert done.exit_code == 0, done.stderr
    rows = by_publisher(done.json)
    runs = {run["publisher"]: run for run in project.runs()}
    assert len({run["job_id"] for run in runs.values()}) == 1
    for publisher, row in rows.items():
        assert (row["verdict"], row["exit_code"], row["run"]) == ("passed", 0, runs[publisher]["id"])
        assert row["events"] == 2
        assert runs[publisher]["arguments"] == {"limit": 2}
        log = (project.home / "log" / f"{publisher}.log").read_text()
        assert f"{publisher} passed: 2 events stored" in log
    assert rows["quizmeisters"]["images"] == {"downloaded": 4}
    assert all(row["thumbs"] in (None, {}) for row in project.ledger()), "every crawl gets the option -s"


@pytest.mark.long
def test_failed_and_already_running_publishers(project: Project, sandbox: Sandbox) -> None:
    sandbox.behave(LISTING, "status", status=404)
    with closing(project.store()) as store, PublisherLock(store, "speed_quizzing"):
        done = project.scrapy("crawl-all", *TWO)
        assert done.exit_code == 1
        (heading, failed, running) = (line.split("\t") for line in done.stdout.splitlines())
        assert heading == ["publisher", "verdict", "events", "images", "duration", "reasons"]
        assert failed[:4] == ["quizmeisters", "failed", "0", "-"]
        through = f"through SANDBOX_SERVER {sandbox.url}"
        assert failed[5] == f"the listing {LISTING} could not be downloaded {through}: HTTP 404"
        assert running[:2] == ["speed_quizzing", "already running"]
        sandbox.heal()
        assert project.scrapy("crawl-all", *TWO, "-a", "limit=1").exit_code == 75
    assert [run["publisher"] for run in project.runs()] == ["quizmeisters", "quizmeisters"]


@pytest.mark.long
def test_hanging_crawl_is_killed_and_others_finish(project: Project, sandbox: Sandbox) -> None:
    sandbox.behave(FIND, "slow", seconds=300)
    done = project.scrapy(
        *("crawl-all", *TWO, "--jobs", "2", "-a", "limit=1", "-s", "DOWNLOAD_TIMEOUT=300"),
        *("--time-limit", "6", "--kill-after", "0.5", "--json"),
    )
    assert done.exit_code == 1
    rows = by_publisher(done.json)
    assert rows["quizmeisters"]["verdict"] == "passed"
    assert (rows["speed_quizzing"]["verdict"], rows["speed_quizzing"]["exit_code"]) == ("killed", 1)
    assert rows["speed_quizzing"]["reasons"] == ["it took longer than 6 seconds"]
    assert 6.5 <= rows["speed_quizzing"]["seconds"] < 30


def test_interrupt_stops_running_crawls_and_starts_no_other(project: Project, sandbox: Sandbox) -> None:
    for url in (FIND, LISTING):
        sandbox.behave(url, "slow", seconds=1)
    rows = interrupt_crawl_all(
        project, lambda: any(request["url"] == LISTING for request in sandbox.requests()), *TWO, "quizmeisters"
    )
    assert (rows["quizmeisters"]["verdict"], rows["speed_quizzing"]["verdict"]) == ("interrupted", "not started")
    assert [run["verdict"] for run in project.runs()] == ["interrupted"]


def test_crawl_stopped_at_startup_is_interrupted(project: Project, sandbox: Sandbox) -> None:
    rows = interrupt_crawl_all(project, (project.home / "log" / "quizmeisters.log").exists, *TWO)
    assert (rows["quizmeisters"]["verdict"], rows["speed_quizzing"]["verdict"]) == ("interrupted", "not started")
    assert rows["quizmeisters"]["reasons"] == ["stopped before its run began"]
    assert sandbox.requests() == []


def interrupt_crawl_all(project: Project, is_time: Callable[[], bool], *publishers: str) -> dict[str, Any]:
    """Send SIGINT to `scrapy crawl-all` once it is time, and return its rows by publisher."""
    outputs = [project.home.with_name(name) for name in ("stdout", "stderr")]
    words = ("crawl-all", *publishers, "--json")
    process = FORKSERVER.Process(target=forked.scrapy_command, args=(words, project.environment, ROOT, *outputs))
    process.start()
    assert process.pid is not None
    try:
        wait_until(is_time)
        os.kill(process.pid, signal.SIGINT)
        process.join(30)
        assert process.exitcode == 1, outputs[1].read_text()
    finally:
        process.kill()
    return by_publisher(json.loads(outputs[0].read_text()))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("atlantis",), "there is no publisher 'atlantis'; choose from "),
        (("quizmeister",), "there is no publisher 'quizmeister'; did you mean 'quizmeisters'?"),
        (("--jobs", "0"), "--jobs takes a whole number, 1 or more, not '0'"),
        (("--time-limit", "0"), "--time-limit takes seconds, more than 0, not '0'"),
        (("--kill-after", "nan"), "--kill-after takes seconds, more than 0, not 'nan'"),
        (("-a", "limit=x"), "the spider argument limit takes a whole number, 1 or more, not 'x'."),
        (("-s", "MAX_FAILED_IMAGES=x"), "the setting MAX_FAILED_IMAGES takes a share"),
        (("-s", "GONE_AFTER_RUNS=1.5"), "the setting GONE_AFTER_RUNS takes a whole number, 1 or more, not '1.5'."),
        (("-s", "STOP_GRACE=nan"), "the setting STOP_GRACE takes a number, 0 or more, not 'nan'."),
        (("-s", "IMAGES_EXPIRES=1e9"), "the setting IMAGES_EXPIRES takes days, at most 36500"),
        (("-s", "LOGSTATS_INTERVAL=x"), "the setting LOGSTATS_INTERVAL takes a number, 0 or more, not 'x'."),
    ],
)
def test_wrong_crawl_all_command_is_one_sentence(
    project: Project, sandbox: Sandbox, words: tuple[str, ...], said: str
) -> None:
    done = project.scrapy("crawl-all", *words)
    assert done.exit_code == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert sandbox.requests() == []


def test_error_common_to_all_crawls_is_reported_once(project: Project, tmp_path: Path) -> None:
    done = project.scrapy("crawl-all", DATABASE_URL=f"sqlite:///{tmp_path}")
    assert done.exit_code == 1
    assert len(done.stderr.splitlines()) == 1
    assert not (project.home / "log").exists()


def test_unwritable_log_dir_starts_no_crawl(project: Project, sandbox: Sandbox) -> None:
    project.home.mkdir()
    (project.home / "log").write_text("in the way")
    done = project.scrapy("crawl-all")
    assert done.exit_code == 1
    assert done.stderr.startswith(f"scrapy crawl-all: LOG_DIR {project.home / 'log'} cannot be written: ")
    assert len(done.stderr.splitlines()) == 1
    assert sandbox.requests() == []


def test_dry_run_of_all_writes_only_logs(project: Project) -> None:
    done = project.scrapy("crawl-all", "quizmeisters", "-a", "limit=1", "-a", "dry_run=true", "--json")
    assert done.exit_code == 0, done.stderr
    (row,) = done.json
    assert (row["verdict"], row["run"], row["reasons"]) == ("passed", None, ["a dry run, which stores nothing"])
    assert (row["events"], row["images"]) == (None, None)
    assert [path.name for path in project.home.iterdir()] == ["log"]


def test_unstartable_crawl_reports_reason(project: Project, sandbox: Sandbox) -> None:
    (project.home / "log" / "quizmeisters.log").mkdir(parents=True)
    done = project.scrapy("crawl-all", "quizmeisters", "--json")
    assert done.exit_code == 1
    (row,) = done.json
    assert (row["verdict"], row["run"]) == ("failed", None)
    assert "Is a directory" in row["reasons"][0]
