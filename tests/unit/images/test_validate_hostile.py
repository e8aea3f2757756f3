"""Images that were altered at random, and the memory that the largest one takes."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from sandbox import hostile_files
from tests.support.accidents import PeakReported
from tests.support.project import FORKSERVER
from trivia_scraper.images.policy import is_known
from trivia_scraper.images.validate import NotAPictureError, examine

MOST_MEMORY = 400 * 1024 * 1024
pytestmark = pytest.mark.slow


def test_largest_picture_costs_little_more_than_its_pixels(tmp_path: Path) -> None:
    peak = tmp_path / "peak"
    process = FORKSERVER.Process(target=examine_largest, args=(peak,))
    process.start()
    process.join()
    assert process.exitcode == 0
    assert int(peak.read_text()) < MOST_MEMORY


def examine_largest(peak: Path) -> None:
    PeakReported(peak)()
    examine(hostile_files.flat_png(7_000, 7_000, "RGBA"), thumbs={"small": (300, 300)})


@pytest.mark.filterwarnings("ignore:::PIL")
@pytest.mark.parametrize("format_name", ["rotated_jpeg", "png", "webp", "gif", "avif"])
def test_mutated_pictures_are_pictures_or_refused(format_name: str) -> None:
    body = hostile_files.good(format_name)
    chance = random.Random(format_name)
    reasons = set()
    for _ in range(200):
        mutated = bytearray(body)
        # The front, where sizes and offsets are, is the more interesting part.
        for _ in range(chance.choice([1, 4, 30])):
            mutated[chance.randrange(chance.choice([200, len(body)]))] = chance.randrange(256)
        try:
            examine(bytes(mutated), minimum=(2, 2), thumbs={"small": (300, 300)})
        except NotAPictureError as error:
            reasons.add(error.reason)
    assert all(is_known("failed", reason) for reason in reasons)
