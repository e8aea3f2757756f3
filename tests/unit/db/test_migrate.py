"""Databases of older and newer versions, and many processes that open one at once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, insert, inspect, select, update

from tests.support.events import event, record
from tests.support.filled import NOW, begin
from tests.support.next_version import AFTER_NEWEST, BROKEN, NEWEST, NEXT, NextVersion
from tests.support.project import FORKSERVER
from trivia_scraper.db import image_ledger, migrate, migrations, queries
from trivia_scraper.db.connect import open_engine, parse
from trivia_scraper.db.engine import Store
from trivia_scraper.db.migrate import _scripts
from trivia_scraper.db.replaced_images import thumbs
from trivia_scraper.db.schema import events as events_table
from trivia_scraper.db.schema import metadata, past_pictures
from trivia_scraper.errors import DatabaseError
from trivia_scraper.images.placing import Placed
from trivia_scraper.images.storage.base import FileStat
from trivia_scraper.images.validate import Picture
from trivia_scraper.items import ImageResult

AT_ONCE = 6
FIRST = "0001"  # of the first version, without past pictures


def fill(url: str) -> list[dict[str, Any]]:
    """One event that shows one picture; as `scrapy events` has it."""
    with closing(Store(url)) as store:
        run_id = begin(store)
        record(store, run_id, event())
        wanted = [("hero", "https://a.example/bar.jpg")]
        (entry,), _ = store.run(image_ledger.open_pictures, "quizmeisters", "vic-the-fox", "the-fox", None, wanted)
        placed = Placed(f"{entry.stem}.jpg", FileStat(3, 1), {}, "fill")
        store.run(image_ledger.record_file, entry, Picture("JPEG", 2, 2, "0" * 64), placed, {}, "new", run_id, NOW)
        shown = event()
        shown.images = [ImageResult("hero", wanted[0][1], status="downloaded", reason="new")]
        record(store, run_id, shown)
        stored = store.read(queries.listed)
    assert [len(each["images"]) for each in stored] == [1]
    return stored


def listed(url: str) -> list[dict[str, Any]]:
    with closing(Store(url)) as store:
        return store.read(queries.listed)


def columns(url: str) -> set[str]:
    engine = create_engine(url)
    try:
        return {column["name"] for column in inspect(engine).get_columns("events")}
    finally:
        engine.dispose()


def has_past_pictures(url: str) -> bool:
    engine = create_engine(url)
    try:
        return inspect(engine).has_table(past_pictures.name)
    finally:
        engine.dispose()


def go_back(url: str, revision: str) -> None:
    """Undo the migrations after `revision`, whatever they are by now."""
    engine = open_engine(parse(url))
    with migrate.configured() as configuration, migrate._one_at_a_time(engine) as connection:
        configuration.attributes["connection"] = connection
        command.downgrade(configuration, revision)
    engine.dispose()


def test_an_upgrade_loses_nothing_and_leaves_a_copy_of_an_sqlite_file(
    empty_database: str, engine_name: str, next_version: Callable[[str], NextVersion], tmp_path: Path
) -> None:
    before = fill(empty_database)
    assert list(tmp_path.glob("trivia.db.before*")) == []
    next_version(NEXT)()
    copy = tmp_path / f"trivia.db.before-{NEWEST}" if engine_name == "sqlite" else None
    with closing(Store(empty_database)) as store:
        assert (store.upgraded.before, store.upgraded.after, store.upgraded.copy) == (NEWEST, AFTER_NEWEST, copy)
        assert store.read(queries.listed) == before
        references = "PRAGMA foreign_keys" if copy else "SELECT 1"
        assert store.run(lambda connection: connection.exec_driver_sql(references).scalar()) == 1
    assert "rating" in columns(empty_database)
    with closing(Store(empty_database)) as store:
        assert (store.upgraded.before, store.upgraded.copy) == (AFTER_NEWEST, None)
    if copy is None:
        return
    assert sorted(path.name for path in tmp_path.glob("trivia.db*")) == ["trivia.db", copy.name]
    assert "rating" not in columns(f"sqlite:///{copy}")
    migrations.NEWEST = NEWEST  # whoever goes back takes the copy
    assert listed(f"sqlite:///{copy}") == before


def test_a_store_from_before_past_pictures_is_upgraded_with_all_that_it_has(
    empty_database: str, engine_name: str, tmp_path: Path
) -> None:
    before = fill(empty_database)
    go_back(empty_database, FIRST)
    assert not has_past_pictures(empty_database)
    with closing(Store(empty_database)) as store:
        assert (store.upgraded.before, store.upgraded.after) == (FIRST, NEWEST)
        assert store.read(queries.listed) == before
        kept = {"run_id": 1, "at": NOW, "venue_id": 1, "kind": "hero", "url": "u", "before": {}, "after": {}}
        store.run(lambda connection: connection.execute(insert(past_pictures), kept | {"thumb": b"\0\xff"}))
        assert store.read(thumbs, [1]) == {1: b"\0\xff"}
    if engine_name == "sqlite":
        assert not has_past_pictures(f"sqlite:///{tmp_path}/trivia.db.before-{FIRST}")


def test_what_the_first_version_stored_is_there_after_the_second(empty_database: str) -> None:
    """Its tables had no past pictures, and the logos of one publisher passed for photographs."""
    fill(empty_database)
    with closing(Store(empty_database)) as store:
        made_by = {"publisher": "geeks_who_drink"}
        store.run(lambda connection: connection.execute(update(events_table).values(made_by)))
        before = store.read(queries.listed)
    go_back(empty_database, FIRST)
    with closing(Store(empty_database)) as store:
        assert (store.upgraded.before, store.upgraded.after) == (FIRST, NEWEST)
        (event_after,) = store.read(queries.listed)
        assert store.read(lambda connection: connection.execute(select(past_pictures)).all()) == []
    assert [picture["kind"] for picture in before[0]["images"]] == ["hero"]
    assert [picture["kind"] for picture in event_after["images"]] == ["logo"]
    assert {**event_after, "images": 0} == {**before[0], "images": 0}


def test_an_upgrade_that_fails_changes_nothing_and_is_one_sentence(
    empty_database: str, next_version: Callable[[str], NextVersion]
) -> None:
    before = fill(empty_database)
    next_version(BROKEN)()
    with pytest.raises(DatabaseError, match=r"does not open: .*nowhere"):
        Store(empty_database)
    assert "rating" not in columns(empty_database)
    migrations.NEWEST = NEWEST
    assert listed(empty_database) == before


def test_without_a_copy_there_is_no_upgrade(
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


def open_at_once(url: str, ready: Barrier, told: Any, version: NextVersion | None) -> None:
    """In a process of its own; tells from which revision it came, or what went wrong."""
    if version is not None:
        version()
    ready.wait(30)
    try:
        store = Store(url)
    except DatabaseError as error:
        told.put(str(error))
    else:
        told.put(store.upgraded.before)
        store.close()


def opened_at_once(url: str, version: NextVersion | None = None) -> list[str | None]:
    ready, told = FORKSERVER.Barrier(AT_ONCE), FORKSERVER.Queue()
    several = [FORKSERVER.Process(target=open_at_once, args=(url, ready, told, version)) for _ in range(AT_ONCE)]
    for process in several:
        process.start()
    answers = [told.get(timeout=60) for _ in several]
    for process in several:
        process.join(60)
        assert process.exitcode == 0
    return answers


def test_several_processes_may_start_on_an_empty_database_at_once(empty_database: str) -> None:
    assert sorted(map(str, opened_at_once(empty_database))) == [*[NEWEST] * (AT_ONCE - 1), "None"]


def test_several_processes_may_upgrade_a_database_at_once(
    empty_database: str, next_version: Callable[[str], NextVersion], engine_name: str, tmp_path: Path
) -> None:
    before = fill(empty_database)
    version = next_version(NEXT)
    assert sorted(map(str, opened_at_once(empty_database, version))) == [NEWEST, *[AFTER_NEWEST] * (AT_ONCE - 1)]
    if engine_name == "sqlite":
        assert listed(f"sqlite:///{tmp_path}/trivia.db.before-{NEWEST}") == before
    version()
    assert listed(empty_database) == before


def test_migrations_build_the_schema_of_the_code(store: Store) -> None:
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    with _scripts() as scripts:
        assert ScriptDirectory(str(scripts)).get_heads() == [NEWEST]


def test_a_newer_database_is_refused_with_a_sentence(store: Store, database: str) -> None:
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseError, match="upgraded by a newer version"):
        Store(database)
