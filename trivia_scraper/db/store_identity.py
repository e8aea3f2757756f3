"""Checks that a database and an image store belong together: both have the same id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, inspect, select

from trivia_scraper.db.engine import Store, inspect_schema, read_any_revision
from trivia_scraper.db.image_layout import is_ours
from trivia_scraper.db.schema import images, store_identity
from trivia_scraper.errors import RefusedError
from trivia_scraper.images.storage.base import FileStore

SETTING = "ADOPT_IMAGES_STORE"
_ANYWAY = f"Add `-s {SETTING}=True` to use them together anyway."
_LOOKED_AT = 20


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a database knows of its image store. The default is for a database that does not exist yet."""

    store_id: str | None = None
    samples: tuple[Any, ...] = ()
    """Path and size of some images that have a file."""


def _read_id(connection: Connection) -> str | None:
    return connection.scalar(select(store_identity.c.id))


def read_recorded(connection: Connection) -> Recorded:
    """Return what the database knows of its image store."""
    has_id = inspect(connection).has_table(store_identity.name)  # version 0.1.0 has none
    # Order by digest, which is indexed and as good as random.
    chosen = select(images.c.path, images.c.bytes).where(images.c.sha256 > "", images.c.path.is_not(None))
    return Recorded(
        _read_id(connection) if has_id else None,
        tuple(connection.execute(chosen.order_by(images.c.sha256).limit(_LOOKED_AT)).all()),
    )


def read_recorded_at(url: str) -> Recorded | None:
    """Return what the database at `url` knows of its image store, or None if the database cannot be used.

    Neither makes nor upgrades the database. Raises UsageError, DatabaseError.
    """
    state = inspect_schema(url)["state"]
    if state == "empty":
        return Recorded()
    return read_any_revision(url, read_recorded) if state in {"current", "behind"} else None


def check_match(recorded: Recorded, files: FileStore, place: str, *, may_be_empty: bool = False) -> None:
    """Refuse a store of another database, or an empty store if the database has images.

    A store of version 0.1.0 has no id. It matches if it has most of the images that the database lists. place: name of
    the store in messages. may_be_empty: the caller is going to fill it. Raises RefusedError, OSError.
    """
    store_id = files.read_id()
    if store_id is not None:
        if store_id != recorded.store_id:
            raise RefusedError(f"{place} belongs to another database than DATABASE_URL. {_ANYWAY}")
    elif not any(map(is_ours, files.paths())):
        if recorded.samples and not may_be_empty:
            raise RefusedError(f"{place} has no images, but the database lists some: is the disk mounted? {_ANYWAY}")
    elif not _are_most_there(recorded.samples, files):
        raise RefusedError(f"{place} has images that the database does not list. {_ANYWAY}")


def adopt_store(store: Store, files: FileStore) -> None:
    """Give the store the id of the database, unless it has it. Raises OSError."""
    store_id = store.read(_read_id)
    if store_id is None and store.writes:  # a repaired database may have lost its id
        store_id = uuid4().hex
        store.run(Connection.execute, store_identity.insert().values(id=store_id))
    if store_id is not None and files.read_id() != store_id:
        files.write_id(store_id)


def _are_most_there(samples: Iterable[Any], files: FileStore) -> bool:
    """Return whether more than half of the recorded files are stored. A null size (after `images verify`) matches."""
    found = [(stat := files.stat(row.path)) is not None and row.bytes in {None, stat.bytes} for row in samples]
    return 2 * sum(found) > len(found)
