"""Thumbnails of replaced images, which are kept with the run that replaced them."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from sandbox.client import Sandbox
from tests.support.project import Project
from trivia_scraper.db.replaced_images import ReplacedByRun, read_replaced, read_thumbs

SPACE = "act-3rd-space-canberra"
HERO = "hero"


@dataclass(frozen=True)
class Pair:
    row: ReplacedByRun
    before: bytes | None
    after: bytes | None
    """Null until this image was replaced too."""


def replaced(project: Project, run_id: int) -> dict[str, Pair]:
    """Return the replaced images of a run by kind."""
    store = project.store()
    try:
        rows, total = store.read(read_replaced, [run_id], 10).get(run_id, ([], 0))
        assert total == len(rows)
        kept = store.read(read_thumbs, {each for row in rows for each in (row.id, row.next_id) if each})
    finally:
        store.close()
    return {row.kind: Pair(row, kept.get(row.id), kept.get(row.next_id or 0)) for row in rows}


def small(project: Project, kind: str) -> bytes:
    """Return the thumbnail of the only image of this kind."""
    (path,) = (row["thumbs"]["small"] for row in project.ledger() if row["kind"] == kind)
    body: bytes = (project.images / path).read_bytes()
    return body


@pytest.mark.usefixtures("crawled_venue")
def test_thumbnail_of_replaced_image_is_kept_with_run(project: Project, sandbox: Sandbox) -> None:
    assert replaced(project, 1) == {}, "a first image replaces none"
    first = small(project, HERO)
    (digest,) = (row["sha256"] for row in project.ledger() if row["kind"] == HERO)

    project.crawl(venue=SPACE, force_refresh_images="1")
    assert replaced(project, 2) == {}, "the same bytes are not a change"

    sandbox.change()
    project.crawl(venue=SPACE, force_refresh_images="1")
    pair = replaced(project, 3)[HERO]
    second = small(project, HERO)
    assert (pair.row.slug, pair.before, pair.after) == ("3rd-space-canberra", first, None)
    assert (pair.row.before["sha256"], pair.row.before["url"]) == (digest, pair.row.after["url"])
    assert second != first
    assert (project.images / str(pair.row.thumb_path)).read_bytes() == second

    sandbox.change()
    project.crawl(venue=SPACE, force_refresh_images="1")
    assert replaced(project, 4)[HERO].before == second
    pair = replaced(project, 3)[HERO]
    assert pair.after == second, "the image after run 3 was replaced since, so its thumbnail is kept too"
    assert pair.row.thumb_path is None


@pytest.mark.usefixtures("crawled_venue")
def test_moved_image_is_recorded_as_replacement(project: Project, sandbox: Sandbox) -> None:
    before = small(project, HERO)
    (shown,) = (row["url"] for row in project.ledger() if row["kind"] == HERO)
    sandbox.move(SPACE)
    project.crawl(venue=SPACE, force_update="1")
    pair = replaced(project, 2)[HERO]
    assert (pair.before, pair.row.before["url"]) == (before, shown)
    assert pair.row.after["url"] != shown


@pytest.mark.usefixtures("crawled_venue")
def test_missing_thumbnail_fails_no_run(project: Project, sandbox: Sandbox) -> None:
    for thumb in project.images.rglob("thumbs/*/*"):
        thumb.unlink()
    sandbox.change()
    run = project.crawl(venue=SPACE, force_refresh_images="1")
    assert run.exit_code == 0, run.stderr
    assert replaced(project, 2)[HERO].before is None
