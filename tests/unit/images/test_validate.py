"""Tests that bytes from an untrusted source become a checked image or are refused with a reason."""

from __future__ import annotations

import base64
import hashlib
import random
import re
import resource
import signal
import warnings
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, UnidentifiedImageError

from sandbox import hostile_files
from tests.support.accidents import PeakReported
from tests.support.children import FORKSERVER
from tests.support.drawn import (
    AVIF,
    RED,
    SMALL,
    WHOLE,
    animation,
    corners,
    encoded,
    flat_png,
    needs_avif,
    noise,
    quarters,
    thumb,
)
from trivia_scraper.images.digests import sha256_of
from trivia_scraper.images.formats import suffix_of
from trivia_scraper.images.policy import ImageError, is_known
from trivia_scraper.images.validate import MAX_FRAMES, MAX_PIXELS, MAX_SIDE, examine, examine_here


def refusal(body: bytes, **options: Any) -> str:
    with pytest.raises(ImageError) as caught:
        examine(body, **options)
    assert is_known("failed", caught.value.reason)
    assert str(caught.value)
    return caught.value.reason


@pytest.mark.parametrize("make", [*(pytest.param(make, id=name) for name, make in WHOLE.items()), AVIF])
def test_examine_returns_facts_of_bytes(make: Callable[[], bytes]) -> None:
    body = make()
    with Image.open(BytesIO(body)) as opened:
        expected = (opened.format, *opened.size)
    image = examine(body, thumbs=SMALL)
    assert (image.format, image.width, image.height) == expected
    assert image.sha256 == hashlib.sha256(body).hexdigest()
    assert suffix_of(body) == {"JPEG": "jpg"}.get(image.format, image.format.lower())
    made = Image.open(BytesIO(image.thumbs["small"]))
    assert (made.format, made.mode, made.size) == ("JPEG", "RGB", (40, 40))


def test_mpo_is_jpeg() -> None:
    body = encoded(quarters(), "MPO", save_all=True, append_images=[noise()])
    with Image.open(BytesIO(body)) as opened:
        assert opened.format == "MPO"
    image = examine(body, thumbs=SMALL)
    assert (image.format, image.width, image.height) == ("JPEG", 160, 120)
    assert corners(thumb(body)) == ["red", "green", "blue", "white"]


def test_examine_makes_only_requested_thumbnails() -> None:
    assert examine(WHOLE["png"]()).thumbs == {}
    made = examine(WHOLE["png"](), thumbs={"small": (40, 40), "wide": (90, 30)}).thumbs
    assert {name: Image.open(BytesIO(body)).size for name, body in made.items()} == {
        "small": (40, 40),
        "wide": (90, 30),
    }


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP", "GIF", pytest.param("AVIF", marks=needs_avif)])
def test_truncated_image_is_refused(format_name: str, share: float) -> None:
    body = encoded(noise(), format_name)
    assert refusal(body[: int(len(body) * share)], thumbs=SMALL) == "truncated"


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("length", [2, 10, 100, 400])
def test_photograph_cut_after_header_is_refused(length: int, progressive: bool) -> None:
    body = encoded(noise(), "JPEG", progressive=progressive)[:length]
    assert refusal(body) in {"truncated", "not_an_image"}


@pytest.mark.parametrize("format_name", ["GIF", "WEBP", "PNG"])
def test_animation_without_last_frames_is_refused(format_name: str) -> None:
    frames = [noise(60, 60).transpose(turn) for turn in list(Image.Transpose)[:4]]  # equal images would be one frame
    body = encoded(frames[0], format_name, save_all=True, append_images=frames[1:], duration=50)
    with Image.open(BytesIO(body)) as image:
        assert getattr(image, "n_frames", 1) == len(frames)
    assert examine(body).width == 60
    assert refusal(body[: int(len(body) * 0.7)]) == "truncated"


@pytest.mark.parametrize("name", ["jpeg", "png", "gif", "webp"])
def test_bytes_after_whole_image_are_accepted(name: str) -> None:
    body = WHOLE[name]() + b"\n<script>alert(1)</script>PK\3\4"
    image = examine(body, thumbs=SMALL)
    assert image.sha256 == hashlib.sha256(body).hexdigest()
    assert b"<script>" not in image.thumbs["small"]


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
def test_other_bytes_are_refused_with_reason(body: bytes, reason: str) -> None:
    assert refusal(body, thumbs=SMALL) == reason


@pytest.mark.parametrize(
    ("width", "height"), [(20_000, 20_000), (13_000, 13_000), (MAX_SIDE + 1, 1), (1, MAX_SIDE + 1), (7_072, 7_072)]
)
def test_too_many_pixels_are_refused_before_decoding(width: int, height: int) -> None:
    body = flat_png(width, height)
    assert len(body) < 100_000
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as in a crawl, where warnings of Pillow are not errors
        assert refusal(body) == "too_large"


