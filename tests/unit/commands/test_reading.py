"""Commands that only read create nothing, and report a wrong database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.golden.databases import read_script
from tests.support.filled import NOW, begin, finish, quiz, record
from tests.support.in_process import scrapy_in_process, settings_of
from tests.support.sqlite import put_upgraded_database
from trivia_scraper.db.engine import Store
from trivia_scraper.db.store_identity import read_recorded
from trivia_scraper.images.storage.local import LocalFileStore

READING = (
    "health",
    "runs",
    "runs 1",
    "events",
    "images status",
    "images verify",
    "images explain the-fox",
    "images prune --dry-run",
    "images copy --to OUT",
    "venues duplicates",
    "venues matches",
    "export --format csv",
    "export --format csv -o OUT",
    "calendars -o OUT",
    "catalogue",
    "prune --dry-run",
    "db dump OUT",
)
CHANGING = ("images prune", "prune", "venues merge a b", "venues distinct a b", "db replay OUT")


def everything_below(directory: Path) -> dict[str, bytes | None]:
    """Return path -> contents, or None for a directory."""
    return {
        path.relative_to(directory).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(directory.rglob("*"))
    }


def refusal(home: Path, command: str, capfd: pytest.CaptureFixture[str]) -> str:
    """Return the error message of a command. Nothing below `home` may change."""
    before = everything_below(home.parent)
    words = command.replace("OUT", str(home.parent / "out")).split()
    assert scrapy_in_process(settings_of(home), *words) == 1
    said = capfd.readouterr()
    (line,) = said.err.splitlines()
    assert said.out == ""
    assert everything_below(home.parent) == before
    return line


@pytest.mark.parametrize("command", [*READING, *CHANGING])
def test_missing_database_is_not_created(command: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    line = refusal(tmp_path / "typo", command, capfd)
    assert f"the database sqlite:///{tmp_path}/typo/trivia.db does not exist: nothing was crawled yet" in line


@pytest.mark.parametrize("command", READING)
def test_never_crawled_database_is_an_error(command: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    put_upgraded_database(tmp_path / "home/trivia.db")
    assert "has no runs: nothing was crawled yet" in refusal(tmp_path / "home", command, capfd)


@pytest.mark.parametrize(
    "command", ["db dump OUT", "export --format csv -o OUT", "calendars -o OUT", "catalogue -o OUT"]
)
def test_empty_database_replaces_no_file(command: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").write_bytes(b"the last good one")
    with closing(Store(f"sqlite:///{tmp_path}/home/trivia.db")) as store:
        finish(store, begin(store))
    line = refusal(tmp_path / "home", command, capfd)
    assert "no event is stored in sqlite:///" in line


@pytest.mark.parametrize("command", ["health", "images verify", "db dump OUT", "prune"])
def test_other_databases_are_refused(command: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "home"
    home.mkdir()
    database = home / "trivia.db"
    database.touch()
    assert "is empty: nothing was crawled yet" in refusal(home, command, capfd)
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("CREATE TABLE invoices (id INTEGER)")
    assert "belongs to another program" in refusal(home, command, capfd)
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(
            "CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('ae1027a6acf')"
        )
    assert "belongs to another program" in refusal(home, command, capfd)
    database.write_bytes(b"this is a letter to the bank, not a database" * 100)
    assert "cannot be opened: file is not a database" in refusal(home, command, capfd)


@pytest.mark.parametrize("command", [*READING, *CHANGING])
def test_reading_does_not_upgrade_a_database(command: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with closing(sqlite3.connect(home / "trivia.db")) as connection:
        connection.executescript(read_script("sqlite"))
    line = refusal(home, command, capfd)
    assert line.endswith(" has an older schema; run `scrapy db upgrade`, or let the next crawl upgrade it.")


def test_verify_of_empty_store_fails(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with closing(Store(f"sqlite:///{tmp_path}/trivia.db")) as store:
        finish(store, begin(store))
    assert scrapy_in_process(settings_of(tmp_path), "images", "verify") == 1
    assert capfd.readouterr().err == "No images are stored, so there is nothing to verify.\n"


def test_store_of_another_database_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    files = LocalFileStore(tmp_path / "images")
    files.write_id("of another database")
    with closing(Store(f"sqlite:///{tmp_path}/trivia.db")) as store:
        run_id = begin(store)
        record(store, quiz("fox"), run_id)
        finish(store, run_id, NOW)
    settings = settings_of(tmp_path)
    for command in ("images verify", "images prune", "images prune --dry-run", "prune", "catalogue"):
        assert scrapy_in_process(settings, *command.split()) == 1, command
        (line,) = capfd.readouterr().err.splitlines()
        assert "belongs to another database than DATABASE_URL." in line
        assert line.endswith(" Add `-s ADOPT_IMAGES_STORE=True` to use them together anyway.")
    for command in ("images prune", "prune", "catalogue"):
        assert scrapy_in_process(settings, *command.split(), "-s", "ADOPT_IMAGES_STORE=True") == 0, command
    assert files.read_id() == "of another database", "only a crawl gives a store another id"


def test_copied_store_has_the_database_id(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with closing(Store(f"sqlite:///{tmp_path}/trivia.db")) as store:
        run_id = begin(store)
        files = LocalFileStore(tmp_path / "images")
        record(store, quiz("fox"), run_id, images=[("hero", "https://a.example/x.jpg", "bytes")], files=files)
        finish(store, run_id, NOW)
    other = LocalFileStore(tmp_path / "other")
    other.write_id("of another database")
    settings = settings_of(tmp_path)
    assert scrapy_in_process(settings, "images", "copy", "--to", str(tmp_path / "other")) == 1
    assert f"--to {tmp_path}/other belongs to another database" in capfd.readouterr().err
    assert list(other.paths()) == []
    assert scrapy_in_process(settings, "images", "copy", "--to", str(tmp_path / "copy")) == 1, "it has no thumbnail"
    copied = LocalFileStore(tmp_path / "copy")
    assert [path for path in copied.paths() if path.endswith(".jpg")] != []
    with closing(Store(f"sqlite:///{tmp_path}/trivia.db", writes=False)) as store:
        assert copied.read_id() == store.read(read_recorded).store_id


def test_check_of_missing_database_names_the_settings(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert scrapy_in_process(settings_of(tmp_path / "typo"), "db", "check") == 1
    assert capfd.readouterr().out == (
        f"The database sqlite:///{tmp_path}/typo/trivia.db has no tables: TRIVIA_HOME or DATABASE_URL is wrong, or "
        "nothing was crawled yet.\n"
    )
