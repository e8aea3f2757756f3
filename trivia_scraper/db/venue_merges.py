"""Merges two venues into one, or separates what was merged or matched, as an operator decides.

Publishers' keys decide what belongs to a venue. They move to the other venue, or back, with their events, hosts and
images. All changes are one transaction; only the removal of old files follows later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, RowMapping, Select, delete, select, update

from trivia_scraper.db.engine import make_insert_or_skip
from trivia_scraper.db.history import record_history
from trivia_scraper.db.image_layout import get_host_folder, host_of, venue_folder
from trivia_scraper.db.image_moves import Moves, copy_image, has_recorded_bytes, move_image
from trivia_scraper.db.schema import (
    decisions,
    event_images,
    events,
    history,
    images,
    past_images,
    performers,
    venue_keys,
    venue_merges,
    venues,
)
from trivia_scraper.db.venue_matching import compare_venues
from trivia_scraper.db.venues import (
    add_venue,
    find_current_slug,
    find_or_add_host,
    merge_facts,
    read_venue,
    record_distinct,
)
from trivia_scraper.errors import NotFoundError, RefusedError
from trivia_scraper.images.storage.base import FileStore
from trivia_scraper.images.verify import list_paths
from trivia_scraper.items import Venue
from trivia_scraper.parsing.names import find_nearest

_IMAGES = "pictures"
"""The key of `moved` for the ids of images. It is stored, so it keeps its name from version 0.1.0."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a merge or its reversal did. slug: of the venue that was kept or came back."""

    slug: str
    events: int
    """Number of events that moved."""
    moves: Moves


def merge(connection: Connection, files: FileStore, kept_slug: str, gone_slug: str, now: datetime) -> Outcome:
    """Merge the second venue into the first, which keeps its slug and folder. The caller must block crawls.

    Raises NotFoundError, RefusedError, and OSError if an image cannot be copied. Then nothing is merged.
    """
    kept, gone = read_venue(connection, kept_slug), read_venue(connection, gone_slug)
    if kept["id"] == gone["id"]:
        raise RefusedError(f"{kept_slug} cannot be merged into itself.")
    moves = Moves()
    compared = compare_venues(_facts(kept), _facts(gone))
    keys = connection.execute(select(venue_keys).filter_by(venue_id=gone["id"])).mappings().all()
    moved: dict[str, Any] = {
        "keys": [{name: key[name] for name in _OF_A_KEY} for key in keys],
        "filled": merge_facts(connection, kept, dict(gone), None, now, only_unknown=True),
        "hosts": _merge_hosts(connection, kept["id"], gone["id"]),
    }
    moved[_IMAGES] = _merge_images(connection, files, kept, gone, moved["hosts"], moves)
    ids = connection.scalars(select(events.c.id).filter_by(venue_id=gone["id"])).all()
    _move_events(connection, ids, gone, kept, now)
    for table in (decisions, past_images):
        connection.execute(update(table).filter_by(venue_id=gone["id"]).values(venue_id=kept["id"]))
    evidence = {"matched_by": "merge", "score": compared.likeness, "distance": compared.distance}
    connection.execute(update(venue_keys).filter_by(venue_id=gone["id"]).values(venue_id=kept["id"], **evidence))
    row = {"kept_slug": kept_slug, "gone_slug": gone_slug, "gone_id": gone["id"], "merged_at": now}
    times = {name: gone[name].isoformat() for name in _TIMES}
    connection.execute(venue_merges.insert().values(**row, gone={**gone, **times}, moved=moved))
    connection.execute(delete(venues).filter_by(id=gone["id"]))
    return Outcome(kept_slug, len(ids), moves)


_OF_A_KEY = ("publisher", "publisher_id", "matched_by", "score", "distance")
_TIMES = ("created_at", "updated_at")  # stored as text in JSON


def _facts(row: RowMapping) -> Venue:
    return Venue(**{name: row[name] for name in Venue.__dataclass_fields__})


def _merge_hosts(connection: Connection, kept_id: int, gone_id: int) -> list[dict[str, Any]]:
    """Move the hosts to the kept venue, and return them.

    Venue and name identify a host, so two hosts of the same name become one. `into` is then the slug of the host that
    stays, otherwise None.
    """
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


