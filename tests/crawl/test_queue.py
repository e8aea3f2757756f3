"""`scrapy queue` on PostgreSQL: plans, workers, and jobs that fail, wait, hang or are stopped."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partialmethod
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from sqlalchemy import create_engine

from sandbox.client import Sandbox
from tests.support import forked
from tests.support.accidents import NotInstalled
from tests.support.children import FORKSERVER, wait_until
from tests.support.paths import ROOT
from tests.support.postgres import Server
from tests.support.project import Project
from trivia_scraper.db.locks import PublisherLock

LISTING = "https://storerocket.io/api/user/kDJ3BbK4mn/locations"
SECONDS = 60
QUICK = ("-s", "QUEUE_STALLED_AFTER=3")


@pytest.fixture
def queue(tmp_path: Path, sandbox: Sandbox, postgresql: Server) -> Project:
    """A project whose database has a queue."""
    pytest.importorskip("procrastinate")
    project = Project(tmp_path / "var", sandbox.url, postgresql.empty())
    made = project.scrapy("queue", "schema")
    assert (made.exit_code, made.stdout) == (0, "The queue's tables were created.\n"), made.stderr
    return project


def jobs(project: Project) -> dict[str, dict[str, Any]]:
    """Return the jobs by publisher."""
    from trivia_scraper.queue.jobs import Queue

    queue = Queue(project.database)
    return {job["publisher"]: job for job in queue.run(queue.jobs())}


def plan(project: Project, publisher: str, *words: str) -> str:
    made = project.scrapy("queue", "plan", publisher, *words)
    assert made.exit_code == 0, made.stderr
    return made.stdout.strip()


@dataclass(frozen=True)
class QuickPolls:
    """Lets a worker look for jobs and cancellations ten times as often."""

    def __call__(self) -> None:
        from procrastinate import App

        from trivia_scraper.queue import worker

        worker._POLL_SECONDS /= 10
        App.run_worker_async = partialmethod(  # type: ignore[method-assign, assignment]
            App.run_worker_async, abort_job_polling_interval=0.5
        )


@contextmanager
def worker(
    project: Project, log: Path, *words: str, accident: Callable[[], None] | None = QuickPolls(), **environment: str
) -> Iterator[Any]:
    """Run `scrapy queue worker` and terminate it at the end. With accident=None the worker polls at its normal rate."""
    command = ("queue", "worker", *QUICK, *words)
    process = FORKSERVER.Process(
        target=forked.scrapy_command,
        args=(command, project.environment | environment, ROOT, Path(os.devnull), log, accident),
    )
    process.start()
    try:
        yield process
    finally:
        if process.exitcode is None:
            process.terminate()
            process.join(SECONDS)
            ended = process.exitcode is not None
            process.kill()
            assert ended, "the worker ends after SIGTERM"


# -- Commands ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("module", ["procrastinate", "psycopg"])
def test_queue_without_optional_part_is_refused(project: Project, module: str) -> None:
    done = project.scrapy("queue", "status", accident=NotInstalled(module))
    assert (done.exit_code, done.stderr) == (
        2,
        "scrapy queue: the queue needs an optional part, which is not installed: pip install "
        "'procrastinate>=3.10,<4' 'psycopg[binary]>=3.2,<4'.\n",
    )


def test_queue_on_sqlite_is_refused(project: Project) -> None:
    for words in (["schema"], ["worker"], ["plan", "quizmeisters"], ["status"]):
        done = project.scrapy("queue", *words)
        assert (done.exit_code, done.stderr) == (
            2,
            "scrapy queue: the queue needs PostgreSQL, but DATABASE_URL names SQLite (docs/many-machines.md).\n",
        )
    assert not project.home.exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("", "scrapy queue: add a command: schema, worker, plan, status, cancel; "),
        ("plans", "scrapy queue: there is no command 'plans'; did you mean 'plan'?"),
        ("status quizmeisters", "scrapy queue: 'quizmeisters' is an unexpected argument; "),
        ("plan quizmaster", "scrapy queue: there is no publisher 'quizmaster'; did you mean 'quizmeisters'?"),
        ("plan quizmeisters -a limits=2", "scrapy queue: there is no spider argument 'limits': did you mean 'limit'?"),
        ("plan quizmeisters -a shard=1/2", "scrapy queue: there is no spider argument 'shard': it takes "),
        ("plan quizmeisters -a _job=mine", "scrapy queue: remove the spider argument _job: the queue sets it."),
        ("worker --jobs 0", "scrapy queue worker: --jobs takes a whole number, 1 or more, not '0'."),
        (
            "worker -s QUEUE_TIME_LIMIT=soon",
            "scrapy queue: the setting QUEUE_TIME_LIMIT takes seconds, more than 0, ",
        ),
        ("worker -s QUEUE_PLANS=nightly", "scrapy queue: the setting QUEUE_PLANS is not a list in JSON: "),
        (
            'worker -s QUEUE_PLANS=[{"publisher":"x"}]',
            "scrapy queue: the setting QUEUE_PLANS is wrong in entry 1, cron: Field required.",
        ),
        (
            'worker -s QUEUE_PLANS=[{"publisher":"quizmeisters","cron":"@daily"}]',
            "scrapy queue: the setting QUEUE_PLANS is wrong in entry 1, cron: write five fields, like 30 3 * * *.",
        ),
        (
            'worker -s QUEUE_PLANS=[{"publisher":"quizmeister","cron":"0_3_*_*_*"}]',
            "scrapy queue: the setting QUEUE_PLANS is wrong in entry 1: there is no publisher 'quizmeister'; did you "
            "mean 'quizmeisters'?",
        ),
        (
            'worker -s QUEUE_PLANS=[{"publisher":"quizmeisters","cron":"0_3_*_*_*","arguments":{"limt":"3"}}]',
            "scrapy queue: the setting QUEUE_PLANS is wrong in entry 1, arguments: there is no spider argument 'limt': "
            "did you mean 'limit'?\n",
        ),
        (
            'worker -s QUEUE_PLANS=[{"publisher":"quizmeisters","cron":"0_3_*_*_*","arguments":{"limit":"x"}}]',
            "scrapy queue: the setting QUEUE_PLANS is wrong in entry 1, arguments: the spider argument limit takes a "
            "whole number, 1 or more, not 'x'.\n",
        ),
        (
            'worker -s QUEUE_PLANS=[{"publisher":"quizmeisters","shards":4,"cron":"@daily"}]',
            'scrapy queue: remove "shards" from entry 1 of the setting QUEUE_PLANS: one job crawls a whole publisher.',
        ),
    ],
)
def test_mistyped_queue_command_is_one_sentence(project: Project, words: str, sentence: str) -> None:
    typed = [word.replace("_*", " *").replace("0_3", "0 3") for word in words.split()]
    database = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    done = project.scrapy("queue", *typed, DATABASE_URL=database)
    assert done.exit_code == 2, done.stderr
    assert done.stderr.startswith(sentence)
    assert len(done.stderr.splitlines()) == 1


def test_missing_queue_or_database_is_one_sentence(project: Project, postgresql: Server) -> None:
    done = project.scrapy("queue", "plan", "quizmeisters", DATABASE_URL=postgresql.empty())
    assert (done.exit_code, done.stderr) == (
        1,
        "scrapy queue: the queue has no tables yet; make them with `scrapy queue schema`.\n",
    )
    away = project.scrapy("queue", "status", DATABASE_URL="postgresql+psycopg://me:planted-secret@127.0.0.1:1/none")
    assert away.exit_code == 1
    assert len(away.stderr.splitlines()) == 1
    assert "planted-secret" not in away.stderr


def test_publisher_is_planned_once_until_job_ends(queue: Project) -> None:
    made = plan(queue, "quizmeisters", "-a", "limit=2")
    assert [(job["publisher"], job["job"], job["status"]) for job in jobs(queue).values()] == [
        ("quizmeisters", made, "todo")
    ]
    refused = queue.scrapy("queue", "plan", "quizmeisters")
    sentence = f"scrapy queue: {made}, the last job of quizmeisters, has not ended (`scrapy queue status`).\n"
    assert (refused.exit_code, refused.stdout, refused.stderr) == (75, "", sentence)
    others = queue.scrapy("queue", "plan")
    assert (others.exit_code, others.stderr) == (75, sentence), "the other publishers are planned"
    listed = queue.scrapy("queue", "status", "--json").json
    publishers = [each.partition("\t")[0] for each in queue.scrapy("list").stdout.split()]
    assert sorted(job["publisher"] for job in listed) == sorted(publishers)
    assert sorted(job["job"] for job in listed) == sorted([made, *others.stdout.split()])
    assert queue.scrapy("queue", "cancel", "quizmeisters").stdout == "Cancelled 1 job of quizmeisters.\n"
    assert jobs(queue)["quizmeisters"]["status"] == "cancelled"
    nothing = queue.scrapy("queue", "cancel", "quizmeisters")
    assert (nothing.exit_code, nothing.stderr) == (1, "scrapy queue: no job of quizmeisters is waiting or running.\n")
    again = plan(queue, "quizmeisters")
    assert (jobs(queue)["quizmeisters"]["status"], jobs(queue)["quizmeisters"]["job"]) == ("todo", again)
    assert queue.scrapy("queue", "schema").stdout == "The queue's tables already exist.\n"


# -- Workers ----------------------------------------------------------------------------------------------------------


def test_failed_job_is_shown_and_busy_job_waits(queue: Project, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.behave(LISTING, "status", status=404)
    with closing(queue.store()) as store, PublisherLock(store, "speed_quizzing") as lock:
        assert lock.held
        plan(queue, "quizmeisters", "speed_quizzing")
        with worker(queue, tmp_path / "log", "--jobs", "3"):
            wait_until(lambda: all(job["status"] == "failed" or job["attempts"] for job in jobs(queue).values()))
    found = jobs(queue)
    assert found["quizmeisters"]["status"] == "failed"
    busy = found["speed_quizzing"]
    assert (busy["status"], busy["attempts"]) == ("todo", 1)
    wait = busy["not_before"] - datetime.now(UTC)
    assert timedelta(seconds=5) < wait < timedelta(seconds=61)
    shown = queue.scrapy("queue", "status")
    assert (shown.exit_code, shown.stdout.splitlines()[1].split("\t")[:3]) == (
        1,
        ["quizmeisters", found["quizmeisters"]["job"], "failed"],
    )
    log = (tmp_path / "log").read_text()
    assert "could not be downloaded" in log
    assert "is being crawled by another process" in log
    assert "Traceback" not in log
    assert (queue.home / "log/quizmeisters.log").exists()
    sandbox.heal()
    plan(queue, "quizmeisters")
    assert jobs(queue)["quizmeisters"]["status"] == "todo", "a new plan replaces the failed job"


def test_job_of_stopped_worker_continues_on_another(queue: Project, sandbox: Sandbox, tmp_path: Path) -> None:
    guests = sandbox.guests(12)
    arguments = ("-a", f"venue={','.join(guests)}")
    plan(queue, "quizmeisters", *arguments)
    with worker(queue, tmp_path / "first", "-s", "DOWNLOAD_DELAY=0.4") as first:
        wait_until(lambda: [request for request in sandbox.requests() if "/venues/" in request["url"]])
        first.terminate()
        first.join(SECONDS)
        assert first.exitcode == 0
    (run,) = queue.runs()
    assert run["verdict"] == "interrupted"
    assert "Traceback" not in (tmp_path / "first").read_text()
    job = jobs(queue)["quizmeisters"]
    assert (job["status"], job["attempts"]) == ("todo", 1)
    with worker(queue, tmp_path / "second"):
        wait_until(lambda: not jobs(queue))
    assert queue.runs()[0]["verdict"] == "passed"
    assert len(queue.events()) == len(guests)
    assert {request["url"] for request in sandbox.requests() if "/venues/" in request["url"]} == {
        event["source_url"] for event in queue.events()
    }


def test_job_of_killed_worker_is_rescued_after_many_attempts(queue: Project, sandbox: Sandbox, tmp_path: Path) -> None:
    plan(queue, "quizmeisters", "-a", f"venue={','.join(sandbox.guests(4))}")
    with worker(queue, tmp_path / "first", "-s", "DOWNLOAD_DELAY=0.4") as first:
        wait_until(lambda: [request for request in sandbox.requests() if "/venues/" in request["url"]])
        engine = create_engine(queue.database)
        with engine.begin() as connection:
            connection.exec_driver_sql("UPDATE procrastinate_jobs SET attempts = 9")
        engine.dispose()
        first.kill()
        first.join()
    with worker(queue, tmp_path / "second"):
        wait_until(lambda: not jobs(queue))
    assert "its worker died; the job is repeated" in (tmp_path / "second").read_text()
    assert queue.runs()[0]["verdict"] == "passed"


def test_hanging_and_cancelled_crawls_are_ended(queue: Project, sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.behave(LISTING, "slow", seconds=60)
    plan(queue, "quizmeisters")
    with worker(queue, tmp_path / "log", "-s", "QUEUE_TIME_LIMIT=3", "-s", "QUEUE_KILL_AFTER=0.5"):
        wait_until(lambda: jobs(queue)["quizmeisters"]["status"] == "failed")
    assert "it was not done after 3 seconds" in (tmp_path / "log").read_text()
    sandbox.forget_requests()
    plan(queue, "quizmeisters")
    with worker(queue, tmp_path / "log", "-s", "QUEUE_KILL_AFTER=0.5"):
        wait_until(lambda: [request for request in sandbox.requests() if request["url"] == LISTING])
        assert queue.scrapy("queue", "cancel", "quizmeisters").exit_code == 0
        wait_until(lambda: jobs(queue)["quizmeisters"]["status"] == "aborted")


def test_scheduled_plan_is_crawled_once(queue: Project, sandbox: Sandbox, postgresql: Server, tmp_path: Path) -> None:
    entry = {"publisher": "quizmeisters", "cron": "* * * * *", "arguments": {"limit": "2"}}
    with worker(queue, tmp_path / "log", QUEUE_PLANS=json.dumps([entry])):
        wait_until(lambda: [run for run in queue.runs() if run["verdict"] == "passed"])
        wait_until(lambda: not jobs(queue))
    made = queue.runs()[-1]["job_id"]
    assert datetime.strptime(made, "quizmeisters-%Y%m%dT%H%M%SZ").second == 0
    assert queue.runs()[-1]["arguments"] == {"limit": 2}

    # The state that a worker leaves if it dies after the crawl and before the job has ended.
    database = str(queue.database.rpartition("/")[2].partition("?")[0])
    before = len(queue.runs())
    arguments = json.dumps({"publisher": "quizmeisters", "job": made, "arguments": {}})
    with worker(queue, tmp_path / "log", accident=None):
        wait_until(lambda: (tmp_path / "log").read_text().count("Starting worker") == 2)
        sleep(1)  # the worker polls the queue now, and has no connection in between
        postgresql.end_connections(queue.database)  # the worker survives this
        postgresql.run(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, status, args) "
            f"VALUES ('crawl', 'crawl', 'quizmeisters', 'doing', '{arguments}')",
            database,
        )
        wait_until(lambda: not jobs(queue))
    assert "its worker died; the job is repeated" in (tmp_path / "log").read_text()
    assert len(queue.runs()) == before


def test_old_shard_jobs_fail_and_whole_crawls_run(
    queue: Project, sandbox: Sandbox, postgresql: Server, tmp_path: Path
) -> None:
    database = str(queue.database.rpartition("/")[2].partition("?")[0])
    for publisher, shard in (("quizmeisters", "1/2"), ("quizmeisters", "2/2"), ("speed_quizzing", "1/1")):
        job = {"publisher": publisher, "shard": shard, "job": f"{publisher}-old", "arguments": {"limit": "2"}}
        postgresql.run(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, status, args) "
            f"VALUES ('crawl', 'crawl', '{publisher} {shard}', 'todo', '{json.dumps(job)}')",
            database,
        )
    assert queue.scrapy("queue", "plan", "quizmeisters").exit_code == 75
    with worker(queue, tmp_path / "log"):
        wait_until(lambda: "speed_quizzing" not in jobs(queue))
        wait_until(lambda: [job["status"] for job in queue.scrapy("queue", "status", "--json").json] == ["failed"] * 2)
    log = (tmp_path / "log").read_text()
    sentence = "shards are no longer crawled; plan the whole publisher with `scrapy queue plan quizmeisters`"
    assert log.count(sentence) == 2
    assert "Traceback" not in log
    assert [(run["publisher"], run["job_id"], run["verdict"]) for run in queue.runs()] == [
        ("speed_quizzing", "speed_quizzing-old", "passed")
    ]
    plan(queue, "quizmeisters")
    assert [job["status"] for job in queue.scrapy("queue", "status", "--json").json] == ["todo"]
