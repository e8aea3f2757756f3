"""Only images are stored: crawls of every behaviour in sandbox/hostile.py, then checks of store, ledger and log.

The first crawl stores a good image for every venue. In the next one each venue's page names a hostile URL instead. The
subtests then check one venue each.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from PIL import Image

from sandbox import hostile, hostile_files
from sandbox.client import Sandbox, running_sandbox
from sandbox.hostile_case import HOST
from tests.support.accidents import PeakReported
from tests.support.children import Finished
from tests.support.project import Project
from trivia_scraper.images.formats import format_of

# The sandbox makes these at the first request, which may take longer than IMAGES_TIMEOUT.
SLOW_TO_MAKE = {
    "deflate_bomb", "gzip_bomb", "gzip_bomb_twice", "jpeg_scans", "jpeg_views", "pixel_bomb", "pixels_at_the_limit",
    "scans_at_the_limit", "text_bomb",
}  # fmt: skip
LIMITS = ("-s", "RETRY_TIMES=0", "-s", "IMAGES_TIMEOUT=3", "-s", "IMAGES_MAXSIZE=4000000", "-s", "MAX_FAILED_IMAGES=1")
MOST_MEMORY = 400 * 1024 * 1024
SAFE_NAME = re.compile(r"[a-z0-9_][a-z0-9._-]{0,90}")
SAFE_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Shown:
    """What a venue's page names as its image, and the expected result."""

    name: str
    src: str
    reason: str | None
    body: Callable[[], bytes] | None


SHOWN = [
    *(Shown(case.name, case.url, case.reason, case.body) for case in hostile.CASES),
    *(Shown(f"text_{text.name}", text.text, text.reason, hostile_files.good) for text in hostile.TEXTS),
]
REFUSED = [shown for shown in SHOWN if shown.reason is not None]
STORED = [shown for shown in SHOWN if shown.reason is None]

THE_SANDBOX_ITSELF: dict[str, Any] = {}
# Faults of the venue's own image URL: behaviour of faults.py, its parameters, the expected reason.
TURNED: list[tuple[str, dict[str, Any], str]] = [
    ("status", {"status": 404}, "http_404"),
    ("status", {"status": 410}, "http_410"),
    ("status", {"status": 500}, "http_500"),
    ("not_modified_always", {}, "http_304"),
    ("html", {}, "not_an_image"),
    ("json", {}, "not_an_image"),
    ("svg", {}, "format"),
    ("empty", {}, "not_an_image"),
    ("truncated", {}, "truncated"),
    ("cut_file", {}, "truncated"),
    ("close", {}, "network"),
    ("slow", {"seconds": 60}, "timeout"),
    ("huge", {}, "too_large"),
    ("redirect", {"to": "file:///etc/passwd"}, "redirect"),
    ("redirect", {"to": "http://10.1.2.3/photo.jpg"}, "refused_address"),
    ("redirect", THE_SANDBOX_ITSELF, "refused_address"),
]


@dataclass
class Crawls:
    project: Project
    outside: Path
    venue_of: dict[str, str] = field(default_factory=dict)
    """Name of what a venue shows -> the venue's id."""
    first: Finished = field(init=False)
    before: dict[str, bytes] = field(default_factory=dict)
    run: Finished = field(init=False)
    counts: dict[str, int] = field(default_factory=dict)
    after: dict[str, bytes] = field(default_factory=dict)
    shown_after: dict[str, list[str]] = field(default_factory=dict)
    turned: dict[int, dict[str, Any]] = field(default_factory=dict)
    after_turned: dict[str, bytes] = field(default_factory=dict)
    again: Finished = field(init=False)
    requests: list[Any] = field(default_factory=list)
    peak: int = 0

    def image(self, run: Finished, name: str) -> dict[str, Any]:
        (item,) = (item for item in run.items if item["publisher_id"] == self.venue_of[name])
        (image,) = item["images"]
        found: dict[str, Any] = image
        return found


