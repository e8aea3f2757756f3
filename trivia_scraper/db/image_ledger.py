"""The image ledger in the project's database: which file is stored for each venue, kind and URL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, or_, select, update

from trivia_scraper.clock import utc_now
from trivia_scraper.db.engine import Store, make_insert_or_skip, make_update
from trivia_scraper.db.history import record_history
from trivia_scraper.db.image_layout import digest_of_replaced, get_host_folder, is_replaced
from trivia_scraper.db.image_queries import PLACEHOLDER_VENUES
from trivia_scraper.db.replaced_images import (
    count_restored_venues,
    drop_originals,
    is_recorded,
    record_replaced,
    was_shown_elsewhere,
)
from trivia_scraper.db.schema import (
    compute_url_digest,
    event_images,
    events,
    images,
    past_images,
    venues,
)
from trivia_scraper.db.venues import find_host, find_or_add_host
from trivia_scraper.images.crash_points import Step, announce_step
from trivia_scraper.images.digests import has_digest
from trivia_scraper.images.ledger import SupersededError, is_written
from trivia_scraper.images.paths import image_stem, is_thumb
from trivia_scraper.images.policy import Status
from trivia_scraper.images.records import FIELDS, ImageRecord, ReplacedImage
from trivia_scraper.images.storage.base import FileStat, FileStore, compare_file
from trivia_scraper.parsing.slugs import distinct_stem, file_stem


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueImageRecord(ImageRecord):
    """A row of the table `images`: an image of a venue, by kind and URL."""

    venue_id: int
    kind: str
    pinned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class EventImages:
    """What the ledger knows of an event's images."""

    venue_id: int
    venue_slug: str
    stored: dict[tuple[str, str], VenueImageRecord] = field(default_factory=dict)
    """(kind, URL) -> record, for all images of the venue."""
    shown: dict[str, VenueImageRecord] = field(default_factory=dict)
    """Kind -> the image that the event shows so far."""

    def new_record(self, kind: str, url: str, folder: str) -> VenueImageRecord:
        """Return a record for an image that was never stored. folder: for its file."""
        stem = f"{folder}/{distinct_stem(file_stem(url), url)}"
        return VenueImageRecord(url=url, stem=stem, venue_id=self.venue_id, kind=kind)


COLUMNS = [images.c[name] for name in VenueImageRecord.__dataclass_fields__]
_VALUES = tuple(name for name in FIELDS if name not in {"id", "url"})
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
_OF_STEM = select(*COLUMNS).where(images.c.stem == bindparam("of_stem"))
_OF_KEY = select(*COLUMNS).where(*(images.c[name] == bindparam(name) for name in ("venue_id", "kind", "url_digest")))


def read_event_images(connection: Connection, publisher: str, publisher_id: str, venue_slug: str) -> EventImages:
    """Return what the ledger knows of the images of an event and its venue."""
    of = {"of_slug": venue_slug, "of_publisher": publisher, "of_publisher_id": publisher_id}
    rows = connection.execute(_OF_VENUE, of).all()
    found = EventImages(rows[0].owner_id, venue_slug)
    for row in rows:
        if row.id is not None:
            found.stored[row.kind, row.url] = make_record(row)
            if row.is_shown:
                found.shown[row.kind] = make_record(row)
    return found


