"""One publisher crawled in parts: who may run beside whom, when an absence counts, and what it costs
the publisher."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import pytest

from sandbox.client import Sandbox
from tests.crawl.test_absences import event
from tests.support.accidents import PulledPlug
from tests.support.project import Finished, Project
from trivia_scraper.db import plans, runs, schema
from trivia_scraper.db.engine import Store
from trivia_scraper.db.health import Health, health
from trivia_scraper.db.locks import PublisherLock
from trivia_scraper.errors import BusyError
from trivia_scraper.images.crash_points import Step
from trivia_scraper.parsing.shards import Shard, part_of

SPACE = "act-3rd-space-canberra"
HOME = f"{part_of(SPACE, 3) + 1}/3"
"""The shard of SPACE."""
OTHERS = [str(shard) for shard in Shard.all(3) if str(shard) != HOME]
LISTING = "https://storerocket.io/api/user/kDJ3BbK4mn/locations"
CDN = "cdn.prod.website-files.com"
SLACK = 0.4  # seconds by which a busy machine may log a request too late
HOLD = """
import sys
from trivia_scraper.parsing.shards import Shard
from trivia_scraper.db.engine import Store
from trivia_scraper.db.locks import PublisherLock
lock = PublisherLock(Store(sys.argv[1]), "quizmeisters", Shard.parse(sys.argv[2]) if sys.argv[2] else None)
print(lock.acquire(), flush=True)
sys.stdin.read()
"""


@contextmanager
def holding(url: str, shard: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the lock of a shard of quizmeisters, or with "" of the whole."""
    command = [sys.executable, "-c", HOLD, url, shard]
    with subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        try:
            assert child.stdout is not None
            assert child.stdout.readline() == "True\n"
            yield child
        finally:
            child.kill()


# -- Who may run beside whom ------------------------------------------------------------------------------------------


def test_shards_run_beside_each_other_and_beside_nothing_else(store: Store, database: str) -> None:
    def may_run(shard: str) -> bool:
        with PublisherLock(store, "quizmeisters", Shard.parse(shard) if shard else None) as lock:
            return lock.held

    with holding(database, "2/4") as other:
        assert may_run("1/4")
        assert may_run("4/4")
        assert not may_run("2/4")
        assert not may_run("")
        with PublisherLock(store, "geeks_who_drink", Shard(2, 4)) as elsewhere:
            assert elsewhere.held
        with PublisherLock(store, "quizmeisters", Shard(1, 4)) as lock:
            assert lock.others_run(Shard(2, 4))
            assert not lock.others_run(Shard(3, 4))
            assert may_run("3/4"), "looking leaves nothing locked"
            os.kill(other.pid, signal.SIGKILL)
            other.wait()
            while lock.others_run(Shard(2, 4)):  # a server takes a moment to notice
                pass
        assert may_run("")
    with holding(database, ""):
        assert not may_run("1/4")
        assert not may_run("")


def begin(store: Store, running: set[Shard], shard: str | None = None, job: str | None = None) -> int:
    return store.run(
        runs.begin,
        publisher="quizmeisters",
        arguments={"shard": shard} if shard else {},
        job_id=job,
        source="sandbox",
        version="1",
        now=datetime.now(UTC),
        is_run=running.__contains__,
    )


def verdicts(store: Store) -> list[str]:
    return [row["verdict"] for row in reversed(store.read(runs.listed))]


def test_a_shard_that_begins_leaves_those_that_run_alone_and_marks_those_that_were_killed(store: Store) -> None:
    for shard in ("1/3", "2/3", None):
        store.run(
            lambda connection, asked: connection.execute(
                schema.runs.insert().values(
                    publisher="quizmeisters", arguments=asked, source="sandbox", version="1", verdict="running",
                    started_at=datetime.now(UTC), reasons=[], counts={},
                )
            ),
            {"shard": shard} if shard else {},
        )  # fmt: skip
    begin(store, {Shard(1, 3)}, "3/3")
    assert verdicts(store) == ["running", "interrupted", "interrupted", "running"]
    with pytest.raises(BusyError):
        begin(store, {Shard(1, 3), Shard(3, 3)}, "1/2")
    assert verdicts(store) == ["running", "interrupted", "interrupted", "running"]
    begin(store, {Shard(3, 3)}, "1/3")
    assert verdicts(store) == ["interrupted", "interrupted", "interrupted", "running", "running"]
    begin(store, set())
    assert verdicts(store)[:5] == ["interrupted"] * 5


