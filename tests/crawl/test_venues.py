"""Pubs that two publishers list: crawls of both, `scrapy venues`, and crashes during a merge."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.client import Sandbox, running_sandbox
from tests.support.accidents import FullDisk, PulledPlug
from tests.support.children import Finished
from tests.support.project import Project
from tests.support.rival import COMPASS, GALAH, NAMES, SPACE, hero_of
from trivia_scraper.db.locks import PublisherLock
from trivia_scraper.db.schema import metadata
from trivia_scraper.images.crash_points import Step

OURS = ",".join(NAMES)
THEIRS = ",".join(f"rival-{venue}" for venue in NAMES)
SPACE_SLUG, GALAH_SLUG, NEST = "3rd-space-canberra", "the-gilded-galah", "the-gilded-galahs-nest"
SPIDERS = ("-s", "SPIDER_MODULES=trivia_scraper.spiders,tests.support.rival")
# Columns that a crawl updates although nothing changed.
MOVING = {"last_seen_at", "scraped_at", "last_run_id", "run_id", "checked_at", "status", "reason"}


def crawl_both(project: Project, **arguments: str) -> list[Finished]:
    ours = project.crawl(venue=OURS, **arguments)
    theirs = project.crawl(*SPIDERS, publisher="rival", venue=THEIRS, **arguments)
    assert (ours.exit_code, theirs.exit_code) == (0, 0), ours.stderr + theirs.stderr
    return [ours, theirs]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Crawl both publishers once. Tests work on copies."""
    with running_sandbox() as own_sandbox:
        project = Project(tmp_path_factory.mktemp("both") / "var", own_sandbox.url)
        crawl_both(project)
        yield project, own_sandbox


@pytest.fixture
def both(crawled: tuple[Project, Sandbox], tmp_path: Path) -> Project:
    shutil.copytree(crawled[0].home, tmp_path / "var")
    return Project(tmp_path / "var", crawled[1].url)


@pytest.fixture
def served(crawled: tuple[Project, Sandbox]) -> Iterator[Sandbox]:
    yield crawled[1]
    crawled[1].reset()


def venues_by_id(project: Project) -> dict[str, str]:
    return {event["publisher_id"]: event["venue"]["slug"] for event in project.events()}


def heroes_by_id(project: Project) -> dict[str, str]:
    return {
        event["publisher_id"]: image["path"]
        for event in project.events()
        for image in event["images"]
        if image["kind"] == "hero"
    }


def assert_images_are_served(project: Project, sandbox: Sandbox) -> None:
    """Assert that every event shows its own publisher's image, from an existing file."""
    files = project.files()
    for event in project.events():
        assert event["images"]
        for image in event["images"]:
            assert files[image["path"]] == sandbox.served(image["url"]), image["path"]
        (hero,) = (image for image in event["images"] if image["kind"] == "hero")
        if event["publisher"] == "rival":
            assert hero["url"] == hero_of(event["publisher_id"].removeprefix("rival-"))
        assert hero["path"].startswith(f"venues/{event['venue']['slug']}/")


def dump(project: Project) -> dict[str, list[dict[str, Any]]]:
    """Return every row except runs and decisions, without the columns that every crawl updates."""
    store = project.store()
    with store.engine.connect() as connection:
        found = {
            name: [
                {column: value for column, value in row.items() if column not in MOVING}
                for row in connection.execute(table.select().order_by(*table.primary_key)).mappings()
            ]
            for name, table in metadata.tables.items()
            if name not in {"runs", "decisions"}
        }
    store.close()
    return found


def test_pub_of_two_publishers_is_one_venue(both: Project, served: Sandbox) -> None:
    slugs = venues_by_id(both)
    assert slugs[SPACE] == slugs[f"rival-{SPACE}"] == SPACE_SLUG
    assert (slugs[GALAH], slugs[f"rival-{GALAH}"]) == (GALAH_SLUG, NEST)
    assert slugs[f"rival-{COMPASS}"] == "lighthouse-bar"
    assert_images_are_served(both, served)
    (matched,) = both.scrapy("venues", "matches", "--json").json
    assert (matched["venue"], matched["publisher"], matched["id"]) == (SPACE_SLUG, "rival", f"rival-{SPACE}")
    assert matched["likeness"] >= 0.9
    assert 20 < matched["distance"] < 25
    (name,) = {event["venue"]["name"] for event in both.events() if event["venue"]["slug"] == SPACE_SLUG}
    assert name == "3rd Space Canberra", "the first publisher decides the name"
    before = dump(both)
    crawl_both(both, force_update="true")
    assert dump(both) == before


