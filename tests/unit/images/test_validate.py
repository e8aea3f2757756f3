"""Bytes of unknown origin: a picture with upright, white, plain thumbnails, or a reason why it is none."""

from __future__ import annotations

import hashlib
import random
import struct
import warnings
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageCms, ImageDraw, features

from trivia_scraper.images.policy import is_known
from trivia_scraper.images.validate import MAX_FRAMES, MAX_PIXELS, MAX_SIDE, NotAPictureError, Picture, examine

RED, GREEN, BLUE, WHITE = (220, 20, 30), (20, 180, 40), (20, 30, 220), (255, 255, 255)
SMALL = {"small": (40, 40)}
ORIENTATION = 0x0112
needs_avif = pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF")


def quarters(width: int = 160, height: int = 120, mode: str = "RGB") -> Image.Image:
    """Red, green / blue, white: any turn or flip shows."""
    image = Image.new("RGB", (width, height), RED)
    draw = ImageDraw.Draw(image)
    draw.rectangle((width // 2, 0, width, height // 2), fill=GREEN)
    draw.rectangle((0, height // 2, width // 2, height), fill=BLUE)
    draw.rectangle((width // 2, height // 2, width, height), fill=WHITE)
    return image.convert(mode)


def noise(width: int = 160, height: int = 120) -> Image.Image:
    """So that no file of it is much shorter than its pixels."""
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
    """Names of the colours top left, top right, bottom left, bottom right."""
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


def refusal(body: bytes, **options: Any) -> str:
    with pytest.raises(NotAPictureError) as caught:
        examine(body, **options)
    assert is_known("failed", caught.value.reason)
    assert str(caught.value)
    return caught.value.reason


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def flat_png(width: int, height: int) -> bytes:
    """Valid, one bit a pixel, and tiny."""
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


@pytest.mark.parametrize("make", [*(pytest.param(make, id=name) for name, make in WHOLE.items()), AVIF])
def test_a_picture_is_described_by_what_its_bytes_are(make: Callable[[], bytes]) -> None:
    body = make()
    with Image.open(BytesIO(body)) as image:
        expected = (image.format, *image.size)
    picture = examine(body, thumbs=SMALL)
    assert (picture.format, picture.width, picture.height) == expected
    assert picture.sha256 == hashlib.sha256(body).hexdigest()
    assert picture.extension == {"JPEG": "jpg"}.get(picture.format, picture.format.lower())
    made = Image.open(BytesIO(picture.thumbs["small"]))
    assert (made.format, made.mode, made.size) == ("JPEG", "RGB", (40, 40))


def test_a_picture_with_a_second_view_inside_is_a_jpeg() -> None:
    body = encoded(quarters(), "MPO", save_all=True, append_images=[noise()])
    with Image.open(BytesIO(body)) as image:
        assert image.format == "MPO"
    picture = examine(body, thumbs=SMALL)
    assert (picture.format, picture.extension, picture.width, picture.height) == ("JPEG", "jpg", 160, 120)
    assert corners(thumb(body)) == ["red", "green", "blue", "white"]


def test_no_thumbnail_is_made_that_was_not_asked_for() -> None:
    assert examine(WHOLE["png"]()).thumbs == {}
    made = examine(WHOLE["png"](), thumbs={"small": (40, 40), "wide": (90, 30)}).thumbs
    assert {name: Image.open(BytesIO(body)).size for name, body in made.items()} == {
        "small": (40, 40),
        "wide": (90, 30),
    }


@pytest.mark.parametrize(
    "name", ["jpeg", "progressive jpeg", "cmyk jpeg", "png", "palette png", "png with alpha", "webp", "gif"]
)
def test_a_thumbnail_shows_the_picture_in_its_colours(name: str) -> None:
    assert corners(thumb(WHOLE[name]())) == ["red", "green", "blue", "white"]


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (1, ["red", "green", "blue", "white"]),
        (2, ["green", "red", "white", "blue"]),
        (3, ["white", "blue", "green", "red"]),
        (4, ["blue", "white", "red", "green"]),
        (5, ["red", "blue", "green", "white"]),
        (6, ["blue", "red", "white", "green"]),
        (7, ["white", "green", "blue", "red"]),
        (8, ["green", "white", "red", "blue"]),
    ],
)
@pytest.mark.parametrize(
    ("format_name", "size"),
    [
        *((name, size) for name in ("JPEG", "PNG", "WEBP") for size in ((160, 120), (900, 700))),
        pytest.param("AVIF", (160, 120), marks=needs_avif),
    ],
)
def test_a_turned_photograph_has_an_upright_thumbnail_and_its_own_size(
    orientation: int, expected: list[str], format_name: str, size: tuple[int, int]
) -> None:
    body = rotated(orientation, format_name, size)
    assert corners(thumb(body)) == expected
    assert (examine(body).width, examine(body).height) == size


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "LA", "1", "CMYK"])
def test_a_large_picture_has_the_thumbnail_of_a_small_one(mode: str) -> None:
    format_name = "JPEG" if mode == "CMYK" else "PNG"
    large, small = (thumb(encoded(quarters(*size).convert(mode), format_name)) for size in ((900, 700), (180, 140)))
    difference = ImageChops.difference(large.resize((8, 8)), small.resize((8, 8)))
    extrema: Any = difference.getextrema()
    assert max(highest for _, highest in extrema) < 24


def test_a_thumbnail_fills_its_size_from_the_centre() -> None:
    image = Image.new("RGB", (300, 100), WHITE)
    ImageDraw.Draw(image).rectangle((100, 0, 199, 99), fill=RED)
    assert corners(thumb(encoded(image, "PNG"))) == ["red"] * 4
    tall = image.rotate(90, expand=True)
    assert corners(thumb(encoded(tall, "PNG"))) == ["red"] * 4


@pytest.mark.parametrize(
    ("size", "expected"), [((300, 100), (40, 13)), ((100, 300), (13, 40)), ((80, 80), (40, 40)), ((20, 10), (20, 10))]
)
def test_a_fitting_thumbnail_lies_whole_inside_its_size_and_is_never_larger_than_the_picture(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    made = thumb(encoded(quarters(*size), "PNG"), fit=True)
    assert made.size == expected
    assert made.size[0] <= 40 >= made.size[1]


def test_a_large_thumbnail_of_a_large_photograph_is_not_made_from_a_fraction_of_it() -> None:
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
def test_what_is_transparent_is_white_in_a_thumbnail(format_name: str, mode: str) -> None:
    image = Image.new("RGBA", (80, 80), (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle((30, 30, 50, 50), fill=(0, 0, 0, 255))
    body = encoded(image.convert(mode), format_name, **({"lossless": True} if format_name == "WEBP" else {}))
    made = thumb(body)
    assert corners(made) == ["white"] * 4
    assert max(made.getpixel((20, 20))) < 20  # type: ignore[arg-type]


@pytest.mark.parametrize("format_name", ["PNG", "GIF"])
def test_a_transparent_palette_is_white_in_a_thumbnail(format_name: str) -> None:
    image = Image.new("P", (80, 80), 0)
    image.putpalette([0, 0, 0, *RED])
    ImageDraw.Draw(image).rectangle((30, 30, 50, 50), fill=1)
    assert corners(thumb(encoded(image, format_name, transparency=0))) == ["white"] * 4


def test_half_transparent_is_half_white() -> None:
    made = thumb(encoded(Image.new("RGBA", (80, 80), (200, 0, 0, 128)), "PNG"))
    pixel = made.getpixel((20, 20))
    assert isinstance(pixel, tuple)
    assert all(abs(found - expected) <= 4 for found, expected in zip(pixel, (227, 127, 127), strict=True))


@pytest.mark.parametrize(("value", "grey"), [(0, 0), (40_000, 156), (65_535, 255)])
def test_sixteen_bits_are_scaled_to_eight(value: int, grey: int) -> None:
    image = Image.frombytes("I;16", (40, 40), struct.pack("<H", value) * 1600)
    pixel = thumb(encoded(image, "PNG")).getpixel((20, 20))
    assert isinstance(pixel, tuple)
    assert all(abs(found - grey) <= 1 for found in pixel)


def test_a_thumbnail_carries_nothing_but_pixels() -> None:
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


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "GIF", pytest.param("AVIF", marks=needs_avif)])
def test_a_picture_that_is_cut_short_is_refused(format_name: str, share: float) -> None:
    body = encoded(noise(), format_name)
    assert refusal(body[: int(len(body) * share)], thumbs=SMALL) == "truncated"


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("length", [2, 10, 100, 400])
def test_a_photograph_of_which_little_more_than_the_header_came_is_refused(length: int, progressive: bool) -> None:
    body = encoded(noise(), "JPEG", progressive=progressive)[:length]
    assert refusal(body) in {"truncated", "not_an_image"}


@pytest.mark.parametrize("format_name", ["GIF", "WEBP", "PNG"])
def test_an_animation_that_lacks_its_last_frames_is_refused(format_name: str) -> None:
    frames = [noise(60, 60).transpose(turn) for turn in list(Image.Transpose)[:4]]  # alike, they would be one frame
    body = encoded(frames[0], format_name, save_all=True, append_images=frames[1:], duration=50)
    with Image.open(BytesIO(body)) as image:
        assert getattr(image, "n_frames", 1) == len(frames)
    assert examine(body).width == 60
    assert refusal(body[: int(len(body) * 0.7)]) == "truncated"


@pytest.mark.parametrize("name", ["jpeg", "png", "gif", "webp"])
def test_what_follows_a_whole_picture_does_not_spoil_it(name: str) -> None:
    body = WHOLE[name]() + b"\n<script>alert(1)</script>PK\3\4"
    picture = examine(body, thumbs=SMALL)
    assert picture.sha256 == hashlib.sha256(body).hexdigest()
    assert b"<script>" not in picture.thumbs["small"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b"", "not_an_image", id="empty"),
        pytest.param(b"\0", "not_an_image", id="nul"),
        pytest.param(b"<!DOCTYPE html><html><body>Log in</body></html>", "not_an_image", id="html"),
        pytest.param(b"<html><svg></svg></html>", "not_an_image", id="html with svg"),
        pytest.param(b'{"error": "not found"}', "not_an_image", id="json"),
        pytest.param(b"User-agent: *", "not_an_image", id="text"),
        pytest.param(b"%PDF-1.7\n", "not_an_image", id="pdf"),
        pytest.param(b"PK\3\4" + bytes(40), "not_an_image", id="zip"),
        pytest.param(b"MZ" + bytes(100), "not_an_image", id="exe"),
        pytest.param(bytes(1000), "not_an_image", id="zeros"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "format", id="svg"),
        pytest.param(b"<?xml version='1.0'?>\n<!-- x -->\n<SVG></SVG>", "format", id="svg in xml"),
        pytest.param(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "format", id="eps"),
        *(
            pytest.param(encoded(quarters(), name), "format", id=name.lower())
            for name in ("BMP", "TIFF", "ICO", "PPM", "JPEG2000")
        ),
    ],
)
def test_what_is_no_picture_of_a_kept_format_is_refused_with_its_reason(body: bytes, reason: str) -> None:
    assert refusal(body, thumbs=SMALL) == reason


@pytest.mark.parametrize(
    ("width", "height"), [(20_000, 20_000), (13_000, 13_000), (MAX_SIDE + 1, 1), (1, MAX_SIDE + 1), (7_072, 7_072)]
)
def test_too_many_pixels_are_refused_before_they_are_decoded(width: int, height: int) -> None:
    body = flat_png(width, height)
    assert len(body) < 100_000
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as in a crawl, where Pillow's own words are not an error
        assert refusal(body) == "too_large"


@pytest.mark.parametrize(("width", "height"), [(MAX_SIDE, 1), (1, MAX_SIDE), (10_000, 5_000)])
def test_the_limits_themselves_are_within_them(width: int, height: int) -> None:
    assert width * height <= MAX_PIXELS
    assert (examine(flat_png(width, height)).width, examine(flat_png(width, height)).height) == (width, height)


def test_an_animation_has_a_limit_of_frames() -> None:
    assert examine(animation(MAX_FRAMES, size=(1, 1))).format == "GIF"
    assert refusal(animation(MAX_FRAMES + 1, size=(1, 1))) == "too_large"


@pytest.mark.parametrize(
    ("size", "minimum", "refused"),
    [
        ((1, 1), (1, 1), False),
        ((1, 1), (2, 2), True),
        ((2, 1), (2, 2), True),
        ((1, 2), (2, 2), True),
        ((2, 2), (2, 2), False),
    ],
)
def test_a_single_pixel_is_a_picture_unless_more_is_asked(
    size: tuple[int, int], minimum: tuple[int, int], refused: bool
) -> None:
    body = encoded(Image.new("RGB", size, RED), "PNG")
    if refused:
        assert refusal(body, minimum=minimum) == "too_small"
    else:
        assert examine(body, minimum=minimum, thumbs=SMALL).width == size[0]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "exif", [b"Exif\0\0", b"Exif\0\0MM\0*\xff\xff\xff\xff", b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\xff" * 40]
)
def test_broken_metadata_does_not_cost_the_picture(exif: bytes) -> None:
    body = encoded(quarters(), "JPEG", exif=exif, quality=95)
    assert corners(thumb(body)) == ["red", "green", "blue", "white"]


@pytest.mark.parametrize("kind", [1, 2, 7])
def test_a_turned_photograph_whose_other_metadata_cannot_be_written_anew_is_kept(kind: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x011A] = 72.0  # dots an inch, a rational
    resolution = b"\x01\x1a\0"
    broken = exif.tobytes().replace(resolution + b"\x05", resolution + bytes([kind]))
    body = encoded(quarters(), "JPEG", exif=broken, quality=95)
    assert corners(thumb(body)) == ["blue", "red", "white", "green"]


BODIES = {
    name: make() for name, make in WHOLE.items() if name in {"jpeg", "progressive jpeg", "palette png", "gif", "webp"}
}


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    name=st.sampled_from(sorted(BODIES)),
    flips=st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), min_size=1, max_size=12),
)
def test_flipped_bytes_make_another_picture_or_a_refusal(name: str, flips: list[tuple[int, int]]) -> None:
    body = bytearray(BODIES[name])
    for place, mask in flips:
        body[place % len(body)] ^= mask
    try:
        picture = examine(bytes(body), thumbs=SMALL)
    except NotAPictureError as error:
        known = is_known("failed", error.reason)
    else:
        known = picture.thumbs.keys() == SMALL.keys()
    assert known


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    start=st.sampled_from([b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\1\0\0WEBPVP8 ", b""]),
    rest=st.binary(max_size=200),
)
def test_bytes_that_only_begin_like_a_picture_are_refused(start: bytes, rest: bytes) -> None:
    with pytest.raises(NotAPictureError):
        examine(start + rest)


def test_the_digest_is_of_the_bytes_as_served() -> None:
    assert Picture.digest(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
