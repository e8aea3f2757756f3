"""Files that `scrapy prune` removes and keeps."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.filled import begin, finish, quiz, record
from tests.support.in_process import scrapy_in_process, settings_of
from trivia_scraper.commands import prune
from trivia_scraper.db.engine import Store
from trivia_scraper.images.storage.local import LocalFileStore


def age(path: Path, days: float = 4000) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    then = time.time() - days * 86400
    os.utime(path, (then, then))
    return path


def test_newest_feed_is_kept_at_any_age(tmp_path: Path) -> None:
    oldest, older, _ = (age(tmp_path / "pubquiz" / f"{days}.jsonl", days) for days in (4300, 4200, 4100))
    now = datetime.now(UTC)
    assert list(prune._old_feeds(tmp_path, now, {})) == [oldest, older]
    last_good = {"pubquiz": now - timedelta(days=4250)}
    assert list(prune._old_feeds(tmp_path, now, last_good)) == [oldest], "nor one since the last good run"


def test_unreadable_directory_is_an_error(tmp_path: Path) -> None:
    assert list(prune._spilled_runs(tmp_path / "missing")) == []
    age(tmp_path / "quizmeisters-12.jsonl")
    assert list(prune._spilled_runs(tmp_path)) == [12]
    with pytest.raises(NotADirectoryError):  # or the runs of spilled events would be removed
        list(prune._spilled_runs(tmp_path / "quizmeisters-12.jsonl"))


def test_refused_store_removes_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    files = LocalFileStore(tmp_path / "images")
    with closing(Store(f"sqlite:///{tmp_path}/trivia.db")) as store:
        run_id = begin(store)
        record(store, quiz("fox"), run_id, images=[("hero", "https://a.example/x.jpg", "bytes")], files=files)
        finish(store, run_id)
    files.write_id("of another database")
    log = age(tmp_path / "log/quizmeisters.log")
    database, count = tmp_path / "trivia.db", "SELECT count(*) FROM decisions"
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("UPDATE decisions SET at = '2015-01-01 00:00:00.000000'")
        connection.commit()
        (before,) = connection.execute(count).fetchone()
    assert before
    assert scrapy_in_process(settings_of(tmp_path), "prune") == 1
    assert "another database" in capfd.readouterr().err
    assert log.exists()
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute(count).fetchone() == (before,)
