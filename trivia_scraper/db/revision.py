"""The revision that a database is at. Apart from migrate.py, which takes longer to import than a command to run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect
from sqlalchemy.exc import OperationalError, ProgrammingError

from trivia_scraper.db.connect import readers


@dataclass(frozen=True, slots=True)
class Upgraded:
    before: str | None
    """Revision; None for a database without tables."""
    after: str
    copy: Path | None = None
    """The database as it was before, where there was one to copy."""


def read_revision(engine: Engine) -> str | None:
    """Return the stored revision, or None for a database without tables. Raises SQLAlchemyError when it does not
    open."""
    try:
        with readers(engine).connect() as connection:
            return _selected(connection)
    except (OperationalError, ProgrammingError) as error:
        if isinstance(error, OperationalError) and "no such table" not in str(error.orig):
            raise  # a server that is away must not be waited for twice
        with readers(engine).connect() as connection:
            return revision_of(connection)


def revision_of(connection: Connection) -> str | None:
    """Return the revision inside a transaction, which a missing table must not end."""
    return _selected(connection) if inspect(connection).has_table("alembic_version") else None


def _selected(connection: Connection) -> str | None:
    found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return found
