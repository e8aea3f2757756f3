"""Record the databases of version 0.1.0 in `databases/`. Runs with the code of commit b9172da only.

Both engines get the same runs: some by hand at fixed times, the others as real crawls of the sandbox.
"""

from __future__ import annotations

import json
import lzma
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from sqlalchemy import make_url

from tests import filled, postgres
from tests.accidents import PulledPlug
from tests.conftest import ROOT, Finished, Project
from tests.receiver import Receiver, receiving
from tests.rival import COMPASS, GALAH, NAMES, SPACE, hero_of
from trivia_scraper.images.filestore import LocalFileStore
from trivia_scraper.images.steps import Step
from trivia_scraper.items import Fee, Performer, Schedule, Venue
from trivia_scraper.sandbox.client import Sandbox, running_sandbox
from trivia_scraper.shards import part_of
from trivia_scraper.store import runs
from trivia_scraper.store.engine import Store
from trivia_scraper.store.spill import spill

FOLDER = Path(__file__).parent / "databases"
VERSION = "0.1.0"
NOW = datetime(2026, 11, 20, 3, 30, tzinfo=UTC)
LISTING = "https://storerocket.io/api/user/kDJ3BbK4mn/locations"
SPIDERS = ("-s", "SPIDER_MODULES=trivia_scraper.spiders,tests.rival")
GALAH_SLUG, NEST = "the-gilded-galah", "the-gilded-galahs-nest"
FOX = Venue("The Fox", address="12 Call Lane", city="Leeds", country="GB", postcode="LS1 6DT")
SECONDS = 90


def write_databases() -> None:
    FOLDER.mkdir(exist_ok=True)
    with running_sandbox() as sandbox, receiving() as receiver:
        with tempfile.TemporaryDirectory() as directory:
            project = Project(Path(directory, "var"), sandbox.url)
            spilled = fill(project, sandbox, receiver)
            with closing(sqlite3.connect(project.home / "trivia.db")) as connection:
                write_compressed("sqlite", "\n".join(connection.iterdump()))
        sandbox.reset()
        with tempfile.TemporaryDirectory() as directory, postgres.running_postgres() as server:
            project = Project(Path(directory, "var"), sandbox.url, server.empty())
            made = project.scrapy("queue", "schema")
            assert made.exit_code == 0, made.stderr
            assert fill(project, sandbox, receiver) == spilled, "the runs of both engines have the same numbers"
            fill_queue(project, sandbox, server)
            write_compressed("postgresql", dump_postgres(project.database))
    folder = FOLDER / f"{VERSION}-spill"
    folder.mkdir(exist_ok=True)
    for name, text in spilled.items():
        (folder / name).write_text(text)


def write_compressed(engine: str, text: str) -> None:
    body = lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME)
    print(f"{engine}: {len(text)} characters, {len(body)} bytes compressed")
    (FOLDER / f"{VERSION}-{engine}.sql.xz").write_bytes(body)


def dump_postgres(url: str) -> str:
    place = make_url(url)
    options = ["--no-owner", "--no-privileges", "--rows-per-insert=100", "-U", "postgres"]
    command: list[str | Path] = [
        postgres.programs() / "pg_dump",
        *options,
        "-h",
        str(place.query["host"]),
        str(place.database),
    ]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    # Newer programs write commands of psql, which only psql understands.
    return "\n".join(line for line in text.splitlines() if not line.startswith(("\\restrict", "\\unrestrict")))


def fill(project: Project, sandbox: Sandbox, receiver: Receiver) -> dict[str, str]:
    """Return the spill files by name."""
    with closing(project.store()) as store:
        fill_by_hand(store, LocalFileStore(project.images))
    crawl_publishers(project, sandbox)
    change_publishers(project, sandbox)
    crawl_shards(project, sandbox)
    crawl_with_alerts(project, sandbox, receiver)
    settle_venues(project, sandbox)
    with closing(project.store()) as store:
        path = spill_events(store, project.home / "spill")
        filled.begin(store, NOW + timedelta(days=9), "inquizition")
    return {path.name: path.read_text()}


