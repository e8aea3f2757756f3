"""What stands between the store and its database: URLs that lead nowhere, readers beside a writer, lost connections."""

from __future__ import annotations

import asyncio
import re
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, event, func, make_url, select
from sqlalchemy.exc import DBAPIError

from sandbox.client import Sandbox
from tests.support.accidents import ServerEndsConnections
from tests.support.postgres import STRANGER, STRANGERS_PASSWORD, Server
from tests.support.project import Project
from trivia_scraper.db import engine as engine_module
from trivia_scraper.db.engine import Store
from trivia_scraper.db.schema import venues
from trivia_scraper.errors import StoreError
from trivia_scraper.images.crash_points import Step

T = TypeVar("T")
SPACE = "act-3rd-space-canberra"
READING = (
    ("runs",),
    ("events",),
    ("images", "status"),
    ("images", "verify"),
    ("images", "explain", "3rd-space-canberra"),
)
QUICKLY = 5.0  # seconds; a transaction that writes would be waited for during 60
END_OWN = "SELECT pg_terminate_backend(pg_backend_pid())"


def refusal(url: str) -> str:
    with pytest.raises(StoreError) as raised:
        Store(url)
    sentence = str(raised.value)
    assert "hunter2" not in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("nonsense", "is no database URL; it looks like sqlite:///var/trivia.db"),
        ("postgresql+psycopg://u:hunter2@127.0.0.1:five/trivia", "is no database URL"),
        ("mysql://u:hunter2@127.0.0.1/trivia", "takes sqlite:///FILE or postgresql+psycopg://"),
        ("postgresql+psycopg2://u:hunter2@127.0.0.1/trivia", "not postgresql+psycopg2://"),
        ("postgresql://u:a@hunter2@127.0.0.1/trivia", "has a second @"),
        ("sqlite:////proc/no/such/place.db", "sqlite:////proc/no/such/place.db does not open"),
        ("postgresql+psycopg://u:hunter2@127.0.0.1:9/trivia", "postgresql+psycopg://u:***@127.0.0.1:9/trivia does not"),
        ("postgresql://127.0.0.1:9/trivia?password=hunter2", "postgresql://127.0.0.1:9/trivia does not open"),
        ("postgresql://127.0.0.1:9/trivia?sslmode=hunter2&sslpassword=hunter2", "does not open"),
        ("postgresql://u:p%40ss-hunter2@127.0.0.1:9/trivia?sslmode=p%40ss-hunter2", 'invalid sslmode value: "***"'),
    ],
)
def test_a_url_that_does_not_open_is_one_sentence_without_the_password(url: str, told: str) -> None:
    assert told in refusal(url)


def test_a_database_that_does_not_let_us_in_says_so_without_the_password(postgresql: Server) -> None:
    url = postgresql.empty()
    name = str(make_url(url).database)
    assert "password authentication failed" in refusal(postgresql.url(name, username=STRANGER, password="hunter2"))
    in_query = {"host": str(postgresql.directory), "password": "hunter2"}
    assert "password authentication failed" in refusal(postgresql.url(name, username=STRANGER, query=in_query))


def test_a_password_may_hold_anything(postgresql: Server) -> None:
    name = str(make_url(postgresql.empty(f"OWNER {STRANGER}")).database)
    url = postgresql.url(name, username=STRANGER, password=STRANGERS_PASSWORD)
    with closing(Store(url)) as store:
        assert store.read(lambda connection: connection.exec_driver_sql("SELECT current_user").scalar()) == STRANGER


def test_a_database_in_which_we_may_not_make_tables_is_one_sentence(postgresql: Server) -> None:
    name = str(make_url(postgresql.empty()).database)
    told = refusal(postgresql.url(name, username=STRANGER, password=STRANGERS_PASSWORD))
    assert "permission denied for schema public" in told