@pytest.mark.parametrize("held", ["", HOME])
def test_what_may_not_run_sends_no_request(project: Project, sandbox: Sandbox, held: str) -> None:
    with closing(project.store()):
        pass
    with holding(project.database, held):
        sandbox.forget_requests()
        refused = project.crawl(shard=HOME)
        assert (refused.exit_code, refused.items, sandbox.requests()) == (75, [], [])
        assert project.crawl().exit_code == 75
        assert sandbox.requests() == []
        assert project.runs() == []


# -- What a shard does ------------------------------------------------------------------------------------------------


def crawl(project: Project, shard: str, exit_code: int = 0, job: str = "one", **arguments: str) -> dict[str, Any]:
    """A run of a shard that visits every venue of its own. Returns its row."""
    done = project.crawl(**({"shard": shard, "force_update": "true", "_job": job} | arguments))
    assert done.exit_code == exit_code, done.stderr
    return project.runs()[0]


def test_shards_together_store_what_one_run_stores(project: Project, sandbox: Sandbox) -> None:
    """At the same time, and with one of them killed in the midst."""
    whole = Project(project.home.with_name("whole"), sandbox.url)
    assert whole.crawl().exit_code == 0
    expected = {(each["publisher_id"], each["night"]) for each in whole.events()}

    def run(shard: str) -> Finished:
        own = Project(project.home, sandbox.url)
        killed = PulledPlug(Step.LEDGER, "kill") if shard == "2/3" else None
        return own.scrapy("crawl", "quizmeisters", "-a", f"shard={shard}", "-a", "_job=plan", accident=killed)

    sandbox.forget_requests()
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(run, ("1/3", "2/3", "3/3")))
    assert [ended.exit_code for ended in done] == [0, -signal.SIGKILL, 0], [ended.stderr for ended in done]
    again = project.crawl(shard="2/3", _job="plan")
    assert again.exit_code == 0, again.stderr
    stored = [(each["publisher_id"], each["night"]) for each in project.events()]
    assert sorted(stored) == sorted(expected)
    assert sorted(row["url"] for row in project.ledger()) == sorted(row["url"] for row in whole.ledger())
    assert {row["path"] for row in project.ledger()} == set(project.files())
    assert project.scrapy("images", "verify").exit_code == 0
    assert {each["status"] for each in project.events()} == {each["status"] for each in whole.events()}

    pages = Counter(each["url"] for each in sandbox.requests() if "/venues/" in each["url"] and each["status"] == 200)
    assert max(pages.values()) <= 2, "only what the killed shard had read is read twice"
    told = {row["arguments"]["shard"]: row for row in project.runs() if row["verdict"] == "passed"}
    counts = [row["counts"] for row in told.values()]
    listed = whole.runs()[0]["counts"]["venues/listed"]
    assert [each["venues/listed"] for each in counts] == [listed] * 3
    assert sum(each["venues/listed"] - each["venues/elsewhere"] for each in counts) == listed
    assert sum(each["venues/dropped"] for each in counts) == whole.runs()[0]["counts"]["venues/dropped"]
    assert [row["verdict"] for row in project.runs()].count("interrupted") == 1
    feeds = {path.name.partition(".")[2] for path in (project.home / "feeds/quizmeisters").iterdir()}
    assert feeds >= {"1-of-3.jsonl", "2-of-3.jsonl", "3-of-3.jsonl"}, "they may begin in one second"
    for row in told.values():
        changes = project.scrapy("runs", str(row["id"]), "--json").json["changes"]
        new = {change["of"] for change in changes if change["field"] == "new"}
        assert new
        assert all(Shard.parse(row["arguments"]["shard"]).has(of) for of in new), "others ran beside it"
    assert [plans.JUDGED in row["counts"] for row in project.runs()] == [True, False, False, False]


def test_absence_counts_once_when_every_shard_of_a_plan_was_clean(project: Project, sandbox: Sandbox) -> None:
    assert project.crawl().exit_code == 0
    sandbox.edit(SPACE, listed=False)
    for shard in (HOME, OTHERS[0]):
        crawl(project, shard)
        assert event(project, SPACE)["status"] == "active"
    run = crawl(project, OTHERS[1])
    assert (event(project, SPACE)["status"], run["counts"]["events/missing"]) == ("missing", 1)
    assert [each["publisher_id"] for each in project.events() if each["status"] == "missing"] == [SPACE]
    crawl(project, OTHERS[1])
    crawl(project, HOME)
    for shard in (OTHERS[0], HOME, OTHERS[1]):
        crawl(project, shard, job="two")
    assert event(project, SPACE)["status"] == "missing", "after two plans, whatever was repeated in the first"
    for shard in (OTHERS[0], HOME, OTHERS[1]):
        crawl(project, shard, job="three")
    assert event(project, SPACE)["status"] == "gone"
    sandbox.edit(SPACE, listed=True)
    crawl(project, HOME, job="four")
    assert event(project, SPACE)["status"] == "active"