def prepare_and_crawl(home: Path) -> Crawls:
    outside = home / "outside"
    outside.mkdir()
    (outside / "canary.txt").write_text("untouched")
    (outside / "secret.png").write_bytes(hostile_files.good("png") + b"the secret")
    ghostscript = home / "bin" / "gs"
    ghostscript.parent.mkdir()
    ghostscript.write_text(f"#!/bin/sh\ntouch {outside}/ghostscript-was-called\n")
    ghostscript.chmod(0o755)
    with running_sandbox() as sandbox:
        project = Project(home / "var", sandbox.url)
        project.environment["PATH"] = f"{ghostscript.parent}:{project.environment['PATH']}"
        return crawl_all(Crawls(project, outside), sandbox)


def crawl_all(crawls: Crawls, sandbox: Sandbox) -> Crawls:
    project = crawls.project
    names = [f"venue_{number}" for number in range(len(hostile.VENUE_NAMES))]
    # Added venues share a few drawings. So the placeholder rule, which protects a venue's own image, does not apply.
    keys = sandbox.guests(len(SHOWN) + len(names) + 2)
    crawls.venue_of = dict(
        zip([*(shown.name for shown in SHOWN), *names, "no_image", "secret_file"], keys, strict=True)
    )
    for name, venue_name in zip(names, hostile.VENUE_NAMES, strict=True):
        sandbox.edit(crawls.venue_of[name], name=venue_name)

    for case in hostile.CASES:
        if case.name in SLOW_TO_MAKE:
            with urlopen(sandbox.local(case.url)) as answer:
                answer.read()

    every = ",".join(keys)
    crawls.first = project.crawl(venue=every)
    assert crawls.first.exit_code == 0, crawls.first.stderr[-2000:]
    crawls.before = project.files()

    sources = {shown.name: shown.src for shown in SHOWN}
    sources |= {"no_image": "  ", "secret_file": (crawls.outside / "secret.png").as_uri()}
    for name, src in sources.items():
        sandbox.edit(crawls.venue_of[name], hero_src=src)
    peak = project.home / "peak"
    crawls.run = project.crawl(*LIMITS, venue=every, force_refresh_images="true", accident=PeakReported(peak))
    crawls.peak = int(peak.read_text())
    crawls.counts = project.runs()[0]["counts"]
    crawls.after = project.files()
    crawls.shown_after = {
        event["publisher_id"]: [image["path"] for image in event["images"]] for event in project.events()
    }

    controls = [crawls.venue_of[shown.name] for shown in STORED]
    crawls.again = project.crawl(*LIMITS, "-s", "IMAGES_EXPIRES=0", venue=",".join(controls), force_update="true")

    urls = {image["venue"]: image["url"] for image in sandbox.images()}
    turned = {crawls.venue_of[shown.name]: turn for shown, turn in zip(REFUSED, TURNED, strict=False)}
    for venue, (behaviour, parameters, _) in turned.items():
        sandbox.edit(venue, hero_src=None)
        # The sandbox answers this URL with the good image, so a crawl that follows the redirect would store it.
        itself = {"to": f"{sandbox.url}/_sandbox/served?url={quote(urls[venue])}"}
        sandbox.behave(urls[venue], behaviour, **(itself if parameters is THE_SANDBOX_ITSELF else parameters))
    run = project.crawl(*LIMITS, venue=",".join(turned), force_refresh_images="true")
    images = {item["publisher_id"]: item["images"][0] for item in run.items}
    crawls.turned = {number: images[venue] for number, venue in enumerate(turned)}
    crawls.after_turned = project.files()
    crawls.requests = sandbox.requests()
    return crawls


@pytest.mark.long
def test_hostile_input_costs_no_image(tmp_path: Path, subtests: pytest.Subtests) -> None:
    crawls = prepare_and_crawl(tmp_path)
    for shown in REFUSED:
        with subtests.test("refused", shown=shown.name):
            assert_good_image_is_kept_and_reason_is_logged(crawls, shown)
    for shown in STORED:
        with subtests.test("stored", shown=shown.name):
            assert_image_is_stored_with_safe_name_and_thumbnail(crawls, shown)
        with subtests.test("checked again", shown=shown.name):
            assert_image_with_odd_validators_is_checked_again(crawls, shown)
    for number, (behaviour, _, reason) in enumerate(TURNED):
        with subtests.test("turned", behaviour=behaviour, reason=reason):
            assert_good_image_is_kept_when_its_url_turns_hostile(crawls, number)
    for number, name in enumerate(hostile.VENUE_NAMES):
        with subtests.test("venue", name=ascii(name)[:40]):
            assert_hostile_venue_name_gives_a_safe_folder(crawls, number)
    for check in (
        assert_equal_file_names_are_two_files,
        assert_page_without_image_keeps_the_last,
        assert_secret_file_is_not_stored,
        assert_no_file_outside_is_touched,
        assert_log_has_one_warning_per_refused_image,
        assert_credentials_are_not_stored_logged_or_sent,
        assert_image_requests_have_the_pages_origin_as_referer,
        assert_counts_of_run_equal_those_of_its_items,
        assert_ledger_has_every_stored_file,
        assert_memory_stays_bounded,
    ):
        with subtests.test(check.__name__):
            check(crawls)


