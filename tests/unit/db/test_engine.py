"""Readers and writers, transactions, and lost connections."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from io import StringIO
from pathlib import Path
from time import monotonic, sleep
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, event, func, select
from sqlalchemy.exc import DBAPIError, OperationalError

from tests.support.filled import NOW, begin, quiz, record
from tests.support.postgres import Server
from tests.support.sqlite import put_upgraded_database
from tests.support.writer import QUICKLY, add_venue, writing
from trivia_scraper.db import engine as engine_module
from trivia_scraper.db.engine import Store
from trivia_scraper.db.queries import Selection
from trivia_scraper.db.schema import venues
from trivia_scraper.errors import DatabaseError
from trivia_scraper.exports.formats import jsonl

T = TypeVar("T")
END_OWN = "SELECT pg_terminate_backend(pg_backend_pid())"


def count(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(venues)) or 0


def test_reader_does_not_wait_for_a_writer(store: Store, database: str) -> None:
    started = monotonic()
    with writing(store), closing(Store(database)) as reader:
        assert reader.read(count) == 0
    assert monotonic() - started < QUICKLY
    assert store.read(count) == 1


def test_reader_sees_one_state_of_the_database(store: Store) -> None:
    def counts(connection: Connection) -> tuple[int, int]:
        before = count(connection)
        store.run(add_venue, "meanwhile")
        return before, count(connection)

    assert store.read(counts) == (0, 0)
    assert store.read(count) == 1


def test_read_refuses_to_write(store: Store) -> None:
    with pytest.raises((DatabaseError, DBAPIError), match=r"readonly|read-only"):
        store.read(add_venue, "written")
    store.run(add_venue, "written")
    assert store.read(count) == 1


def test_read_only_database_cannot_be_opened_for_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path}/trivia.db"
    Store(url).close()
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)  # as on a read-only disk
    for make in (True, False):
        with pytest.raises(DatabaseError) as refused:
            Store(url, make=make)
        assert str(refused.value) == f"the database {url} is read-only."
    with closing(Store(url, writes=False)) as reader:
        assert reader.read(count) == 0


def test_concurrent_writers_lose_no_update(database: str) -> None:
    """Two processes that read, then write, must not interleave."""
    with closing(Store(database)) as first, closing(Store(database)) as second:
        first.run(add_venue, "x")

        def count_up(connection: Connection) -> None:
            longitude = connection.scalar(select(venues.c.longitude)) or 0
            connection.execute(venues.update().values(longitude=longitude + 1))

        def often(store: Store) -> None:
            for _ in range(40):
                store.run(count_up)

        both = [threading.Thread(target=often, args=(store,)) for store in (first, second)]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        assert first.read(lambda connection: connection.scalar(select(venues.c.longitude))) == 80


@pytest.fixture
def remote(postgresql: Server) -> Iterator[Store]:
    opened = Store(postgresql.upgraded())
    yield opened
    opened.close()


def wait(asked: Callable[[], Awaitable[T]]) -> T:
    """Return the result, or fail after 20 seconds."""

    async def within() -> T:
        return await asyncio.wait_for(asked(), 20)

    return asyncio.run(within())


def test_provisional_writes_are_not_synced_on_sqlite(tmp_path: Path) -> None:
    def synchronous(connection: Connection) -> Any:
        return connection.exec_driver_sql("PRAGMA synchronous").scalar()

    normal, full = 1, 2
    with closing(Store(f"sqlite:///{tmp_path}/trivia.db")) as store:
        for _ in range(2):
            assert store.write_provisionally(synchronous) == normal
            assert wait(lambda: store.run_in_thread(synchronous)) == full
        assert store.run(synchronous) == full
        assert store.read(synchronous) == full


def test_transaction_is_repeated_after_a_lost_connection(remote: Store) -> None:
    calls: list[str] = []

    def store_one(connection: Connection) -> None:
        add_venue(connection, "once")
        calls.append("")
        if len(calls) == 1:
            connection.exec_driver_sql(END_OWN)

    wait(lambda: remote.run_in_thread(store_one))
    assert (len(calls), remote.read(count)) == (2, 1)


def test_connection_lost_between_transactions_is_replaced(remote: Store, postgresql: Server) -> None:
    wait(lambda: remote.run_in_thread(add_venue, "before"))
    assert remote.read(count) == 1
    assert postgresql.end_connections(remote.engine.url.render_as_string()) == 2
    assert remote.read(count) == 1
    wait(lambda: remote.run_in_thread(add_venue, "after"))
    assert remote.read(count) == 2


def test_connection_lost_during_commit_is_reported(remote: Store) -> None:
    calls: list[str] = []

    @event.listens_for(remote.engine, "commit")
    def end(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        with pytest.raises(Exception, match="terminating connection"):
            driver.execute(END_OWN)

    def store_one(connection: Connection) -> None:
        add_venue(connection, f"call-{len(calls)}")
        calls.append("")

    with pytest.raises(DatabaseError, match="lost during a commit, whose outcome is unknown"):
        wait(lambda: remote.run_in_thread(store_one))
    event.remove(remote.engine, "commit", end)
    assert len(calls) == 1
    wait(lambda: remote.run_in_thread(store_one))
    assert len(calls) == 2


def test_connection_lost_twice_is_reported(remote: Store) -> None:
    def store_one(connection: Connection) -> None:
        connection.exec_driver_sql(END_OWN)

    with pytest.raises(DatabaseError, match="lost twice in one transaction"):
        wait(lambda: remote.run_in_thread(store_one))
    wait(lambda: remote.run_in_thread(add_venue, "later"))
    assert remote.read(count) == 1


def test_unreachable_server_is_waited_for_once(
    remote: Store, postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = remote.engine.url.database
    wait(lambda: remote.run_in_thread(add_venue, "before"))
    postgresql.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    postgresql.end_connections(remote.engine.url.render_as_string())
    monkeypatch.setattr(engine_module, "RECONNECT_SECONDS", 0.2)
    with pytest.raises(DatabaseError, match=r"cannot be reached: .*not currently accepting connections"):
        wait(lambda: remote.run_in_thread(add_venue, "meanwhile"))
    with pytest.raises(DatabaseError, match="still cannot be reached"):  # the next call does not wait again
        wait(lambda: remote.run_in_thread(add_venue, "meanwhile"))
    sleep(0.2)
    monkeypatch.setattr(engine_module, "RECONNECT_SECONDS", 10.0)
    back = threading.Timer(0.1, postgresql.run, [f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"])
    back.start()
    wait(lambda: remote.run_in_thread(add_venue, "after"))
    back.join()
    assert remote.read(count) == 2


def test_export_reads_one_state_of_the_database(store: Store) -> None:
    """An export does not see events that are stored meanwhile."""
    record(store, quiz("fox"), begin(store))

    def look(connection: Connection) -> tuple[int, int]:
        out = StringIO()
        before = jsonl.write(connection, Selection(), out, NOW).written["events"]
        record(store, quiz("crown"), begin(store))
        return before, jsonl.write(connection, Selection(), out, NOW).written["events"]

    assert store.read(look) == (1, 1)


def test_disk_error_hints_at_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OperationalError(None, None, sqlite3.OperationalError("disk I/O error"))

    put_upgraded_database(tmp_path / "trivia.db")
    monkeypatch.setattr(engine_module, "open_engine", full)
    with pytest.raises(DatabaseError, match=r"cannot be opened: disk I/O error \(is the disk full\?\)\.$"):
        Store(f"sqlite:///{tmp_path}/trivia.db")
