"""Replaced images: their thumbnails and files are kept, with limits on age, number and size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Self

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    bindparam,
    case,
    delete,
    func,
    literal,
    select,
    tuple_,
    update,
)

from trivia_scraper.db.image_layout import replaced_path
from trivia_scraper.db.schema import images, past_images, venues
from trivia_scraper.images.paths import find_smallest_thumb
from trivia_scraper.images.records import ImageRecord, ReplacedImage

MAX_KEPT = 8
"""Replaced images that are kept per venue and kind, so that a publisher that always sends new bytes fills no disk."""
MAX_THUMB_BYTES = 200_000  # bytes; larger ones are not kept
_BATCH_SIZE = 500
_THUMBNAIL_DAYS, _ORIGINAL_DAYS = "PAST_PICTURES_KEPT_DAYS", "REPLACED_IMAGES_DAYS"
SHOWN_DIGITS = 12
"""Digits of a digest that commands show."""
ALIKE_VENUES = 5
"""If the different images of this many venues become the same image in one run, the run reports it."""
FACTS = ("url", "sha256", "format", "bytes", "width", "height")
_INSERT = past_images.insert()


def record_replaced(
    connection: Connection,
    venue_id: int,
    kind: str,
    replaced: ReplacedImage,
    after: ImageRecord,
    run_id: int | None,
    now: datetime,
) -> None:
    """Record that `after` has replaced another image. run_id: None if an operator replaced it."""
    row: dict[str, Any] = {"run_id": run_id, "at": now, "venue_id": venue_id, "kind": kind, "url": after.url}
    row["before"], row["after"] = ({name: getattr(each, name) for name in FACTS} for each in (replaced.record, after))
    thumb = replaced.thumbnail if replaced.thumbnail and len(replaced.thumbnail) <= MAX_THUMB_BYTES else None
    connection.execute(_INSERT, row | {"original": replaced.original, "thumb": thumb})


def is_recorded(connection: Connection, venue_id: int, kind: str, before: ImageRecord, after: ImageRecord) -> bool:
    """Return whether this replacement is already recorded, as the newest one of the venue and kind."""
    of_one = select(past_images.c.before, past_images.c.after).filter_by(venue_id=venue_id, kind=kind)
    newest = connection.execute(of_one.order_by(past_images.c.id.desc()).limit(1)).first()
    digests = (newest.before.get("sha256"), newest.after.get("sha256")) if newest else None
    return digests == (before.sha256, after.sha256)


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on kept replaced images: age of thumbnails, age and total size of files."""

    thumbnails: timedelta
    originals: timedelta
    max_bytes: int

    @classmethod
    def from_settings(cls, value_of: Callable[[str], Any]) -> Self:
        """Return the limits from the settings. value_of: returns the value of a setting."""
        thumbnails, originals = (timedelta(days=value_of(name)) for name in (_THUMBNAIL_DAYS, _ORIGINAL_DAYS))
        return cls(thumbnails, min(thumbnails, originals), value_of("REPLACED_IMAGES_MAX_MB") * 1_000_000)

    @property
    def keep_originals(self) -> bool:
        return bool(self.originals and self.max_bytes)


