"""docs/adding-a-publisher.md, followed to the letter in a copy of the checkout, and the recorder beside it."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.client import Sandbox
from sandbox.recorded import Meta
from tests.support.paths import ROOT
from trivia_scraper.spiders.base import PublisherSpider

PAGE = (ROOT / "docs" / "adding-a-publisher.md").read_text("utf-8")
TYPED = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
PYTHON = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
END = "--- end of the block"


class Shell:
    """A shell in which a newcomer types one block after another."""

    def __init__(self, checkout: Path, port: int) -> None:
        self.port = port
        names = {"TRIVIA_HOME", "DATABASE_URL", "SANDBOX_SERVER", "PYTHONPATH"}
        environment = {name: value for name, value in os.environ.items() if name not in names}
        environment["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        self.process = subprocess.Popen(
            ["bash", "-e"], cwd=checkout, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert self.process.stdin is not None
        # A command that fails ends the shell. The sandbox would keep its output open, and `type` would wait for ever.
        self.process.stdin.write("trap 'kill %1' EXIT\n")

    def type(self, block: str) -> str:
        """Return what the shell prints."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{block.replace('8800', str(self.port))}\necho '{END}'\n")
        self.process.stdin.flush()
        lines: list[str] = []
        for line in self.process.stdout:
            if line.strip() == END:
                return "".join(lines)
            lines.append(line)
        raise AssertionError(f"{block}\n{''.join(lines)}")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    copy = tmp_path / "checkout"
    unneeded = shutil.ignore_patterns("__pycache__", "bench", "golden", "databases", "vendor")
    for name in ("trivia_scraper", "sandbox", "tests", "docs", "templates"):
        keep = shutil.ignore_patterns("__pycache__") if name == "trivia_scraper" else unneeded
        shutil.copytree(ROOT / name, copy / name, ignore=keep)
    for name in ("scrapy.cfg", "pyproject.toml", "Makefile"):
        shutil.copy(ROOT / name, copy)
    return copy


@pytest.fixture
def shell(checkout: Path) -> Iterator[Shell]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    shell = Shell(checkout, port)
    yield shell
    shell.process.communicate(timeout=20)


def spaced(lines: str) -> set[str]:
    return {" ".join(line.split()) for line in lines.splitlines()}


def files(checkout: Path) -> dict[Path, bytes]:
    found = (path for path in checkout.rglob("*") if path.is_file() and not re.search(r"cache|/var/", str(path)))
    return {path.relative_to(checkout): path.read_bytes() for path in found}


@pytest.mark.long
def test_newcomer_gets_from_the_template_to_a_catalogue(checkout: Path, shell: Shell) -> None:
    before = files(checkout)
    output = [shell.type(block) for block in TYPED[:-1]]
    _, generated, fetched, _, shown, _, paged, tested, crawled, renamed, mended = output
    assert "Created spider 'corner_quiz'" in generated
    assert "corner_quiz/the-tin-drum: listing requests it as the page of the-tin-drum" in fetched
    for what in ("a telephone number: 020 8123 4567", "what may be a person's name: Robin Wilkins"):
        assert f"corner_quiz/the-tin-drum has {what}; replace it if it is personal." in fetched
    assert {'+ "start_time": null,', '+ "city": "Kingston",', '+ "amount": 200,'} <= spaced(shown)
    assert '+ "url": "https://corner-quiz.example/pubs?page=2",' in spaced(paged)
    why = "dropped venue the-shut-gate: no day or time is given (no_schedule)"
    assert f"corner_quiz/the-shut-gate: {why}" in paged
    assert "All checks passed!" in tested
    assert re.search(r"^\d+ passed", tested, re.MULTILINE)
    assert "corner_quiz passed: 3 events stored, 3 images downloaded." in crawled
    catalogue = checkout / "var" / "trial" / "catalogue"
    for venue, images in (("the-tin-drum", 2), ("the-plain-door", 0), ("the-blue-jug", 1)):
        page = (catalogue / "venues" / f"{venue}.html").read_text("utf-8")
        assert len(set(re.findall(r"images/(\d+-[0-9a-f]{20})-", page))) == images, venue
    assert {'- "amount": 200,', '+ "amount": null,'} <= spaced(renamed)
    assert '"url": "https://corner-quiz.example/pubs/the-tin-drum"' in mended
    assert "corner_quiz passed: 3 events stored" in mended
    served = Sandbox(f"http://127.0.0.1:{shell.port}").requests()
    assert [each["url"] for each in served if each["status"] != 200] == []

    made = {str(path) for path, body in files(checkout).items() if before.get(path) != body}
    spider_and_pages = ("trivia_scraper/spiders/corner_quiz.py", "tests/pages/corner_quiz/")
    assert {path for path in made if not path.startswith(spider_and_pages)} == {"docs/sources.md"}
    shell.type(TYPED[-1])
    assert files(checkout) == before


@pytest.mark.parametrize("block", PYTHON, ids=lambda block: block.splitlines()[0])
def test_python_of_guide_runs(block: str) -> None:
    exec(block, {})
    for name in re.findall(r"\bself\.(\w+)", block):
        assert hasattr(PublisherSpider, name)


def test_case_that_the_guide_writes_by_hand_is_valid() -> None:
    (written,) = re.findall(r"^```json\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    meta = Meta.model_validate_json(written)
    assert (meta.body, meta.listing) == ('{"page": 2}', "page-1")
