"""Who is this venue, and what is it called on disk."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from trivia_scraper.items import Venue
from trivia_scraper.slugs import performer_slugs, venue_slugs
from trivia_scraper.store.history import record_history
from trivia_scraper.store.merge import VENUE_RULES, changes
from trivia_scraper.store.schema import performers, storable, venue_keys, venues
from trivia_scraper.store.statements import inserting, setting

MAX_NAME = 200  # a name that is longer is none, and PostgreSQL could not put it into an index

_OF_KEY = (
    select(venues.c.slug)
    .join(venue_keys)
    .where(
        venue_keys.c.publisher == bindparam("of_publisher"), venue_keys.c.publisher_id == bindparam("of_publisher_id")
    )
)
_NEW_KEY = venue_keys.insert()
_OF_SLUG = select(venues).where(venues.c.slug == bindparam("of_slug"))
_PERFORMER = select(performers.c.id, performers.c.slug).where(
    performers.c.venue_id == bindparam("of_venue"), performers.c.name == bindparam("of_name")
)


def identify(connection: Connection, publisher: str, publisher_id: str, venue: Venue, now: datetime) -> str:
    """The slug of a publisher's venue: found by the publisher's id, or decided now and stored for good.

    It commits before the first picture is written below it, so no two venues can ever come to share a folder.
    """
    known = connection.scalar(_OF_KEY, {"of_publisher": publisher, "of_publisher_id": publisher_id})
    if known is not None:
        return str(known)
    facts = {column: getattr(venue, column) for column in VENUE_RULES}
    for slug in venue_slugs(venue.name, venue.city, venue.postcode, f"{publisher}/{publisher_id}"):
        row = facts | {"slug": slug, "created_at": now, "updated_at": now}
        if (venue_id := connection.scalar(inserting(connection, venues, venues.c.id), row)) is not None:
            key = {"publisher": publisher, "publisher_id": publisher_id, "venue_id": venue_id}
            connection.execute(_NEW_KEY, key | {"matched_by": "new", "last_seen_at": now})
            return slug
    raise AssertionError(f"no free slug for {publisher}/{publisher_id}: the last candidate is its own digest")


def update_venue(connection: Connection, venue: Venue, run_id: int | None, now: datetime) -> tuple[int, bool]:
    """Merges a page's facts into the venue of that slug. Returns its row id and whether anything changed."""
    stored = connection.execute(_OF_SLUG, {"of_slug": venue.slug}).mappings().one()
    changed = changes(stored, {column: getattr(venue, column) for column in VENUE_RULES}, VENUE_RULES)
    if changed:
        values = changed | {"updated_at": now}
        connection.execute(setting(venues, *values), {"of_id": stored["id"], **values})
        record_history(connection, run_id, now, "venue", stored["id"], stored=stored, changed=changed)
    return int(stored["id"]), bool(changed)


def performer(connection: Connection, venue_id: int, venue_slug: str, name: str | None) -> tuple[int, str]:
    """Row id and slug of a venue's host; a host is known by venue and name, of which MAX_NAME characters count."""
    name = storable(name or "")[:MAX_NAME]
    of = {"of_venue": venue_id, "of_name": name}
    candidates = performer_slugs(name, venue_slug)
    while (found := connection.execute(_PERFORMER, of).one_or_none()) is None:
        row = {"venue_id": venue_id, "name": name, "slug": next(candidates)}
        connection.execute(inserting(connection, performers), row)
    return int(found.id), str(found.slug)