class VenueImageLedger:
    """The ledger of a run's images. Implements images.ledger.Ledger.

    run_id: returns the id of the run, which exists once the spider is open, or None if an operator stores an image.
    """

    keeps_thumbnails = True

    def __init__(self, store: Store, files: FileStore, run_id: Callable[[], int | None]) -> None:
        self.store = store
        self._files = files
        self._run_id = run_id

    def read_event_images(self, publisher: str, publisher_id: str, venue_slug: str) -> EventImages:
        return self.store.read(read_event_images, publisher, publisher_id, venue_slug)

    def get_host_folder(self, known: EventImages, name: str | None) -> str:
        """Return the folder for the images of a venue's host. A new host gets a row and a slug."""
        found = self.store.read(find_host, known.venue_id, name)
        _, slug = found or self.store.write(find_or_add_host, known.venue_id, known.venue_slug, name)
        return get_host_folder(slug)

    def has_file(self, record: VenueImageRecord) -> bool:
        """Return whether the store has the recorded file."""
        recorded = str(record.path), record.bytes or 0, record.modified_ns, record.sha256 or ""
        return compare_file(self._files, *recorded)[0] == "ok"

    def is_placeholder(self, own: VenueImageRecord, sha256: str) -> bool:
        """Return whether `sha256` is a placeholder that must not replace `own`."""
        return self.store.read(is_placeholder, own.venue_id, str(own.sha256), sha256, self._run_id() or 0)

    def find(self, stem: str, url: str) -> tuple[ImageRecord | None, ImageRecord | None]:
        row = self.store.read(lambda connection: connection.execute(_OF_STEM, {"of_stem": stem}).one_or_none())
        record = make_record(row) if row is not None else None
        return (record, None) if record is None or record.url == url else (None, record)

    def save(
        self,
        before: ImageRecord,
        after: ImageRecord,
        status: Status | None = None,
        reason: str | None = None,
        *,
        written: bool = False,
        replaced: Sequence[ReplacedImage] = (),
    ) -> ImageRecord:
        # Usually the event's transaction, which follows, makes the row durable. It must be durable now if an older file
        # is removed next, or if the next run trusts the ledger without looking at the file.
        may_wait = before.path in {None, after.path} and not self._files.trusted
        write = self.store.write_provisionally if may_wait else self.store.write
        outcome = status, reason, self._run_id()
        files = self._files if written else None
        found = [each for each in replaced if each.record.sha256 not in {None, after.sha256}]
        return write(save_record, before, after, *outcome, files=files, replaced=found, kept_in=self._files)

    def remove_unreferenced(self, paths: Iterable[str]) -> list[tuple[str, str]]:
        return self.store.write(remove_unreferenced, self._files, list(paths))

    def records(self) -> Iterator[ImageRecord]:
        stored = select(*COLUMNS).where(images.c.path.is_not(None)).order_by(images.c.path)
        yield from self.store.read(lambda connection: [make_record(row) for row in connection.execute(stored)])

    def close(self) -> None:
        """Do nothing: the run closes its store."""


def save_record(
    connection: Connection,
    before: ImageRecord,
    after: ImageRecord,
    status: str | None = None,
    reason: str | None = None,
    run_id: int | None = None,
    *,
    files: FileStore | None = None,
    replaced: Iterable[ReplacedImage] = (),
    kept_in: FileStore | None = None,
) -> ImageRecord:
    """Replace the record `before` by `after`; see images.ledger.Ledger.save.

    files: the store, if the file was just written. New content gets a row of history. kept_in: the store that
    may have kept the files of `replaced`.
    """
    assert isinstance(after, VenueImageRecord)
    if files is not None and not is_written(files, after):
        raise FileNotFoundError(f"{after.path} was replaced or removed by another process")
    now = utc_now()
    changed = _VALUES if files is not None else [n for n in _VALUES if getattr(after, n) != getattr(before, n)]
    values = {name: getattr(after, name) for name in changed}
    if after.sha256 != before.sha256:
        values["written_by_run"] = run_id
    outcome = {"status": status, "reason": reason, "error": None} if status else {}
    row_id = before.id
    if row_id is None:
        row_id = _insert(connection, after, values | outcome)
    elif values or outcome:
        # Without new bytes, the row may only change if it still has the bytes that were looked at.
        statement = _setting_of_bytes(*values, *outcome) if files is None else make_update(images, *values, *outcome)
        of_row = {"of_id": row_id, "of_sha256": before.sha256}
        updated = connection.execute(statement, of_row | values | outcome)
        if updated.rowcount == 0:
            raise SupersededError(f"another process has just superseded {before.url}")
    if before.sha256 is not None and before.sha256 != after.sha256:
        old, new = {"sha256": before.sha256}, {"sha256": after.sha256}
        record_history(connection, run_id, now, "image", row_id, stored=old, changed=new)
    for each in replaced:
        if files is None and is_recorded(connection, after.venue_id, after.kind, each.record, after):
            continue  # recorded by an earlier run whose event was not stored
        # During this transaction no other process can remove the file.
        is_kept = each.original is not None and kept_in is not None and kept_in.stat(each.original) is not None
        found = each if is_kept else replace(each, original=None)
        record_replaced(connection, after.venue_id, after.kind, found, after, run_id, now)
    return replace(after, id=row_id)


