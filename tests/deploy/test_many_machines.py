"""Two machines crawl several publishers, with PostgreSQL and S3 on a third, and one of the two crashes midway.

Each machine is a network namespace.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.quizmeisters_venues import VENUES
from tests.support import postgres
from tests.support.children import wait_until
from tests.support.machines import Machine, Unavailable, machines
from tests.support.paths import ROOT
from tests.support.project import Project
from trivia_scraper.db.engine import Store
from trivia_scraper.images.storage.base import ID_FILE

VENUES_LISTED, SECONDS = 240, 180
OTHERS = ("inquizition", "pubquiz", "question_one")
DELAY = 0.05  # seconds between two requests to one host: 12 s for the pages
SANDBOX_PORT, S3_PORT = 8800, 5000
SERVE = """
import asyncio, socket, sys
from sandbox.server import serve
from sandbox.state import State
asyncio.run(serve(socket.create_server((sys.argv[1], int(sys.argv[2]))), State("small")))
"""
PREPARE = """
import json, sys
import boto3
from sandbox.client import Sandbox
sandbox, hidden, guests = Sandbox(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3])
for venue in hidden:
    sandbox.edit(venue, listed=False)
sandbox.guests(guests)
boto3.client("s3").create_bucket(Bucket="images")
"""
LOOK = """
import json, sys
import boto3
from sandbox.client import Sandbox
pages = boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket="images")
keys = [each["Key"] for page in pages for each in page.get("Contents", ())]
print(json.dumps({"requests": [each["url"] for each in Sandbox(sys.argv[1]).requests()], "objects": keys}))
"""


@dataclass(frozen=True)
class Site:
    machines: list[Machine]
    environment: dict[str, str]
    server: postgres.Server
    database: str
    """URL of the database for this test, which is outside of the machines."""

    def stored(self) -> set[str]:
        """Return the page of each stored event of quizmeisters."""
        name = self.database.rpartition("/")[2].partition("?")[0]
        return {
            url for (url,) in self.server.run("SELECT source_url FROM events WHERE publisher = 'quizmeisters'", name)
        }

    def scrapy(self, machine: Machine, *words: str) -> Any:
        return machine.run(sys.executable, "-m", "scrapy", *words, environment=self._of(machine), cwd=ROOT)

    def worker(self, machine: Machine, log: Path) -> subprocess.Popen[str]:
        settings = ("-s", f"DOWNLOAD_DELAY={DELAY}", "-s", "IMAGES_THUMBS={}", "-s", "QUEUE_STALLED_AFTER=6")
        words = ("queue", "worker", "--jobs", "1", "--name", machine.name, *settings)
        with log.open("w") as output:
            return machine.start(
                sys.executable, "-m", "scrapy", *words, env=self._of(machine), cwd=ROOT, stdout=output, stderr=output
            )

    def _of(self, machine: Machine) -> dict[str, str]:
        return self.environment | {"TRIVIA_HOME": f"{self.environment['TRIVIA_HOME']}/{machine.name}"}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    pytest.importorskip("procrastinate")
    with ExitStack() as stack:
        try:
            third, one, two = stack.enter_context(machines("store", "one", "two"))
            server = stack.enter_context(postgres.running_postgres(third.address, third.network))
        except (Unavailable, postgres.Unavailable) as missing:
            (pytest.fail if os.environ.get("CI") else pytest.skip)(str(missing))
        local = server.empty()
        name = local.rpartition("/")[2].partition("?")[0]
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("AWS_")},
            "DATABASE_URL": f"postgresql+psycopg://postgres@{third.address}/{name}",
            "IMAGES_STORE": "s3://images/trivia/",
            "SANDBOX_SERVER": f"http://{third.address}:{SANDBOX_PORT}",
            "AWS_ENDPOINT_URL": f"http://{third.address}:{S3_PORT}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "planted-secret",
            "AWS_DEFAULT_REGION": "us-east-1",
            "TRIVIA_HOME": str(tmp_path),
        }
        quiet = {"cwd": ROOT, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        for words in (
            ("-c", SERVE, third.address, str(SANDBOX_PORT)),
            ("-m", "moto.server", "-H", third.address, "-p", str(S3_PORT)),
        ):
            process = third.start(sys.executable, *words, env=environment, **quiet)
            stack.callback(process.wait)
            stack.callback(process.kill)
        for port in (SANDBOX_PORT, S3_PORT):
            connect = f"exec 3<>/dev/tcp/{third.address}/{port}"
            third.run("bash", "-c", f"until ({connect}); do sleep 0.1; done", timeout=SECONDS)
        hidden = json.dumps([venue.slug if venue.page else str(venue.number) for venue in VENUES])
        given = (environment["SANDBOX_SERVER"], hidden, str(VENUES_LISTED))
        prepared = third.run(sys.executable, "-c", PREPARE, *given, environment=environment, cwd=ROOT)
        assert prepared.returncode == 0, prepared.stderr
        Store(local).close()
        yield Site([third, one, two], environment, server, local)


def test_crash_of_one_of_two_machines_loses_nothing(site: Site, tmp_path: Path) -> None:
    from trivia_scraper.queue.jobs import Queue

    third, one, two = site.machines
    project, queue = Project(tmp_path, "", site.database), Queue(site.database)
    queue.run(queue.make_tables(), new=True)
    planned = site.scrapy(one, "queue", "plan", "quizmeisters", *OTHERS)
    assert planned.returncode == 0, planned.stderr
    job_ids = planned.stdout.split()
    logs = {machine: tmp_path / f"{machine.name}.log" for machine in (one, two)}
    workers = {one: site.worker(one, logs[one])}
    try:
        wait_until(site.stored, SECONDS)
        workers[two] = site.worker(two, logs[two])
        assert site.scrapy(two, "crawl", "quizmeisters").returncode == 75
        wait_until(lambda: len(site.stored()) >= VENUES_LISTED * 0.4, SECONDS)
        assert one.crash() == 2, "the worker and its crawl"
        before = site.stored()
        assert len(before) < VENUES_LISTED
        wait_until(lambda: not queue.run(queue.jobs()), SECONDS)
    finally:
        for process in workers.values():
            process.terminate()
            process.wait(SECONDS)
    assert "its worker died; the job is repeated" in logs[two].read_text()

    runs = [(run["publisher"], run["job_id"], run["verdict"]) for run in project.runs()]
    passed = [
        (publisher, job_id, "passed") for publisher, job_id in zip(("quizmeisters", *OTHERS), job_ids, strict=True)
    ]
    assert sorted(runs) == sorted([*passed, ("quizmeisters", job_ids[0], "interrupted")])
    every_event = project.events()
    assert {event["publisher"] for event in every_event} == {"quizmeisters", *OTHERS}
    nights = [(event["publisher"], event["publisher_id"], event["night"]) for event in every_event]
    assert len(nights) == len(set(nights))
    events = [event for event in every_event if event["publisher"] == "quizmeisters"]
    assert len(events) == len({event["publisher_id"] for event in events}) == VENUES_LISTED
    assert len({event["venue"]["slug"] for event in events}) == VENUES_LISTED
    assert {event["status"] for event in events} == {"active"}
    assert Counter(len(event["images"]) for event in events) == {1: VENUES_LISTED}

    looked = third.run(
        sys.executable, "-c", LOOK, site.environment["SANDBOX_SERVER"], environment=site.environment, cwd=ROOT
    )
    assert looked.returncode == 0, looked.stderr
    seen = json.loads(looked.stdout)
    stored = {key.removeprefix("trivia/") for key in seen["objects"]} - {ID_FILE}
    assert stored == {image["path"] for event in every_event for image in event["images"]}
    assert len(stored) >= VENUES_LISTED
    assert site.scrapy(two, "images", "verify").returncode == 0
    pages = Counter(url for url in seen["requests"] if url in {event["source_url"] for event in events})
    assert len(pages) == VENUES_LISTED
    assert {pages[url] for url in before} == {1}, "pages of stored events are not read again"
