"""Files that claim to be images: bombs, fakes, and images that only look suspicious. Their bytes never change."""

from __future__ import annotations

import struct
import zipfile
import zlib
from functools import cache
from io import BytesIO
from typing import Any

from PIL import Image

from sandbox.images import draw

SIZE = (320, 180)
PNG = b"\x89PNG\r\n\x1a\n"
SCRIPT = b"<script>alert('not in a catalogue')</script>"
# The smallest possible frame of a GIF: one pixel at the upper left.
GIF_FRAME = b",\0\0\0\0\1\0\1\0\0\2\2D\1\0"

EPS = b"""%!PS-Adobe-3.0 EPSF-3.0
%%BoundingBox: 0 0 200 100
%%EndComments
(/etc/passwd) (r) file pop
newpath 0 0 moveto 200 100 lineto stroke
showpage
%%EOF
"""
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PSD = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, 64, 64, 8, 3) + bytes(14 + 64 * 64 * 3)
FITS_CARDS = {b"SIMPLE": b"T", b"BITPIX": b"8", b"NAXIS": b"0"}
FITS = b"".join((name.ljust(8) + b"=" + value.rjust(21)).ljust(80) for name, value in FITS_CARDS.items()) + b"END"
HEIC = struct.pack(">I", 24) + b"ftypheic" + bytes(4) + b"mif1heic" + bytes(64)
SVG = b"""<?xml version="1.0"?>
<!DOCTYPE svg [<!ENTITY secret SYSTEM "file:///etc/passwd">]>
<svg xmlns="http://www.w3.org/2000/svg" width="300" height="200" onload="alert(1)"><text>&secret;</text></svg>
"""
LOGIN = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body>Please sign in.</body></html>\n"
REFRESH = b'<html><head><meta http-equiv="refresh" content="0;url=https://hostile.example/ok.jpg"></head></html>\n'
JSON = b'{"error": "image not available"}\n'


@cache
def good(format_name: str = "jpeg") -> bytes:
    return draw("hero", "hostile", "The Bad Penny", 1, format_name, size=SIZE)[0]


def saved(image: Image.Image, format_name: str, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, format_name, **options)
    return file.getvalue()


def photograph(mode: str = "RGB") -> Image.Image:
    return Image.open(BytesIO(good())).convert(mode)


@cache
def of_format(format_name: str) -> bytes:
    """Return the photograph in a format that browsers do not show."""
    return saved(photograph(), format_name)


@cache
def of_mode(mode: str) -> bytes:
    """Return the photograph in a colour mode that converters get wrong."""
    if mode == "I;16":
        return saved(photograph("I").point(lambda value: value * 256).convert("I;16"), "PNG")
    if mode == "P":
        return saved(photograph("P"), "PNG", transparency=0)
    return saved(photograph(mode), "JPEG" if mode == "CMYK" else "PNG")


def png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def zeros_packed(size: int, times: int) -> bytes:
    packer = zlib.compressobj(1)
    return b"".join(packer.compress(bytes(size)) for _ in range(times)) + packer.flush()


