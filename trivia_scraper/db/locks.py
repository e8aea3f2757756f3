"""Locks that allow one run per publisher at a time. A lock ends with its process, however that ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Self

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from trivia_scraper.db.connect import describe_without_secrets, display_url, find_database_file, get_connect_arguments
from trivia_scraper.db.engine import Store
from trivia_scraper.db.runs import find_unended, read_publishers_with_runs
from trivia_scraper.errors import BusyError, DatabaseError

_TRY = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
# pg_locks shows a lock of one 64-bit key as two halves.
_IS_HELD = text(
    "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database WHERE locktype = 'advisory'"
    " AND datname = current_database() AND objsubid = 1"
    " AND (classid::bigint << 32 | objid::bigint) = hashtextextended(:name, 0))"
)
# A machine without power closes no connection. The server must detect that before another machine gets the lock.
_SESSION = (
    *("idle_session_timeout = 0", "tcp_keepalives_idle = 30", "tcp_keepalives_interval = 10"),
    *("tcp_keepalives_count = 3", "tcp_user_timeout = 60000"),
)

_LOOK_SECONDS, _PAUSE_SECONDS = 0.2, 0.01
"""How long and how often to retry a lock: `find_killed_runs` of another process may hold it for an instant."""


@contextmanager
def block_crawls(store: Store, publishers: Iterable[str] = ()) -> Iterator[None]:
    """Hold the locks of these publishers and of all with runs. Raises BusyError if another process holds one."""
    with hold_locks(store, store.read(read_publishers_with_runs).union(publishers)):
        yield


@contextmanager
def hold_locks(store: Store, publishers: Iterable[str]) -> Iterator[None]:
    """Hold the locks of these publishers. Raises BusyError if another process holds one."""
    with ExitStack() as stack:
        for publisher in sorted(publishers):
            if not stack.enter_context(PublisherLock(store, publisher)).held:
                raise BusyError(f"{publisher} is being crawled; try again when the crawl has ended.")
        yield


def find_killed_runs(store: Store) -> set[int]:
    """Return the ids of runs without an end whose publisher's lock is free, so their process was killed.

    Their rows say `running` until the publisher's next run begins.
    """
    unended = store.read(find_unended)
    killed = {run_id for run_id, publisher in unended.items() if not _is_held(store, publisher)}
    return killed & store.read(find_unended).keys() if killed else killed  # a run may have ended in between


def _is_held(store: Store, publisher: str) -> bool:
    """Return whether a process holds the lock. Return True if that cannot be determined."""
    database = store.read(find_database_file)
    if database is None:
        return store.engine.dialect.name != "postgresql" or store.read(_is_held_by_a_session, publisher)
    try:
        file = os.open(_lock_path(database, publisher), os.O_RDONLY)
    except (FileNotFoundError, ValueError):  # ValueError: a name that no file can have
        return False
    except OSError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(file)
    return False


def _is_held_by_a_session(connection: Connection, publisher: str) -> bool:
    return bool(connection.scalar(_IS_HELD, {"name": _session_lock(publisher)}))


def _session_lock(publisher: str) -> str:
    return f"trivia_scraper:crawl:{publisher}"


def _lock_path(database: Path, publisher: str) -> Path:
    """Return the lock file. Different paths to one database must lead to the same lock."""
    path = database.resolve()
    return path.with_name(f"{path.name}.{publisher}.lock")


def _lock(file: int) -> None:
    """Lock a file. Retry, because `find_killed_runs` of another process may hold it for an instant.

    Raises BlockingIOError if a run holds it.
    """
    until = monotonic() + _LOOK_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if monotonic() > until:
                raise
            sleep(_PAUSE_SECONDS)
        else:
            return


class PublisherLock:
    """A publisher's lock, held from `acquire` until `release`, or until the process or connection ends.

    On SQLite it locks the file `<database file>.<publisher>.lock`. The file is never removed, because then two
    processes could get the lock. On PostgreSQL it is an advisory lock of a session, on a separate connection. A pooler
    that lends one session to many clients would break it.

    As a context manager it tries to acquire the lock; `held` says whether it succeeded.
    """

    held = False

    def __init__(self, store: Store, publisher: str) -> None:
        self._store = store
        self._publisher = publisher
        self._file: int | None = None
        self._session: Connection | None = None

    def acquire(self) -> bool:
        """Try to get the lock, without waiting. Return whether it is held. Raises DatabaseError if that is unknown."""
        if not self.held:
            self.held = self._lock_session() if self._store.engine.dialect.name == "postgresql" else self._lock_file()
        return self.held

    def check_held(self) -> bool:
        """Return whether the lock is still held. Raises DatabaseError if that is unknown.

        If a PostgreSQL server restarts, it ends the session and its lock silently. The lock is then requested again.
        """
        if self._session is None:
            return self.held
        try:
            return bool(self._session.scalar(text("SELECT true")))
        except SQLAlchemyError:
            self.release()
            return self.acquire()

    def release(self) -> None:
        self.held = False
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self._session is not None:
            self._session.close()
            self._session = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *error: object) -> None:
        self.release()

    def _lock_file(self) -> bool:
        """Lock the file. A database in memory needs no lock: no other process has it. Raises DatabaseError."""
        database = self._store.read(find_database_file)
        if database is None:
            return True
        path = _lock_path(database, self._publisher)
        if not (self._store.writes or path.exists()):
            return True  # a process that crawls has made the file
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT if self._store.writes else os.O_RDONLY, 0o666)
            _lock(self._file)
        except OSError as error:
            self.release()
            if isinstance(error, BlockingIOError):
                return False
            raise DatabaseError(f"{path} cannot be locked: {error.strerror}.") from None
        return True

    def _lock_session(self) -> bool:
        url = self._store.engine.url
        # No pool, so that closing the connection ends the session. No transaction, because the server limits its time.
        engine = create_engine(
            url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=get_connect_arguments(url)
        )
        try:
            self._session = engine.connect()
            for setting in _SESSION:
                self._session.exec_driver_sql(f"SET {setting}")
            had = bool(self._session.scalar(_TRY, {"name": _session_lock(self._publisher)}))
        except SQLAlchemyError as error:
            self.release()
            raise DatabaseError(
                f"the database {display_url(url)} cannot be locked: {describe_without_secrets(url, error)}."
            ) from None
        if not had:
            self.release()
        return had
