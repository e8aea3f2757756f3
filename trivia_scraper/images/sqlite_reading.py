"""How an SQLite file is read without a change to it or to its directory."""

from __future__ import annotations

import os
from pathlib import Path

IMMUTABLE = "immutable"


def reading_parameters(path: Path) -> dict[str, str]:
    """Return the parameters of the URI that opens an existing file for reading.

    With IMMUTABLE among them SQLite takes no lock, so the caller must see to it that the file did not change meanwhile.
    Raises OSError when the file has a write-ahead log that SQLite cannot read where it is.
    """
    log, index = (path.with_name(f"{path.name}-{suffix}") for suffix in ("wal", "shm"))
    is_writable = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    if _has_bytes(log):
        if not index.exists() and not os.access(path.parent, os.W_OK):
            raise OSError(
                f"the last changes of {path} are in {log.name} beside it, which cannot be read in a directory that is "
                "not writable; copy both files to one that is"
            )
        return {"mode": "ro"}  # in any other mode the last to close the file would fold the log into it
    # In mode "ro" SQLite would leave a -wal and a -shm file behind, and where it cannot make them, not open at all.
    return {"mode": "rw"} if is_writable else {IMMUTABLE: "1"}


def _has_bytes(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False


class ChangedFileError(OSError):
    """What was read from a file is worth nothing, because the file was written in between."""


class Unchanged:
    """A context manager that raises ChangedFileError when a file was written between its begin and its end.

    Needed for a file that is read without a lock. errors: those that a change may cause; others are passed on.
    """

    def __init__(self, path: Path, errors: type[Exception]) -> None:
        self._path = path
        self._errors = errors

    def __enter__(self) -> None:
        self._before = self._look()

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if self._look() != self._before and (kind is None or issubclass(kind, self._errors)):
            raise ChangedFileError(f"{self._path} was changed by another process while it was read; repeat the command")

    def _look(self) -> tuple[int, int]:
        status = self._path.stat()
        return status.st_size, status.st_mtime_ns
