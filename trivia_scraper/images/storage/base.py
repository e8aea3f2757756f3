"""What every store of image files promises, the rules for its paths, and whether a file is the recorded one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from trivia_scraper.errors import StorageError
from trivia_scraper.images.policy import FileState

TEMPORARY = ".tmp-"
ID_FILE = ".trivia-store"
"""Holds the id that a store shares with its database, so that neither is used with another one."""
_SLUG_PATH = re.compile(r"(?:[a-z0-9_-][a-z0-9._-]*/)*[a-z0-9_-][a-z0-9._-]*")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\\]")
_LONGEST_NAME = 255  # bytes, of a file or directory


@dataclass(frozen=True, slots=True)
class FileStat:
    bytes: int
    modified_ns: int | None
    """None where the store keeps no such time."""


class FileStore(Protocol):
    """Keeps whole files. Paths are relative, with "/" between their parts; see `is_path`."""

    trusted: bool
    """Whether nothing but this project changes the store, so that the ledger's word is enough and no file is looked
    at."""

    def write(self, path: str, body: bytes, *, lasting: bool = True) -> FileStat:
        """Replace the file as a whole, and return once it is on the disk. Raises OSError; the old file is then
        untouched. Not `lasting`: it can be made again, and a power cut may leave it empty or cut."""

    def keep(self, path: str, second_path: str) -> None:
        """Give a file a second path, which stays when the file at the first one is replaced or removed.

        Return once it is on the disk. Nothing happens when there is no such file, or when the second path has a file:
        its name is a digest of its bytes. Raises OSError.
        """

    def read(self, path: str) -> bytes | None:
        """Return None when there is no such file. Raises OSError when it cannot be read."""

    def stat(self, path: str) -> FileStat | None:
        """Return size and time of a file, or None when there is no such file."""

    def remove(self, path: str) -> None:
        """Remove a file, if there is one."""

    def paths(self) -> Iterator[str]:
        """Yield every stored file, thumbnails included; no temporary and no hidden files."""

    def temporaries(self) -> Iterator[str]:
        """Yield temporary files whose process has ended."""

    def read_id(self) -> str | None:
        """Return the id, or None when the store has none yet or an empty one. Raises StorageError."""

    def write_id(self, store_id: str) -> None:
        """Give the store an id. Raises OSError."""


def is_path(path: str) -> bool:
    """Return whether a relative path stays inside the store and is not one of the store's own hidden files."""
    *folders, name = path.split("/")
    try:
        short = all(len(each.encode()) <= _LONGEST_NAME for each in (*folders, name))
    except UnicodeEncodeError:
        return False
    visible = all(each and each[0] != "." for each in (*folders, name.removeprefix(TEMPORARY)))
    return short and visible and not _CONTROLS.search(path)


def is_slug_path(path: str) -> bool:
    """Return whether parsing/slugs.py could have made a path: only such files are this project's own."""
    return _SLUG_PATH.fullmatch(path) is not None


def check_path(path: str) -> None:
    """Raise StorageError unless `is_path`."""
    if not is_path(path):
        raise StorageError(f"{path!r} is not a path inside the store of images.")


def state_of(
    store: FileStore, path: str, bytes_: int, modified_ns: int | None, sha256: str
) -> tuple[FileState, FileStat | None]:
    """Return whether the file at `path` is still the recorded one.

    bytes_ is 0 for one that `images verify` found missing or damaged. Size and time of change answer for free. A file
    whose time alone differs, as after a restored backup, is read and compared, so that a changed byte is found and an
    honest copy is not downloaded again. A file that cannot be read is damaged: a crawl replaces it.
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
    try:
        body = store.read(path)
    except StorageError:
        raise
    except OSError:
        body = None
    return ("ok" if body is not None and hashlib.sha256(body).hexdigest() == sha256 else "damaged"), found


def are_there(store: FileStore, paths: Iterable[str]) -> bool:
    """Return whether these files exist and are not empty."""
    return store.trusted or all((found := store.stat(path)) is not None and found.bytes > 0 for path in paths)
