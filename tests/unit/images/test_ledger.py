"""Tests both ledgers: the SQLite file of a generic project, and this project's database on both engines."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.support.accidents import SmallFiles
from tests.support.children import FORKSERVER
from tests.support.events import event, record
from tests.support.filled import NOW, begin
from trivia_scraper.db.engine import Store
from trivia_scraper.db.image_ledger import VenueImageLedger, VenueImageRecord
from trivia_scraper.images.ledger import LEDGER_FILE, Ledger, SqliteLedger, SupersededError
from trivia_scraper.images.records import ImageRecord
from trivia_scraper.images.storage.local import LocalFileStore

STEM, OTHER_STEM = "venues/the-fox/bar", "venues/the-fox/garden"
URL, OTHER_URL = "https://a.example/bar.jpg", "https://a.example/garden.jpg"
AT_ONCE = 4
EACH = 10


@dataclass(frozen=True)
class Kind:
    """Opens one kind of ledger, also in another process. database: its URL; None for a file in the store."""

    root: Path
    database: str | None
    run_id: int = 0
    venue_id: int = 0

    def open(self) -> tuple[Ledger, Callable[[], None]]:
        """Return a ledger and the function that closes it."""
        files = LocalFileStore(self.root)
        if self.database is None:
            ledger = SqliteLedger(self.root / LEDGER_FILE, files)
            return ledger, ledger.close
        store = Store(self.database)
        return VenueImageLedger(store, files, lambda: self.run_id), store.close

    def blank(self, stem: str = STEM, url: str = URL) -> ImageRecord:
        """Return the record of an image that was never stored."""
        if self.database is None:
            return ImageRecord(url=url, stem=stem)
        return VenueImageRecord(url=url, stem=stem, venue_id=self.venue_id, kind="hero")


@pytest.fixture(params=["file", "sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Return the kind of ledger; `file` is the one for projects without this project's database."""
    name: str = request.param
    return name


