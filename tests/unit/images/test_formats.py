"""Tests that a cut image file is detected before it is decoded."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from sandbox.images import ENCODINGS
from tests.support.doc_pages import section
from trivia_scraper.images import formats
from trivia_scraper.images.formats import FORMATS, PNG_SIGNATURE, Container, ImageFormat, TooManyPartsError, format_of
from trivia_scraper.images.policy import ImageError
from trivia_scraper.images.validate import MAX_SCANS, MAX_VIEWS, examine
from trivia_scraper.parsing.slugs import file_stem

SIZE = (160, 120)


def read_container(body: bytes) -> Container:
    found = format_of(body)
    return found.read(body) if found else Container(True, body)


def noise(seed: int = 0) -> Image.Image:
    return Image.effect_noise(SIZE, 80 + seed).convert("RGB")


def encoded(image_format: str, **options: object) -> bytes:
    file = BytesIO()
    noise().save(file, image_format, **options)
    return file.getvalue()


def animated(image_format: str) -> bytes:
    file = BytesIO()
    noise(1).save(file, image_format, save_all=True, append_images=[noise(2), noise(3)], duration=100)
    return file.getvalue()


def chunk(name: bytes, data: bytes, *, sound: bool = True) -> bytes:
    return struct.pack(">I4s", len(data), name) + data + struct.pack(">I", zlib.crc32(name + data) ^ (not sound))


def with_chunk(png: bytes, *chunks: bytes) -> bytes:
    """Return a PNG with these chunks after its header."""
    start = len(PNG_SIGNATURE) + 25
    return png[:start] + b"".join(chunks) + png[start:]


def zeroed(body: bytes, share: float) -> bytes:
    kept = int(len(body) * share)
    return body[:kept] + bytes(len(body) - kept)


JPEG, PROGRESSIVE = encoded("JPEG"), encoded("JPEG", progressive=True)
PNG, GIF, WEBP, AVIF = encoded("PNG"), encoded("GIF"), encoded("WEBP"), encoded("AVIF")
APNG, MOVING_GIF, MPO = animated("PNG"), animated("GIF"), animated("MPO")
HONEST = {
    "jpeg": JPEG,
    "progressive": PROGRESSIVE,
    "png": PNG,
    "gif": GIF,
    "webp": WEBP,
    "avif": AVIF,
    "apng": APNG,
    "moving gif": MOVING_GIF,
    "moving webp": animated("WEBP"),
    "two views": MPO,
    "bytes after a jpeg": JPEG + b"\0" * 100 + b"a trailer",
    "bytes after a png": PNG + b"a trailer",
    "bytes after a gif": GIF + b"a trailer",
    "fill bytes before a marker": JPEG[:2] + b"\xff\xff" + JPEG[2:],
    "second view removed": MPO[: MPO.index(b"\xff\xd9") + 2],
    "wrong checksum in a profile": with_chunk(PNG, chunk(b"iCCP", b"x\0\0" + zlib.compress(b"p" * 200), sound=False)),
    "profile that does not inflate": with_chunk(PNG, chunk(b"iCCP", b"x\0\0not zlib")),
    "profile that inflates to more than Pillow reads": with_chunk(
        PNG, chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(1_100_000)))
    ),
    "empty chunks": with_chunk(PNG, *(chunk(name, b"") for name in (b"sRGB", b"gAMA", b"cHRM", b"sBIT", b"bKGD"))),
    "wrong checksum in a size": with_chunk(PNG, chunk(b"pHYs", bytes(9), sound=False)),
    "text that is not compressed as it says": with_chunk(PNG, chunk(b"zTXt", b"k\0\x07not zlib")),
}
CUT = {
    "jpeg without its end marker": JPEG[:-2],
    "second half of a jpeg is zeros": zeroed(JPEG, 0.5),
    "last fifth of a jpeg is zeros": zeroed(JPEG, 0.8),
    "progressive jpeg without its last scans": zeroed(PROGRESSIVE, 0.6),
    "second half of a png is zeros": zeroed(PNG, 0.5),
    "one byte of a png's data is another": PNG[:200] + bytes([PNG[200] ^ 1]) + PNG[201:],
    **{f"png without its last {number} bytes": PNG[:-number] for number in (1, 4, 12, 13, 22)},
    **{f"apng without its last {number} bytes": APNG[:-number] for number in (1, 12, 22)},
    "gif without its trailer": GIF[:-1],
    "webp shorter than it says": WEBP[:-10],
    "avif shorter than its boxes": AVIF[:-10],
    "second view cut": MPO[:-50],
    "png that cannot be opened": PNG[:33] + chunk(b"tEXt", b"k\0v", sound=False) + PNG[33:-12],
}


@pytest.mark.parametrize("name", HONEST)
def test_images_shown_by_browsers_are_accepted(name: str) -> None:
    assert examine(HONEST[name]).width == SIZE[0]


@pytest.mark.parametrize("name", CUT)
def test_cut_images_are_refused(name: str) -> None:
    with pytest.raises(ImageError) as caught:
        examine(CUT[name])
    assert caught.value.reason == "truncated"


def test_gif_cut_between_frames_is_refused() -> None:
    frame = MOVING_GIF.rindex(b"\x21\xf9\x04")  # the extension before the last frame
    whole = Image.open(BytesIO(MOVING_GIF[:frame]))
    assert getattr(whole, "n_frames", 0) == 2, "Pillow finds nothing wrong"
    with pytest.raises(ImageError, match="without the end") as caught:
        examine(MOVING_GIF[:frame])
    assert caught.value.reason == "truncated"


def with_scans(count: int) -> bytes:
    """Return a progressive JPEG whose last scan is repeated."""
    last = PROGRESSIVE.rindex(b"\xff\xda")
    return PROGRESSIVE[:last] + PROGRESSIVE[last:-2] * count + PROGRESSIVE[-2:]


def test_scans_are_counted_before_any_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    scans = read_container(PROGRESSIVE).passes
    assert 5 < scans < MAX_SCANS
    assert read_container(with_scans(3)).passes == scans + 2
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda _: pytest.fail("decoded"))
    with pytest.raises(ImageError, match="scans") as caught:
        examine(with_scans(MAX_SCANS))
    assert caught.value.reason == "too_large"


def test_marker_without_length_hides_no_scans() -> None:
    """Decoders skip such a marker inside a scan. Reading a length after it would skip the scans that follow."""
    last = PROGRESSIVE.rindex(b"\xff\xda")
    hidden = PROGRESSIVE[last:-2] * 3
    body = PROGRESSIVE[:-2] + b"\xff\x02" + (len(hidden) + 2).to_bytes(2, "big") + hidden + PROGRESSIVE[-2:]
    assert read_container(body).passes == read_container(PROGRESSIVE).passes + 3


def test_only_first_profile_is_inflated(monkeypatch: pytest.MonkeyPatch) -> None:
    inflated: list[bytes] = []

    def inflates(profile: bytes) -> bool:
        inflated.append(profile)
        return True

    monkeypatch.setattr(formats, "_inflates", inflates)
    body = with_chunk(PNG, *(chunk(b"iCCP", b"%d\0\0" % number) for number in range(3)))
    assert read_container(body).body.count(b"iCCP") == 1
    assert inflated == [b"0\0\0"]


def with_views(count: int) -> bytes:
    """Return a JPEG whose index names this many views."""
    views = b"".join(struct.pack("<IIIHH", 0x030000, 1000, 8 * bool(number), 0, 0) for number in range(count))
    tags = [(0xB000, 7, 4, b"0100"), (0xB001, 4, 1, struct.pack("<I", count)), (0xB002, 7, len(views), b"\x32\0\0\0")]
    index = b"II*\0\x08\0\0\0" + struct.pack("<H", 3)
    index += b"".join(struct.pack("<HHI", *tag[:3]) + tag[3] for tag in tags) + bytes(4) + views
    return JPEG[:2] + b"\xff\xe2" + struct.pack(">H", len(index) + 6) + b"MPF\0" + index + JPEG[2:]


def test_views_are_counted_before_any_is_searched() -> None:
    with pytest.raises(ImageError, match="images in one file") as caught:
        examine(with_views(MAX_VIEWS + 1))
    assert caught.value.reason == "too_large"
    with pytest.raises(ImageError) as caught:
        examine(with_views(MAX_VIEWS))
    assert caught.value.reason == "truncated", "no view begins there"


def test_large_image_may_have_fewer_scans(monkeypatch: pytest.MonkeyPatch) -> None:
    scans = read_container(PROGRESSIVE).passes
    monkeypatch.setattr("trivia_scraper.images.validate.MAX_SCANNED_PIXELS", SIZE[0] * SIZE[1] * scans)
    assert examine(PROGRESSIVE).width == SIZE[0]
    with pytest.raises(ImageError, match="scans") as caught:
        examine(with_scans(2))
    assert caught.value.reason == "too_large"


@pytest.mark.parametrize(
    "make",
    [
        lambda: with_chunk(PNG, chunk(b"tEXt", b"k\0v") * 60),
        lambda: JPEG[:2] + b"\xff\xfe\0\x02" * 60 + JPEG[2:],
        lambda: GIF[:-1] + b"\x21\xfe\0" * 60 + GIF[-1:],
    ],
)
def test_parts_are_bounded(make: Callable[[], bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_container(make()).complete
    monkeypatch.setattr(formats, "MAX_PARTS", 50)
    with pytest.raises(TooManyPartsError):
        read_container(make())
    with pytest.raises(ImageError) as caught:
        examine(make())
    assert caught.value.reason == "too_large"


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.name)
def test_format_is_known_wherever_formats_differ(known: ImageFormat) -> None:
    body = encoded(known.pillow)
    assert format_of(body) is known, "images/formats.py: `matches` does not accept what Pillow writes"
    assert known.read(body).complete
    assert not known.read(body[:-10]).complete, "images/formats.py: `read` does not notice a cut file"
    assert known.name.lower() in ENCODINGS, "sandbox/images.py: say in ENCODINGS how to draw it"
    for suffix in known.suffixes:
        assert file_stem(f"https://a.example/b.{suffix}") == "b", "parsing/slugs.py: add the suffix to _IMAGE_SUFFIX"
    assert known.name in section("images.md", "Which images are accepted"), "docs/images.md: name the format"


def test_container_of_file_cut_anywhere_is_read() -> None:
    for body in HONEST.values():
        for end in range(0, min(len(body), 3000), 7):
            read_container(body[:end])
