"""A crash, a full disk or a concurrent crawl: no venue loses its image, and the next ordinary run repairs the rest."""

from __future__ import annotations

import hashlib
import io
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from sandbox.client import Sandbox, running_sandbox
from tests.support.accidents import FullDisk, NoLock, PulledPlug, RemovedAsUnnamed
from tests.support.children import Finished
from tests.support.project import Project
from trivia_scraper.images.crash_points import Step

SPACE = "act-3rd-space-canberra"
CASES = ("new", "forced", "url_changed")
# Only an image under a new URL leaves an old file behind to be removed, and a first image replaces none.
NOT_REACHED = {(case, Step.REMOVED) for case in ("new", "forced")} | {("new", Step.KEPT)}
ACCIDENTS = [(case, step) for case in CASES for step in Step if (case, step) not in NOT_REACHED]


@dataclass(frozen=True)
class Aftermath:
    shown_before: dict[str, bytes]
    crash: Finished
    files: dict[str, bytes]
    replaced: list[bytes]
    shown: list[str]
    repair: Finished
    project: Project
    served: dict[str, bytes]


def shown_paths(project: Project) -> list[str]:
    return [image["path"] for event in project.events() for image in event["images"]]


def aftermaths(root: Path) -> Iterator[tuple[str, Step, Aftermath]]:
    """Yield the state after each accident.

    Each happens in a separate copy of a project, while the sandbox has new images.
    """
    with running_sandbox() as sandbox:
        before = Project(root / "before", sandbox.url)
        assert before.crawl(venue=SPACE).exit_code == 0
        old = before.files()
        sandbox.change()
        for case in CASES:
            if case == "url_changed":
                sandbox.move(SPACE)
                sandbox.move(SPACE, "performer")
            shown = [image for image in sandbox.images() if image["venue"] == SPACE]
            served = {image["url"]: sandbox.served(image["url"]) for image in shown}
            steps = [step for each, step in ACCIDENTS if each == case]

            def suffer(step: Step, case: str = case, served: dict[str, bytes] = served) -> Aftermath:
                project = Project(root / f"{case}-{step}", sandbox.url)
                if case != "new":
                    shutil.copytree(before.home, project.home)
                arguments = {"new": {}, "forced": {"force_refresh_images": "1"}, "url_changed": {"force_update": "1"}}
                crash = project.crawl(accident=PulledPlug(step, "kill"), venue=SPACE, **arguments[case])
                files, replaced, shown = project.files(), list(project.replaced().values()), shown_paths(project)
                repair = project.crawl(venue=SPACE)
                return Aftermath({} if case == "new" else old, crash, files, replaced, shown, repair, project, served)

            with ThreadPoolExecutor(3) as several:
                for step, after in zip(steps, several.map(suffer, steps), strict=True):
                    yield case, step, after


@pytest.mark.long
def test_crash_at_any_step_costs_no_image(tmp_path: Path, subtests: pytest.Subtests) -> None:
    """Kill a crawl at each step: no venue loses its image, and the next run and prune clean up."""
    seen = []
    for case, step, after in aftermaths(tmp_path):
        seen.append((case, step))
        with subtests.test("crash", case=case, step=step):
            assert_every_image_is_whole(after)
        with subtests.test("repair", case=case, step=step):
            assert_nothing_is_left(after, case)
    assert sorted(seen) == sorted(ACCIDENTS)


def assert_every_image_is_whole(after: Aftermath) -> None:
    assert after.crash.exit_code == -9, "the crawl was killed"
    if after.shown_before:
        assert after.shown
    for path in after.shown:
        assert path in after.files
    for path, body in after.files.items():
        if "/.tmp-" not in path:
            Image.open(io.BytesIO(body)).load()
            assert body in after.served.values() or body == after.shown_before.get(path)
    assert set(after.replaced) <= set(after.shown_before.values())


