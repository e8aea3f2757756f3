"""Thumbnails, placeholders, recorded decisions and `images prune`, after real crawls."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select, update

from sandbox.client import Sandbox
from tests.support.accidents import NoFileMayBeOpened
from tests.support.project import Project, image_requests
from trivia_scraper.db.schema import venue_keys
from trivia_scraper.images.policy import is_known

SPACE = "act-3rd-space-canberra"
NO_QUIZ = "wa-the-salty-quokka"
SPACE_SLUG = "3rd-space-canberra"


def thumbs(project: Project) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(project.images.rglob("thumbs/*/*"))}


def opened(project: Project, path: str) -> Image.Image:
    return Image.open(io.BytesIO((project.images / path).read_bytes()))


def test_missing_thumbnails_are_made_from_stored_image(project: Project, sandbox: Sandbox) -> None:
    run = project.crawl(venue=SPACE)
    made = thumbs(project)
    assert {Image.open(io.BytesIO(thumb)).size for thumb in made.values()} == {(300, 300)}
    assert {Path(path).name for image in run.images for path in image["thumbs"].values()} == set(made)

    for path in project.images.rglob("thumbs/*/*"):
        path.unlink()
    sandbox.forget_requests()
    project.crawl(venue=SPACE, force_update="1")
    assert thumbs(project) == made

    other = '{"small": [120, 120], "wide": [400, 100]}'
    run = project.crawl("-s", f"IMAGES_THUMBS={other}", "-s", "IMAGES_THUMBS_FIT=True", venue=SPACE, force_update="1")
    assert run.exit_code == 0, run.stderr
    sizes = {name: {opened(project, image["thumbs"][name]).size for image in run.images} for name in ("small", "wide")}
    assert all(max(size) <= 120 for size in sizes["small"])
    assert all(width <= 400 and height <= 100 for width, height in sizes["wide"])
    assert image_requests(sandbox) == []
    project.crawl(venue=SPACE, force_update="1")
    assert thumbs(project) == made, "thumbnails of a size that is no longer set are removed"
    assert project.findings() == []


@pytest.mark.parametrize("gone", ["http_404", "unnamed"])
@pytest.mark.usefixtures("crawled_venue")
def test_missing_thumbnails_of_vanished_image_are_made(project: Project, sandbox: Sandbox, gone: str) -> None:
    made = thumbs(project)
    for path in project.images.rglob("thumbs/*/*"):
        path.unlink()
    for image in sandbox.images():
        sandbox.behave(image["url"], "status", status=404)
    if gone == "unnamed":
        sandbox.edit(SPACE, hero_src="  ")
    run = project.crawl("-s", "IMAGES_EXPIRES=0", venue=SPACE, force_update="1")
    assert gone in {image["reason"] for image in run.images} <= {gone, "http_404"}
    assert thumbs(project) == made
    assert project.runs()[0]["counts"]["thumbs/remade"] == 2


@pytest.mark.usefixtures("crawled_venue")
def test_thumbnails_follow_changed_and_superseded_images(project: Project, sandbox: Sandbox) -> None:
    before = thumbs(project)
    sandbox.change()
    project.crawl(venue=SPACE, force_refresh_images="1")
    changed = thumbs(project)
    assert changed.keys() == before.keys()
    assert all(changed[name] != before[name] for name in before)
    sandbox.move(SPACE)
    project.crawl(venue=SPACE, force_update="1")
    assert len(thumbs(project)) == len(before)
    assert thumbs(project).keys() != before.keys()


def test_thumbnails_of_transparent_and_rotated_images(project: Project, sandbox: Sandbox) -> None:
    run = project.crawl(venue="nt-red-centre-taphouse,wa-the-pearlers-arms")
    by_format = {image["format"]: image for image in run.images}
    for image in run.images:
        assert (project.images / image["path"]).read_bytes() == sandbox.served(image["url"])
    transparent = opened(project, by_format["PNG"]["thumbs"]["small"])
    assert transparent.mode == "RGB"
    assert transparent.getpixel((2, 2)) == (255, 255, 255)
    assert not opened(project, by_format["JPEG"]["thumbs"]["small"]).getexif()


@pytest.mark.usefixtures("crawled_venue")
def test_kept_images_are_not_opened(project: Project) -> None:
    closed = NoFileMayBeOpened(str(project.images / "venues"))
    assert project.crawl(accident=closed, venue=SPACE, force_update="1").exit_code == 0
    assert project.crawl(accident=closed, venue=SPACE, force_refresh_images="1").exit_code == 71, "the guard works"


HARMS = {
    "empty": lambda path: path.write_bytes(b""),
    "missing": Path.unlink,
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-2000]),
    "garbled": lambda path: path.write_bytes(b"junk"),
}


@pytest.mark.parametrize("harm", HARMS)
@pytest.mark.usefixtures("crawled_venue")
def test_harmed_thumbnail_is_found_and_made_again(project: Project, sandbox: Sandbox, harm: str) -> None:
    made = thumbs(project)
    for path in project.images.rglob("thumbs/*/*"):
        HARMS[harm](path)
    sandbox.forget_requests()
    verified = project.verify()
    problem = "damaged" if harm in {"cut", "garbled"} else "missing"
    assert (verified.exit_code, {each["problem"] for each in verified.json}) == (1, {problem})
    assert project.crawl(venue=SPACE).exit_code == 0
    assert thumbs(project) == made
    assert [each["url"] for each in image_requests(sandbox) if SPACE in each["url"]] == []
    assert project.findings() == []


def test_merged_venue_gets_images_in_kept_folder(project: Project, sandbox: Sandbox) -> None:
    other = "nsw-the-commercial-hotel"
    project.crawl(venue=f"{SPACE},{other}")
    store = project.store()
    try:
        with store.engine.begin() as connection:
            target = select(venue_keys.c.venue_id).where(venue_keys.c.publisher_id == other).scalar_subquery()
            moved = update(venue_keys).where(venue_keys.c.publisher_id == SPACE).values(venue_id=target)
            connection.execute(moved)
    finally:
        store.close()
    run = project.crawl(venue=SPACE, force_update="1")
    assert run.exit_code == 0, run.stderr
    assert {image["path"].split("/")[1] for image in run.images if image["kind"] == "hero"} == {"the-commercial-hotel"}


@pytest.mark.usefixtures("crawled_venue")
def test_empty_images_store_is_refused(project: Project) -> None:
    for words in (("crawl", "quizmeisters"), ("images", "prune"), ("images", "verify")):
        run = project.scrapy(*words, "-s", "IMAGES_STORE=")
        assert (run.exit_code, len(run.stderr.splitlines())) == (2, 1)
        assert "IMAGES_STORE is empty" in run.stderr


def image_of_many(sandbox: Sandbox) -> tuple[str, list[str]]:
    """Let six venues show one hero image, enough for a placeholder. Return its URL and the venues."""
    heroes = [image for image in sandbox.images() if image["kind"] == "hero" and image["venue"] not in {SPACE, NO_QUIZ}]
    venues = list(dict.fromkeys(image["venue"] for image in heroes))[1:7]
    url = heroes[0]["url"]
    for venue in venues:
        sandbox.edit(venue, hero_src=url)
    return url, venues


def test_placeholder_never_replaces_own_image(project: Project, sandbox: Sandbox) -> None:
    url, venues = image_of_many(sandbox)
    project.crawl(venue=",".join([SPACE, *venues]))
    before = project.files()
    sandbox.edit(SPACE, hero_src=url)
    run = project.crawl("-s", "MAX_FAILED_IMAGES=1", venue=SPACE, force_update="1")
    hero = next(image for image in run.images if image["kind"] == "hero")
    assert (hero["status"], hero["reason"]) == ("failed", "placeholder")
    assert hero["path"] in before
    assert project.files() == before
    status = project.scrapy("images", "status", "--json").json
    assert {row["venue"] for row in status if row["placeholder"]} >= {
        event["venue"]["slug"] for event in project.events() if event["publisher_id"] in venues
    }


def test_chain_may_change_its_shared_image(project: Project, sandbox: Sandbox) -> None:
    _, venues = image_of_many(sandbox)
    project.crawl(venue=",".join(venues))
    sandbox.change()
    run = project.crawl(venue=",".join(venues), force_refresh_images="1")
    heroes = [image for image in run.images if image["kind"] == "hero"]
    assert [(image["status"], image["reason"]) for image in heroes] == [("downloaded", "forced")] * len(venues)
    for row in project.ledger():
        assert project.files()[row["path"]] == sandbox.served(row["url"])


def test_last_venue_of_chain_is_refreshed_in_later_run(project: Project, sandbox: Sandbox) -> None:
    _, venues = image_of_many(sandbox)
    project.crawl(venue=",".join(venues))
    sandbox.change()
    project.crawl(venue=",".join(venues[1:]), force_refresh_images="1")
    dry = project.crawl(venue=venues[0], force_refresh_images="1", dry_run="1")
    assert "placeholder" not in dry.stderr
    run = project.crawl(venue=venues[0], force_refresh_images="1")
    hero = next(image for image in run.images if image["kind"] == "hero")
    assert (hero["status"], hero["reason"]) == ("downloaded", "forced")


def test_host_of_many_venues_is_not_placeholder(project: Project, sandbox: Sandbox) -> None:
    portrait = next(image["url"] for image in sandbox.images() if image["kind"] == "performer")
    venues = sandbox.guests(6)
    for venue in venues:
        sandbox.edit(venue, hero_src=portrait)
    project.crawl(venue=",".join([*venues, "qld-the-gilded-galah"]))
    sandbox.edit("qld-the-gilded-galah", host="Everywhere")
    run = project.crawl(venue="qld-the-gilded-galah", force_refresh_images="1")
    assert {image["status"] for image in run.images if image["kind"] == "performer"} <= {
        "uptodate",
        "downloaded",
    }


@pytest.mark.usefixtures("crawled_venue")
def test_explain_shows_run_flag_and_finding(project: Project, sandbox: Sandbox) -> None:
    hero = next(image["url"] for image in sandbox.images() if image["venue"] == SPACE)
    sandbox.behave(hero, "html")
    project.crawl(venue=SPACE, force_refresh_images="1")
    project.crawl(venue=SPACE, force_update="1")
    decisions = project.scrapy("images", "explain", SPACE_SLUG, "--json").json
    of_hero = [(each["run"], each["forced"], each["reason"]) for each in decisions if each["kind"] == "hero"]
    assert of_hero == [(3, False, "fresh"), (2, True, "not_an_image"), (1, False, "new")]
    found = next(each["found"] for each in decisions if each["reason"] == "not_an_image")
    assert found == "a web page, not an image"
    assert all(is_known(each["status"], each["reason"]) for each in decisions)
    unknown = project.scrapy("images", "explain", "atlantis-arms")
    assert (unknown.exit_code, len(unknown.stderr.splitlines())) == (1, 1)


@pytest.mark.usefixtures("crawled_venue")
def test_images_prune_removes_only_unreferenced_files(project: Project) -> None:
    before = project.files()
    stray = project.images / "venues" / SPACE_SLUG / "stray.jpg"
    stray.write_bytes(b"left by hand")
    foreign = project.images / "venues" / ".DS_Store"
    foreign.write_bytes(b"of the file manager")
    dry = project.scrapy("images", "prune", "--dry-run", "--json")
    assert [(each["what"], each["path"]) for each in dry.json] == [("orphaned", f"venues/{SPACE_SLUG}/stray.jpg")]
    assert stray.exists()
    assert project.scrapy("images", "prune").exit_code == 0
    foreign.unlink()  # no command removes it
    assert project.files() == before
    assert project.scrapy("images", "prune", "--json").json == []


def page_requests(sandbox: Sandbox) -> list[str]:
    return [each["url"] for each in sandbox.requests() if each["url"].endswith(f"/venues/{SPACE}")]


def test_http_cache_answers_no_image_request(project: Project, sandbox: Sandbox) -> None:
    cache = ("-s", "HTTPCACHE_ENABLED=True", "-s", f"HTTPCACHE_DIR={project.home.with_name('cache')}")
    project.crawl(*cache, venue=SPACE)
    shutil.rmtree(project.home)
    sandbox.change()
    run = project.crawl(*cache, venue=SPACE)
    assert {image["reason"] for image in run.images} == {"new"}
    for row in project.ledger():
        assert project.files()[row["path"]] == sandbox.served(row["url"])
    sandbox.change()
    sandbox.forget_requests()
    run = project.crawl(*cache, "-s", "SKIP_IF_UPDATED_WITHIN_DAYS=0", venue=SPACE)
    assert {image["reason"] for image in run.images} == {"fresh"}
    assert page_requests(sandbox) == [], "in an ordinary run the cache answers for pages"
    run = project.crawl(*cache, venue=SPACE, force_refresh_images="1")
    assert {image["reason"] for image in run.images} == {"forced"}
    assert len(page_requests(sandbox)) == 1, "in a forced refresh it does not"
    for row in project.ledger():
        assert project.files()[row["path"]] == sandbox.served(row["url"])
    sandbox.change()
    run = project.crawl(*cache, "-s", "IMAGES_EXPIRES=0", venue=SPACE, force_update="1")
    assert {image["reason"] for image in run.images} == {"expired"}
    for file in project.files():
        (project.images / file).unlink()
    run = project.crawl(*cache, venue=SPACE)
    assert {image["reason"] for image in run.images} == {"missing"}
    for row in project.ledger():
        assert project.files()[row["path"]] == sandbox.served(row["url"])
