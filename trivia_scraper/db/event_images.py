"""Which images an event shows. A pointer moves last, and only to an image that is stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from trivia_scraper.db.engine import make_insert_or_skip
from trivia_scraper.db.history import record_history
from trivia_scraper.db.image_ledger import VenueImageRecord, delete_unshown
from trivia_scraper.db.schema import compute_url_digest, event_images, events, images
from trivia_scraper.images.records import ImageRecord
from trivia_scraper.items import ImageResult

_IMAGES = select(
    images.c.id, images.c.venue_id, images.c.kind, images.c.url, images.c.sha256, images.c.status, images.c.reason
)
_OF_EVENT = (
    _IMAGES.join(event_images).where(event_images.c.event_id == bindparam("of_event")).order_by(event_images.c.position)
)
_IMAGE = _IMAGES.where(
    images.c.venue_id == bindparam("of_venue"),
    images.c.kind == bindparam("of_kind"),
    images.c.url_digest == bindparam("of_url_digest"),
)
_FORGET_POINTERS = delete(event_images).where(event_images.c.event_id == bindparam("of_event"))
_POINT = event_images.insert()


@dataclass(frozen=True, slots=True)
class PointerChange:
    moved: bool
    """Whether a pointer moved."""
    superseded: list[str]
    """Files that no event shows any more. Their rows are deleted; the caller removes the files after the commit."""
    before: dict[tuple[str, str], tuple[str | None, str | None]]
    """(kind, URL) -> (status, reason) in the ledger, for the images of this run that did not fail."""


def move_pointers(
    connection: Connection,
    event_id: int,
    venue_id: int,
    results: list[ImageResult],
    run_id: int,
    now: datetime,
    *,
    is_new: bool = False,
    new_host: bool = False,
) -> PointerChange:
    """Point an event to the images of this run that did not fail.

    If an image failed, or the page no longer names its kind, the pointers of that kind stay. new_host: the event has
    another host now, who must not get the old host's image. is_new: the event was just stored, so its first images are
    not a change.
    """
    before: Sequence[Any] = () if is_new else connection.execute(_OF_EVENT, {"of_event": event_id}).all()
    shown = {(row.venue_id, row.kind, row.url): row for row in before}
    arrived = [
        shown.get((venue_id, result.kind, result.url))
        or connection.execute(
            _IMAGE, {"of_venue": venue_id, "of_kind": result.kind, "of_url_digest": compute_url_digest(result.url)}
        ).one()
        for result in results
        if result.status != "failed"
    ]
    outcomes = {(row.kind, row.url): (row.status, row.reason) for row in arrived}
    settled = {row.kind for row in arrived} - {result.kind for result in results if result.status == "failed"}
    settled |= {"performer"} if new_host else set()
    after = {row.id: row for row in [*arrived, *(row for row in before if row.kind not in settled)]}
    if list(after) == [row.id for row in before]:
        return PointerChange(False, [], outcomes)
    if before:
        connection.execute(_FORGET_POINTERS, {"of_event": event_id})
    if after:
        rows = [{"event_id": event_id, "image_id": each, "position": place} for place, each in enumerate(after)]
        connection.execute(_POINT, rows)
    old, new = _digests(before), _digests(list(after.values()))
    changed = {field: new.get(field) for field in old | new if old.get(field) != new.get(field)}
    if changed and not is_new:
        record_history(connection, run_id, now, "event", event_id, stored=old, changed=changed)
    superseded = delete_unshown(connection, [row.id for row in before if row.id not in after])
    return PointerChange(True, superseded, outcomes)


def replace_in_events(
    connection: Connection, old: VenueImageRecord, new: ImageRecord | None, now: datetime
) -> list[str]:
    """Replace an image by another one, or remove it, in every event that shows it. For operators: it has no run.

    Return the files of the old image, whose row is deleted; an empty list if both are the same row.
    """
    pointers = connection.execute(select(event_images).filter_by(image_id=old.id)).all()
    of_events = [row.event_id for row in pointers]
    connection.execute(update(events).where(events.c.id.in_(of_events)).values(updated_at=now))
    if new is not None and new.id == old.id:
        return []
    connection.execute(delete(event_images).filter_by(image_id=old.id))
    for row in pointers:
        if new is not None:
            pointer = {"event_id": row.event_id, "image_id": new.id, "position": row.position}
            connection.execute(make_insert_or_skip(connection, event_images), pointer)
        field = f"image:{old.kind}"
        changed = {field: new.sha256 if new is not None else None}
        record_history(connection, None, now, "event", row.event_id, stored={field: old.sha256}, changed=changed)
    if new is not None:
        pinned = select(images.c.pinned_at).filter_by(id=old.id).scalar_subquery()
        connection.execute(update(images).filter_by(id=new.id).values(pinned_at=pinned))
    return delete_unshown(connection, [int(old.id or 0)])


def _digests(rows: Any) -> dict[str, Any]:
    """Return "image:hero" -> digest, or a list of digests if an event shows several of a kind."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        found[f"image:{row.kind}"].append(row.sha256)
    return {field: digests[0] if len(digests) == 1 else digests for field, digests in found.items()}
