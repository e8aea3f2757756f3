"""Replaced images and their replacements side by side: thumbnails as files of the site, and the change in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any

from PIL import Image

from trivia_scraper.atomic import Edition
from trivia_scraper.db.engine import Store
from trivia_scraper.db.image_queries import PLACEHOLDER_VENUES
from trivia_scraper.db.queries import StoredEvent
from trivia_scraper.db.replaced_images import ReplacedByRun, read_thumbs
from trivia_scraper.errors import StorageError
from trivia_scraper.images.digests import sha256_of
from trivia_scraper.images.policy import ImageError
from trivia_scraper.images.storage.base import FileStore
from trivia_scraper.images.validate import examine
from trivia_scraper.site.image_similarity import Sample, resemblance
from trivia_scraper.site.images import Sizes

FOLDER = "changes"
_THREADS = 4  # the image store may be remote
_DIGITS = 20  # of the digest, in names
_WHOLE = 720  # pixels of the longer side
MOST_WHOLES = 300
"""Whole replaced images of one build. Each costs about as much as an image of the site."""
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
    whole_before: Thumb | None
    """The whole image, where the site has it: thumbnails may be cut to a square."""
    whole_after: Thumb | None

    @property
    def shows_whole(self) -> bool:
        """Return whether both whole images can be compared."""
        return bool(self.whole_before and self.whole_after)


class BeforeAfter:
    """The replaced images of one edition of the site.

    sizes: of its images, by digest. events: all stored ones, to find who else shows an image.
    """

    def __init__(
        self,
        edition: Edition,
        store: Store,
        files: FileStore,
        sizes: Mapping[str, Sizes],
        events: Iterable[StoredEvent],
    ) -> None:
        self._edition = edition
        self._sizes = sizes
        self._wholes: dict[str, Thumb | None] = {}
        """Digest -> whole replaced image, or None when it cannot be decoded."""
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
        thumbs, happened = [], []
        for row, body in zip(replaced, stored, strict=True):
            after = kept.get(row.next_id) if row.next_id else body
            before, now = (self._made[digests[each]] if each else None for each in (kept.get(row.id), after))
            thumbs.append((before, now))
            happened.append(self._happened(row, before, now))
        self._publish_wholes(row for row, what in zip(replaced, happened, strict=True) if what == "altered")
        found = []
        for row, what, both in zip(replaced, happened, thumbs, strict=True):
            sentence = HAPPENED[what]
            if what == "same":
                sentence = f"{sentence}, {_how_anew(row.before, row.after)}"
            facts, wholes = zip(*((_facts(each), self._whole(each)) for each in (row.before, row.after)), strict=True)
            kind = KINDS.get(row.kind, row.kind)
            found.append(Pair(row.at, row.slug, kind, what, sentence, *both, *facts, *wholes))
        return found

    def _publish_wholes(self, altered: Iterable[ReplacedByRun]) -> None:
        """Publish the replaced images of these rows, where the site has both and the eye has to compare them."""
        paths = {
            str(row.before["sha256"]): row.original
            for row in altered
            if row.original and row.after["sha256"] in self._sizes and row.before["sha256"] not in self._sizes
        }
        new = [digest for digest in paths if digest not in self._wholes][: MOST_WHOLES - len(self._wholes)]
        with ThreadPoolExecutor(_THREADS) as workers:
            wholes = workers.map(lambda digest: _decode(digest, self._read(paths[digest])), new)
            for digest, body in zip(new, wholes, strict=True):
                self._wholes[digest] = None
                if body:
                    path = f"{FOLDER}/{digest[:_DIGITS]}-whole.jpg"
                    self._edition.write(path, body)
                    self._wholes[digest] = Thumb(path, *Image.open(BytesIO(body)).size)

    def _whole(self, facts: Mapping[str, Any]) -> Thumb | None:
        if sizes := self._sizes.get(facts["sha256"] or ""):
            size = next((each for each in sizes if each.width >= _WHOLE or each.height >= _WHOLE), sizes[-1])
            return Thumb(size.path, size.width, size.height)
        return self._wholes.get(facts["sha256"] or "")

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


def _decode(digest: str, body: bytes | None) -> bytes | None:
    """Return a stored image as a JPEG, if these are its bytes: stored bytes may also be a page or an archive."""
    if not body or sha256_of(body) != digest:
        return None
    with suppress(ImageError):  # an earlier version may have stored what this one refuses
        return examine(body, thumbs={"whole": (_WHOLE, _WHOLE)}, fit=True).thumbs["whole"]
    return None


def _how_anew(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    if (before["width"], before["height"]) != (after["width"], after["height"]):
        return "in another size"
    return "encoded again" if before["format"] == after["format"] else f"now as {after['format']}"


def _facts(of: Mapping[str, Any]) -> str:
    """Return "JPEG, 960 × 540, 71 kB"."""
    size = f"{of['width']} × {of['height']}" if of["width"] else ""
    weight = f"{of['bytes'] / 1000:,.0f} kB" if of["bytes"] else ""
    return ", ".join(filter(None, (of["format"], size, weight)))
