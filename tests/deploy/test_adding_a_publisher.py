"""The commands of docs/adding-a-publisher.md, in a copy of the checkout."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sandbox.images import draw
from tests.support.paths import ROOT

PAGE = ROOT / "docs" / "adding-a-publisher.md"
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    copy = tmp_path / "checkout"
    for name in ("trivia_scraper", "sandbox", "tests", "docs", "templates"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "bench"))
    for name in ("scrapy.cfg", "pyproject.toml", "Makefile"):
        shutil.copy(ROOT / name, copy)
    return copy


@contextmanager
def serving_recorded_pages(pages: Path) -> Iterator[str]:
    """Serve the recorded body of https://host/path at /host/path, as the sandbox does."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = f"https:/{self.path}"
            metas = (meta for meta in pages.glob("*/meta.json") if json.loads(meta.read_text())["url"] == url)
            case = next(metas, None)
            image = self.path.endswith(".jpg")
            found = draw("hero", "seed", "The Tin Drum", 1, "jpeg")[0] if image else b""
            body = (case.parent / "body.html").read_bytes() if case else found
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "image/jpeg" if image else "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_guide_leads_to_passing_crawl(checkout: Path) -> None:
    with serving_recorded_pages(checkout / "tests" / "pages" / "corner_quiz") as site:
        environment = {name: value for name, value in os.environ.items() if name not in {"TRIVIA_HOME", "DATABASE_URL"}}
        environment |= {"SANDBOX_SERVER": site, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        outputs = [run(block, checkout, environment) for block in BLOCKS]
    generated, recorded, shown, _, tested, renamed, mended, crawled, removed = outputs
    assert "Created spider 'corner_quiz'" in generated
    assert recorded == removed == ""
    assert {'+ "start_time": null,', '+ "city": "Kingston",', '+ "amount": 200,'} <= spaced(shown)
    assert "All checks passed!" in tested
    assert re.search(r"^\d+ passed", tested, re.MULTILINE)
    assert {'- "amount": 200,', '+ "amount": null,'} <= spaced(renamed)
    assert mended == ""
    assert "the-tin-drum" in crawled
    assert "\tpassed\t" in crawled
    left = [path for path in checkout.glob("**/*corner_quiz*") if path.parent.name != "__pycache__"]
    assert left == []


def spaced(lines: str) -> set[str]:
    return {" ".join(line.split()) for line in lines.splitlines()}


def run(block: str, checkout: Path, environment: dict[str, str]) -> str:
    """Run a block line by line, and return what it printed."""
    command = ["bash", "-e", "-c", block]
    done = subprocess.run(
        command, cwd=checkout, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, block + done.stdout + done.stderr
    return done.stdout
