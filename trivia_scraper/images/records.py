"""Data classes for one image: its record in the ledger, the work on it in a run, and the outcome."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from trivia_scraper.formatting import iso
from trivia_scraper.images.policy import Decision, FileState, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRecord:
    """The row of a ledger for one path and URL. `path` is None until a file is stored.

    Paths are relative to the store. Sizes are in bytes and in pixels, before any EXIF orientation.
    """

    id: int | None = None
    """The row's number; None until the ledger has the row."""
    url: str
    stem: str
    """The path without its suffix, which depends on the bytes."""
    path: str | None = None
    checksum: str | None = None
    """MD5 of the stored file; None for rows of versions that did not record it."""
    sha256: str | None = None
    format: str | None = None
    bytes: int | None = None
    modified_ns: int | None = None
    """Modification time of the stored file. It shows whether something else changed the file."""
    width: int | None = None
    height: int | None = None
    thumbs: dict[str, str] = field(default_factory=dict)
    """Name -> path."""
    thumbs_spec: str | None = None
    """How the thumbnails were made. If the settings differ, they are made again."""
    etag: str | None = None
    last_modified: str | None = None
    fetched_at: datetime | None = None
    """When these bytes last came from the publisher."""
    checked_at: datetime | None = None
    """When the publisher last confirmed them."""

    @property
    def paths(self) -> list[str]:
        """The paths of the stored file and its thumbnails."""
        return [path for path in (self.path, *self.thumbs.values()) if path]


FIELDS = tuple(ImageRecord.__dataclass_fields__)
_RESULT_FIELDS = ("path", "checksum", "sha256", "bytes", "width", "height", "format")


@dataclass(slots=True)
class ImageWork:
    """The work on one image of one item. A worker thread makes it; from then on only the event loop changes it."""

    record: ImageRecord
    shown: ImageRecord | None = None
    """The image from another URL that this one replaces. It stays after a failure."""
    file: FileState | None = None
    """None if no file was ever stored for this record."""
    fallback: ImageRecord | None = None
    """The image that a failure keeps if the file is not the recorded one: a valid image at its path, or `shown`."""
    lacks_thumbs: bool = False
    adopted: bool = False
    """Whether the record was just made for a file that had none."""
    decision: Decision | None = None
    outcome: Outcome | None = None
    persisted: list[Persisted] = field(default_factory=list)
    """Files that an overridden hook stored."""
    pinned: bool = False
    """Whether an operator chose the stored image, so that the publisher's does not replace it."""

    @property
    def last_good(self) -> ImageRecord | None:
        """The image that a failure keeps."""
        return self.record if self.file == "ok" else self.fallback

    @property
    def replaces(self) -> list[ImageRecord]:
        """The stored images that a new one replaces: at its path, and in its item."""
        return [each for each in (self.shown, self.record) if each is not None and each.path]


@dataclass(frozen=True, slots=True)
class ReplacedImage:
    """An image that another one replaces."""

    record: ImageRecord
    thumbnail: bytes | None = None
    """The smallest one, if the ledger keeps thumbnails."""
    original: str | None = None
    """The path at which its file is kept, if it is kept."""


@dataclass(frozen=True, slots=True)
class Persisted:
    path: str
    body: bytes
    modified_ns: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one image. `record` is the image that the item has now, if any."""

    url: str
    status: Status
    reason: str
    record: ImageRecord | None
    changed: bool = False
    """Whether the bytes differ from those that were stored."""
    error: str | None = None

    @classmethod
    def from_record(cls, record: ImageRecord, status: Status, reason: str, *, changed: bool = False) -> Self:
        return cls(record.url, status, reason, record, changed)

    def as_result(self) -> dict[str, Any]:
        """Return the dict that Scrapy puts into the item, with times as text in UTC."""
        record = self.record
        result = {"url": self.url} | {name: getattr(record, name, None) for name in _RESULT_FIELDS}
        fetched_at, checked_at = (record.fetched_at, record.checked_at) if record else (None, None)
        return result | {
            "status": str(self.status),
            "reason": str(self.reason),
            "changed": self.changed,
            "thumbs": dict(record.thumbs) if record else {},
            "fetched_at": iso(fetched_at) if fetched_at else None,
            "checked_at": iso(checked_at) if checked_at else None,
            "error": self.error,
        }
