"""A copy of the database for a dry run, which only reads the original."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import URL, Connection, select

from trivia_scraper.db.connect import display_url, make_refusal, parse_url
from trivia_scraper.db.engine import Store, inspect_schema, read_any_revision
from trivia_scraper.db.runs import Source, check_source
from trivia_scraper.db.schema import decisions, history, metadata, past_images, store_identity
from trivia_scraper.errors import DatabaseError

_NOT_NEEDED = (decisions, history, store_identity)  # a run reads no older rows of these
_BATCH_SIZE = 1000


class DryRunStore(Store):
    """A temporary SQLite file with a copy of the database at `url`. `close` deletes it.

    Raises DatabaseError, also if the database must be upgraded first.
    """

    def __init__(self, url: str) -> None:
        state = _state(url)
        self._directory = TemporaryDirectory(prefix="trivia-dry-run-")
        super().__init__(str(URL.create("sqlite", database=str(Path(self._directory.name, "copy.db")))))
        if state == "current":
            read_any_revision(url, lambda source: self.run(_copy, source))

    def close(self) -> None:
        super().close()
        self._directory.cleanup()


def check_database(url: str, source: Source) -> None:
    """Refuse a database that must be upgraded first, or has the venues of the other source. Raises DatabaseError."""
    if _state(url) == "current":
        read_any_revision(url, lambda connection: check_source(connection, source))


def _state(url: str) -> str:
    """Return the state of the schema, "current" or "empty". Raises DatabaseError for any other."""
    state: str = inspect_schema(url)["state"]
    if state == "behind":
        raise DatabaseError("a dry run changes nothing, and this database must be upgraded: run `scrapy db upgrade`.")
    if state not in {"current", "empty"}:
        raise make_refusal(state, display_url(parse_url(url)))
    return state


def _copy(target: Connection, source: Connection) -> None:
    for table in metadata.sorted_tables:
        if table in _NOT_NEEDED:
            continue
        columns = [column for column in table.c if column is not past_images.c.thumb]
        for rows in source.execute(select(*columns)).mappings().partitions(_BATCH_SIZE):
            target.execute(table.insert(), [dict(row) for row in rows])
