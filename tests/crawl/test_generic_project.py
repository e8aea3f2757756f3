"""The image pipeline in another project, which has nothing of this one but a line in ITEM_PIPELINES."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import packages_distributions, requires
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.media import image
from tests.support.paths import ROOT

RED, BLUE = image(40, "red"), image(50, "blue")

SETTINGS = """
import os

BOT_NAME = "quizzes"
SPIDER_MODULES = ["quizzes.spiders"]
ITEM_PIPELINES = {"trivia_scraper.images.pipeline.FreshImagesPipeline": 1}
IMAGES_STORE = "images"
LOG_LEVEL = "INFO"
TELNETCONSOLE_ENABLED = False
DOWNLOAD_DELAY = 0
RETRY_ENABLED = False
FEEDS = {"items.jsonl": {"format": "jsonlines", "overwrite": True}}
"""

SPIDER = """
import os
from dataclasses import dataclass, field

import attrs
import scrapy
from pydantic import BaseModel


@dataclass
class Dataclass:
    image_urls: list
    images: list = field(default_factory=list)


@attrs.define
class Attrs:
    image_urls: list
    images: list = attrs.Factory(list)


class Pydantic(BaseModel):
    image_urls: list[str]
    images: list[dict] = []


class Item(scrapy.Item):
    image_urls = scrapy.Field()
    images = scrapy.Field()


class Quizzes(scrapy.Spider):
    name = "quizzes"

    start_urls = [f"{os.environ['SITE']}/listing"]

    def parse(self, response):
        for kind in (dict, Dataclass, Attrs, Pydantic, Item):
            yield kind(image_urls=[f"{os.environ['SITE']}/{kind.__name__.lower()}.jpg"])
"""

SCRIPT = """
import sys

from scrapy.crawler import {process}
from scrapy.utils.project import get_project_settings

