"""Network: robots.txt, Retry-After, redirects, limits of pages, and addresses that are not public."""

from __future__ import annotations

import errno
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest

from sandbox.client import Sandbox
from tests.support.project import Project, image_requests

SPACE = "act-3rd-space-canberra"
LISTING_HOST = "storerocket.io"
CDN = "https://cdn.prod.website-files.com"


def test_retry_after_is_obeyed_then_image_arrives(project: Project, sandbox: Sandbox) -> None:
    hero = next(image["url"] for image in sandbox.images() if image["venue"] == SPACE)
    sandbox.behave(hero, "status", status=429, retry_after=1, times=1)
    run = project.crawl(venue=SPACE)
    assert run.exit_code == 0
    assert {image["reason"] for image in run.images} == {"new"}
    first, second = (request["at"] for request in image_requests(sandbox) if request["url"] == hero)
    assert second - first >= 1


def test_host_with_endless_retry_after_is_given_up(project: Project, sandbox: Sandbox) -> None:
    for image in sandbox.images():
        sandbox.behave(image["url"], "status", status=503, retry_after=3600)
    # Without a delay, Scrapy 2.19 starts all waiting requests of a site at once.
    one_by_one = ("-s", "CONCURRENT_REQUESTS_PER_DOMAIN=1", "-s", "DOWNLOAD_DELAY=0.02")
    run = project.crawl(*one_by_one, "-s", "RETRY_AFTER_MAX=0.2", "-s", "RETRY_TIMES=1", limit="20")
    assert run.exit_code == 1
    assert {image["reason"] for image in run.images} == {"http_503"}
    assert len(run.items) == len(project.events()) > 10
    assert len(image_requests(sandbox)) < len(run.images), "most images are no longer requested"


def test_forbidding_robots_txt_is_obeyed_for_images(project: Project, sandbox: Sandbox) -> None:
    sandbox.behave(f"{CDN}/robots.txt", "text", body="User-agent: *\nDisallow: /\n")
    run = project.crawl("-s", "MAX_FAILED_IMAGES=1", venue=SPACE)
    assert run.exit_code == 0
    assert {(image["status"], image["reason"]) for image in run.images} == {("failed", "robots")}
    assert image_requests(sandbox) == []


@pytest.mark.parametrize(("status", "reason"), [(404, "new"), (500, "robots")])
def test_missing_robots_txt_allows_and_broken_forbids(
    project: Project, sandbox: Sandbox, status: int, reason: str
) -> None:
    sandbox.behave(f"{CDN}/robots.txt", "status", status=status)
    run = project.crawl("-s", "RETRY_TIMES=0", venue=SPACE)
    assert {image["reason"] for image in run.images} == {reason}


@pytest.mark.parametrize(
    ("behaviour", "parameters", "reason"),
    [
        ("redirect", {"to": "https://pub.example/venues/"}, "redirect"),
        ("redirect", {"to": f"http://www.quizmeisters.com/venues/{SPACE}"}, "redirect"),
        ("text", {"body": "<p>" * 150_000}, "too_large"),
        ("text", {"body": " " * 500_000}, "too_large"),
    ],
)
def test_page_off_site_or_too_large_fails(
    project: Project, sandbox: Sandbox, behaviour: str, parameters: dict[str, Any], reason: str
) -> None:
    sandbox.behave(f"https://quizmeisters.com/venues/{SPACE}", behaviour, **parameters)
    run = project.crawl("-s", "RETRY_TIMES=0", "-s", "PAGE_MAXSIZE=460000", venue=SPACE)
    assert run.exit_code == 1
    assert project.runs()[0]["counts"][f"pages/failed/{reason}"] == 1
    hosts = {urlsplit(request["url"]).hostname for request in sandbox.requests()}
    assert hosts == {LISTING_HOST, "quizmeisters.com"}


def test_listing_redirect_to_another_site_fails_run(project: Project, sandbox: Sandbox) -> None:
    listing = f"https://{LISTING_HOST}/api/user/kDJ3BbK4mn/locations"
    sandbox.behave(listing, "redirect", to="https://pub.example/locations")
    run = project.crawl()
    assert run.exit_code == 1
    assert "it redirects to https://pub.example/locations, on another site" in run.stderr.splitlines()[-1]
    assert {urlsplit(request["url"]).hostname for request in sandbox.requests()} == {LISTING_HOST}


def test_sandbox_ignores_environment_proxy(project: Project, sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        address = f"http://somebody:pr0xy@127.0.0.1:{proxy.getsockname()[1]}"
        project.environment |= dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), address)
        run = project.crawl("-s", "LOG_LEVEL=DEBUG", venue=SPACE)
        proxy.settimeout(0)
        with pytest.raises(BlockingIOError):  # there was no connection
            proxy.accept()
    assert run.exit_code == 0, run.stderr
    assert "pr0xy" not in run.stderr
    headers = [request["headers"] for request in sandbox.requests()]
    assert len(headers) > 3
    assert not any("proxy-authorization" in each for each in headers)


@dataclass(frozen=True)
class Names:
    """Resolves every name in the child: one address per look-up, then the last one again. Connections are refused."""

    answers: tuple[str, ...]

    def __call__(self) -> None:
        left = list(self.answers)

        def look_up(name: str) -> str:
            return left.pop(0) if len(left) > 1 else left[0]

        def connect(self: socket.socket, address: Any) -> int:
            return errno.ECONNREFUSED

        names: Any = socket
        names.gethostbyname = look_up
        names.socket.connect_ex = connect  # no request leaves the machine


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "192.168.0.10", "100.64.0.1"])
def test_host_with_private_address_is_refused(project: Project, sandbox: Sandbox, address: str) -> None:
    run = project.scrapy("crawl", "quizmeisters", accident=Names((address,)), SANDBOX_SERVER="")
    assert run.exit_code == 1
    assert f"has the address {address}, which is not public" in run.stderr.splitlines()[-1]
    assert "Traceback" not in run.stderr
    assert sandbox.requests() == []


def test_host_turning_private_later_is_refused(project: Project) -> None:
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
    assert "has the address 127.0.0.1, which is not public" in run.stderr.splitlines()[-1]
