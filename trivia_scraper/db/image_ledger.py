"""The ledger of pictures: for (venue, kind, URL), which file is kept, what it contains, and when it was last
confirmed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, update

from trivia_scraper.db.engine import inserting, setting
from trivia_scraper.db.history import record_history
from trivia_scraper.db.image_queries import PLACEHOLDER_VENUES
from trivia_scraper.db.replaced_images import FACTS, Past, record_past, was_shown_elsewhere
from trivia_scraper.db.schema import event_images, events, images, url_digest, venues
from trivia_scraper.db.venues import performer
from trivia_scraper.images.crash_points import Step, reached
from trivia_scraper.images.placing import Placed
from trivia_scraper.images.storage.base import FileStat, FileStore
from trivia_scraper.images.validate import Picture
from trivia_scraper.parsing.slugs import distinct_stem, file_stem


class SupersededError(RuntimeError):
    """The row of a picture is gone: another process has moved the event's pointer to a later one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the ledger. `path` is null until a file was stored."""

    id: int
    venue_id: int
    kind: str
    url: str
    stem: str
    path: str | None = None
    format: str | None = None
    sha256: str | None = None
    bytes: int | None = None
    modified_ns: int | None = None
    width: int | None = None
    height: int | None = None
    thumbs: dict[str, str] = field(default_factory=dict)
    thumbs_spec: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    fetched_at: datetime | None = None
    checked_at: datetime | None = None


def past_of(entry: Entry, thumb: bytes | None) -> Past:
    return Past({name: getattr(entry, name) for name in FACTS}, thumb)


COLUMNS = [images.c[name] for name in Entry.__dataclass_fields__]
_SHOWN = (
    select(event_images.c.image_id)
    .select_from(events.join(event_images))
    .where(events.c.publisher == bindparam("of_publisher"), events.c.publisher_id == bindparam("of_publisher_id"))
)
_OF_VENUE = (
    select(*COLUMNS, images.c.id.in_(_SHOWN).label("is_shown"), venues.c.id.label("owner_id"))
    .select_from(venues.outerjoin(images))
    .where(venues.c.slug == bindparam("of_slug"))
    .order_by(images.c.id)
)

_OF_URL = select(*COLUMNS).where(*(images.c[name] == bindparam(name) for name in ("venue_id", "kind", "url_digest")))


def open_pictures(
    connection: Connection,
    publisher: str,
    publisher_id: str,
    venue_slug: str,
    performer_name: str | None,
    pictures: list[tuple[str, str]],
) -> tuple[list[Entry], dict[str, Entry]]:
    """The ledger rows of an event's pictures, given as (kind, URL); and, by kind, those which it shows until now.

    A picture never seen before gets its row now and with it a place of its own: `stem`, the path without the extension,
    which only the bytes can tell. So two URLs that end in one file name cannot meet on disk, whichever arrives first.
    """
    of = {"of_slug": venue_slug, "of_publisher": publisher, "of_publisher_id": publisher_id}
    rows = connection.execute(_OF_VENUE, of).all()
    known = {(row.kind, row.url): entry_of(row) for row in rows}
    shown = {row.kind: entry_of(row) for row in rows if row.is_shown}
    opened = []
    for kind, url in pictures:
        entry = known.get((kind, url))
        if entry is None:
            folder = f"venues/{venue_slug}"
            if kind == "performer":
                folder = f"performers/{performer(connection, rows[0].owner_id, venue_slug, performer_name)[1]}"
            entry = _reserve(connection, rows[0].owner_id, kind, url, folder)
        opened.append(entry)
    return opened, shown


def _reserve(connection: Connection, venue_id: int, kind: str, url: str, folder: str) -> Entry:
    insert = inserting(connection, images, images.c.id)
    key = {"venue_id": venue_id, "kind": kind, "url_digest": url_digest(url)}
    for stem in _places(folder, url):
        values = {"url": url, "stem": stem, "thumbs": {}}
        if (number := connection.scalar(insert, key | values)) is not None:
            return Entry(int(number), venue_id, kind, url, stem)
        # The place is taken, or another process has just reserved one for this very picture.
        if (row := connection.execute(_OF_URL, key).one_or_none()) is not None:
            return entry_of(row)
    raise AssertionError(f"no free place for {url}: the last candidate carries its own digest")