@cache
def _setting_of_bytes(*columns: str) -> Any:
    return make_update(images, *columns).where(images.c.sha256.is_not_distinct_from(bindparam("of_sha256")))


def _insert(connection: Connection, record: VenueImageRecord, values: dict[str, Any]) -> int:
    key = {"venue_id": record.venue_id, "kind": record.kind, "url_digest": compute_url_digest(record.url)}
    row = {"url": record.url, "stem": record.stem, "thumbs": {}} | values
    if (row_id := connection.scalar(make_insert_or_skip(connection, images, images.c.id), key | row)) is not None:
        return int(row_id)
    # Another process has just recorded the same image.
    found = connection.execute(_OF_KEY, key).one_or_none()
    if found is None:
        raise SupersededError(f"another image is stored at {record.stem}")
    connection.execute(make_update(images, *row), {"of_id": found.id, **row})
    return int(found.id)


def find_free_stem(connection: Connection, folder: str, url: str) -> str:
    """Return an unused stem in `folder` for an image that already has a row."""
    stem = file_stem(url)
    candidates = (f"{folder}/{distinct_stem(stem, each)}" for each in (url, f"{url} moved"))
    taken = select(images.c.id)
    return next(each for each in candidates if not connection.execute(taken.filter_by(stem=each)).first())


def record_copies(connection: Connection, copies: Mapping[int, tuple[str, FileStat]]) -> None:
    """Record the modification times of copied files. Otherwise each run would read the files to check their digests.

    copies: row id -> digest and stat of a file with the recorded bytes.
    """
    for row_id, (sha256, stat) in copies.items():
        of_image = update(images).where(images.c.id == row_id, images.c.sha256 == sha256)
        connection.execute(of_image.values(bytes=stat.bytes, modified_ns=stat.modified_ns))


def mark_for_repair(connection: Connection, files: FileStore, paths: Iterable[str]) -> None:
    """Record that images or thumbnails are missing or damaged, so that the next run repairs them.

    A damaged file of a replaced image cannot be repaired. It is removed, and no longer counts as kept.
    """
    for path in paths:
        if is_replaced(path):
            with suppress(OSError):  # the next check reports it again
                _drop_damaged_original(connection, files, path)
            continue
        of_image = update(images).where(images.c.stem == image_stem(path))
        if is_thumb(path):
            connection.execute(of_image.values(thumbs_spec=None))
        else:
            connection.execute(of_image.where(images.c.path == path).values(bytes=None, modified_ns=None))


def _drop_damaged_original(connection: Connection, files: FileStore, path: str) -> None:
    """Forget a damaged file and remove it. Otherwise the next replacement would take it for a good copy."""
    body = files.read(path)
    # A crawl may have stored a good copy.
    if not has_digest(body, digest_of_replaced(path)):
        files.remove(path)
        drop_originals(connection, past_images.c.original, [path])


_NEW_ELSEWHERE = select(func.count(images.c.venue_id.distinct())).where(
    images.c.sha256 == bindparam("new_sha256"),
    images.c.venue_id != bindparam("of_venue"),
    or_(images.c.written_by_run.is_(None), images.c.written_by_run < bindparam("of_run")),
)