def fill_by_hand(store: Store, files: LocalFileStore) -> None:
    """Record events that the sandbox does not list, so that later crawls find them missing or gone."""
    run_id = filled.begin(store, NOW)
    for name in ("Badger", "Otter", "Heron", "Herons"):
        event = filled.quiz(
            name,
            description=f"Eight rounds at the {name}.",
            fee=Fee("$5 per person", 500, "AUD", "person"),
            performer=Performer(f"Sam {name}"),
        )
        pictures = [
            ("hero", f"https://q.example/{name}/bar.jpg", f"{name} bar"),
            ("performer", f"https://q.example/{name}/face.jpg", f"{name} face"),
        ]
        filled.record(store, event, run_id, NOW, pictures, files)
    filled.finish(store, run_id, NOW + timedelta(minutes=4))

    later = NOW + timedelta(days=1)
    run_id = filled.begin(store, later, "question_one")
    for number, venue in enumerate((FOX, replace(FOX, name="The Fox Inn", phone="+441130000000")), 1):
        facts: dict[str, Any] = {"venue": venue, "schedule": Schedule("Sundays", 7, "20:00", "weekly")}
        event = filled.quiz(f"fox-{number}", "question_one", **facts)
        pictures = [("hero", f"https://one.example/{number}/fox.jpg", f"fox {number}")]
        filled.record(store, event, run_id, later, pictures, files)
    badger = Venue("The Badger", address="1 High St", city="Ballarat", latitude=-37.56, longitude=143.8601)
    filled.record(store, filled.quiz("badger-3", "question_one", venue=badger), run_id, later)
    filled.finish(store, run_id, later + timedelta(minutes=1))

    # The same venues a day later: another host, fee, text and image, and one that is on a break.
    run_id = filled.begin(store, later)
    event = filled.quiz(
        "Badger", description="Nine rounds.", fee=Fee("free", 0, "AUD"), performer=Performer("Alex"), on_break=True
    )
    filled.record(store, event, run_id, later, [("hero", "https://q.example/Badger/bar.jpg", "new bar")], files)
    schedule = Schedule("Fridays at 8pm", 5, "20:00", "weekly", "FREQ=WEEKLY;BYDAY=FR", "Australia/Melbourne")
    filled.record(store, filled.quiz("Otter", schedule=schedule, name="Otter quiz"), run_id, later)
    filled.finish(store, run_id, later + timedelta(minutes=3))


def crawl(project: Project, *options: str, passes: bool = True, **arguments: Any) -> Finished:
    done = project.crawl(*options, **arguments)
    assert (done.exit_code == 0) == passes, done.stderr
    return done


def crawl_publishers(project: Project, sandbox: Sandbox) -> None:
    """Crawl every publisher: ordinary, limited, dry, killed runs, and one with a failing image."""
    project.crawl(accident=PulledPlug(Step.EVENT, "kill"), venue=SPACE)
    broken = next(shown["url"] for shown in sandbox.pictures() if shown["venue"] == COMPASS)
    sandbox.behave(broken, "status", status=500)
    crawl(project)
    crawl(project, *SPIDERS, publisher="rival")
    for publisher in ("question_one", "pubquiz", "geeks_who_drink"):
        crawl(project, publisher=publisher, limit="6")
    crawl(project, publisher="speed_quizzing", dry_run="true")
    sandbox.heal()


def change_publishers(project: Project, sandbox: Sandbox) -> None:
    """Crawl after a change of images, addresses and facts, so that rows of history and past images appear."""
    ours = [shown["url"] for shown in sandbox.pictures() if shown["venue"] in {SPACE, GALAH}]
    sandbox.change(ours)
    crawl(project, force_refresh_images="true", venue=f"{SPACE},{GALAH}")
    sandbox.change(ours)
    sandbox.move(SPACE)
    sandbox.edit(GALAH, street="99 New Street", description="Now with a barbecue.", phone="07 3000 0000")
    sandbox.edit(SPACE, host="Quentin Marsh")
    crawl(project, force_refresh_images="true")
    crawl(project, publisher="pubquiz", force_update="true", limit="3")


def crawl_shards(project: Project, sandbox: Sandbox) -> None:
    """Crawl a plan that is judged, one with a missing shard, and one of which a shard failed."""
    page = next(row["source_url"] for row in project.events() if row["publisher_id"] == SPACE)
    shard = part_of(SPACE, 2) + 1
    for number in (1, 2):
        if number == shard:
            sandbox.behave(page, "status", status=404)
        crawl(project, shard=f"{number}/2", force_update="true", _job="night-1")
    sandbox.heal()
    crawl(project, shard="1/3", _job="night-2")
    crawl(project, shard="3/3", _job="night-2")
    crawl(project, shard="1/2", _job="night-3")
    sandbox.behave(LISTING, "status", status=404)
    crawl(project, shard="2/2", _job="night-3", passes=False)
    sandbox.heal()


def crawl_with_alerts(project: Project, sandbox: Sandbox, receiver: Receiver) -> None:
    """Crawl with a webhook: alerts that are received, and one that is not."""
    project.environment["ALERT_WEBHOOK_URL"] = receiver.url
    for is_broken, status in ((True, 200), (True, 200), (False, 200), (True, 500)):
        receiver.answers = status
        if not is_broken:
            add_unlisted_event(project)
        if is_broken:
            sandbox.behave(LISTING, "status", status=404)
        crawl(project, passes=not is_broken)
        sandbox.heal()
    del project.environment["ALERT_WEBHOOK_URL"]


def add_unlisted_event(project: Project) -> None:
    """Record an event that the next complete run misses for the first time."""
    with closing(project.store()) as store:
        run_id = filled.begin(store, NOW + timedelta(days=2))
        filled.record(store, filled.quiz("Kite"), run_id, NOW + timedelta(days=2))
        filled.finish(store, run_id, NOW + timedelta(days=2, minutes=1))


