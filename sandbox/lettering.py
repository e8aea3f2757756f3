"""Writes text in Pillow's built-in font, which has no accented letters: marks are drawn above plain letters."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from PIL import ImageDraw, ImageFont

Colour = tuple[int, int, int]

# Strokes around a letter, in units of the font size: x from the letter's middle, y up from its top or bottom.
MARKS: dict[str, list[list[tuple[float, float]]]] = {
    "\u0300": [[(-0.12, 0.22), (0.06, 0.08)]],
    "\u0301": [[(0.12, 0.22), (-0.06, 0.08)]],
    "\u0302": [[(-0.14, 0.08), (0.0, 0.2), (0.14, 0.08)]],
    "\u0303": [[(-0.15, 0.09), (-0.06, 0.17), (0.05, 0.09), (0.15, 0.17)]],
    "\u0307": [[(-0.045, 0.13), (0.045, 0.13)]],
    "\u0308": [[(-0.17, 0.14), (-0.08, 0.14)], [(0.08, 0.14), (0.17, 0.14)]],
    "\u030c": [[(-0.14, 0.2), (0.0, 0.08), (0.14, 0.2)]],
}
BELOW: dict[str, list[list[tuple[float, float]]]] = {
    "\u0327": [[(0.0, 0.0), (0.05, -0.1), (-0.07, -0.17)]],
    "\u0328": [[(0.1, 0.0), (0.04, -0.1), (0.16, -0.16)]],
}
# Letters that Unicode does not decompose, drawn with a bar through the middle.
BARRED = {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O"}


@lru_cache(maxsize=256)
def face(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def plain(text: str) -> str:
    letters = unicodedata.normalize("NFD", text)
    return "".join(BARRED.get(letter, letter) for letter in letters if not unicodedata.combining(letter))


def fitting_size(text: str, width: float, largest: int) -> int:
    """Return the largest font size, in pixels, at which the text is at most `width` wide."""
    return max(8, min(largest, int(largest * width / max(1.0, face(largest).getlength(plain(text))))))


def write(draw: ImageDraw.ImageDraw, centre: tuple[float, float], text: str, size: int, fill: Colour) -> None:
    """Write one line of text, centred on a point in both directions."""
    font = face(size)
    left = centre[0] - font.getlength(plain(text)) / 2
    baseline = centre[1] + size * 0.35
    draw.text((left, baseline), plain(text), font=font, fill=fill, anchor="ls")
    stroke = max(2, round(size * 0.08))
    done = ""
    for char in unicodedata.normalize("NFC", text):
        letter = plain(char)
        middle = left + font.getlength(done) + font.getlength(letter) / 2
        _, top, _, bottom = font.getbbox(letter, anchor="ls") if letter else (0, 0, 0, 0)
        for mark in unicodedata.normalize("NFD", char)[1:]:
            edge = top if mark in MARKS else bottom
            for line in MARKS.get(mark) or BELOW.get(mark, []):
                points = [(middle + x * size, baseline + edge - y * size) for x, y in line]
                draw.line(points, fill=fill, width=stroke, joint="curve")
        if char in BARRED:
            y = baseline + (top + bottom) / 2
            draw.line([(middle - size * 0.16, y + size * 0.1), (middle + size * 0.16, y - size * 0.1)], fill, stroke)
        done += letter
