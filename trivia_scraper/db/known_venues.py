"""What the database knows of the venues on a listing, and what it records of the listing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Update, bindparam, exists, select, update

from trivia_scraper.db.schema import event_images, events, images, venue_keys, venues
from trivia_scraper.db.venues import read_merged_slugs
from trivia_scraper.images.storage.base import FileStore, compare_file, have_content


@dataclass(slots=True)
class Visit:
    """A venue that the publisher listed before."""

    slug: str
    scraped_at: datetime | None
    """When its page was last read; None if it must be read now."""
    former_slugs: Sequence[str] = ()
    """Slugs of venues that were merged into it."""


_HAS_EVENT = exists().where(
    events.c.publisher == venue_keys.c.publisher, events.c.publisher_id == venue_keys.c.publisher_id
)
_VISITS = (
    select(venue_keys.c.publisher_id, venues.c.slug, venue_keys.c.scraped_at, _HAS_EVENT.label("has_event"))
    .join(venues)
    .where(
        venue_keys.c.publisher == bindparam("of_publisher"),
        venue_keys.c.publisher_id.in_(bindparam("ids", expanding=True)),
    )
)
_FILES = (
    select(
        *(events.c.publisher_id, images.c.path, images.c.bytes, images.c.modified_ns, images.c.sha256),
        *(images.c.thumbs, images.c.thumbs_spec),
    )
    .select_from(events.join(event_images).join(images))
    .where(
        events.c.publisher == bindparam("of_publisher"),
        events.c.publisher_id.in_(bindparam("ids", expanding=True)),
        images.c.path.is_not(None),
    )
)


def read_visits(connection: Connection, publisher: str, ids: Collection[str], files: FileStore) -> dict[str, Visit]:
    """Return the venues among `ids` that the publisher listed before, by the publisher's id.

    A venue counts as never read if it has no stored event of this publisher, or if one of its images or thumbnails is
    missing or damaged. Otherwise the skip rule would prevent the repair.
    """
    former: dict[str, list[str]] = {}
    for gone, kept in read_merged_slugs(connection).items():
        former.setdefault(kept, []).append(gone)
    found = {}
    for batch in _in_hundreds(ids):
        of = {"of_publisher": publisher, "ids": batch}
        for row in connection.execute(_VISITS, of):
            scraped_at = row.scraped_at if row.has_event else None
            found[row.publisher_id] = Visit(row.slug, scraped_at, former.get(row.slug, ()))
        for image in connection.execute(_FILES, of):
            state, _ = compare_file(files, image.path, image.bytes or 0, image.modified_ns, image.sha256 or "")
            if state != "ok" or image.thumbs_spec is None or not have_content(files, image.thumbs.values()):
                found[image.publisher_id].scraped_at = None
    return found


# A listing names a venue, not its nights. So a missing or gone night of a venue with several counts as not seen.
_others = events.alias()
_IS_THERE = events.c.status.in_(["active", "on_break"]) | ~exists().where(
    _others.c.publisher == events.c.publisher,
    _others.c.publisher_id == events.c.publisher_id,
    _others.c.id != events.c.id,
)


def mark_listed(
    connection: Connection, publisher: str, listed: Collection[str], visited: Collection[str], now: datetime
) -> None:
    """Record that a listing names these venues. The nights of venues that are not visited count as seen.

    A visited venue counts as not scraped until its events are stored, so that the next run visits it again after a
    crash or a failed page.
    """
    _update(connection, update(venue_keys).filter_by(publisher=publisher).values(last_seen_at=now), listed)
    _mark_seen(connection, publisher, set(listed) - set(visited), now)
    request_visit(connection, publisher, visited)


def request_visit(connection: Connection, publisher: str, ids: Collection[str]) -> None:
    """Make the next run that lists these venues read their pages, regardless of the skip rule."""
    is_read = update(venue_keys).where(venue_keys.c.publisher == publisher, venue_keys.c.scraped_at.is_not(None))
    _update(connection, is_read.values(scraped_at=None), ids)


def mark_unread_as_seen(
    connection: Connection,
    publisher: str,
    run_id: int,
    rejected: Collection[str],
    started_at: datetime,
    now: datetime,
    without_quiz: Collection[str] = (),
) -> None:
    """Record at the end of a run that venues listed since `started_at` were seen, even if their pages failed.

    rejected: ids of venues whose nights could not be read. without_quiz: ids of listed venues that have no quiz, so
    their stored nights were not seen.
    """
    mark_listed(connection, publisher, rejected, (), now)
    since = select(venue_keys.c.publisher_id).where(
        venue_keys.c.publisher == publisher, venue_keys.c.last_seen_at >= started_at
    )
    read = select(events.c.publisher_id).where(events.c.publisher == publisher, events.c.last_run_id == run_id)
    listed = set(connection.scalars(since))
    _mark_seen(connection, publisher, listed - set(connection.scalars(read)) - set(without_quiz), now)


def _mark_seen(connection: Connection, publisher: str, ids: Collection[str], now: datetime) -> None:
    is_shown = update(events).where(events.c.publisher == publisher, _IS_THERE)
    _update(connection, is_shown.values(last_seen_at=now), ids)


def _update(connection: Connection, statement: Update, ids: Collection[str]) -> None:
    for batch in _in_hundreds(ids):
        connection.execute(statement.where(statement.table.c.publisher_id.in_(batch)))


def _in_hundreds(values: Collection[str]) -> Iterable[list[str]]:
    """Return the values in sorted groups of 100. Processes that lock rows in the same order cannot deadlock."""
    ordered = sorted(values)
    return (ordered[start : start + 100] for start in range(0, len(ordered), 100))