def test_doubtful_pairs_are_listed_until_decided(both: Project) -> None:
    found = both.scrapy("venues", "duplicates", "--json")
    assert found.exit_code == 0
    (pair,) = found.json
    assert (pair["first"], pair["second"]) == (GALAH_SLUG, NEST)
    assert (pair["first_publishers"], pair["second_publishers"]) == (["quizmeisters"], ["rival"])
    assert 20 < pair["distance"] < 25
    assert 0.65 < pair["likeness"] < 0.9
    assert pair["postcode"] == "same"
    assert f"{GALAH_SLUG}\t{NEST}\tquizmeisters\trival\t" in both.scrapy("venues", "duplicates").stdout
    assert both.scrapy("venues", "distinct", NEST, GALAH_SLUG).exit_code == 0
    assert both.scrapy("venues", "duplicates").stderr == "No venues look like duplicates.\n"


def test_merge_moves_events_and_images_and_lasts(both: Project, served: Sandbox) -> None:
    heroes = heroes_by_id(both)
    done = both.scrapy("venues", "merge", GALAH_SLUG, NEST)
    assert done.exit_code == 0, done.stderr
    assert f"scrapy venues unmerge {NEST}" in done.stdout
    assert done.stderr == ""
    assert venues_by_id(both)[f"rival-{GALAH}"] == GALAH_SLUG
    assert heroes_by_id(both)[GALAH] == heroes[GALAH]
    assert not [path for path in both.files() if NEST in path]
    assert both.findings() == []
    assert_images_are_served(both, served)
    explained = both.scrapy("images", "explain", NEST, "--json")
    assert {row["url"] for row in explained.json} >= {hero_of(GALAH)}, "the old slug means the kept venue"

    once = dump(both)
    for _ in range(2):
        runs_of_both = crawl_both(both, force_update="true")
        assert {image["status"] for run in runs_of_both for image in run.images} == {"uptodate"}
        assert dump(both) == once
    forced = crawl_both(both, force_refresh_images="true")
    assert {image["reason"] for run in forced for image in run.images} == {"unchanged"}
    assert both.findings() == []
    assert both.scrapy("venues", "duplicates", "--json").json == []
    by_old_slug = both.crawl(*SPIDERS, publisher="rival", venue=NEST, force_update="true")
    assert [item["venue"]["slug"] for item in by_old_slug.items] == [GALAH_SLUG]


def test_unmerge_restores_events_images_and_rows(both: Project, served: Sandbox) -> None:
    before, files = dump(both), both.files()
    both.scrapy("venues", "merge", GALAH_SLUG, NEST)
    crawl_both(both, force_update="true")
    done = both.scrapy("venues", "unmerge", NEST)
    assert done.exit_code == 0, done.stderr
    assert both.files() == files
    assert both.findings() == []
    assert_images_are_served(both, served)
    after = dump(both)
    for table in ("venue_keys", "venues", "events", "performers", "images"):
        # A host or image that both venues had gets a new row.
        own = (
            "updated_at",
            "modified_ns",
            *(("id", "performer_id", "fetched_at", "written_by_run") if table != "venues" else ()),
        )
        assert without(after[table], *own) == without(before[table], *own), table
    assert venues_by_id(both)[f"rival-{GALAH}"] == NEST
    once = dump(both)
    crawl_both(both, force_update="true")
    assert dump(both) == once
    assert "not merged" in both.scrapy("venues", "unmerge", NEST).stderr


def without(rows: list[dict[str, Any]], *columns: str) -> list[str]:
    return sorted(str({name: value for name, value in row.items() if name not in columns}) for row in rows)


