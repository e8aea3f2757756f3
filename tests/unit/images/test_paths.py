"""Paths of images and thumbnails."""

from __future__ import annotations

import pytest

from trivia_scraper.images.paths import image_stem, is_thumb, make_thumb_path


@pytest.mark.parametrize("stem", ["venues/the-fox/bar", "venues/thumbs/bar"])
def test_thumbnail_leads_to_its_image(stem: str) -> None:
    thumb = make_thumb_path(stem, "small")
    assert image_stem(thumb) == image_stem(f"{stem}.png") == stem
    assert is_thumb(thumb)
    assert not is_thumb(f"{stem}.png")
