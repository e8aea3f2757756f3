"""Brings a database to the schema of this code, from a checkout as well as from a deployed egg."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from sqlalchemy import Engine, inspect

from trivia_scraper.store.migrations import NEWEST

# Any constant: it only has to be the same in every process that might upgrade at once.
_ADVISORY_LOCK = 7_281_947


class NewerDatabaseError(RuntimeError):
    """The database has a revision that this code does not know."""


def upgrade(engine: Engine) -> None:
    """To the newest revision, in one transaction; several processes may start on an empty database at once.

    Raises NewerDatabaseError.
    """
    if _revision(engine) == NEWEST:
        return
    # A quarter of a second to import, for something that happens once in the life of a version.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    logging.getLogger("alembic").setLevel(logging.WARNING)  # it names each plug-in that it sets up
    with _scripts() as scripts, engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
        configuration = Config()
        configuration.set_main_option("script_location", str(scripts).replace("%", "%%"))
        configuration.set_main_option("path_separator", "os")
        configuration.attributes["connection"] = connection
        try:
            command.upgrade(configuration, "head")
        except CommandError as error:
            raise NewerDatabaseError(str(error)) from None


def _revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        return revision


@contextmanager
def _scripts() -> Iterator[Path]:
    """A directory with the migrations. Alembic wants real files, and Python 3.11 cannot lend a directory out of a
    zip."""
    packaged = files("trivia_scraper.store") / "migrations"
    if isinstance(packaged, Path):
        yield packaged
        return
    with tempfile.TemporaryDirectory() as temporary:
        _copy(packaged, Path(temporary))
        yield Path(temporary)


def _copy(source: Traversable, target: Path) -> None:
    target.mkdir(exist_ok=True)
    for entry in source.iterdir():
        if entry.is_dir():
            _copy(entry, target / entry.name)
        elif entry.name.endswith(".py"):
            (target / entry.name).write_bytes(entry.read_bytes())
