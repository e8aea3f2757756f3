"""Feeds that are older than a setting allows."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from trivia_scraper.commands import prune


def age(path: Path, days: float = 4000) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    then = time.time() - days * 86400
    os.utime(path, (then, then))
    return path


def test_the_newest_feed_of_a_publisher_stays_however_old_it_is(tmp_path: Path) -> None:
    oldest, older, _ = (age(tmp_path / "pubquiz" / f"{days}.jsonl", days) for days in (4300, 4200, 4100))
    now = datetime.now(UTC)
    assert list(prune._old_feeds(tmp_path, now, {})) == [oldest, older]
    last_good = {"pubquiz": now - timedelta(days=4250)}
    assert list(prune._old_feeds(tmp_path, now, last_good)) == [oldest], "nor one since the last good run"


def test_a_directory_that_cannot_be_read_is_not_an_empty_one(tmp_path: Path) -> None:
    assert list(prune._spilled_runs(tmp_path / "missing")) == []
    age(tmp_path / "quizmeisters-12.jsonl")
    assert list(prune._spilled_runs(tmp_path)) == [12]
    with pytest.raises(NotADirectoryError):  # or the runs of spilled events would be removed
        list(prune._spilled_runs(tmp_path / "quizmeisters-12.jsonl"))
