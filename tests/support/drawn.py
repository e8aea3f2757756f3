"""Images of every format, drawn by Pillow, and their thumbnails."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageDraw, features

from trivia_scraper.images.validate import examine

RED, GREEN, BLUE, WHITE = (220, 20, 30), (20, 180, 40), (20, 30, 220), (255, 255, 255)
SMALL = {"small": (40, 40)}
ORIENTATION = 0x0112


needs_avif = pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF")


def quarters(width: int = 160, height: int = 120, mode: str = "RGB") -> Image.Image:
    """Draw four quarters in different colours, so that every rotation differs: red and green above blue and white."""
    image = Image.new("RGB", (width, height), RED)
    draw = ImageDraw.Draw(image)
    draw.rectangle((width // 2, 0, width, height // 2), fill=GREEN)
    draw.rectangle((0, height // 2, width // 2, height), fill=BLUE)
    draw.rectangle((width // 2, height // 2, width, height), fill=WHITE)
    return image.convert(mode)


def noise(width: int = 160, height: int = 120) -> Image.Image:
    """Return an image of random pixels, which no format compresses much."""
    return Image.frombytes("RGB", (width, height), random.Random(1).randbytes(width * height * 3))


def encoded(image: Image.Image, format_name: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, format_name, **options)
    return buffer.getvalue()


def rotated(orientation: int, format_name: str = "JPEG", size: tuple[int, int] = (160, 120)) -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[0x010F] = "A camera"
    return encoded(quarters(*size), format_name, exif=exif, quality=95)


def thumb(body: bytes, size: tuple[int, int] = (40, 40), *, fit: bool = False) -> Image.Image:
    made = Image.open(BytesIO(examine(body, thumbs={"small": size}, fit=fit).thumbs["small"]))
    made.load()
    return made


def corners(image: Image.Image) -> list[str]:
    """Return the names of the colours top left, top right, bottom left, bottom right."""
    width, height = image.size
    points = [(4, 4), (width - 5, 4), (4, height - 5), (width - 5, height - 5)]
    names = {"red": RED, "green": GREEN, "blue": BLUE, "white": WHITE, "black": (0, 0, 0)}

    def distance(name: str, point: tuple[int, int]) -> int:
        pixel = image.convert("RGB").getpixel(point)
        assert isinstance(pixel, tuple)
        return int(max(abs(one - other) for one, other in zip(pixel, names[name], strict=True)))

    nearest = [min(names, key=lambda name: distance(name, point)) for point in points]
    assert all(distance(name, point) < 60 for name, point in zip(nearest, points, strict=True))
    return nearest


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def flat_png(width: int, height: int) -> bytes:
    """Return a valid, tiny file with one bit per pixel."""
    rows = zlib.compress((b"\0" * (1 + (width + 7) // 8)) * height, 9)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def animation(frames: int, format_name: str = "GIF", size: tuple[int, int] = (16, 16)) -> bytes:
    images = [Image.new("RGB", size, (n % 256, n // 256 * 40, 99)) for n in range(frames)]
    return encoded(images[0], format_name, save_all=True, append_images=images[1:], duration=50, loop=0)


WHOLE: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: encoded(quarters(), "JPEG", quality=95),
    "progressive jpeg": lambda: encoded(quarters(), "JPEG", quality=95, progressive=True),
    "grey jpeg": lambda: encoded(quarters(mode="L"), "JPEG"),
    "cmyk jpeg": lambda: encoded(quarters(mode="CMYK"), "JPEG", quality=95),
    "jpeg with a comment": lambda: encoded(quarters(), "JPEG", quality=95, comment=b"<script>"),
    "png": lambda: encoded(quarters(), "PNG"),
    "palette png": lambda: encoded(quarters(mode="P"), "PNG"),
    "grey png": lambda: encoded(quarters(mode="L"), "PNG"),
    "two-colour png": lambda: encoded(quarters(mode="1"), "PNG"),
    "png with alpha": lambda: encoded(quarters(mode="RGBA"), "PNG"),
    "webp": lambda: encoded(quarters(), "WEBP", quality=95),
    "lossless webp": lambda: encoded(quarters(mode="RGBA"), "WEBP", lossless=True),
    "animated webp": lambda: animation(3, "WEBP"),
    "gif": lambda: encoded(quarters(mode="P"), "GIF"),
    "animated gif": lambda: animation(3),
    "animated png": lambda: animation(3, "PNG"),
}
AVIF = pytest.param(lambda: encoded(quarters(), "AVIF", quality=95), marks=needs_avif, id="avif")
