"""Draws and encodes images. The same arguments always give the same bytes."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from typing import Protocol

from PIL import Image, ImageOps

from sandbox.brush import Brush
from sandbox.portrait import portrait
from sandbox.pubfront import pub_front
from trivia_scraper.images.formats import AVIF, FORMATS, GIF, JPEG, PNG, WEBP, ImageFormat

ORIENTATION = 0x0112
TURN_RIGHT_TO_VIEW = 6


class Scene(Protocol):
    def __call__(self, seed: str, label: str, version: int, *, backdrop: bool, blink: bool) -> Image.Image: ...


def no_photo(seed: str, label: str, version: int, *, backdrop: bool, blink: bool) -> Image.Image:
    image = Image.new("RGB", (480, 270), (214 - version % 60, 216, 220))
    Brush(image, 1).text(240, 135, label, 34, 420, (150, 154, 160))
    return image


SCENES: dict[str, Scene] = {
    "hero": pub_front,
    "performer": portrait,
    "placeholder": no_photo,
}


@dataclass(frozen=True)
class Encoding:
    format: ImageFormat
    options: dict[str, object] = field(default_factory=dict)
    backdrop: bool = True
    frames: int = 1
    rotated: bool = False


JPEG_OPTIONS: dict[str, object] = {"quality": 88}
ENCODINGS: dict[str, Encoding] = {
    "jpeg": Encoding(JPEG, JPEG_OPTIONS),
    # As from a phone: stored on its side, with a tag for the orientation.
    "rotated_jpeg": Encoding(JPEG, JPEG_OPTIONS, rotated=True),
    "png": Encoding(PNG),
    "transparent_png": Encoding(PNG, backdrop=False),
    "webp": Encoding(WEBP, {"quality": 84, "method": 2}),
    "gif": Encoding(GIF, {"duration": 900, "loop": 0}, frames=2),
    # One thread, because with more the bytes depend on the machine.
    "avif": Encoding(AVIF, {"quality": 70, "speed": 9, "max_threads": 1}),
}
BY_SUFFIX = {suffix: each.name.lower() for each in FORMATS for suffix in each.suffixes}


# About 60 kB each. The limit is enough for the images of six publishers, and bounds the memory when tests change them.
@lru_cache(maxsize=512)
def draw(
    kind: str, seed: str, label: str, version: int, format_name: str, *, size: tuple[int, int] | None = None
) -> tuple[bytes, str]:
    """Draw an image and return its file and content type. size: crop to this size; by default that of the scene."""
    encoding = ENCODINGS[format_name]
    scene, backdrop = SCENES[kind], encoding.backdrop
    frames = [scene(seed, label, version, backdrop=backdrop, blink=frame > 0) for frame in range(encoding.frames)]
    if size is not None:
        frames = [ImageOps.fit(frame, size) for frame in frames]
    return encode(frames, encoding), encoding.format.content_type


def marked(body: bytes, content_type: str, mark: str) -> bytes:
    """Return a JPEG or PNG with a comment of at most 65,000 bytes: another file of the same image."""
    text = mark.encode()
    if content_type == "image/jpeg":
        # After the first segment, whose length is in its header.
        start, segment = 4 + int.from_bytes(body[4:6]), b"\xff\xfe" + (len(text) + 2).to_bytes(2) + text
    elif content_type == "image/png":
        chunk = b"tEXtComment\0" + text
        start, segment = 33, (len(chunk) - 4).to_bytes(4) + chunk + zlib.crc32(chunk).to_bytes(4)
    else:
        raise ValueError(f"no comment goes into {content_type}")
    return body[:start] + segment + body[start:]


def encode(frames: list[Image.Image], encoding: Encoding) -> bytes:
    first, *others = frames
    options = dict(encoding.options)
    if encoding.rotated:
        first = first.transpose(Image.Transpose.ROTATE_90)
        exif = Image.Exif()
        exif[ORIENTATION] = TURN_RIGHT_TO_VIEW
        options["exif"] = exif
    if others:
        options |= {"save_all": True, "append_images": others}
    file = BytesIO()
    save: Callable[..., None] = first.save
    save(file, encoding.format.pillow, **options)
    return file.getvalue()
