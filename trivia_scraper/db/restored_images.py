"""Restores replaced images for an operator."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from trivia_scraper.db.engine import Store
from trivia_scraper.db.event_images import replace_in_events
from trivia_scraper.db.image_ledger import (
    COLUMNS,
    EventImages,
    VenueImageRecord,
    make_record,
    mark_for_repair,
    remove_unreferenced,
)
from trivia_scraper.db.replaced_images import SHOWN_DIGITS
from trivia_scraper.db.schema import (
    compute_url_digest,
    event_images,
    events,
    history,
    images,
    past_images,
    venue_keys,
    venues,
)
from trivia_scraper.errors import NotFoundError, UsageError
from trivia_scraper.images.crash_points import Step, announce_step
from trivia_scraper.images.digests import has_digest
from trivia_scraper.images.ledger import SupersededError
from trivia_scraper.images.paths import make_thumb_path
from trivia_scraper.images.policy import ImageError
from trivia_scraper.images.records import ImageRecord, ImageWork
from trivia_scraper.images.storage.base import FileStore
from trivia_scraper.images.storing import ImageStorer

_REPLACED = select(
    *past_images.c["id", "run_id", "at", "venue_id", "kind", "original", "before", "after"], venues.c.slug
).join(venues)
ReplacedRow = Any
"""A row of past_images with the slug of its venue."""
SHOWN_ALREADY = "it is shown already"
SHOWN = "shown already"
"""The outcome of a restore that changes nothing."""
MIN_DIGITS = 6
"""Digits that a user must type. Fewer digits are the number of a run."""


def read_replaced_of_venue(connection: Connection, slug: str, kind: str | None = None) -> Sequence[ReplacedRow]:
    """Return the recorded replaced images of a venue, newest first. kind: only this kind."""
    query = _REPLACED.where(venues.c.slug == slug).order_by(past_images.c.id.desc())
    return connection.execute(query if kind is None else query.where(past_images.c.kind == kind)).all()


def read_replaced_by_run(
    connection: Connection, run_id: int, kind: str | None = None, digest: str = ""
) -> list[ReplacedRow]:
    """Return the images that a run replaced, by venue. digest: only those replaced by a digest that begins so."""
    query = _REPLACED.where(past_images.c.run_id == run_id).order_by(venues.c.slug, past_images.c.id)
    rows = connection.execute(query if kind is None else query.where(past_images.c.kind == kind))
    return [row for row in rows if (row.after["sha256"] or "").startswith(digest)]


def choose_replaced_images(store: Store, slug: str, kind: str | None, to: str | None) -> list[ReplacedRow]:
    """Return the replaced images of a venue to restore.

    to: number of a run, for all images that it replaced; or beginning of a digest, for the newest such image of each
    kind. Without `to`, return the newest image that can be restored. Raises NotFoundError, and UsageError if several
    digests begin so.
    """
    of_kind = f" of the kind {kind}" if kind else ""
    rows = store.read(read_replaced_of_venue, slug, kind)
    if not rows:
        raise NotFoundError(f"no replaced image{of_kind} of {slug} is recorded.")
    if to is not None:
        return _named(rows, to, f"replaced an image{of_kind} of {slug}")
    plans = [(row, store.read(plan_restore, row)) for row in rows]
    possible = [row for row, found in plans if not isinstance(found, str)]
    if not possible:
        raise NotFoundError(f"no replaced image{of_kind} of {slug} can be restored: {plans[0][1]}.")
    return possible[:1]


def _named(rows: Sequence[ReplacedRow], to: str, replaced: str) -> list[ReplacedRow]:
    if of_run := [row for row in rows if str(row.run_id) == to]:
        return of_run
    found = [row for row in rows if row.before["sha256"].startswith(to.lower())] if len(to) >= MIN_DIGITS else []
    digests = sorted({row.before["sha256"] for row in found})
    if len(digests) > 1:
        raise UsageError(f"several digests begin with {to}, so name more digits: {', '.join(digests)}.")
    if not found:
        known = ", ".join(f"{row.before['sha256'][:SHOWN_DIGITS]} (run {row.run_id or '-'})" for row in rows)
        neither = f"{to} is neither a run that {replaced} nor the first {MIN_DIGITS} or more digits of such an image"
        raise NotFoundError(f"{neither}; known are {known}.")
    return list({row.kind: row for row in reversed(found)}.values())  # the newest of each kind


def read_publishers_of_venues(connection: Connection, slugs: Iterable[str]) -> set[str]:
    """Return the publishers of these venues. A crawl of any of them may change the images."""
    query = select(venue_keys.c.publisher).join(venues).where(venues.c.slug == bindparam("of_slug")).distinct()
    return {publisher for slug in set(slugs) for publisher in connection.scalars(query, {"of_slug": slug})}


@dataclass(frozen=True, slots=True)
class Plan:
    """How to restore an image."""

    replaced: ReplacedRow
    present: VenueImageRecord
    """The image that the venue's events show now."""
    target: VenueImageRecord
    """The row that gets the image: the row of the image's own URL, which may be the present one."""


