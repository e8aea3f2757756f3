"""Identifies venues and hosts, and gives them slugs, which name their folders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, RowMapping, Table, and_, bindparam, exists, select

from trivia_scraper.db.engine import make_insert_or_skip, make_update
from trivia_scraper.db.field_rules import FILL_RULES, VENUE_RULES, apply_rules
from trivia_scraper.db.history import record_history
from trivia_scraper.db.schema import distinct_venues, make_storable, performers, venue_keys, venue_merges, venues
from trivia_scraper.db.venue_matching import find_same_venue
from trivia_scraper.errors import NotFoundError, RefusedError
from trivia_scraper.items import Event, Venue
from trivia_scraper.parsing.addresses import postcode_key
from trivia_scraper.parsing.names import find_nearest
from trivia_scraper.parsing.slugs import performer_slugs, venue_slugs

MAX_NAME = 200  # a longer text is not a name, and PostgreSQL could not index it


def match_key(table: Table) -> ColumnElement[bool]:
    """Return a condition with the parameters `of_publisher` and `of_publisher_id`."""
    return and_(table.c.publisher == bindparam("of_publisher"), table.c.publisher_id == bindparam("of_publisher_id"))


_OF_KEY = select(venues.c.slug).join(venue_keys).where(match_key(venue_keys))
_NEW_KEY = venue_keys.insert()
_HOST = select(performers.c.id, performers.c.slug).where(
    performers.c.venue_id == bindparam("of_venue"), performers.c.name == bindparam("of_name")
)


def identify_venue(connection: Connection, publisher: str, publisher_id: str, venue: Venue, now: datetime) -> str:
    """Return the slug of a publisher's venue.

    Look for the publisher's id first, then for the same venue of another publisher. Otherwise store a new venue, whose
    slug never changes. The transaction ends before an image is written to the folder, so two venues never share one.
    """
    known = connection.scalar(_OF_KEY, {"of_publisher": publisher, "of_publisher_id": publisher_id})
    if known is not None:
        return str(known)
    key = {"publisher": publisher, "publisher_id": publisher_id, "last_seen_at": now}
    if (match := find_same_venue(connection, publisher, venue)) is not None:
        other, compared = match
        evidence = {"matched_by": "name_and_place", "score": compared.likeness, "distance": compared.distance}
        connection.execute(_NEW_KEY, key | evidence | {"venue_id": other.id})
        return str(other.slug)
    venue_id, slug = add_venue(connection, venue, f"{publisher}/{publisher_id}", now)
    connection.execute(_NEW_KEY, key | {"matched_by": "new", "venue_id": venue_id})
    return slug


_WAS_MERGED = select(venue_merges.c.id).where(venue_merges.c.gone_slug == bindparam("of_slug")).limit(1)


def add_venue(connection: Connection, venue: Venue, identity: str, now: datetime) -> tuple[int, str]:
    """Store a venue. Return its row id and slug. identity: publisher and id, to make the slug unique."""
    facts = {column: getattr(venue, column) for column in VENUE_RULES}
    facts |= {"postcode_key": postcode_key(venue.country, venue.postcode), "created_at": now, "updated_at": now}
    insert = make_insert_or_skip(connection, venues, venues.c.id)
    for attempt in count():
        # Another venue's name may contain the digest of this identity. Then use the digest of another text.
        own = f"{identity}/{attempt}" if attempt else identity
        for slug in venue_slugs(venue.name, venue.city, venue.postcode, own):
            if connection.scalar(_WAS_MERGED, {"of_slug": slug}) is not None:
                continue
            if (venue_id := connection.scalar(insert, facts | {"slug": slug})) is not None:
                return int(venue_id), slug
    raise AssertionError("count() never ends")


_IS_OWN = exists().where(venue_keys.c.venue_id == venues.c.id, match_key(venue_keys), venue_keys.c.matched_by == "new")
_STORED = select(venues, _IS_OWN.label("is_own")).where(venues.c.slug == bindparam("of_slug"))


def identify_venue_and_host(connection: Connection, event: Event, now: datetime) -> str:
    """Return the slug of an event's venue. Store a new venue, and a new host who has an image.

    Slugs name folders of images. They are decided here, in the order of pages, not of downloads.
    """
    slug = identify_venue(connection, event.publisher, event.publisher_id, event.venue, now)
    if event.performer is not None and event.performer.image_url:
        venue_id = connection.execute(select(venues.c.id).filter_by(slug=slug)).scalar_one()
        find_or_add_host(connection, venue_id, slug, event.performer.name)
    return slug


def read_stored_venue(connection: Connection, event: Event) -> RowMapping:
    """Return the stored venue of an event, with `is_own`: whether its publisher listed the venue first."""
    of = {"of_slug": event.venue.slug, "of_publisher": event.publisher, "of_publisher_id": event.publisher_id}
    return connection.execute(_STORED, of).mappings().one()


def update_venue(connection: Connection, stored: RowMapping, venue: Venue, run_id: int | None, now: datetime) -> bool:
    """Merge a page's facts into the row of `read_stored_venue`. Return whether anything changed.

    The publisher that listed the venue first decides its fields; others fill in unknown ones. Otherwise two publishers
    that spell a name differently would change it back and forth forever.
    """
    page = {column: getattr(venue, column) for column in VENUE_RULES}
    return bool(merge_facts(connection, stored, page, run_id, now, only_unknown=not stored["is_own"]))


def merge_facts(
    connection: Connection,
    stored: RowMapping,
    page: Mapping[str, Any],
    run_id: int | None,
    now: datetime,
    *,
    only_unknown: bool,
) -> dict[str, Any]:
    """Update a venue. Return the changed columns with their new values."""
    changed = apply_rules(stored, page, FILL_RULES if only_unknown else VENUE_RULES)
    if changed:
        facts = {**stored, **changed}
        key = postcode_key(facts["country"], facts["postcode"])
        values = {**changed, "postcode_key": key, "updated_at": now}
        connection.execute(make_update(venues, *values), {"of_id": stored["id"], **values})
        record_history(connection, run_id, now, "venue", stored["id"], stored=stored, changed=changed)
    return changed


def find_current_slug(connection: Connection, slug: str) -> str | None:
    """Return the slug of the venue that a slug means today, perhaps after a merge, or None if it is unknown."""
    if connection.scalar(select(venues.c.id).filter_by(slug=slug)) is not None:
        return slug
    return read_merged_slugs(connection).get(slug)


def find_slugs(connection: Connection, name: str) -> list[str]:
    """Return `find_current_slug` of a name, else the slugs of the venues with the name as a publisher's id."""
    if slug := find_current_slug(connection, name):
        return [slug]
    query = select(venues.c.slug).join(venue_keys, venue_keys.c.venue_id == venues.c.id).distinct()
    return sorted(connection.scalars(query.where(venue_keys.c.publisher_id == name)))