def test_a_database_that_cannot_keep_every_name_is_refused(postgresql: Server) -> None:
    url = postgresql.empty("TEMPLATE template0 ENCODING 'LATIN1'")
    assert "keeps text as LATIN1" in refusal(url)


def test_a_missing_driver_is_one_sentence_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert "pip install 'psycopg[binary]'" in refusal("postgresql+psycopg://u:hunter2@127.0.0.1/trivia")


def test_the_commands_say_it_in_one_line(project: Project, postgresql: Server) -> None:
    url = postgresql.url("nowhere", username=STRANGER, password="hunter2")
    for words in (("runs",), ("crawl", "quizmeisters")):
        ended = project.scrapy(*words, DATABASE_URL=url)
        assert ended.exit_code == 1
        assert len(ended.stderr.splitlines()) == 1, ended.stderr
        assert "hunter2" not in ended.stderr


def count(connection: Connection) -> int:
    return connection.scalar(select(func.count()).select_from(venues)) or 0


def add_venue(connection: Connection, slug: str) -> None:
    connection.exec_driver_sql(
        f"INSERT INTO venues (slug, name, created_at, updated_at) "
        f"VALUES ('{slug}', 'X', '2026-11-22 00:00:00', '2026-11-22 00:00:00')"
    )


@contextmanager
def writing(store: Store) -> Iterator[None]:
    """While a transaction holds what it has written."""
    with store.engine.begin() as connection:
        add_venue(connection, "half-written")
        yield


def test_a_reader_answers_while_a_writer_holds_its_transaction(store: Store, database: str) -> None:
    started = monotonic()
    with writing(store), closing(Store(database)) as reader:
        assert reader.read(count) == 0
    assert monotonic() - started < QUICKLY
    assert store.read(count) == 1


def test_the_commands_that_read_answer_while_a_writer_holds_its_transaction(project: Project) -> None:
    project.crawl(venue=SPACE)
    with closing(project.store()) as store, writing(store):
        started = monotonic()
        for words in READING:
            ended = project.scrapy(*words, "--json")
            assert ended.exit_code == 0, ended.stderr
            assert "half-written" not in ended.stdout
        assert monotonic() - started < QUICKLY * len(READING)


def test_a_reader_sees_one_state_from_its_first_to_its_last_statement(store: Store) -> None:
    def counts(connection: Connection) -> tuple[int, int]:
        before = count(connection)
        store.run(add_venue, "meanwhile")
        return before, count(connection)

    assert store.read(counts) == (0, 0)
    assert store.read(count) == 1


def test_what_writes_is_no_reader(store: Store) -> None:
    with pytest.raises((StoreError, DBAPIError), match=r"readonly|read-only"):
        store.read(add_venue, "written")
    store.run(add_venue, "written")
    assert store.read(count) == 1


def test_what_a_writer_has_read_nobody_changes_before_it_has_written(database: str) -> None:
    """Otherwise two processes that read, then write, lose updates."""
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
    """For something that must not hang."""

    async def within() -> T:
        return await asyncio.wait_for(asked(), 20)

    return asyncio.run(within())


def test_on_sqlite_what_is_written_provisionally_is_not_synced_by_itself(tmp_path: Path) -> None:
    def synchronous(connection: Connection) -> Any:
        return connection.exec_driver_sql("PRAGMA synchronous").scalar()

    normal, full = 1, 2
    with closing(Store(f"sqlite:///{tmp_path}/trivia.db")) as store:
        for _ in range(2):
            assert store.provisionally(synchronous) == normal
            assert wait(lambda: store.in_thread(synchronous)) == full
        assert store.run(synchronous) == full
        assert store.read(synchronous) == full


def test_a_connection_lost_in_a_transaction_costs_nothing_and_stores_nothing_twice(remote: Store) -> None:
    calls: list[str] = []

    def store_one(connection: Connection) -> None:
        add_venue(connection, "once")
        calls.append("")
        if len(calls) == 1:
            connection.exec_driver_sql(END_OWN)

    wait(lambda: remote.in_thread(store_one))
    assert (len(calls), remote.read(count)) == (2, 1)