def settle_venues(project: Project, sandbox: Sandbox) -> None:
    """Merge, separate and distinguish venues, then crawl those of the second publisher, with one image that fails."""
    for words in (
        ("merge", GALAH_SLUG, "lighthouse-bar"),
        ("merge", GALAH_SLUG, NEST),
        ("unmerge", "lighthouse-bar"),
        ("merge", "the-fox", "the-fox-inn"),
        ("unmatch", f"rival/rival-{SPACE}"),
        ("distinct", "the-badger", "the-otter"),
    ):
        done = project.scrapy("venues", *words)
        assert done.exit_code == 0, (words, done.stderr)
    theirs = ",".join(f"rival-{name}" for name in NAMES)
    crawl(project, *SPIDERS, publisher="rival", venue=theirs)
    sandbox.behave(hero_of(COMPASS), "status", status=500)
    crawl(project, *SPIDERS, publisher="rival", venue=theirs, force_refresh_images="true")
    sandbox.heal()


def spill_events(store: Store, folder: Path) -> Path:
    """Record a run that could not store two events: one of them was read again since, by a later run."""
    later = NOW + timedelta(days=8)
    run_id = filled.begin(store, later, "pubquiz")
    path = folder / f"pubquiz-{run_id}.jsonl"
    again = filled.quiz("bydgoszcz/czapla", "pubquiz", scraped_at="2026-11-28T03:31:00Z")
    lost = filled.quiz("gdansk/zubr", "pubquiz", scraped_at="2026-11-28T03:32:00Z", performer=Performer("Ola"))
    lost.venue = Venue("Pub Żubr", city="Gdańsk", country="PL", latitude=54.35, longitude=18.65)
    for event in (again, lost):
        spill(path, run_id, event)
    reason = f"events that could not be stored wait: `scrapy db replay var/spill/{path.name}` loads them"
    store.run(runs.finish, run_id, runs.Outcome("finished", "failed", [reason], {"events/errors": 2}), later)
    run_id = filled.begin(store, later + timedelta(hours=1), "pubquiz")
    filled.record(store, again, run_id, later + timedelta(hours=1))
    filled.finish(store, run_id, later + timedelta(hours=2))
    return path


def fill_queue(project: Project, sandbox: Sandbox, server: postgres.Server) -> None:
    """Let a worker make a periodic plan and fail a job; then leave jobs of each status behind."""

    def wait_until(condition: Callable[[], bool]) -> None:
        deadline = monotonic() + SECONDS
        while not condition():
            assert monotonic() < deadline
            sleep(0.2)

    database = str(make_url(project.database).database)

    def count(where: str) -> int:
        return int(server.run(f"SELECT count(*) FROM procrastinate_jobs WHERE {where}", database)[0][0])

    plan(project, "quizmeisters", "--shards", "2")
    sandbox.behave(LISTING, "status", status=404)
    entry = {"publisher": "inquizition", "shards": 2, "cron": "* * * * *", "arguments": {"limit": "1"}}
    environment = project.environment | {"QUEUE_PLANS": json.dumps([entry])}
    before = len(project.runs())
    command = [".venv/bin/python", "-m", "scrapy", "queue", "worker", "--name", "machine-1"]
    log = project.home / "worker.log"
    with log.open("wb") as output, subprocess.Popen(command, cwd=ROOT, env=environment, stderr=output) as process:
        wait_until(lambda: count("status = 'failed'") == 2)
        wait_until(lambda: len(project.runs()) >= before + 4 and not count("status IN ('todo', 'doing')"))
        process.terminate()
        process.wait(SECONDS)
    sandbox.heal()
    plan(project, "speed_quizzing", "--shards", "3", "-a", "force_update=true")
    plan(project, "pubquiz")
    plan(project, "question_one")
    canceled = project.scrapy("queue", "cancel", "question_one")
    assert canceled.exit_code == 0, canceled.stderr
    columns = "(queue_name, task_name, lock, queueing_lock, status, attempts, args)"
    timed = {"timestamp": 1795923000, "publisher": "geeks_who_drink", "shards": 2, "arguments": {}}
    shard = {"publisher": "geeks_who_drink", "shard": "1/1", "job": "geeks_who_drink-20261128T033000Z", "arguments": {}}
    name = "geeks_who_drink 1/1"
    for values in (
        f"('plan', 'plan', NULL, NULL, 'todo', 0, '{json.dumps(timed)}')",
        f"('crawl', 'crawl', '{name}', '{name}', 'succeeded', 1, '{json.dumps(shard)}')",
    ):
        server.run(f"INSERT INTO procrastinate_jobs {columns} VALUES {values}", database)
    server.run("UPDATE procrastinate_jobs SET status = 'doing' WHERE lock = 'speed_quizzing 2/3'", database)


def plan(project: Project, publisher: str, *words: str) -> None:
    made = project.scrapy("queue", "plan", publisher, *words)
    assert made.exit_code == 0, made.stderr


if __name__ == "__main__":
    write_databases()
