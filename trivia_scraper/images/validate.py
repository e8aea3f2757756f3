"""Checks image bytes from an untrusted source: returns facts and thumbnails, or the reason why they are refused."""

from __future__ import annotations

import base64
import json
import os
import struct
import subprocess
import sys
import threading
import warnings
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from typing import Any

from PIL import Image, UnidentifiedImageError
from PIL.MpoImagePlugin import MpoImageFile

from trivia_scraper.images.digests import sha256_of
from trivia_scraper.images.formats import (
    AVIF,
    MAX_PARTS,
    Container,
    ImageFormat,
    TooManyPartsError,
    format_of,
    has_jpeg,
)
from trivia_scraper.images.paths import Size
from trivia_scraper.images.policy import ImageError, Reason
from trivia_scraper.images.thumbnails import compute_draft_size, make_thumbnail, note_transparency

_MPO_INDEX = b"MPF\0"  # offsets of views are relative to its end (CIPA DC-007)
_MPO_VIEWS = 0xB002
MAX_PIXELS = 50_000_000
MAX_SIDE = 12_000
MAX_FRAMES = 500
MAX_VIEWS = 32  # in one JPEG; each is searched, and cameras write two or three
MAX_SCANS = 100  # of a progressive JPEG; each is as much work as the first, and encoders write 10 to 64
MAX_SCANNED_PIXELS = 1_000_000_000  # of all scans; 50 megapixels in ten scans are half of this
MAX_MOVING_PIXELS = 200_000_000  # of all frames of an animation
MAX_FRAME_PIXELS = 12_500_000  # of each frame; Pillow holds several copies while it composes the next one
_LARGE = threading.Lock()  # one large image at a time: 50 megapixels decoded at full size take 200 MB
_AVIF = threading.Lock()  # one decoder process at a time, because of its memory
_AVIF_TIMEOUT = 60  # seconds; the process also has a limit of CPU time
_UNREAD_AVIF = "an AVIF image that Pillow cannot read, though browsers may"


@dataclass(frozen=True, slots=True)
class CheckedImage:
    """Facts about a valid image. Width and height are in pixels as stored, before any EXIF orientation."""

    format: str
    width: int
    height: int
    sha256: str
    thumbs: dict[str, bytes] = field(default_factory=dict)


def examine(
    body: bytes,
    *,
    minimum: Size = (1, 1),
    thumbs: Mapping[str, Size] | None = None,
    fit: bool = False,
    sha256: str | None = None,
) -> CheckedImage:
    """Decode the whole image, which detects a cut one, and make its thumbnails. Raises ImageError.

    minimum: width and height below which it is refused. thumbs: name -> size in pixels, filled and centre-cropped; with
    `fit` the whole image fits inside that size. sha256: of `body`, if known.
    """
    if not body:
        raise ImageError(Reason.NOT_AN_IMAGE, "the answer is empty")
    sha256 = sha256 or sha256_of(body)
    if format_of(body) is AVIF:
        return _examine_in_process(body, minimum=minimum, thumbs=thumbs, fit=fit, sha256=sha256)
    return examine_here(body, minimum=minimum, thumbs=thumbs, fit=fit, sha256=sha256)


def _examine_in_process(body: bytes, **options: Any) -> CheckedImage:
    """Examine an image in a process of its own (avif_decoder.py)."""
    command = [sys.executable, "-P", "-m", f"{__package__}.avif_decoder", json.dumps(options)]
    paths = os.pathsep.join(map(os.path.abspath, sys.path))  # scrapyd adds the project's egg at runtime
    try:
        with _AVIF:
            done = subprocess.run(  # noqa: S603
                command,
                input=body,
                capture_output=True,
                check=False,
                env=os.environ | {"PYTHONPATH": paths},
                start_new_session=True,
                timeout=_AVIF_TIMEOUT,
            )
    except subprocess.TimeoutExpired:
        raise ImageError(Reason.TOO_LARGE, f"decoding took longer than {_AVIF_TIMEOUT} seconds") from None
    except OSError as error:
        raise ImageError(Reason.STORAGE, f"the AVIF decoder could not be started: {error}") from None
    if done.returncode < 0:
        raise ImageError(Reason.TOO_LARGE, f"the AVIF decoder was ended by signal {-done.returncode}")
    if done.returncode:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise ImageError(Reason.STORAGE, f"the AVIF decoder failed: {last[:200]}")
    found = json.loads(done.stdout)
    if "reason" in found:
        raise ImageError(found["reason"], found["found"])
    made = {name: base64.b64decode(thumb) for name, thumb in found.pop("thumbs").items()}
    return CheckedImage(**found, thumbs=made)


