"""The main promise: a stored image is what the publisher serves, or the last good one with a reason."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from sandbox.client import Sandbox
from tests.support.project import Project, image_requests

SPACE = "act-3rd-space-canberra"
SPACE_SLUG = "3rd-space-canberra"


def assert_stored_is_served(project: Project, sandbox: Sandbox) -> None:
    rows = project.ledger()
    assert rows
    files = project.files()
    for row in rows:
        assert files[row["path"]] == sandbox.served(row["url"]), row["path"]
    assert set(files) == {row["path"] for row in rows}


def test_first_repeated_and_forced_run(project: Project, sandbox: Sandbox) -> None:
    first = project.crawl()
    assert first.exit_code == 0, first.stderr
    requested = Counter(request["url"] for request in image_requests(sandbox))
    assert set(requested.values()) == {1}
    assert {image["url"] for image in first.images} == set(requested)
    assert {(image["status"], image["reason"]) for image in first.images} == {("downloaded", "new")}
    assert_stored_is_served(project, sandbox)

    sandbox.forget_requests()
    again = project.crawl(force_update="true")
    assert again.exit_code == 0
    assert image_requests(sandbox) == []
    assert {(image["status"], image["reason"]) for image in again.images} == {("uptodate", "fresh")}
    assert project.runs()[0]["counts"]["events/stored/unchanged"] == len(again.items)

    sandbox.change()
    sandbox.forget_requests()
    forced = project.crawl(force_refresh_images="true")
    assert forced.exit_code == 0
    requests = image_requests(sandbox)
    assert Counter(request["url"] for request in requests) == requested
    for request in requests:
        assert request["headers"]["cache-control"] == "no-cache"
        assert not {"if-none-match", "if-modified-since"} & request["headers"].keys()
    assert {(image["status"], image["reason"], image["changed"]) for image in forced.images} == {
        ("downloaded", "forced", True)
    }
    assert_stored_is_served(project, sandbox)
    assert project.scrapy("images", "verify").exit_code == 0


def test_ordinary_run_skips_fresh_venues_but_marks_them_seen(project: Project, sandbox: Sandbox) -> None:
    project.crawl(limit="2")
    seen = {event["publisher_id"]: event["last_seen_at"] for event in project.events()}
    sandbox.forget_requests()
    second = project.crawl(limit="2")
    assert second.exit_code == 0
    counts = project.runs()[0]["counts"]
    assert (counts["venues/skipped"], counts["venues/visited"]) == (2, 2)
    assert "2 venues skipped as recently read (force_update=true reads all)" in second.stderr
    assert not {item["publisher_id"] for item in second.items} & set(seen)
    for event in project.events():
        if event["publisher_id"] in seen:
            assert event["last_seen_at"] > seen[event["publisher_id"]]


def test_limit_is_exact_and_in_listing_order(project: Project, sandbox: Sandbox) -> None:
    listed = [image["venue"] for image in sandbox.images()]
    run = project.crawl(limit="3")
    assert run.exit_code == 0
    assert {item["publisher_id"] for item in run.items} == set(list(dict.fromkeys(listed))[:3])


@pytest.mark.parametrize("name", [SPACE, SPACE_SLUG])
def test_venue_argument_takes_id_or_slug(project: Project, sandbox: Sandbox, name: str) -> None:
    run = project.crawl(venue=name)
    assert run.exit_code == 0
    assert [item["venue"]["slug"] for item in run.items] == [SPACE_SLUG]
    assert {path.split("/")[1] for path in project.files() if path.startswith("venues/")} == {SPACE_SLUG}
    assert len(image_requests(sandbox)) == 2


def test_unknown_venue_fails_run_by_name(project: Project) -> None:
    run = project.crawl(venue=f"{SPACE},atlantis-arms")
    assert run.exit_code == 1
    assert "no venue atlantis-arms" in run.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("argument", "value", "said"),
    [
        ("force_refresh_images", "maybe", "force_refresh_images takes true or false"),
        ("force_refresh_image", "true", "did you mean 'force_refresh_images'?"),
        ("limit", "0", "limit takes a whole number, 1 or more, not '0'"),
        ("limit", "x", "limit takes a whole number, 1 or more, not 'x'"),
    ],
)
def test_wrong_spider_argument_exits_2_without_request(
    project: Project, sandbox: Sandbox, argument: str, value: str, said: str
) -> None:
    run = project.crawl(**{argument: value})
    assert run.exit_code == 2
    assert said in run.stderr
    assert len(run.stderr.splitlines()) == 1
    assert sandbox.requests() == []


@pytest.mark.parametrize("value", ["false", "0"])
@pytest.mark.usefixtures("crawled_venue")
def test_force_refresh_false_refreshes_nothing(project: Project, sandbox: Sandbox, value: str) -> None:
    sandbox.change()
    sandbox.forget_requests()
    run = project.crawl(venue=SPACE, force_refresh_images=value, force_update="yes")
    assert run.exit_code == 0
    assert image_requests(sandbox) == []
    assert {image["reason"] for image in run.images} == {"fresh"}


def test_job_runner_arguments_pass_and_id_is_kept(project: Project) -> None:
    assert project.crawl(venue=SPACE, _job="job-17", _version="3").exit_code == 0
    assert project.runs()[0]["job_id"] == "job-17"


@pytest.mark.usefixtures("crawled_venue")
def test_forced_refresh_replaces_images_of_fresh_venue(project: Project, sandbox: Sandbox) -> None:
    before = project.files()
    sandbox.change()
    run = project.crawl(venue=SPACE, force_refresh_images="TRUE")
    assert {image["kind"] for image in run.images if image["changed"]} == {"hero", "performer"}
    after = project.files()
    assert set(after) == set(before)
    assert all(after[path] != before[path] for path in after)
    assert_stored_is_served(project, sandbox)


@pytest.mark.parametrize("harm", ["deleted", "cut", "garbled", "rotten"])
@pytest.mark.usefixtures("crawled_venue")
def test_harmed_file_is_found_and_repaired(project: Project, sandbox: Sandbox, harm: str) -> None:
    path, body = next(item for item in project.files().items() if item[0].startswith("venues/"))
    file = project.images / path
    if harm == "deleted":
        file.unlink()
    else:
        times = file.stat()
        file.write_bytes(body[:-100] if harm == "cut" else body[:-1] + bytes([body[-1] ^ 1]))
        if harm == "rotten":  # the disk changed the bytes, and the file's times say nothing
            os.utime(file, ns=(times.st_atime_ns, times.st_mtime_ns))
    found = project.verify()
    assert found.exit_code == 1
    assert [(each["problem"], each["path"]) for each in found.json] == [
        ("missing" if harm == "deleted" else "damaged", path)
    ]
    run = project.crawl(venue=SPACE)
    assert run.exit_code == 0
    assert {image["reason"] for image in run.images} == {"fresh", "missing" if harm == "deleted" else "damaged"}
    assert file.read_bytes() == body
    assert project.findings() == []


@pytest.mark.usefixtures("crawled_venue")
def test_file_restored_by_hand_is_downloaded_once(project: Project) -> None:
    path, body = next(item for item in project.files().items() if item[0].startswith("venues/"))
    (project.images / path).unlink()
    assert project.verify().exit_code == 1
    (project.images / path).write_bytes(body)
    reasons = [
        next(image["reason"] for image in project.crawl(venue=SPACE, force_update="1").images if image["path"] == path)
        for _ in range(2)
    ]
    assert reasons == ["damaged", "fresh"]


@pytest.mark.usefixtures("crawled_venue")
def test_changed_file_times_cause_no_download(project: Project, sandbox: Sandbox) -> None:
    for path in project.files():
        (project.images / path).touch()
    sandbox.forget_requests()
    assert project.crawl(venue=SPACE, force_update="1").exit_code == 0
    assert image_requests(sandbox) == []


@pytest.mark.usefixtures("crawled_venue")
def test_expired_image_is_revalidated(project: Project, sandbox: Sandbox) -> None:
    checked = {row["url"]: (row["checked_at"], row["fetched_at"]) for row in project.ledger()}
    sandbox.forget_requests()
    run = project.crawl("-s", "IMAGES_EXPIRES=0", venue=SPACE, force_update="1")
    assert {image["reason"] for image in run.images} == {"not_modified"}
    assert all("if-none-match" in request["headers"] for request in image_requests(sandbox))
    for row in project.ledger():
        assert row["checked_at"] > checked[row["url"]][0]
        assert row["fetched_at"] == checked[row["url"]][1]
    sandbox.change()
    run = project.crawl("-s", "IMAGES_EXPIRES=0", venue=SPACE, force_update="1")
    assert {(image["status"], image["reason"]) for image in run.images} == {("downloaded", "expired")}
    assert_stored_is_served(project, sandbox)


@pytest.mark.usefixtures("crawled_venue")
def test_image_under_new_url_replaces_old_file(project: Project, sandbox: Sandbox) -> None:
    old = {row["kind"]: row["path"] for row in project.ledger()}
    sandbox.move(SPACE)
    run = project.crawl(venue=SPACE, force_update="1")
    assert {image["kind"]: image["reason"] for image in run.images} == {
        "hero": "url_changed",
        "performer": "fresh",
    }
    assert_stored_is_served(project, sandbox)
    assert old["hero"] not in project.files()
    assert project.findings() == []


@pytest.mark.parametrize("moved", [False, True])
@pytest.mark.usefixtures("crawled_venue")
def test_failed_refresh_keeps_image_and_reports_reason(project: Project, sandbox: Sandbox, moved: bool) -> None:
    before = project.files()
    url = sandbox.move(SPACE) if moved else next(p["url"] for p in sandbox.images() if p["venue"] == SPACE)
    sandbox.behave(url, "status", status=404)
    run = project.crawl(venue=SPACE, force_refresh_images="1")
    assert project.files() == before
    hero = next(image for image in run.images if image["kind"] == "hero")
    assert (hero["status"], hero["reason"], hero["error"]) == ("failed", "http_404", "HTTP 404")
    assert hero["path"] in before
    assert "Traceback" not in run.stderr
    shown = next(image for image in project.events()[0]["images"] if image["kind"] == "hero")
    assert shown["path"] == hero["path"]
    assert project.runs()[0]["counts"]["images/failed/http_404"] == 1
    assert run.exit_code == 1, "one of two is more than MAX_FAILED_IMAGES"


def test_shared_url_is_downloaded_once_into_each_folder(project: Project, sandbox: Sandbox) -> None:
    run = project.crawl(venue="qld-barnacle-bills-cairns,qld-barnacle-bills-port-douglas")
    assert run.exit_code == 0
    assert len(image_requests(sandbox)) == 1
    (first, one), (second, other) = project.files().items()
    assert (first.split("/")[1], second.split("/")[1]) == ("barnacle-bills-cairns", "barnacle-bills-port-douglas")
    assert one == other == sandbox.served(run.images[0]["url"])


def test_venues_with_equal_names_keep_their_slugs(project: Project, sandbox: Sandbox) -> None:
    for venue in ("nsw-the-commercial-hotel", "qld-the-commercial-hotel"):
        project.crawl(venue=venue)
    slugs = {event["publisher_id"]: event["venue"]["slug"] for event in project.events()}
    assert slugs == {
        "nsw-the-commercial-hotel": "the-commercial-hotel",
        "qld-the-commercial-hotel": "the-commercial-hotel-roma",
    }
    sandbox.edit("nsw-the-commercial-hotel", name="The Commercial")
    project.crawl(venue="nsw-the-commercial-hotel,qld-the-commercial-hotel", force_update="1")
    assert {event["publisher_id"]: event["venue"]["slug"] for event in project.events()} == slugs


@pytest.mark.usefixtures("crawled_venue")
def test_moved_night_is_changed_event(project: Project, sandbox: Sandbox) -> None:
    sandbox.edit(SPACE, schedule="Wednesdays at 7pm")
    project.crawl(venue=SPACE, force_update="1")
    (event,) = project.events()
    assert (event["schedule"]["weekday"], event["schedule"]["start_time"]) == (3, "19:00")
    changes = project.scrapy("runs", "2", "--json").json["changes"]
    assert [(change["field"], change["old"], change["new"]) for change in changes] == [("weekday", 2, 3)]


def test_two_nights_a_week_are_two_events(project: Project, sandbox: Sandbox) -> None:
    sandbox.edit(SPACE, schedule="Tuesdays and Thursdays at 7pm")
    run = project.crawl(venue=SPACE)
    assert run.exit_code == 0, run.stderr
    assert {event["schedule"]["weekday"] for event in project.events()} == {2, 4}
    assert {event["night"] for event in project.events()} == {1, 2}
    assert {image["reason"] for image in run.images} == {"new"}
    assert len(image_requests(sandbox)) == project.runs()[0]["counts"]["images/downloaded"] == 2
    kept = project.crawl(venue=SPACE, force_update="1")
    assert len(project.events()) == 2
    assert [image["reason"] for image in kept.images] == ["fresh"] * 4
    assert project.runs()[0]["counts"]["images/uptodate/fresh"] == 2, "each image is counted once"
    sandbox.change()
    project.crawl("-s", "CONCURRENT_ITEMS=1", venue=SPACE, force_refresh_images="1")
    assert project.runs()[0]["counts"]["events/stored/changed"] == 2, "both events show the changed image"


BROKEN_LISTINGS: list[tuple[str, dict[str, Any], str]] = [
    ("status", {"status": 500}, "HTTP 500"),
    ("html", {}, "is not JSON"),
    ("json", {"value": {"success": True, "results": {"locations": []}}}, "names no locations"),
    ("json", {"value": ["nothing"]}, "names no locations"),
]


@pytest.mark.parametrize(("behaviour", "parameters", "said"), BROKEN_LISTINGS)
@pytest.mark.usefixtures("crawled_venue")
def test_broken_listing_fails_and_changes_nothing(
    project: Project, sandbox: Sandbox, behaviour: str, parameters: dict[str, Any], said: str
) -> None:
    before = project.files(), project.events()
    sandbox.behave("https://storerocket.io/api/user/kDJ3BbK4mn/locations", behaviour, **parameters)
    run = project.crawl()
    assert run.exit_code == 1
    assert said in run.stderr.splitlines()[-1]
    assert "Traceback" not in run.stderr
    assert (project.files(), project.events()) == before
    assert project.runs()[0]["verdict"] == "failed"


def test_listing_without_readable_nights_fails(project: Project, sandbox: Sandbox) -> None:
    locations = [
        {"id": number, "name": f"Pub {number}", "fields": [{"name": "Trivia", "renamed_value": "Tuesdays at 7pm"}]}
        for number in range(5)
    ]
    listing = {"success": True, "results": {"locations": locations}}
    sandbox.behave("https://storerocket.io/api/user/kDJ3BbK4mn/locations", "json", value=listing)
    run = project.crawl()
    assert run.exit_code == 1
    assert "none of 5 listed venues has a night that can be read" in run.stderr.splitlines()[-1]


@pytest.mark.usefixtures("crawled_venue")
def test_page_without_image_keeps_last_as_unnamed(project: Project, sandbox: Sandbox) -> None:
    before = project.files()
    sandbox.edit(SPACE, hero_src="")
    run = project.crawl("-s", "MAX_FAILED_IMAGES=1", venue=SPACE, force_refresh_images="1")
    hero = next(image for image in run.images if image["kind"] == "hero")
    assert (hero["status"], hero["reason"], hero["path"] in before) == ("failed", "unnamed", True)
    assert project.files() == before
    assert len(project.events()[0]["images"]) == 2


def test_new_host_does_not_get_old_hosts_image(project: Project, sandbox: Sandbox) -> None:
    venue = "vic-two-tides-brewing"
    sandbox.edit(SPACE, host="Somebody New")
    project.crawl(venue=f"{SPACE},{venue}")
    page = "https://quizmeisters.com/venues/act-3rd-space-canberra"
    other = sandbox.local(page)
    with build_opener(ProxyHandler({})).open(Request(other, headers={"User-Agent": "test"})) as answer:
        html = answer.read().decode().replace("Somebody New", "Another Host").replace("host-image", "no-image")
    sandbox.behave(page, "html", body=html, content_type="text/html; charset=utf-8")
    project.crawl("-s", "MAX_FAILED_IMAGES=1", venue=SPACE, force_update="1")
    event = next(event for event in project.events() if event["publisher_id"] == SPACE)
    assert event["performer"]["name"] == "Another Host"
    assert {image["kind"] for image in event["images"]} == {"hero"}


@pytest.mark.usefixtures("crawled_venue")
def test_refused_connection_fails_and_changes_nothing(project: Project) -> None:
    before = project.files(), project.events()
    run = project.scrapy("crawl", "quizmeisters", SANDBOX_SERVER="http://127.0.0.1:9")
    assert run.exit_code == 1
    assert "Traceback" not in run.stderr
    assert "storerocket.io" in run.stderr.splitlines()[-1]
    assert "refused" in run.stderr.splitlines()[-1]
    assert (project.files(), project.events()) == before


def test_image_counts_agree_in_items_ledger_and_run(project: Project, sandbox: Sandbox) -> None:
    project.crawl(limit="8")
    hero = next(image["url"] for image in sandbox.images() if image["venue"] == SPACE)
    sandbox.behave(hero, "status", status=410)
    sandbox.change([image["url"] for image in sandbox.images()[3:6]])
    run = project.crawl(limit="8", force_refresh_images="1")
    in_items = Counter(f"images/{image['status']}/{image['reason']}" for image in run.images)
    in_run = {k: v for k, v in project.runs()[0]["counts"].items() if k.startswith("images/") and k.count("/") == 2}
    in_ledger = Counter(f"images/{row['status']}/{row['reason']}" for row in project.ledger())
    assert in_items == in_run == in_ledger
    assert {"images/failed/http_410", "images/downloaded/forced", "images/uptodate/unchanged"} == set(in_run)
