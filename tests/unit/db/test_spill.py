"""Events that wait in a file."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from tests.support.events import event
from trivia_scraper.db.spill import spill, spilled


def full(descriptor: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_leaves_no_part_of_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "spill" / "pubquiz-1.jsonl"
    spill(file, 1, event("one"))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space left"):
            spill(file, 1, event("two"))
    spill(file, 1, event("three"))
    assert [each.event.publisher_id for each in spilled(file)] == ["one", "three"]
    assert all(json.loads(line) for line in file.read_text().splitlines())


def test_a_full_disk_leaves_no_empty_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "pubquiz-1.jsonl"
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        spill(file, 1, event("one"))
    assert not file.exists()
