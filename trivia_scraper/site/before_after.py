"""Replaced images and their replacements side by side: thumbnails as files of the site, and the change in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trivia_scraper.atomic import Edition
from trivia_scraper.db.engine import Store
from trivia_scraper.db.image_queries import PLACEHOLDER_VENUES
from trivia_scraper.db.queries import StoredEvent
from trivia_scraper.db.replaced_images import ReplacedByRun, read_thumbs
from trivia_scraper.errors import StorageError
from trivia_scraper.images.storage.base import FileStore
from trivia_scraper.images.validate import sha256_of
from trivia_scraper.site.image_similarity import Sample, resemblance

FOLDER = "changes"
_THREADS = 4  # the image store may be remote
_DIGITS = 20  # of the digest, in names
HAPPENED = {
    "other": "A new image",
    "altered": "The same image with other colours, another text or other edges",
    "same": "The same image",
    "shared": "An image that many other pubs show too: a placeholder, or the chain’s own",
    "own": "Its own image instead of one that many pubs show",
    "unknown": "Another file; one of the two is not kept, so they cannot be compared",
}
KINDS = {"hero": "", "performer": "the host", "logo": "the logo"}


GROUPS = {
    "shared": "Images that many pubs show",
    "altered": "Altered images",
    "own": "Their own images instead of a shared one",
    "other": "New images",
    "unknown": "Images that cannot be compared",
    "same": "The same images, in another file",
}
"""Titles by what happened, in the order in which they are worth a look."""


@dataclass(frozen=True, slots=True)
class Thumb:
    path: str
    """Of the site."""
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Pair:
    at: datetime
    slug: str
    """Of the venue."""
    kind: str
    """Empty for the photograph of a pub."""
    what: str
    """What happened: a key of HAPPENED."""
    sentence: str
    before: Thumb | None
    """None when it is not kept."""
    after: Thumb | None
    facts_before: str
    facts_after: str


class BeforeAfter:
    """The replaced images of one edition of the site. events: all stored ones, to find who else shows an image."""

    def __init__(self, edition: Edition, store: Store, files: FileStore, events: Iterable[StoredEvent]) -> None:
        self._edition = edition
        self._store = store
        self._files = files
        self._made: dict[str, Thumb | None] = {}
        """Digest -> thumbnail, or None when it cannot be decoded."""
        self._samples: dict[str, Sample] = {}
        """Path of a thumbnail -> what is compared of it."""
        self._venues_with: dict[str, set[str]] = {}
        for event in events:
            for image in event.images:
                self._venues_with.setdefault(image.sha256 or "", set()).add(str(event.venue.slug))

    def pairs(self, replaced: Sequence[ReplacedByRun]) -> list[Pair]:
        """Return both sides of each replacement. Raises StorageError."""
        kept = self._store.read(read_thumbs, {number for row in replaced for number in (row.id, row.next_id) if number})
        paths = [None if row.next_id else row.thumb_path for row in replaced]
        with ThreadPoolExecutor(_THREADS) as workers:
            stored = list(workers.map(self._read, paths))
            digests = {body: sha256_of(body) for body in (*kept.values(), *stored) if body}
            new = {digest: body for body, digest in digests.items() if digest not in self._made}
            for digest, sample in zip(new, workers.map(Sample.of, new.values()), strict=True):
                self._made[digest] = self._publish(digest, new[digest], sample) if sample else None
        found = []
        for row, body in zip(replaced, stored, strict=True):
            after = kept.get(row.next_id) if row.next_id else body
            before, now = (self._made[digests[each]] if each else None for each in (kept.get(row.id), after))
            what = self._happened(row, before, now)
            sentence = HAPPENED[what]
            if what == "same":
                sentence = f"{sentence}, {_how_anew(row.before, row.after)}"
            facts = _facts(row.before), _facts(row.after)
            found.append(Pair(row.at, row.slug, KINDS.get(row.kind, row.kind), what, sentence, before, now, *facts))
        return found

    def _read(self, path: str | None) -> bytes | None:
        try:
            return self._files.read(path) if path else None
        except StorageError:
            raise
        except OSError:
            return None

    def _publish(self, digest: str, body: bytes, sample: Sample) -> Thumb:
        """Write the thumbnail as it is: a crawl made it, and it opens as a JPEG."""
        path = f"{FOLDER}/{digest[:_DIGITS]}.jpg"
        self._edition.write(path, body)
        self._samples[path] = sample
        return Thumb(path, sample.width, sample.height)

    def _happened(self, row: ReplacedByRun, before: Thumb | None, after: Thumb | None) -> str:
        alike: str = "unknown"
        if before and after:
            alike = resemblance(self._samples[before.path], self._samples[after.path])
        if alike == "same" or row.kind != "hero":  # many venues may have the same host
            return alike
        if self._is_everywhere(row.after, row.slug):
            return "shared"
        return "own" if self._is_everywhere(row.before, row.slug) else alike

    def _is_everywhere(self, facts: Mapping[str, Any], slug: str) -> bool:
        """Return whether many other venues show the image."""
        others = self._venues_with.get(facts["sha256"] or "", set()) - {slug}
        return len(others) >= PLACEHOLDER_VENUES


def _how_anew(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    if (before["width"], before["height"]) != (after["width"], after["height"]):
        return "in another size"
    return "encoded again" if before["format"] == after["format"] else f"now as {after['format']}"


def _facts(of: Mapping[str, Any]) -> str:
    """Return "JPEG, 960 × 540, 71 kB"."""
    size = f"{of['width']} × {of['height']}" if of["width"] else ""
    weight = f"{of['bytes'] / 1000:,.0f} kB" if of["bytes"] else ""
    return ", ".join(filter(None, (of["format"], size, weight)))