def assert_good_image_is_kept_and_reason_is_logged(crawls: Crawls, shown: Shown) -> None:
    good = crawls.image(crawls.first, shown.name)
    image = crawls.image(crawls.run, shown.name)
    assert (image["status"], image["reason"]) == ("failed", shown.reason), image["error"]
    assert image["error"]
    assert image["path"] == good["path"]
    assert crawls.after[good["path"]] == crawls.before[good["path"]]
    assert crawls.shown_after[crawls.venue_of[shown.name]] == [good["path"]]
    lines = [line for line in crawls.run.stderr.splitlines() if "image failed" in line and good["path"] in line]
    assert len(lines) == 1
    assert f"image failed: {shown.reason}: " in lines[0]


def assert_image_is_stored_with_safe_name_and_thumbnail(crawls: Crawls, shown: Shown) -> None:
    image = crawls.image(crawls.run, shown.name)
    assert (image["status"], image["reason"]) == ("downloaded", "forced"), image["error"]
    folder, slug, name = image["path"].split("/")
    assert (folder, slug) == ("venues", crawls.image(crawls.first, shown.name)["path"].split("/")[1])
    assert SAFE_NAME.fullmatch(name)
    assert shown.body is not None
    body = crawls.after[image["path"]]
    assert body == shown.body()
    found = format_of(body)
    assert found is not None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of broken metadata
        opened = Image.open(BytesIO(found.read(body).body))
    assert found.pillow == str(opened.format).replace("MPO", "JPEG")
    assert name.endswith(f".{found.suffixes[0]}")
    assert (image["width"], image["height"]) == opened.size
    assert crawls.shown_after[crawls.venue_of[shown.name]] == [image["path"]]
    with Image.open(crawls.project.images / image["thumbs"]["small"]) as thumb:
        thumb.load()
        assert (thumb.format, thumb.size, thumb.mode) == ("JPEG", (300, 300), "RGB")


def assert_image_with_odd_validators_is_checked_again(crawls: Crawls, shown: Shown) -> None:
    image = crawls.image(crawls.again, shown.name)
    assert image["status"] == "uptodate", image["error"]
    assert image["reason"] in {"not_modified", "unchanged"}


def assert_good_image_is_kept_when_its_url_turns_hostile(crawls: Crawls, number: int) -> None:
    image = crawls.turned[number]
    assert (image["status"], image["reason"]) == ("failed", TURNED[number][2]), image["error"]
    assert crawls.after_turned[image["path"]] == crawls.before[image["path"]]


def assert_hostile_venue_name_gives_a_safe_folder(crawls: Crawls, number: int) -> None:
    path = crawls.image(crawls.first, f"venue_{number}")["path"]
    folder, slug, name = path.split("/")
    assert folder == "venues"
    assert re.fullmatch(r"photo-[0-9a-f]{8}\.jpg", name)
    assert SAFE_SLUG.fullmatch(slug)
    assert [image["path"].split("/")[1] for image in crawls.first.images].count(slug) == 1


def assert_equal_file_names_are_two_files(crawls: Crawls) -> None:
    for name in ("name_taken", "name_taken_otherwise"):
        assert re.fullmatch(r"photo-[0-9a-f]{8}\.jpg", crawls.image(crawls.run, name)["path"].split("/")[2])


def assert_page_without_image_keeps_the_last(crawls: Crawls) -> None:
    (item,) = (item for item in crawls.run.items if item["publisher_id"] == crawls.venue_of["no_image"])
    path = crawls.image(crawls.first, "no_image")["path"]
    assert [(image["reason"], image["path"]) for image in item["images"]] == [("unnamed", path)]
    assert crawls.after[path] == crawls.before[path]
    assert crawls.shown_after[crawls.venue_of["no_image"]] == [path]


