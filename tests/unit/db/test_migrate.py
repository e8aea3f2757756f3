"""Databases of older and newer versions, and processes that open one at the same time."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, func, inspect, make_url, select

from tests.golden.databases import read_script
from tests.support.children import FORKSERVER
from tests.support.events import event, record
from tests.support.filled import begin, image_record, store_image
from tests.support.next_version import AFTER_NEWEST, BROKEN, NEWEST, NEXT, NextVersion
from tests.support.stored import stored_events
from trivia_scraper.db import migrations
from trivia_scraper.db.connect import open_engine, parse_url
from trivia_scraper.db.engine import Store, inspect_schema
from trivia_scraper.db.migrate import _scripts
from trivia_scraper.db.schema import metadata
from trivia_scraper.errors import DatabaseError
from trivia_scraper.items import ImageResult

AT_ONCE = 6
FIRST_RELEASE = "0002"
UNRELEASED = "was made by an unreleased version and cannot be upgraded; start with a new one."


def fill(url: str) -> list[dict[str, Any]]:
    """Store an event with an image. Return the stored events."""
    with closing(Store(url)) as store:
        run_id = begin(store)
        record(store, run_id, event())
        wanted = [("hero", "https://a.example/bar.jpg")]
        found = event()
        found.venue.slug = "the-fox"
        store_image(store, image_record(store, found, *wanted[0]), b"0", run_id, thumbs={})
        shown = event()
        shown.images = [ImageResult("hero", wanted[0][1], status="downloaded", reason="new")]
        record(store, run_id, shown)
        stored = store.read(stored_events)
    assert [len(each["images"]) for each in stored] == [1]
    return stored


def listed(url: str) -> list[dict[str, Any]]:
    with closing(Store(url)) as store:
        return store.read(stored_events)


@pytest.fixture
def first_release(empty_database: str, engine_name: str, request: pytest.FixtureRequest) -> str:
    """Return the URL of a database that version 0.1.0 filled."""
    name, script = str(make_url(empty_database).database), read_script(engine_name)
    if engine_name == "sqlite":
        with closing(sqlite3.connect(name)) as connection:
            connection.executescript(script)
    else:
        request.getfixturevalue("postgresql").run(script, name)
    return empty_database


def differences_to_the_code(store: Store) -> list[Any]:
    with store.engine.connect() as connection:
        own_tables = {"include_object": is_own}
        return list(compare_metadata(MigrationContext.configure(connection, opts=own_tables), metadata))


def is_own(thing: Any, name: str, kind: str, *more: Any) -> bool:
    """Ignore the tables of the queue."""
    return not (kind == "table" and name.startswith("procrastinate_"))


def count_rows(connection: Connection, table: str) -> int:
    return int(connection.execute(select(func.count()).select_from(metadata.tables[table])).scalar_one())


def table_names(url: str) -> list[str]:
    engine = create_engine(url)
    try:
        return inspect(engine).get_table_names()
    finally:
        engine.dispose()


def columns(url: str) -> set[str]:
    engine = create_engine(url)
    try:
        return {column["name"] for column in inspect(engine).get_columns("events")}
    finally:
        engine.dispose()


def test_upgrade_keeps_rows_and_copies_sqlite_file(
    empty_database: str, engine_name: str, next_version: Callable[[str], NextVersion], tmp_path: Path
) -> None:
    before = fill(empty_database)
    assert list(tmp_path.glob("trivia.db.before*")) == []
    next_version(NEXT)()
    copy = tmp_path / f"trivia.db.before-{NEWEST}" if engine_name == "sqlite" else None
    with closing(Store(empty_database)) as store:
        assert (store.upgraded.before, store.upgraded.after, store.upgraded.copy) == (NEWEST, AFTER_NEWEST, copy)
        assert store.read(stored_events) == before
        references = "PRAGMA foreign_keys" if copy else "SELECT 1"
        assert store.run(lambda connection: connection.exec_driver_sql(references).scalar()) == 1
    assert "rating" in columns(empty_database)
    with closing(Store(empty_database)) as store:
        assert (store.upgraded.before, store.upgraded.copy) == (AFTER_NEWEST, None)
    if copy is None:
        return
    assert sorted(path.name for path in tmp_path.glob("trivia.db*")) == ["trivia.db", copy.name]
    assert "rating" not in columns(f"sqlite:///{copy}")
    migrations.NEWEST = NEWEST  # as for an operator who goes back to the older version
    assert listed(f"sqlite:///{copy}") == before


def test_database_of_first_release_is_upgraded(first_release: str, engine_name: str, tmp_path: Path) -> None:
    with closing(Store(first_release)) as store:
        assert (store.upgraded.before, store.upgraded.after) == (FIRST_RELEASE, NEWEST)
        assert differences_to_the_code(store) == [], "db/migrations/versions: db/schema.py needs a new one"
        assert store.read(count_rows, "events") > 50
    if engine_name == "sqlite":
        assert (tmp_path / f"trivia.db.before-{FIRST_RELEASE}").exists()


def test_failing_upgrade_changes_nothing_and_is_one_sentence(
    empty_database: str, next_version: Callable[[str], NextVersion]
) -> None:
    before = fill(empty_database)
    next_version(BROKEN)()
    with pytest.raises(DatabaseError, match=r"cannot be opened: .*nowhere"):
        Store(empty_database)
    assert "rating" not in columns(empty_database)
    migrations.NEWEST = NEWEST
    assert listed(empty_database) == before


def test_failing_copy_prevents_the_upgrade(
    tmp_path: Path, next_version: Callable[[str], NextVersion], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path}/trivia.db"
    fill(url)
    next_version(NEXT)()

    def full(*paths: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(DatabaseError, match="No space left on device"):
        Store(url)
    assert "rating" not in columns(url)
    assert [path.name for path in tmp_path.glob("trivia.db.*")] == []


def open_at_once(url: str, ready: Barrier, answers: Any, version: NextVersion | None) -> None:
    """Open the database in a separate process. Report the revision from before, or the error."""
    if version is not None:
        version()
    ready.wait(30)
    try:
        store = Store(url)
    except DatabaseError as error:
        answers.put(str(error))
    else:
        answers.put(store.upgraded.before)
        store.close()


def opened_at_once(url: str, version: NextVersion | None = None) -> list[str | None]:
    ready, queue = FORKSERVER.Barrier(AT_ONCE), FORKSERVER.Queue()
    several = [FORKSERVER.Process(target=open_at_once, args=(url, ready, queue, version)) for _ in range(AT_ONCE)]
    for process in several:
        process.start()
    answers = [queue.get(timeout=60) for _ in several]
    for process in several:
        process.join(60)
        assert process.exitcode == 0
    return answers


def test_processes_may_open_an_empty_database_at_once(empty_database: str) -> None:
    assert sorted(map(str, opened_at_once(empty_database))) == [*[NEWEST] * (AT_ONCE - 1), "None"]


def test_processes_may_upgrade_a_database_at_once(
    empty_database: str, next_version: Callable[[str], NextVersion], engine_name: str, tmp_path: Path
) -> None:
    before = fill(empty_database)
    version = next_version(NEXT)
    assert sorted(map(str, opened_at_once(empty_database, version))) == [NEWEST, *[AFTER_NEWEST] * (AT_ONCE - 1)]
    if engine_name == "sqlite":
        assert listed(f"sqlite:///{tmp_path}/trivia.db.before-{NEWEST}") == before
    version()
    assert listed(empty_database) == before


def test_new_database_has_the_schema_of_the_code(empty_database: str) -> None:
    with closing(Store(empty_database)) as store:
        assert (store.upgraded.before, store.upgraded.after, store.upgraded.copy) == (None, NEWEST, None)
        assert differences_to_the_code(store) == [], "db/migrations/versions: db/schema.py needs a new one"


def test_newest_revision_is_that_of_the_scripts() -> None:
    with _scripts() as scripts:
        assert ScriptDirectory(str(scripts)).get_heads() == [NEWEST], "db/migrations/__init__.py: set NEWEST"


def test_new_database_is_complete_or_empty(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("alembic.command.stamp", fail)
        with pytest.raises(DatabaseError, match="No space left on device"):
            Store(empty_database)
    assert table_names(empty_database) == []
    assert listed(empty_database) == []


def test_database_of_another_program_is_refused(empty_database: str) -> None:
    engine = open_engine(parse_url(empty_database))
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE venues (id INTEGER)")
    engine.dispose()
    with pytest.raises(DatabaseError, match=r"already exists|belongs to another program"):
        Store(empty_database)
    assert table_names(empty_database) == ["venues"]


@pytest.mark.parametrize(
    ("revision", "state", "sentence"),
    [
        ("9999", "newer", "was upgraded by a newer version of trivia_scraper; update this installation."),
        *((each, "unreleased", UNRELEASED) for each in ("0001", "0003", "0004", "0005", "0006")),
    ],
)
def test_database_at_unknown_revision_is_refused(
    store: Store, database: str, revision: str, state: str, sentence: str
) -> None:
    with store.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")
    with pytest.raises(DatabaseError, match=re.escape(sentence)):
        Store(database)
    assert inspect_schema(database)["state"] == state
