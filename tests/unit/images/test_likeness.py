"""Tests whether a larger image is recognised as the one that a page shows."""

from __future__ import annotations

import pytest
from PIL import Image, ImageOps

from tests.support.drawn import encoded, noise, quarters, rotated
from trivia_scraper.images.likeness import is_same_image as is_same_sample
from trivia_scraper.images.likeness import is_same_shape, make_sample
from trivia_scraper.images.policy import ImageError

LARGE = encoded(quarters(1600, 1200), "JPEG")
DARK, BRIGHT = (Image.effect_noise((800, 600), 60).point(lambda value, by=by: value * by) for by in (0.4, 1.0))


def is_same_image(large: bytes, named: bytes) -> bool:
    return is_same_sample(make_sample(large), make_sample(named))


@pytest.mark.parametrize("size", [(800, 600), (300, 225), (150, 113), (40, 30)])
@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "WEBP"])
def test_other_size_or_encoding_is_same_image(size: tuple[int, int], format_name: str) -> None:
    named = quarters(1600, 1200).resize(size, Image.Resampling.LANCZOS)
    assert is_same_image(LARGE, encoded(named, format_name, quality=60))


def test_rotated_upload_is_same_image() -> None:
    """WordPress rotates the sizes that it makes of an upload, but not the upload."""
    upright = ImageOps.exif_transpose(quarters(900, 700).transpose(Image.Transpose.ROTATE_270))
    assert is_same_image(rotated(6, "JPEG", (900, 700)), encoded(upright.resize((350, 450)), "JPEG"))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(quarters(400, 300).transpose(Image.Transpose.FLIP_LEFT_RIGHT), id="flipped"),
        pytest.param(quarters(400, 400), id="another shape"),
        pytest.param(quarters(300, 400), id="on its side"),
        pytest.param(noise(400, 300), id="another image"),
        pytest.param(Image.new("RGB", (400, 300), (120, 100, 90)), id="one colour"),
    ],
)
def test_different_images_are_not_same(other: Image.Image) -> None:
    assert not is_same_image(LARGE, encoded(other, "PNG"))


def test_different_brightness_is_not_same_image() -> None:
    assert not is_same_image(encoded(BRIGHT, "PNG"), encoded(DARK, "PNG"))


def test_sample_refuses_bytes_of_no_image() -> None:
    with pytest.raises(ImageError):
        make_sample(b"<html>")


@pytest.mark.parametrize(
    ("size", "expected"), [((1600, 1200), True), ((300, 225), True), ((150, 113), True), ((150, 150), False)]
)
def test_is_same_shape_allows_rounded_sizes(size: tuple[int, int], expected: bool) -> None:
    assert is_same_shape(make_sample(LARGE).size, size) is expected
