"""The health of publishers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support.filled import NOW, begin
from trivia_scraper.db import runs
from trivia_scraper.db.engine import Store
from trivia_scraper.db.health import Health, read_health
from trivia_scraper.db.runs import Outcome

EVERY = {"*": 36.0}
HOUR = timedelta(hours=1)


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


def end(store: Store, verdict: str, hours: float) -> int:
    """Add a run that ends `hours` after NOW."""
    run_id = begin(store, NOW + hours * HOUR)
    reasons = [] if verdict == "passed" else ["the listing names no venue"]
    store.run(runs.finish_run, run_id, Outcome("finished", verdict, reasons, {}), NOW + hours * HOUR)
    return run_id


def one(store: Store, killed: tuple[int, ...] = ()) -> Health:
    (found,) = store.read(read_health, NOW, EVERY, killed=killed)
    return found


@pytest.mark.parametrize(
    ("verdicts", "hours", "shown"),
    [
        (["passed"], [-35], "passed"),
        (["passed"], [-37], "stale"),
        (["passed", "interrupted"], [-35, -1], "interrupted"),
        (["passed", "interrupted"], [-37, -1], "stale"),
        (["passed", "failed"], [-37, -1], "failed"),
        (["failed"], [-1], "failed"),
    ],
)
def test_verdict_is_stale_unless_the_publisher_fails(
    store: Store, verdicts: list[str], hours: list[float], shown: str
) -> None:
    for verdict, at in zip(verdicts, hours, strict=True):
        end(store, verdict, at)
    found = one(store)
    assert found.verdict == shown
    assert any("is stale" in problem for problem in found.problems) == (hours[0] == -37)


def test_killed_run_is_shown_as_interrupted(store: Store) -> None:
    end(store, "passed", -2)
    run_id = begin(store, NOW)
    assert one(store).verdict == "running"
    assert one(store, killed=(run_id,)).verdict == "interrupted"


def test_good_run_in_the_future_is_a_problem(store: Store) -> None:
    run_id = end(store, "passed", 839.4)
    found = one(store)
    assert found.age_hours is None
    (problem,) = found.problems
    assert problem.startswith(f"has a last good run ({run_id}) that ended in the future: the clock of this machine is ")
    assert found.next_run_expected_at == NOW + 36 * HOUR
    end(store, "passed", -1)
    assert (one(store).problems, one(store).age_hours) == ([], 1.0), "the next good run corrects it"


def test_good_run_minutes_in_the_future_is_tolerated(store: Store) -> None:
    end(store, "passed", 0.05)
    assert (one(store).problems, one(store).age_hours) == ([], 0.0)
