"""What happened to an image: the limits of site/image_similarity.py, held against what publishers do to theirs."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from itertools import combinations
from typing import Any

import pytest
from PIL import Image, ImageDraw, ImageEnhance, ImageOps

from sandbox.images import draw
from trivia_scraper.images.validate import examine
from trivia_scraper.site.image_similarity import Sample, distance, resemblance

Change = Callable[[Image.Image], bytes]


def encoded(image: Image.Image, image_format: str = "JPEG", **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, image_format, **{"quality": 85, **options})
    return file.getvalue()


def sample(body: bytes) -> Sample:
    """As it is at report time: of the thumbnail that a crawl made."""
    found = Sample.of(examine(body, thumbs={"small": (300, 300)}).thumbs["small"])
    assert found is not None
    return found


def scaled(factor: float) -> Change:
    return lambda image: encoded(image.resize((round(image.width * factor), round(image.height * factor))))


def cropped(share: float) -> Change:
    """share: of each side that is cut off at either end."""

    def crop(image: Image.Image) -> bytes:
        left, top = round(image.width * share), round(image.height * share)
        return encoded(image.crop((left, top, image.width - left, image.height - top)))

    return crop


def enhanced(enhancer: Any, factor: float) -> Change:
    return lambda image: encoded(enhancer(image).enhance(factor))


def with_another_date(image: Image.Image) -> bytes:
    poster, (width, height) = image.copy(), image.size
    paper = (width * 0.4, height * 0.45, width * 0.6, height * 0.52)
    ImageDraw.Draw(poster).rectangle(paper, fill="white")
    ImageDraw.Draw(poster).text(paper[:2], "TUESDAY 24", fill="black")
    return encoded(poster)


# What is done to an image, and what may be said of it. docs/catalogue.md has the distances that were measured.
CHANGES: list[tuple[str, Change, set[str]]] = [
    ("JPEG at quality 30", lambda image: encoded(image, quality=30), {"same"}),
    ("JPEG at quality 10", lambda image: encoded(image, quality=10), {"same"}),
    ("WebP at quality 40", lambda image: encoded(image, "WEBP", quality=40), {"same"}),
    ("AVIF at quality 40", lambda image: encoded(image, "AVIF", quality=40), {"same"}),
    ("GIF of 64 colours", lambda image: encoded(image.quantize(64), "GIF"), {"same"}),
    ("half the size", scaled(0.5), {"same"}),
    ("a quarter of the size", scaled(0.25), {"same"}),
    ("twice the size", scaled(2), {"same"}),
    ("2 % wider", lambda image: encoded(image.resize((round(image.width * 1.02), image.height))), {"same"}),
    ("5 % brighter", enhanced(ImageEnhance.Brightness, 1.05), {"same"}),
    ("20 % brighter", enhanced(ImageEnhance.Brightness, 1.2), {"same", "altered"}),
    ("40 % more colour", enhanced(ImageEnhance.Color, 1.4), {"same", "altered"}),
    ("grey", lambda image: encoded(ImageOps.grayscale(image)), {"altered"}),
    ("another date on it", with_another_date, {"altered"}),
    ("1 % cut off at each edge", cropped(0.01), {"same", "altered", "other"}),
    ("5 % cut off at each edge", cropped(0.05), {"other"}),
    ("10 % cut off at each edge", cropped(0.1), {"other"}),
]
PUBS = 6


@pytest.fixture(scope="module")
def photographs() -> list[tuple[Image.Image, Sample]]:
    bodies = [drawn(pub, 1) for pub in range(PUBS)]
    return [(Image.open(BytesIO(body)).convert("RGB"), sample(body)) for body in bodies]


def drawn(pub: int, version: int) -> bytes:
    return draw("hero", f"seed {pub}", f"The Pub {pub}", version, "jpeg")[0]


@pytest.mark.parametrize(("change", "allowed"), [each[1:] for each in CHANGES], ids=[each[0] for each in CHANGES])
def test_what_is_said_of_a_changed_image(
    photographs: list[tuple[Image.Image, Sample]], change: Change, allowed: set[str]
) -> None:
    pairs = [(before, sample(change(photograph))) for photograph, before in photographs]
    distances = [distance(*pair) for pair in pairs]
    print("bits, patch:", *(f"{min(each)} .. {max(each)}" for each in zip(*distances, strict=True)))
    assert {resemblance(*pair) for pair in pairs} <= allowed, distances


def test_another_photograph_is_not_taken_for_the_same(photographs: list[tuple[Image.Image, Sample]]) -> None:
    """The sandbox draws its pubs by one pattern, so these are more alike than photographs of two pubs are."""
    before = [each for _, each in photographs]
    other_pubs = [*combinations(before, 2)]
    other_light = [(each, sample(drawn(pub, 2))) for pub, each in enumerate(before)]
    for pairs in (other_pubs, other_light):
        distances = [distance(*pair) for pair in pairs]
        print("bits, patch:", *(f"{min(each)} .. {max(each)}" for each in zip(*distances, strict=True)))
    found = [resemblance(*pair) for pair in other_pubs + other_light]
    assert "same" not in found
    assert found.count("other") >= 0.9 * len(found), distances
    assert {resemblance(each, each) for each in before} == {"same"}


WHITE = Image.new("RGB", (99, 99), "white")


@pytest.mark.parametrize("body", [b"", b"<html>", encoded(WHITE, "PNG"), encoded(WHITE)[:200]])
def test_what_is_no_thumbnail_is_said_to_be_none(body: bytes) -> None:
    assert Sample.of(body) is None