def examine_here(
    body: bytes, *, minimum: Size, thumbs: Mapping[str, Size] | None, fit: bool, sha256: str
) -> CheckedImage:
    """Do what `examine` does, in this process. For AVIF, the process must have limits."""
    _silence_pillow()
    sizes = thumbs or {}
    image_format = format_of(body)  # never by a header or a file name
    if image_format is None:
        raise _explain_unknown(body)
    container = _read_container(image_format, body)
    try:
        with Image.open(BytesIO(container.body), formats=[image_format.pillow]) as image:
            width, height = image.size
            _check_size(width, height, minimum)
            if not container.complete or (isinstance(image, MpoImageFile) and _lacks_a_view(image, body)):
                raise ImageError(Reason.TRUNCATED, f"{len(body)} bytes without the end of the file")
            # MPO is Pillow's name for a JPEG with a second view inside, which some cameras make.
            moving = image.format != "MPO" and getattr(image, "is_animated", False)
            if moving:
                _check_animation(image, container.passes)
            elif container.passes > min(MAX_SCANS, max(1, MAX_SCANNED_PIXELS // (width * height))):
                raise ImageError(Reason.TOO_LARGE, f"{container.passes} scans of {width}x{height} pixels")
            # Decoding a JPEG at a smaller scale costs less, and still reads every byte.
            image.draft(None, compute_draft_size(image, sizes.values(), fit=fit))
            note_transparency(image)
            image.decodermaxblock = len(body)  # decode in one piece: between pieces, the thread would wait for others
            with _LARGE if image.width * image.height > MAX_FRAME_PIXELS else nullcontext():
                image.load()
                made = {name: make_thumbnail(image, size, fit=fit) for name, size in sizes.items()}
            if moving:
                _read_frames(image)
    except UnidentifiedImageError:
        raise _explain_unidentified(body, image_format, container) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageError(Reason.TOO_LARGE, str(error)) from None
    except ImageError:
        raise
    except Exception as error:  # Pillow's decoders raise any exception for a malformed file
        raise ImageError(_find_reason(error, image_format, container), f"it cannot be decoded: {error}") from None
    return CheckedImage(image_format.pillow, width, height, sha256, made)


@cache
def _silence_pillow() -> None:
    """Ignore Pillow's warnings about metadata and large images, which the image's own log line would repeat."""
    warnings.filterwarnings("ignore", module=r"PIL\.")


def _check_size(width: int, height: int, minimum: Size) -> None:
    if width < minimum[0] or height < minimum[1]:
        raise ImageError(Reason.TOO_SMALL, f"{width}x{height} pixels")
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE:
        raise ImageError(Reason.TOO_LARGE, f"{width}x{height} pixels")


def _read_container(image_format: ImageFormat, body: bytes) -> Container:
    try:
        return image_format.read(body)
    except TooManyPartsError:
        raise ImageError(Reason.TOO_LARGE, f"{len(body)} bytes in more than {MAX_PARTS} parts") from None


def _lacks_a_view(image: MpoImageFile, body: bytes) -> bool:
    """Return whether a file of several views has an incomplete one.

    The index names the views, but its sizes are ignored, because some encoders, such as Pillow's, write wrong ones. A
    view that starts behind the end of the file was removed by a program that left the index as it was.
    """
    views = image.mpinfo[_MPO_VIEWS] if image.mpinfo else ()
    if len(views) > MAX_VIEWS:
        raise ImageError(Reason.TOO_LARGE, f"{len(views)} images in one file")
    base = body.find(_MPO_INDEX) + len(_MPO_INDEX)
    starts = {base + view["DataOffset"] for view in views if view["DataOffset"]}
    return not all(has_jpeg(body, start) for start in starts if start < len(body))


def _check_animation(image: Image.Image, counted: int) -> None:
    """Refuse an animation with too many frames or pixels. counted: frames in a GIF, which does not state them."""
    frames = counted if image.format == "GIF" else image.n_frames  # type: ignore[attr-defined]
    pixels = image.width * image.height
    if frames > MAX_FRAMES or pixels > MAX_FRAME_PIXELS or frames * pixels > MAX_MOVING_PIXELS:
        raise ImageError(Reason.TOO_LARGE, f"an animation of {frames} frames of {image.width}x{image.height} pixels")


def _read_frames(image: Image.Image) -> None:
    """Decode every frame after the first, to detect a cut animation."""
    pixels = 0
    for frame in range(1, MAX_FRAMES + 1):
        try:
            image.seek(frame)
        except EOFError:
            return
        pixels += image.width * image.height  # check each, because a frame of a GIF can enlarge the image
        if pixels > MAX_MOVING_PIXELS or image.width * image.height > MAX_FRAME_PIXELS:
            break
        image.load()
    raise ImageError(Reason.TOO_LARGE, f"an animation of {frame} frames or more, {image.width}x{image.height} pixels")


def _explain_unknown(body: bytes) -> ImageError:
    if name := name_other_format(body):
        return ImageError(Reason.FORMAT, f"an image in a format that is not accepted: {name}")
    if body[:1000].lstrip(b"\xef\xbb\xbf\r\n\t ").lower().startswith(_WEB_PAGE):
        return ImageError(Reason.NOT_AN_IMAGE, "a web page, not an image")
    return ImageError(Reason.NOT_AN_IMAGE, f"the bytes begin with {repr(body[:16])[1:]}")


def _explain_unidentified(body: bytes, image_format: ImageFormat, container: Container) -> ImageError:
    if not container.complete:
        return ImageError(Reason.TRUNCATED, f"{len(body)} bytes without the end of the file")
    return ImageError(Reason.FORMAT, _UNREAD_AVIF) if image_format is AVIF else _explain_unknown(body)


def _find_reason(error: Exception, image_format: ImageFormat, container: Container) -> Reason:
    """Return the reason for an exception of Pillow. Often only the text differs."""
    if isinstance(error, MemoryError):
        return Reason.STORAGE  # a problem of this machine, not of the image
    text = str(error).lower()
    if "truncated" in text or not container.complete or isinstance(error, (IndexError, EOFError, struct.error)):
        return Reason.TRUNCATED
    if "too large" in text or "too much memory" in text:
        return Reason.TOO_LARGE
    # Browsers show some AVIF files that Pillow cannot read.
    return Reason.FORMAT if image_format is AVIF else Reason.NOT_AN_IMAGE


_WEB_PAGE = (b"<!doctype html", b"<!--", b"<html", b"<head", b"<body")
# Images that not every browser shows, or files that can do more than show an image.
_OTHER_FORMATS = {
    b"BM": "BMP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"\0\0\1\0": "ICO",
    b"8BPS": "PSD",
    b"%!PS": "EPS",
    b"\xc5\xd0\xd3\xc6": "EPS",
    b"SIMPLE  =": "FITS",
    b"\0\0\0\x0cjP  ": "JPEG 2000",
    b"\0\0\0\x0cJXL ": "JPEG XL",
    b"\xff\x0a": "JPEG XL",
    **{b"P%d\n" % number: "PPM" for number in range(1, 8)},
}
_HEIF_BRANDS = {b"heic", b"heix", b"hevc", b"mif1", b"msf1"}


def name_other_format(body: bytes) -> str | None:
    """Return the name of an image format that is not accepted, or None if the bytes are not an image."""
    for signature, name in _OTHER_FORMATS.items():
        if body.startswith(signature):
            return name
    if body[4:8] == b"ftyp" and body[8:12] in _HEIF_BRANDS:
        return "HEIF"
    head = body[:1000].lower()
    return "SVG" if b"<svg" in head and b"<html" not in head else None
