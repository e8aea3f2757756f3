"""A crawl of a publisher is the same run however Scrapy starts it. Other commands of Scrapy make no run."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.client import Sandbox
from tests.support.children import Finished, stop_process
from tests.support.paths import ROOT
from tests.support.project import Project, image_requests

QUIZMEISTERS = "trivia_scraper/spiders/quizmeisters.py"
VENUE = "act-3rd-space-canberra"
SECONDS = 4.0  # besides STOP_GRACE; a machine under load needs one for the end of the process alone
PLAIN = """
import scrapy

class Plain(scrapy.Spider):
    name = "plain"
    start_urls = ["https://www.quizmeisters.com/venues/act-3rd-space-canberra"]
    def parse(self, response):
        yield {"status": response.status, "colour": getattr(self, "colour", None)}
"""


def script(project: Project, *words: str, **environment: str) -> Finished:
    command = [sys.executable, "-m", "tests.support.script", *words]
    environment = project.environment | environment
    done = subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    return Finished(done.returncode, done.stdout, done.stderr)


def stopped(project: Project, command: list[str], how: signal.Signals) -> float:
    """Stop a crawl once its first event is stored. Return how many seconds it took to end."""

    def is_time() -> bool:
        return (project.home / "trivia.db").exists() and bool(project.events())

    seconds, log, _ = stop_process(command, project.environment, is_time, how)
    assert "Traceback" not in log
    return seconds


@pytest.fixture
def slow(sandbox: Sandbox) -> None:
    """Delay the answer for almost every image by a minute."""
    for image in sandbox.images()[4:]:
        sandbox.behave(image["url"], "slow", seconds=60)


@pytest.mark.parametrize("class_name", ["CrawlerProcess", "AsyncCrawlerProcess", "CrawlerRunner", "AsyncCrawlerRunner"])
def test_script_makes_same_runs_as_scrapy_crawl(project: Project, sandbox: Sandbox, class_name: str) -> None:
    done = script(project, class_name, "quizmeisters,question_one", "limit=2", "force_refresh_images=true")
    assert done.exit_code == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {(line["publisher"], line["verdict"]) for line in lines} == {
        ("quizmeisters", "passed"),
        ("question_one", "passed"),
    }
    assert {line["resolver"] for line in lines} == {"PublicResolver"}, "private addresses are refused"
    runs = {run["id"]: run for run in project.runs()}
    for line in lines:
        run = runs[line["run"]]
        assert run["arguments"] == {"limit": 2, "force_refresh_images": True}
        assert run["counts"]["venues/visited"] == 2
        assert run["counts"]["images/downloaded/forced"] > 0
    assert len(project.files()) >= len(image_requests(sandbox)) > 0
    assert project.findings() == []
    assert "Traceback" not in done.stderr


def test_runspider_makes_same_run_as_scrapy_crawl(project: Project, sandbox: Sandbox) -> None:
    arguments = ("-a", f"venue={VENUE}", "-a", "force_refresh_images=true")
    done = project.scrapy("runspider", QUIZMEISTERS, *arguments)
    assert done.exit_code == 0, done.stderr
    (run,) = project.runs()
    assert (run["verdict"], run["arguments"]) == ("passed", {"venue": [VENUE], "force_refresh_images": True})
    assert len(project.files()) == len(image_requests(sandbox)) > 0

    sandbox.behave("https://storerocket.io/api/user/kDJ3BbK4mn/locations", "status", status=404)
    failed = project.scrapy("runspider", QUIZMEISTERS)
    assert (failed.exit_code, project.runs()[0]["verdict"]) == (1, "failed")
    assert failed.stderr.splitlines()[-1].startswith("scrapy runspider: quizmeisters failed: ")
    wrong = project.scrapy("runspider", QUIZMEISTERS, "-a", "limt=2")
    assert wrong.exit_code == 2
    assert wrong.stderr.endswith("scrapy runspider: there is no spider argument 'limt': did you mean 'limit'?\n")


@pytest.mark.parametrize(
    ("process", "words", "environment", "sentence"),
    [
        ("CrawlerProcess", ["limt=2"], {}, "there is no spider argument 'limt': did you mean 'limit'?"),
        ("AsyncCrawlerProcess", [], {"IMAGES_STORE": "gs://bucket"}, "IMAGES_STORE must be a directory or s3"),
    ],
)
def test_wrong_script_logs_one_sentence(
    project: Project, process: str, words: list[str], environment: dict[str, str], sentence: str
) -> None:
    done = script(project, process, "quizmeisters", *words, **environment)
    assert done.exit_code == 1
    assert f"quizmeisters did not start: {sentence}" in done.stderr
    if process == "AsyncCrawlerProcess":  # with the other one, Twisted prints the error of the unhandled Deferred
        assert "Traceback" not in done.stderr
    assert not project.home.exists() or project.runs() == []


@pytest.mark.long
@pytest.mark.usefixtures("slow")
def test_scripts_and_runspider_stop_within_seconds(project: Project) -> None:
    grace = ("-s", "STOP_GRACE=1")
    assert (
        stopped(project, [sys.executable, "-m", "scrapy", "runspider", QUIZMEISTERS, *grace], signal.SIGINT)
        < 1 + SECONDS
    )
    assert project.runs()[0]["verdict"] == "interrupted"
    began = time.monotonic()
    done = script(project, "AsyncCrawlerRunner", "quizmeisters", "force_refresh_images=true", "STOP=1")
    assert time.monotonic() - began < 1 + 1 + 3 * SECONDS  # STOP_GRACE is 1
    assert json.loads(done.stdout)["verdict"] == "interrupted"
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("fetch", f"https://www.quizmeisters.com/venues/{VENUE}"),
        ("shell", "-c", "response.status", f"https://www.quizmeisters.com/venues/{VENUE}"),
        ("shell", "--spider", "quizmeisters", "-c", "spider"),
        ("parse", "--pipelines", "--spider", "quizmeisters", f"https://www.quizmeisters.com/venues/{VENUE}"),
        ("check",),
    ],
)
def test_fetch_shell_parse_and_check_make_no_run(project: Project, words: tuple[str, ...]) -> None:
    done = project.scrapy(*words)
    assert done.exit_code == 0, done.stderr
    assert done.stderr.count("Disabled ") == (0 if words == ("check",) else 1)
    assert "Traceback" not in done.stderr
    assert ("3rd Space" in done.stdout) == (words[0] == "fetch")
    assert not project.home.exists()


@dataclass(frozen=True)
class FoundBelow:
    """Lets the process import from a directory, as with PYTHONPATH."""

    directory: str

    def __call__(self) -> None:
        sys.path.insert(0, self.directory)


def test_plain_spider_crawls_without_run(project: Project, tmp_path: Path) -> None:
    package = tmp_path / "plain_spiders"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "plain.py").write_text(PLAIN)
    for words in (
        ("crawl", "plain", "-s", "SPIDER_MODULES=plain_spiders"),
        ("runspider", str(package / "plain.py")),
    ):
        feed = tmp_path / f"{words[0]}.jsonl"
        options = ("-a", "colour=red", "-o", str(feed))
        done = project.scrapy(*words, *options, accident=FoundBelow(str(tmp_path)))
        assert done.exit_code == 0, done.stderr
        assert json.loads(feed.read_text()) == {"status": 200, "colour": "red"}
        assert done.stderr.count("Disabled ") == 1
        assert "Traceback" not in done.stderr
    assert [path.name for path in project.home.iterdir()] == ["feeds"]


def test_scrapy_bench_works(project: Project) -> None:
    done = project.scrapy("bench", "-s", "CLOSESPIDER_TIMEOUT=2")
    assert done.exit_code == 0, done.stderr
    assert re.search(r"Crawled [1-9]\d* pages", done.stderr)
    assert not project.home.exists()


@pytest.mark.usefixtures("slow")
def test_resumed_job_requests_no_page_twice(project: Project, sandbox: Sandbox, tmp_path: Path) -> None:
    pace = json.dumps({"www.quizmeisters.com": {"delay": 1, "concurrency": 1}})
    words = [
        "-s",
        f"JOBDIR={tmp_path / 'job'}",
        "-a",
        "force_refresh_images=true",
        "-a",
        "limit=12",
        "-s",
        "STOP_GRACE=1",
    ]
    command = [sys.executable, "-m", "scrapy", "crawl", "quizmeisters", *words, "-s", f"DOWNLOAD_SLOTS={pace}"]
    command += ["-s", "CONCURRENT_REQUESTS=2"]  # the other pages wait in the job's queue
    stopped(project, command, signal.SIGTERM)
    sandbox.heal()
    first = pages(sandbox)
    unfinished = project.runs()[0]["counts"].get("images/failed/stopped", 0)
    assert first
    sandbox.forget_requests()
    rest = project.scrapy("crawl", "quizmeisters", *words)
    assert rest.exit_code == 0, rest.stderr
    second = pages(sandbox)
    assert len(set(second)) == len(second)
    assert len(set(first) & set(second)) <= unfinished, "only venues whose images were dropped are visited again"
    assert len(project.events()) == 12
    assert project.findings() == []
    assert {run["verdict"] for run in project.runs()} == {"interrupted", "passed"}

    sandbox.forget_requests()
    again = project.scrapy("crawl", "quizmeisters", *words)
    assert again.exit_code == 0, again.stderr
    assert sorted(pages(sandbox)) == sorted({*first, *second}), "a finished job is not resumed"


def pages(sandbox: Sandbox) -> list[str]:
    return [each["url"] for each in sandbox.requests() if "quizmeisters.com/venues/" in each["url"]]


def test_crawl_works_in_crawler_process(project: Project) -> None:
    done = project.scrapy("crawl", "quizmeisters", "-a", f"venue={VENUE}", "-s", "FORCE_CRAWLER_PROCESS=True")
    assert done.exit_code == 0, done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-L", "TRACE"), "LOG_LEVEL takes DEBUG, INFO, WARNING, ERROR or CRITICAL, not 'TRACE'."),
        (("-s", "LOG_LEVEL=LOUD"), "LOG_LEVEL takes DEBUG, INFO, WARNING, ERROR or CRITICAL, not 'LOUD'."),
        (("--logfile", "/nonexistent/log"), "LOG_FILE takes the path of a file that can be written, not "),
        (("-s", "CONCURRENT_REQUESTS=abc"), "CONCURRENT_REQUESTS takes a whole number, 1 or more, not 'abc'."),
        (("-s", "TWISTED_REACTOR=twisted.internet.selectreactor.SelectReactor"), "AsyncioSelectorReactor, which runs "),
        (("-s", "TWISTED_REACTOR_ENABLED=False"), "TWISTED_REACTOR_ENABLED takes True, because "),
        (("-s", "EXTENSIONS={}"), "EXTENSIONS must include trivia_scraper.extensions.run.Run, "),
        (
            ("-a", "force_refresh_images=true", "-s", "ITEM_PIPELINES={}"),
            "force_refresh_images=true needs the image pipeline: ITEM_PIPELINES must include ",
        ),
        (("-s", 'ITEM_PIPELINES={"no.such.Pipeline": 1}', "-a", "force_refresh_images=true"), "cannot be imported: "),
    ],
)
def test_unworkable_settings_are_refused_in_one_sentence(project: Project, words: tuple[Any, ...], said: str) -> None:
    done = project.scrapy("crawl", "quizmeisters", *words)
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert said in done.stderr
    assert not project.home.exists()
