"""Draws shapes in the coordinates of a scene, for any size of canvas and any light."""

from __future__ import annotations

from PIL import Image, ImageDraw

from sandbox.lettering import Colour, fitting_size, write

WHITE: Colour = (255, 255, 255)


def shade(colour: Colour, factor: float) -> Colour:
    red, green, blue = (max(0, min(255, round(part * factor))) for part in colour)
    return red, green, blue


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Mix two colours. share: of the second one, 0 to 1."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def gradient(top: Colour, bottom: Colour, size: tuple[int, int]) -> Image.Image:
    column = Image.new("RGB", (1, 2))
    column.putpixel((0, 0), top)
    column.putpixel((0, 1), bottom)
    # Enlarged from the middle of each pixel, or the ends would be flat.
    height = column.resize((1, size[1]), Image.Resampling.BILINEAR, box=(0, 0.5, 1, 1.5))
    return height.resize(size, Image.Resampling.NEAREST)


class Brush:
    """Draws on an image. scale: pixels per unit of the scene. light: factor of every colour."""

    def __init__(self, image: Image.Image, scale: float, light: Colour = WHITE) -> None:
        self.draw = ImageDraw.Draw(image)
        self.scale = scale
        self.light = light

    def _lit(self, colour: Colour) -> Colour:
        red, green, blue = (a * b // 255 for a, b in zip(colour, self.light, strict=True))
        return red, green, blue

    def _points(self, *points: float) -> list[float]:
        return [round(value * self.scale) for value in points]

    def _width(self, width: float) -> int:
        return max(1, round(width * self.scale))

    def box(self, x: float, y: float, width: float, height: float, fill: Colour) -> None:
        left, top, right, bottom = self._points(x, y, x + width, y + height)
        # Pillow includes the last row and column.
        self.draw.rectangle((left, top, max(left, right - 1), max(top, bottom - 1)), self._lit(fill))

    def rounded(self, x: float, y: float, width: float, height: float, radius: float, fill: Colour) -> None:
        self.draw.rounded_rectangle(self._points(x, y, x + width, y + height), radius * self.scale, self._lit(fill))

    def oval(self, x: float, y: float, rx: float, ry: float, fill: Colour) -> None:
        self.draw.ellipse(self._points(x - rx, y - ry, x + rx, y + ry), self._lit(fill))

    def shape(self, *points: float, fill: Colour) -> None:
        self.draw.polygon(self._points(*points), self._lit(fill))

    def line(self, *points: float, fill: Colour, width: float) -> None:
        self.draw.line(self._points(*points), self._lit(fill), self._width(width))

    def arc(
        self, x: float, y: float, rx: float, ry: float, start: float, end: float, fill: Colour, width: float
    ) -> None:
        corners = self._points(x - rx, y - ry, x + rx, y + ry)
        self.draw.arc(corners, start, end, self._lit(fill), self._width(width))

    def pie(self, x: float, y: float, rx: float, ry: float, start: float, end: float, fill: Colour) -> None:
        self.draw.pieslice(self._points(x - rx, y - ry, x + rx, y + ry), start, end, self._lit(fill))

    def text(self, x: float, y: float, text: str, largest: float, width: float, fill: Colour) -> None:
        size = fitting_size(text, width * self.scale, round(largest * self.scale))
        write(self.draw, (x * self.scale, y * self.scale), text, size, self._lit(fill))
