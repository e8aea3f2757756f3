"""Fixtures of the unit tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.events import event, record
from tests.support.one_run import OneRun, image
from trivia_scraper.db.engine import Store
from trivia_scraper.images.storage.local import LocalFileStore


@pytest.fixture
def files(tmp_path: Path) -> LocalFileStore:
    return LocalFileStore(tmp_path / "images")


@pytest.fixture
def one(store: Store, tmp_path: Path) -> OneRun:
    found = OneRun(store, LocalFileStore(tmp_path / "images"))
    record(store, found.run.id, event())
    found.crawl(event(), image("JPEG", (40, 30)))
    return found
