"""`scrapy images restore`, `pin`, `unpin` and `forget`, after real crawls."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sandbox.client import Sandbox
from tests.support.accidents import PulledPlug
from tests.support.project import Project, image_requests
from trivia_scraper.db.image_layout import REPLACED
from trivia_scraper.db.locks import PublisherLock
from trivia_scraper.images.crash_points import Step

SPACE, SLUG = "act-3rd-space-canberra", "3rd-space-canberra"


def hero(project: Project) -> dict[str, Any]:
    (row,) = (row for row in project.ledger() if row["kind"] == "hero")
    return row


def stored(project: Project) -> bytes:
    body: bytes = (project.images / hero(project)["path"]).read_bytes()
    return body


def refresh(project: Project, sandbox: Sandbox, *options: str, **arguments: str) -> None:
    sandbox.change()
    run = project.crawl(*options, venue=SPACE, force_refresh_images="1", **arguments)
    assert run.exit_code == 0, run.stderr


def images_command(project: Project, *words: str, exit_code: int = 0) -> Any:
    done = project.scrapy("images", *words, "--json")
    assert done.exit_code == exit_code, done.stderr
    assert "Traceback" not in done.stderr
    return done.json if done.stdout else done.stderr


@pytest.mark.usefixtures("crawled_venue")
def test_restore_brings_image_back_and_can_be_undone(project: Project, sandbox: Sandbox) -> None:
    first = stored(project)
    refresh(project, sandbox)
    second, thumbs = stored(project), hero(project)["thumbs"]
    (shown,) = images_command(project, "restore", SLUG, "--kind", "hero", "--dry-run")
    assert shown["outcome"] == "would be restored"
    assert stored(project) == second

    (done,) = images_command(project, "restore", SLUG, "--kind", "hero")
    assert (done["outcome"], done["run"]) == ("restored", 2)
    row = hero(project)
    assert stored(project) == first
    assert (row["etag"], row["last_modified"], row["checked_at"]) == (None, None, None)
    assert row["thumbs"] == thumbs
    assert project.verify().exit_code == 0
    changed = [each["field"] for each in project.scrapy("runs", "2", "--json").json["changes"]]
    assert changed.count("sha256") == 2, "the restore belongs to no run"

    images_command(project, "restore", SLUG, "--kind", "hero")
    assert stored(project) == second
    images_command(project, "restore", SLUG, "--to", "2", "--kind", "hero")
    assert stored(project) == first
    again = images_command(project, "restore", SLUG, "--to", "2")
    assert {row["kind"]: row["outcome"] for row in again} == {"hero": "shown already", "performer": "restored"}
    assert stored(project) == first
    project.crawl(venue=SPACE, force_update="1")
    assert stored(project) == second, "a restored image has no validators, so no 304 confirms it"
    assert project.findings() == []


@pytest.mark.usefixtures("crawled_venue")
def test_restore_brings_url_back(project: Project, sandbox: Sandbox) -> None:
    first, url = stored(project), hero(project)["url"]
    sandbox.move(SPACE)
    sandbox.change()
    assert project.crawl(venue=SPACE, force_update="1").exit_code == 0
    moved = stored(project)
    (done,) = images_command(project, "restore", SLUG, "--kind", "hero")
    assert (stored(project), hero(project)["url"]) == (first, url)
    assert {image["path"] for event in project.events() for image in event["images"]} >= {done["path"]}
    assert project.findings() == []
    images_command(project, "restore", SLUG, "--kind", "hero")
    assert stored(project) == moved
    assert project.findings() == []


@pytest.mark.usefixtures("crawled_venue")
def test_pinned_image_is_kept(project: Project, sandbox: Sandbox) -> None:
    first = stored(project)
    (row,) = images_command(project, "pin", SLUG, "--kind", "hero")
    assert row["pinned_at"]
    sandbox.move(SPACE)
    sandbox.change()
    sandbox.forget_requests()
    run = project.crawl(venue=SPACE, force_refresh_images="1")
    (image,) = (image for image in run.images if image["kind"] == "hero")
    assert (image["status"], image["reason"]) == ("uptodate", "pinned")
    assert stored(project) == first
    assert len(image_requests(sandbox)) == len(run.images) - 1
    status = images_command(project, "status", "--venue", SLUG)
    assert {row["kind"]: bool(row["pinned_at"]) for row in status}["hero"]
    explained = images_command(project, "explain", SLUG)
    assert {each["reason"] for each in explained if each["kind"] == "hero" and each["run"] == 2} == {"pinned"}

    images_command(project, "unpin", SLUG)
    assert "no image" in images_command(project, "unpin", SLUG, exit_code=1)
    project.crawl(venue=SPACE, force_update="1")
    assert stored(project) != first


@pytest.mark.usefixtures("crawled_venue")
def test_impossible_restore_is_one_sentence(project: Project, sandbox: Sandbox) -> None:
    assert "no replaced image" in images_command(project, "restore", SLUG, exit_code=1)
    refresh(project, sandbox)
    before = project.files()
    for words in ("", f"{SLUG} --run 2", f"{SLUG} --digest ab", "--run 2 --to 2", f"{SLUG} --to=", "--run 2 --digest="):
        assert len(images_command(project, "restore", *words.split(), exit_code=2).splitlines()) == 1
    for words in ("nowhere", f"{SLUG} --to 77", "--run 77"):
        assert len(images_command(project, "restore", *words.split(), exit_code=1).splitlines()) == 1
    with closing(project.store()) as store, PublisherLock(store, "quizmeisters"):
        for verb in ("restore", "pin", "unpin", "forget"):
            images_command(project, verb, SLUG, exit_code=75)
    assert project.files() == before
    shutil.rmtree(project.images / REPLACED)
    (row,) = images_command(project, "restore", SLUG, "--kind", "hero", exit_code=1)
    assert "missing or damaged" in row["outcome"]
    assert "no longer kept" in images_command(project, "restore", SLUG, "--kind", "hero", exit_code=1)


@pytest.mark.usefixtures("crawled_listing")
def test_common_image_of_many_venues_is_reported_and_undone(project: Project, sandbox: Sandbox) -> None:
    """Let one image replace the different ones of seven venues: the run reports it, and one command undoes it."""
    own = {row["url"]: row for row in project.ledger() if row["kind"] == "hero" and row["shared_by"] == 1}
    (source, *others) = sorted(own)[:8]
    for url in others:
        sandbox.behave(url, "redirect", to=source)
    before = project.files()
    run = project.crawl(force_refresh_images="1")
    stand_in = own[source]["sha256"]
    assert [row["sha256"] for row in project.ledger() if row["url"] in others] == [stand_in] * 7
    command = f"scrapy images restore --run 2 --digest {stand_in[:12]}"
    assert "7 venues had different images and now have the same one" in run.stderr
    assert command in run.stderr
    assert project.runs()[0]["counts"]["replaced/alike"] == 7
    (alike,) = project.scrapy("runs", "2", "--json").json["alike"]
    assert alike == {"sha256": stand_in, "venues": 7, "command": command}
    assert command in project.scrapy("runs", "2").stdout
    site = project.home / "site"
    assert project.scrapy("catalogue", "-o", str(site)).exit_code == 0
    assert command in (site / "runs" / "2.html").read_text()

    done = images_command(project, *command.split()[2:])
    assert [each["outcome"] for each in done] == ["restored"] * 7
    after = project.files()
    assert {path: after[path] for path in before} == before
    assert project.verify().exit_code == 0
    again = project.crawl(force_refresh_images="1")
    reasons = [image["reason"] for image in again.images if image["url"] in others]
    assert reasons == ["placeholder"] * 7, "an image that was undone at many venues is a placeholder"
    assert "replaced/alike" not in project.runs()[0]["counts"]


@pytest.mark.usefixtures("crawled_venue")
def test_forget_accepts_lost_image(project: Project, sandbox: Sandbox, tmp_path: Path) -> None:
    lost = project.images / hero(project)["path"]
    lost.unlink()
    (performer,) = (row for row in project.ledger() if row["kind"] == "performer")
    (project.images / performer["thumbs"]["small"]).unlink()
    assert project.verify().exit_code == 1
    would = images_command(project, "forget", SLUG, "--dry-run")
    assert {(row["kind"], row["outcome"]) for row in would} == {
        ("hero", "forgotten"),
        ("performer", "thumbnails made again"),
    }
    assert images_command(project, "forget", SLUG) == would
    assert project.verify().exit_code == 0
    assert project.scrapy("images", "copy", "--to", str(tmp_path / "copy")).exit_code == 0
    assert "nothing was forgotten" in images_command(project, "forget", SLUG, exit_code=1)
    assert project.crawl(venue=SPACE, force_update="1").exit_code == 0
    assert lost.exists(), "the next visit downloads the image again"


@pytest.mark.usefixtures("crawled_venue")
def test_replaced_files_are_pruned_verified_and_copied(project: Project, sandbox: Sandbox, tmp_path: Path) -> None:
    refresh(project, sandbox)
    originals = set(project.replaced())
    assert len(originals) == 2
    assert project.verify().exit_code == 0
    copy = tmp_path / "copy"
    assert project.scrapy("images", "copy", "--to", str(copy)).exit_code == 0
    assert {path.relative_to(copy).as_posix() for path in copy.glob(f"{REPLACED}/*")} == originals
    assert images_command(project, "prune") == []
    assert project.scrapy("prune").exit_code == 0
    assert set(project.replaced()) == originals

    damaged = sorted(originals)[0]
    (project.images / damaged).write_bytes(b"x")
    assert {(each["problem"], each["path"]) for each in project.verify().json} == {("damaged", damaged)}
    assert damaged not in project.replaced(), "a damaged file is removed, so that it is not taken for the original"
    assert project.verify().exit_code == 0, "it is reported once"
    assert images_command(project, "prune") == []

    rows = project.scrapy("prune", "--json", "-s", "REPLACED_IMAGES_MAX_MB=0").json
    assert {row["what"]: row["removed"] for row in rows}["replaced"] == 1
    assert project.replaced() == {}
    refresh(project, sandbox, "-s", "REPLACED_IMAGES_DAYS=0")
    assert project.replaced() == {}


@pytest.mark.usefixtures("crawled_venue")
def test_dry_run_keeps_no_replaced_file(project: Project, sandbox: Sandbox, tmp_path: Path) -> None:
    project.environment["TMPDIR"] = str(tmp_path)
    before = project.files()
    refresh(project, sandbox, dry_run="true")
    assert (project.files(), project.replaced()) == (before, {})


RESTORES = [(case, step) for case in ("same_url", "other_url") for step in Step if step is not Step.RECEIVED]
RESTORES.remove(("same_url", Step.REMOVED))  # it removes no file


@pytest.mark.usefixtures("crawled_venue")
def test_crash_during_restore_loses_no_image(
    project: Project, sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    """Kill a restore at each step: both images are still stored, and a repeat by digest completes it."""
    first, digest = stored(project), hero(project)["sha256"]
    for case in ("same_url", "other_url"):
        if case == "same_url":
            refresh(project, sandbox)
        else:
            images_command(project, "restore", SLUG, "--kind", "hero")
            assert stored(project) == first
            sandbox.move(SPACE)
            sandbox.change()
            assert project.crawl(venue=SPACE, force_update="1").exit_code == 0
        second = stored(project)
        for step in (step for each, step in RESTORES if each == case):
            with subtests.test(case=case, step=step):
                copy = Project(tmp_path / f"{case}-{step}", sandbox.url)
                shutil.copytree(project.home, copy.home)
                words = "images", "restore", SLUG, "--kind", "hero"
                assert copy.scrapy(*words, accident=PulledPlug(step, "kill")).exit_code == -9
                assert stored_somewhere(copy) >= {first, second}
                assert copy.scrapy("images", "prune").exit_code == 0
                assert stored_somewhere(copy) >= {first, second}
                images_command(copy, *words[1:], "--to", digest)
                assert stored(copy) == first
                assert stored_somewhere(copy) >= {first, second}
                assert {each.problem for each in copy.findings()} <= {"orphaned"}


def stored_somewhere(project: Project) -> set[bytes]:
    return {*project.files().values(), *project.replaced().values()}
