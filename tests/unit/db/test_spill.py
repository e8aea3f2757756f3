"""Files of events that could not be stored."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from tests.support.events import event, record
from tests.support.filled import NOW, begin
from trivia_scraper.db.engine import Store
from trivia_scraper.db.spill import find_waiting_files, read_spilled, replay_event, spill_event


def full(descriptor: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_spill_to_full_disk_leaves_no_partial_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "spill" / "pubquiz-1.jsonl"
    spill_event(file, 1, event("one"))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            spill_event(file, 1, event("two"))
    spill_event(file, 1, event("three"))
    assert [each.event.publisher_id for each in read_spilled(file)] == ["one", "three"]
    assert all(json.loads(line) for line in file.read_text().splitlines())


def test_spill_to_full_disk_leaves_no_empty_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "pubquiz-1.jsonl"
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        spill_event(file, 1, event("one"))
    assert not file.exists()


def test_spill_file_waits_until_its_events_are_stored(store: Store, tmp_path: Path) -> None:
    def files() -> list[str]:
        return [path.name for path in store.read(find_waiting_files, "quizmeisters", tmp_path)]

    first = begin(store)
    for name in (f"quizmeisters-{first}", f"quizmeisters-{first + 7}", f"quizmeisters-x-{first}"):
        spill_event(tmp_path / f"{name}.jsonl", first, event(scraped_at=NOW.isoformat()))
    assert files() == [f"quizmeisters-{first}.jsonl"], "the other names belong to no run of this publisher"
    assert store.run(replay_event, next(read_spilled(tmp_path / f"quizmeisters-{first}.jsonl")))
    assert files() == []
    second = begin(store)
    spill_event(tmp_path / f"quizmeisters-{second}.jsonl", second, event(scraped_at=NOW.isoformat()))
    assert files() == [f"quizmeisters-{second}.jsonl"]
    record(store, begin(store), event(scraped_at=NOW.isoformat()))
    assert files() == []
    (tmp_path / f"quizmeisters-{second}.jsonl").write_text("[]\n")
    assert files() == [f"quizmeisters-{second}.jsonl"], "an unreadable file may have an event"
