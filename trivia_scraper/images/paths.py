"""Paths of images and thumbnails inside a store."""

from __future__ import annotations

import re
from collections.abc import Mapping
from posixpath import splitext

from trivia_scraper.images.formats import FORMATS

Size = tuple[int, int]
"""Width and height in pixels."""
_THUMBS = "/thumbs/"
_SUFFIXES = {f".{suffix}" for each in FORMATS for suffix in each.suffixes}


def get_stem(path: str) -> str:
    """Return a path without the suffix of its image format."""
    stem, suffix = splitext(path)
    return stem if suffix.lower() in _SUFFIXES else path


def make_thumb_path(stem: str, name: str) -> str:
    """Return the path of a thumbnail beside its image: `venues/the-fox/thumbs/small/bar.jpg`."""
    folder, _, file = stem.rpartition("/")
    return f"{folder}{_THUMBS}{name}/{file}.jpg"


def image_stem(path: str) -> str:
    """Return the stem of an image's path, or of the image that a thumbnail's path belongs to."""
    folder, is_thumb, rest = path.rpartition(_THUMBS)
    _, is_sized, name = rest.partition("/")  # the folder of an image may be called thumbs
    return get_stem(f"{folder}/{name}" if is_thumb and is_sized else path)


def is_thumb(path: str) -> bool:
    return image_stem(path) != get_stem(path)


def describe_thumbs(sizes: Mapping[str, Size], *, fit: bool) -> str:
    """Return a text that describes how thumbnails are made. If it differs from the ledger's, they are made again."""
    described = " ".join(f"{name}={width}x{height}" for name, (width, height) in sorted(sizes.items()))
    return f"{'fit' if fit else 'fill'} {described}"


def find_smallest_thumb(thumbs: Mapping[str, str], made_as: str | None) -> str | None:
    """Return the path of the thumbnail with the fewest pixels. thumbs: name -> path. made_as: their `thumbs_spec`."""
    areas = {
        name: int(width) * int(height)
        for name, width, height in re.findall(r"(\S+)=(\d+)x(\d+)", made_as or "")
        if name in thumbs
    }
    return thumbs[min(areas, key=lambda name: areas[name])] if areas else None
