"""`scrapy health` and METRICS_FILE, after real crawls."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from sandbox.client import Sandbox
from tests.support.project import Project

LISTING = "https://storerocket.io/api/user/kDJ3BbK4mn/locations"
SPACE = "act-3rd-space-canberra"


def metrics(project: Project) -> dict[str, dict[tuple[str, ...], float]]:
    """Return name -> label values -> value. Assert that every metric has its help and type."""
    text = (project.home / "trivia.prom").read_text()
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation
        assert family.type == "gauge"
        found[family.name] = {tuple(sample.labels.values()): sample.value for sample in family.samples}
    return found


def test_health_and_metrics_of_two_publishers(project: Project, sandbox: Sandbox) -> None:
    assert project.scrapy("health", "--json").exit_code == 1, "nothing was ever crawled"
    project.environment["METRICS_FILE"] = str(project.home / "trivia.prom")
    image = next(each for each in sandbox.images() if each["venue"] == SPACE and each["kind"] == "hero")
    sandbox.behave(image["url"], "status", status=404)
    assert project.crawl().exit_code == 0
    assert project.crawl(publisher="speed_quizzing").exit_code == 0

    done = project.scrapy("health", "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    quizmeisters, speed_quizzing = done.json
    run = project.runs()[1]
    assert {name: quizmeisters[name] for name in ("publisher", "verdict", "last_good_run", "events", "problems")} == {
        "publisher": "quizmeisters",
        "verdict": "passed",
        "last_good_run": run["id"],
        "events": len([event for event in project.events() if event["publisher"] == "quizmeisters"]),
        "problems": [],
    }
    images = sum(run["counts"].get(f"images/{status}", 0) for status in ("downloaded", "uptodate", "failed"))
    assert quizmeisters["failed_images"] == round(1 / images, 3)
    assert quizmeisters["age_hours"] == 0
    assert quizmeisters["next_run_expected_at"] > quizmeisters["last_good_at"]
    assert speed_quizzing["failed_images"] is None or speed_quizzing["failed_images"] == 0

    found = metrics(project)
    assert found["trivia_last_run_passed"] == {("quizmeisters",): 1, ("speed_quizzing",): 1}
    assert found["trivia_last_run_count"]["quizmeisters", "images/failed"] == 1
    shown = [found["trivia_events"]["quizmeisters", status] for status in ("active", "on_break")]
    assert sum(shown) == quizmeisters["events"]
    good_at = found["trivia_last_good_run_timestamp_seconds"]["quizmeisters",]
    assert good_at == run["finished_at"].timestamp()
    due_at = found["trivia_next_run_expected_timestamp_seconds"]["quizmeisters",]
    assert due_at - good_at == 36 * 3600

    sandbox.behave(LISTING, "status", status=404)
    assert project.crawl().exit_code == 1
    found = metrics(project)
    assert found["trivia_last_run_passed"] == {("quizmeisters",): 0, ("speed_quizzing",): 1}
    assert found["trivia_last_good_run_timestamp_seconds"]["quizmeisters",] == good_at
    assert [path.name for path in project.home.glob("*.prom*")] == ["trivia.prom"]

    done = project.scrapy("health")
    assert done.exit_code == 1
    assert len(done.stdout.splitlines()) == 3
    (line,) = done.stderr.splitlines()
    assert line.startswith("scrapy health: quizmeisters fails: the listing https://storerocket.io")
    assert project.scrapy("health", "speed_quizzing").exit_code == 0


@pytest.mark.usefixtures("crawled_listing")
def test_publisher_with_old_good_run_is_stale(project: Project) -> None:
    assert project.crawl(venue="atlantis-arms").exit_code == 1, "a run of some venues does not count"
    database = sqlite3.connect(project.home / "trivia.db")
    database.execute("UPDATE runs SET finished_at = '2024-01-01 00:00:00.000000'")
    database.commit()
    database.close()
    done = project.scrapy("health")
    assert done.exit_code == 1
    assert done.stderr.splitlines() == [
        "scrapy health: quizmeisters is stale: its last good run (1) is older than the 36 hours expected."
    ]
    for every, exit_code in (('{"*": 1000000}', 0), ('{"quizmeisters": null, "*": 1}', 0), ('{"quizmeisters": 1}', 1)):
        assert project.scrapy("health", "-s", f"EXPECTED_EVERY_HOURS={every}").exit_code == exit_code
    done = project.scrapy("health", "-s", 'EXPECTED_EVERY_HOURS={"pubquiz": 24}')
    assert done.stderr.splitlines() == [
        "scrapy health: pubquiz has no good run yet, and a good run is expected every 24 hours."
    ]


@pytest.mark.parametrize("given", ['{"*": 0}', '{"*": "often"}', "36", "x", '{"*": -1}'])
def test_invalid_expected_hours_are_refused(project: Project, given: Any) -> None:
    for command in (("health",), ("crawl", "quizmeisters")):
        done = project.scrapy(*command, "-s", f"EXPECTED_EVERY_HOURS={given}")
        assert done.exit_code == 2
        assert len(done.stderr.splitlines()) == 1
        assert "EXPECTED_EVERY_HOURS takes hours" in done.stderr
    project.begin_run()
    assert "there is no publisher 'nobody'" in project.scrapy("health", "nobody").stderr


def test_unwritable_metrics_file_is_refused_before_requests(project: Project, sandbox: Sandbox) -> None:
    done = project.scrapy("crawl", "quizmeisters", METRICS_FILE=str(project.home / "nowhere" / "x.prom"))
    assert done.exit_code == 1
    assert len(done.stderr.splitlines()) == 1
    assert sandbox.requests() == []
