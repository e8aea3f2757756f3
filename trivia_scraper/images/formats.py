"""The image formats that are accepted. Reads from a file's structure whether it is complete and costly to decode.

FORMATS is the only list of formats. To accept another one, add a row; tests/unit/images/test_formats.py lists the rest.

Completeness is shown by the end marker of a JPEG (ITU T.81, B.1), the checksums and IEND of a PNG (RFC 2083), the
trailer of a GIF (GIF89a, 27), the RIFF length of a WebP and the boxes of an AVIF (ISO 14496-12, 4.2). Gaps inside a
WebP or AVIF file are not detected.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_PARTS = 100_000
"""Chunks, segments, blocks or boxes of one file. Normal files have a few thousand. Each takes a microsecond to read."""
_MAX_PROFILE = 1_000_000  # bytes of a PNG's colour profile; Pillow refuses an image with a larger one
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # excludes stuffed bytes, restart markers, fill bytes
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
# Decoders read no length after markers below 0xC0. Reading one here would skip scans.
_WITHOUT_LENGTH = {*range(0xC0), *range(0xD0, 0xD9)}
_CHECKED = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT"}
# Chunks that Pillow needs to decode a PNG. Other chunks may be broken in a valid image, and Pillow would refuse it.
_NEEDED = _CHECKED | {b"tRNS", b"iCCP", b"eXIf"}


class TooManyPartsError(ValueError):
    """A file of more than MAX_PARTS parts."""


@dataclass(frozen=True, slots=True)
class Container:
    """The structure of an image file.

    complete: whether the file has its end. passes: scans or frames to decode, if the format states them. body: the
    bytes to decode: the whole file, or for a PNG only the chunks that are needed.
    """

    complete: bool
    body: bytes
    passes: int = 1


def has_jpeg(body: bytes, start: int) -> bool:
    """Return whether a complete JPEG begins at `start`. Raises TooManyPartsError."""
    return body.startswith(b"\xff\xd8", start) and _read_jpeg(body, start).complete


def _read_jpeg(body: bytes, start: int = 0) -> Container:
    position, scans = start + 2, 0
    for _ in range(MAX_PARTS):
        found = _JPEG_MARKER.search(body, position)
        if found is None:
            return Container(False, body, scans)
        position, marker = found.end(), body[found.end() - 1]
        if marker == _END_OF_IMAGE:
            return Container(True, body, scans)
        if marker in _WITHOUT_LENGTH:
            continue
        scans += marker == _START_OF_SCAN
        position += int.from_bytes(body[position : position + 2], "big")
    raise TooManyPartsError


def _read_png(body: bytes) -> Container:
    kept, position, frames, has_profile = [PNG_SIGNATURE], len(PNG_SIGNATURE), 1, False
    for _ in range(MAX_PARTS):
        if position + 12 > len(body):
            return Container(False, body)
        length, name = struct.unpack_from(">I4s", body, position)
        end = position + 12 + length
        if end > len(body):
            return Container(False, body)
        is_intact = zlib.crc32(body[position + 4 : end - 4]) == int.from_bytes(body[end - 4 : end], "big")
        if name in _CHECKED and not is_intact:
            return Container(False, body)
        frames += name == b"fcTL"
        is_needed = is_intact and name in _NEEDED
        if is_needed and name == b"iCCP":  # decoders use only the first; inflating all could take forever
            is_needed, has_profile = not has_profile and _inflates(body[position + 8 : end - 4]), True
        if is_needed:
            kept.append(body[position:end])
        position = end
        if name == b"IEND":
            return Container(True, b"".join(kept), frames)
    raise TooManyPartsError


def _inflates(profile: bytes) -> bool:
    """Return whether the data of an iCCP chunk (name, method, stream) can be inflated."""
    stream = profile.partition(b"\0")[2][1:]
    try:
        inflater = zlib.decompressobj()
        inflater.decompress(stream, _MAX_PROFILE)
    except zlib.error:
        return False
    return inflater.eof


def _read_gif(body: bytes) -> Container:
    position, frames = 13 + _colour_table_size(body, 10), 0
    for _ in range(MAX_PARTS):
        kind = body[position : position + 1]
        if kind == b"\x3b":
            return Container(True, body, frames)
        if kind == b"\x2c":
            frames += 1
            position += 11 + _colour_table_size(body, position + 9)
        elif kind == b"\x21":
            position += 2
        else:
            return Container(False, body, frames)
        while position < len(body) and body[position]:  # sub-blocks, each with its length, up to an empty one
            position += 1 + body[position]
        position += 1
    raise TooManyPartsError


def _colour_table_size(body: bytes, flags: int) -> int:
    """Return the size in bytes of the colour table that the flags at this position announce."""
    packed = body[flags] if flags < len(body) else 0
    return 3 << ((packed & 7) + 1) if packed & 0x80 else 0


def _iterate_boxes(body: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and end of each box of an AVIF file between two positions."""
    for _ in range(MAX_PARTS):
        size = int.from_bytes(body[start : start + 4], "big")
        if start + 8 > end or size < 8:
            return
        yield body[start + 4 : start + 8], start, min(start + size, end)
        start += size
    raise TooManyPartsError


