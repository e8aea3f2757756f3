"""FreshImagesPipeline with its own ledger, killed at each step between an answer and its stored image."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.support.accidents import KilledAt
from tests.support.drawn import encoded, quarters
from tests.support.other_project import ImageServer, OtherProject, serving_images
from trivia_scraper.images.crash_points import Step
from trivia_scraper.images.ledger import LEDGER_FILE, SqliteLedger
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.images.verify import index_paths, verify

OLD = encoded(quarters(), "PNG")
NEWER = {"PNG": encoded(quarters().rotate(90), "PNG"), "JPEG": encoded(quarters(), "JPEG")}
# Only an image in another format leaves an old file behind to be removed.
CRASHES = [
    (image_format, step)
    for image_format in NEWER
    for step in Step
    if step not in {Step.EVENT, Step.KEPT} and (step is not Step.REMOVED or image_format == "JPEG")
]


@pytest.fixture
def server() -> Iterator[ImageServer]:
    with serving_images() as images:
        yield images


def assert_is_stored(root: Path, bodies: set[bytes]) -> None:
    """Assert that the ledger has one image, which is stored as recorded and is one of `bodies`."""
    files = LocalFileStore(root / "images")
    with closing(SqliteLedger(root / "images" / LEDGER_FILE, files, make=False)) as ledger:
        rows = [asdict(record) for record in ledger.records()]
    assert len(rows) == 1
    assert files.read(rows[0]["path"]) in bodies
    problems = {finding.problem for finding in verify(rows, files, index_paths(rows))}
    assert problems <= {"orphaned"}, problems


def test_crash_at_any_step_leaves_old_or_new_image(
    tmp_path: Path, server: ImageServer, subtests: pytest.Subtests
) -> None:
    """Kill the crawl at each step: a whole file survives, and the next ordinary run makes ledger and file agree."""
    before = OtherProject(tmp_path / "before")
    before.set('ITEM_PIPELINES = {"trivia_scraper.images.pipeline.FreshImagesPipeline": 1}\n')
    before.set('IMAGES_THUMBS = {"small": (30, 30)}\n')
    before.write_spider(server, [[server.serve("/a.png", OLD)]])
    before.crawl()
    assert_is_stored(before.root, {OLD})
    for image_format, step in CRASHES:
        with subtests.test(format=image_format, step=step):
            new = NEWER[image_format]
            server.serve("/a.png", new)
            root = tmp_path / f"{image_format}-{step}"
            shutil.copytree(before.root, root)
            copy, killed = OtherProject(root), KilledAt(f"trivia_scraper.image.{step}")
            crash = copy.scrapy("crawl", "pubs", "-a", "force_refresh_images=1", accident=killed)
            assert crash.exit_code == -9, crash.stderr
            stored = [path.read_bytes() for path in (root / "images" / "full").iterdir() if path.suffix]
            assert {OLD, new} & set(stored)
            copy.crawl()
            assert_is_stored(root, {OLD, new})
