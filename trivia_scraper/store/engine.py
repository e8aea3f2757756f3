"""The database behind a URL: SQLite by default, PostgreSQL when outgrown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from trivia_scraper.store.migrate import NewerDatabaseError, upgrade

BUSY_TIMEOUT_SECONDS = 60
P = ParamSpec("P")
T = TypeVar("T")


class StoreError(RuntimeError):
    """The store cannot be used. Its text is one sentence for the operator, without the password of the URL."""


class Store:
    """An open database, upgraded to the schema of this code.

    Every function of this package takes a Connection first; `run` gives it one, inside a transaction that commits when
    the function returns and rolls back when it raises.

    Raises StoreError when the URL is no database URL or the database does not open.
    """

    def __init__(self, url: str) -> None:
        try:
            parsed = make_url(url)
        except ArgumentError:
            raise StoreError("DATABASE_URL is no database URL; it looks like sqlite:///var/trivia.db.") from None
        self.url = parsed.render_as_string(hide_password=True)
        try:
            if parsed.get_backend_name() == "sqlite" and parsed.database not in {None, "", ":memory:"}:
                Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
            self.engine = _sqlite(url) if parsed.get_backend_name() == "sqlite" else create_engine(parsed)
            upgrade(self.engine)
        except NewerDatabaseError:
            raise StoreError(
                f"The database {self.url} was upgraded by a newer version of trivia_scraper; update this one."
            ) from None
        except (SQLAlchemyError, OSError, ImportError) as error:
            cause = getattr(error, "orig", None) or error
            raise StoreError(f"The database {self.url} does not open: {' '.join(str(cause).split())}.") from None
        # One writer: SQLite has one, and a transaction is short enough that PostgreSQL needs no second. It keeps its
        # connection, which would otherwise go back to the pool and be reset after each of them.
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._writers_own: Connection | None = None

    def run(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        with self.engine.begin() as connection:
            return function(connection, *args, **kwargs)

    def in_thread(
        self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> Awaitable[T]:
        """`run` for the event loop, which must not wait for a disk."""
        return asyncio.wrap_future(self._writer.submit(lambda: self._write(function, *args, **kwargs)))

    def _write(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._writers_own is None or self._writers_own.invalidated:
            self._writers_own = self.engine.connect()
        with self._writers_own.begin():
            return function(self._writers_own, *args, **kwargs)

    def close(self) -> None:
        self._writer.shutdown()
        if self._writers_own is not None:
            self._writers_own.close()
        self.engine.dispose()


def _sqlite(url: str) -> Engine:
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, record: Any) -> None:
        # pysqlite begins transactions by itself, and too late: two processes that read, then write, lose updates.
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_SECONDS * 1000}",  # first: switching to WAL may itself have to wait
            "journal_mode=WAL",
            "synchronous=FULL",  # a superseded file goes after its commit; the commit must not be the one to be lost
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