def _merge_images(
    connection: Connection,
    files: FileStore,
    kept: RowMapping,
    gone: RowMapping,
    hosts: Iterable[dict[str, Any]],
    moves: Moves,
) -> list[int]:
    """Move the images to the kept venue. Return the ids of the moved rows.

    If both venues have an image of the same URL, the pinned one stays, otherwise that of the kept venue. But an image
    whose file is missing or damaged does not stay. Raises RefusedError if both are pinned and differ.
    """
    into = {host["slug"]: host["into"] for host in hosts}
    given = []
    for row in connection.execute(select(images).filter_by(venue_id=gone["id"]).order_by(images.c.id)).mappings().all():
        same = {"venue_id": kept["id"], "kind": row["kind"], "url": row["url"]}
        twin = connection.execute(select(images).filter_by(**same)).one_or_none()
        if twin is not None and _stays(files, twin, row, kept["slug"], gone["slug"]):
            _replace(connection, row["id"], twin.id)
            moves.superseded += list_paths(dict(row))
            continue
        if twin is not None:
            _replace(connection, twin.id, row["id"])
            moves.superseded += list_paths(dict(twin._mapping))
        folder: str | None = venue_folder(kept["slug"])
        if row["kind"] == "performer":
            host = into.get(host_of(row["stem"]))
            folder = host and get_host_folder(host)
        move_image(connection, files, row, kept["id"], folder, moves)
        given.append(row["id"])
    return given


def _stays(files: FileStore, twin: Row[Any], row: RowMapping, kept_slug: str, gone_slug: str) -> bool:
    """Return whether the kept venue's image `twin` stays, instead of the other venue's image `row`."""
    if twin.pinned_at and row["pinned_at"] and twin.sha256 != row["sha256"]:
        raise RefusedError(
            f"{kept_slug} and {gone_slug} both have a pinned {twin.kind} image of {twin.url}, and they differ: "
            f"release one with `scrapy images unpin {gone_slug} --kind {twin.kind}`."
        )
    if row["pinned_at"] and not twin.pinned_at:
        return not has_recorded_bytes(files, row["path"], row["sha256"])
    return row["path"] is None or has_recorded_bytes(files, twin.path, twin.sha256)


def _replace(connection: Connection, image_id: int, by: int) -> None:
    connection.execute(update(event_images).filter_by(image_id=image_id).values(image_id=by))
    connection.execute(update(history).filter_by(entity="image", entity_id=image_id).values(entity_id=by))
    connection.execute(delete(images).filter_by(id=image_id))


def _move_events(
    connection: Connection, event_ids: Sequence[int], from_venue: RowMapping, to_venue: RowMapping, now: datetime
) -> None:
    stored, changed = {"venue": from_venue["slug"]}, {"venue": to_venue["slug"]}
    for event_id in event_ids:
        record_history(connection, None, now, "event", event_id, stored=stored, changed=changed)
        connection.execute(update(events).filter_by(id=event_id).values(venue_id=to_venue["id"], updated_at=now))


class Key(NamedTuple):
    publisher: str
    publisher_id: str


def unmerge(connection: Connection, files: FileStore, gone_slug: str, now: datetime) -> Outcome:
    """Restore a venue that was merged away, with its slug, its keys, and their events and images.

    Raises NotFoundError, RefusedError, and OSError as `merge` does.
    """
    done = connection.execute(select(venue_merges).filter_by(gone_slug=gone_slug, undone_at=None)).mappings().first()
    if done is None:
        read_venue(connection, gone_slug)
        raise RefusedError(f"{gone_slug} was not merged into another venue.")
    if find_current_slug(connection, gone_slug) != done["kept_slug"]:
        raise RefusedError(
            f"{gone_slug} was merged into {done['kept_slug']}, which was itself merged since: unmerge that one first."
        )
    kept, moved = read_venue(connection, done["kept_slug"]), done["moved"]
    times = {name: datetime.fromisoformat(done["gone"][name]) for name in _TIMES}
    connection.execute(venues.insert().values(done["gone"] | times))
    for key in moved["keys"]:
        own = {"publisher": key["publisher"], "publisher_id": key["publisher_id"], "venue_id": kept["id"]}
        values = {name: key[name] for name in ("matched_by", "score", "distance")}
        connection.execute(update(venue_keys).filter_by(**own).values(**values, venue_id=done["gone_id"]))
    for host in moved["hosts"]:
        if host["into"] is not None:
            again = {"venue_id": done["gone_id"], "name": host["name"], "slug": host["slug"]}
            connection.execute(make_insert_or_skip(connection, performers), again)
    keys = [Key(key["publisher"], key["publisher_id"]) for key in moved["keys"]]
    hosts, images = {host["slug"] for host in moved["hosts"]}, set(moved[_IMAGES])
    back = read_venue(connection, gone_slug)
    outcome = _detach(connection, files, kept, back, keys, now, hosts=hosts, shown_ids=images)
    filled: dict[str, Any] = {name: None for name, value in moved["filled"].items() if kept[name] == value}
    if filled:
        values = {**filled, "updated_at": now}
        if "postcode" in filled or "country" in filled:
            values["postcode_key"] = None
        connection.execute(update(venues).filter_by(id=kept["id"]).values(values))
        record_history(connection, None, now, "venue", kept["id"], stored=kept, changed=filled)
    connection.execute(update(venue_merges).filter_by(id=done["id"]).values(undone_at=now))
    return outcome


