"""SIGTERM or SIGINT ends a crawl within seconds and keeps what was finished."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from scrapy.settings import Settings

from sandbox.client import Sandbox
from sandbox.hostile_case import url_of
from tests.support.children import stop_process
from tests.support.paths import ROOT
from tests.support.project import Project, image_requests
from trivia_scraper.pipelines.images import VenueImagesPipeline

LISTING = "https://storerocket.io/api/user/kDJ3BbK4mn/locations"
PAGES, IMAGES = "www.quizmeisters.com", "cdn.prod.website-files.com"
SECONDS = 4.0  # besides STOP_GRACE; a machine under load needs one for the end of the process alone


def stopped(
    project: Project, how: signal.Signals, is_time: Callable[[], bool], *settings: str, twice: bool = False
) -> tuple[float, str]:
    """Stop a crawl once it is time. Return how many seconds it took to end, and its log."""
    words = [word for setting in settings for word in ("-s", setting)]
    command = [sys.executable, "-m", "scrapy", "crawl", "quizmeisters", "-s", "LOG_LEVEL=INFO", *words]
    seconds, log, exit_code = stop_process(command, project.environment, is_time, how, twice=twice)
    assert exit_code == 1, log
    return seconds, log


def test_stopped_crawl_drops_waiting_requests(project: Project, sandbox: Sandbox) -> None:
    pace = {host: {"delay": delay, "concurrency": 1} for host, delay in ((PAGES, 2), (IMAGES, 0))}
    seconds, log = stopped(project, signal.SIGTERM, lambda: stored(project) >= 2, f"DOWNLOAD_SLOTS={json.dumps(pace)}")
    assert seconds < SECONDS, log
    (run,) = project.runs()
    assert run["verdict"] == "interrupted"
    assert run["counts"]["pages/stopped"] > 10
    assert run["reasons"][0].startswith("stopped before its end")
    assert "Traceback" not in log
    assert len(project.events()) == run["counts"]["events/stored"] >= 2
    assert project.findings() == []
    feed = next(project.home.glob("feeds/quizmeisters/*.jsonl")).read_text().splitlines()
    assert len(feed) == run["counts"]["events/stored"]

    rest = project.crawl()
    assert rest.exit_code == 0, rest.stderr
    stored_items = [json.loads(line) for line in feed]
    # A venue whose image was still being downloaded is visited again.
    finished = {item["publisher_id"] for item in stored_items}
    finished -= {
        item["publisher_id"] for item in stored_items for each in item["images"] if each["reason"] == "stopped"
    }
    assert finished.isdisjoint(item["publisher_id"] for item in rest.items)
    assert project.runs()[0]["counts"]["venues/skipped"] == len(finished)


def test_slow_decoding_does_not_delay_stop(project: Project, sandbox: Sandbox) -> None:
    """Stop while a dozen images, each at the limit of accepted work, wait to be decoded."""
    for number, venue in enumerate(sandbox.guests(12)):
        sandbox.edit(venue, hero_src=f"{url_of('scans_at_the_limit')}?{number}")
    seconds, log = stopped(project, signal.SIGTERM, lambda: hostile_requests(sandbox) >= 10, "STOP_GRACE=1")
    assert seconds < SECONDS + 1, log
    assert project.runs()[0]["verdict"] == "interrupted"
    assert "Traceback" not in log
    assert project.findings() == []


def hostile_requests(sandbox: Sandbox) -> int:
    return sum("scans_at_the_limit" in request["url"] for request in sandbox.requests())


def test_dropped_images_are_downloaded_by_next_run(project: Project, sandbox: Sandbox) -> None:
    """Stop while images are slow, or wait because their host sent a long Retry-After."""
    before = project.crawl(limit="2")
    assert before.exit_code == 0
    for number, image in enumerate(sandbox.images()):
        if number % 2:
            sandbox.behave(image["url"], "slow", seconds=100)
        else:
            sandbox.behave(image["url"], "status", status=503, retry_after=100)
    sandbox.forget_requests()
    seconds, log = stopped(project, signal.SIGINT, lambda: bool(image_requests(sandbox)), "STOP_GRACE=1")
    assert seconds < SECONDS + 1, log
    run, _ = project.runs()
    assert run["verdict"] == "interrupted"
    dropped = run["counts"]["images/failed/stopped"]
    assert dropped > 5
    assert f"{dropped} images were dropped" in run["reasons"][0]
    assert "Traceback" not in log

    sandbox.heal()
    rest = project.crawl()
    assert rest.exit_code == 0, rest.stderr
    assert all(image["status"] != "failed" for image in rest.images)
    assert len(project.ledger()) > dropped
    assert all(row["path"] for row in project.ledger())
    assert project.findings() == []


@contextmanager
def feed_into_a_pipe(project: Project, *settings: str) -> Iterator[tuple[Path, subprocess.Popen[str]]]:
    """Crawl one venue into a named pipe without a reader, and wait until the run is closing."""
    pipe = project.home.with_name("pipe")
    os.mkfifo(pipe)
    words = [word for setting in settings for word in ("-s", setting)]
    command = [sys.executable, "-m", "scrapy", "crawl", "quizmeisters", "-a", "limit=1", "-o", f"{pipe}:jsonlines"]
    process = subprocess.Popen([*command, *words], cwd=ROOT, env=project.environment, stderr=subprocess.PIPE, text=True)
    try:
        for line in process.stderr or ():
            if "Closing spider" in line:
                break
        yield pipe, process
    finally:
        process.kill()


def test_closing_run_finishes_after_sigterm(project: Project, sandbox: Sandbox) -> None:
    with feed_into_a_pipe(project) as (pipe, process):
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert process.poll() is None
        feed = pipe.read_text().splitlines()
        _, log = process.communicate(timeout=30)
    assert process.returncode == 0, log
    assert [run["verdict"] for run in project.runs()] == ["passed"]
    assert len(feed) == len(project.events()) >= 1
    assert "Traceback" not in log


def test_hanging_feed_fails_stopped_run(project: Project, sandbox: Sandbox) -> None:
    with feed_into_a_pipe(project, "STOP_GRACE=1") as (pipe, process):
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=30)
        assert time.monotonic() - began < SECONDS + 1, log
    (run,) = project.runs()
    assert (run["verdict"], run["reasons"]) == ("failed", [f"the feed {pipe} was not stored within 1 s"])
    assert log.splitlines()[-1].startswith("scrapy crawl: quizmeisters failed: the feed ")
    assert process.returncode == 1


@pytest.mark.parametrize("twice", [False, True])
def test_endless_thread_does_not_delay_stop(project: Project, sandbox: Sandbox, twice: bool) -> None:
    pipelines = project_setting("ITEM_PIPELINES")
    own = f"{VenueImagesPipeline.__module__}.{VenueImagesPipeline.__name__}"
    pipelines["tests.support.stuck.StuckImagesPipeline"] = pipelines.pop(own)
    settings = f"ITEM_PIPELINES={json.dumps(pipelines)}", f"STOP_GRACE={60 if twice else 1}"
    seconds, log = stopped(project, signal.SIGINT, (project.home / "stuck").exists, *settings, twice=twice)
    assert seconds < SECONDS, log
    assert "Traceback" not in log
    (run,) = project.runs()
    if twice:
        assert log.splitlines()[-1] == "scrapy crawl: quizmeisters was stopped at once; run 1 has no verdict."
    else:
        assert run["verdict"] == "interrupted"
        assert run["counts"]["images/failed/stopped"] > 1
        assert run["counts"]["events/stored"] == len(project.events()) > 1


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_second_signal_ends_crawl_at_once(project: Project, sandbox: Sandbox, how: signal.Signals) -> None:
    def is_requested() -> bool:
        return any(request["url"] == LISTING for request in sandbox.requests())

    sandbox.behave(LISTING, "slow", seconds=100)
    seconds, log = stopped(project, how, is_requested, "STOP_GRACE=60", twice=True)
    assert seconds < SECONDS, log
    assert log.splitlines()[-1] == "scrapy crawl: quizmeisters was stopped at once; run 1 has no verdict."
    assert "Traceback" not in log


def test_interrupt_at_startup_is_one_sentence(project: Project) -> None:
    command = [sys.executable, "-m", "scrapy", "crawl", "quizmeisters"]
    process = subprocess.Popen(command, cwd=ROOT, env=project.environment, stderr=subprocess.PIPE, text=True)
    with process, process.stderr as errors:  # type: ignore[union-attr]
        log = errors.readline()  # Scrapy logs its first line before it installs its signal handlers
        process.send_signal(signal.SIGINT)
        log += errors.read()
    assert process.returncode == 130, log
    assert log.splitlines()[-1] == "scrapy crawl: interrupted."
    assert "Traceback" not in log


def project_setting(name: str) -> Any:
    settings = Settings()
    settings.setmodule("trivia_scraper.settings")
    return settings.getdict(name)


def stored(project: Project) -> int:
    return len(project.events()) if project.home.exists() else 0
