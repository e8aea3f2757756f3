"""One run per publisher at a time, or one of each of its shards: locks that die with their process, however that
ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, create_engine, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from trivia_scraper.db.connect import connect_arguments, database_file, in_words, shown
from trivia_scraper.db.engine import Store
from trivia_scraper.db.schema import runs
from trivia_scraper.errors import BusyError, DatabaseError
from trivia_scraper.parsing.shards import Shard

_TRY = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
_TRY_SHARED = text("SELECT pg_try_advisory_lock_shared(hashtextextended(:name, 0))")
_GIVE_BACK = text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))")
# A machine that lost its power says nothing; the server must find that out itself before another one can go on.
_SESSION = (
    *("idle_session_timeout = 0", "tcp_keepalives_idle = 30", "tcp_keepalives_interval = 10"),
    *("tcp_keepalives_count = 3", "tcp_user_timeout = 60000"),
)


@contextmanager
def nobody_crawls(store: Store, publishers: Iterable[str] = ()) -> Iterator[None]:
    """Holds the lock of every publisher that ever ran, and of those named. Raises BusyError when another process
    holds one."""
    ran = store.read(lambda connection: connection.scalars(select(runs.c.publisher).distinct()).all())
    with ExitStack() as stack:
        for publisher in sorted({*ran, *publishers}):
            if not stack.enter_context(PublisherLock(store, publisher)).held:
                raise BusyError(f"{publisher} is being crawled; try again when that has ended.")
        yield


class PublisherLock:
    """Held from `acquire` to `release`, or to the end of the process or of its connection.

    A whole run has its publisher to itself. A shard shares it with other shards, and has a second lock to itself.

    On SQLite they are locks on the files `<database file>.<publisher>.lock` and `.<publisher>.2-of-4.lock`, which stay
    when the locks are gone: whoever removed them could let two in. On PostgreSQL they are a session's advisory locks,
    on a connection of its own; they go with the session, so a pooler that lends one session to many clients must not
    stand in between.

    As a context manager it acquires, gives itself, and releases; `held` says whether the lock was had.
    """

    held = False

    def __init__(self, store: Store, publisher: str, shard: Shard | None = None) -> None:
        self._store = store
        self._publisher = publisher
        self._shard = shard
        self._files: list[int] = []
        self._session: Connection | None = None

    def acquire(self) -> bool:
        """Whether the lock was had; never waits. Raises DatabaseError when nobody can tell."""
        if not self.held:
            self.held = self._lock_session() if self._store.engine.dialect.name == "postgresql" else self._lock_files()
        return self.held

    def others_run(self, shard: Shard) -> bool:
        """Whether another process runs a shard that is not this lock's own; for whoever holds this one. Looking takes
        the shard's lock for a moment, so a process that starts just then may be told that it runs already."""
        if self._session is not None:
            name = {"name": self._name(shard)}
            return not (self._session.scalar(_TRY, name) and self._session.scalar(_GIVE_BACK, name))
        try:
            if (file := self._lock_file(shard, fcntl.LOCK_EX)) is not None:
                os.close(file)
        except BlockingIOError:
            return True
        return False

    def hold_on(self) -> bool:
        """Whether it is still held: a server that restarts ends the session, and with it the lock, without a word to
        anybody; then it is asked for once more. Raises DatabaseError when nobody can tell."""
        if self._session is None:
            return self.held
        try:
            return bool(self._session.scalar(text("SELECT true")))
        except SQLAlchemyError:
            self.release()
            return self.acquire()

    def release(self) -> None:
        self.held = False
        while self._files:
            os.close(self._files.pop())
        if self._session is not None:
            self._session.close()
            self._session = None

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()

    def _lock_files(self) -> bool:
        whole, shared = (None, fcntl.LOCK_EX), (None, fcntl.LOCK_SH)
        try:
            for shard, how in [whole] if self._shard is None else [shared, (self._shard, fcntl.LOCK_EX)]:
                if (file := self._lock_file(shard, how)) is not None:
                    self._files.append(file)
        except BlockingIOError:
            self.release()
            return False
        except DatabaseError:
            self.release()
            raise
        return True

    def _lock_file(self, shard: Shard | None, how: int) -> int | None:
        """Descriptor of the locked file; None for a database in memory, which nobody else has.

        Raises BlockingIOError, DatabaseError.
        """
        database = self._store.read(database_file)
        if database is None:
            return None
        # Two ways to one database must lead to one lock.
        path = database.resolve()
        part = f".{shard.in_file_names}" if shard else ""
        path = path.with_name(f"{path.name}.{self._publisher}{part}.lock")
        file = None
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except OSError as error:
            if file is not None:
                os.close(file)
            if isinstance(error, BlockingIOError):
                raise
            raise DatabaseError(f"{path} cannot be locked: {error.strerror}.") from None
        return file

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
            had = bool(self._session.scalar(_TRY_SHARED if self._shard else _TRY, {"name": self._name()}))
            if had and self._shard is not None:
                had = bool(self._session.scalar(_TRY, {"name": self._name(self._shard)}))
        except SQLAlchemyError as error:
            self.release()
            raise DatabaseError(f"The database {shown(url)} cannot be locked: {in_words(url, error)}.") from None
        if not had:
            self.release()
        return had

    def _name(self, shard: Shard | None = None) -> str:
        return f"trivia_scraper:crawl:{self._publisher}{f':{shard}' if shard else ''}"
