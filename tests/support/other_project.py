"""Another Scrapy project that uses the image pipeline, and a server of images for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from tests.support.children import Finished, run_scrapy
from tests.support.paths import ROOT

_TIMEOUT_SECONDS = 60
_CFG = "[settings]\ndefault = myproject.settings\n"
_SETTINGS = """\
BOT_NAME = "myproject"
SPIDER_MODULES = ["myproject.spiders"]
IMAGES_STORE = "images"
ROBOTSTXT_OBEY = False
TELNETCONSOLE_ENABLED = False
"""
_SPIDER = '''\
import scrapy


class PubsSpider(scrapy.Spider):
    """Yields one item for each list of image URLs in `items`."""

    name = "pubs"
    start_urls = ["{url}/"]
    items = {items!r}

    def parse(self, response):
        for number, image_urls in enumerate(self.items):
            yield {{"name": f"pub {{number}}", "image_urls": image_urls}}
'''


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class ImageServer:
    """Gives each path its answers one after the other, and then repeats the last one.

    `requests`: path and time of every request.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: dict[str, list[Answer]] = {}
        self.requests: list[tuple[str, float]] = []

    def serve(self, path: str, *answers: Answer | bytes) -> str:
        """Set the answers of a path, and return its URL."""
        self.answers[path] = [each if isinstance(each, Answer) else Answer(body=each) for each in answers]
        return f"{self.url}{path}"

    def times(self, path: str) -> list[float]:
        return [at for each, at in self.requests if each == path]

    def next_answer(self, path: str) -> Answer:
        self.requests.append((path, time.monotonic()))
        answers = self.answers.get(path, [Answer(404)])
        return answers.pop(0) if len(answers) > 1 else answers[0]


@contextmanager
def serving_images() -> Iterator[ImageServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = images.next_answer(self.path)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        images = ImageServer(f"http://127.0.0.1:{server.server_port}")
        images.serve("/", b"<html></html>")
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield images
        server.shutdown()
        thread.join()


class OtherProject:
    """A project in `root` with a spider `pubs`, and a package `myproject`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.package = root / "myproject"
        if self.package.exists():
            return
        (self.package / "spiders").mkdir(parents=True)
        (self.package / "__init__.py").touch()
        (self.package / "spiders" / "__init__.py").touch()
        (root / "scrapy.cfg").write_text(_CFG)
        self.settings = self.package / "settings.py"
        self.settings.write_text(_SETTINGS)

    def set(self, lines: str) -> None:
        with self.settings.open("a") as file:
            file.write(lines.rstrip() + "\n")

    def write_spider(self, server: ImageServer, items: Sequence[Sequence[str]]) -> None:
        text = _SPIDER.format(url=server.url, items=[list(each) for each in items])
        (self.package / "spiders" / "pubs.py").write_text(text)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {
            "PYTHONPATH": f"{ROOT}{os.pathsep}{self.root}",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        for name in ("SCRAPY_SETTINGS_MODULE", "SCRAPY_PROJECT"):
            environment.pop(name, None)
        return subprocess.run(
            words,
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )

    def scrapy(self, *words: str, accident: Callable[[], None] | None = None) -> Finished:
        """Run `scrapy WORDS` in a child process. accident: see accidents.py."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SCRAPY_")}
        return run_scrapy(words, environment, self.root, accident)

    def crawl(self, *options: str) -> tuple[list[list[dict[str, Any]]], str]:
        """Run `scrapy crawl pubs`, and return the `images` of each item, and the log."""
        done = self.scrapy("crawl", "pubs", "-O", "items.jsonl", *options)
        assert done.exit_code == 0, done.stderr
        items = [json.loads(line) for line in (self.root / "items.jsonl").read_text().splitlines()]
        return [item["images"] for item in items], done.stderr
