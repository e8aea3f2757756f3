"""`scrapy prune` removes old data, and keeps what is shown or compared with."""

from __future__ import annotations

import os
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert

from sandbox.client import Sandbox
from tests.support.project import Project
from trivia_scraper.db import schema
from trivia_scraper.db.locks import PublisherLock

SPACE, OTHER = "act-3rd-space-canberra", "nsw-the-commercial-hotel"
YEARS_AGO = datetime.now(UTC) - timedelta(days=4 * 365)


def old_runs(connection: Connection, /, number: int, **values: Any) -> list[int]:
    row = {
        **{"publisher": "quizmeisters", "arguments": {}, "source": "sandbox", "version": "0", "reasons": []},
        **{"started_at": YEARS_AGO, "finished_at": YEARS_AGO, "verdict": "passed", "counts": {"events/read": 20}},
    }
    query = insert(schema.runs).returning(schema.runs.c.id)
    return [connection.scalars(query, row | values).one() for _ in range(number)]


def removed(project: Project, *options: str) -> dict[str, int]:
    done = project.scrapy("prune", "--json", *options)
    assert done.exit_code == 0, done.stderr
    column = "would_remove" if "--dry-run" in options else "removed"
    return {row["what"]: row[column] for row in done.json}


def age(path: Path, days: float = 4000) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    then = time.time() - days * 86400
    os.utime(path, (then, then))
    return path


def test_prune_removes_old_and_keeps_shown_data(project: Project, sandbox: Sandbox) -> None:
    assert project.crawl(venue=f"{SPACE},{OTHER}").exit_code == 0
    assert all(number == 0 for number in removed(project).values())
    shown, images = project.events(), project.files()
    (feed,) = project.home.glob("feeds/quizmeisters/*.jsonl")
    age(feed)
    age(project.home / "feeds/quizmeisters/2015.jsonl", 4100)
    for name in ("log/cron.log.4.gz", "log/quizmeisters.log", "spill/bad-1.jsonl"):
        age(project.home / name)
    (project.home / "spill/bad-1.jsonl").write_text("no JSON")
    age(project.home / "spill/bad-1.jsonl")
    (project.home / "log/elsewhere.log").symlink_to(feed)
    (project.home / "feeds/notes.txt").write_text("mine")
    age(project.home / "images/venues/gone/old.jpg")
    (project.home / "images/venues/gone/young.jpg").write_bytes(b"")
    database = sqlite3.connect(project.home / "trivia.db")
    database.execute("UPDATE runs SET started_at = datetime('now', '-4001 days')")  # older than the feed
    database.commit()
    database.close()

    would = removed(project, "--dry-run")
    rows = {"decisions": 0, "changes": 0, "runs": 0}
    assert would == rows | {"logs": 2, "feeds": 1, "spilled": 0, "images": 1, "replaced": 0}
    assert (project.home / "log/quizmeisters.log").exists()
    assert removed(project) == would
    assert feed.exists(), "the feed of the last good run is kept"
    assert not (project.home / "log/quizmeisters.log").exists()
    assert (project.home / "log/elsewhere.log").exists()
    assert (project.home / "feeds/notes.txt").exists()
    assert (project.home / "spill/bad-1.jsonl").exists(), "an unreadable file may be needed"
    assert not (project.home / "images/venues/gone/old.jpg").exists()
    assert (project.home / "images/venues/gone/young.jpg").exists()
    assert project.events() == shown
    assert project.files().items() >= images.items()
    assert sum(removed(project).values()) == 0
    found = project.scrapy("images", "prune", "--json").json
    assert [each["path"] for each in found] == ["venues/gone/young.jpg"], "images prune ignores the age"
    assert project.findings() == []


@pytest.mark.usefixtures("crawled_venue")
def test_image_is_pruned_with_its_thumbnails(project: Project, sandbox: Sandbox) -> None:
    image = next(row for row in project.ledger() if row["kind"] == "hero")
    database = sqlite3.connect(project.home / "trivia.db")
    database.execute("DELETE FROM event_images")
    database.commit()
    database.close()
    age(project.home / "images" / image["path"])
    assert removed(project)["images"] == 0
    assert image["path"] in project.files()
    for path in image["thumbs"].values():
        age(project.home / "images" / path)
    assert removed(project)["images"] == 2
    assert image["path"] not in project.files()


@pytest.mark.usefixtures("crawled_venue")
def test_spilled_events_are_pruned_after_later_run(project: Project, sandbox: Sandbox) -> None:
    database = sqlite3.connect(project.home / "trivia.db")
    database.execute("CREATE TRIGGER refuse BEFORE UPDATE ON events BEGIN SELECT RAISE(FAIL, 'disk is full'); END")
    database.commit()
    sandbox.edit(SPACE, schedule="Wednesdays at 8pm")
    assert project.crawl(venue=SPACE, force_update="1").exit_code == 1
    database.execute("DROP TRIGGER refuse")
    database.commit()
    database.close()
    (file,) = project.home.glob("spill/*.jsonl")
    age(file)
    assert removed(project)["spilled"] == 0
    assert project.scrapy("db", "replay", str(file)).exit_code == 0
    assert project.crawl(venue=SPACE).exit_code == 0
    assert removed(project, "-s", "SPILL_KEPT_DAYS=36500")["spilled"] == 0
    assert removed(project)["spilled"] == 1
    assert not file.exists()


@pytest.mark.usefixtures("crawled_venue")
def test_prune_during_crawl_spares_images(project: Project, sandbox: Sandbox) -> None:
    age(project.home / "images/venues/gone/old.jpg")
    age(project.home / "log/quizmeisters.log")
    store = project.store()
    try:
        with PublisherLock(store, "quizmeisters"):
            done = project.scrapy("prune", "--json")
    finally:
        store.close()
    assert done.exit_code == 0
    assert done.stderr.startswith("scrapy prune: superseded images were kept: quizmeisters is being crawled")
    assert {row["what"]: row["removed"] for row in done.json if row["removed"]} == {"logs": 1}
    assert removed(project)["images"] == 1


def test_prune_with_foreign_database_is_refused(project: Project, sandbox: Sandbox) -> None:
    assert project.crawl(limit="4").exit_code == 0
    for path in project.images.rglob("*.*"):
        age(path)
    (project.home / "trivia.db").unlink()
    project.store().close()
    for setting, sentence in (("False", "belongs to another database"), ("True", "is sqlite:///")):
        done = project.scrapy("prune", "-s", f"ADOPT_IMAGES_STORE={setting}")
        assert done.exit_code == 1
        assert sentence in done.stderr
    assert project.files()


@pytest.mark.parametrize("value", ["-1", "x", "nan", "1e9"])
def test_invalid_age_is_refused(project: Project, value: str) -> None:
    done = project.scrapy("prune", "-s", f"RUNS_KEPT_DAYS={value}")
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1)
    assert "RUNS_KEPT_DAYS takes days" in done.stderr
    assert "'everything' is an unexpected argument" in project.scrapy("prune", "everything").stderr


def test_heading_of_dry_run_is_would_remove(project: Project) -> None:
    project.begin_run()
    for options, column in ((["--dry-run"], "would_remove"), ([], "removed")):
        heading, *lines = project.scrapy("prune", *options).stdout.splitlines()
        assert heading.split("\t") == ["what", column, "kept_days"]
        assert lines
        assert all(line.split("\t")[1] == "0" for line in lines)
