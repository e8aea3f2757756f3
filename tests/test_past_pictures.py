"""What a replaced picture looked like: kept with the run that replaced it, for a bounded time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, insert, select

from tests.conftest import Project
from tests.test_store import NOW, begin_run, event
from trivia_scraper.sandbox.client import Sandbox
from trivia_scraper.store.engine import Store
from trivia_scraper.store.past import KEPT_OF_ONE, changed_in, forget_past
from trivia_scraper.store.schema import past_pictures
from trivia_scraper.store.venues import identify

SPACE = "act-3rd-space-canberra"
HERO = "hero"


def replaced(project: Project, run_id: int) -> dict[str, dict[str, object]]:
    """By kind."""
    store = project.store()
    try:
        return {row["kind"]: row for row in store.read(lambda connection: list(changed_in(connection, run_id)))}
    finally:
        store.close()


def small(project: Project, kind: str) -> bytes:
    """The thumbnail that a venue of one picture of this kind shows."""
    (path,) = (row["thumbs"]["small"] for row in project.ledger() if row["kind"] == kind)
    body: bytes = (project.images / path).read_bytes()
    return body


def test_the_thumbnail_of_a_replaced_picture_is_kept_with_the_run(project: Project, sandbox: Sandbox) -> None:
    project.crawl(venue=SPACE)
    assert replaced(project, 1) == {}, "a first picture takes nobody's place"
    first = small(project, HERO)
    (digest,) = (row["sha256"] for row in project.ledger() if row["kind"] == HERO)

    project.crawl(venue=SPACE, force_refresh_images="1")
    assert replaced(project, 2) == {}, "the same bytes are no change"

    sandbox.change()
    project.crawl(venue=SPACE, force_refresh_images="1")
    row = replaced(project, 3)[HERO]
    second = small(project, HERO)
    assert (row["slug"], row["thumb"], row["next_thumb"]) == ("3rd-space-canberra", first, None)
    assert (row["before"]["sha256"], row["before"]["url"]) == (digest, row["url"])  # type: ignore[index]
    assert second != first

    sandbox.change()
    project.crawl(venue=SPACE, force_refresh_images="1")
    assert replaced(project, 4)[HERO]["thumb"] == second
    assert replaced(project, 3)[HERO]["next_thumb"] == second, "what came then has gone since, and is kept as well"


def test_a_picture_from_another_address_takes_the_place_of_the_one_that_was_shown(
    project: Project, sandbox: Sandbox
) -> None:
    project.crawl(venue=SPACE)
    before = small(project, HERO)
    (shown,) = (row["url"] for row in project.ledger() if row["kind"] == HERO)
    sandbox.move(SPACE)
    project.crawl(venue=SPACE, force_update="1")
    row = replaced(project, 2)[HERO]
    assert (row["thumb"], row["before"]["url"]) == (before, shown)  # type: ignore[index]
    assert row["url"] != shown


def test_a_thumbnail_that_is_not_there_is_unknown_and_costs_nothing(project: Project, sandbox: Sandbox) -> None:
    project.crawl(venue=SPACE)
    for thumb in project.images.rglob("thumbs/*/*"):
        thumb.unlink()
    sandbox.change()
    run = project.crawl(venue=SPACE, force_refresh_images="1")
    assert run.exit_code == 0, run.stderr
    assert replaced(project, 2)[HERO]["thumb"] is None


def test_only_so_many_are_kept_and_only_for_so_long(store: Store, tmp_path: Path) -> None:
    run_id = begin_run(store)
    store.run(identify, "quizmeisters", "vic-the-fox", event().venue, NOW)
    now = datetime(2026, 11, 25, tzinfo=UTC)

    def remember(kind: str, days_ago: int) -> None:
        row = {"run_id": run_id, "at": now - timedelta(days=days_ago), "venue_id": 1, "kind": kind, "url": "u"}
        store.run(lambda connection: connection.execute(insert(past_pictures), row | {"before": {}, "after": {}}))

    for day in range(KEPT_OF_ONE + 2, 0, -1):
        remember("hero", day)
    remember("performer", 100)
    remember("performer", 1)
    assert store.run(forget_past, now, timedelta(days=90)) == 3
    kept = select(past_pictures.c.kind, func.min(past_pictures.c.at)).group_by(past_pictures.c.kind)
    oldest = dict(store.read(lambda connection: connection.execute(kept).all()))
    assert oldest["hero"] == now - timedelta(days=KEPT_OF_ONE)
