"""Runs: one at a time, killed runs, dry runs, events that the database refused, and feeds."""

from __future__ import annotations

import json
import signal
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sandbox.client import Sandbox
from tests.support.accidents import NotInstalled, PulledPlug, SmallFiles
from tests.support.project import Project
from tests.support.sqlite import put_upgraded_database
from trivia_scraper.db.locks import PublisherLock
from trivia_scraper.errors import ALREADY_RUNNING
from trivia_scraper.images.crash_points import Step

SPACE, OTHER = "act-3rd-space-canberra", "nsw-the-commercial-hotel"
UNMOVED = {"last_seen_at", "scraped_at"}


def dump(project: Project) -> dict[str, list[dict[str, Any]]]:
    """Return every table except runs and decisions, without the columns that every run changes."""
    tables: dict[str, list[dict[str, Any]]] = {}
    connection = sqlite3.connect(project.home / "trivia.db")
    connection.row_factory = sqlite3.Row
    names = [row["name"] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for name in sorted(set(names) - {"runs", "decisions", "alembic_version", "store_identity"}):
        rows = [dict(row) for row in connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2")]
        moving = UNMOVED | ({"last_run_id"} if name == "events" else set())
        tables[name] = [{column: row[column] for column in row if column not in moving} for row in rows]
    connection.close()
    return tables


def state(project: Project) -> dict[str, bytes]:
    """Return every file of the project's state, except locks and SQLite's logs, which a reader may make."""
    files = (path for path in sorted(project.home.rglob("*")) if path.is_file())
    return {str(path): path.read_bytes() for path in files if not path.name.endswith(("-wal", "-shm", ".lock"))}


@pytest.mark.usefixtures("crawled_listing")
def test_repeated_crawl_changes_only_last_seen(project: Project) -> None:
    before = dump(project)
    outcomes = {"status", "reason", "error"}
    assert project.crawl(force_update="true").exit_code == 0
    after = dump(project)
    for tables in (before, after):
        tables["images"] = [
            {name: value for name, value in row.items() if name not in outcomes} for row in tables["images"]
        ]
    assert after == before
    assert project.runs()[0]["counts"]["events/stored/unchanged"] == len(before["events"])


@pytest.mark.usefixtures("crawled_venue")
def test_second_run_of_publisher_exits_75_without_request(project: Project, sandbox: Sandbox) -> None:
    (project.home / "items.jsonl").unlink()
    before = state(project)
    store = project.store()
    try:
        with PublisherLock(store, "quizmeisters") as lock:
            assert lock.held
            sandbox.forget_requests()
            run = project.crawl(force_refresh_images="true")
    finally:
        store.close()
    assert (run.exit_code, run.items, sandbox.requests()) == (75, [], [])
    (project.home / "items.jsonl").unlink(missing_ok=True)
    assert run.stderr.splitlines()[-1] == (
        "scrapy crawl: quizmeisters is being crawled by another process; this one sent no request and changed nothing."
    )
    assert "Traceback" not in run.stderr
    assert state(project) == before
    assert project.crawl(venue=SPACE).exit_code == 0


@pytest.mark.parametrize("how", ["exit", "kill"])
def test_killed_run_is_recorded_by_the_next(project: Project, how: Any) -> None:
    project.crawl(accident=PulledPlug(Step.LEDGER, how), venue=SPACE)
    assert [run["verdict"] for run in project.runs()] == ["running"]
    (shown,) = project.scrapy("runs", "--failed", "--json").json
    assert (shown["verdict"], shown["reasons"]) == (
        "interrupted",
        ["its end was not recorded: the process was killed, or the database could not be written"],
    )
    assert project.crawl(venue=SPACE).exit_code == 0
    last, killed = project.runs()
    assert (last["verdict"], killed["verdict"], killed["reasons"]) == (
        "passed",
        "interrupted",
        ["its end was not recorded: the process was killed, or the database could not be written"],
    )


def test_partly_stored_venue_is_read_again(project: Project, sandbox: Sandbox) -> None:
    sandbox.edit(SPACE, schedule="Tuesdays 7pm and Thursdays 8pm")
    killed = project.crawl(venue=SPACE, accident=PulledPlug(Step.EVENT, "kill"))
    assert killed.exit_code == -signal.SIGKILL
    assert project.crawl(venue=SPACE).exit_code == 0
    assert [each["schedule"]["weekday"] for each in project.events()] == [2, 4]
    assert project.crawl(venue=SPACE).exit_code == 0
    assert project.runs()[0]["counts"]["venues/skipped"] == 1, "a completely stored venue is skipped"


def test_dry_run_writes_nothing_and_shows_changes(project: Project, sandbox: Sandbox, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    project.crawl(venue=f"{SPACE},{OTHER}")
    sandbox.edit(SPACE, schedule="Wednesdays at 8pm")
    sandbox.change()
    (project.home / "items.jsonl").unlink()
    before = state(project)
    run = project.scrapy(
        *("crawl", "quizmeisters", "-a", "dry_run=true", "-a", "force_refresh_images=true"),
        *("-a", f"venue={SPACE},{OTHER},tas-the-lamplighter", "-s", "HTTPCACHE_ENABLED=True"),
        TMPDIR=str(elsewhere),
    )
    assert run.exit_code == 0, run.stderr
    assert state(project) == before
    changes = [line.split("\t") for line in run.stdout.splitlines()]
    assert ["event", SPACE, "weekday", "2", "3"] in changes
    assert ["event", SPACE, "start_time", "19:00", "20:00"] in changes
    images = [(of, old, new) for entity, of, field, old, new in changes if (entity, field) == ("image", "content")]
    assert images
    for of, old, new in images:
        assert of in project.files()
        assert old.endswith(" bytes")
        assert new.endswith(" bytes")
    assert list(elsewhere.iterdir()) == []


@pytest.mark.usefixtures("crawled_venue")
def test_dry_run_counts_downloads(project: Project) -> None:
    files = list(project.files())
    for path in files:
        (project.images / path).unlink()
    run = project.scrapy("crawl", "quizmeisters", "-a", "dry_run=true", "-a", f"venue={SPACE}")
    assert f"It would download {len(files)} images; no event would change." in run.stdout + run.stderr


def test_dry_run_before_first_run_writes_nothing(project: Project, tmp_path: Path) -> None:
    job = ("-s", f"JOBDIR={tmp_path / 'job'}")
    run = project.scrapy("crawl", "quizmeisters", "-a", "dry_run=1", "-a", f"venue={SPACE}", *job)
    assert run.exit_code == 0, run.stderr
    assert run.stdout.splitlines()[0].split("\t") == ["entity", "of", "field", "old", "new"]
    assert run.stdout.splitlines()[1].split("\t")[:3] == ["event", SPACE, "new"]
    assert "Dry run of quizmeisters: " in run.stderr
    assert "Run 1" not in run.stderr
    assert "scrapy runs" not in run.stderr
    assert list(tmp_path.iterdir()) == [], "neither TRIVIA_HOME nor JOBDIR is made"


def test_refused_event_is_spilled_and_replayed(project: Project, sandbox: Sandbox) -> None:
    project.crawl(venue=f"{SPACE},{OTHER}")
    database = sqlite3.connect(project.home / "trivia.db")
    database.execute(
        "CREATE TRIGGER refuse BEFORE UPDATE ON events WHEN OLD.publisher_id = '" + SPACE + "' AND NEW.weekday = 3 "
        "BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
    )
    database.commit()
    sandbox.edit(SPACE, schedule="Wednesdays at 8pm")
    run = project.crawl(venue=f"{SPACE},{OTHER}", force_update="1")
    assert run.exit_code == 1
    assert len(run.items) == 1
    (file,) = project.home.glob("spill/*.jsonl")
    assert f"scrapy db replay {file}" in run.stderr.splitlines()[-1]
    assert project.runs()[0]["counts"]["events/errors"] == 1
    warning = f"quizmeisters has events that could not be stored: `scrapy db replay {file}` stores them."
    assert warning in project.scrapy("health").stderr

    database.execute("DROP TRIGGER refuse")
    database.commit()
    database.close()
    loaded = project.scrapy("db", "replay", str(file), "--json")
    assert (loaded.exit_code, loaded.json) == (0, {"loaded": 1, "newer": 0, "refused": 0}), loaded.stderr
    assert warning not in project.scrapy("health").stderr
    (event,) = (each for each in project.events() if each["publisher_id"] == SPACE)
    assert (event["schedule"]["weekday"], len(event["images"])) == (3, 2)
    visited = project.crawl(venue=f"{SPACE},{OTHER}")
    assert [item["publisher_id"] for item in visited.items] == [SPACE], "the next run visits it for its images"
    assert project.scrapy("db", "replay", str(file), "--json").json == {"loaded": 0, "newer": 1, "refused": 0}


def test_filling_disk_loses_no_event(project: Project, sandbox: Sandbox) -> None:
    project.crawl(limit="6")
    for publisher_id in {event["publisher_id"] for event in project.events()}:
        sandbox.edit(publisher_id, schedule="Sundays at 4pm", description="A new text. " * 400)
    run = project.crawl(accident=SmallFiles(90_000), limit="6", force_update="1")
    assert run.exit_code == 1
    assert "Traceback" not in run.stderr
    stored = {event["publisher_id"] for event in project.events() if event["schedule"]["weekday"] == 7}
    waiting = [json.loads(line) for file in project.home.glob("spill/*") for line in file.read_text().splitlines()]
    assert waiting
    assert stored | {each["event"]["publisher_id"] for each in waiting} == {
        event["publisher_id"] for event in project.events()
    }
    assert project.scrapy("db", "replay", *map(str, project.home.glob("spill/*"))).exit_code == 0
    assert {event["schedule"]["weekday"] for event in project.events()} == {7}


def test_full_disk_from_start_reports_losses(project: Project) -> None:
    """Refuse writes to the database and to SPILL_DIR: the log has the event, and the run fails."""
    put_upgraded_database(project.home / "trivia.db")
    with closing(sqlite3.connect(project.home / "trivia.db")) as database:
        database.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON events BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
        )
    (project.home / "spill/quizmeisters-1.jsonl").mkdir(parents=True)
    run = project.crawl(venue=SPACE)
    assert run.exit_code == 1
    assert "Traceback" not in run.stderr
    assert "3rd Space" in run.stderr, "the log has the event"
    reasons = project.runs()[0]["reasons"]
    assert "the database refused events: database or disk is full" in reasons
    assert any(reason.startswith("1 event could only be logged, because SPILL_DIR cannot") for reason in reasons)
    with closing(sqlite3.connect(project.home / "trivia.db")) as database:
        database.execute("DROP TRIGGER refuse")
    assert [item["publisher_id"] for item in project.crawl(venue=SPACE).items] == [SPACE], "the page is read again"


def test_unwritable_feed_fails_run(project: Project) -> None:
    project.environment["AWS_EC2_METADATA_DISABLED"] = "true"  # or boto3 looks for keys there
    run = project.crawl("-o", "/dev/full:jsonl", "-o", "s3://bucket/feed.jsonl", venue=SPACE)
    assert run.exit_code == 1
    assert "Traceback" not in run.stderr
    reasons = project.runs()[0]["reasons"]
    assert "the feed /dev/full could not be written: No space left on device" in reasons
    assert any(reason.startswith("the feed s3://bucket/feed.jsonl could not be written: ") for reason in reasons)
    assert [item["publisher_id"] for item in run.items] == [SPACE], "the other feed is complete"


def test_feed_failing_at_startup_ends_run_before_requests(project: Project, sandbox: Sandbox) -> None:
    words = "crawl", "quizmeisters", "-s", 'FEEDS={"s3://bucket/a.jsonl": {"format": "jsonlines"}}'
    run = project.scrapy(*words, accident=NotInstalled("botocore"))
    assert (run.exit_code, sandbox.requests()) == (1, [])
    assert "a feed of FEEDS or -o cannot be written; the log says why" in project.runs()[0]["reasons"]


@pytest.mark.parametrize("content", [b"", b"\n", b"{}", b'{"run_id": 1, "event": {}}', b"\x00\xff", b"[1]"])
@pytest.mark.usefixtures("crawled_venue")
def test_replay_refuses_foreign_file_in_one_sentence(project: Project, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "some.jsonl"
    file.write_bytes(content)
    run = project.scrapy("db", "replay", str(file))
    assert run.exit_code == (1 if content else 0)
    assert len((run.stderr or run.stdout).splitlines()) == 1
    missing = project.scrapy("db", "replay", str(tmp_path / "none"))
    assert (missing.exit_code, len(missing.stderr.splitlines())) == (1, 1)


def test_refused_second_run_keeps_previous_feed(project: Project, tmp_path: Path) -> None:
    feed = tmp_path / "events.jsonl"
    feed.write_text("of the run before\n")
    with closing(project.store()) as store, PublisherLock(store, "quizmeisters"):
        run = project.scrapy("crawl", "quizmeisters", "-O", str(feed))
    assert run.exit_code == ALREADY_RUNNING, run.stderr
    assert feed.read_text() == "of the run before\n"
