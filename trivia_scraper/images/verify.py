"""Compares the ledger with the store: finds missing, damaged and orphaned files. Copies recorded files."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

from trivia_scraper.errors import StorageError
from trivia_scraper.images.digests import has_digest
from trivia_scraper.images.policy import ImageError
from trivia_scraper.images.storage.base import FileStat, FileStore, is_path
from trivia_scraper.images.validate import examine

_BATCH_SIZE = 500  # paths in one query to the ledger


@dataclass(frozen=True, slots=True)
class Finding:
    problem: Literal["missing", "damaged", "unreadable", "orphaned"]
    path: str
    row: Mapping[str, Any] | None = field(default=None, compare=False, repr=False)
    """The row of the ledger that names the file."""


def list_paths(row: Mapping[str, Any]) -> Iterator[str]:
    """Yield the paths of a row's image and thumbnails."""
    if row["path"] is not None:
        yield row["path"]
    yield from row["thumbs"].values()


PathSelector = Callable[[list[str]], Collection[str]]
"""Returns those of the given paths that a row of the ledger names."""


def index_paths(rows: Iterable[Mapping[str, Any]]) -> PathSelector:
    """Return a PathSelector for rows in memory."""
    return {path for row in rows for path in list_paths(row)}.intersection


def find_orphans(
    files: FileStore, select_named: PathSelector, is_ours: Callable[[str], bool] = is_path
) -> Iterator[str]:
    """Yield the files that `is_ours` accepts and no row of the ledger names."""
    ours = filter(is_ours, files.paths())
    while batch := list(islice(ours, _BATCH_SIZE)):
        known = select_named(batch)
        yield from (path for path in batch if path not in known)


def _decodes(thumb: bytes) -> bool:
    try:
        examine(thumb)
    except ImageError:
        return False
    return True


def verify(
    rows: Iterable[Mapping[str, Any]],
    files: FileStore,
    select_named: PathSelector,
    copies: dict[int, tuple[str, FileStat]] | None = None,
    is_ours: Callable[[str], bool] = is_path,
) -> Iterator[Finding]:
    """Read every stored byte and yield what is wrong.

    rows: from db.image_queries.read_recorded_images, or ImageRecords as mappings; a row without an id is the file of a
    replaced image. copies: filled with row id -> digest and stat of each file that has the recorded bytes but another
    time, as after a move to another machine. is_ours: returns whether a file without a row counts as orphaned.
    """
    for row in rows:
        yield from _check_row(row, files, copies)
    for path in find_orphans(files, select_named, is_ours):
        yield Finding("orphaned", path)


def recheck(
    findings: Collection[Finding],
    rows: Iterable[Mapping[str, Any]],
    files: FileStore,
    select_named: PathSelector,
    is_ours: Callable[[str], bool] = is_path,
) -> Iterator[Finding]:
    """Check again, and yield the findings that are still there.

    rows: the current ones. A crawl that replaced an image since the first check has changed both row and file.
    """
    suspected = {finding.path for finding in findings}
    for row in rows:
        if not suspected.isdisjoint({*list_paths(row), _name_thumbs(row)}):
            yield from (finding for finding in _check_row(row, files) if finding.path in suspected)
    for path in find_orphans(files, select_named, is_ours):
        if path in suspected:
            yield Finding("orphaned", path)


def _check_row(
    row: Mapping[str, Any], files: FileStore, copies: dict[int, tuple[str, FileStat]] | None = None
) -> Iterator[Finding]:
    if row["path"] is not None:
        stat = None if files.trusted else files.stat(row["path"])  # before reading, so that the bytes are not older
        body, problem = _read(files, row["path"])
        if problem is not None or body is None:
            yield Finding(problem or "missing", row["path"], row)
        elif not has_digest(body, row["sha256"]):
            yield Finding("damaged", row["path"], row)
        else:
            found = FileStat(len(body), stat.modified_ns if stat else row["modified_ns"])
            if copies is not None and row["id"] is not None and found != FileStat(row["bytes"], row["modified_ns"]):
                copies[row["id"]] = row["sha256"], found
    for path in row["thumbs"].values():
        thumb, problem = _read(files, path)
        if problem is not None or not thumb:
            yield Finding(problem or "missing", path, row)
        elif not _decodes(thumb):
            yield Finding("damaged", path, row)
    if row["path"] is not None and row["thumbs_spec"] is None and not row["thumbs"]:
        yield Finding("missing", _name_thumbs(row), row)


def _read(files: FileStore, path: str) -> tuple[bytes | None, Literal["missing", "unreadable"] | None]:
    """Return the bytes of a file and None, or None and the problem. Raises StorageError if the store is unreachable."""
    try:
        body = files.read(path)
    except StorageError:
        raise
    except OSError:
        return None, "unreadable"
    return body, "missing" if body is None else None


def _name_thumbs(row: Mapping[str, Any]) -> str:
    return f"{row['stem']}: thumbnails"


# Files copied at the same time, because a remote store is slow. Each takes up to IMAGES_MAXSIZE bytes of memory.
_AT_ONCE = 8


def copy_files(rows: Iterable[Mapping[str, Any]], source: FileStore, target: FileStore) -> Iterator[Finding | None]:
    """Copy the files of rows from db.image_queries.read_recorded_images. Yield None for each copied file, else a
    finding.

    An image is copied only if its digest is the recorded one. Thumbnails have no digest; `images verify` checks them.
    Copying again is harmless. Raises OSError if `target` refuses a file.
    """

    def copy_file(path: str, row: Mapping[str, Any]) -> Finding | None:
        body, problem = _read(source, path)
        if problem is not None or not body:
            return Finding(problem or "missing", path, row)
        if path == row["path"] and not has_digest(body, row["sha256"]):
            return Finding("damaged", path, row)
        target.write(path, body)
        return None

    todo = ((path, row) for row in rows for path in list_paths(row))
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="copies") as workers:
        while batch := list(islice(todo, 10 * _AT_ONCE)):  # an error of the target ends the copy soon
            yield from workers.map(copy_file, *zip(*batch, strict=True))
