"""Tests that thumbnails are upright, in sRGB and on white, in every size and fit."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageCms, ImageDraw

from tests.support.drawn import (
    ORIENTATION,
    RED,
    WHITE,
    WHOLE,
    chunk,
    corners,
    encoded,
    needs_avif,
    quarters,
    rotated,
    thumb,
)
from trivia_scraper.images.validate import examine


@pytest.mark.parametrize(
    "name", ["jpeg", "progressive jpeg", "cmyk jpeg", "png", "palette png", "png with alpha", "webp", "gif"]
)
def test_thumbnail_has_colours_of_image(name: str) -> None:
    assert corners(thumb(WHOLE[name]())) == ["red", "green", "blue", "white"]


ORIENTATIONS = [
    (1, ["red", "green", "blue", "white"]),
    (2, ["green", "red", "white", "blue"]),
    (3, ["white", "blue", "green", "red"]),
    (4, ["blue", "white", "red", "green"]),
    (5, ["red", "blue", "green", "white"]),
    (6, ["blue", "red", "white", "green"]),
    (7, ["white", "green", "blue", "red"]),
    (8, ["green", "white", "red", "blue"]),
]


@pytest.mark.parametrize(
    ("format_name", "size"),
    [
        *((name, size) for name in ("JPEG", "PNG", "WEBP") for size in ((160, 120), (900, 700))),
        pytest.param("AVIF", (160, 120), marks=needs_avif),
    ],
)
def test_rotated_photograph_has_upright_thumbnail(
    format_name: str, size: tuple[int, int], subtests: pytest.Subtests
) -> None:
    for orientation, expected in ORIENTATIONS:
        with subtests.test(orientation=orientation):
            body = rotated(orientation, format_name, size)
            assert corners(thumb(body)) == expected
            assert (examine(body).width, examine(body).height) == size


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "LA", "1", "CMYK"])
def test_large_image_has_same_thumbnail_as_small(mode: str) -> None:
    format_name = "JPEG" if mode == "CMYK" else "PNG"
    large, small = (thumb(encoded(quarters(*size).convert(mode), format_name)) for size in ((900, 700), (180, 140)))
    difference = ImageChops.difference(large.resize((8, 8)), small.resize((8, 8)))
    extrema: Any = difference.getextrema()
    assert max(highest for _, highest in extrema) < 24


def test_thumbnail_fills_size_from_centre() -> None:
    image = Image.new("RGB", (300, 100), WHITE)
    ImageDraw.Draw(image).rectangle((100, 0, 199, 99), fill=RED)
    assert corners(thumb(encoded(image, "PNG"))) == ["red"] * 4
    tall = image.rotate(90, expand=True)
    assert corners(thumb(encoded(tall, "PNG"))) == ["red"] * 4


@pytest.mark.parametrize(
    ("size", "expected"), [((300, 100), (40, 13)), ((100, 300), (13, 40)), ((80, 80), (40, 40)), ((20, 10), (20, 10))]
)
def test_fitted_thumbnail_is_inside_size_and_never_enlarged(size: tuple[int, int], expected: tuple[int, int]) -> None:
    made = thumb(encoded(quarters(*size), "PNG"), fit=True)
    assert made.size == expected
    assert made.size[0] <= 40 >= made.size[1]


def test_large_thumbnail_is_decoded_large_enough() -> None:
    fine = Image.new("L", (1600, 1200), 0)
    draw = ImageDraw.Draw(fine)
    for x in range(0, 1600, 8):
        draw.rectangle((x, 0, x + 3, 1200), fill=255)
    made = thumb(encoded(fine, "JPEG", quality=95), (800, 600)).convert("L")
    stripes = [int(made.getpixel((x, 300))) for x in range(200, 240)]  # type: ignore[arg-type]
    assert max(stripes) > 200
    assert min(stripes) < 55


@pytest.mark.parametrize("format_name", ["PNG", "WEBP", pytest.param("AVIF", marks=needs_avif)])
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_pixels_are_white_in_thumbnail(format_name: str, mode: str) -> None:
    image = Image.new("RGBA", (80, 80), (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((30, 30, 50, 50), fill=(0, 0, 0, 255))
    body = encoded(image.convert(mode), format_name, **({"lossless": True} if format_name == "WEBP" else {}))
    made = thumb(body)
    assert corners(made) == ["white"] * 4
    assert max(made.getpixel((20, 20))) < 20  # type: ignore[arg-type]


@pytest.mark.parametrize("format_name", ["PNG", "GIF"])
def test_transparent_palette_is_white_in_thumbnail(format_name: str) -> None:
    image = Image.new("P", (80, 80), 0)
    image.putpalette([0, 0, 0, *RED])
    ImageDraw.Draw(image).rectangle((30, 30, 50, 50), fill=1)
    assert corners(thumb(encoded(image, format_name, transparency=0))) == ["white"] * 4


def test_half_transparent_pixels_are_half_white() -> None:
    made = thumb(encoded(Image.new("RGBA", (80, 80), (200, 0, 0, 128)), "PNG"))
    pixel = made.getpixel((20, 20))
    assert isinstance(pixel, tuple)
    assert all(abs(found - expected) <= 4 for found, expected in zip(pixel, (227, 127, 127), strict=True))


@pytest.mark.parametrize(("value", "grey"), [(0, 0), (40_000, 156), (65_535, 255)])
def test_16_bits_are_scaled_to_8(value: int, grey: int) -> None:
    image = Image.frombytes("I;16", (40, 40), struct.pack("<H", value) * 1600)
    pixel = thumb(encoded(image, "PNG")).getpixel((20, 20))
    assert isinstance(pixel, tuple)
    assert all(abs(found - grey) <= 1 for found in pixel)


def test_thumbnail_has_no_metadata() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x010F] = "A camera"
    exif.get_ifd(0x8825)[2] = (35.0, 16.0, 51.0)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    body = encoded(quarters(), "JPEG", exif=exif, icc_profile=profile, xmp=b"<x>by Sam</x>")
    with Image.open(BytesIO(body)) as original:
        assert original.getexif()[0x010F] == "A camera"
        assert original.info["icc_profile"] == profile
    made = thumb(body)
    assert len(made.getexif()) == 0
    assert set(made.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize("kind", [1, 2, 7])
def test_rotated_photograph_with_unwritable_metadata_is_accepted(kind: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x011A] = 72.0  # dots per inch, a rational
    resolution = b"\x01\x1a\0"
    broken = exif.tobytes().replace(resolution + b"\x05", resolution + bytes([kind]))
    body = encoded(quarters(), "JPEG", exif=broken, quality=95)
    assert corners(thumb(body)) == ["blue", "red", "white", "green"]


XMP = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'


@pytest.mark.parametrize("format_name", ["JPEG", "WEBP", pytest.param("AVIF", marks=needs_avif)])
def test_orientation_in_xmp_is_ignored(format_name: str) -> None:
    body = encoded(quarters(), format_name, xmp=XMP, quality=95)
    with Image.open(BytesIO(body)) as original:
        assert original.getexif().get(ORIENTATION) == 6, "Pillow would rotate it"
    assert corners(thumb(body)) == ["red", "green", "blue", "white"]


def test_orientation_of_other_type_is_ignored() -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    short, long = b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0", b"\x01\x12\0\x09\0\0\0\x01\0\0\0\x06"
    assert short in exif.tobytes()
    body = encoded(quarters(), "JPEG", exif=exif.tobytes().replace(short, long), quality=95)
    with Image.open(BytesIO(body)) as original:
        assert original.getexif().get(ORIENTATION) == 6, "Pillow would rotate it"
    assert corners(thumb(body)) == ["red", "green", "blue", "white"]


@pytest.mark.parametrize("size", [(300, 1), (1, 300), (12_000, 2)])
def test_narrow_image_has_thumbnail_one_pixel_wide(size: tuple[int, int]) -> None:
    assert min(thumb(encoded(Image.new("RGB", size), "PNG"), fit=True).size) == 1


def png(bits: int, colour_type: int, key: bytes, rows: list[bytes]) -> bytes:
    width = len(rows[0]) * 8 // bits // {0: 1, 2: 3}[colour_type]
    header = struct.pack(">IIBBBBB", width, len(rows), bits, colour_type, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    parts = chunk(b"IHDR", header), chunk(b"tRNS", key), chunk(b"IDAT", data), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def striped(pixel: bytes, other: bytes) -> list[bytes]:
    """Return the rows of 400x400 pixels in one colour, with blocks of 3x3 pixels in another."""
    odd, even = pixel * 400, (pixel * 3 + other * 3) * 66 + pixel * 4
    return [even if row // 3 % 2 else odd for row in range(400)]


@pytest.mark.parametrize(
    ("bits", "colour_type", "key", "pixel", "other"),
    [
        pytest.param(8, 2, b"\0\x10\0\x20\0\x30", b"\x10\x20\x30", b"\xff\xff\xff", id="8 bits, RGB"),
        pytest.param(16, 2, b"\x10\0\x20\0\x30\0", b"\x10\0\x20\0\x30\0", b"\xff" * 6, id="16 bits, RGB"),
        pytest.param(16, 0, b"\x10\x01", b"\x10\x01", b"\xff\xff", id="16 bits, grey"),
        pytest.param(8, 0, b"\0\x10", b"\x10", b"\xff", id="8 bits, grey"),
        pytest.param(4, 0, b"\0\x03", b"\x33", b"\xff", id="4 bits, grey"),
        pytest.param(2, 0, b"\0\x01", b"\x55", b"\xff", id="2 bits, grey"),
        pytest.param(1, 0, b"\0\0", b"\0", b"\xff", id="1 bit"),
    ],
)
def test_colour_key_is_transparent_before_scaling(
    bits: int, colour_type: int, key: bytes, pixel: bytes, other: bytes
) -> None:
    """All pixels but white ones are transparent. A darker pixel would show a mixture with the key."""
    made = thumb(png(bits, colour_type, key, striped(pixel, other))).convert("L")
    assert min(made.tobytes()) >= 250


def test_16_bit_value_near_key_is_not_transparent() -> None:
    made = thumb(png(16, 0, b"\x10\x01", [b"\x10\x02" * 80] * 80))
    pixel = made.getpixel((20, 20))
    assert isinstance(pixel, tuple)
    assert max(pixel) < 30


@pytest.mark.parametrize("size", [(80, 80), (900, 900)])
def test_area_outside_small_first_gif_frame_is_white(size: tuple[int, int]) -> None:
    body = bytearray(encoded(Image.new("RGB", (size[0] // 2, size[1] // 2), RED), "GIF"))
    body[6:10] = struct.pack("<HH", *size)
    assert corners(thumb(bytes(body))) == ["red", "white", "white", "white"]
