"""Tests the comparison of a stored file with its record."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.stored_file import IMAGE, OLD, OTHER, SHA, overwrite, row
from trivia_scraper.images.storage.base import compare_file
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.images.verify import index_paths, verify


def touch(files: LocalFileStore) -> None:
    os.utime(files.root / IMAGE, ns=(1, 1))


@pytest.mark.parametrize(
    ("accident", "expected"),
    [
        (lambda files: None, "ok"),
        (lambda files: files.remove(IMAGE), "missing"),
        (lambda files: files.write(IMAGE, OLD[:-1]), "damaged"),
        (lambda files: files.write(IMAGE, OLD + b"o"), "damaged"),
        (lambda files: files.write(IMAGE, b""), "damaged"),
        (lambda files: overwrite(files, OLD[:-1], same_time=True), "damaged"),
        (lambda files: overwrite(files, OTHER, same_time=False), "damaged"),
        (touch, "ok"),
        (lambda files: files.write(IMAGE, OLD), "ok"),
    ],
    ids=[
        "nothing",
        "gone",
        "shorter",
        "longer",
        "empty",
        "shorter at the same time",
        "another byte",
        "another time",
        "written again",
    ],
)
def test_compare_file_with_record(
    files: LocalFileStore, accident: Callable[[LocalFileStore], Any], expected: str
) -> None:
    written = files.write(IMAGE, OLD)
    accident(files)
    state, stat = compare_file(files, IMAGE, written.bytes, written.modified_ns, SHA)
    assert state == expected
    assert stat == files.stat(IMAGE)


def test_compare_file_reads_no_file_with_recorded_size_and_time(files: LocalFileStore) -> None:
    written = files.write(IMAGE, OLD)
    overwrite(files, OTHER, same_time=True)
    assert compare_file(files, IMAGE, written.bytes, written.modified_ns, SHA)[0] == "ok"
    assert [finding.problem for finding in verify([row()], files, index_paths([row()]))] == ["damaged"]


def test_compare_file_reads_bytes_for_row_without_time(files: LocalFileStore) -> None:
    stat = files.write(IMAGE, OLD)
    assert compare_file(files, IMAGE, len(OLD), None, SHA) == ("ok", stat)
    assert compare_file(files, IMAGE, len(OLD), None, "0" * 64) == ("damaged", stat)


def test_compare_file_outside_store_is_missing(files: LocalFileStore) -> None:
    assert compare_file(files, "../hero.jpg", 1, None, SHA) == ("missing", None)


def test_trusted_store_is_not_looked_at(tmp_path: Path) -> None:
    class Bucket(LocalFileStore):
        trusted = True

    assert compare_file(Bucket(tmp_path), IMAGE, 1, None, SHA) == ("ok", None)