def _repair_associations(body: bytes) -> bytes:
    """Return an AVIF file whose two `ipma` boxes have different flags.

    The encoder cavif writes two with the same flags if an image has alpha. Browsers show such an image, Pillow's
    decoder refuses it. No reader uses the bits that are set here (ISO 23008-12, 9.3.2).
    """
    if body[4:8] != b"ftyp":
        return body
    positions: list[int] = []
    for name, start, end in _iterate_boxes(body, 0, len(body)):
        if name != b"meta":
            continue
        for inner, inner_start, inner_end in _iterate_boxes(body, start + 12, end):
            if inner == b"iprp":
                positions += [at for each, at, _ in _iterate_boxes(body, inner_start + 8, inner_end) if each == b"ipma"]
    if len(positions) != 2:
        return body
    repaired = bytearray(body)
    repaired[positions[1] + 10] = 1
    return bytes(repaired)


def _has_avif_brand(body: bytes) -> bool:
    brands = body[8 : int.from_bytes(body[:4], "big")] if body[4:8] == b"ftyp" else b""
    return b"avif" in brands or b"avis" in brands


def _read_avif(body: bytes) -> Container:
    end = 0
    while end + 8 <= len(body):
        size = int.from_bytes(body[end : end + 4], "big")
        if size < 8:  # the box ends with the file, or its length has 64 bits
            return Container(True, _repair_associations(body))
        end += size
    return Container(end <= len(body), _repair_associations(body))


def _read_webp(body: bytes) -> Container:
    return Container(8 + int.from_bytes(body[4:8], "little") <= len(body), body)


class ImageFormat(NamedTuple):
    name: str
    """As people write it. Pillow has it in upper case, and the MIME type in lower case."""
    suffixes: tuple[str, ...]
    """Of file names, without a dot. Stored images get the first one."""
    matches: Callable[[bytes], object]
    """Returns whether a file begins as this format does."""
    read: Callable[[bytes], Container]
    """Reads the structure of a file. Raises TooManyPartsError."""

    @property
    def pillow(self) -> str:
        return self.name.upper()

    @property
    def content_type(self) -> str:
        return f"image/{self.name.lower()}"


JPEG = ImageFormat("JPEG", ("jpg", "jpeg"), re.compile(rb"\xff\xd8\xff").match, _read_jpeg)
PNG = ImageFormat("PNG", ("png",), re.compile(re.escape(PNG_SIGNATURE)).match, _read_png)
WEBP = ImageFormat("WebP", ("webp",), re.compile(rb"(?s)RIFF....WEBP").match, _read_webp)
GIF = ImageFormat("GIF", ("gif",), re.compile(rb"GIF8[79]a").match, _read_gif)
AVIF = ImageFormat("AVIF", ("avif",), _has_avif_brand, _read_avif)
FORMATS = (JPEG, PNG, WEBP, GIF, AVIF)


def format_of(body: bytes) -> ImageFormat | None:
    """Return the format of a file by its first bytes, or None if it is not accepted."""
    return next((each for each in FORMATS if each.matches(body)), None)


def suffix_of(body: bytes) -> str | None:
    """Return the suffix for image bytes, without a dot; None if their format is not accepted."""
    found = format_of(body)
    return found.suffixes[0] if found else None