def assert_secret_file_is_not_stored(crawls: Crawls) -> None:
    assert crawls.image(crawls.run, "secret_file")["reason"] == "refused_url"
    secret = (crawls.outside / "secret.png").read_bytes()
    assert secret.endswith(b"the secret")
    assert secret not in crawls.after.values()


def assert_no_file_outside_is_touched(crawls: Crawls) -> None:
    assert sorted(path.name for path in crawls.outside.iterdir()) == ["canary.txt", "secret.png"]
    assert (crawls.outside / "canary.txt").read_text() == "untouched"
    assert sorted(path.name for path in crawls.outside.parent.iterdir()) == ["bin", "outside", "var"]
    assert not [path for path in crawls.project.images.rglob("*") if path.is_symlink() or ".tmp-" in path.name]


def assert_log_has_one_warning_per_refused_image(crawls: Crawls) -> None:
    lines = crawls.run.stderr.splitlines()
    assert "Traceback" not in crawls.run.stderr
    assert [line for line in lines if CONTROLS.search(line) or "ERROR forged" in line[:40]] == []
    loud = [line for line in lines if line[9:].startswith(("WARNING", "ERROR"))]
    assert [line for line in loud if "image failed: " not in line and "now have the same one" not in line] == []
    # Besides the refused images: the secret file, the page without an image, and one image for many venues.
    assert len(loud) == len(REFUSED) + 3
    assert max(map(len, loud)) < 1000


def assert_credentials_are_not_stored_logged_or_sent(crawls: Crawls) -> None:
    assert "secret@" not in crawls.run.stderr
    assert not [row["url"] for row in crawls.project.ledger() if "secret@" in row["url"]]
    assert not [item for item in crawls.run.items if "secret@" in str(item)]
    sent = {name for request in crawls.requests for name in request["headers"]}
    assert not sent & {"authorization", "cookie", "x-injected", "proxy-authorization"}
    assert not [request for request in crawls.requests if "secret@" in request["url"]]


def assert_image_requests_have_the_pages_origin_as_referer(crawls: Crawls) -> None:
    requested = [request for request in crawls.requests if request["url"] == f"https://{HOST}/type_none.jpg"]
    assert requested
    assert {request["headers"].get("referer") for request in requested} == {"https://www.quizmeisters.com/"}


def assert_counts_of_run_equal_those_of_its_items(crawls: Crawls) -> None:
    in_items = Counter(f"images/{image['status']}/{image['reason']}" for image in crawls.run.images)
    in_run = {k: v for k, v in crawls.counts.items() if k.startswith("images/") and k.count("/") == 2}
    assert in_items == in_run
    assert crawls.run.exit_code == 0, crawls.run.stderr[-2000:]
    assert len(crawls.run.items) == len(crawls.venue_of)


def assert_ledger_has_every_stored_file(crawls: Crawls) -> None:
    assert crawls.project.findings() == []


def assert_memory_stays_bounded(crawls: Crawls) -> None:
    assert crawls.peak < MOST_MEMORY


@pytest.mark.parametrize("what", ["folder", "file"])
def test_symlink_in_store_is_not_followed(project: Project, sandbox: Sandbox, tmp_path: Path, what: str) -> None:
    (key,) = sandbox.guests(1)
    project.crawl(venue=key)
    ((path, body),) = project.files().items()
    target = project.images / path
    outside = tmp_path / "outside"
    if what == "folder":
        target.parent.rename(outside)
        target.parent.symlink_to(outside)
    else:
        outside.mkdir()
        (outside / target.name).write_bytes(body)
        target.unlink()
        target.symlink_to(outside / target.name)
    before = {each: each.stat().st_mtime_ns for each in outside.rglob("*")}
    sandbox.change()
    run = project.crawl("-s", "MAX_FAILED_IMAGES=1", venue=key, force_refresh_images="1")
    assert {each: each.stat().st_mtime_ns for each in outside.rglob("*")} == before
    assert (outside / target.name).read_bytes() == body
    (image,) = run.images
    if what == "folder":
        assert (image["status"], image["reason"]) == ("failed", "storage")
    else:
        assert (image["status"], image["path"], target.is_symlink()) == ("downloaded", path, False)
    assert "Traceback" not in run.stderr
