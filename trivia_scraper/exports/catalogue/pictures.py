"""The site's own pictures: what readers get is made here from the stored ones, never a stored file itself, whose bytes
may be a page or an archive besides."""

from __future__ import annotations

import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from itertools import chain

from PIL import Image

from trivia_scraper.exports.publishing import Edition
from trivia_scraper.images.decode import NotAPictureError, Picture, examine
from trivia_scraper.images.filestore import FileStore, FileStoreError
from trivia_scraper.store.reading import StoredImage

WIDTHS = (360, 720, 1440)
FOLDER = "pictures"
_THREADS = 2
_DIGITS = 20  # of the digest, in names
_RECIPE = "1"  # another one whenever the same stored picture gives other files
_NAME = re.compile(rf"{_RECIPE}-(?P<digest>[0-9a-f]{{{_DIGITS}}})-(?P<width>\d+)x(?P<height>\d+)\.jpg")


@dataclass(frozen=True, slots=True, order=True)
class Size:
    """A file of a picture, in pixels."""

    width: int
    height: int
    path: str


Sizes = tuple[Size, ...]
"""Of one picture, the smallest first; never empty."""


@dataclass(frozen=True, slots=True)
class Made:
    """digest -> sizes; the losses are counted, and no reason to fail."""

    sizes: dict[str, Sizes]
    kept: int
    made: int
    missing: int
    damaged: int


def add_pictures(edition: Edition, stored: Iterable[StoredImage], files: FileStore) -> Made:
    """Makes the sizes of each of these pictures, or keeps those that the edition before
    has. The name has the digest of the stored picture, so a changed one is another file."""
    wanted = {image.sha256: image.path for image in stored if image.sha256 and image.path}
    earlier = _earlier(edition)
    sizes = {digest: earlier[name] for digest in wanted if (name := digest[:_DIGITS]) in earlier}
    for size in chain.from_iterable(sizes.values()):
        edition.keep(size.path)
    kept = len(sizes)
    lost = {"missing": 0, "damaged": 0}

    def make(digest: str) -> tuple[str, Sizes | str]:
        return digest, _make(edition, digest, wanted[digest], files)

    # Pillow works outside the interpreter's lock.
    with ThreadPoolExecutor(_THREADS) as workers:
        for digest, result in workers.map(make, sorted(wanted.keys() - sizes.keys())):
            if isinstance(result, str):
                lost[result] += 1
            else:
                sizes[digest] = result
    return Made(sizes, kept, len(sizes) - kept, **lost)


def _make(edition: Edition, digest: str, path: str, files: FileStore) -> Sizes | str:
    try:
        body = files.read(path)
    except FileStoreError:
        raise
    except OSError:
        body = None
    if body is None:
        return "missing"
    if Picture.digest(body) != digest:
        return "damaged"
    try:
        thumbs = examine(body, thumbs={str(width): (width, width) for width in WIDTHS}, fit=True).thumbs
    except NotAPictureError:
        return "damaged"
    made: dict[Size, bytes] = {}
    for thumb in thumbs.values():
        width, height = Image.open(BytesIO(thumb)).size
        made[Size(width, height, f"{FOLDER}/{_RECIPE}-{digest[:_DIGITS]}-{width}x{height}.jpg")] = thumb
    for size, thumb in made.items():
        edition.write(size.path, thumb)
    return tuple(sorted(made))


def _earlier(edition: Edition) -> dict[str, Sizes]:
    found: dict[str, list[Size]] = {}
    for name in edition.earlier(FOLDER):
        if match := _NAME.fullmatch(name):
            size = Size(int(match["width"]), int(match["height"]), f"{FOLDER}/{name}")
            found.setdefault(match["digest"], []).append(size)
    return {digest: tuple(sorted(sizes)) for digest, sizes in found.items()}
