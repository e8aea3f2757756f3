"""Makes thumbnails: upright, sRGB, on white, without metadata."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from io import BytesIO
from operator import index
from typing import Any

from PIL import Image, ImageCms, ImageFile, ImageMath, ImageOps
from PIL.TiffImagePlugin import ImageFileDirectory_v2
from PIL.TiffTags import SHORT

from trivia_scraper.errors import UsageError
from trivia_scraper.images.paths import Size

_QUALITY = 85
_LONGEST = 4096
_ORIENTATION = 0x0112
_TURN = Image.Transpose
_UPRIGHT = {
    2: _TURN.FLIP_LEFT_RIGHT,
    3: _TURN.ROTATE_180,
    4: _TURN.FLIP_TOP_BOTTOM,
    5: _TURN.TRANSPOSE,
    6: _TURN.ROTATE_270,
    7: _TURN.TRANSVERSE,
    8: _TURN.ROTATE_90,
}
_NAME = re.compile(r"[a-z0-9_-]{1,40}")
_REDUCING = Image.Resampling.HAMMING  # after `_reduce` the scale is at most a half, where slower filters look no better
_ENLARGING = Image.Resampling.BICUBIC
_GREY_STEPS = {"L;2": 85, "L;4": 17}
_SRGB = ImageCms.createProfile("sRGB")


def parse_thumbnail_sizes(setting: Any) -> dict[str, Size]:
    """Return name -> size of an IMAGES_THUMBS setting: a dict or, from a command line, JSON. Raises UsageError."""
    try:
        given = json.loads(setting) if isinstance(setting, str) else setting
        sizes = {str(name): (index(width), index(height)) for name, (width, height) in given.items()}
    except (ValueError, TypeError, AttributeError):
        sizes = {"": (0, 0)}  # is refused below
    if not all(_NAME.fullmatch(name) and min(size) > 0 and max(size) <= _LONGEST for name, size in sizes.items()):
        raise UsageError(
            'IMAGES_THUMBS takes names (a-z, 0-9, - and _) with width and height, like {"small": [300, 300]}, '
            f"not {setting!r}."
        )
    return sizes


def compute_draft_size(image: Image.Image, sizes: Iterable[Size], *, fit: bool) -> Size:
    """Return the smallest size to decode at that covers every thumbnail, in either orientation of the image."""
    wanted = [scale for size in sizes for scale in (_scale(image, size, fit), _scale(image, size[::-1], fit))]
    scale = max([1 / 8, *wanted])
    return math.ceil(image.width * scale), math.ceil(image.height * scale)


def _scale(image: Image.Image, size: Size, fit: bool) -> float:
    """Return the scale, at most 1, at which the image covers `size`, or with `fit` is inside it."""
    ratios = size[0] / image.width, size[1] / image.height
    return min(1.0, min(ratios) if fit else max(ratios))


def note_transparency(image: ImageFile.ImageFile) -> None:
    """Note in `info` what is transparent in an image, before it is loaded.

    `shown`: the area of a GIF's first frame, if smaller than the image. Browsers show nothing around it.
    `transparency`: the transparent colour of a PNG, converted to the values that its pixels have in Pillow.
    """
    key = image.info.get("transparency")
    if not image.tile:
        return
    _, area, _, args = image.tile[0]
    if image.format == "GIF" and key is None and area != (0, 0, *image.size):
        image.info["shown"] = area
    elif image.format == "PNG" and key is not None:
        if args == "RGB;16B":
            image.info["transparency"] = tuple(value >> 8 for value in key)
        elif args in _GREY_STEPS:
            image.info["transparency"] = key * _GREY_STEPS[args]


def make_thumbnail(image: Image.Image, size: Size, *, fit: bool) -> bytes:
    """Return a JPEG that fills `size`, centre-cropped, or with `fit` shows the whole image inside it."""
    upright = _turn_upright(_reduce(image, size), image)
    if fit:
        scale = min(1.0, size[0] / upright.width, size[1] / upright.height)
        inside = max(1, round(upright.width * scale)), max(1, round(upright.height * scale))
        small = upright.resize(inside, _REDUCING)
    else:
        enlarges = upright.width < size[0] or upright.height < size[1]
        small = ImageOps.fit(upright, size, _ENLARGING if enlarges else _REDUCING)
    # Convert colours and background last, when only few pixels are left.
    buffer = BytesIO()
    _flatten_on_white(_convert_to_srgb(small, image.info.get("icc_profile"))).save(
        buffer, "JPEG", quality=_QUALITY, comment=b""
    )
    return buffer.getvalue()


def _reduce(image: Image.Image, size: Size) -> Image.Image:
    """Convert an image to eight bits per channel, and reduce a large one by an integer factor.

    This is done in bands, because a converted copy of 50 megapixels takes 200 MB.
    """
    factor = min(image.size) // (2 * max(size))
    if factor < 2:
        return _convert_to_eight_bit(image, 0)
    height = 64 * factor
    tops = range(0, image.height, height)
    bands = ((image.crop((0, top, image.width, min(top + height, image.height))), top) for top in tops)
    small = [_convert_to_eight_bit(band, top).reduce(factor) for band, top in bands]
    whole = Image.new(small[0].mode, (small[0].width, sum(band.height for band in small)))
    for number, band in enumerate(small):
        whole.paste(band, (0, number * 64))
    whole.info = image.info
    return whole


def _turn_upright(reduced: Image.Image, image: Image.Image) -> Image.Image:
    """Turn `reduced` as the EXIF data of `image` says.

    Image.getexif and ImageOps.exif_transpose would also read XMP, which browsers ignore.
    """
    data = BytesIO(image.info.get("exif", b"").removeprefix(b"Exif\0\0"))
    try:
        tags = ImageFileDirectory_v2(data.read(8))
        data.seek(tags.next)
        tags.load(data)
        is_read = tags.tagtype.get(_ORIENTATION) == SHORT  # browsers ignore other types
        turn = _UPRIGHT.get(tags[_ORIENTATION]) if is_read else None
    except Exception:  # Pillow raises any exception for broken metadata; keep the image
        return reduced
    return reduced if turn is None else reduced.transpose(turn)


def _convert_to_eight_bit(image: Image.Image, top: int) -> Image.Image:
    """Return a band of the image with transparent pixels in an alpha channel, before it is scaled.

    top: first row of this band in the whole image.
    """
    key, area = image.info.get("transparency"), image.info.get("shown")
    if image.mode.startswith("I"):
        wide = image.convert("I")
        eight = wide.point(lambda value: value / 256).convert("L")  # Pillow would clip values at 255
        if key is not None:
            eight.putalpha(_mask_other_values(wide, key))
    elif key is not None:
        eight = image.convert("RGBA")
    elif image.mode in {"1", "P"}:
        eight = image.convert("L" if image.mode == "1" else "RGB")
    else:
        eight = image
    if area is not None:
        eight = eight.convert("RGB")
        alpha = Image.new("L", image.size, 0)
        alpha.paste(255, (area[0], area[1] - top, area[2], area[3] - top))
        eight.putalpha(alpha)
    eight.info.pop("transparency", None)
    return eight


def _mask_other_values(image: Image.Image, key: int) -> Image.Image:
    """Return a mask of the pixels that have another value."""
    mask: Image.Image = ImageMath.lambda_eval(
        lambda it: it["convert"](it["notequal"](it["image"], key) * 255, "L"), image=image
    )
    return mask


def _convert_to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert an image from its own colour profile to sRGB, if the profile can be read."""
    if not profile or image.mode not in {"RGB", "CMYK", "L"}:
        return image
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(source).lower():
            return image
        return ImageCms.profileToProfile(image, source, _SRGB, outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image


def _flatten_on_white(image: Image.Image) -> Image.Image:
    if image.mode not in {"RGBA", "LA", "PA"} and "transparency" not in image.info:
        return image if image.mode == "RGB" else image.convert("RGB")
    layer = image.convert("RGBA")
    flat = Image.new("RGB", layer.size, "white")
    flat.paste(layer, mask=layer)
    return flat
