"""Who is this venue, and what is it called on disk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select, update

from trivia_scraper.items import Venue
from trivia_scraper.slugs import performer_slugs, venue_slugs
from trivia_scraper.store.history import record_history
from trivia_scraper.store.merge import VENUE_RULES, changes, insert_ignoring_conflicts
from trivia_scraper.store.schema import event_images, events, images, performers, storable, venue_keys, venues

MAX_NAME = 200  # a name that is longer is none, and PostgreSQL could not put it into an index


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A picture as the ledger expects it in the store."""

    path: str
    bytes: int
    modified_ns: int | None
    sha256: str


@dataclass(slots=True)
class Visit:
    """What is known of a venue before it is visited."""

    slug: str
    scraped_at: datetime | None
    files: list[StoredFile] = field(default_factory=list)
    """The pictures its events show."""


def identify(connection: Connection, publisher: str, publisher_id: str, venue: Venue, now: datetime) -> str:
    """The slug of a publisher's venue: found by the publisher's id, or decided now and stored for good.

    It commits before the first picture is written below it, so no two venues can ever come to share a folder.
    """
    known = connection.scalar(
        select(venues.c.slug).join(venue_keys).filter_by(publisher=publisher, publisher_id=publisher_id)
    )
    if known is not None:
        return str(known)
    facts = {column: getattr(venue, column) for column in VENUE_RULES}
    for slug in venue_slugs(venue.name, venue.city, venue.postcode, f"{publisher}/{publisher_id}"):
        row = facts | {"slug": slug, "created_at": now, "updated_at": now}
        statement = insert_ignoring_conflicts(connection, venues).values(row).returning(venues.c.id)
        if (venue_id := connection.scalar(statement)) is not None:
            connection.execute(
                venue_keys.insert().values(
                    publisher=publisher,
                    publisher_id=publisher_id,
                    venue_id=venue_id,
                    matched_by="new",
                    last_seen_at=now,
                )
            )
            return slug
    raise AssertionError(f"no free slug for {publisher}/{publisher_id}: the last candidate is its own digest")


def update_venue(connection: Connection, venue: Venue, run_id: int | None, now: datetime) -> tuple[int, bool]:
    """Merges a page's facts into the venue of that slug. Returns its row id and whether anything changed."""
    stored = connection.execute(select(venues).filter_by(slug=venue.slug)).mappings().one()
    changed = changes(stored, asdict(venue), VENUE_RULES)
    if changed:
        connection.execute(update(venues).filter_by(id=stored["id"]).values(**changed, updated_at=now))
        record_history(connection, run_id, now, "venue", stored["id"], stored=stored, changed=changed)
    return int(stored["id"]), bool(changed)


def performer(connection: Connection, venue_id: int, venue_slug: str, name: str | None) -> tuple[int, str]:
    """Row id and slug of a venue's host; a host is known by venue and name, of which MAX_NAME characters count."""
    name = storable(name or "")[:MAX_NAME]
    query = select(performers.c.id, performers.c.slug).filter_by(venue_id=venue_id, name=name)
    candidates = performer_slugs(name, venue_slug)
    while (found := connection.execute(query).one_or_none()) is None:
        row = {"venue_id": venue_id, "name": name, "slug": next(candidates)}
        connection.execute(insert_ignoring_conflicts(connection, performers).values(row))
    return int(found.id), str(found.slug)


def visits(connection: Connection, publisher: str) -> dict[str, Visit]:
    """Every venue ever listed by a publisher, by the publisher's id."""
    found = {
        row.publisher_id: Visit(row.slug, row.scraped_at)
        for row in connection.execute(
            select(venue_keys.c.publisher_id, venues.c.slug, venue_keys.c.scraped_at)
            .join(venues)
            .where(venue_keys.c.publisher == publisher)
        )
    }
    shown: defaultdict[str, dict[str, StoredFile]] = defaultdict(dict)
    for row in connection.execute(
        select(events.c.publisher_id, images.c.path, images.c.bytes, images.c.modified_ns, images.c.sha256)
        .select_from(events.join(event_images).join(images))
        .where(events.c.publisher == publisher, images.c.path.is_not(None))
    ):
        shown[row.publisher_id][row.path] = StoredFile(row.path, row.bytes, row.modified_ns, row.sha256)
    for publisher_id, visit in found.items():
        visit.files = list(shown[publisher_id].values())
    return found


def mark_listed(
    connection: Connection, publisher: str, listed: Collection[str], visited: Collection[str], now: datetime
) -> None:
    """A listing names these venues: they and their events exist, whether they are visited or not.

    The visited ones count as not scraped from now until their event is stored: a run that dies, or a page that fails,
    must not leave them to the skip rule of the next run.
    """
    for ids, tables, values in (
        (listed, (venue_keys, events), {"last_seen_at": now}),
        (visited, (venue_keys,), {"scraped_at": None}),
    ):
        for some in _in_hundreds(ids):
            for table in tables:
                of_these = (table.c.publisher == publisher, table.c.publisher_id.in_(some))
                connection.execute(update(table).where(*of_these).values(values))


def _in_hundreds(values: Collection[str]) -> Iterable[list[str]]:
    ordered = list(values)
    return (ordered[start : start + 100] for start in range(0, len(ordered), 100))