def read_update_times(connection: Connection) -> dict[str, datetime]:
    """Return slug -> when a fact of the venue last changed."""
    rows = connection.execute(select(venues.c.slug, venues.c.updated_at))
    return {row.slug: row.updated_at for row in rows}


def read_merged_slugs(connection: Connection) -> dict[str, str]:
    """Return slug of each venue that was merged away -> slug of the venue that has its events now."""
    rows = connection.execute(select(venue_merges.c.gone_slug, venue_merges.c.kept_slug).filter_by(undone_at=None))
    into = {row.gone_slug: row.kept_slug for row in rows}

    def last(slug: str) -> str:
        return last(into[slug]) if slug in into else slug

    return {gone: last(gone) for gone in into}


def find_host(connection: Connection, venue_id: int, name: str | None) -> Row[int, str] | None:
    """Return row id and slug of a venue's host, or None."""
    return connection.execute(_HOST, {"of_venue": venue_id, "of_name": _make_host_name(name)}).one_or_none()


def _make_host_name(name: str | None) -> str:
    """Return the name under which a host is stored: "" if it is unknown."""
    return make_storable(name or "")[:MAX_NAME]


def find_or_add_host(connection: Connection, venue_id: int, venue_slug: str, name: str | None) -> tuple[int, str]:
    """Return row id and slug of a venue's host. Store a new host. MAX_NAME characters of the name identify it."""
    candidates = performer_slugs(_make_host_name(name), venue_slug)
    while (found := find_host(connection, venue_id, name)) is None:
        row = {"venue_id": venue_id, "name": _make_host_name(name), "slug": next(candidates)}
        connection.execute(make_insert_or_skip(connection, performers), row)
    return int(found.id), str(found.slug)


def read_venue(connection: Connection, slug: str) -> RowMapping:
    """Return a venue's row, locked on PostgreSQL until the transaction ends. Raises NotFoundError."""
    query = select(venues).filter_by(slug=slug).with_for_update()
    found = connection.execute(query).mappings().one_or_none()
    if found is None:
        into = find_current_slug(connection, slug)
        hint = f"; it was merged into {into}." if into else suggest_venue(connection, slug)
        raise NotFoundError(f"there is no venue {slug!r}{hint}")
    return found


def suggest_venue(connection: Connection, slug: str) -> str:
    """Return the end of a sentence that says that a venue does not exist."""
    meant = find_nearest(slug, connection.scalars(select(venues.c.slug)))
    return f"; did you mean {meant!r}?" if meant else "; `scrapy events` lists them."


def distinguish(connection: Connection, one: str, other: str, now: datetime) -> None:
    """Record that two venues are different. Raises NotFoundError, and RefusedError if both slugs are the same."""
    if read_venue(connection, one)["id"] == read_venue(connection, other)["id"]:
        raise RefusedError(f"both slugs are {one}; name two different venues.")
    record_distinct(connection, one, other, now)


def record_distinct(connection: Connection, one: str, other: str, now: datetime) -> None:
    """Record that the venues of two slugs are different."""
    first, second = sorted((one, other))
    row = {"first_slug": first, "second_slug": second, "decided_at": now}
    connection.execute(make_insert_or_skip(connection, distinct_venues), row)


def read_distinct(connection: Connection) -> set[frozenset[str]]:
    """Return the pairs of slugs of different venues. A merged venue counts as the venue into which it was merged."""
    merged = read_merged_slugs(connection)
    rows = connection.execute(select(distinct_venues.c.first_slug, distinct_venues.c.second_slug))
    return {frozenset(merged.get(slug, slug) for slug in row) for row in rows}
