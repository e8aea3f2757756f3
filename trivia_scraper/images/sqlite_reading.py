"""Reads an SQLite file without changing it or its directory."""

from __future__ import annotations

import os
from pathlib import Path

IMMUTABLE = "immutable"


def get_reading_parameters(path: Path) -> dict[str, str]:
    """Return the parameters of the URI that opens an existing file for reading.

    With IMMUTABLE among them, SQLite takes no lock. Then the caller must read inside a `ChangeGuard`.

    Raises OSError if SQLite cannot read the file's write-ahead log in its directory.
    """
    log, index = (path.with_name(f"{path.name}-{suffix}") for suffix in ("wal", "shm"))
    is_writable = os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
    if _has_bytes(log):
        if not index.exists() and not os.access(path.parent, os.W_OK):
            raise OSError(
                f"the last changes of {path} are in {log.name} beside it, which can only be read in a writable "
                "directory; copy both files to one"
            )
        return {"mode": "ro"}  # in other modes, closing the file could merge the log into it
    # Mode "ro" would leave a -wal and a -shm file behind. Where it cannot create them, it would fail.
    return {"mode": "rw"} if is_writable else {IMMUTABLE: "1"}


def _has_bytes(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        return False


class ChangedFileError(OSError):
    """A file was changed while it was read, so what was read may be wrong."""


class ChangeGuard:
    """A context manager that raises ChangedFileError if a file is changed inside it.

    For a file that is read without a lock. errors: exceptions that such a change may cause. They are replaced, others
    are passed on.
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
