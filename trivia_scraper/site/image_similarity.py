"""Decides whether two images show the same, by their thumbnails: of a replaced image nothing else is kept.

A difference hash measures how alike the outlines are, whatever the encoding and the size. It does not see colours, or a
date that was changed in one corner, so the patches of both are compared too. docs/catalogue.md has the measurements;
tests/unit/site/test_image_similarity.py holds the limits against them.
"""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import Literal, cast

from dhash import dhash_row_col, get_num_bits_different
from PIL import Image, ImageChops

_SIDE = 16
_ENOUGH = 8 * _SIDE  # pixels: a JPEG is read at a fraction of its size, at a fraction of the cost
BITS = 2 * _SIDE**2
SAME_BITS = 40
"""Of BITS. Of the same image in another encoding or size fewer differ."""
SAME_PATCH = 36
"""Of 255. No patch of the same image differs by more, in its red, green or blue."""
ALIKE_BITS = 48
"""Of the same image in other colours, or with another text on it, fewer differ."""

Resemblance = Literal["same", "altered", "other"]


@dataclass(frozen=True, slots=True)
class Sample:
    """The facts of a thumbnail that are compared, and its size in pixels."""

    width: int
    height: int
    rows: int
    columns: int
    patches: Image.Image

    @classmethod
    def of(cls, body: bytes) -> Sample | None:
        """Return the sample of a thumbnail, or None if the bytes are not a JPEG that opens."""
        try:
            with Image.open(BytesIO(body), formats=["JPEG"]) as image:
                size = image.size
                image.draft(None, (_ENOUGH, _ENOUGH))
                colours = image.convert("RGB")
            # Greys, and not the image: dhash would read it by what Pillow is about to remove.
            greys = colours.convert("L").resize((_SIDE + 1, _SIDE + 1), Image.Resampling.LANCZOS)
            rows, columns = dhash_row_col(list(greys.tobytes()), _SIDE)
            return cls(*size, rows, columns, colours.resize((_SIDE, _SIDE), Image.Resampling.BOX))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning):
            return None


def distance(before: Sample, after: Sample) -> tuple[int, int]:
    """Return how many of BITS differ in the outlines, and the largest difference of a patch, of 255."""
    bits = get_num_bits_different(before.rows, after.rows) + get_num_bits_different(before.columns, after.columns)
    bands = ImageChops.difference(before.patches, after.patches).split()
    return bits, max(int(cast("tuple[int, int]", band.getextrema())[1]) for band in bands)


def resemblance(before: Sample, after: Sample) -> Resemblance:
    bits, patch = distance(before, after)
    if bits <= SAME_BITS and patch <= SAME_PATCH:
        return "same"
    return "altered" if bits <= ALIKE_BITS else "other"
