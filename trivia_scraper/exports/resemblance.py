"""Do two pictures show the same? Their difference hashes say how far apart they are; pure, on thumbnails."""

from __future__ import annotations

from io import BytesIO
from typing import Literal

from dhash import dhash_int, get_num_bits_different
from PIL import Image

BITS = 128
SAME_BITS = 9
"""Up to so many of BITS differ when a picture was encoded, resized or brightened anew; another photograph differs by
more. tests/test_resemblance.py has what this was chosen by."""
_SIDE = 8
_GREY_SIDE = _SIDE + 1

Resemblance = Literal["same", "other", "unknown"]


def distance(before: bytes, after: bytes) -> int | None:
    """Bits of BITS in which the hashes of two pictures differ; None when one of them does not open."""
    try:
        return int(get_num_bits_different(_hash(before), _hash(after)))
    except (OSError, ValueError, Image.DecompressionBombError):
        return None


def resemblance(bits: int | None) -> Resemblance:
    if bits is None:
        return "unknown"
    return "same" if bits <= SAME_BITS else "other"


def _hash(body: bytes) -> int:
    with Image.open(BytesIO(body), formats=["JPEG"]) as image:
        grey = image.convert("L").resize((_GREY_SIDE, _GREY_SIDE), Image.Resampling.LANCZOS)
    return int(dhash_int(list(grey.tobytes()), _SIDE))