def test_unmerge_returns_later_images_too(both: Project, served: Sandbox) -> None:
    both.scrapy("venues", "merge", GALAH_SLUG, "lighthouse-bar")
    both.scrapy("venues", "merge", GALAH_SLUG, NEST)
    assert set(venues_by_id(both).values()) == {SPACE_SLUG, GALAH_SLUG, "the-rusty-compass"}
    served.change([hero_of(COMPASS)])
    crawl_both(both, force_refresh_images="true")
    assert both.scrapy("venues", "unmerge", "lighthouse-bar").exit_code == 0
    assert venues_by_id(both)[f"rival-{COMPASS}"] == "lighthouse-bar"
    assert venues_by_id(both)[f"rival-{GALAH}"] == GALAH_SLUG
    assert both.findings() == []
    assert_images_are_served(both, served)


def test_chained_merges_are_undone_from_the_last(both: Project) -> None:
    both.scrapy("venues", "merge", GALAH_SLUG, NEST)
    both.scrapy("venues", "merge", SPACE_SLUG, GALAH_SLUG)
    assert venues_by_id(both)[f"rival-{GALAH}"] == SPACE_SLUG
    refused = both.scrapy("venues", "unmerge", NEST)
    assert refused.exit_code == 1
    assert f"{GALAH_SLUG}, which was itself merged since: unmerge that one first" in refused.stderr
    assert f"it was merged into {SPACE_SLUG}" in both.scrapy("venues", "merge", NEST, SPACE_SLUG).stderr
    both.scrapy("venues", "unmerge", GALAH_SLUG)
    both.scrapy("venues", "unmerge", NEST)
    assert venues_by_id(both)[f"rival-{GALAH}"] == NEST
    assert both.findings() == []


def test_renamed_venue_keeps_slug_and_images(both: Project, served: Sandbox) -> None:
    slugs, files = venues_by_id(both), both.files()
    served.edit(GALAH, name="The Silver Swan")
    both.crawl(venue=OURS, force_update="true")
    assert "The Silver Swan" in {event["venue"]["name"] for event in both.events()}
    assert (venues_by_id(both), both.files()) == (slugs, files)


