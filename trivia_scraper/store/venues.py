"""Who is this venue, and what is it called on disk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, exists, select, update

from trivia_scraper.items import Venue
from trivia_scraper.places import postcode_key
from trivia_scraper.slugs import performer_slugs, venue_slugs
from trivia_scraper.store.history import record_history
from trivia_scraper.store.identity import find
from trivia_scraper.store.merge import FILL_RULES, VENUE_RULES, changes, insert_ignoring_conflicts
from trivia_scraper.store.schema import event_images, events, images, performers, venue_keys, venue_merges, venues


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
    former_slugs: list[str] = field(default_factory=list)
    """Of venues that were merged into it."""


def identify(connection: Connection, publisher: str, publisher_id: str, venue: Venue, now: datetime) -> str:
    """The slug of a publisher's venue: found by the publisher's id, else another publisher's venue that it surely is,
    else decided now and stored for good.

    It commits before the first picture is written below it, so no two venues can ever come to share a folder.
    """
    known = connection.scalar(
        select(venues.c.slug).join(venue_keys).filter_by(publisher=publisher, publisher_id=publisher_id)
    )
    if known is not None:
        return str(known)
    key = {"publisher": publisher, "publisher_id": publisher_id, "last_seen_at": now}
    match = find(connection, publisher, venue)
    if match is not None:
        evidence = {"matched_by": "name_and_place", "score": match.likeness, "distance": match.distance}
        connection.execute(venue_keys.insert().values(**key, **evidence, venue_id=match.venue_id))
        return match.slug
    venue_id, slug = new_venue(connection, venue, f"{publisher}/{publisher_id}", now)
    connection.execute(venue_keys.insert().values(**key, matched_by="new", venue_id=venue_id))
    return slug


_WAS_MERGED = select(venue_merges.c.id).where(venue_merges.c.gone_slug == bindparam("of_slug")).limit(1)


def new_venue(connection: Connection, venue: Venue, identity: str, now: datetime) -> tuple[int, str]:
    """Row id and slug. identity: of its publisher and id, for the slug that nobody else can have."""
    facts = {column: getattr(venue, column) for column in VENUE_RULES}
    facts |= {"postcode_key": postcode_key(venue.country, venue.postcode), "created_at": now, "updated_at": now}
    insert = insert_ignoring_conflicts(connection, venues).returning(venues.c.id)
    for attempt in count():
        # The digest of one identity may be a part of another venue's name; a second one is not.
        own = f"{identity}/{attempt}" if attempt else identity
        for slug in venue_slugs(venue.name, venue.city, venue.postcode, own):
            if connection.scalar(_WAS_MERGED, {"of_slug": slug}) is not None:
                continue
            if (venue_id := connection.scalar(insert, facts | {"slug": slug})) is not None:
                return int(venue_id), slug
    raise AssertionError("it counts for ever")


_IS_OWN = exists().where(
    venue_keys.c.venue_id == venues.c.id,
    venue_keys.c.publisher == bindparam("of_publisher"),
    venue_keys.c.publisher_id == bindparam("of_publisher_id"),
    venue_keys.c.matched_by == "new",
)
_STORED = select(venues, _IS_OWN.label("is_own")).where(venues.c.slug == bindparam("of_slug"))


def update_venue(
    connection: Connection, publisher: str, publisher_id: str, venue: Venue, run_id: int | None, now: datetime
) -> tuple[int, bool]:
    """Merges a page's facts into the venue of that slug. Returns its row id and whether anything changed.

    The publisher whose venue it was first says how it is; others fill in what is unknown, or two that spell a name
    differently would change it back and forth for ever.
    """
    of = {"of_slug": venue.slug, "of_publisher": publisher, "of_publisher_id": publisher_id}
    stored = connection.execute(_STORED, of).mappings().one()
    changed = merge_facts(connection, stored, asdict(venue), run_id, now, only_unknown=not stored["is_own"])
    return int(stored["id"]), bool(changed)


def merge_facts(
    connection: Connection,
    stored: RowMapping,
    page: Mapping[str, Any],
    run_id: int | None,
    now: datetime,
    *,
    only_unknown: bool = False,
) -> dict[str, Any]:
    """The columns of a venue that changed, with their new values."""
    changed = changes(stored, page, FILL_RULES if only_unknown else VENUE_RULES)
    if changed:
        facts = {**stored, **changed}
        key = postcode_key(facts["country"], facts["postcode"])
        values = {**changed, "postcode_key": key, "updated_at": now}
        connection.execute(update(venues).filter_by(id=stored["id"]).values(values))
        record_history(connection, run_id, now, "venue", stored["id"], stored=stored, changed=changed)
    return changed


def current_slug(connection: Connection, slug: str) -> str | None:
    """Of the venue that has it, or into which the one that had it was merged; None when there is no such venue."""
    if connection.scalar(select(venues.c.id).filter_by(slug=slug)) is not None:
        return slug
    return merged_slugs(connection).get(slug)


def merged_slugs(connection: Connection) -> dict[str, str]:
    """Slug of each venue that was merged away -> slug of the one that has its events now."""
    rows = connection.execute(select(venue_merges.c.gone_slug, venue_merges.c.kept_slug).filter_by(undone_at=None))
    into = {row.gone_slug: row.kept_slug for row in rows}

    def last(slug: str) -> str:
        return last(into[slug]) if slug in into else slug

    return {gone: last(gone) for gone in into}


def performer(connection: Connection, venue_id: int, venue_slug: str, name: str | None) -> tuple[int, str]:
    """Row id and slug of a venue's host; a host is known by venue and name."""
    query = select(performers.c.id, performers.c.slug).filter_by(venue_id=venue_id, name=name or "")
    candidates = performer_slugs(name, venue_slug)
    while (found := connection.execute(query).one_or_none()) is None:
        row = {"venue_id": venue_id, "name": name or "", "slug": next(candidates)}
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
    former: defaultdict[str, list[str]] = defaultdict(list)
    for gone, kept in merged_slugs(connection).items():
        former[kept].append(gone)
    for publisher_id, visit in found.items():
        visit.files = list(shown[publisher_id].values())
        visit.former_slugs = former.get(visit.slug, [])
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
