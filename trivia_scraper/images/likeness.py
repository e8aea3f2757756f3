"""Compares images: does a larger file show the same image as the file that a page names?"""

from __future__ import annotations

from io import BytesIO
from typing import cast

from PIL import Image, ImageChops

from trivia_scraper.images.paths import Size
from trivia_scraper.images.validate import examine

_SIDE = 256  # pixels; sizes in file names are rounded to whole pixels, which is half a percent of this
_GRID = 16
_LEAST_PATCH = 4  # pixels; smaller patches would mostly show what an encoder does to sharp edges
_SAME_RATIO = 0.02
_SAME_PATCH = 36  # of 255; patches of the same image differ by less in any size and encoding


def is_same_image(one: Image.Image, other: Image.Image) -> bool:
    """Return whether two samples show the same image in the same shape."""
    if not is_same_shape(one.size, other.size):
        return False
    common = min(one.size, other.size)  # at the larger size, blurred edges of an enlargement would differ
    small = [each if each.size == common else each.resize(common, Image.Resampling.LANCZOS) for each in (one, other)]
    grid = max(1, min(_GRID, min(common) // _LEAST_PATCH))
    patches = [each.resize((grid, grid), Image.Resampling.BOX) for each in small]
    bands = ImageChops.difference(*patches).split()
    return max(int(cast("tuple[int, int]", band.getextrema())[1]) for band in bands) <= _SAME_PATCH


def make_sample(body: bytes) -> Image.Image:
    """Return the image of a file, upright and on white, with sides of at most _SIDE pixels. Raises ImageError."""
    thumb = examine(body, thumbs={"sample": (_SIDE, _SIDE)}, fit=True).thumbs["sample"]
    return Image.open(BytesIO(thumb)).convert("RGB")


def is_same_shape(one: Size, other: Size) -> bool:
    """Return whether two sizes have the same ratio of width to height, apart from rounding."""
    ratios = one[0] / one[1], other[0] / other[1]
    rounding = 1 / min(*one, *other)  # each side is a whole number of pixels
    return abs(ratios[0] / ratios[1] - 1) <= _SAME_RATIO + rounding