def test_a_connection_lost_between_transactions_is_not_noticed(remote: Store, postgresql: Server) -> None:
    wait(lambda: remote.in_thread(add_venue, "before"))
    assert remote.read(count) == 1
    assert postgresql.end_connections(remote.engine.url.render_as_string()) == 2
    assert remote.read(count) == 1
    wait(lambda: remote.in_thread(add_venue, "after"))
    assert remote.read(count) == 2


def test_a_connection_lost_at_the_commit_is_not_repeated_and_said(remote: Store) -> None:
    calls: list[str] = []

    @event.listens_for(remote.engine, "commit")
    def end(connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        with pytest.raises(Exception, match="terminating connection"):
            driver.execute(END_OWN)

    def store_one(connection: Connection) -> None:
        add_venue(connection, f"call-{len(calls)}")
        calls.append("")

    with pytest.raises(StoreError, match="lost at a commit; whether that went through is unknown"):
        wait(lambda: remote.in_thread(store_one))
    event.remove(remote.engine, "commit", end)
    assert len(calls) == 1
    wait(lambda: remote.in_thread(store_one))
    assert len(calls) == 2


def test_a_connection_that_is_lost_again_and_again_is_given_up(remote: Store) -> None:
    def store_one(connection: Connection) -> None:
        connection.exec_driver_sql(END_OWN)

    with pytest.raises(StoreError, match="lost twice in one transaction"):
        wait(lambda: remote.in_thread(store_one))
    wait(lambda: remote.in_thread(add_venue, "later"))
    assert remote.read(count) == 1


def test_a_server_that_stays_away_is_waited_for_once_and_used_when_it_is_back(
    remote: Store, postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = remote.engine.url.database
    wait(lambda: remote.in_thread(add_venue, "before"))
    postgresql.run(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    postgresql.end_connections(remote.engine.url.render_as_string())
    monkeypatch.setattr(engine_module, "RECONNECT_SECONDS", 1.0)
    with pytest.raises(StoreError, match=r"is away: .*not currently accepting connections"):
        wait(lambda: remote.in_thread(add_venue, "meanwhile"))
    with pytest.raises(StoreError, match="is still away"):  # what else was queued does not wait as long again
        wait(lambda: remote.in_thread(add_venue, "meanwhile"))
    sleep(1.0)
    monkeypatch.setattr(engine_module, "RECONNECT_SECONDS", 10.0)
    back = threading.Timer(0.3, postgresql.run, [f"ALTER DATABASE {name} ALLOW_CONNECTIONS true"])
    back.start()
    wait(lambda: remote.in_thread(add_venue, "after"))
    back.join()
    assert remote.read(count) == 2


@pytest.mark.parametrize("step", [Step.RECEIVED, Step.REMOVED])
def test_a_crawl_outlives_the_connection(project: Project, sandbox: Sandbox, postgresql: Server, step: Step) -> None:
    """Lost between two transactions, and in the midst of one that has removed a file already."""
    url = postgresql.upgraded()
    project = Project(project.home, sandbox.url, url)
    assert project.crawl(venue=SPACE).exit_code == 0
    sandbox.change()
    sandbox.move(SPACE)
    run = project.crawl(
        accident=ServerEndsConnections(step, str(postgresql.directory), str(make_url(url).database)),
        venue=SPACE,
        force_refresh_images="1",
    )
    assert re.search(r"\b[1-9] connections were ended", run.stderr)
    assert run.exit_code == 0, run.stderr
    assert {picture["status"] for picture in run.pictures} == {"downloaded"}
    assert project.runs()[0]["verdict"] == "passed"
    for row in project.ledger():
        assert project.files()[row["path"]] == sandbox.served(row["url"])
    assert project.scrapy("images", "verify").exit_code == 0
