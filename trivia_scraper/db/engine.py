"""The project's database: reading and writing transactions, for the event loop and for threads."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import URL, Column, Connection, Insert, Table, Update, bindparam, exc, update
from sqlalchemy.dialects import postgresql, sqlite

from trivia_scraper.db import migrations
from trivia_scraper.db.connect import (
    Upgrade,
    describe_without_secrets,
    display_url,
    is_missing,
    is_read_only,
    is_unguarded,
    make_read_only,
    make_refusal,
    open_engine,
    open_reader,
    parse_url,
    read_revision,
)
from trivia_scraper.errors import DatabaseError
from trivia_scraper.images.sqlite_reading import ChangedFileError, ChangeGuard

STORE_ERRORS = (DatabaseError, exc.SQLAlchemyError)
"""What the methods of Store raise."""
RECONNECT_SECONDS = 30  # enough for a server to restart
_PAUSE_SECONDS = 0.5
P = ParamSpec("P")
T = TypeVar("T")


class Store:
    """An open database with the schema of this code.

    The functions of this package take a Connection first. `run` calls such a function inside a transaction, which
    commits when the function returns and rolls back when it raises.

    make: make or upgrade the database if necessary; otherwise refuse one that is missing or of another version. writes:
    if false, nothing is made or changed, and the database may be read-only.

    Raises UsageError if the URL is invalid, DatabaseError if the database cannot be opened.
    """

    upgraded: Upgrade
    """How opening changed the schema."""

    def __init__(self, url: str, *, make: bool = True, writes: bool = True) -> None:
        self._address = parse_url(url)
        self.url = display_url(self._address)
        self.writes = writes
        make = make and writes
        if not make and is_missing(self._address):
            raise make_refusal("missing", self.url)
        with _translated_opening_errors(self._address):
            # Check first: opening for writing would change even the file of another program.
            facts = _look(self._address)
            if facts["state"] not in ({"current", "behind", "empty"} if make else {"current"}):
                raise make_refusal(facts["state"], self.url)
            if writes and is_read_only(self._address):
                raise make_refusal("read-only", self.url)
            self.engine = open_engine(self._address) if writes else open_reader(self._address)
            self.upgraded = Upgrade(migrations.NEWEST, migrations.NEWEST)
            if facts["state"] != "current":
                from trivia_scraper.db.migrate import upgrade  # imports Alembic, which is slow

                try:
                    self.upgraded = upgrade(self.engine)
                except BaseException:
                    self.engine.dispose()
                    raise
        self._guard: AbstractContextManager[None] = nullcontext()
        if is_unguarded(self.engine):
            self._guard = ChangeGuard(Path(str(self._address.database)), exc.DatabaseError)
        self._readers = make_read_only(self.engine)
        # One thread, because both engines let one transaction write at a time. It keeps its connection: the pool would
        # reset it after each transaction.
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store")
        self._writing_connection: Connection | None = None
        self._writers_lock = Lock()
        self._unreachable_until = 0.0

    def run(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in a transaction. Raises DatabaseError if the database is locked, full or unreachable."""
        with self._translated_errors(), self.engine.begin() as connection:
            return function(connection, *args, **kwargs)

    def read(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in a read-only transaction with a consistent view. It never waits for a writer."""
        with self._translated_errors(), self._guard, self._readers.begin() as connection:
            return function(connection, *args, **kwargs)

    def reserve_connections(self, connections: int) -> None:
        """Open this many connections at once, and keep them in the pool. Raises DatabaseError if the server refuses.

        A crawl calls this before its first request. SQLite has no limit, so nothing is opened there.
        """
        if self.engine.dialect.name != "sqlite":
            with self._translated_errors(), ExitStack() as opened:
                for _ in range(connections):
                    opened.enter_context(self.engine.connect())

    def run_in_thread(
        self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> Awaitable[T]:
        """Do what `run` does, in a thread, for the event loop.

        If the connection is lost before the commit, the function is called again on a new connection. So its other
        effects must be repeatable. Raises DatabaseError if no connection is possible within RECONNECT_SECONDS, or if
        the connection is lost during the commit; then the outcome is unknown.
        """
        return asyncio.wrap_future(self._writer.submit(self._write, lambda each: function(each, *args, **kwargs)))

    def write(self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do what `run_in_thread` does, in the caller's own thread. Waits for other writers."""
        return self._write(lambda each: function(each, *args, **kwargs))

    def write_provisionally(
        self, function: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Do what `write` does, but faster: on SQLite a power cut before the next `write` may undo it."""
        return self._write(lambda each: function(each, *args, **kwargs), provisional=True)

    def _write(self, function: Callable[[Connection], T], *, provisional: bool = False) -> T:
        with self._writers_lock:
            return self._transact(function, provisional)

    def _transact(self, function: Callable[[Connection], T], provisional: bool) -> T:
        for may_repeat in (True, False):
            connection = self._connect_writer().execution_options(provisional=provisional)
            at_commit = False
            try:
                with connection.begin():
                    result = function(connection)
                    at_commit = True
                return result
            except exc.DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                self._writing_connection = None
                connection.close()
                if may_repeat and not at_commit:
                    continue
                when = "during a commit, whose outcome is unknown" if at_commit else "twice in one transaction"
                cause = describe_without_secrets(self._address, error)
                raise DatabaseError(f"the connection to {self.url} was lost {when}: {cause}.") from None
        raise AssertionError("the second attempt returns or raises")

    def _connect_writer(self) -> Connection:
        deadline = monotonic() + RECONNECT_SECONDS
        while self._writing_connection is None:
            if monotonic() < self._unreachable_until:  # otherwise each queued call would wait as long again
                raise DatabaseError(f"the database {self.url} still cannot be reached.")
            try:
                self._writing_connection = self.engine.connect()
            except exc.OperationalError as error:
                if self.engine.dialect.name == "sqlite" or monotonic() > deadline:
                    self._unreachable_until = monotonic() + RECONNECT_SECONDS
                    cause = describe_without_secrets(self._address, error)
                    raise DatabaseError(f"the database {self.url} cannot be reached: {cause}.") from None
                sleep(_PAUSE_SECONDS)
        return self._writing_connection

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        try:
            yield
        except (exc.DatabaseError, exc.InterfaceError) as error:
            if isinstance(error, exc.IntegrityError | exc.ProgrammingError | exc.DataError):
                raise
            raise _failure(self._address, "failed", error) from None
        except ChangedFileError as error:
            raise DatabaseError(f"{error}.") from None

    def close(self) -> None:
        self._writer.shutdown()
        if self._writing_connection is not None:
            self._writing_connection.close()
        self.engine.dispose()


@cache
def make_update(table: Table, *columns: str) -> Update:
    """Return an UPDATE of these columns in the row with the id `of_id`. Parameters have the columns' names."""
    values: dict[str, Any] = {name: bindparam(name) for name in columns}
    return update(table).where(table.c.id == bindparam("of_id")).values(values)


def make_insert_or_skip(connection: Connection, table: Table, *returning: Column[Any]) -> Any:
    """Return the engine's INSERT .. ON CONFLICT DO NOTHING RETURNING. A conflict returns no row."""
    return _inserting(connection.dialect.name, table, *returning)


@cache
def _inserting(dialect: str, table: Table, *returning: Column[Any]) -> Any:
    insert: Any = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[dialect]
    statement: Insert = insert(table).on_conflict_do_nothing()
    return statement.returning(*returning) if returning else statement


def inspect_schema(url: str) -> dict[str, Any]:
    """Return what `scrapy db check` shows: database, revision, newest, and state (see migrate.State).

    Neither makes nor changes a file. Raises DatabaseError.
    """
    address = parse_url(url)
    with _translated_opening_errors(address):
        return {"database": display_url(address), "newest": migrations.NEWEST, **_look(address)}


def _look(address: URL) -> dict[str, Any]:
    if is_missing(address):
        return {"revision": None, "state": "empty"}
    found, is_blank = _peek(address, read_revision)
    if found == migrations.NEWEST:
        return {"revision": found, "state": "current"}
    from trivia_scraper.db.migrate import find_state

    return {"revision": found, "state": find_state(found, is_blank=is_blank)}


def read_any_revision(url: str, function: Callable[[Connection], T]) -> T:
    """Call a function that reads a database of any revision. Raises UsageError, DatabaseError."""
    address = parse_url(url)
    with _translated_opening_errors(address):
        return _peek(address, function)


def _peek(address: URL, function: Callable[[Connection], T]) -> T:
    engine = open_reader(address)
    try:
        with engine.begin() as connection:
            return function(connection)
    finally:
        engine.dispose()


@contextmanager
def _translated_opening_errors(address: URL) -> Iterator[None]:
    try:
        yield
    except (exc.SQLAlchemyError, OSError) as error:
        raise _failure(address, "cannot be opened", error) from None


def _failure(address: URL, what: str, error: BaseException) -> DatabaseError:
    return DatabaseError(f"the database {display_url(address)} {what}: {describe_without_secrets(address, error)}.")
