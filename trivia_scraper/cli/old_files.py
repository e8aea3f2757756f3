"""Files that go by their age: logs, feeds, and spilled events that a later run knows better. Pictures are not among
them (db/unreferenced_images.py)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import groupby
from pathlib import Path

from trivia_scraper.db.engine import Store
from trivia_scraper.db.spill import SpillError, is_known_better, spilled


def old_logs(directory: Path, before: datetime) -> Iterator[Path]:
    """A log that is appended to is as old as its last line."""
    return (path for path in _files(directory, "*.log*") if _modified(path) < before.timestamp())


def old_feeds(directory: Path, before: datetime, last_good: Mapping[str, datetime]) -> Iterator[Path]:
    """Of each publisher, by whom the directories are named, the newest feed stays, and every one since its last good
    run began.

    last_good: publisher -> when that was.
    """
    for folder, feeds in groupby(_files(directory, "*/*.jsonl"), lambda path: path.parent):
        *others, _ = sorted(feeds, key=_modified)
        limit = min(before, last_good.get(folder.name, before)).timestamp()
        yield from (path for path in others if _modified(path) < limit)


def old_spills(directory: Path, before: datetime, store: Store) -> Iterator[Path]:
    """Only files of which every event was read again by a later run; those that still wait stay for ever."""
    for path in _files(directory, "*.jsonl"):
        if _modified(path) < before.timestamp() and not waits(path, store):
            yield path


def spilled_runs(directory: Path) -> Iterator[int]:
    """Numbers of the runs whose events lie in files, replayed or not."""
    for path in _files(directory, "*.jsonl"):
        number = path.stem.rpartition("-")[2]
        if number.isdecimal():
            yield int(number)


def waits(path: Path, store: Store) -> bool:
    """Whether an event of it may still be needed. What cannot be read may be."""
    try:
        return not all(store.read(is_known_better, found) for found in spilled(path))
    except (SpillError, OSError):
        return True


def remove(paths: Iterable[Path]) -> list[tuple[Path, str]]:
    """Path and error of each that could not be removed."""
    left = []
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            left.append((path, error.strerror or str(error)))
    return left


def _files(directory: Path, pattern: str) -> list[Path]:
    return sorted(path for path in directory.glob(pattern) if path.is_file() and not path.is_symlink())


def _modified(path: Path) -> float:
    """Seconds since 1970; now for one that has just gone."""
    try:
        return path.stat().st_mtime
    except OSError:
        return float("inf")
