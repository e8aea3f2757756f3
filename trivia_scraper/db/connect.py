"""Opens the database of a URL. On both engines one transaction writes at a time, and readers wait for none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError

from trivia_scraper.errors import UsageError, missing_part

BUSY_TIMEOUT_SECONDS = 60
# Any constant: it only has to be the same in every process that writes.
_WRITERS_LOCK = 7_281_947
_DRIVERS = {"sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg"}
_CONNECTION: dict[str, int | str] = {
    "fallback_application_name": "trivia_scraper",
    # A server that is gone without a word is noticed in a minute or two; TCP alone would wait for hours.
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}


def parse(url: str) -> URL:
    """Parse a database URL. Raises UsageError for one that this project cannot use."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # a port that is not a number
        raise UsageError("DATABASE_URL is not a database URL; it looks like sqlite:///var/trivia.db.") from None
    if parsed.drivername not in _DRIVERS:
        raise UsageError(
            "DATABASE_URL takes sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE, "
            f"not {parsed.drivername}://."
        )
    if parsed.get_backend_name() == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise UsageError("DATABASE_URL names no file; it looks like sqlite:///var/trivia.db.")
    if "@" in (parsed.host or ""):
        raise UsageError("DATABASE_URL has a second @; write one that belongs to the user or the password as %40.")
    return parsed


def shown(url: URL) -> str:
    """Return the URL for people: without the password, and without the query, which may carry one too."""
    return url.set(query={}).render_as_string(hide_password=True)


def in_words(url: URL, error: BaseException) -> str:
    """Return what `explained` does, without the secrets of the URL, however they are spelled."""
    text = explained(error)
    secrets = [str(url.password or "")]
    for name, value in url.query.items():
        if "pass" in name:
            secrets += [value] if isinstance(value, str) else value
    for secret in filter(None, secrets):
        for spelling in (secret, quote(secret), quote(secret, safe=""), quote_plus(secret)):
            text = text.replace(spelling, "***")
    return text


def explained(error: BaseException) -> str:
    """Return what the database says on one line, without the statement, its values and a full stop."""
    return " ".join(str(getattr(error, "orig", None) or error).split()).rstrip(".")


def connect_arguments(url: URL) -> dict[str, int | str]:
    """Return the arguments for a PostgreSQL server that the URL does not set itself."""
    return {name: value for name, value in _CONNECTION.items() if name not in url.query}


def is_missing(url: URL) -> bool:
    """Return whether the URL names a file that does not exist. Opening it would create one."""
    return _is_file(url) and not Path(str(url.database)).exists()


def open_engine(url: URL) -> Engine:
    """Return an engine that has not connected yet. Raises UsageError, OSError."""
    if url.get_backend_name() == "postgresql":
        return _postgresql(url)
    if _is_file(url):
        Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    return _sqlite(url)


def readers(engine: Engine) -> Engine:
    """Return the engine for transactions that only read, each of which sees one state of the database."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(reads=True, postgresql_readonly=True, isolation_level="REPEATABLE READ")
    return engine.execution_options(reads=True)


def database_file(connection: Connection) -> Path | None:
    """Return the file of an SQLite database, or None for a database in memory and for PostgreSQL."""
    if connection.dialect.name != "sqlite":
        return None
    (path,) = (row.file for row in connection.exec_driver_sql("PRAGMA database_list") if row.name == "main")
    return Path(path) if path else None


@dataclass(frozen=True, slots=True)
class Upgraded:
    before: str | None
    """Revision; None for a database without tables."""
    after: str
    copy: Path | None = None
    """The database as it was before, where there was one to copy."""


def read_revision(engine: Engine) -> str | None:
    """Return the stored revision, or None for a database without tables. Raises SQLAlchemyError."""
    with readers(engine).connect() as connection:
        return revision_of(connection)


def revision_of(connection: Connection) -> str | None:
    """Return the revision inside a transaction, which a missing table must not end."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return found


def _is_file(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and "uri" not in url.query


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, record: Any) -> None:
        # pysqlite begins transactions by itself, and too late: two processes that read, then write, lose updates.
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_SECONDS * 1000}",  # first: switching to WAL may itself have to wait
            "journal_mode=WAL",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        reads, provisional = bool(options.get("reads")), bool(options.get("provisional"))
        if connection.info.get("modes") != (reads, provisional):
            driver: Any = connection.connection.driver_connection
            driver.execute(f"PRAGMA query_only={reads:d}")
            # FULL: a superseded file goes after its commit, and the commit must not be the one to be lost. It syncs
            # what was committed with NORMAL before it, too.
            driver.execute(f"PRAGMA synchronous={'NORMAL' if provisional else 'FULL'}")
            connection.info["modes"] = reads, provisional
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _postgresql(url: URL) -> Engine:
    url = url.set(drivername="postgresql+psycopg")
    try:
        engine = create_engine(url, connect_args=connect_arguments(url), pool_pre_ping=True)
    except ImportError:
        raise missing_part("DATABASE_URL of a PostgreSQL server", "postgresql") from None

    @event.listens_for(engine, "connect")
    def configure(connection: Any, record: Any) -> None:
        connection.execute(f"SET lock_timeout = '{BUSY_TIMEOUT_SECONDS}s'")
        # A process that was stopped in the midst of a transaction must not keep the others waiting for ever.
        connection.execute("SET idle_in_transaction_session_timeout = '5min'")
        connection.commit()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # As BEGIN IMMEDIATE on SQLite: what a transaction has read cannot change before it writes.
        if not connection.get_execution_options().get("reads"):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS_LOCK})")

    return engine
