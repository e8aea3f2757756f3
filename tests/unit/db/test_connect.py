"""Databases that cannot be opened: one sentence without the password."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.support.postgres import STRANGER, STRANGERS_PASSWORD, Server
from tests.support.sqlite import put_upgraded_database
from trivia_scraper.db.engine import Store
from trivia_scraper.errors import DatabaseError, UsageError


def refusal(url: str) -> str:
    with pytest.raises((DatabaseError, UsageError)) as raised:
        Store(url)
    sentence = str(raised.value)
    assert "hunter2" not in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("nonsense", "is not a database URL; write it like sqlite:///var/trivia.db"),
        ("postgresql+psycopg://u:hunter2@127.0.0.1:five/trivia", "is not a database URL"),
        ("mysql://u:hunter2@127.0.0.1/trivia", "must be sqlite:///FILE or postgresql+psycopg://"),
        ("postgresql+psycopg2://u:hunter2@127.0.0.1/trivia", "not postgresql+psycopg2://"),
        ("postgresql://u:a@hunter2@127.0.0.1/trivia", "has more than one @"),
        ("sqlite:////proc/no/such/place.db", "sqlite:////proc/no/such/place.db cannot be opened"),
        ("postgresql+psycopg://u:hunter2@127.0.0.1:9/trivia", "postgresql+psycopg://u:***@127.0.0.1:9/trivia cannot"),
        ("postgresql://127.0.0.1:9/trivia?password=hunter2", "postgresql://127.0.0.1:9/trivia cannot be opened"),
        ("postgresql://127.0.0.1:9/trivia?sslmode=hunter2&sslpassword=hunter2", "cannot be opened"),
        ("postgresql://u:p%40ss-hunter2@127.0.0.1:9/trivia?sslmode=p%40ss-hunter2", 'invalid sslmode value: "***"'),
    ],
)
def test_failing_url_is_one_sentence_without_password(url: str, expected: str) -> None:
    assert expected in refusal(url)


def test_missing_server_is_one_sentence() -> None:
    assert refusal("postgresql://127.0.0.1:9/trivia").endswith("port 9 failed: Connection refused.")


def test_failed_login_is_reported_without_password(postgresql: Server) -> None:
    url = postgresql.empty()
    name = str(make_url(url).database)
    assert "password authentication failed" in refusal(postgresql.url(name, username=STRANGER, password="hunter2"))
    in_query = {"host": str(postgresql.directory), "password": "hunter2"}
    assert "password authentication failed" in refusal(postgresql.url(name, username=STRANGER, query=in_query))


def test_password_may_have_any_characters(postgresql: Server) -> None:
    name = str(make_url(postgresql.empty(f"OWNER {STRANGER}")).database)
    url = postgresql.url(name, username=STRANGER, password=STRANGERS_PASSWORD)
    with closing(Store(url)) as store:
        assert store.read(lambda connection: connection.exec_driver_sql("SELECT current_user").scalar()) == STRANGER


def test_missing_privilege_is_one_sentence(postgresql: Server) -> None:
    name = str(make_url(postgresql.empty()).database)
    sentence = refusal(postgresql.url(name, username=STRANGER, password=STRANGERS_PASSWORD))
    assert "permission denied for schema public" in sentence


def test_database_that_is_not_utf8_is_refused(postgresql: Server) -> None:
    url = postgresql.empty("TEMPLATE template0 ENCODING 'LATIN1'")
    assert "has the encoding LATIN1" in refusal(url)


def test_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    assert "pip install 'psycopg[binary]>=3.2,<4'." in refusal("postgresql+psycopg://u:hunter2@127.0.0.1/trivia")


@pytest.mark.parametrize("writes", [False, True])
def test_damaged_schema_is_one_sentence(tmp_path: Path, writes: bool) -> None:
    """The first page is intact, so reading only that page does not find the damage."""
    file = tmp_path / "trivia.db"
    put_upgraded_database(file)
    with closing(sqlite3.connect(file)) as connection:
        # All pages of the schema but its root.
        pages = [row[0] for row in connection.execute("SELECT pageno FROM dbstat WHERE name = 'sqlite_schema'")][1:]
    contents = bytearray(file.read_bytes())
    for page in pages:
        contents[(page - 1) * 4096 : page * 4096] = bytes([0xA5]) * 4096
    file.write_bytes(contents)
    with pytest.raises(DatabaseError) as raised:
        Store(f"sqlite:///{file}", make=writes, writes=writes)
    assert str(raised.value) == (
        f"the database sqlite:///{file} cannot be opened: database disk image is malformed "
        '(docs/operations.md, "A corrupt database").'
    )
