"""Opens a database by its URL. On both engines only one transaction writes at a time, and readers never wait."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError

from trivia_scraper.errors import DatabaseError, UsageError, missing_part
from trivia_scraper.images.sqlite_reading import IMMUTABLE, get_reading_parameters

BUSY_TIMEOUT_SECONDS = 60
# An arbitrary constant that every process that writes must share.
_WRITERS_LOCK = 7_281_947
_DRIVERS = {"sqlite", "sqlite+pysqlite", "postgresql", "postgresql+psycopg"}
_CONNECTION: dict[str, int | str] = {
    "fallback_application_name": "trivia_scraper",
    # Detect a vanished server within a minute or two. TCP alone would wait for hours.
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
_ADVICE = re.compile(r" Is the server running .*?\?")
"""The question that libpq adds after "Connection refused", on a separate line."""
_HINTS = {
    "database disk image is malformed": ' (docs/operations.md, "A corrupt database")',
    "disk I/O error": " (is the disk full?)",
}
"""End of an SQLite message -> hint for the operator."""
_REFUSALS: dict[str, str] = {
    "missing": "the database {} does not exist: nothing was crawled yet, or TRIVIA_HOME or DATABASE_URL is wrong.",
    "empty": "the database {} is empty: nothing was crawled yet, or TRIVIA_HOME or DATABASE_URL is wrong.",
    "foreign": "the database {} belongs to another program: TRIVIA_HOME or DATABASE_URL is wrong.",
    "never crawled": "the database {} has no runs: nothing was crawled yet, or TRIVIA_HOME or DATABASE_URL is wrong.",
    "behind": "the database {} has an older schema; run `scrapy db upgrade`, or let the next crawl upgrade it.",
    "read-only": "the database {} is read-only.",
    "newer": "the database {} was upgraded by a newer version of trivia_scraper; update this installation.",
    "unreleased": "the database {} was made by an unreleased version and cannot be upgraded; start with a new one.",
}


def parse_url(url: str) -> URL:
    """Parse a database URL. Raises UsageError for a URL that this project cannot use."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # a port that is not a number
        raise UsageError("DATABASE_URL is not a database URL; write it like sqlite:///var/trivia.db.") from None
    if parsed.drivername not in _DRIVERS:
        raise UsageError(
            "DATABASE_URL must be sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE, "
            f"not {parsed.drivername}://."
        )
    if parsed.get_backend_name() == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise UsageError("DATABASE_URL names no file; write it like sqlite:///var/trivia.db.")
    if "@" in (parsed.host or ""):
        raise UsageError("DATABASE_URL has more than one @; write an @ in the user name or password as %40.")
    return parsed


def display_url(url: URL) -> str:
    """Return the URL for display: without the password, and without the query, which may contain one too."""
    return url.set(query={}).render_as_string(hide_password=True)


def describe_without_secrets(url: URL, error: BaseException) -> str:
    """Return the text of `describe_error` with the secrets of the URL hidden, whether quoted or not."""
    text = describe_error(error)
    secrets = [str(url.password or "")]
    for name, value in url.query.items():
        if "pass" in name:
            secrets += [value] if isinstance(value, str) else value
    for secret in filter(None, secrets):
        for spelling in (secret, quote(secret), quote(secret, safe=""), quote_plus(secret)):
            text = text.replace(spelling, "***")
    return text


def describe_error(error: BaseException) -> str:
    """Return the database's message on one line, without the statement, its values and the full stop."""
    said = getattr(error, "orig", None) or getattr(error, "strerror", None) or error
    text = _ADVICE.sub("", " ".join(str(said).split())).rstrip(".")
    return text + next((hint for words, hint in _HINTS.items() if text.endswith(words)), "")


def get_connect_arguments(url: URL) -> dict[str, int | str]:
    """Return the connection arguments for PostgreSQL that the URL does not set."""
    return {name: value for name, value in _CONNECTION.items() if name not in url.query}


def is_missing(url: URL) -> bool:
    """Return whether the URL names a file that does not exist. Opening it would create one."""
    return _is_file(url) and not Path(str(url.database)).exists()


def is_read_only(url: URL) -> bool:
    """Return whether the URL names an existing SQLite file that is read-only, or whose directory is."""
    if not _is_file(url):
        return False
    path = os.path.realpath(str(url.database))
    if not os.access(path, os.F_OK):
        return False
    return not (os.access(path, os.W_OK) and os.access(os.path.dirname(path), os.W_OK | os.X_OK))


def open_engine(url: URL) -> Engine:
    """Return an engine, not connected yet. Raises UsageError, OSError."""
    if url.get_backend_name() == "postgresql":
        return _postgresql(url)
    if _is_file(url):
        Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    return _sqlite(url)


