"""Puts a picture and its thumbnails where they belong, and only when the bytes there are not the same already."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from trivia_scraper.images.crash_points import Step, reached
from trivia_scraper.images.storage.base import FileStat, FileStore, are_there
from trivia_scraper.images.thumbnails import Size
from trivia_scraper.images.validate import Picture, examine


@dataclass(frozen=True, slots=True)
class Placed:
    path: str
    stat: FileStat
    thumbs: dict[str, str]
    """Name -> path; empty when they could not be written, and then thumbs_spec is None."""
    thumbs_spec: str | None


class Placer:
    """For one store and one set of thumbnails. Slow by nature: it decodes, hashes and writes, so it is called in a
    thread.

    minimum: width and height in pixels below which a picture is refused. thumbs: name -> size. fit: thumbnails show the
    whole picture instead of filling their size.
    """

    def __init__(self, files: FileStore, minimum: Size, thumbs: Mapping[str, Size], fit: bool) -> None:
        self.files = files
        self.minimum = minimum
        self.thumbs = thumbs
        self.fit = fit
        sizes = " ".join(f"{name}={width}x{height}" for name, (width, height) in sorted(self.thumbs.items()))
        self.thumbs_spec = f"{'fit' if fit else 'fill'} {sizes}"
        """How thumbnails are made; the ledger keeps it, so that another setting makes them again."""

    def is_stored(self, path: str, body: bytes) -> bool:
        """Whether the file at `path` is `body` to the last byte; then nothing has to be decoded or written."""
        return self.files.read(path) == body

    def examine(self, body: bytes, sha256: str | None = None) -> Picture:
        """sha256: of `body`, when it is known. Raises NotAPictureError."""
        return examine(body, minimum=self.minimum, thumbs=self.thumbs, fit=self.fit, sha256=sha256)

    def place(self, stem: str, body: bytes, picture: Picture) -> Placed:
        """Writes the picture, then its thumbnails. Raises OSError; whatever stood there is then still whole."""
        path = f"{stem}.{picture.extension}"
        reached(Step.DECODED, path)
        stat = self.files.write(path, body)
        try:
            thumbs: dict[str, str] = self._place_thumbs(stem, picture.thumbs)
            spec: str | None = self.thumbs_spec
        except OSError:  # they are made again from the stored picture, which is counted when it fails
            thumbs, spec = {}, None
        reached(Step.THUMBNAILS, path)
        return Placed(path, stat, thumbs, spec)

    def made(self, thumbs: Mapping[str, str], made_as: str | None) -> bool:
        """Whether the recorded thumbnails are the ones that are wanted."""
        return made_as == self.thumbs_spec and thumbs.keys() == self.thumbs.keys()

    def has_thumbs(self, thumbs: Mapping[str, str], made_as: str | None) -> bool:
        """Whether they also are there."""
        return self.made(thumbs, made_as) and are_there(self.files, thumbs.values())

    def smallest_thumb(self, thumbs: Mapping[str, str], made_as: str | None) -> bytes | None:
        """Of a stored picture's; None when it has none, or it cannot be had."""
        path = smallest_thumb(thumbs, made_as)
        try:
            return self.files.read(path) if path else None
        except OSError:
            return None

    def remake_thumbs(self, stem: str, path: str) -> dict[str, str]:
        """From the stored original. Raises OSError when it cannot be read, NotAPictureError when it is none any
        more."""
        body = self.files.read(path)
        if body is None:
            raise FileNotFoundError(path)
        return self._place_thumbs(stem, self.examine(body).thumbs)

    def _place_thumbs(self, stem: str, thumbs: Mapping[str, bytes]) -> dict[str, str]:
        paths = {name: thumb_path(stem, name) for name in thumbs}
        for name, thumb in thumbs.items():
            self.files.write(paths[name], thumb, lasting=False)
        return paths


def thumb_path(stem: str, name: str) -> str:
    folder, _, file = stem.rpartition("/")
    return f"{folder}/thumbs/{name}/{file}.jpg"


def smallest_thumb(thumbs: Mapping[str, str], made_as: str | None) -> str | None:
    """Of thumbnails, name -> path, the path of the one with the fewest pixels. made_as: their `thumbs_spec`."""
    areas = {
        name: int(width) * int(height)
        for name, width, height in re.findall(r"(\S+)=(\d+)x(\d+)", made_as or "")
        if name in thumbs
    }
    return thumbs[min(areas, key=lambda name: areas[name])] if areas else None
