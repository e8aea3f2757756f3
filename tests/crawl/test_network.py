"""Manners and caution on the network: robots.txt, pauses that are asked for, and addresses that are not public."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.client import Sandbox
from tests.support.project import Project, picture_requests

SPACE = "act-3rd-space-canberra"
CDN = "https://cdn.prod.website-files.com"


def test_a_pause_that_a_host_asks_for_is_kept_and_then_the_picture_arrives(project: Project, sandbox: Sandbox) -> None:
    hero = next(picture["url"] for picture in sandbox.pictures() if picture["venue"] == SPACE)
    sandbox.behave(hero, "status", status=429, retry_after=1, times=1)
    run = project.crawl(venue=SPACE)
    assert run.exit_code == 0
    assert {picture["reason"] for picture in run.pictures} == {"new"}
    first, second = (request["at"] for request in picture_requests(sandbox) if request["url"] == hero)
    assert second - first >= 1


def test_a_host_that_never_stops_asking_is_left_alone(project: Project, sandbox: Sandbox) -> None:
    for picture in sandbox.pictures():
        sandbox.behave(picture["url"], "status", status=503, retry_after=3600)
    # With no delay at all, Scrapy 2.19 starts everything that waits in a site's queue at once.
    one_by_one = ("-s", "CONCURRENT_REQUESTS_PER_DOMAIN=1", "-s", "DOWNLOAD_DELAY=0.02")
    run = project.crawl(*one_by_one, "-s", "RETRY_AFTER_MAX=0.2", "-s", "RETRY_TIMES=1", limit="20")
    assert run.exit_code == 1
    assert {picture["reason"] for picture in run.pictures} == {"http_503"}
    assert len(run.items) == len(project.events()) > 10
    assert len(picture_requests(sandbox)) < len(run.pictures), "most are not asked for any more"


def test_robots_txt_that_forbids_pictures_is_obeyed(project: Project, sandbox: Sandbox) -> None:
    sandbox.behave(f"{CDN}/robots.txt", "text", body="User-agent: *\nDisallow: /\n")
    run = project.crawl("-s", "MAX_FAILED_IMAGES=1", venue=SPACE)
    assert run.exit_code == 0
    assert {(picture["status"], picture["reason"]) for picture in run.pictures} == {("failed", "robots")}
    assert picture_requests(sandbox) == []


@pytest.mark.parametrize(("status", "reason"), [(404, "new"), (500, "robots")])
def test_a_missing_robots_txt_allows_and_a_broken_one_forbids(
    project: Project, sandbox: Sandbox, status: int, reason: str
) -> None:
    sandbox.behave(f"{CDN}/robots.txt", "status", status=status)
    run = project.crawl("-s", "RETRY_TIMES=0", venue=SPACE)
    assert {picture["reason"] for picture in run.pictures} == {reason}


@dataclass(frozen=True)
class Names:
    """What names lead to in the child: an address at each look, the last one for ever. Every connection is refused."""

    answers: tuple[str, ...]

    def __call__(self) -> None:
        left = list(self.answers)

        def look_up(name: str) -> str:
            return left.pop(0) if len(left) > 1 else left[0]

        def connect(self: socket.socket, address: Any) -> int:
            return errno.ECONNREFUSED

        names: Any = socket
        names.gethostbyname = look_up
        names.socket.connect_ex = connect  # nothing leaves the machine, whatever a name leads to


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.10", "100.64.0.1"])
def test_a_name_that_leads_to_a_private_address_is_not_connected_to(
    project: Project, sandbox: Sandbox, address: str
) -> None:
    run = project.scrapy("crawl", "quizmeisters", accident=Names((address,)), SANDBOX_SERVER="")
    assert run.exit_code == 1
    assert f"leads to {address}, which is not public" in run.stderr.splitlines()[-1]
    assert "Traceback" not in run.stderr
    assert sandbox.requests() == []


def test_a_name_that_turns_private_after_the_first_look_is_refused_too(project: Project) -> None:
    names = Names(("93.184.216.34", "127.0.0.1"))
    run = project.scrapy(
        *(
            "crawl",
            "quizmeisters",
            "-s",
            "DNSCACHE_ENABLED=False",
            "-s",
            "DOWNLOAD_TIMEOUT=1",
            "-s",
            "DOWNLOAD_DELAY=0",
        ),
        accident=names,
        SANDBOX_SERVER="",
    )
    assert run.exit_code == 1
    assert "leads to 127.0.0.1, which is not public" in run.stderr.splitlines()[-1]


def test_scrapys_own_tools_work_in_the_project(project: Project, sandbox: Sandbox) -> None:
    url = "https://www.quizmeisters.com/venues/qld-the-gilded-galah"
    done = project.scrapy("fetch", url)
    assert done.exit_code == 0, done.stderr
    assert "The Gilded Galah" in done.stdout
    assert "Traceback" not in done.stderr
    assert list(project.home.rglob("*")) == [], "a look at a page is no run"