class OriginalsOfRun:
    """Limits the size of the replaced files that one run keeps. Thread-safe.

    `expire_replaced_images` runs only at the end of a run.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._paths: set[str] = set()
        self._bytes = 0
        self._lock = Lock()

    def reserve_path(self, record: ImageRecord) -> str | None:
        """Return the path at which to keep the file of a replaced image, or None if it is not kept."""
        path = replaced_path(record)
        with self._lock:
            if path in self._paths:
                return path
            size = record.bytes or 0
            if not self._limits.keep_originals or self._bytes + size > self._limits.max_bytes:
                return None
            self._paths.add(path)
            self._bytes += size
        return path


_KEPT = (
    select(
        *past_images.c["id", "at", "venue_id", "kind", "original"],
        past_images.c.before["bytes"].as_integer().label("bytes"),
    )
    .where(past_images.c.original.is_not(None))
    .order_by(past_images.c.id.desc())
)


def find_overdue_originals(connection: Connection, now: datetime, limits: Limits) -> tuple[list[int], list[str]]:
    """Return the rows whose files must be dropped, and the files that no other row keeps.

    A file must be dropped if its row is too old, or beyond the limit per venue and kind or the limit on total size.
    """
    rows: list[int] = []
    kept: set[str] = set()
    dropped: set[str] = set()
    count_by_kind: Counter[tuple[int, str]] = Counter()
    size = 0
    for row in connection.execute(_KEPT):
        count_by_kind[row.venue_id, row.kind] += 1
        is_dropped = now - row.at > limits.originals or count_by_kind[row.venue_id, row.kind] > MAX_KEPT
        if not is_dropped and row.original not in kept:
            size += row.bytes or 0
            is_dropped = size > limits.max_bytes
        if is_dropped:
            rows.append(row.id)
            dropped.add(row.original)
        else:
            kept.add(row.original)
    return rows, sorted(dropped - kept)


def expire_replaced_images(connection: Connection, now: datetime, limits: Limits) -> list[str]:
    """Delete what is beyond `limits`. Return the files that no row names now; the caller removes them after the
    commit."""
    rows, files = find_overdue_originals(connection, now, limits)
    drop_originals(connection, past_images.c.id, rows)
    of_deleted = {path for path in forget_replaced_images(connection, now, limits.thumbnails) if path}
    still_kept = past_images.c.original.in_(of_deleted)
    of_deleted.difference_update(connection.scalars(select(past_images.c.original).where(still_kept)))
    return sorted({*files, *of_deleted})


def drop_originals(connection: Connection, column: Column[Any], values: Sequence[Any]) -> None:
    """Record that the files of these rows are no longer kept."""
    for start in range(0, len(values), _BATCH_SIZE):
        of_some = column.in_(values[start : start + _BATCH_SIZE])
        connection.execute(update(past_images).where(of_some).values(original=None))


def read_kept_originals(connection: Connection) -> list[dict[str, Any]]:
    """Return each kept file once, in the shape of image_queries.read_recorded_images."""
    query = select(*past_images.c["original", "before"], venues.c.slug).join(venues).order_by(past_images.c.id)
    rows = connection.execute(query.where(past_images.c.original.is_not(None)))
    no_thumbs: dict[str, Any] = {"id": None, "stem": "", "thumbs": {}, "thumbs_spec": "", "modified_ns": None}
    found = {row.original: {"venue": row.slug, "path": row.original, **row.before, **no_thumbs} for row in rows}
    return list(found.values())


def forget_replaced_images(connection: Connection, now: datetime, kept: timedelta) -> list[str | None]:
    """Delete rows that are older than `kept` or not among the newest MAX_KEPT of their venue and kind.

    Return `original` of each deleted row.
    """
    of_one = past_images.c["venue_id", "kind"]
    too_many = select(*of_one).group_by(*of_one).having(func.count() > MAX_KEPT)
    newer = select(func.count()).select_from(_other).where(*_IS_NEWER).scalar_subquery()
    # Two statements, so that each can use an index.
    deleting = delete(past_images).returning(past_images.c.original)
    surplus = connection.scalars(deleting.where(tuple_(*of_one).in_(too_many), newer >= MAX_KEPT)).all()
    return [*surplus, *connection.scalars(deleting.where(past_images.c.at < now - kept))]


_other = past_images.alias()
_IS_NEWER = (
    _other.c.venue_id == past_images.c.venue_id,
    _other.c.kind == past_images.c.kind,
    _other.c.id > past_images.c.id,
)


def count_restored_venues(connection: Connection, sha256: str) -> int:
    """Count the venues where an operator replaced these bytes by an earlier image."""
    query = select(func.count(past_images.c.venue_id.distinct())).where(
        past_images.c.run_id.is_(None),
        past_images.c.before["sha256"].as_string() == sha256,
    )
    return connection.scalar(query) or 0


@dataclass(frozen=True, slots=True)
class AlikeImage:
    """An image that replaced different images of several venues in one run."""

    sha256: str
    venues: int

    @property
    def sentence(self) -> str:
        return f"{self.venues} venues had different images and now have the same one; it may be a placeholder"

    def command(self, run_id: int) -> str:
        return f"scrapy images restore --run {run_id} --digest {self.sha256[:SHOWN_DIGITS]}"


def find_alike(connection: Connection, run_ids: Collection[int]) -> dict[int, list[AlikeImage]]:
    """Return run -> images that replaced different images of at least ALIKE_VENUES venues in it."""
    digests = (past_images.c[side]["sha256"].as_string().label(side) for side in ("before", "after"))
    columns = past_images.c.run_id, past_images.c.venue_id, *digests
    rows = select(*columns).where(past_images.c.run_id.in_(run_ids)).subquery()
    number = func.count(rows.c.venue_id.distinct())
    query = (
        select(rows.c.run_id, rows.c.after, number.label("number"))
        .group_by(rows.c.run_id, rows.c.after)
        .having(number >= ALIKE_VENUES, func.count(rows.c.before.distinct()) >= ALIKE_VENUES)
        .order_by(number.desc(), rows.c.after)
    )
    found: dict[int, list[AlikeImage]] = {}
    for row in connection.execute(query):
        found.setdefault(row.run_id, []).append(AlikeImage(row.after, row.number))
    return found


def was_shown_elsewhere(connection: Connection, venue_id: int, sha256: str) -> bool:
    """Return whether a replaced image of another venue had these bytes."""
    elsewhere = past_images.c.before["sha256"].as_string() == sha256, past_images.c.venue_id != venue_id
    return connection.execute(select(past_images.c.id).where(*elsewhere).limit(1)).first() is not None


@dataclass(frozen=True, slots=True)
class ReplacedByRun:
    """An image that a run replaced. `before` and `after` have the keys of FACTS."""

    id: int
    at: datetime
    slug: str
    """The venue's present slug."""
    name: str
    kind: str
    before: dict[str, Any]
    after: dict[str, Any]
    next_id: int | None
    """The row that records that `after` was replaced in turn; None while it is the venue's image."""
    thumb_path: str | None
    """Path of a thumbnail of `after` in the image store; None if it is no longer the venue's image."""
    original: str | None = None
    """Path of the file of `before` in the image store; None if it is not kept."""


