"""Compares, decodes, writes and records one image. Everything here runs in a worker thread."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from io import BytesIO
from typing import Any

from scrapy.http import Response

from trivia_scraper.clock import utc_now
from trivia_scraper.images.crash_points import Step, announce_step
from trivia_scraper.images.digests import md5_of, sha256_of
from trivia_scraper.images.downloads import read_validators
from trivia_scraper.images.formats import FORMATS, format_of
from trivia_scraper.images.ledger import Ledger, SupersededError
from trivia_scraper.images.paths import Size, describe_thumbs, find_smallest_thumb, get_stem
from trivia_scraper.images.policy import FileState, ImageError, Reason, Status
from trivia_scraper.images.records import ImageRecord, ImageWork, Outcome, ReplacedImage
from trivia_scraper.images.storage.base import FileStat, FileStore, compare_file, have_content, read_if_possible
from trivia_scraper.images.validate import CheckedImage, examine

_WRITES = 3  # attempts to write an image whose file another process removes before its row is saved

Converted = Iterable[tuple[str, Any, BytesIO]]
"""What Scrapy's get_images yields: path, Pillow image and bytes, first of the image, then of its thumbnails."""
ThumbFiles = dict[str, tuple[str, bytes]]
"""Name -> path and bytes."""


@dataclass(frozen=True)
class ImageStorer:
    """Stores images in `files` and records them in `ledger`.

    minimum: width and height in pixels below which an image is rejected. thumbs: name -> size in pixels. fit:
    thumbnails show the whole image instead of filling their size. kept_path: returns the path at which to keep the file
    of a replaced image, or None. on_not_kept: called with the error if a file could not be kept.
    """

    files: FileStore
    ledger: Ledger
    minimum: Size
    thumbs: Mapping[str, Size]
    fit: bool
    kept_path: Callable[[ImageRecord], str | None] = lambda record: None
    on_not_kept: Callable[[OSError], None] = lambda error: None

    @cached_property
    def thumbs_spec(self) -> str:
        return describe_thumbs(self.thumbs, fit=self.fit)

    def compare_file(self, record: ImageRecord) -> FileState:
        size, sha256 = record.bytes or 0, record.sha256 or ""
        return compare_file(self.files, str(record.path), size, record.modified_ns, sha256)[0]

    def find_intact(self, record: ImageRecord | None) -> ImageRecord | None:
        """Return a record that describes the valid image at its path, or None if there is none.

        After a crash between file and row, the path has another image than the recorded one. Then the record is made
        from the file.
        """
        if record is None or record.path is None:
            return None
        try:
            if self.compare_file(record) == "ok":
                return record
            body = self.files.read(record.path)
            image = self.examine(body or b"", thumbs=False)
        except (ImageError, OSError):
            return None
        assert body is not None
        blank = ImageRecord(id=record.id, url=record.url, stem=record.stem, path=record.path)
        return replace(blank, **_describe(body, image, FileStat(len(body), record.modified_ns)))

    def note_fallback(self, work: ImageWork) -> None:
        """Note which image a failure keeps if the file is not the recorded one."""
        if work.file != "ok":
            work.fallback = self.find_intact(work.record) or self.find_intact(work.shown)

    def has_thumbs(self, record: ImageRecord) -> bool:
        """Return whether the store has the thumbnails that the settings ask for."""
        wanted = record.thumbs_spec == self.thumbs_spec and record.thumbs.keys() == self.thumbs.keys()
        return wanted and have_content(self.files, record.thumbs.values())

    def examine(self, body: bytes, sha256: str | None = None, *, thumbs: bool = True) -> CheckedImage:
        """Check an image and make its thumbnails, unless `thumbs` is False. Raises ImageError."""
        sizes = self.thumbs if thumbs else None
        return examine(body, minimum=self.minimum, thumbs=sizes, fit=self.fit, sha256=sha256)

    def adopt(self, blank: ImageRecord, path: str, thumbs: dict[str, str]) -> ImageRecord:
        """Record a file that has no record, as confirmed at its mtime. Return `blank` if there is no valid image."""
        found = self._find_file(path)
        if found is None:
            return blank
        path, body, image, stat = found
        has_thumbs = have_content(self.files, thumbs.values())
        stored_at = datetime.fromtimestamp((stat.modified_ns or 0) / 1e9, UTC)
        adopted = replace(
            blank,
            path=path,
            thumbs=thumbs if has_thumbs else {},
            thumbs_spec=self.thumbs_spec if has_thumbs else None,
            fetched_at=stored_at,
            checked_at=stored_at,
            **_describe(body, image, stat),
        )
        return self.ledger.save(blank, adopted, Status.UPTODATE, Reason.ADOPTED)

    def _find_file(self, path: str) -> tuple[str, bytes, CheckedImage, FileStat] | None:
        """Return path, bytes, facts and stat of the image at a path, or at that path with another suffix."""
        for each in (path, *(f"{get_stem(path)}.{known.suffixes[0]}" for known in FORMATS)):
            stat = None if self.files.trusted else self.files.stat(each)
            with suppress(ImageError, OSError):
                body = self.files.read(each) if stat is not None else None
                if stat is not None and body is not None:
                    return each, body, self.examine(body, thumbs=False), stat
        return None

    def note_copy(self, record: ImageRecord) -> ImageRecord:
        """Record the mtime of a restored file, whose bytes are the recorded ones. Else every run would read it."""
        stat = None if self.files.trusted else self.files.stat(str(record.path))
        if stat is None or stat.modified_ns == record.modified_ns:
            return record
        try:
            return self.ledger.save(record, replace(record, modified_ns=stat.modified_ns))
        except (OSError, SupersededError):
            return record  # the next run tries again

    def confirm(self, record: ImageRecord) -> Outcome:
        """Record a 304. The file is not touched."""
        confirmed = replace(record, checked_at=utc_now())
        confirmed = self.ledger.save(record, confirmed, Status.UPTODATE, Reason.NOT_MODIFIED)
        return Outcome.from_record(confirmed, Status.UPTODATE, Reason.NOT_MODIFIED)

    def keep_shown(self, work: ImageWork) -> None:
        """Keep the file of the image that the event showed, if another stored image replaces it. Raises OSError."""
        if work.shown is not None and work.shown.sha256 != work.record.sha256:
            self.ledger.save(work.record, work.record, replaced=[self._keep_replaced(work.shown)])

    def store_bytes(self, work: ImageWork, body: bytes, path: str, thumbs: dict[str, str]) -> ImageRecord:
        """Store bytes that do not come from a download. They count as never confirmed.

        Raises ImageError, OSError and SupersededError; the stored image is then unchanged.
        """
        image = self.examine(body)
        unconfirmed = dict.fromkeys(("fetched_at", "checked_at", "etag", "last_modified"))
        thumb_files = {name: (thumbs[name], made) for name, made in image.thumbs.items()}
        stored = self._write(work, None, path, body, image, thumb_files, unconfirmed).record
        assert stored is not None
        return stored

    def store(
        self,
        work: ImageWork,
        reason: str,
        response: Response,
        path: str,
        thumbs: dict[str, str],
        *,
        may_replace: Callable[[ImageWork, CheckedImage], bool],
        convert: Callable[[], Converted] | None,
    ) -> Outcome:
        """Store the image of an answer unless the same bytes are stored already.

        reason: why it was downloaded. thumbs: name -> path. convert: makes the bytes to store, if not the served ones.
        Raises ImageError; the stored image is then unchanged.
        """
        body = response.body
        sha256 = sha256_of(body)
        times = _get_times(response)
        try:
            if convert is None and self._is_stored(work, sha256, body):
                return self._confirm_unchanged(work.record, body, times)
            image = self.examine(body, sha256, thumbs=convert is None)
            if not may_replace(work, image):
                raise ImageError(Reason.PLACEHOLDER, "it may not replace the stored image")
            thumb_files = {name: (thumbs[name], made) for name, made in image.thumbs.items()}
            if convert is not None:
                path, body, image, thumb_files = _read_converted(convert(), image, list(thumbs))
                if self._is_stored(work, image.sha256, body):
                    return self._confirm_unchanged(work.record, body, times)
            return self._write(work, reason, path, body, image, thumb_files, times)
        except (OSError, SupersededError) as error:
            raise ImageError(Reason.STORAGE, f"it could not be stored: {error}") from None

    def remake_thumbs(self, record: ImageRecord, thumbs: dict[str, str]) -> ImageRecord:
        """Make the thumbnails from the stored image. Raises OSError, ImageError and SupersededError."""
        body = self.files.read(str(record.path))
        if body is None:
            raise FileNotFoundError(record.path)
        made = self.examine(body).thumbs
        for name, thumb in made.items():
            self.files.write(thumbs[name], thumb, durable=False)
        remade = replace(record, thumbs={name: thumbs[name] for name in made}, thumbs_spec=self.thumbs_spec)
        return self.ledger.save(record, remade)

    def record_persisted(self, work: ImageWork, reason: str, response: Response) -> Outcome:
        """Record the files that an overridden hook stored; the first one is the image."""
        (first, *others), record = work.persisted, work.record
        try:
            image = self.examine(first.body, thumbs=False)
        except ImageError:
            image = CheckedImage("", 0, 0, sha256_of(first.body))
        stored = replace(
            record,
            path=first.path,
            thumbs=dict(zip(self.thumbs, (each.path for each in others), strict=False)),
            thumbs_spec=self.thumbs_spec,
            **_get_times(response),
            **_describe(first.body, image, FileStat(len(first.body), first.modified_ns)),
        )
        try:
            stored = self.ledger.save(record, stored, Status.DOWNLOADED, reason, written=True)
        except (OSError, SupersededError) as error:
            raise ImageError(Reason.STORAGE, f"it could not be recorded: {error}") from None
        return Outcome.from_record(stored, Status.DOWNLOADED, reason, changed=record.sha256 != stored.sha256)

    def _is_stored(self, work: ImageWork, sha256: str, body: bytes) -> bool:
        """Return whether the stored file has exactly these bytes. Return False if it cannot be read."""
        if work.file != "ok" or sha256 != work.record.sha256:
            return False
        return read_if_possible(self.files, str(work.record.path)) == body

    def _confirm_unchanged(self, record: ImageRecord, body: bytes, times: dict[str, Any]) -> Outcome:
        seen = replace(record, checksum=record.checksum or md5_of(body), **times)
        return Outcome.from_record(
            self.ledger.save(record, seen, Status.UPTODATE, Reason.UNCHANGED), Status.UPTODATE, Reason.UNCHANGED
        )

    def _write(
        self,
        work: ImageWork,
        reason: str | None,
        path: str,
        body: bytes,
        image: CheckedImage,
        thumb_files: ThumbFiles,
        times: dict[str, Any],
    ) -> Outcome:
        record = work.record
        announce_step(Step.DECODED, path)
        # Keep the old files before the new ones overwrite them.
        replaced = [self._keep_replaced(each) for each in work.replaces if each.sha256 != image.sha256]
        if any(each.original for each in replaced):
            announce_step(Step.KEPT, path)
        status = Status.DOWNLOADED if reason else None
        for _ in range(_WRITES):
            stat = self.files.write(path, body)
            thumbs, spec = self._write_thumbs(thumb_files)
            announce_step(Step.THUMBNAILS, path)
            stored = replace(
                record, path=path, thumbs=thumbs, thumbs_spec=spec, **_describe(body, image, stat), **times
            )
            try:
                stored = self.ledger.save(record, stored, status, reason, written=True, replaced=replaced)
            except FileNotFoundError:
                continue
            announce_step(Step.LEDGER, path)
            return Outcome.from_record(stored, Status.DOWNLOADED, reason or "", changed=record.sha256 != stored.sha256)
        raise FileNotFoundError(f"{path} was removed {_WRITES} times before its row was written")

    def _write_thumbs(self, thumb_files: ThumbFiles) -> tuple[dict[str, str], str | None]:
        """Write thumbnails. Return their paths and spec, or none if that fails: the next run makes them again."""
        try:
            for path, thumb in thumb_files.values():
                self.files.write(path, thumb, durable=False)
        except OSError:
            return {}, None
        return {name: path for name, (path, _) in thumb_files.items()}, self.thumbs_spec

    def _keep_replaced(self, record: ImageRecord) -> ReplacedImage:
        """Keep the file and the thumbnail of an image that is replaced.

        A file that cannot be kept is reported and lost, since that must not prevent the replacement.
        """
        original = self.kept_path(record)
        try:
            # After a crash between file and row, the path has the new bytes already, and the old file was kept before.
            if original is not None and self.compare_file(record) == "ok":
                self.files.keep(str(record.path), original)
        except OSError as error:
            self.on_not_kept(error)
            original = None
        return ReplacedImage(record, self._read_thumbnail(record), original)

    def _read_thumbnail(self, record: ImageRecord) -> bytes | None:
        if not self.ledger.keeps_thumbnails:
            return None
        path = find_smallest_thumb(record.thumbs, record.thumbs_spec)
        try:
            return self.files.read(path) if path else None
        except OSError:
            return None


