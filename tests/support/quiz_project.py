"""Another Scrapy project and the site that it crawls. It uses this package only in a line of ITEM_PIPELINES."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.support.children import run_scrapy
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
    """Serves the same image at every path, and logs the requests."""

    body: bytes = RED
    status: int = 200
    requests: list[tuple[str, Message]] = field(default_factory=list)
    url: str = ""

    @property
    def paths(self) -> list[str]:
        return sorted(path for path, _ in self.requests)

    def headers(self, name: str) -> set[str | None]:
        """Return the values of this header in all requests."""
        return {headers[name] for _, headers in self.requests}


@contextmanager
def running_site() -> Iterator[Site]:
    """Serve while the context lasts."""
    serving = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path != "/listing":
                serving.requests.append((self.path, self.headers))
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
    """A finished crawl."""

    exit_code: int
    log: str
    results: dict[str, dict[str, Any]]
    """Kind of item -> the result of its image."""

    @property
    def outcomes(self) -> set[tuple[str, str]]:
        return {(result["status"], result["reason"]) for result in self.results.values()}


@dataclass(frozen=True)
class OtherProject:
    """A Scrapy project in its own directory."""

    home: Path
    site: Site

    def crawl(self, *options: str) -> Finished:
        """Run `scrapy crawl quizzes`."""
        self.site.requests.clear()
        done = run_scrapy(("crawl", "quizzes", *options), self._environment(), self.home)
        return self._finished(done.exit_code, done.stderr)

    def run(self, *words: str, package: Path = ROOT) -> Finished:
        """Run a Python program that crawls, without preloaded modules. package: where it finds `trivia_scraper`."""
        self.site.requests.clear()
        environment = self._environment() | {"PYTHONPATH": str(package)}
        command = [sys.executable, *words]
        done = subprocess.run(
            command, cwd=self.home, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        return self._finished(done.returncode, done.stderr)

    def _environment(self) -> dict[str, str]:
        # Scrapy writes names of settings into the environment of a process that reads a project's.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("SCRAPY_")}
        return inherited | {"SITE": self.site.url}

    def _finished(self, exit_code: int, log: str) -> Finished:
        feed = self.home / "items.jsonl"
        lines = feed.read_text().splitlines() if feed.exists() else []
        images = [result for line in lines for result in json.loads(line).get("images", [])]
        return Finished(exit_code, log, {Path(result["url"]).stem: result for result in images})

    def files(self) -> dict[str, bytes]:
        """Return the stored files by name."""
        found = self.home / "images"
        return {path.name: path.read_bytes() for path in sorted(found.glob("full/*"))}


def write_project(home: Path) -> None:
    """Write a project with one spider, and scripts that run it."""
    package = home / "quizzes"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "settings.py").write_text(SETTINGS)
    (package / "spiders.py").write_text(SPIDER)
    (home / "scrapy.cfg").write_text("[settings]\ndefault = quizzes.settings\n")
    for process in ("CrawlerProcess", "AsyncCrawlerProcess"):
        (home / f"{process}.py").write_text(SCRIPT.format(process=process))