ReplacedRows = tuple[list[ReplacedByRun], int]
"""The first replacements of a run, by venue, and how many there are, as far as they are kept."""


def read_replaced(
    connection: Connection, run_ids: Collection[int], most: int, budget: int = 0
) -> dict[int, ReplacedRows]:
    """Return run -> its first `most` replaced images, by venue. `read_thumbs` returns their thumbnails.

    budget: the newest runs may have more than `most`, up to this number in all.
    """
    of_these = past_images.c.run_id.in_(run_ids)
    query = select(past_images.c.run_id, func.count()).where(of_these).group_by(past_images.c.run_id)
    limits: dict[int, int] = {}
    for run_id, total in sorted(map(tuple, connection.execute(query)), reverse=True):
        limits[run_id] = max(most, budget)
        budget -= min(total, limits[run_id])
    found: dict[int, ReplacedRows] = {}
    if limits:
        limit = case(limits, value=past_images.c.run_id)
        for run_id, replaced, total in _replaced(connection, of_these, limit):
            found.setdefault(run_id, ([], total))[0].append(replaced)
    return found


def read_replaced_by_operators(connection: Connection, most: int) -> list[ReplacedByRun]:
    """Return the newest replacements of `scrapy images restore`, by venue."""
    without_run = past_images.c.run_id.is_(None)
    return [replaced for _, replaced, _ in _replaced(connection, without_run, literal(most))]


def _replaced(
    connection: Connection, condition: ColumnElement[bool], limit: ColumnElement[int]
) -> Iterator[tuple[Any, ReplacedByRun, int]]:
    """Yield run, replacement and number of the run's replacements. limit: how many of a run."""
    number = func.row_number().over(partition_by=past_images.c.run_id, order_by=past_images.c.id)
    total = func.count().over(partition_by=past_images.c.run_id)
    first = select(past_images.c.id, number.label("number"), limit.label("limit"), total.label("total"))
    few = first.where(condition).subquery()
    following = (
        select(func.min(_other.c.id))
        .where(*_IS_NEWER, _other.c.before["sha256"].as_string() == past_images.c.after["sha256"].as_string())
        .correlate(past_images)
        .scalar_subquery()
    )
    query = (
        select(
            *past_images.c["id", "at", "run_id", "venue_id", "kind", "before", "after", "original"],
            venues.c.slug,
            venues.c.name,
            following.label("next_id"),
            few.c.total,
        )
        .select_from(past_images.join(few, few.c.id == past_images.c.id).join(venues))
        .where(few.c.number <= few.c.limit)
        .order_by(venues.c.slug, past_images.c.id)
    )
    rows = connection.execute(query).all()
    today = _thumbs_today(connection, {row.venue_id for row in rows})
    for row in rows:
        path = today.get((row.venue_id, row.kind, row.after["sha256"]))
        facts = row.id, row.at, row.slug, row.name, row.kind, row.before, row.after
        yield row.run_id, ReplacedByRun(*facts, row.next_id, path, row.original), row.total


def _thumbs_today(connection: Connection, venue_ids: Collection[int]) -> dict[tuple[int, str, str], str]:
    """Return (venue, kind, digest) -> path of the smallest thumbnail, for present images."""
    query = select(*(images.c[name] for name in ("venue_id", "kind", "sha256", "thumbs", "thumbs_spec")))
    return {
        (row.venue_id, row.kind, row.sha256): path
        for row in connection.execute(query.where(images.c.sha256.is_not(None)))
        if row.venue_id in venue_ids and (path := find_smallest_thumb(row.thumbs, row.thumbs_spec))
    }


def read_thumbs(connection: Connection, ids: Collection[int]) -> dict[int, bytes]:
    """Return row id -> thumbnail of the replaced image. Rows that are missing or have no thumbnail are left out."""
    query = select(past_images.c.id, past_images.c.thumb).where(
        past_images.c.id.in_(bindparam("ids", expanding=True)), past_images.c.thumb.is_not(None)
    )
    wanted = sorted(ids)
    return {
        row.id: row.thumb
        for start in range(0, len(wanted), _BATCH_SIZE)
        for row in connection.execute(query, {"ids": wanted[start : start + _BATCH_SIZE]})
    }