process = {process}(get_project_settings())
process.crawl("quizzes", **dict(word.split("=") for word in sys.argv[1:]))
process.start()
"""


@dataclass
class Site:
    """Serves the same image at every path, and keeps what was asked for."""

    body: bytes = RED
    status: int = 200
    asked: list[tuple[str, Message]] = field(default_factory=list)
    url: str = ""

    def forget(self) -> None:
        self.asked.clear()

    @property
    def paths(self) -> list[str]:
        return sorted(path for path, _ in self.asked)

    def headers(self, name: str) -> set[str | None]:
        """Return what the requests said in this header."""
        return {headers[name] for _, headers in self.asked}


@pytest.fixture
def site() -> Iterator[Site]:
    serving = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/listing":
                serving.asked.append((self.path, self.headers))
            etag = f'"{len(serving.body)}"'
            status = serving.status if self.path != "/listing" else 200
            if status == 200 and self.headers["If-None-Match"] == etag:
                status = 304
            body = serving.body if status == 200 else b""
            self.send_response(status)
            self.send_header("ETag", etag)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        serving.url = f"http://127.0.0.1:{server.server_port}"
        yield serving
        server.shutdown()


@dataclass(frozen=True)
class Finished:
    """A crawl that ended."""

    exit_code: int
    log: str
    results: dict[str, dict[str, Any]]
    """Kind of item -> the result of its image."""

    @property
    def outcomes(self) -> set[tuple[str, str]]:
        return {(result["status"], result["reason"]) for result in self.results.values()}


@dataclass(frozen=True)
class OtherProject:
    """A Scrapy project in a directory of its own. words: the command that crawls."""

    home: Path
    site: Site
    words: tuple[str, ...] = ("-m", "scrapy", "crawl", "quizzes")

    def crawl(self, *options: str) -> Finished:
        self.site.forget()
        environment = os.environ | {"PYTHONPATH": str(ROOT), "SITE": self.site.url}
        command = [sys.executable, *self.words, *options]
        done = subprocess.run(
            command, cwd=self.home, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        feed = self.home / "items.jsonl"
        lines = feed.read_text().splitlines() if feed.exists() else []
        images = [result for line in lines for result in json.loads(line).get("images", [])]
        kinds = {Path(result["url"]).stem: result for result in images}
        return Finished(done.returncode, done.stderr, kinds)

    def files(self) -> dict[str, bytes]:
        """Return the stored files by kind of item, from the results of the last crawl."""
        found = self.home / "images"
        return {path.name: path.read_bytes() for path in sorted(found.glob("full/*"))}


@pytest.fixture
def other(tmp_path: Path, site: Site) -> OtherProject:
    package = tmp_path / "quizzes"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "settings.py").write_text(SETTINGS)
    (package / "spiders.py").write_text(SPIDER)
    (tmp_path / "scrapy.cfg").write_text("[settings]\ndefault = quizzes.settings\n")
    for process in ("CrawlerProcess", "AsyncCrawlerProcess"):
        (tmp_path / f"{process}.py").write_text(SCRIPT.format(process=process))
    return OtherProject(tmp_path, site)


EVERY_PATH = ["/attrs.jpg", "/dataclass.jpg", "/dict.jpg", "/item.jpg", "/pydantic.jpg"]


def test_one_line_in_item_pipelines_keeps_images_fresh(other: OtherProject, site: Site) -> None:
    first = other.crawl()
    assert first.exit_code == 0, first.log
    assert (first.outcomes, site.paths) == ({("downloaded", "new")}, EVERY_PATH), first.log
    assert sorted(first.results) == sorted(["attrs", "dataclass", "dict", "item", "pydantic"])
    assert list(other.files().values()) == [RED] * 5
    assert "Traceback" not in first.log

    kept = other.crawl()
    assert (kept.outcomes, site.paths) == ({("uptodate", "fresh")}, []), kept.log

    site.body = BLUE
    forced = other.crawl("-a", "force_refresh_images=true")
    assert (forced.outcomes, site.paths) == ({("downloaded", "forced")}, EVERY_PATH), forced.log
    assert (site.headers("If-None-Match"), site.headers("Cache-Control")) == ({None}, {"no-cache"})
    assert list(other.files().values()) == [BLUE] * 5

    confirmed = other.crawl("-s", "IMAGES_EXPIRES=0")
    assert (confirmed.outcomes, site.paths) == ({("uptodate", "not_modified")}, EVERY_PATH), confirmed.log
    assert site.headers("If-None-Match") == {f'"{len(BLUE)}"'}

    site.status = 404
    failed = other.crawl("-a", "force_refresh_images=true")
    assert (failed.outcomes, site.paths) == ({("failed", "http_404")}, EVERY_PATH), failed.log
    assert list(other.files().values()) == [BLUE] * 5
    facts = ("path", "checksum", "sha256", "fetched_at")
    for kind, result in failed.results.items():
        assert {name: result[name] for name in facts} == {name: confirmed.results[kind][name] for name in facts}


@pytest.mark.parametrize("process", ["CrawlerProcess", "AsyncCrawlerProcess"])
def test_a_script_does_what_the_command_does(other: OtherProject, site: Site, process: str) -> None:
    script = OtherProject(other.home, site, (f"{process}.py",))
    first = script.crawl()
    assert (first.exit_code, first.outcomes) == (0, {("downloaded", "new")}), first.log
    assert (script.crawl().outcomes, site.paths) == ({("uptodate", "fresh")}, [])
    site.body = BLUE
    forced = script.crawl("force_refresh_images=true")
    assert (forced.outcomes, site.paths) == ({("downloaded", "forced")}, EVERY_PATH), forced.log
    assert list(other.files().values()) == [BLUE] * 5


def test_scrapys_http_cache_does_not_answer_a_forced_refresh(other: OtherProject, site: Site) -> None:
    cache = ("-s", "HTTPCACHE_ENABLED=1", "-s", f"HTTPCACHE_DIR={other.home}/cache")
    assert other.crawl(*cache).outcomes == {("downloaded", "new")}
    site.body = BLUE
    forced = other.crawl(*cache, "-a", "force_refresh_images=true")
    assert (forced.outcomes, site.paths) == ({("downloaded", "forced")}, EVERY_PATH), forced.log


def test_another_reactor_than_asyncios_ends_the_crawl_before_it_begins(other: OtherProject, site: Site) -> None:
    run = other.crawl("-s", "TWISTED_REACTOR=twisted.internet.pollreactor.PollReactor")
    assert (run.exit_code, run.results, site.paths) == (1, {}, [])
    assert "FreshImagesPipeline needs asyncio: remove TWISTED_REACTOR from the settings." in run.log


IMPORTS = """
import sys


class Refuses:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.argv:
            raise ModuleNotFoundError(f"{name} is refused", name=name)


sys.meta_path.insert(0, Refuses())
import trivia_scraper.images.pipeline

print(*sorted(name for name in sys.modules if name.startswith("trivia_scraper.")))
"""


def modules_of(*names: str) -> set[str]:
    """Return the top-level modules of distributions and of all that they need."""
    needed, found = list(names), set()
    while needed:
        name = canonicalize_name(needed.pop())
        if name not in found:
            found.add(name)
            requirements = map(Requirement, requires(name) or ())
            needed += [each.name for each in requirements if each.marker is None or each.marker.evaluate({"extra": ""})]
    modules = packages_distributions().items()
    return {module for module, owners in modules if found & {canonicalize_name(owner) for owner in owners}}


def test_the_pipeline_imports_nothing_but_scrapy_itemadapter_pillow_and_what_they_need() -> None:
    needed = modules_of("scrapy", "itemadapter", "pillow")
    assert {"twisted", "lxml"} <= needed
    refused = packages_distributions().keys() - needed - {"trivia_scraper"}
    assert {"pydantic", "sqlalchemy", "slugify", "boto3", "dateutil"} <= refused
    command = [sys.executable, "-c", IMPORTS, *refused]
    child = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (child.returncode, child.stderr) == (0, "")
    ours = set(child.stdout.split())
    assert "trivia_scraper.images.pipeline" in ours
    assert not {name for name in ours if name.split(".")[1] in {"db", "extensions", "settings", "spiders"}}