def unmatch(connection: Connection, files: FileStore, key: Key, now: datetime) -> Outcome:
    """Separate a publisher's venue that was matched by name and place, as a new venue, permanently.

    The next crawl reads its page. Raises NotFoundError, RefusedError and OSError.
    """
    found = connection.execute(select(venue_keys).filter_by(**key._asdict())).mappings().one_or_none()
    if found is None:
        ids = connection.scalars(select(venue_keys.c.publisher_id).filter_by(publisher=key.publisher))
        meant = find_nearest(key.publisher_id, ids)
        hint = f"; did you mean {f'{key.publisher}/{meant}'!r}?" if meant else "; `scrapy venues matches` lists them."
        raise NotFoundError(f"{key.publisher} has no venue {key.publisher_id!r}{hint}")
    if found["matched_by"] != "name_and_place":
        raise RefusedError(f"{key.publisher}/{key.publisher_id} was not matched by name and place.")
    kept = connection.execute(select(venues).filter_by(id=found["venue_id"])).mappings().one()
    known = Venue(kept["name"], city=kept["city"], region=kept["region"], country=kept["country"])
    venue_id, slug = add_venue(connection, known, f"{key.publisher}/{key.publisher_id}", now)
    own = {"venue_id": venue_id, "matched_by": "new", "score": None, "distance": None, "scraped_at": None}
    connection.execute(update(venue_keys).filter_by(**key._asdict()).values(own))
    record_distinct(connection, kept["slug"], slug, now)
    return _detach(connection, files, kept, read_venue(connection, slug), [key], now)


def _detach(
    connection: Connection,
    files: FileStore,
    kept: RowMapping,
    own: RowMapping,
    keys: Iterable[Key],
    now: datetime,
    *,
    hosts: Collection[str] = (),
    shown_ids: Collection[int] = (),
) -> Outcome:
    """Move events, hosts and images of the keys from the venue `kept` to the venue `own`, which already has the keys.

    Images that events of both venues show are copied. hosts: slugs of hosts, shown_ids: ids of images; these move too,
    unless an event that stays shows them.
    """
    ids: list[int] = []
    for key in keys:
        ids += connection.scalars(select(events.c.id).filter_by(venue_id=kept["id"], **key._asdict()))
    _move_events(connection, ids, kept, own, now)
    folders = _detach_hosts(connection, kept, own, hosts)
    kept_ids, moved_ids = (set(connection.scalars(_shown_by(venue["id"]))) for venue in (kept, own))
    moves = Moves()
    rows = connection.execute(select(images).filter_by(venue_id=kept["id"]).order_by(images.c.id)).mappings().all()
    for row in rows:
        image = row["id"]
        folder: str | None = venue_folder(own["slug"])
        if row["kind"] == "performer":
            folder = folders.get(host_of(row["stem"]))
        if image in moved_ids and image in kept_ids:
            copy = copy_image(connection, files, row, own["id"], folder or row["stem"].rpartition("/")[0], moves)
            of_own = select(events.c.id).filter_by(venue_id=own["id"])
            pointers = update(event_images).where(event_images.c.event_id.in_(of_own))
            connection.execute(pointers.filter_by(image_id=image).values(image_id=copy))
        elif image in moved_ids or (image in shown_ids and image not in kept_ids):
            move_image(connection, files, row, own["id"], folder, moves)
            same = {"venue_id": kept["id"], "kind": row["kind"], "url": row["url"]}
            for table in (decisions, past_images):
                connection.execute(update(table).filter_by(**same).values(venue_id=own["id"]))
    return Outcome(str(own["slug"]), len(ids), moves)


def _shown_by(venue_id: int) -> Select[int]:
    return select(event_images.c.image_id).select_from(events.join(event_images)).where(events.c.venue_id == venue_id)


def _detach_hosts(connection: Connection, kept: RowMapping, own: RowMapping, slugs: Collection[str]) -> dict[str, str]:
    """Move hosts. Return slug -> new folder of hosts that both venues need. Other hosts keep their folder."""
    hosts = connection.execute(select(performers).filter_by(venue_id=kept["id"])).all()
    stay, go = (
        set(connection.scalars(select(events.c.performer_id).filter_by(venue_id=venue["id"]))) for venue in (kept, own)
    )
    folders = {}
    for host in hosts:
        again = select(performers.c.id).filter_by(venue_id=own["id"], name=host.name)
        if host.id not in go and (host.slug not in slugs or host.id in stay):
            continue
        if host.id not in stay and connection.scalar(again) is None:
            connection.execute(update(performers).filter_by(id=host.id).values(venue_id=own["id"]))
            continue
        new_id, new_slug = find_or_add_host(connection, own["id"], own["slug"], host.name)
        of_own = update(events).filter_by(venue_id=own["id"], performer_id=host.id)
        connection.execute(of_own.values(performer_id=new_id))
        folders[host.slug] = get_host_folder(new_slug)
    return folders
