"""The interface of a store of image files, the rules for its paths, and the comparison of a file with its record."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from trivia_scraper.errors import StorageError
from trivia_scraper.images.digests import has_digest
from trivia_scraper.images.policy import FileState

TEMPORARY = ".tmp-"
ID_FILE = ".trivia-store"
"""Contains the id that a store shares with its database, so that neither is used with another one."""
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\\]")
_LONGEST_NAME = 255  # bytes, of a file or directory


@dataclass(frozen=True, slots=True)
class FileStat:
    bytes: int
    modified_ns: int | None
    """None if the store has no such time."""


class FileStore(Protocol):
    """Stores files, each as a whole. Paths are relative, with "/" between their parts; see `is_path`."""

    trusted: bool
    """Whether only this project changes the store. Then the ledger is trusted, and no file is checked."""

    def write(self, path: str, body: bytes, *, durable: bool = True) -> FileStat:
        """Replace the file in one step, and return when it is on the disk.

        durable: False for a file that can be made again; a power failure may leave it empty or cut.
        Raises OSError; the old file is then unchanged.
        """

    def keep(self, path: str, second_path: str) -> None:
        """Give a file a second path, which stays when the file at the first one is replaced or removed.

        Return when it is on the disk. Do nothing if there is no such file, or if the second path has a file, since its
        name is a digest of the bytes. Raises OSError.
        """

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a file, or None if there is no such file. Raises OSError if it cannot be read."""

    def stat(self, path: str) -> FileStat | None:
        """Return size and time of a file, or None if there is no such file."""

    def remove(self, path: str) -> None:
        """Remove a file, if it exists. Raises OSError."""

    def paths(self) -> Iterator[str]:
        """Yield the path of every stored file, also of thumbnails, but not of temporary and hidden files."""

    def temporaries(self) -> Iterator[str]:
        """Yield the paths of temporary files whose process has ended."""

    def read_id(self) -> str | None:
        """Return the id of the store, or None if it is missing or empty. Raises StorageError."""

    def write_id(self, store_id: str) -> None:
        """Give the store an id. Raises OSError."""


def is_path(path: str) -> bool:
    """Return whether a relative path stays inside the store and is not a hidden file of the store itself."""
    *folders, name = path.split("/")
    try:
        short = all(len(each.encode()) <= _LONGEST_NAME for each in (*folders, name))
    except UnicodeEncodeError:
        return False
    visible = all(each and each[0] != "." for each in (*folders, name.removeprefix(TEMPORARY)))
    return short and visible and not _CONTROLS.search(path)


def check_path(path: str) -> None:
    """Raise StorageError unless `is_path`."""
    if not is_path(path):
        raise StorageError(f"{path!r} is not a path inside the store of images.")


def compare_file(
    store: FileStore, path: str, bytes_: int, modified_ns: int | None, sha256: str
) -> tuple[FileState, FileStat | None]:
    """Compare the file at `path` with its record. Return its state and its stat.

    bytes_: recorded size, 0 if `images verify` found the file missing or damaged. If size and time are the recorded
    ones, the file is not read. If only the time differs, as after a restored backup, the bytes are compared. A file
    that cannot be read is damaged, so a crawl replaces it.
    """
    if store.trusted:
        return ("ok" if bytes_ else "damaged"), None
    found = store.stat(path)
    if found is None:
        return "missing", None
    if found.bytes != bytes_:
        return "damaged", found
    if found.modified_ns == modified_ns:
        return "ok", found
    body = read_if_possible(store, path)
    return ("ok" if has_digest(body, sha256) else "damaged"), found


def read_if_possible(store: FileStore, path: str) -> bytes | None:
    """Return the bytes of a file, or None if it is missing or unreadable. Raises StorageError, as `read` does."""
    try:
        return store.read(path)
    except StorageError:
        raise
    except OSError:
        return None


def have_content(store: FileStore, paths: Iterable[str]) -> bool:
    """Return whether all these files exist and are not empty."""
    return store.trusted or all((found := store.stat(path)) is not None and found.bytes > 0 for path in paths)