@pytest.fixture
def kind(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Kind:
    if engine_name == "file":
        return Kind(tmp_path / "images", None)
    store: Store = request.getfixturevalue("store")
    run_id = begin(store)
    record(store, run_id, event())
    (venue_id,) = store.read(lambda connection: connection.exec_driver_sql("SELECT id FROM venues").one())
    return Kind(tmp_path / "images", request.getfixturevalue("database"), run_id, venue_id)


@pytest.fixture
def ledger(kind: Kind) -> Iterator[Ledger]:
    opened, close = kind.open()
    yield opened
    close()


@pytest.fixture
def file_ledger(files: LocalFileStore) -> Iterator[SqliteLedger]:
    with closing(SqliteLedger(files.root / LEDGER_FILE, files)) as opened:
        yield opened


def stored(before: ImageRecord, digest: str = "5" * 64, **facts: Any) -> ImageRecord:
    """Return the record after an image was stored."""
    thumbs = {"small": before.stem.replace("the-fox/", "the-fox/thumbs/small/") + ".jpg"}
    image = {"path": f"{before.stem}.jpg", "checksum": "5" * 32, "sha256": digest, "format": "JPEG", "thumbs": thumbs}
    sizes = {"bytes": 5, "modified_ns": 1_790_000_000_123_456_789, "width": 40, "height": 30}
    asked = {"thumbs_spec": "fill small=30x30", "etag": '"1"', "last_modified": "Mon, 23 Nov 2026 10:00:00 GMT"}
    instants = {"fetched_at": NOW, "checked_at": NOW + timedelta(microseconds=1)}
    return replace(before, **image | sizes | asked | instants | facts)


def save(ledger: Ledger, before: ImageRecord, **facts: Any) -> ImageRecord:
    return ledger.save(before, stored(before, **facts), "downloaded", "new")  # type: ignore[arg-type]


# -- Both ledgers ------------------------------------------------------------------------------------------------------


def test_saved_record_is_found_with_all_fields(ledger: Ledger, kind: Kind) -> None:
    assert ledger.find(STEM, URL) == (None, None)
    saved = save(ledger, kind.blank())
    assert saved.id is not None
    assert saved == replace(stored(kind.blank()), id=saved.id)
    assert ledger.find(STEM, URL) == (saved, None)
    assert ledger.find(OTHER_STEM, URL) == (None, None)


def test_updated_record_keeps_its_row(ledger: Ledger, kind: Kind) -> None:
    saved = save(ledger, kind.blank())
    updated = ledger.save(saved, replace(saved, checked_at=NOW + timedelta(days=1), etag=None))
    assert updated.id == saved.id
    assert ledger.find(STEM, URL) == (updated, None)


def test_find_returns_image_of_other_url_at_path(ledger: Ledger, kind: Kind) -> None:
    saved = save(ledger, kind.blank())
    assert ledger.find(STEM, OTHER_URL) == (None, saved)


def test_replaced_row_cannot_be_updated(ledger: Ledger, kind: Kind) -> None:
    saved = save(ledger, kind.blank())
    gone = replace(saved, id=10_000)
    with pytest.raises(SupersededError):
        ledger.save(gone, replace(gone, etag="x"))
    assert ledger.find(STEM, URL) == (saved, None)


def test_missing_written_file_gets_no_row(ledger: Ledger, kind: Kind) -> None:
    after = stored(kind.blank())
    files = LocalFileStore(kind.root)
    for other in (None, b"of another process"):
        if other is not None:
            files.write(f"{STEM}.jpg", other)
        with pytest.raises(FileNotFoundError, match=rf"{STEM}\.jpg was replaced or removed by another process"):
            ledger.save(kind.blank(), after, written=True)
        assert ledger.find(STEM, URL) == (None, None)
    stat = files.write(f"{STEM}.jpg", b"image")
    after = replace(after, bytes=stat.bytes, modified_ns=stat.modified_ns)
    saved = ledger.save(kind.blank(), after, written=True)
    assert ledger.find(STEM, URL) == (saved, None)


def test_image_saved_twice_is_one_row(ledger: Ledger, kind: Kind) -> None:
    """Two processes may store a new image at the same time, before either has a row."""
    save(ledger, kind.blank())
    second = save(ledger, kind.blank(), digest="6" * 64)
    assert list(ledger.records()) == [second]


def test_records_have_file_and_are_sorted_by_path(ledger: Ledger, kind: Kind) -> None:
    garden = save(ledger, kind.blank(OTHER_STEM, OTHER_URL))
    bar = save(ledger, kind.blank())
    assert list(ledger.records()) == [bar, garden]


def test_remove_unreferenced_removes_only_unnamed_files(ledger: Ledger, kind: Kind) -> None:
    files = LocalFileStore(kind.root)
    saved = save(ledger, kind.blank())
    named = [f"{STEM}.jpg", *saved.thumbs.values()]
    unnamed = [f"{STEM}.png", saved.thumbs["small"].replace("small", "wide"), f"{OTHER_STEM}.jpg"]
    for path in (*named, *unnamed):
        files.write(path, b"x")
    assert ledger.remove_unreferenced([*named, *unnamed, "venues/the-fox/missing.jpg"]) == []
    assert sorted(files.paths()) == sorted(named)


def test_unremovable_file_is_reported(ledger: Ledger, kind: Kind) -> None:
    (kind.root / f"{STEM}.jpg").mkdir(parents=True)
    ((path, error),) = ledger.remove_unreferenced([f"{STEM}.jpg"])
    assert (path, bool(error)) == (f"{STEM}.jpg", True)


def save_some(kind: Kind, worker: int) -> None:
    """Save own records, each twice, and one that all workers share."""
    ledger, close = kind.open()
    for number in range(EACH):
        blank = kind.blank(f"venues/the-fox/{worker}-{number}", f"https://a.example/{worker}/{number}")
        saved = save(ledger, blank)
        ledger.save(saved, replace(saved, etag='"2"'))
        save(ledger, kind.blank(), digest=f"{worker}" * 64)
    close()


def check_all_saved(ledger: Ledger) -> None:
    etags = [each.etag for each in ledger.records() if each.stem != STEM]
    assert etags == ['"2"'] * (AT_ONCE * EACH)
    assert len(list(ledger.records())) == AT_ONCE * EACH + 1


def test_threads_share_ledger(ledger: Ledger, kind: Kind) -> None:
    def save_and_find(worker: int) -> None:
        for number in range(EACH):
            blank = kind.blank(f"venues/the-fox/{worker}-{number}", f"https://a.example/{worker}/{number}")
            saved = save(ledger, blank)
            updated = ledger.save(saved, replace(saved, etag='"2"'))
            assert ledger.find(blank.stem, blank.url) == (updated, None)
            save(ledger, kind.blank(), digest=f"{worker}" * 64)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(save_and_find, range(AT_ONCE)))
    check_all_saved(ledger)