def free_place(connection: Connection, folder: str, url: str) -> str:
    """A stem in `folder` for a picture that has its row already."""
    taken = select(images.c.id)
    return next(stem for stem in _places(folder, url) if not connection.execute(taken.filter_by(stem=stem)).first())


def _places(folder: str, url: str) -> tuple[str, str]:
    stem = file_stem(url)
    return f"{folder}/{stem}", f"{folder}/{distinct_stem(stem, url)}"


def record_file(
    connection: Connection,
    entry: Entry,
    picture: Picture,
    placed: Placed,
    validators: dict[str, str | None],
    reason: str,
    run_id: int,
    now: datetime,
    past: Past | None = None,
) -> Entry:
    """A new file stands in its place: its row is brought to it, and other content than before is a row of history.

    reason: of images/policy.py, why it was downloaded. past: the picture in whose place it came.
    """
    if entry.sha256 is not None and entry.sha256 != picture.sha256:
        old, new = {"sha256": entry.sha256}, {"sha256": picture.sha256}
        record_history(connection, run_id, now, "image", entry.id, stored=old, changed=new)
    if past is not None and past.facts["sha256"] != picture.sha256:
        where = entry.venue_id, entry.kind, entry.url
        record_past(connection, *where, past, picture, placed.stat.bytes, run_id, now)
    values = {
        "path": placed.path,
        "format": picture.format,
        "sha256": picture.sha256,
        "bytes": placed.stat.bytes,
        "modified_ns": placed.stat.modified_ns,
        "width": picture.width,
        "height": picture.height,
        "thumbs": placed.thumbs,
        "thumbs_spec": placed.thumbs_spec,
        "fetched_at": now,
        "checked_at": now,
        **validators,
    }
    return _update(connection, entry, values, "downloaded", reason)


def record_check(connection: Connection, entry: Entry, now: datetime) -> Entry:
    """The publisher confirmed the stored bytes with a 304."""
    return _update(connection, entry, {"checked_at": now}, "uptodate", "not_modified")


def record_arrival(connection: Connection, entry: Entry, now: datetime, validators: dict[str, str | None]) -> Entry:
    """The publisher confirmed the stored bytes by sending them once more."""
    values = {"fetched_at": now, "checked_at": now, **validators}
    return _update(connection, entry, values, "uptodate", "unchanged")


def record_copy(connection: Connection, entry: Entry, stat: FileStat) -> Entry:
    """The same bytes stand in a file of another time, as after a restored backup."""
    return _update(connection, entry, {"modified_ns": stat.modified_ns})


def record_copies(connection: Connection, copies: Mapping[int, tuple[str, FileStat]]) -> None:
    """copies: row id -> digest and stat of a file that was found to be the recorded picture. Until its time is recorded
    every run would read it to find out."""
    for row_id, (sha256, stat) in copies.items():
        of_picture = update(images).where(images.c.id == row_id, images.c.sha256 == sha256)
        connection.execute(of_picture.values(bytes=stat.bytes, modified_ns=stat.modified_ns))


def distrust(connection: Connection, paths: Iterable[str]) -> None:
    """These pictures and thumbnails were found missing or damaged: the next run gets or makes them again."""
    for path in paths:
        of_picture = update(images).where(images.c.stem == _stem_of(path))
        if "/thumbs/" in path:
            connection.execute(of_picture.values(thumbs_spec=None))
        else:
            connection.execute(of_picture.where(images.c.path == path).values(bytes=None, modified_ns=None))


def record_thumbs(connection: Connection, entry: Entry, thumbs: dict[str, str], thumbs_spec: str) -> Entry:
    return _update(connection, entry, {"thumbs": thumbs, "thumbs_spec": thumbs_spec})