@cache
def flat_png(width: int, height: int, mode: str = "1") -> bytes:
    """Return a PNG of one colour, which is a small file at any size in pixels."""
    bits, colour = {"1": (1, 0), "RGBA": (32, 6)}[mode]
    header = struct.pack(">IIBBBBB", width, height, min(bits, 8), colour, 0, 0, 0)
    packed = zeros_packed(1 + (width * bits + 7) // 8, height)
    return PNG + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", packed) + png_chunk(b"IEND", b"")


@cache
def text_bomb_png() -> bytes:
    """Return a PNG with a comment that unpacks to 100 MB."""
    whole = flat_png(*SIZE)
    header_end = len(PNG) + 25
    comment = png_chunk(b"zTXt", b"Comment\0\0" + zeros_packed(1 << 20, 100))
    return whole[:header_end] + comment + whole[header_end:]


def gif_of(frames: int, width: int, height: int) -> bytes:
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(3) + b"\xff" * 3
    return screen + GIF_FRAME * frames + b";"


@cache
def jpeg_of_scans(count: int = 120_000, side: int = 4000) -> bytes:
    """Return a progressive JPEG of one colour whose last scan is repeated. Each costs 3 ms to decode."""
    body = saved(Image.new("L", (side, side), 90), "JPEG", progressive=True)
    last = body.rindex(b"\xff\xda")
    return body[:last] + body[last:-2] * count + body[-2:]


@cache
def jpeg_of_views(count: int = 4000) -> bytes:
    """Return a JPEG whose index names this many views, all at an offset where it is slow to find their end."""
    body = good()
    index = b"II*\0" + struct.pack("<IH", 8, 3) + struct.pack("<HHI4s", 0xB000, 7, 4, b"0100")
    index += struct.pack("<HHII", 0xB001, 4, 1, count) + struct.pack("<HHIII", 0xB002, 7, 16 * count, 50, 0)
    base = 2 + 4 + 4  # offsets count from the end of the index's name
    slow = base + len(index) + 16 * count + len(body) - 2
    views = (struct.pack("<IIIHH", 0x030000, 1000, (slow - base) * bool(number), 0, 0) for number in range(count))
    segment = b"MPF\0" + index + b"".join(views)
    header = b"\xff\xe2" + struct.pack(">H", len(segment) + 2)
    return body[:2] + header + segment + body[2:] + b"\xff\xd8" + b"\xff\xe0\0\2" * 90_000


def half_zeros() -> bytes:
    """Return a JPEG whose second half is zeros."""
    body = good()
    return body[: len(body) // 2] + bytes(len(body) - len(body) // 2)


@cache
def gif_between_frames() -> bytes:
    """Return an animation that is cut where a frame begins."""
    body = saved(photograph(), "GIF", save_all=True, append_images=[photograph().rotate(180)], duration=50)
    return body[: body.rindex(b"\x21\xf9\x04")]


@cache
def webp_of(frames: int) -> bytes:
    red, blue = (Image.new("RGB", (32, 32), colour) for colour in ("red", "blue"))
    file = saved(red, "WEBP", save_all=True, append_images=[blue])
    start = file.index(b"ANMF")
    frame = file[start : start + 8 + int.from_bytes(file[start + 4 : start + 8], "little")]
    chunks = file[12:start] + frame * frames
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


@cache
def apng_of(frames: int) -> bytes:
    side = 8
    data = zlib.compress(bytes((side + 1) * side))
    parts = [png_chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))]
    parts.append(png_chunk(b"acTL", struct.pack(">II", frames, 0)))
    parts.append(png_chunk(b"IDAT", data))
    for number in range(frames):
        parts.append(png_chunk(b"fcTL", struct.pack(">IIIIIHHBB", number * 2, side, side, 0, 0, 1, 10, 0, 0)))
        parts.append(png_chunk(b"fdAT", struct.pack(">I", number * 2 + 1) + data))
    return PNG + b"".join(parts) + png_chunk(b"IEND", b"")


def with_zip() -> bytes:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        # A fixed date, because the bytes must not depend on the time.
        file.writestr(zipfile.ZipInfo("index.html", (2025, 1, 1, 0, 0, 0)), SCRIPT)
    return good() + archive.getvalue()


def jpeg_with(marker: int, content: bytes) -> bytes:
    """Return the good JPEG with another segment at its start."""
    whole = good()
    return whole[:2] + struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content + whole[2:]


def jpeg_with_exif(content: bytes) -> bytes:
    return jpeg_with(0xE1, b"Exif\0\0" + content)


def exif_orientation(kind: int, count: int, value: bytes) -> bytes:
    """Return an EXIF directory that has only the orientation, and names itself as the next directory."""
    entry = struct.pack("<HHI4s", 0x0112, kind, count, value)
    return b"II*\0" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 8)