def test_absence_does_not_count_while_a_plan_is_not_whole(project: Project, sandbox: Sandbox) -> None:
    assert project.crawl().exit_code == 0
    sandbox.edit(SPACE, listed=False)
    for shard in (*OTHERS, HOME):  # without a job nobody knows that they belong together
        done = project.crawl(shard=shard, force_update="true")
        assert done.exit_code == 0, done.stderr
    crawl(project, OTHERS[0], job="with a limit", limit="2")
    crawl(project, OTHERS[1], job="with a limit")
    crawl(project, HOME, job="with a limit")
    crawl(project, HOME, job="with a failure")
    crawl(project, OTHERS[0], job="with a failure")
    sandbox.behave(LISTING, "status", status=500)
    crawl(project, OTHERS[1], exit_code=1, job="with a failure")
    sandbox.heal()
    assert event(project, SPACE)["status"] == "active"
    crawl(project, HOME, job="with another between")
    crawl(project, OTHERS[0], job="with another between")
    assert project.crawl(venue="nsw-the-commercial-hotel").exit_code == 0
    crawl(project, OTHERS[1], job="with another between")
    assert event(project, SPACE)["status"] == "active"
    crawl(project, OTHERS[1], job="with a failure", exit_code=0)
    assert event(project, SPACE)["status"] == "active", "others have run since that plan's first"


def test_a_night_or_a_page_that_is_gone_counts_by_the_shard_that_looked(project: Project, sandbox: Sandbox) -> None:
    other = next(
        each["publisher_id"]
        for each in _with_pages(project, sandbox)
        if Shard.parse(OTHERS[0]).has(each["publisher_id"])
    )
    sandbox.edit(SPACE, schedule="Tuesdays 7pm and Thursdays 8pm")
    assert project.crawl(force_update="true").exit_code == 0
    before = event(project, SPACE, 2)["last_seen_at"]
    sandbox.edit(SPACE, schedule="Tuesdays 7pm")
    sandbox.behave(event(project, other)["source_url"], "status", status=410)
    for shard in (HOME, *OTHERS):
        crawl(project, shard)
    assert [event(project, SPACE, night)["status"] for night in (1, 2)] == ["active", "missing"]
    assert event(project, SPACE, 2)["last_seen_at"] == before, "no other shard takes it to be there"
    assert event(project, other)["status"] == "missing"
    for shard in (HOME, *OTHERS):
        crawl(project, shard, job="two")
    assert event(project, other)["status"] == "gone", "a page that says so counts twice"
    assert event(project, SPACE, 2)["status"] == "missing"


def _with_pages(project: Project, sandbox: Sandbox) -> list[dict[str, Any]]:
    assert project.crawl().exit_code == 0
    return [each for each in project.events() if "/venues/" in each["source_url"] and each["publisher_id"] != SPACE]


def test_habits_are_those_of_whole_plans(store: Store) -> None:
    def ended(read: int, without: int, shard: str | None = None, job: str | None = None) -> None:
        run = begin(store, set(), shard, job)
        counts = {"events/read": read, "missing/picture": without}
        store.run(runs.finish, run, runs.Outcome("finished", "passed", [], counts), datetime.now(UTC))

    ended(100, 0)
    for number in range(1, 7):  # each alone too small to tell
        ended(5, 5 if number > 3 else 0, f"{number}/6", "plan")
    usual = store.read(runs.usual_coverage, "quizmeisters", ["picture", "phone"])
    assert usual == {"picture": pytest.approx(0.75), "phone": 1.0}


def test_a_plan_is_as_good_as_its_worst_shard(store: Store) -> None:
    def ended(number: int, verdict: str, job: str, **counts: int) -> int:
        run = begin(store, {Shard(1, 2), Shard(2, 2)}, f"{number}/2", job)
        reasons = [] if verdict == "passed" else ["the listing names no venue"]
        store.run(runs.finish, run, runs.Outcome("finished", verdict, reasons, counts), datetime.now(UTC))
        return run

    def seen() -> Health:
        (found,) = store.read(health, datetime.now(UTC), {"*": 36})
        return found

    first = ended(1, "passed", "monday", **{"venues/listed": 9, "images/downloaded": 3, "gone_page/the-fox": 1})
    assert (seen().verdict, seen().last_good_run) == ("interrupted", None), "half a plan is no good run"
    good = ended(2, "passed", "monday", **{"venues/listed": 9, "venues/elsewhere": 4, "images/failed": 1})
    assert (seen().verdict, seen().last_good_run, seen().problems) == ("passed", good, [])
    assert seen().failed_pictures == 0.25
    run = seen().last_run
    assert run is not None
    assert run["counts"] == {"images/downloaded": 3, "images/failed": 1, "venues/listed": 9}
    assert run["started_at"] < store.read(runs.listed, good)[0]["started_at"]

    ended(1, "failed", "tuesday")
    after = ended(2, "passed", "tuesday")
    assert (seen().verdict, seen().last_good_run) == ("failed", good)
    assert seen().problems == [f"fails: shard 1/2: the listing names no venue (run {after})"]
    again = ended(1, "passed", "tuesday")
    assert (seen().verdict, seen().last_good_run, seen().problems) == ("passed", again, [])
    assert store.read(plans.verdict_before, first) is None
    assert store.read(plans.verdict_before, again) == "passed"

    ended(1, "failed", "wednesday")
    assert store.read(plans.verdict_before, ended(2, "passed", "wednesday")) == "passed", "not its own plan's"
    assert store.read(plans.verdict_before, ended(1, "passed", "thursday")) == "failed"


