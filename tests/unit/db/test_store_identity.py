"""Whether an image store and a database belong together."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.support.filled import begin, quiz, record
from trivia_scraper.db.engine import Store
from trivia_scraper.db.store_identity import Recorded, adopt_store, check_match, read_recorded, read_recorded_at
from trivia_scraper.errors import RefusedError
from trivia_scraper.images.storage.local import LocalFileStore

FOREIGN = "belongs to another database than DATABASE_URL."
EMPTY = "has no images, but the database lists some: is the disk mounted?"
UNKNOWN = "has images that the database does not list."


@pytest.fixture
def filled(store: Store, files: LocalFileStore) -> Store:
    """Return a database with three images, whose store has no id yet, like one of version 0.1.0."""
    run_id = begin(store)
    for name in ("fox", "hound", "crown"):
        record(store, quiz(name), run_id, images=[("hero", f"https://a.example/{name}.jpg", name)], files=files)
    return store


def refuse(recorded: Recorded, files: LocalFileStore) -> str:
    with pytest.raises(RefusedError) as error:
        check_match(recorded, files, "IMAGES_STORE x")
    assert str(error.value).endswith(" Add `-s ADOPT_IMAGES_STORE=True` to use them together anyway.")
    return str(error.value)


def test_new_databases_have_different_ids(tmp_path: Path) -> None:
    found = set()
    for name in ("one", "two"):
        with closing(Store(f"sqlite:///{tmp_path}/{name}.db")) as store:
            found.add(store.read(read_recorded).store_id)
    assert len(found) == 2
    assert None not in found


def test_store_without_id_matches_by_its_images(filled: Store, files: LocalFileStore) -> None:
    recorded = filled.read(read_recorded)
    assert len(recorded.samples) == 3
    check_match(recorded, files, "x")
    files.remove(recorded.samples[0].path)
    check_match(recorded, files, "x")
    files.remove(recorded.samples[1].path)
    assert UNKNOWN in refuse(recorded, files)


def test_adopted_store_matches_only_its_database(filled: Store, files: LocalFileStore, tmp_path: Path) -> None:
    recorded = filled.read(read_recorded)
    adopt_store(filled, files)
    assert files.read_id() == recorded.store_id
    for row in recorded.samples:
        files.remove(row.path)
    check_match(recorded, files, "x")  # still the same store, though images are lost
    with closing(Store(f"sqlite:///{tmp_path}/other.db")) as other:
        assert FOREIGN in refuse(other.read(read_recorded), files)
        adopt_store(other, files)
    assert FOREIGN in refuse(recorded, files)


def test_repaired_database_without_id_gets_one(store: Store, files: LocalFileStore) -> None:
    with store.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM store_identity")
    adopt_store(store, files)
    assert files.read_id() == store.read(read_recorded).store_id
    assert files.read_id() is not None


def test_empty_database_refuses_a_full_store(filled: Store, files: LocalFileStore) -> None:
    assert UNKNOWN in refuse(Recorded(), files)
    adopt_store(filled, files)
    assert FOREIGN in refuse(Recorded(), files)


def test_empty_store_of_a_filled_database_is_refused(filled: Store, tmp_path: Path) -> None:
    recorded = filled.read(read_recorded)
    mount = tmp_path / "mount"
    assert EMPTY in refuse(recorded, LocalFileStore(mount, make=False))
    mount.mkdir()
    (mount / "lost+found").mkdir()
    assert EMPTY in refuse(recorded, LocalFileStore(mount))
    check_match(recorded, LocalFileStore(mount), "x", may_be_empty=True)
    check_match(Recorded(), LocalFileStore(mount), "x")


def test_read_recorded_at_makes_nothing(filled: Store, tmp_path: Path) -> None:
    url = filled.engine.url.render_as_string(hide_password=False)
    recorded = read_recorded_at(url)
    assert recorded == filled.read(read_recorded)
    assert read_recorded_at(f"sqlite:///{tmp_path}/nowhere/x.db") == Recorded()
    assert not (tmp_path / "nowhere").exists()
    if make_url(url).get_backend_name() == "sqlite":
        with filled.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE store_identity")
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0008'")
        behind = read_recorded_at(url)
        assert behind is not None
        assert (behind.store_id, len(behind.samples)) == (None, 3)
        with filled.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        assert read_recorded_at(url) is None