@pytest.mark.parametrize(("width", "height"), [(MAX_SIDE, 1), (1, MAX_SIDE), (10_000, 5_000)])
def test_image_at_size_limits_is_accepted(width: int, height: int) -> None:
    assert width * height <= MAX_PIXELS
    assert (examine(flat_png(width, height)).width, examine(flat_png(width, height)).height) == (width, height)


def test_animation_frames_are_limited() -> None:
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
def test_single_pixel_is_refused_only_by_minimum(
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
def test_image_with_broken_metadata_is_accepted(exif: bytes) -> None:
    body = encoded(quarters(), "JPEG", exif=exif, quality=95)
    assert corners(thumb(body)) == ["red", "green", "blue", "white"]


BODIES = {
    name: make() for name, make in WHOLE.items() if name in {"jpeg", "progressive jpeg", "palette png", "gif", "webp"}
}


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    name=st.sampled_from(sorted(BODIES)),
    flips=st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), min_size=1, max_size=12),
)
def test_image_with_flipped_bytes_is_checked_or_refused(name: str, flips: list[tuple[int, int]]) -> None:
    body = bytearray(BODIES[name])
    for place, mask in flips:
        body[place % len(body)] ^= mask
    try:
        image = examine(bytes(body), thumbs=SMALL)
    except ImageError as error:
        known = is_known("failed", error.reason)
    else:
        known = image.thumbs.keys() == SMALL.keys()
    assert known


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    start=st.sampled_from([b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\0\1\0\0WEBPVP8 ", b""]),
    rest=st.binary(max_size=200),
)
def test_image_signature_with_other_bytes_is_refused(start: bytes, rest: bytes) -> None:
    with pytest.raises(ImageError):
        examine(start + rest)


def test_digest_is_of_served_bytes() -> None:
    assert sha256_of(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


MOST_MEMORY = 400 * 1024 * 1024


def measure_peak(peak: Path, target: Callable[[Path], None]) -> int:
    """Return the most memory, in bytes, that a process needed for a function."""
    process = FORKSERVER.Process(target=target, args=(peak,))
    process.start()
    process.join()
    assert process.exitcode == 0
    return int(peak.read_text())


def test_largest_image_costs_little_more_than_its_pixels(tmp_path: Path) -> None:
    assert measure_peak(tmp_path / "peak", examine_largest) < MOST_MEMORY


def examine_largest(peak: Path) -> None:
    PeakReported(peak)()
    examine(hostile_files.flat_png(7_000, 7_000, "RGBA"), thumbs={"small": (300, 300)})


# An AVIF file that says 100x100 but contains an image of 16,000x16,000 with alpha: 5 kB that need more than 1 GB.
LARGER_THAN_IT_SAYS = zlib.decompress(
    base64.b85decode(
        "c-muNU{FXasVqn=%S>Yc0uY^>nP!-qnV9D5Xz0kmz}S|XT9U{B0g4$ZIYm%5LqTS82?HA7E66O#1+y4|SSK?lKN-"
        "YvVPIeaivTglBL)WUDL_7$$GDDxf!zeicFN4m13LjMBL(E7GC|ErEHf~4&d<pQ+l-K5g2*`L6l5eqWQtPLVD3mPt"
        ";hk}39|KYW<gN_ke-`akem;sMKX&EQlTnSpje<Fvmz5Dz|6tH0i<{m%M6_x?ZIk<lk;<m@{)5ZfTr;>ur)wD3Q^9"
        "8P%JM460iVT?F?d+7Ufyx7Nn+w2`8)M%;W;A;>zNZ)ZAh#pqk8_%*3Kft3;Ud<uVI$Vc`sPI13|FGYbO~3nObAI|"
        "GBzh1`_H5+MdI4*BnO^*{f&Iv6eG6HsDclW1Tt|8icjAp4>D_Gy2=UN4R>S+u2WwNm1=pFJxy(;IRgZJSszL7kPc"
        "Z_A7u%%TBRGoN#v+IQvLgRegvEWSl9o8{SIIj`-9DC;Skw7o`>>Lt8V*#TL-x1SiV6kN;5sj2Hcd!b^w#*+m{qB1"
        "ud9}HoWVmq|{3HdtB2<tqSzQ|5=(;<cnTc3PZb`oz(W!qSJVj$c)>dR4Ij{0)cmm|fOCgj*CK~G(zdn^f9XL8$v>"
        "de1OSWKiGjGDv+loAamIW%#oPjFyhh&+ETaINMe-SWBR^(j|l*Tw%?5q+%pT~EI5Cv(#?BFS3Q*1!MF)jWmy7ymj"
        "It#iL-y(;><C0TB*x@};|{Kwa0c#h85p}$1$<gT>co4(c^Ynbq1k4~&r<DMr{YogDeizsLMeA8fW;l(4;hKD3ROm"
        "J#rTKM4CjSvl=%Z|Nk?#;WhH`3(rzpj<yp>vA0Bl&tt<OB~SyHC8~-)3b0e>$5Wr@{&euNA=-$qM|L6*F0v8vQ^0"
        "WXi|AOie#%YIqb$hL=6QsWr*<`mM=RQ`@er5z+A5TYpnv?W<(=Jv(ilyi#AJ<rFBqH#NQUmBsY~ArFRbsEh{rXpo"
        "Nv`Dl=j2Ki`^j|Tb33G!fCIDF_BO8t;c0sxN=6Nv"
    )
)


@needs_avif
def test_oversized_avif_uses_no_memory_of_crawl(tmp_path: Path) -> None:
    assert measure_peak(tmp_path / "peak", examine_avif_bomb) < MOST_MEMORY


def examine_avif_bomb(peak: Path) -> None:
    PeakReported(peak)()
    assert refusal(LARGER_THAN_IT_SAYS) in {"format", "too_large"}
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 < 1.1 * 1024**3


@needs_avif
@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (CompletedProcess([], -signal.SIGXCPU, b"", b""), "too_large"),
        (CompletedProcess([], 1, b"", b"Traceback\nImportError: no codec"), "storage"),
        (TimeoutExpired([], 60), "too_large"),
        (OSError("no more processes"), "storage"),
    ],
)
def test_avif_process_failure_has_reason(monkeypatch: pytest.MonkeyPatch, result: Any, reason: str) -> None:
    def run(*_: Any, **options: Any) -> Any:
        if isinstance(result, Exception):
            raise result
        return result

    monkeypatch.setattr("subprocess.run", run)
    assert refusal(encoded(quarters(), "AVIF")) == reason


