"""Sentences about a run."""

from __future__ import annotations

import pytest

from trivia_scraper.db.runs import Outcome
from trivia_scraper.extensions.run import Run


@pytest.mark.parametrize(
    ("count", "is_recorded", "told"),
    [
        (2, True, "pubquiz failed: reason 1; reason 2."),
        (6, True, "pubquiz failed: reason 1; reason 2; and 4 more (`scrapy runs 7`)."),
        (3, False, "pubquiz failed: reason 1; reason 2; and 1 more (the log has them)."),
    ],
)
def test_last_line_has_two_reasons_and_log_all(count: int, is_recorded: bool, told: str) -> None:
    run = object.__new__(Run)
    run.id, run.is_recorded = 7, is_recorded
    reasons = [f"reason {number}" for number in range(1, count + 1)]
    run.outcome = Outcome("finished", "failed", reasons, {})
    assert run.sentence("pubquiz", most=2) == told
    assert run.sentence("pubquiz") == f"pubquiz failed: {'; '.join(reasons)}."