def is_placeholder(connection: Connection, venue_id: int, old_sha256: str, new_sha256: str, run_id: int) -> bool:
    """Return whether a new image is a placeholder, which must not replace the old one.

    A placeholder is an image that PLACEHOLDER_VENUES other venues had before this run, or that an operator replaced by
    an earlier image at that many venues. The old image must belong to this venue alone, now and among replaced images.
    Changes of this run do not count: if a chain gives all its venues a new image, their order must not matter.
    """
    others = connection.scalar(_NEW_ELSEWHERE, {"new_sha256": new_sha256, "of_venue": venue_id, "of_run": run_id}) or 0
    if others < PLACEHOLDER_VENUES:
        others = count_restored_venues(connection, new_sha256)
    return (
        others >= PLACEHOLDER_VENUES
        and not _is_elsewhere(connection, old_sha256, venue_id)
        and not was_shown_elsewhere(connection, venue_id, old_sha256)
    )


def _is_elsewhere(connection: Connection, sha256: str, venue_id: int) -> bool:
    query = select(images.c.id).where(images.c.sha256 == sha256, images.c.venue_id != venue_id).limit(1)
    return connection.execute(query).first() is not None


def remove_unreferenced(connection: Connection, files: FileStore, paths: Iterable[str]) -> list[tuple[str, str]]:
    """Remove the given files, except those that are needed (see `select_paths_to_keep`).

    During the transaction no other process can store a row that names one of them.

    Return (path, error) for each file that could not be removed.
    """
    kept = []
    for path in paths:
        if select_paths_to_keep(connection, [path]):
            continue
        try:
            files.remove(path)
            announce_step(Step.REMOVED, path)
        except OSError as error:
            kept.append((path, str(error)))
    return kept


_OF_STEMS: Any = select(images.c.path, images.c.thumbs).where(images.c.stem.in_(bindparam("stems", expanding=True)))
_OF_ORIGINALS: Any = select(past_images.c.original).where(
    past_images.c.original.in_(bindparam("originals", expanding=True))
)
_OF_DIGESTS: Any = select(images.c.sha256).where(images.c.sha256.in_(bindparam("digests", expanding=True)))


def select_named_paths(connection: Connection, paths: Sequence[str]) -> set[str]:
    """Return the paths that a row names as an image, a thumbnail or the file of a replaced image."""
    stems = list({image_stem(path) for path in paths if not is_replaced(path)})
    rows = connection.execute(_OF_STEMS, {"stems": stems}) if stems else ()
    named = {path for row in rows for path in (row.path, *row.thumbs.values())}
    if originals := list(filter(is_replaced, paths)):
        named.update(connection.scalars(_OF_ORIGINALS, {"originals": originals}))
    return named.intersection(paths)


def select_paths_to_keep(connection: Connection, paths: Sequence[str]) -> set[str]:
    """Return the paths that a row names, and the kept files of images that are still in the ledger.

    The file of such an image may be kept before the row of its replacement exists: while a crawl replaces it, or after
    a crawl was killed at that moment. The row then names the kept file.
    """
    digests = {path: digest_of_replaced(path) for path in paths if is_replaced(path)}
    stored = set(connection.scalars(_OF_DIGESTS, {"digests": list(digests.values())}) if digests else ())
    return select_named_paths(connection, paths) | {path for path, digest in digests.items() if digest in stored}


def find_unshown(connection: Connection) -> list[dict[str, Any]]:
    """Return rows with a file that no event shows: left by a process that died between ledger row and pointer."""
    pointed = select(event_images.c.image_id)
    query = select(images.c.id, images.c.path, images.c.thumbs).where(
        images.c.path.is_not(None), images.c.id.not_in(pointed)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def delete_unshown(connection: Connection, image_ids: Iterable[int]) -> list[str]:
    """Delete the given rows, except those that an event shows. Return their files, to be removed after the commit."""
    paths = []
    for image_id in image_ids:
        if connection.execute(select(event_images.c.event_id).filter_by(image_id=image_id).limit(1)).first() is None:
            statement = delete(images).filter_by(id=image_id).returning(images.c.path, images.c.thumbs)
            for row in connection.execute(statement):
                paths += [path for path in (row.path, *row.thumbs.values()) if path]
    return paths


def make_record(row: Sequence[Any]) -> VenueImageRecord:
    """Return the record of a row that begins with COLUMNS."""
    return VenueImageRecord(**dict(zip(VenueImageRecord.__dataclass_fields__, row, strict=False)))