def test_unmatch_separates_venues_permanently(both: Project, served: Sandbox) -> None:
    done = both.scrapy("venues", "unmatch", f"rival/rival-{SPACE}")
    assert done.exit_code == 0, done.stderr
    own = venues_by_id(both)[f"rival-{SPACE}"]
    assert own != SPACE_SLUG
    assert own in done.stdout
    run = both.crawl(*SPIDERS, publisher="rival")
    assert f"rival-{SPACE}" in {item["publisher_id"] for item in run.items}, "its page is read although it is fresh"
    assert venues_by_id(both)[f"rival-{SPACE}"] == own
    assert {event["venue"]["name"] for event in both.events() if event["venue"]["slug"] == own} == {NAMES[SPACE]}
    assert_images_are_served(both, served)
    assert both.findings() == []
    assert own not in both.scrapy("venues", "duplicates").stdout
    assert both.scrapy("venues", "unmatch", f"rival/rival-{SPACE}").exit_code == 1


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        (("merge", GALAH_SLUG, "atlantis-arms"), 1, "there is no venue 'atlantis-arms'"),
        (("merge", "atlantis-arms", GALAH_SLUG), 1, "there is no venue 'atlantis-arms'"),
        (("unmerge", "atlantis-arms"), 1, "there is no venue 'atlantis-arms'"),
        (("distinct", GALAH_SLUG, "atlantis-arms"), 1, "there is no venue 'atlantis-arms'"),
        (("unmatch", "rival/atlantis-arms"), 1, "rival has no venue 'atlantis-arms'"),
        (("unmatch", "atlantis-arms"), 2, "PUBLISHER/ID"),
        (("merge", GALAH_SLUG), 2, "scrapy venues merge: it needs GONE; "),
        (("merge", GALAH_SLUG, NEST, "--json"), 2, "`scrapy venues merge` has no option --json; "),
        (("divorce",), 2, "there is no command 'divorce'; choose from distinct, duplicates, "),
        ((), 2, "add a command: duplicates, matches, "),
    ],
)
def test_wrong_venues_command_is_one_sentence(both: Project, words: tuple[str, ...], exit_code: int, said: str) -> None:
    before = dump(both)
    done = both.scrapy("venues", *words)
    assert (done.exit_code, done.stdout) == (exit_code, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert dump(both) == before


def test_merge_is_refused_during_crawl(both: Project) -> None:
    store = both.store()
    before = dump(both)
    with PublisherLock(store, "rival"):
        for words in (("merge", GALAH_SLUG, NEST), ("unmerge", NEST), ("unmatch", f"rival/rival-{SPACE}")):
            done = both.scrapy("venues", *words)
            assert done.exit_code == 75
            assert "rival is being crawled" in done.stderr
    store.close()
    assert dump(both) == before


STEPS = (Step.WRITTEN, Step.SYNCED, Step.RENAMED, Step.LEDGER, Step.REMOVED)
CRASHES = [("merge", step) for step in STEPS] + [("unmerge", Step.RENAMED), ("unmerge", Step.LEDGER)]


@pytest.mark.parametrize(("verb", "step"), CRASHES, ids="-".join)
def test_crash_during_merge_leaves_only_orphans(both: Project, served: Sandbox, step: Step, verb: str) -> None:
    words = ("merge", GALAH_SLUG, NEST) if verb == "merge" else ("unmerge", NEST)
    if verb == "unmerge":
        both.scrapy("venues", "merge", GALAH_SLUG, NEST)
    slug = {"merge": (NEST, GALAH_SLUG), "unmerge": (GALAH_SLUG, NEST)}[verb]
    crash = both.scrapy("venues", *words, accident=PulledPlug(step, "kill"))
    assert crash.exit_code == -9, "the command was killed"
    assert_images_are_served(both, served)
    assert venues_by_id(both)[f"rival-{GALAH}"] == slug[STEPS.index(step) >= STEPS.index(Step.LEDGER)]
    assert {each.problem for each in both.findings()} <= {"orphaned"}
    assert both.prune_images().not_removed == []
    assert both.findings() == []
    assert not list(both.images.rglob(".tmp-*"))
    both.scrapy("venues", *words)
    assert venues_by_id(both)[f"rival-{GALAH}"] == slug[1]
    assert_images_are_served(both, served)
    assert both.findings() == []


def test_full_disk_stops_merge_in_one_sentence(both: Project, served: Sandbox) -> None:
    before, files = dump(both), both.files()
    done = both.scrapy("venues", "merge", GALAH_SLUG, NEST, accident=FullDisk())
    assert done.exit_code == 1
    assert "nothing was changed, because an image could not be copied" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert (dump(both), both.files()) == (before, files)


@pytest.mark.parametrize("harm", ["missing", "damaged"])
def test_merge_does_not_trust_harmed_image(both: Project, served: Sandbox, harm: str) -> None:
    path = heroes_by_id(both)[f"rival-{GALAH}"]
    if harm == "missing":
        (both.images / path).unlink()
    else:
        (both.images / path).write_bytes(bytes(len(both.files()[path])))
    assert both.scrapy("venues", "merge", GALAH_SLUG, NEST).exit_code == 0
    if harm == "missing":  # verifying a damaged file would record it, and the crawl would repair it for that reason
        assert [each.problem for each in both.findings()] == [harm]
    crawl_both(both)
    assert_images_are_served(both, served)
    assert both.findings() == []


def test_merge_keeps_undamaged_copy_of_shared_image(both: Project, served: Sandbox) -> None:
    """Both publishers show the host under one URL, and the kept venue's copy is damaged."""
    portraits = {
        event["publisher_id"]: image["path"]
        for event in both.events()
        for image in event["images"]
        if image["kind"] == "performer"
    }
    assert portraits[GALAH] != portraits[f"rival-{GALAH}"]
    (both.images / portraits[GALAH]).write_bytes(b"rotten")
    assert both.scrapy("venues", "merge", GALAH_SLUG, NEST).exit_code == 0
    assert_images_are_served(both, served)
    assert both.findings() == []