def test_processes_share_ledger_from_first_row(ledger: Ledger, kind: Kind) -> None:
    processes = [FORKSERVER.Process(target=save_some, args=(kind, worker)) for worker in range(AT_ONCE)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * AT_ONCE
    check_all_saved(ledger)


# -- The file alone ----------------------------------------------------------------------------------------------------


def test_newest_url_takes_row_of_path(file_ledger: SqliteLedger) -> None:
    bar = save(file_ledger, ImageRecord(url=URL, stem=STEM))
    other = save(file_ledger, ImageRecord(url=OTHER_URL, stem=STEM))
    assert file_ledger.find(STEM, URL) == (None, other)
    assert file_ledger.find(STEM, OTHER_URL) == (other, None)
    with pytest.raises(SupersededError):
        file_ledger.save(bar, replace(bar, etag="x"))


def test_remove_unreferenced_locks_out_saves(tmp_path: Path) -> None:
    tried = []

    class Watched(LocalFileStore):
        def remove(self, path: str) -> None:
            with closing(sqlite3.connect(tmp_path / LEDGER_FILE, timeout=0)) as other:
                try:
                    other.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError as error:
                    tried.append(str(error))

    with closing(SqliteLedger(tmp_path / LEDGER_FILE, Watched(tmp_path))) as ledger:
        assert ledger.remove_unreferenced(["a.jpg"]) == []
    assert tried == ["database is locked"]


def test_reading_creates_nothing(tmp_path: Path) -> None:
    files = LocalFileStore(tmp_path / "images", make=False)
    with closing(SqliteLedger(tmp_path / "images" / LEDGER_FILE, files)) as ledger:
        assert ledger.find(STEM, URL) == (None, None)
        assert list(ledger.records()) == []
    assert list(tmp_path.iterdir()) == []


def test_reading_empty_file_leaves_it_empty(file_ledger: SqliteLedger) -> None:
    file_ledger.path.touch()
    assert file_ledger.find(STEM, URL) == (None, None)
    assert list(file_ledger.records()) == []
    assert file_ledger.path.stat().st_size == 0


def test_closed_ledger_opens_again(file_ledger: SqliteLedger) -> None:
    saved = save(file_ledger, ImageRecord(url=URL, stem=STEM))
    file_ledger.close()
    assert file_ledger.find(STEM, URL) == (saved, None)


def one_sentence(error: pytest.ExceptionInfo[OSError], path: Path) -> str:
    """Return the cause that the error names after the ledger's path."""
    found = re.fullmatch(rf"the ledger {re.escape(str(path))} cannot be used: (.+)", str(error.value))
    assert found, error.value
    return found[1]


@pytest.mark.parametrize("body", [b"no database " * 100, b"SQLite format 3\0" + bytes(4_080)])
def test_damaged_ledger_is_one_sentence(file_ledger: SqliteLedger, body: bytes) -> None:
    file_ledger.path.write_bytes(body)
    for use in (
        lambda: file_ledger.find(STEM, URL),
        lambda: list(file_ledger.records()),
        lambda: save(file_ledger, ImageRecord(url=URL, stem=STEM)),
        lambda: file_ledger.remove_unreferenced(["a.jpg"]),
    ):
        with pytest.raises(OSError, match="the ledger") as caught:
            use()
        assert one_sentence(caught, file_ledger.path) == "file is not a database"
    assert file_ledger.path.read_bytes() == body


def test_database_of_other_program_is_one_sentence(file_ledger: SqliteLedger) -> None:
    with closing(sqlite3.connect(file_ledger.path)) as connection:
        connection.execute("CREATE TABLE images (name TEXT)")
    with pytest.raises(OSError, match="the ledger") as caught:
        file_ledger.find(STEM, URL)
    assert one_sentence(caught, file_ledger.path).startswith("no such column: ")


def test_directory_at_ledger_path_is_one_sentence(files: LocalFileStore) -> None:
    path = files.root / LEDGER_FILE
    path.mkdir()
    with closing(SqliteLedger(path, files)) as ledger:
        with pytest.raises(OSError, match="the ledger") as caught:
            ledger.find(STEM, URL)
        assert one_sentence(caught, path) == "unable to open database file"


def use_as_nobody(root: str, told: Any) -> None:
    """Read and write a ledger as a user who may write neither it nor its directory."""
    if os.geteuid() == 0:
        os.setegid(65534)
        os.seteuid(65534)
    with closing(SqliteLedger(f"{root}/{LEDGER_FILE}", LocalFileStore(root, make=False))) as ledger:
        for use in (lambda: ledger.find(STEM, URL), lambda: save(ledger, ImageRecord(url=URL, stem=STEM))):
            try:
                told.send(use())
            except OSError as error:
                told.send(str(error))


def test_unwritable_ledger_is_one_sentence() -> None:
    with TemporaryDirectory() as root:  # a directory that every user may enter, unlike those of pytest
        with closing(SqliteLedger(f"{root}/{LEDGER_FILE}", LocalFileStore(root))) as ledger:
            save(ledger, ImageRecord(url=URL, stem=STEM))
        os.chmod(f"{root}/{LEDGER_FILE}", 0o444)
        os.chmod(root, 0o555)
        ours, its = FORKSERVER.Pipe()
        process = FORKSERVER.Process(target=use_as_nobody, args=(root, its))
        process.start()
        process.join()
        for said in (ours.recv(), ours.recv()):
            assert re.fullmatch(rf"the ledger {root}/{LEDGER_FILE} cannot be used: [a-z ]+", said), said


def save_until_the_disk_is_full(root: Path, told: Any) -> None:
    """Save records until that fails, then remove the limit and save again."""
    with closing(SqliteLedger(root / LEDGER_FILE, LocalFileStore(root))) as ledger:
        first = save(ledger, ImageRecord(url=URL, stem=STEM))
        SmallFiles((root / LEDGER_FILE).with_name(f"{LEDGER_FILE}-wal").stat().st_size)()
        try:
            save(ledger, ImageRecord(url=OTHER_URL, stem=OTHER_STEM))
        except OSError as error:
            told.send(str(error))
        told.send(ledger.find(STEM, URL) == (first, None))
        told.send(ledger.find(OTHER_STEM, OTHER_URL))


def test_full_disk_is_one_sentence_and_ledger_stays_readable(tmp_path: Path) -> None:
    ours, its = FORKSERVER.Pipe()
    process = FORKSERVER.Process(target=save_until_the_disk_is_full, args=(tmp_path, its))
    process.start()
    process.join()
    assert ours.recv() == f"the ledger {tmp_path / LEDGER_FILE} cannot be used: disk I/O error"
    assert ours.recv() is True
    assert ours.recv() == (None, None)


def test_failed_commit_leaves_no_open_transaction(file_ledger: SqliteLedger) -> None:
    saved = save(file_ledger, ImageRecord(url=URL, stem=STEM))
    with closing(sqlite3.connect(file_ledger.path)) as connection:
        connection.executescript(
            "CREATE TABLE other (id INTEGER PRIMARY KEY REFERENCES other (id) DEFERRABLE INITIALLY DEFERRED, of INTEGER"
            " REFERENCES images (id) DEFERRABLE INITIALLY DEFERRED);"
            "CREATE TRIGGER fails AFTER UPDATE ON images BEGIN INSERT INTO other (of) VALUES (-1); END;"
        )
    assert file_ledger._database is not None
    file_ledger._database.execute("PRAGMA foreign_keys = ON")
    for _ in range(2):
        with pytest.raises(OSError, match="the ledger") as caught:
            file_ledger.save(saved, replace(saved, etag="x"))
        assert one_sentence(caught, file_ledger.path) == "FOREIGN KEY constraint failed"
    assert file_ledger.find(STEM, URL) == (saved, None)


def test_row_with_other_bytes_is_not_changed(ledger: Ledger, kind: Kind) -> None:
    """A late answer about the old bytes must not change the row of the new ones."""
    first = save(ledger, kind.blank())
    second = save(ledger, first, digest="6" * 64)
    with pytest.raises(SupersededError):
        ledger.save(first, replace(first, etag='"of the first"'))
    assert ledger.find(STEM, URL) == (second, None)
