"""Upgrades a database to the schema of this code. Works in a checkout and in a deployed egg."""

from __future__ import annotations

import logging
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.pool import NullPool

from trivia_scraper.atomic import sync_directory
from trivia_scraper.db import migrations
from trivia_scraper.db.connect import Upgrade, display_url, find_database_file, make_refusal, read_revision
from trivia_scraper.db.schema import metadata, store_identity
from trivia_scraper.errors import DatabaseError

if TYPE_CHECKING:
    from alembic.config import Config

SCRIPTS: Traversable = files("trivia_scraper.db") / "migrations"

State = Literal["empty", "foreign", "behind", "current", "newer", "unreleased"]
_UPGRADABLE = {"empty", "behind"}
_REVISION = re.compile(r"[0-9]{4}")


def upgrade(engine: Engine) -> Upgrade:
    """Create the tables, or upgrade them to the newest revision, in one transaction.

    Several processes may do this at once. Before an upgrade, an SQLite file is copied to `<file>.before-<revision>`.

    Raises DatabaseError if this code cannot upgrade the database, or if its encoding is not UTF-8.
    """
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it logs each plug-in
    from alembic import command

    with open_configuration() as configuration, _one_at_a_time(engine) as connection:
        before, is_blank = read_revision(connection)
        if before == migrations.NEWEST:  # another process was faster
            return Upgrade(before, before)
        if (found := find_state(before, is_blank=is_blank)) not in _UPGRADABLE:
            raise make_refusal(found, display_url(engine.url))
        configuration.attributes["connection"] = connection
        if before is None:
            if engine.dialect.name == "postgresql":
                _check_encoding(connection)
            metadata.create_all(connection, checkfirst=False)
            connection.execute(store_identity.insert().values(id=uuid4().hex))
            command.stamp(configuration, migrations.NEWEST)
            return Upgrade(before, migrations.NEWEST)
        copy = _copy_beside(engine, connection, before)
        command.upgrade(configuration, migrations.NEWEST)
        if engine.dialect.name == "sqlite" and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise DatabaseError(
                f"the upgrade of {display_url(engine.url)} would break references; nothing was changed."
            )
    return Upgrade(before, migrations.NEWEST, copy)


def find_state(found: str | None, *, is_blank: bool) -> State:
    """Return the state of a database at this revision. is_blank: it has no tables of another program."""
    from alembic.script import ScriptDirectory

    if found is None:
        return "empty" if is_blank else "foreign"
    if found == migrations.NEWEST:
        return "current"
    if not _REVISION.fullmatch(found):
        return "foreign"
    if found > migrations.NEWEST:
        return "newer"
    with open_configuration() as configuration:
        known = {script.revision for script in ScriptDirectory.from_config(configuration).walk_revisions()}
    return "behind" if found in known else "unreleased"


@contextmanager
def _one_at_a_time(engine: Engine) -> Iterator[Connection]:
    """Begin a transaction in which an SQLite table may be rebuilt.

    It turns foreign keys off. Otherwise dropping the old table would delete the rows that refer to it.
    """
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        if engine.dialect.name == "sqlite":
            driver.execute("PRAGMA foreign_keys=OFF")  # has no effect inside a transaction
        try:
            with connection.begin():
                yield connection
        finally:
            if engine.dialect.name == "sqlite":
                driver.execute("PRAGMA foreign_keys=ON")


def _copy_beside(engine: Engine, connection: Connection, before: str) -> Path | None:
    """Copy the SQLite file. This transaction blocks other writers meanwhile."""
    database = find_database_file(connection)
    if database is None:
        return None
    target = database.with_name(f"{database.name}.before-{before}")
    temporary = target.with_name(f"{target.name}.tmp")
    temporary.unlink(missing_ok=True)
    copies = create_engine(URL.create("sqlite", database=str(temporary)), poolclass=NullPool)
    try:
        with closing(engine.raw_connection()) as source, closing(copies.raw_connection()) as copy:
            driver: Any = source.driver_connection
            driver.backup(copy.driver_connection)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(temporary, target)
        sync_directory(target.parent)
    finally:
        temporary.unlink(missing_ok=True)
    return target


def _check_encoding(connection: Connection) -> None:
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
    if encoding != "UTF8":
        raise DatabaseError(
            f"the database {display_url(connection.engine.url)} has the encoding {encoding}; make a new one with "
            "`createdb --template=template0 --encoding=UTF8`."
        )


@contextmanager
def open_configuration() -> Iterator[Config]:
    """Yield Alembic's configuration for the migrations of this code."""
    from alembic.config import Config

    with _scripts() as scripts:
        configuration = Config()
        configuration.set_main_option("script_location", str(scripts).replace("%", "%%"))
        configuration.set_main_option("path_separator", "os")
        yield configuration


@contextmanager
def _scripts() -> Iterator[Path]:
    """Yield a directory of migrations for Alembic. Python 3.11 cannot extract a directory from a zip."""
    if isinstance(SCRIPTS, Path):
        yield SCRIPTS
        return
    with tempfile.TemporaryDirectory() as temporary:
        _copy(SCRIPTS, Path(temporary))
        yield Path(temporary)


def _copy(source: Traversable, target: Path) -> None:
    target.mkdir(exist_ok=True)
    for entry in source.iterdir():
        if entry.is_dir():
            _copy(entry, target / entry.name)
        elif entry.name.endswith(".py"):
            (target / entry.name).write_bytes(entry.read_bytes())