def plan_restore(connection: Connection, replaced: ReplacedRow, *, undo: bool = False) -> Plan | str:
    """Return how to restore an image, or why it cannot be. undo: only if its direct successor is shown."""
    before, after = replaced.before, replaced.after
    shown = _shown(connection, replaced.venue_id, replaced.kind)
    # Prefer the image that replaced it, if that is still shown.
    shown.sort(key=lambda each: (each.sha256 != after["sha256"], each.url != after["url"]))
    if obstacle := _obstacle(connection, replaced, shown, undo=undo):
        return obstacle
    present = shown[0]
    if present.url == before["url"]:
        return Plan(replaced, present, present)
    key = {"venue_id": replaced.venue_id, "kind": replaced.kind, "url_digest": compute_url_digest(before["url"])}
    if row := connection.execute(select(*COLUMNS).filter_by(**key)).one_or_none():
        return Plan(replaced, present, make_record(row))
    folder = present.stem.rpartition("/")[0]
    new = EventImages(replaced.venue_id, replaced.slug).new_record(replaced.kind, before["url"], folder)
    return Plan(replaced, present, new)


def _obstacle(
    connection: Connection, replaced: ReplacedRow, shown: Sequence[VenueImageRecord], *, undo: bool
) -> str | None:
    if not shown:
        return "the venue shows no image of this kind now"
    is_after = shown[0].sha256 == replaced.after["sha256"]
    if not is_after and any(each.sha256 == replaced.before["sha256"] for each in shown):
        return SHOWN_ALREADY
    if undo and not is_after:
        return "another image has replaced it since"
    if replaced.kind == "performer" and _has_another_host(connection, replaced):
        return "the venue has had another host since"
    return "its file is no longer kept" if replaced.original is None else None


def restore_image(store: Store, files: FileStore, storer: ImageStorer, found: Plan, now: datetime) -> ImageRecord:
    """Restore a replaced image. The present image becomes a replaced one.

    Raises NotFoundError if its file is missing or damaged, ImageError if the image is not accepted, and OSError.
    """
    original = str(found.replaced.original)
    body = files.read(original)
    if not has_digest(body, found.replaced.before["sha256"]):
        store.write(mark_for_repair, files, [original])
        raise NotFoundError(f"the kept file {original} is missing or damaged, so the image cannot be restored.")
    target, present = found.target, found.present
    work = ImageWork(target, present if target.id != present.id else None)
    path = f"{target.stem}.{original.rpartition('.')[2]}"
    thumbs = {name: make_thumb_path(target.stem, name) for name in storer.thumbs}
    restored = storer.store_bytes(work, body, path, thumbs)
    superseded = store.write(replace_in_events, present, restored, now)
    announce_step(Step.EVENT, path)
    left = {*superseded, *target.paths}.difference(restored.paths)
    store.write(remove_unreferenced, files, sorted(left))
    return restored


def try_restore(
    store: Store, files: FileStore, storer: ImageStorer, replaced: ReplacedRow, now: datetime, *, undo: bool, dry: bool
) -> dict[str, Any]:
    """Restore an image, except in a dry run. Return a row for display, whose `outcome` says what was done or why not.

    undo: only if its direct successor is shown.
    """
    row = {"venue": replaced.slug, "kind": replaced.kind, "run": replaced.run_id, "replaced_at": replaced.at}
    row |= {"image": replaced.before["sha256"], "in_place_of": replaced.after["sha256"], "path": None}
    row["restored"] = False
    found = store.read(plan_restore, replaced, undo=undo)
    if found == SHOWN_ALREADY:
        return row | {"outcome": SHOWN}
    if isinstance(found, str):
        return row | {"outcome": f"not restored: {found}"}
    row["in_place_of"] = found.present.sha256
    if dry:
        return row | {"restored": True, "outcome": "would be restored"}
    try:
        restored = restore_image(store, files, storer, found, now)
    except (NotFoundError, ImageError, SupersededError, OSError) as error:
        return row | {"outcome": f"not restored: {str(error).rstrip('.')}"}
    return row | {"restored": True, "path": restored.path, "outcome": "restored"}


def _shown(connection: Connection, venue_id: int, kind: str) -> list[VenueImageRecord]:
    """Return the images of a kind that a venue's events show, the most shown first."""
    pointers = (
        select(event_images.c.image_id, func.count().label("events")).group_by(event_images.c.image_id).subquery()
    )
    query = (
        select(*COLUMNS)
        .join(pointers, pointers.c.image_id == images.c.id)
        .where(images.c.venue_id == venue_id, images.c.kind == kind, images.c.path.is_not(None))
        .order_by(pointers.c.events.desc(), images.c.id)
    )
    return [make_record(row) for row in connection.execute(query)]


def _has_another_host(connection: Connection, replaced: ReplacedRow) -> bool:
    """Return whether an event of the venue changed its host in the run that replaced the image, or later."""
    of_venue = select(events.c.id).where(events.c.venue_id == replaced.venue_id)
    changed = select(history.c.id).where(
        history.c.entity == "event",
        history.c.entity_id.in_(of_venue),
        history.c.field == "performer_id",
        history.c.run_id >= replaced.run_id if replaced.run_id is not None else history.c.at >= replaced.at,
    )
    return connection.execute(changed.limit(1)).first() is not None
