"""The site's own images, made from the stored ones.

A stored file is never published: it may be a page or an archive at the same time.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

from PIL import Image

from trivia_scraper.atomic import Edition
from trivia_scraper.db.queries import StoredImage
from trivia_scraper.errors import StorageError
from trivia_scraper.images.digests import sha256_of
from trivia_scraper.images.policy import ImageError
from trivia_scraper.images.storage.base import FileStore
from trivia_scraper.images.validate import examine

WIDTHS = (360, 720, 1440)
FOLDER = "images"
_THREADS = 2
_DIGITS = 20  # of the stored image's digest, in names
_OWN_DIGITS = 12  # of the digest of the file itself
_BEFORE = f"{FOLDER}/of-the-version-before.txt"
"""Names of the images that no page of a version shows: they are there for readers who have older pages open."""
_RECIPE = "2"  # another one whenever the same stored image gives other files
_NAME = re.compile(
    rf"{_RECIPE}-(?P<digest>[0-9a-f]{{{_DIGITS}}})-(?P<width>\d+)x(?P<height>\d+)-(?P<own>[0-9a-f]{{{_OWN_DIGITS}}})\.jpg"
)


@dataclass(frozen=True, slots=True, order=True)
class Size:
    """A file of an image. Width and height are in pixels."""

    width: int
    height: int
    path: str


Loss = Literal["missing", "damaged"]
Sizes = tuple[Size, ...]
"""The files of one image, the smallest first; never empty."""


@dataclass(frozen=True, slots=True)
class Made:
    """Sizes by digest, and numbers of images. A missing or damaged one does not stop the build."""

    sizes: dict[str, Sizes]
    kept: int
    made: int
    missing: int
    damaged: int


def add_images(edition: Edition, stored: Iterable[StoredImage], files: FileStore) -> Made:
    """Make the sizes of each of these images, or keep those of the previous version that are whole.

    A name has the digests of the stored image and of the file itself: a changed image has other names, and a file that
    a power cut damaged is noticed.

    Raises StorageError when the store cannot be read, OSError when the edition cannot be written.
    """
    paths: defaultdict[str, set[str]] = defaultdict(set)
    for image in stored:
        if image.sha256 and image.path:
            paths[image.sha256].add(image.path)
    previous = _previous_files(edition)
    sizes = {digest: found for digest in paths if (found := _kept(edition, previous.get(digest[:_DIGITS])))}
    kept = len(sizes)
    lost = {"missing": 0, "damaged": 0}
    new = sorted(paths.keys() - sizes.keys())
    # Pillow works outside the interpreter's lock.
    with ThreadPoolExecutor(_THREADS) as workers:
        results = workers.map(lambda digest: _make(edition, digest, sorted(paths[digest]), files), new)
        for digest, result in zip(new, results, strict=True):
            if isinstance(result, str):
                lost[result] += 1
            else:
                sizes[digest] = result
    _keep_for_readers(edition, sizes.values())
    return Made(sizes, kept, len(sizes) - kept, **lost)


def _keep_for_readers(edition: Edition, sizes: Iterable[Sizes]) -> None:
    """Keep the images that only the previous version shows. A reader may have its pages open, and feeds and chats link
    to them. The next build drops them.
    """
    shown = {size.path.rpartition("/")[2] for each in sizes for size in each}
    try:
        previous = {name for name in edition.list_previous(FOLDER) if name.endswith(".jpg")}
        dropped = edition.read_previous(_BEFORE).decode().split()
    except FileNotFoundError:  # the previous version had no such images
        dropped = []
    except OSError:  # of a damaged disk
        return
    kept = []
    for name in sorted(previous.difference(shown, dropped)):
        with suppress(OSError):
            edition.keep(f"{FOLDER}/{name}")
            kept.append(name)
    if kept:
        edition.write(_BEFORE, "".join(f"{name}\n" for name in kept))


def _kept(edition: Edition, names: list[re.Match[str]] | None) -> Sizes:
    """Keep these files if all can be read and are whole. Return their sizes, else none."""
    found = []
    for name in names or ():
        size = Size(int(name["width"]), int(name["height"]), f"{FOLDER}/{name[0]}")
        try:
            body = edition.read_previous(size.path)
        except OSError:  # of a damaged disk
            return ()
        if not sha256_of(body).startswith(name["own"]):
            return ()
        found.append(size)
    for size in found:
        edition.keep(size.path)
    return tuple(sorted(found))


def _make(edition: Edition, digest: str, paths: Iterable[str], files: FileStore) -> Sizes | Loss:
    """Make the sizes from the first of the files that has the bytes of this digest."""
    loss: Loss = "missing"
    for path in paths:
        try:
            body = files.read(path)
        except StorageError as error:
            raise StorageError(f"the stored images cannot be read: {error}.") from None
        except OSError:
            loss = "damaged"
            continue
        if body is None:
            continue
        if sha256_of(body) == digest:
            return _made(edition, digest, body)
        loss = "damaged"
    return loss


def _made(edition: Edition, digest: str, body: bytes) -> Sizes | Loss:
    try:
        thumbs = examine(body, thumbs={str(width): (width, width) for width in WIDTHS}, fit=True).thumbs
    except ImageError:  # of an earlier version, which let in what this one does not
        return "damaged"
    made: dict[Size, bytes] = {}
    for thumb in thumbs.values():
        width, height = Image.open(BytesIO(thumb)).size
        own = sha256_of(thumb)[:_OWN_DIGITS]
        made[Size(width, height, f"{FOLDER}/{_RECIPE}-{digest[:_DIGITS]}-{width}x{height}-{own}.jpg")] = thumb
    for size, thumb in made.items():
        edition.write(size.path, thumb)
    return tuple(sorted(made))


def _previous_files(edition: Edition) -> dict[str, list[re.Match[str]]]:
    """Return beginning of a digest -> names of its files in the previous version."""
    found: defaultdict[str, list[re.Match[str]]] = defaultdict(list)
    try:
        names = edition.list_previous(FOLDER)
    except OSError:
        return found
    for name in names:
        if match := _NAME.fullmatch(name):
            found[match["digest"]].append(match)
    return found
