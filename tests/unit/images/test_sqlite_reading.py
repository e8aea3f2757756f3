"""Tests that reading an SQLite file changes neither the file nor its directory."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select

from tests.support.accidents import NoPrivileges
from tests.support.children import FORKSERVER
from trivia_scraper.db.engine import Store
from trivia_scraper.db.schema import runs
from trivia_scraper.images.ledger import SqliteLedger
from trivia_scraper.images.records import ImageRecord
from trivia_scraper.images.sqlite_reading import ChangedFileError, ChangeGuard, get_reading_parameters
from trivia_scraper.images.storage.local import LocalFileStore


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.is_file()}


def make_ledger(directory: Path) -> SqliteLedger:
    files = LocalFileStore(directory)
    ledger = SqliteLedger(directory / "ledger", files)
    record = ImageRecord(stem="a/x", url="https://a.example/x", path="a/x.jpg", sha256="0" * 64)
    ledger.save(record, record)
    return ledger


def count_runs(connection: Connection) -> int | None:
    return connection.scalar(select(func.count()).select_from(runs))


def read_without_privileges(what: str, path: Path, told: Any) -> None:
    NoPrivileges()()
    try:
        if what == "ledger":
            ledger = SqliteLedger(path, LocalFileStore(path.parent, make=False, writes=False), make=False)
            told.send([each.url for each in ledger.records()])
            ledger.close()
        else:
            with closing(Store(f"sqlite:///{path}", writes=False)) as store:
                told.send(store.read(count_runs))
    except Exception as error:
        told.send(f"{type(error).__name__}: {error}")


def read_only(what: str, path: Path) -> Any:
    """Return what a process without write permission for the file and its directory reads."""
    receiver, sender = FORKSERVER.Pipe(duplex=False)
    for each in path.parent.iterdir():
        each.chmod(0o444)
    path.parent.chmod(0o555)
    before = contents(path.parent)
    process = FORKSERVER.Process(target=read_without_privileges, args=(what, path, sender))
    process.start()
    try:
        return receiver.recv()
    finally:
        process.join()
        assert contents(path.parent) == before
        path.parent.chmod(0o755)
        for each in path.parent.iterdir():
            each.chmod(0o644)


def test_idle_file_is_read_without_leftovers(tmp_path: Path) -> None:
    Store(f"sqlite:///{tmp_path}/trivia.db").close()
    before = contents(tmp_path)
    with closing(Store(f"sqlite:///{tmp_path}/trivia.db", writes=False)) as store:
        assert store.read(count_runs) == 0
    assert contents(tmp_path) == before


def test_copied_write_ahead_log_is_read_unchanged(tmp_path: Path) -> None:
    (tmp_path / "live").mkdir()
    ledger = make_ledger(tmp_path / "live")
    (tmp_path / "copy").mkdir()
    for name in ("ledger", "ledger-wal"):
        shutil.copy(tmp_path / "live" / name, tmp_path / "copy" / name)
    before = contents(tmp_path / "copy")
    assert before["ledger-wal"] != b""
    copied = SqliteLedger(tmp_path / "copy/ledger", LocalFileStore(tmp_path / "copy"), make=False)
    assert [each.url for each in copied.records()] == ["https://a.example/x"]
    copied.close()
    assert contents(tmp_path / "copy").items() >= before.items()
    ledger.close()


def test_file_in_read_only_directory_is_read(tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    Store(f"sqlite:///{tmp_path}/home/trivia.db").close()
    assert read_only("database", tmp_path / "home/trivia.db") == 0
    (tmp_path / "store").mkdir()
    make_ledger(tmp_path / "store").close()
    assert read_only("ledger", tmp_path / "store/ledger") == ["https://a.example/x"]


def test_write_ahead_log_in_read_only_directory(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    ledger = make_ledger(tmp_path / "store")
    (tmp_path / "copy").mkdir()
    for path in (tmp_path / "store").iterdir():
        shutil.copy(path, tmp_path / "copy")
    assert read_only("ledger", tmp_path / "copy/ledger") == ["https://a.example/x"], "with its index"
    (tmp_path / "copy/ledger-shm").unlink()
    assert read_only("ledger", tmp_path / "copy/ledger") == (
        f"OSError: the last changes of {tmp_path}/copy/ledger are in ledger-wal beside it, which can only be read in "
        "a writable directory; copy both files to one"
    )
    ledger.close()


def test_change_during_reading_without_lock_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"before")
    guard = ChangeGuard(path, sqlite3.Error)
    with guard:
        pass
    with pytest.raises(ChangedFileError, match="was changed by another process while it was read"), guard:
        path.write_bytes(b"after it")
    for raised, seen in ((sqlite3.DatabaseError, ChangedFileError), (KeyboardInterrupt, KeyboardInterrupt)):
        path.write_bytes(b"before")
        with pytest.raises(seen), guard:
            fail(path, raised)


def fail(path: Path, error: type[BaseException]) -> None:
    path.write_bytes(b"after it")
    raise error


def test_reading_parameters(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.touch()
    assert get_reading_parameters(path) == {"mode": "rw"}
    (tmp_path / "x-wal").touch()
    assert get_reading_parameters(path) == {"mode": "rw"}, "an empty log has nothing to merge"
    (tmp_path / "x-wal").write_bytes(b"1")
    assert get_reading_parameters(path) == {"mode": "ro"}
