"""A person says that two venues are one: the keys of one go to the other, and all that they brought.

Everything but the removal of old files is one transaction. venue_unmerges.py takes it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, select, update

from trivia_scraper.db.history import record_history
from trivia_scraper.db.image_moves import Moves, give, is_whole
from trivia_scraper.db.schema import (
    decisions,
    event_images,
    events,
    history,
    images,
    past_pictures,
    performers,
    venue_keys,
    venue_merges,
    venues,
)
from trivia_scraper.db.venue_matching import compare
from trivia_scraper.db.venues import merge_facts, venue_of
from trivia_scraper.errors import RefusedError
from trivia_scraper.images.storage.base import FileStore
from trivia_scraper.images.verify import thumbs_and_picture
from trivia_scraper.items import Venue


@dataclass(frozen=True, slots=True)
class Outcome:
    """slug: of the venue that was kept, or that is back."""

    slug: str
    events: int
    """That went."""
    moves: Moves


def merge(connection: Connection, files: FileStore, kept_slug: str, gone_slug: str, now: datetime) -> Outcome:
    """All of the second venue goes into the first, whose slug and folder stay. Nobody may crawl meanwhile.

    Raises UsageError, RefusedError, and OSError when a picture cannot be copied; then nothing was merged.
    """
    kept, gone = venue_of(connection, kept_slug), venue_of(connection, gone_slug)
    if kept["id"] == gone["id"]:
        raise RefusedError(f"{kept_slug} cannot be merged into itself.")
    moves = Moves()
    compared = compare(_facts(kept), _facts(gone))
    keys = connection.execute(select(venue_keys).filter_by(venue_id=gone["id"])).mappings().all()
    moved: dict[str, Any] = {
        "keys": [{name: key[name] for name in _OF_A_KEY} for key in keys],
        "filled": merge_facts(connection, kept, dict(gone), None, now, only_unknown=True),
        "hosts": _merge_hosts(connection, kept["id"], gone["id"]),
    }
    moved["pictures"] = _merge_pictures(connection, files, kept, gone, moved["hosts"], moves)
    ids = connection.scalars(select(events.c.id).filter_by(venue_id=gone["id"])).all()
    move_events(connection, ids, gone, kept, now)
    for told in (decisions, past_pictures):
        connection.execute(update(told).filter_by(venue_id=gone["id"]).values(venue_id=kept["id"]))
    evidence = {"matched_by": "merge", "score": compared.likeness, "distance": compared.distance}
    connection.execute(update(venue_keys).filter_by(venue_id=gone["id"]).values(venue_id=kept["id"], **evidence))
    row = {"kept_slug": kept_slug, "gone_slug": gone_slug, "gone_id": gone["id"], "merged_at": now}
    connection.execute(venue_merges.insert().values(**row, gone=_frozen(gone), moved=moved))
    connection.execute(delete(venues).filter_by(id=gone["id"]))
    return Outcome(kept_slug, len(ids), moves)


_OF_A_KEY = ("publisher", "publisher_id", "matched_by", "score", "distance")


def _facts(row: RowMapping) -> Venue:
    return Venue(**{name: row[name] for name in Venue.__dataclass_fields__})


def _frozen(row: RowMapping) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def _merge_hosts(connection: Connection, kept_id: int, gone_id: int) -> list[dict[str, Any]]:
    """A host is known by venue and name: two of one name at what is now one venue are one. `into` is then the slug of
    the one that stays, else null."""
    found = []
    for host in connection.execute(select(performers).filter_by(venue_id=gone_id)).all():
        same = connection.execute(select(performers).filter_by(venue_id=kept_id, name=host.name)).one_or_none()
        if same is None:
            connection.execute(update(performers).filter_by(id=host.id).values(venue_id=kept_id))
        else:
            connection.execute(update(events).filter_by(performer_id=host.id).values(performer_id=same.id))
            connection.execute(delete(performers).filter_by(id=host.id))
        found.append({"name": host.name, "slug": host.slug, "into": same.slug if same else None})
    return found


def _merge_pictures(
    connection: Connection,
    files: FileStore,
    kept: RowMapping,
    gone: RowMapping,
    hosts: Iterable[dict[str, Any]],
    moves: Moves,
) -> list[int]:
    """Ids of the rows that now belong to the kept venue. Where both venues have a picture of one URL, one stays: the
    kept venue's, unless its file is missing or damaged."""
    into = {host["slug"]: host["into"] for host in hosts}
    given = []
    for row in connection.execute(select(images).filter_by(venue_id=gone["id"]).order_by(images.c.id)).mappings().all():
        same = {"venue_id": kept["id"], "kind": row["kind"], "url": row["url"]}
        twin = connection.execute(select(images).filter_by(**same)).one_or_none()
        if twin is not None and (row["path"] is None or is_whole(files, twin)):
            _replace(connection, row["id"], twin.id)
            moves.superseded += thumbs_and_picture(dict(row))
            continue
        if twin is not None:
            _replace(connection, twin.id, row["id"])
            moves.superseded += thumbs_and_picture(dict(twin._mapping))
        folder: str | None = f"venues/{kept['slug']}"
        if row["kind"] == "performer":
            host = into.get(row["stem"].split("/")[1])
            folder = host and f"performers/{host}"
        give(connection, files, row, kept["id"], folder, moves)
        given.append(row["id"])
    return given


def _replace(connection: Connection, image_id: int, by: int) -> None:
    connection.execute(update(event_images).filter_by(image_id=image_id).values(image_id=by))
    connection.execute(update(history).filter_by(entity="image", entity_id=image_id).values(entity_id=by))
    connection.execute(delete(images).filter_by(id=image_id))


def move_events(
    connection: Connection, event_ids: Sequence[int], from_venue: RowMapping, to_venue: RowMapping, now: datetime
) -> None:
    stored, changed = {"venue": from_venue["slug"]}, {"venue": to_venue["slug"]}
    for event_id in event_ids:
        record_history(connection, None, now, "event", event_id, stored=stored, changed=changed)
        connection.execute(update(events).filter_by(id=event_id).values(venue_id=to_venue["id"], updated_at=now))