def test_what_one_shard_tells_no_other_tells(store: Store) -> None:
    """Not even one that began before it, or that ends while it is being told."""
    early, late = begin(store, set(), "1/2", "plan"), begin(store, {Shard(1, 2)}, "2/2", "plan")
    next_plan = begin(store, {Shard(1, 2), Shard(2, 2)}, "1/2", "next")
    for run in (late, early, next_plan):
        store.run(runs.finish, run, runs.Outcome("finished", "failed", ["down"], {}), datetime.now(UTC))

    def told() -> list[str | None]:
        return [runs.last_sent(store.read(runs.of_alert, run)["sent"], "a") for run in (late, early, next_plan)]

    assert told() == [None, None, None]
    store.run(runs.begin_alert, late)
    assert told() == [None, "failed", None], "who begins to tell may die of it"
    store.run(runs.end_alert, late, {"a": False})
    assert told() == [None, None, None]
    store.run(runs.begin_alert, late)
    store.run(runs.end_alert, late, {"a": True})
    assert told() == [None, "failed", "failed"]
    assert store.read(runs.listed, late)[0]["counts"] == {
        **{"alerts/failed": 1, "alerts/failed/a": 1, "alerts/told": 1, "alerts/told/a": 1}
    }


# -- What it costs the publisher --------------------------------------------------------------------------------------


@pytest.mark.parametrize("shards", [1, 4])
def test_many_shards_ask_a_site_no_more_often_than_one(project: Project, sandbox: Sandbox, shards: int) -> None:
    """As many pages and pictures as one crawl would ask for, at once, by several."""
    guests, each = sandbox.guests(60), 12 // shards
    delays = {"/venues/": 0.2, f"https://{CDN}/": 0.1}
    settings = {
        "DOWNLOAD_DELAY": delays["/venues/"],
        "DOWNLOAD_DELAY_JITTER": 0,
        "DOWNLOAD_SLOTS": json.dumps({CDN: {"delay": 0.1, "concurrency": 4, "jitter": 0}}),
    }

    def run(shard: Shard) -> Finished:
        own = list(filter(shard.has, guests))[:each]
        assert len(own) == each
        asked = ("-a", f"shard={shard}", "-a", f"venue={','.join(own)}")
        given = [word for name, value in settings.items() for word in ("-s", f"{name}={value}")]
        return project.scrapy("crawl", "quizmeisters", *asked, *given)

    with ThreadPoolExecutor(shards) as pool:
        done = list(pool.map(run, Shard.all(shards)))
    assert {ended.exit_code for ended in done} == {0}, [ended.stderr for ended in done]
    for mark, delay in delays.items():
        times = sorted(request["at"] for request in sandbox.requests() if mark in request["url"])
        assert len(times) >= 12
        for first, last in combinations(range(len(times)), 2):
            # Shards are in no step with each other, so one request of each may fall together.
            most = (times[last] - times[first] + SLACK) / delay + shards
            assert last - first + 1 <= most, (mark, times)


# -- What a killed run leaves -----------------------------------------------------------------------------------------


def test_a_venue_of_which_one_night_was_stored_is_read_again(project: Project, sandbox: Sandbox) -> None:
    sandbox.edit(SPACE, schedule="Tuesdays 7pm and Thursdays 8pm")
    killed = project.crawl(shard=HOME, venue=SPACE, accident=PulledPlug(Step.EVENT, "kill"))
    assert killed.exit_code == -signal.SIGKILL
    assert project.crawl(shard=HOME, venue=SPACE).exit_code == 0
    assert [each["schedule"]["weekday"] for each in project.events()] == [2, 4]
    assert project.crawl(shard=HOME, venue=SPACE).exit_code == 0
    assert project.runs()[0]["counts"]["venues/skipped"] == 1, "whole now, and left alone"
