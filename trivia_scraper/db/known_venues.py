"""What is known of a publisher's venues before they are visited, and what a listing says of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, exists, select, update

from trivia_scraper.clock import utc_now
from trivia_scraper.db.event_images import Pointer
from trivia_scraper.db.image_ledger import COLUMNS, Entry, entry_of
from trivia_scraper.db.schema import event_images, events, images, venue_keys, venues
from trivia_scraper.db.venues import merged_slugs
from trivia_scraper.images.policy import FileState
from trivia_scraper.images.storage.base import FileStore, are_there, state_of


@dataclass(slots=True)
class ShownPicture:
    """A picture that an event shows, and how its file was found when the run began."""

    entry: Entry
    file: FileState | None = None
    untouched: bool = False
    """The file and its thumbnails are there, the file with the very time of change that was recorded."""


@dataclass(slots=True)
class Visit:
    venue_id: int
    slug: str
    scraped_at: datetime | None
    pictures: Sequence[ShownPicture] = ()
    """Of all its events."""
    pointers: dict[int, list[Pointer]] = field(default_factory=dict)
    """Row id of each of its events -> the pictures that it shows, in order."""
    former_slugs: Sequence[str] = ()
    """Of venues that were merged into it."""


@dataclass(frozen=True, slots=True)
class Met:
    """A venue that the publisher named in this run for the first time."""

    slug: str
    reserved: Sequence[Entry]
    """The rows of its first event's pictures that were never stored; none where the event shows others."""


def visits(connection: Connection, publisher: str) -> dict[str, Visit]:
    """Every venue ever listed by a publisher, by the publisher's id."""
    found = {
        row.publisher_id: Visit(row.id, row.slug, row.scraped_at)
        for row in connection.execute(
            select(venue_keys.c.publisher_id, venues.c.id, venues.c.slug, venue_keys.c.scraped_at)
            .join(venues)
            .where(venue_keys.c.publisher == publisher)
        )
    }
    former: defaultdict[str, list[str]] = defaultdict(list)
    for gone, kept in merged_slugs(connection).items():
        former[kept].append(gone)
    for visit in found.values():
        visit.former_slugs = former.get(visit.slug, ())
    rows = (
        select(*COLUMNS, images.c.status, images.c.reason, events.c.publisher_id, events.c.id.label("event_id"))
        .select_from(events.outerjoin(event_images).outerjoin(images))
        .where(events.c.publisher == publisher)
        .order_by(events.c.id, event_images.c.position)
    )
    pictures: defaultdict[str, dict[int, ShownPicture]] = defaultdict(dict)  # two nights of a venue show the same one
    for row in connection.execute(rows):
        if row.publisher_id not in found:
            continue
        pointers = found[row.publisher_id].pointers.setdefault(row.event_id, [])
        if row.id is not None:
            each = pictures[row.publisher_id].setdefault(row.id, ShownPicture(entry_of(row)))
            of = each.entry
            pointers.append(Pointer(of.id, of.venue_id, of.kind, of.url, of.sha256, row.status, row.reason))
    for publisher_id, of_venue in pictures.items():
        found[publisher_id].pictures = list(of_venue.values())
    return found


def check_files(known: Iterable[Visit], files: FileStore) -> None:
    """Notes how each picture's files are. A venue with one that is gone or damaged, be it a thumbnail, counts as never
    visited, or the skip rule would leave it so."""
    for visit in known:
        for picture in visit.pictures:
            entry = picture.entry
            if entry.path is None:
                continue
            picture.file, stat = state_of(files, entry.path, entry.bytes or 0, entry.modified_ns, entry.sha256 or "")
            thumbs = entry.thumbs_spec is not None and are_there(files, entry.thumbs.values())
            same_time = files.trusted or (stat is not None and stat.modified_ns == entry.modified_ns)
            picture.untouched = picture.file == "ok" and thumbs and same_time
            if picture.file != "ok" or not thumbs:
                visit.scraped_at = None


# A listing names a venue, not its nights: of several, one that is missing or gone was not seen with the others.
_others = events.alias()
_IS_THERE = events.c.status.in_(["active", "on_break"]) | ~exists().where(
    _others.c.publisher == events.c.publisher,
    _others.c.publisher_id == events.c.publisher_id,
    _others.c.id != events.c.id,
)


def mark_listed(
    connection: Connection, publisher: str, listed: Collection[str], visited: Collection[str], now: datetime
) -> None:
    """A listing names these venues. Which of their nights still exist, the visited ones' pages will tell; the others'
    are taken to.

    The visited ones count as not scraped from now until their event is stored: a run that dies, or a page that fails,
    must not leave them to the skip rule of the next run.
    """
    unvisited = set(listed) - set(visited)
    for ids, table, values, rows in (
        (listed, venue_keys, {"last_seen_at": now}, ()),
        (unvisited, events, {"last_seen_at": now}, (_IS_THERE,)),
        (visited, venue_keys, {"scraped_at": None}, ()),
    ):
        for some in _in_hundreds(ids):
            of_these = (table.c.publisher == publisher, table.c.publisher_id.in_(some), *rows)
            connection.execute(update(table).where(*of_these).values(values))


def visit_again(connection: Connection, publisher: str, ids: Collection[str]) -> None:
    """Whoever of them is listed next is read at once, whatever the skip rule says."""
    mark_listed(connection, publisher, (), ids, utc_now())


def mark_unread(
    connection: Connection,
    publisher: str,
    run_id: int,
    rejected: Collection[str],
    started_at: datetime,
    now: datetime,
) -> None:
    """At the end of a run: what was listed since `started_at` and could not be read was seen all the same.

    rejected: ids whose listing or page has no night that can be read.
    """
    mark_listed(connection, publisher, rejected, (), now)
    since = select(venue_keys.c.publisher_id).where(
        venue_keys.c.publisher == publisher, venue_keys.c.last_seen_at >= started_at
    )
    read = select(events.c.publisher_id).where(events.c.publisher == publisher, events.c.last_run_id == run_id)
    listed = set(connection.scalars(since))
    for some in _in_hundreds(listed - set(connection.scalars(read))):
        unread = (events.c.publisher == publisher, events.c.publisher_id.in_(some), _IS_THERE)
        connection.execute(update(events).where(*unread).values(last_seen_at=now))


def _in_hundreds(values: Collection[str]) -> Iterable[list[str]]:
    """In an order that is always the same, so that two processes never wait for each other's rows."""
    ordered = sorted(values)
    return (ordered[start : start + 100] for start in range(0, len(ordered), 100))