def common_digests(connection: Connection) -> dict[str, frozenset[int]]:
    """Digest -> the venues that have it, where these are PLACEHOLDER_VENUES or more."""
    of_many = (
        select(images.c.sha256)
        .where(images.c.sha256.is_not(None))
        .group_by(images.c.sha256)
        .having(func.count(images.c.venue_id.distinct()) >= PLACEHOLDER_VENUES)
    )
    found: defaultdict[str, set[int]] = defaultdict(set)
    for row in connection.execute(select(images.c.sha256, images.c.venue_id).where(images.c.sha256.in_(of_many))):
        found[row.sha256].add(row.venue_id)
    return {digest: frozenset(venue_ids) for digest, venue_ids in found.items()}


def is_placeholder(connection: Connection, venue_id: int, old_sha256: str, had_new: frozenset[int]) -> bool:
    """Whether bytes that are about to replace a venue's own picture are what a publisher shows when it has none.

    had_new: the venues that had the new ones when the run began. PLACEHOLDER_VENUES others must be among them, and the
    old ones this venue's alone and, as far as past pictures reach back, no other's. What changed in this run does not
    count: when a chain gives all its venues a new picture, it must not matter which of them comes first.
    """
    return (
        len(had_new - {venue_id}) >= PLACEHOLDER_VENUES
        and not _is_elsewhere(connection, old_sha256, venue_id)
        and not was_shown_elsewhere(connection, venue_id, old_sha256)
    )


def _is_elsewhere(connection: Connection, sha256: str, venue_id: int) -> bool:
    query = select(images.c.id).where(images.c.sha256 == sha256, images.c.venue_id != venue_id).limit(1)
    return connection.execute(query).first() is not None


def remove_unnamed(connection: Connection, files: FileStore, paths: Iterable[str]) -> list[tuple[str, str]]:
    """Removes those of `paths` that no row names, while no other process can come to name one: this is a transaction.

    Returns (path, error) for each that could not be removed.
    """
    kept = []
    for path in paths:
        rows = connection.execute(select(images.c.path, images.c.thumbs).filter_by(stem=_stem_of(path))).all()
        if any(path == row.path or path in row.thumbs.values() for row in rows):
            continue
        try:
            files.remove(path)
            reached(Step.REMOVED, path)
        except OSError as error:
            kept.append((path, str(error)))
    return kept


def _stem_of(path: str) -> str:
    """The place that a picture's or a thumbnail's path belongs to."""
    folder, _, thumb = path.partition("/thumbs/")
    return f"{folder}/{thumb.partition('/')[2]}".rpartition(".")[0] if thumb else path.rpartition(".")[0]


def unshown(connection: Connection) -> list[dict[str, Any]]:
    """Rows with a file that no event points to: left by a process that died between the ledger and the pointer."""
    pointed = select(event_images.c.image_id)
    query = select(images.c.id, images.c.path, images.c.thumbs).where(
        images.c.path.is_not(None), images.c.id.not_in(pointed)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def forget(connection: Connection, image_ids: Iterable[int]) -> list[str]:
    """Deletes the rows of pictures that no event shows. Returns their files, which the caller removes after the
    commit."""
    paths = []
    for image_id in image_ids:
        if connection.execute(select(event_images.c.event_id).filter_by(image_id=image_id).limit(1)).first() is None:
            statement = delete(images).filter_by(id=image_id).returning(images.c.path, images.c.thumbs)
            for row in connection.execute(statement):
                paths += [path for path in (row.path, *row.thumbs.values()) if path]
    return paths


def _update(connection: Connection, entry: Entry, values: dict[str, Any], *outcome: str) -> Entry:
    """outcome: status and reason, where these are the facts of one; its event need not bring them to the row again."""
    told = dict(zip(("status", "reason", "error"), (*outcome, None), strict=True)) if outcome else {}
    updated = connection.execute(setting(images, *values, *told), {"of_id": entry.id, **values, **told})
    if updated.rowcount == 0:
        raise SupersededError(f"another process has just superseded {entry.url}")
    return replace(entry, **values)


def entry_of(row: Sequence[Any]) -> Entry:
    """The row of a query that begins with COLUMNS."""
    return Entry(*row[: len(COLUMNS)])
