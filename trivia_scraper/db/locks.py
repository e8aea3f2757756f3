"""One run per publisher at a time: locks that die with their process, however that ends."""

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

from trivia_scraper.db.connect import connect_arguments, database_file, in_words, shown
from trivia_scraper.db.engine import Store
from trivia_scraper.db.runs import publishers_with_runs, running
from trivia_scraper.errors import BusyError, DatabaseError

_TRY = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
# A lock of one number is shown as its upper and its lower half.
_IS_HELD = text(
    "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database WHERE locktype = 'advisory'"
    " AND datname = current_database() AND objsubid = 1"
    " AND (classid::bigint << 32 | objid::bigint) = hashtextextended(:name, 0))"
)
# A machine that lost its power says nothing; the server must find that out itself before another one can go on.
_SESSION = (
    *("idle_session_timeout = 0", "tcp_keepalives_idle = 30", "tcp_keepalives_interval = 10"),
    *("tcp_keepalives_count = 3", "tcp_user_timeout = 60000"),
)

_LOOK_SECONDS, _PAUSE_SECONDS = 0.2, 0.01
"""How long a lock is requested again that a process may hold for an instant, because it looks at it."""


@contextmanager
def nobody_crawls(store: Store, publishers: Iterable[str] = ()) -> Iterator[None]:
    """Hold the locks of these publishers and of all that ever ran. Raises BusyError when another process holds one."""
    with locked(store, store.read(publishers_with_runs).union(publishers)):
        yield


@contextmanager
def locked(store: Store, publishers: Iterable[str]) -> Iterator[None]:
    """Hold the locks of these publishers. Raises BusyError when another process holds one."""
    with ExitStack() as stack:
        for publisher in sorted(publishers):
            if not stack.enter_context(PublisherLock(store, publisher)).held:
                raise BusyError(f"{publisher} is being crawled; try again when that has ended.")
        yield


def killed_runs(store: Store) -> set[int]:
    """Return the ids of runs that have no end although nobody holds their publisher's lock: their process was killed.

    Their rows say `running` until the publisher's next run begins.
    """
    unended = store.read(running)
    killed = {run_id for run_id, publisher in unended.items() if not _is_held(store, publisher)}
    return killed & store.read(running).keys() if killed else killed  # a run may have ended between the two looks


def _is_held(store: Store, publisher: str) -> bool:
    """Return whether a process holds the lock, also when that cannot be found out."""
    database = store.read(database_file)
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
    """Return the lock file. Two ways to one database must lead to one lock."""
    path = database.resolve()
    return path.with_name(f"{path.name}.{publisher}.lock")


def _lock(file: int) -> None:
    """Lock a file, which `killed_runs` of another process may hold for an instant.

    Raises BlockingIOError when a run holds it.
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
    """A lock that is held from `acquire` to `release`, or to the end of the process or of its connection.

    On SQLite it locks the file `<database file>.<publisher>.lock`. The file is never removed: that could let two
    processes in. On PostgreSQL it is a session's advisory lock, on a connection of its own. It ends with the session,
    so no pooler that lends one session to many clients may be in between.

    As a context manager it acquires, returns itself, and releases; `held` says whether it got the lock.
    """

    held = False

    def __init__(self, store: Store, publisher: str) -> None:
        self._store = store
        self._publisher = publisher
        self._file: int | None = None
        self._session: Connection | None = None

    def acquire(self) -> bool:
        """Return whether the lock is held now. Waits for no other run. Raises DatabaseError when that is unknown."""
        if not self.held:
            self.held = self._lock_session() if self._store.engine.dialect.name == "postgresql" else self._lock_file()
        return self.held

    def hold_on(self) -> bool:
        """Return whether the lock is still held. A PostgreSQL server that restarts ends the session and its lock
        silently; then the lock is requested again. Raises DatabaseError when that is unknown."""
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
        """Lock a file. A database in memory needs none, because no other process has it. Raises DatabaseError."""
        database = self._store.read(database_file)
        if database is None:
            return True
        path = _lock_path(database, self._publisher)
        if not (self._store.writes or path.exists()):
            return True  # no process that crawls is without the file
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
        # Without a pool, so that closing it ends the session; without a transaction, which the server would cut short.
        engine = create_engine(
            url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=connect_arguments(url)
        )
        try:
            self._session = engine.connect()
            for setting in _SESSION:
                self._session.exec_driver_sql(f"SET {setting}")
            had = bool(self._session.scalar(_TRY, {"name": _session_lock(self._publisher)}))
        except SQLAlchemyError as error:
            self.release()
            raise DatabaseError(f"the database {shown(url)} cannot be locked: {in_words(url, error)}.") from None
        if not had:
            self.release()
        return had