@needs_avif
def test_avif_with_two_association_boxes_is_accepted() -> None:
    """The encoder cavif writes one box for the colours and one for alpha. Pillow's decoder accepts only one."""
    image = quarters(mode="RGBA")
    image.putpixel((80, 60), (0, 0, 0, 0))
    body = encoded(image, "AVIF", quality=95)
    start = body.index(b"ipma") - 4
    associations = body[start : start + int.from_bytes(body[start : start + 4], "big")]
    first, second = associations[16:23], associations[23:]  # both name four properties
    assert first[2] == second[2] == 4
    assert len(second) == 7
    boxes = b"".join((12 + 4 + 7).to_bytes(4, "big") + b"ipma" + bytes(7) + b"\1" + each for each in (first, second))
    body = grown(body[:start] + boxes + body[start + len(associations) :], len(boxes) - len(associations))
    with warnings.catch_warnings(action="ignore"), pytest.raises(UnidentifiedImageError, match="cannot identify"):
        Image.open(BytesIO(body), formats=["AVIF"])
    assert corners(thumb(body)) == ["red", "green", "blue", "white"]


def grown(body: bytes, number: int) -> bytes:
    """Return an AVIF file with the sizes of `meta` and `iprp` and the offsets in `iloc` increased by some bytes."""
    changed = bytearray(body)

    def add(at: int) -> None:
        changed[at : at + 4] = (int.from_bytes(body[at : at + 4], "big") + number).to_bytes(4, "big")

    for name in (b"meta", b"iprp"):
        add(body.index(name) - 4)
    locations = body.index(b"iloc") + 12
    for item in range(2):
        add(locations + item * 14 + 6)
    return bytes(changed)


@needs_avif
@pytest.mark.parametrize("brand", [b"avif", b"avis"])
def test_unreadable_avif_is_refused_as_format(brand: bytes) -> None:
    assert refusal(b"\0\0\0\x1cftyp" + brand + bytes(4) + brand + b"mif1miaf" + bytes(40)) == "format"


@pytest.mark.filterwarnings("ignore:::PIL")
@pytest.mark.parametrize("format_name", ["rotated_jpeg", "png", "webp", "gif", "avif"])
def test_mutated_images_are_checked_or_refused(format_name: str) -> None:
    body = hostile_files.good(format_name)
    chance = random.Random(format_name)
    reasons = set()
    for _ in range(200):
        mutated = bytearray(body)
        # Mutate the front more often, because sizes and offsets are there.
        for _ in range(chance.choice([1, 4, 30])):
            mutated[chance.randrange(chance.choice([200, len(body)]))] = chance.randrange(256)
        try:
            examine_here(bytes(mutated), minimum=(2, 2), thumbs={"small": (300, 300)}, fit=False, sha256="")
        except ImageError as error:
            reasons.add(error.reason)
    assert all(is_known("failed", reason) for reason in reasons)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<!DOCTYPE html><html>", "a web page, not an image"),
        (b"\xef\xbb\xbf\r\n <HTML lang='en'>", "a web page, not an image"),
        (b"%PDF-1.7\n", "the bytes begin with '%PDF-1.7\\n'"),
        (b"<?xml version='1.0'?>", 'the bytes begin with "<?xml version=\'1"'),
    ],
)
def test_refusal_says_what_came_instead(body: bytes, words: str) -> None:
    with pytest.raises(ImageError, match=f"^{re.escape(words)}$"):
        examine(body)