def assert_nothing_is_left(after: Aftermath, case: str) -> None:
    project = after.project
    assert after.repair.exit_code == 0, after.repair.stderr
    files = project.files()
    assert project.ledger()
    for row in project.ledger():
        body = files[row["path"]]
        assert hashlib.sha256(body).hexdigest() == row["sha256"]
        # An ordinary run does not finish a forced one: an image that was fresh before the crash stays as it was.
        assert body == after.served[row["url"]] or (case == "forced" and body == after.shown_before[row["path"]])
    assert sorted(shown_paths(project)) == sorted(row["path"] for row in project.ledger())
    assert {each.problem for each in project.findings()} <= {"orphaned"}
    assert project.prune_images().not_removed == []
    assert project.findings() == []
    assert not list(project.images.rglob(".tmp-*"))
    kept = {*project.files().values(), *project.replaced().values()}
    assert kept >= set(after.shown_before.values()), "replaced images can be restored"


@pytest.mark.usefixtures("crawled_venue")
def test_superseded_file_stays_until_event_is_stored(project: Project, sandbox: Sandbox) -> None:
    """Kill the crawl before the event is stored: the shown file is still there."""
    sandbox.move(SPACE)
    assert project.crawl(accident=PulledPlug(Step.LEDGER, "kill"), venue=SPACE, force_update="1").exit_code == -9
    assert shown_paths(project)
    assert set(shown_paths(project)) <= set(project.files())


@pytest.mark.usefixtures("crawled_venue")
def test_full_disk_keeps_images_with_reason_storage(project: Project, sandbox: Sandbox) -> None:
    before = project.files()
    sandbox.change()
    run = project.crawl(accident=FullDisk(), venue=SPACE, force_refresh_images="1")
    assert run.exit_code == 1
    assert {(image["status"], image["reason"]) for image in run.images} == {("failed", "storage")}
    assert all("No space left" in image["error"] for image in run.images)
    assert project.files() == before
    assert sorted(image["path"] for image in run.images) == sorted(before)
    assert "Traceback" not in run.stderr


@pytest.mark.usefixtures("crawled_venue")
def test_full_disk_for_thumbnails_costs_only_thumbnails(project: Project, sandbox: Sandbox) -> None:
    sandbox.change()
    run = project.crawl(accident=FullDisk("/thumbs/"), venue=SPACE, force_refresh_images="1")
    assert {(image["status"], image["reason"]) for image in run.images} == {("downloaded", "forced")}
    for row in project.ledger():
        assert project.files()[row["path"]] == sandbox.served(row["url"])
    assert project.crawl(venue=SPACE, force_update="1").exit_code == 0
    assert project.runs()[0]["counts"]["thumbs/remade"] == 2
    assert project.findings() == []


@pytest.mark.parametrize(("times", "outcome"), [(1, ("downloaded", "new")), (9, ("failed", "storage"))])
def test_file_lost_before_its_row_is_written_again(project: Project, times: int, outcome: tuple[str, str]) -> None:
    run = project.crawl(accident=RemovedAsUnnamed(project.images, times), venue=SPACE)
    assert {(image["status"], image["reason"]) for image in run.images} == {outcome}
    assert sorted(project.files()) == sorted(row["path"] for row in project.ledger() if row["path"])
    assert "Traceback" not in run.stderr


def test_unwritable_store_is_one_sentence_at_startup(project: Project, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a directory")
    run = project.scrapy("crawl", "quizmeisters", IMAGES_STORE=str(tmp_path / "file" / "images"))
    assert run.exit_code == 1
    assert len(run.stderr.splitlines()) == 1
    assert "IMAGES_STORE" in run.stderr


@pytest.mark.long
def test_eight_concurrent_crawls_leave_correct_files_and_rows(tmp_path: Path, sandbox: Sandbox, database: str) -> None:
    project = Project(tmp_path / "var", sandbox.url, database)
    project.crawl(limit="6")
    sandbox.change()
    sandbox.move(SPACE)
    with ThreadPoolExecutor(8) as eight:
        words = ("crawl", "quizmeisters", "-a", "limit=6", "-a", "force_refresh_images=1", "-s", "FEEDS={}")
        runs = list(eight.map(lambda _: project.scrapy(*words, accident=NoLock()), range(8)))
    assert [run.exit_code for run in runs] == [0] * 8, [run.stderr[-500:] for run in runs if run.exit_code]
    assert len(project.events()) == 6
    files = project.files()
    for row in project.ledger():
        assert files[row["path"]] == sandbox.served(row["url"])
    assert project.findings() == []
    assert not list(project.images.rglob(".tmp-*"))