def _read_converted(
    made: Converted, image: CheckedImage, names: list[str]
) -> tuple[str, bytes, CheckedImage, ThumbFiles]:
    """Return path, bytes, facts and thumbnails of what an overridden get_images or convert_image made."""
    files = []
    for path, pillow_image, buffer in made:
        files.append((path, buffer.getvalue(), pillow_image.size))
    (path, body, (width, height)), *others = files
    known = format_of(body)
    thumb_files = {name: (each, thumb) for name, (each, thumb, _) in zip(names, others, strict=False)}
    return (
        path,
        body,
        CheckedImage(known.pillow if known else image.format, width, height, sha256_of(body)),
        thumb_files,
    )


def _get_times(response: Response) -> dict[str, Any]:
    """Return the times and validators of an image that has just been downloaded."""
    now = utc_now()
    # An answer of Scrapy's HTTP cache is of unknown age, so it does not confirm the image.
    checked_at = None if "cached" in response.flags else now
    return {"fetched_at": now, "checked_at": checked_at, **read_validators(response)}


def _describe(body: bytes, image: CheckedImage, stat: FileStat) -> dict[str, Any]:
    return {
        "checksum": md5_of(body),
        "sha256": image.sha256,
        "format": image.format,
        "bytes": stat.bytes,
        "modified_ns": stat.modified_ns,
        "width": image.width,
        "height": image.height,
    }
