"""Forgets images whose files are lost, for an operator who accepts that no crawl can repair them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from trivia_scraper.db.engine import Store
from trivia_scraper.db.event_images import replace_in_events
from trivia_scraper.db.history import record_history
from trivia_scraper.db.image_ledger import COLUMNS, VenueImageRecord, make_record, remove_unreferenced
from trivia_scraper.db.image_queries import read_venue_images
from trivia_scraper.db.schema import images
from trivia_scraper.images.digests import has_digest
from trivia_scraper.images.ledger import SupersededError
from trivia_scraper.images.paths import make_thumb_path
from trivia_scraper.images.policy import ImageError
from trivia_scraper.images.storage.base import FileStore
from trivia_scraper.images.storing import ImageStorer

FORGOTTEN, REPAIRED = "forgotten", "thumbnails made again"


def forget_lost(
    store: Store, files: FileStore, storer: ImageStorer, slug: str, now: datetime, *, dry: bool, refused: bool = False
) -> list[dict[str, Any]]:
    """Forget a venue's images whose files are missing or damaged, and make missing thumbnails of the others again.

    refused: also forget images without thumbnails that cannot be decoded; version 0.1.0 accepted some of these. Return
    `kind`, `path` and `outcome` of each image that is not whole.
    """
    found = []
    for row in store.read(read_venue_images, slug, None, images.c.path.is_not(None)):
        record = make_record([row[column.name] for column in COLUMNS])
        try:
            outcome = _what_to_do(files, storer, record, refused=refused)
            if not dry and outcome == FORGOTTEN:
                store.write(remove_unreferenced, files, store.write(_forget, record, now))
            elif not dry and outcome == REPAIRED:
                storer.remake_thumbs(record, {name: make_thumb_path(record.stem, name) for name in storer.thumbs})
        except ImageError as error:
            outcome = f"not repaired: {error}; --refused forgets it"
        except (SupersededError, OSError) as error:
            outcome = f"not repaired: {error}"
        if outcome is not None:
            found.append({"kind": record.kind, "path": record.path, "outcome": outcome})
    return found


def _what_to_do(files: FileStore, storer: ImageStorer, record: VenueImageRecord, *, refused: bool) -> str | None:
    """Return FORGOTTEN, REPAIRED, or None if the image is whole. Raises ImageError, OSError."""
    body = files.read(str(record.path))
    if not has_digest(body, record.sha256):
        return FORGOTTEN
    if storer.has_thumbs(record) and all(_is_readable(files, path) for path in record.thumbs.values()):
        return None
    try:
        storer.examine(body)
    except ImageError:
        if not refused:
            raise
        return FORGOTTEN
    return REPAIRED


def _is_readable(files: FileStore, path: str) -> bool:
    try:
        return bool(files.read(path))
    except OSError:
        return False


def _forget(connection: Connection, record: VenueImageRecord, now: datetime) -> list[str]:
    old, new = {"sha256": record.sha256}, {"sha256": None}
    record_history(connection, None, now, "image", int(record.id or 0), stored=old, changed=new)
    return replace_in_events(connection, record, None, now)
