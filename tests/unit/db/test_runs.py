"""The row of a run."""

from __future__ import annotations

from typing import Any

from tests.support.events import HOSTILE
from tests.support.filled import NOW
from trivia_scraper.db import runs
from trivia_scraper.db.engine import Store


def test_a_run_of_any_version_and_job_can_begin(store: Store) -> None:
    facts: dict[str, Any] = {"arguments": {"venue": [HOSTILE]}, "job_id": HOSTILE, "version": "9" * 200}
    run_id = store.run(runs.begin, publisher="quizmeisters", source="live", now=NOW, **facts)
    assert store.read(runs.listed)[0]["arguments"] == {"venue": [HOSTILE]}
    assert store.read(runs.listed)[0]["id"] == run_id
