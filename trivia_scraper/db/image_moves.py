"""Moves images to another venue: first copies the files into its folder, then changes the row.

The caller removes the old files after the commit, so a venue never lacks its images. A process that dies in between
leaves copies that no row names; `scrapy images prune` finds them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, update

from trivia_scraper.db import image_ledger
from trivia_scraper.db.schema import images
from trivia_scraper.images.digests import has_digest
from trivia_scraper.images.paths import make_thumb_path
from trivia_scraper.images.storage.base import FileStore
from trivia_scraper.images.verify import list_paths


@dataclass(slots=True)
class Moves:
    """Files that were copied and files to remove. Paths are relative to the store."""

    copied: list[str] = field(default_factory=list)
    superseded: list[str] = field(default_factory=list)
    """No row names these after the commit; the caller removes them."""


def move_image(
    connection: Connection, files: FileStore, row: RowMapping, venue_id: int, folder: str | None, moves: Moves
) -> None:
    """Move an image's row to another venue, and its files into `folder`. None: the files stay where they are.

    Raises OSError if a file cannot be read or written.
    """
    values: dict[str, Any] = {"venue_id": venue_id}
    if folder is not None:
        stem = image_ledger.find_free_stem(connection, folder, row["url"])
        values |= {"stem": stem, **_copy_files(files, row, stem, moves)}
        moves.superseded += list_paths(dict(row))
    connection.execute(update(images).filter_by(id=row["id"]).values(values))


def copy_image(
    connection: Connection, files: FileStore, row: RowMapping, venue_id: int, folder: str, moves: Moves
) -> int:
    """Copy an image for a second venue. Return the id of the new row. Raises OSError."""
    stem = image_ledger.find_free_stem(connection, folder, row["url"])
    own = {"venue_id": venue_id, "stem": stem, **_copy_files(files, row, stem, moves)}
    values = {name: value for name, value in {**row, **own}.items() if name != "id"}
    return int(connection.execute(insert(images).values(values).returning(images.c.id)).scalar_one())


def has_recorded_bytes(files: FileStore, path: str | None, sha256: str | None) -> bool:
    """Return whether an image's file has the recorded digest. Raises OSError if it cannot be read."""
    return path is not None and has_digest(files.read(path), sha256)


def _copy_files(files: FileStore, row: RowMapping, stem: str, moves: Moves) -> dict[str, Any]:
    """Copy an image's files. Return the columns of their row.

    A missing or damaged file stays so in its new folder, where the next run repairs it.
    """
    if row["path"] is None:
        return {"path": None, "thumbs": {}}
    path = f"{stem}.{row['path'].rpartition('.')[2]}"
    body = files.read(row["path"])
    if body is None:
        return {"path": path, "thumbs": {}, "modified_ns": None}
    stat = files.write(path, body)
    moves.copied.append(path)
    thumbs = {}
    for name, old in row["thumbs"].items():
        if (thumb := files.read(old)) is not None:
            thumbs[name] = make_thumb_path(stem, name)
            files.write(thumbs[name], thumb)
    modified_ns = stat.modified_ns if has_digest(body, row["sha256"]) else None
    return {"path": path, "thumbs": thumbs, "modified_ns": modified_ns}
