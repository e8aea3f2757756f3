"""Dumps of a database, and loading them."""

from __future__ import annotations

import errno
import gzip
import json
import os
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Connection, LargeBinary, MetaData, String, Table, func, insert, select

from tests.support.dumps import HEADER, fill, lines, rows
from tests.support.postgres import Server
from tests.support.sqlite import put_upgraded_database
from trivia_scraper.db import migrations
from trivia_scraper.db.connect import parse_url
from trivia_scraper.db.dump import (
    DumpError,
    InvalidRowError,
    check_header,
    dump,
    load,
    load_into_new_file,
    make_row_reader,
    make_row_writer,
)
from trivia_scraper.db.engine import Store
from trivia_scraper.db.schema import history, metadata, venues


@pytest.mark.parametrize("to", ["sqlite", "postgresql"])
def test_dump_and_load_keep_all_values_and_ids(
    store: Store, to: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    store.run(fill)
    first, second = tmp_path / "first.gz", tmp_path / "second.gz"
    store.read(dump, first)
    store.read(dump, second)
    assert first.read_bytes() == second.read_bytes()
    assert [line["table"] for line in lines(first) if "table" in line] == [t.name for t in metadata.sorted_tables]

    target = f"sqlite:///{tmp_path}/target.db"
    if to == "postgresql":
        server: Server = request.getfixturevalue("postgresql")
        target = server.empty()
    else:
        put_upgraded_database(tmp_path / "target.db")
    with closing(Store(target)) as other:
        assert other.run(load, first)["venues"] == 1199
        other.read(dump, second)
        assert rows(second) == rows(first)
        for table in metadata.sorted_tables:
            count = select(func.count()).select_from(table)
            assert other.read(Connection.scalar, count) == store.read(Connection.scalar, count)
        now = datetime.now(UTC)
        new = {"slug": "new", "name": "New", "created_at": now, "updated_at": now}
        assert other.run(Connection.scalar, insert(venues).values(new).returning(venues.c.id)) == 1201
        assert other.read(Connection.scalar, select(func.count()).where(history.c.old.is_(None))) == 0


def test_failing_load_says_why_and_loads_nothing(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "dump.gz"

    def refused(*objects: Any, packed: bytes | None = None) -> str:
        path.write_bytes(packed or gzip.compress(b"\n".join(json.dumps(each).encode() for each in objects)))
        with pytest.raises(DumpError) as error:
            store.run(load, path)
        assert "\n" not in str(error.value)
        return str(error.value)

    assert refused(packed=b"no gzip at all") == f"{path} is not a dump of this project."
    assert "is not a dump" in refused([1, 2])
    assert "is not a dump of this project" in refused({"format": "another"})
    assert "update trivia_scraper" in refused({**HEADER, "format_version": 2})
    sentence = refused({**HEADER, "revision": "9999", "version": "7.0"})
    assert f"at database revision 9999, and this version needs {migrations.NEWEST}" in sentence
    assert "run `scrapy db upgrade` on that database and dump it again" in sentence
    assert sentence.endswith("or load the dump with version 7.0.")
    first = metadata.sorted_tables[0].name
    assert f"the table {first} does not begin" in refused(HEADER)
    for count, last_id in ((-1, None), (0, 2**63), (2**70, 1), (True, 1)):
        assert "does not begin" in refused(HEADER, {"table": first, "rows": count, "last_id": last_id})
    assert "line 1 is not a JSON object" in refused(packed=gzip.compress(b"[" * 100_000))

    store.run(fill)
    store.read(dump, path)
    good = lines(path)
    assert "is not empty; set DATABASE_URL to a new one" in refused(*good)
    for table in reversed(metadata.sorted_tables):
        store.run(Connection.execute, table.delete())

    last = max(number for number, line in enumerate(good) if "slug" in line)
    for harm, sentence in (
        ({"slug": None}, "cannot have this value in the column slug"),
        ({"created_at": "yesterday"}, "cannot have this value in the column created_at"),
        ({"colour": "red"}, "has no column colour"),
        ({"slug": "v-1"}, "rejects"),
        ({"id": 2**70}, "rejects"),
    ):
        assert sentence in refused(*good[:last], good[last] | harm, *good[last + 1 :])
    assert "damaged" in refused(*good[:last])
    assert "continues after" in refused(*good, {})
    whole = gzip.compress(b"\n".join(json.dumps(each).encode() for each in good))
    assert "truncated or damaged" in refused(packed=whole[: len(whole) // 2])
    for table in metadata.sorted_tables:
        assert store.read(Connection.scalar, select(func.count()).select_from(table)) == 0


def test_dump_supports_bytes() -> None:
    table = Table("pages", MetaData(), Column("digest", String(2), primary_key=True), Column("body", LargeBinary))
    row = {"digest": "ab", "body": bytes(range(256))}
    line = json.loads(json.dumps(make_row_writer(table)(row)))
    assert make_row_reader(table)(line) == row
    with pytest.raises(InvalidRowError, match="cannot have this value in the column body"):
        make_row_reader(table)({"digest": "ab", "body": "not base64!"})


def test_load_new_makes_only_a_complete_file(store: Store, tmp_path: Path) -> None:
    store.run(fill)
    path, home = tmp_path / "dump.gz", tmp_path / "home"
    counts = store.read(dump, path)
    address = parse_url(f"sqlite:///{home}/trivia.db")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DumpError):
        load_into_new_file(address, path)
    assert list(home.iterdir()) == []
    path.write_bytes(whole)
    assert load_into_new_file(address, path) == counts
    assert [each.name for each in home.iterdir()] == ["trivia.db"]
    again = tmp_path / "again.gz"
    with closing(Store(f"sqlite:///{home}/trivia.db", writes=False)) as loaded:
        loaded.read(dump, again)
    assert rows(again) == rows(path), "including the id that is shared with the image store"
    with pytest.raises(DumpError, match="is not empty"):
        load_into_new_file(address, path)
    assert [each.name for each in home.iterdir()] == ["trivia.db"]


def test_load_new_works_without_hard_links(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    path, home = tmp_path / "dump.gz", tmp_path / "home"
    counts = store.read(dump, path)
    monkeypatch.setattr(os, "link", refuse)
    address = parse_url(f"sqlite:///{home}/trivia.db")
    assert load_into_new_file(address, path) == counts
    with closing(Store(f"sqlite:///{home}/trivia.db", writes=False)) as loaded:
        loaded.read(dump, tmp_path / "again.gz")
    assert rows(tmp_path / "again.gz") == rows(path)
    with pytest.raises(DumpError, match="is not empty"):
        load_into_new_file(address, path)
    assert [each.name for each in home.iterdir()] == ["trivia.db"]


def test_check_header_refuses_other_files(tmp_path: Path) -> None:
    path = tmp_path / "dump.gz"
    path.write_bytes(gzip.compress(b'{"format": "another"}'))
    with pytest.raises(DumpError, match="is not a dump"):
        check_header(path)