def open_reader(url: URL) -> Engine:
    """Return an engine whose transactions only read. It neither makes nor changes a file.

    If `is_unguarded`, the caller must check that the file does not change meanwhile. Raises UsageError, OSError.
    """
    if url.get_backend_name() == "postgresql":
        return make_read_only(_postgresql(url))
    if _is_file(url):
        path = Path(str(url.database)).resolve()
        parameters = get_reading_parameters(path)
        url = URL.create("sqlite", database=path.as_uri(), query={"uri": "true", **parameters})
    else:
        url = url.update_query_dict({"mode": "ro"})
    return make_read_only(_sqlite(url, writes=False))


def is_unguarded(engine: Engine) -> bool:
    """Return whether SQLite reads the file without a lock, because the file is read-only."""
    return IMMUTABLE in engine.url.query


def make_read_only(engine: Engine) -> Engine:
    """Return the engine for read-only transactions, each with a consistent view of the database."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(reads=True, postgresql_readonly=True, isolation_level="REPEATABLE READ")
    return engine.execution_options(reads=True)


def find_database_file(connection: Connection) -> Path | None:
    """Return the file of an SQLite database, or None for a database in memory and for PostgreSQL."""
    if connection.dialect.name != "sqlite":
        return None
    (path,) = (row.file for row in connection.exec_driver_sql("PRAGMA database_list") if row.name == "main")
    return Path(path) if path else None


@dataclass(frozen=True, slots=True)
class Upgrade:
    before: str | None
    """Revision; None for a database without tables."""
    after: str
    copy: Path | None = None
    """The copy of the file from before the upgrade, if there was a file to copy."""

    def describe(self, url: str) -> str:
        """Describe the upgrade of the database `url`, as `display_url` returns it."""
        copied = f"; the copy from before is {self.copy}" if self.copy else ""
        return f"The database {url} was upgraded from revision {self.before or 'none'} to {self.after}{copied}."


def read_revision(connection: Connection) -> tuple[str | None, bool]:
    """Return the stored revision, or None, and whether this project may make its tables in the database."""
    if inspect(connection).has_table("alembic_version"):
        found: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        if found is not None:
            return found, False
    # A PostgreSQL database may be shared with another program.
    return None, connection.dialect.name == "postgresql" or not inspect(connection).get_table_names()


def make_refusal(state: str, url: str) -> DatabaseError:
    """Return the error for a database in a state: "missing", "read-only", "never crawled", or one of migrate.State.

    url: as `display_url` returns it.
    """
    return DatabaseError(_REFUSALS[state].format(url))


def _is_file(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and "uri" not in url.query


def _sqlite(url: URL, *, writes: bool = True) -> Engine:
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, record: Any) -> None:
        # pysqlite would begin a transaction only at the first write. Two processes that read, then write, would lose
        # updates.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_SECONDS * 1000}")  # switching to WAL may have to wait
        # Either statement reads the file, so that a damaged one fails here. In the "begin" listener the error would
        # not be an SQLAlchemyError.
        connection.execute("PRAGMA journal_mode=WAL" if writes else "PRAGMA schema_version")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        reads, provisional = bool(options.get("reads")), bool(options.get("provisional"))
        if connection.info.get("modes") != (reads, provisional):
            # The driver's own `execute` would raise errors other than SQLAlchemyError.
            connection.exec_driver_sql(f"PRAGMA query_only={reads:d}")
            # FULL, because a superseded file is removed after the commit, which must then survive a power cut. It also
            # syncs earlier commits made with NORMAL.
            connection.exec_driver_sql(f"PRAGMA synchronous={'NORMAL' if provisional else 'FULL'}")
            connection.info["modes"] = reads, provisional
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _postgresql(url: URL) -> Engine:
    url = url.set(drivername="postgresql+psycopg")
    try:
        engine = create_engine(url, connect_args=get_connect_arguments(url), pool_pre_ping=True)
    except ImportError:
        raise missing_part("DATABASE_URL of a PostgreSQL server", "postgresql") from None

    @event.listens_for(engine, "connect")
    def configure(connection: Any, record: Any) -> None:
        connection.execute(f"SET lock_timeout = '{BUSY_TIMEOUT_SECONDS}s'")
        # A process that is suspended inside a transaction must not block the others forever.
        connection.execute("SET idle_in_transaction_session_timeout = '5min'")
        connection.commit()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # Like BEGIN IMMEDIATE on SQLite: what a transaction has read cannot change before it writes.
        if not connection.get_execution_options().get("reads"):
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITERS_LOCK})")

    return engine
