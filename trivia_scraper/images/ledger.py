"""Ledgers, which know the stored image of each path and URL: the interface, and one in an SQLite file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import RLock
from typing import Any, Protocol
from urllib.parse import urlencode

from trivia_scraper.images.crash_points import Step, announce_step
from trivia_scraper.images.digests import has_digest
from trivia_scraper.images.policy import Status
from trivia_scraper.images.records import FIELDS, ImageRecord, ReplacedImage
from trivia_scraper.images.sqlite_reading import IMMUTABLE, ChangeGuard, get_reading_parameters
from trivia_scraper.images.storage.base import FileStore

LEDGER_FILE = ".ledger.sqlite3"
_WAIT_SECONDS = 30


class SupersededError(RuntimeError):
    """The row of an image is missing: another process has replaced the image."""


def is_written(files: FileStore, record: ImageRecord) -> bool:
    """Return whether the store has the bytes that were just written for a record."""
    stat = files.stat(str(record.path))
    if stat is None or stat.bytes != record.bytes:
        return False
    if stat.modified_ns == record.modified_ns:
        return True
    body = files.read(str(record.path))  # another process may have written the same bytes
    return has_digest(body, record.sha256)


class Ledger(Protocol):
    """Remembers which image is stored for a path and a URL.

    Its methods block; the pipeline calls them in worker threads, several at a time.
    """

    keeps_thumbnails: bool
    """Whether `save` keeps the thumbnails of replaced images."""

    def find(self, stem: str, url: str) -> tuple[ImageRecord | None, ImageRecord | None]:
        """Return the record of this path and URL, and the newest record of this path with another URL."""

    def save(
        self,
        before: ImageRecord,
        after: ImageRecord,
        status: Status | None = None,
        reason: str | None = None,
        *,
        written: bool = False,
        replaced: Sequence[ReplacedImage] = (),
    ) -> ImageRecord:
        """Replace the record `before` with `after`, and return it with its id.

        status and reason: the outcome that is recorded, if any. written: the file has just been written. The row is
        saved only if that file still exists, since another process may have removed it as unreferenced. replaced: the
        images that this one replaces.

        Raises FileNotFoundError if a `written` file is missing, SupersededError if the row of `before` is missing, and
        OSError if the ledger cannot be written.
        """

    def remove_unreferenced(self, paths: Iterable[str]) -> list[tuple[str, str]]:
        """Remove the given files that no record names. Return (path, error) for each that could not be removed."""

    def records(self) -> Iterator[ImageRecord]:
        """Yield every record that has a stored file."""

    def close(self) -> None: ...


class SqliteLedger:
    """A ledger in an SQLite file. The first write creates it. SQLite's WAL needs a local disk.

    make: False opens the ledger for reading only, and refuses a file without the table.
    Raises OSError if the file cannot be used.
    """

    keeps_thumbnails = False

    def __init__(self, path: str | Path, files: FileStore, *, make: bool = True) -> None:
        self.path = Path(path)
        self._files = files
        self._lock = RLock()
        self._database: sqlite3.Connection | None = None
        self._guard: AbstractContextManager[None] = nullcontext()
        self._only_reads = not make
        self._has_table = not make

    def find(self, stem: str, url: str) -> tuple[ImageRecord | None, ImageRecord | None]:
        with self._connection(make=False) as connection, self._guard:
            rows = connection.execute(_OF_STEM, (stem,)).fetchall() if connection else []
        found = [_record(row) for row in rows]
        own = next((each for each in found if each.url == url), None)
        return own, next((each for each in found if each.url != url), None)

    def save(
        self,
        before: ImageRecord,
        after: ImageRecord,
        status: Status | None = None,
        reason: str | None = None,
        *,
        written: bool = False,
        replaced: Sequence[ReplacedImage] = (),
    ) -> ImageRecord:
        with self._connection(make=True) as connection:
            assert connection is not None
            if written and not is_written(self._files, after):
                raise FileNotFoundError(f"{after.path} was replaced or removed by another process")
            if before.id is None:
                # A path holds one image, so remove the row of the URL that had it before.
                connection.execute("DELETE FROM images WHERE stem = ?", (after.stem,))
                row_id = connection.execute(_INSERT, list(_values(after).values())).lastrowid
                return replace(after, id=row_id)
            old, new = _values(before), _values(after)
            changed = {name: new[name] for name in _COLUMNS if written or new[name] != old[name]}
            # Without new bytes, change the row only if it still describes the bytes of `before`.
            row_key = (before.id,) if written else (before.id, before.sha256)
            statement = _update(tuple(changed), same_bytes=not written)
            if changed and connection.execute(statement, (*changed.values(), *row_key)).rowcount == 0:
                raise SupersededError(f"another process has just replaced {before.url}")
        return after

    def remove_unreferenced(self, paths: Iterable[str]) -> list[tuple[str, str]]:
        kept = []
        with self._connection(make=True) as connection:
            assert connection is not None
            for path in paths:
                if connection.execute(_NAMING, (path, json.dumps(path))).fetchone():
                    continue
                try:
                    self._files.remove(path)
                    announce_step(Step.REMOVED, path)
                except OSError as error:
                    kept.append((path, str(error)))
        return kept

    def records(self) -> Iterator[ImageRecord]:
        with self._connection(make=False) as connection, self._guard:
            rows = connection.execute(_STORED).fetchall() if connection else []
        yield from map(_record, rows)

    def close(self) -> None:
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    @contextmanager
    def _connection(self, *, make: bool) -> Iterator[sqlite3.Connection | None]:
        """Yield the connection in a transaction, or None if there is no table and `make` is False."""
        with self._lock:
            try:
                connection = self._connect(make=make)
                if connection is None:
                    yield None
                    return
                connection.execute("BEGIN IMMEDIATE" if make else "BEGIN")
                try:
                    yield connection
                    connection.execute("COMMIT")
                except BaseException:
                    if connection.in_transaction:  # SQLite may have ended it, for example on a full disk
                        connection.execute("ROLLBACK")
                    raise
            except sqlite3.Error as error:
                raise OSError(f"the ledger {self.path} cannot be used: {error}") from None

    def _connect(self, *, make: bool) -> sqlite3.Connection | None:
        if self._database is None:
            if make:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            elif not self.path.exists():
                return None
            self._database = sqlite3.connect(
                self._uri(), _WAIT_SECONDS, isolation_level=None, check_same_thread=False, uri=True
            )
        if make and not self._has_table:
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute(_TABLE)
            self._has_table = True
        elif not self._has_table:
            # There is none if the file is empty, or if another process is just creating the table.
            self._has_table = self._database.execute(_HAS_TABLE).fetchone() is not None
        return self._database if self._has_table else None

    def _uri(self) -> str:
        path = self.path.resolve()
        if not self._only_reads:
            return path.as_uri()
        parameters = get_reading_parameters(path)
        if IMMUTABLE in parameters:
            self._guard = ChangeGuard(path, sqlite3.Error)
        return f"{path.as_uri()}?{urlencode(parameters)}"


_COLUMNS = tuple(name for name in FIELDS if name != "id")
_TYPES = {"thumbs": "TEXT NOT NULL", "stem": "TEXT NOT NULL", "url": "TEXT NOT NULL"} | dict.fromkeys(
    ("bytes", "modified_ns", "width", "height"), "INTEGER"
)
_TABLE = (
    "CREATE TABLE IF NOT EXISTS images (id INTEGER PRIMARY KEY AUTOINCREMENT, "
    + ", ".join(f"{name} {_TYPES.get(name, 'TEXT')}" for name in _COLUMNS)
    + ", UNIQUE (stem, url))"
)
_HAS_TABLE = "SELECT 1 FROM sqlite_schema WHERE name = 'images'"
# Only column names are formatted into these statements.
_SELECT = f"SELECT id, {', '.join(_COLUMNS)} FROM images"  # noqa: S608
_OF_STEM = f"{_SELECT} WHERE stem = ? ORDER BY id DESC"
_STORED = f"{_SELECT} WHERE path IS NOT NULL ORDER BY path"
_NAMING = "SELECT 1 FROM images WHERE path = ? OR instr(thumbs, ?)"
_INSERT = f"INSERT INTO images ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608
_INSTANTS = ("fetched_at", "checked_at")


@cache
def _update(columns: tuple[str, ...], *, same_bytes: bool) -> str:
    row_key = "id = ? AND sha256 IS ?" if same_bytes else "id = ?"
    return f"UPDATE images SET {', '.join(f'{name} = ?' for name in columns)} WHERE {row_key}"  # noqa: S608


def _values(record: ImageRecord) -> dict[str, Any]:
    stored = {name: getattr(record, name) for name in _COLUMNS}
    stored["thumbs"] = json.dumps(record.thumbs)
    for name in _INSTANTS:
        stored[name] = stored[name].isoformat() if stored[name] else None
    return stored


def _record(row: tuple[Any, ...]) -> ImageRecord:
    facts = dict(zip(("id", *_COLUMNS), row, strict=True))
    facts["thumbs"] = json.loads(facts["thumbs"])
    for name in _INSTANTS:
        facts[name] = datetime.fromisoformat(facts[name]) if facts[name] else None
    return ImageRecord(**facts)
