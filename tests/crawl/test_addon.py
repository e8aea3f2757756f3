"""The add-on FreshImages in another Scrapy project."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.drawn import encoded, quarters
from tests.support.other_project import Answer, ImageServer, OtherProject, serving_images

ADDON = 'ADDONS = {"trivia_scraper.images.addon.FreshImages": 1}\n'
LOCAL = 'PRIVATE_HOSTS_ALLOWED = ["127.0.0.1"]\n'
# No request leaves the machine.
NAMES = 'import socket\nsocket.gethostbyname = lambda name: "127.0.0.1"\n'
STOP_SOON = """\
import asyncio

from scrapy import signals


class StopSoon:
    def __init__(self, crawler):
        self.crawler = crawler
        crawler.signals.connect(self.opened, signals.spider_opened)

    @classmethod
    def from_crawler(cls, crawler):
        return cls(crawler)

    def opened(self):
        asyncio.get_running_loop().call_later(2, self.stop)

    def stop(self):
        self.task = asyncio.ensure_future(self.crawler.stop_async())
"""
IMAGE = encoded(quarters(), "PNG")


@pytest.fixture
def server() -> Iterator[ImageServer]:
    with serving_images() as images:
        yield images


@pytest.fixture
def other(tmp_path: Path) -> OtherProject:
    project = OtherProject(tmp_path)
    project.set(ADDON + LOCAL)
    return project


def failures(log: str) -> list[str]:
    """Return the reason of each image that failed."""
    return re.findall(r"File \(([^)]+)\): Error downloading", log)


def test_addon_enables_pipeline_and_forced_refresh(other: OtherProject, server: ImageServer) -> None:
    other.write_spider(server, [[server.serve("/a.png", IMAGE)]])
    assert [[image["reason"] for image in images] for images in other.crawl()[0]] == [["new"]]
    assert [[image["reason"] for image in images] for images in other.crawl()[0]] == [["fresh"]]
    ((image,),), _ = other.crawl("-a", "force_refresh_images=true")
    assert (image["status"], image["reason"]) == ("uptodate", "unchanged")
    assert len(server.times("/a.png")) == 2
    assert (other.root / "images" / image["path"]).read_bytes() == IMAGE


def test_private_addresses_are_refused_in_urls_names_and_redirects(other: OtherProject, server: ImageServer) -> None:
    other.set(f"MEDIA_ALLOW_REDIRECTS = True\n{NAMES}")
    redirect = server.serve("/moved.png", Answer(302, headers={"Location": "http://10.1.2.3/a.png"}))
    named = server.url.replace("127.0.0.1", "images.example")
    to_a_name = server.serve("/named.png", Answer(302, headers={"Location": f"{named}/a.png"}))
    server.serve("/a.png", IMAGE)
    other.write_spider(server, [["http://192.168.0.7/a.png", f"{named}/a.png", redirect, to_a_name]])
    images, log = other.crawl()
    assert images == [[]]
    assert failures(log) == ["refused_address"] * 4
    assert server.times("/a.png") == []


def test_private_host_is_allowed_without_addon(tmp_path: Path, server: ImageServer) -> None:
    project = OtherProject(tmp_path)
    project.set('ITEM_PIPELINES = {"trivia_scraper.images.pipeline.FreshImagesPipeline": 1}\n' + NAMES)
    url = server.serve("/a.png", IMAGE).replace("127.0.0.1", "images.example")
    project.write_spider(server, [[url]])
    assert [[image["reason"] for image in images] for images in project.crawl()[0]] == [["new"]]


def test_internal_names_are_refused_behind_proxy(
    other: OtherProject, server: ImageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.delenv("no_proxy", raising=False)
    page, image = f"{server.url}/", "http://pub.example/a.png"
    server.answers |= {page: [Answer(body=b"<html></html>")], image: [Answer(body=IMAGE)]}
    other.write_spider(server, [["http://metadata/a.png", "http://wiki.corp/a.png", image]])
    ((stored,),), log = other.crawl()
    assert stored["url"] == image
    assert failures(log) == ["refused_address"] * 2
    assert [path for path, _ in server.requests] == [page, image]


def test_addon_obeys_retry_after(other: OtherProject, server: ImageServer) -> None:
    busy = Answer(429, headers={"Retry-After": "1"})
    other.write_spider(server, [[server.serve("/a.png", busy, Answer(body=IMAGE))]])
    ((image,),), _ = other.crawl()
    assert image["reason"] == "new"
    first, second = server.times("/a.png")
    assert second - first >= 1


def test_stopped_crawl_drops_waiting_images(other: OtherProject, server: ImageServer) -> None:
    busy = Answer(503, headers={"Retry-After": "60"})
    other.set("EXTENSIONS = {'myproject.stop.StopSoon': 1}\nCONCURRENT_REQUESTS_PER_DOMAIN = 1\n")
    (other.package / "stop.py").write_text(STOP_SOON)
    other.write_spider(server, [[server.serve("/a.png", busy), server.serve("/b.png", IMAGE)]])
    _, log = other.crawl()
    assert set(failures(log)) == {"stopped"}


def test_stopped_job_stores_images_of_read_pages(other: OtherProject, server: ImageServer) -> None:
    busy = Answer(503, headers={"Retry-After": "4"})
    other.set("EXTENSIONS = {'myproject.stop.StopSoon': 1}\nCONCURRENT_REQUESTS_PER_DOMAIN = 1\nJOBDIR = 'job'\n")
    (other.package / "stop.py").write_text(STOP_SOON)
    pages = [[server.serve("/a.png", busy, Answer(body=IMAGE)), server.serve("/b.png", IMAGE)]]
    other.write_spider(server, pages)
    images, log = other.crawl()
    assert [[image["reason"] for image in each] for each in images] == [["new", "new"]]
    assert "Closing spider (shutdown)" in log
