"""Runs one program after another and notes what each cost; what a run left is checked before its numbers count."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal
from urllib.request import ProxyHandler, build_opener

from tests.support.paths import ROOT
from trivia_scraper.db.image_layout import REPLACED

STOCK = Path(__file__).parent / "stock"
KIBIBYTE = 1 if sys.platform == "darwin" else 1024
"""What ru_maxrss counts in."""
SECONDS_TO_ANSWER = 30
LINES_OF_LOG = 30

Project = Literal["ours", "generic", "stock", "bare"]
Scenario = Literal["first", "kept", "expired", "forced", "changed"]

SCENARIOS: tuple[Scenario, ...] = ("first", "kept", "expired", "forced", "changed")
# As the stock project has it: no feed, thumbnails of the whole image, and so many requests at once to the one server
# that is behind every host here.
ALIKE = ("-s", "FEEDS={}", "-s", "IMAGES_THUMBS_FIT=true", "-s", "CONCURRENT_REQUESTS_PER_DOMAIN=16")
FORCE_UPDATE = ("-a", "force_update=true")  # or a run right after another would visit nobody
OURS: dict[Scenario, tuple[str, ...]] = {
    "first": (),
    "kept": FORCE_UPDATE,
    "expired": (*FORCE_UPDATE, "-s", "IMAGES_EXPIRES=0"),
    "forced": ("-a", "force_refresh_images=true"),
    "changed": ("-a", "force_refresh_images=true"),
}
# The stock pipeline has one way to look at an image again, and it does the same work whatever it finds: this one run
# is also what "forced" and "changed" are compared with.
STOCK_OPTIONS: dict[Scenario, tuple[str, ...]] = {"first": (), "kept": (), "expired": ("-s", "IMAGES_EXPIRES=0")}
# The stock project with one line changed.
FRESH = 'ITEM_PIPELINES={"trivia_scraper.images.pipeline.FreshImagesPipeline": 1}'
GENERIC_OPTIONS: dict[Scenario, tuple[str, ...]] = {
    **STOCK_OPTIONS,
    "forced": ("-a", "force_refresh_images=true"),
    "changed": ("-a", "force_refresh_images=true"),
}


class BenchError(Exception):
    """A run that failed or left something else than it should have. Its text is for the person who started it."""


@dataclass(frozen=True)
class Cost:
    cpu: float
    """Seconds of user and system time, of all threads."""
    wall: float
    memory: int
    """Bytes of the largest resident set."""
    received: int = 0
    """Bytes of images as sent by the server, headers included."""


@dataclass(frozen=True)
class Key:
    """Identifies a measured run."""

    project: Project
    scenario: Scenario
    with_images: bool
    """False: the same crawl of pages that name no images; what it costs is not the images' fault."""


class Server:
    def __init__(self, url: str) -> None:
        self.url = url
        self._opener = build_opener(ProxyHandler({}))

    def start_counting(self, with_images: bool, edition: int) -> None:
        self._ask(f"start?with_images={'yes' if with_images else 'no'}&edition={edition}")

    def counts(self) -> Mapping[str, int]:
        return self._ask("counts")

    def _ask(self, what: str) -> dict[str, int]:
        with self._opener.open(f"{self.url}/_bench/{what}", timeout=SECONDS_TO_ANSWER) as answer:
            counts: dict[str, int] = json.load(answer)
            return counts


@contextmanager
def running_server(count: int) -> Iterator[Server]:
    command = [sys.executable, "-m", "tests.bench.server", str(count)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            url = child.stdout.readline().strip()
            if not url:
                raise BenchError(f"The server did not start; it ended with exit code {child.wait()}.")
            yield Server(url)
        finally:
            child.terminate()


class Round:
    """Every scenario of every project, in `directory`, which it makes.

    repeats: how often the runs that cost least are done; the differences between them are small, too.
    """

    def __init__(self, server: Server, count: int, directory: Path, repeats: int) -> None:
        self.server = server
        self.count = count
        self.directory = directory
        self.directory.mkdir(parents=True)
        self.repeats = repeats

    def turns(self) -> Iterator[Key]:
        """The projects take turns, so that whatever else the machine does hits all of them."""
        yield Key("ours", "first", False)
        yield Key("bare", "first", False)
        yield Key("ours", "first", True)
        yield Key("generic", "first", True)
        yield Key("stock", "first", True)
        yield Key("bare", "first", True)
        kept: list[Project] = ["ours", "generic", "stock"]
        yield from [
            Key(project, "kept", with_images) for project in kept for with_images in (False, True)
        ] * self.repeats
        yield Key("stock", "expired", True)
        for project in kept[:2]:
            yield Key(project, "expired", True)
            yield Key(project, "forced", True)
            yield Key(project, "changed", True)

    def run(self, key: Key) -> Cost:
        """Raises BenchError."""
        home = self.directory / f"{key.project}-{'with' if key.with_images else 'without'}"
        home.mkdir(exist_ok=True)
        os.sync()  # what the run before left to write is not this one's to wait for
        self.server.start_counting(key.with_images, edition=2 if key.scenario == "changed" else 1)
        cost = self._execute(key, home)
        counts = self.server.counts()
        self._check(key, home, counts)
        return replace(cost, received=counts.get("bytes", 0))

    def _execute(self, key: Key, home: Path) -> Cost:
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in {"IMAGES_STORE", "DATABASE_URL", "FEEDS_DIR", "SCRAPY_PROJECT", "SCRAPY_SETTINGS_MODULE"}
        } | {"TRIVIA_HOME": str(home), "SANDBOX_SERVER": self.server.url}
        if key.project == "ours":
            words = ["scrapy", "crawl", "quizmeisters", *ALIKE, *OURS[key.scenario]]
        elif key.project in {"stock", "generic"}:
            options = (
                STOCK_OPTIONS
                if key.project == "stock"
                else {each: ("-s", FRESH, *more) for each, more in GENERIC_OPTIONS.items()}
            )
            places = ["-a", f"server={self.server.url}", "-s", f"IMAGES_STORE={home / 'images'}"]
            words = ["scrapy", "crawl", "venues", *places, *options[key.scenario]]
            environment["PYTHONPATH"] = str(ROOT)
        else:
            words = ["tests.bench.bare", self.server.url, str(home / "images")]
        log = home / "log.txt"
        with log.open("wb") as output:
            before = time.perf_counter()
            child = subprocess.Popen(
                [sys.executable, "-m", *words],
                cwd=STOCK if key.project in {"stock", "generic"} else ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            # Its largest resident set is at least this process's own, from which it was forked: nothing large is
            # imported here.
            _, status, usage = os.wait4(child.pid, 0)
            wall = time.perf_counter() - before
            child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-LINES_OF_LOG:])
            raise BenchError(f"`{' '.join(words)}` ended with exit code {child.returncode}:\n{tail}")
        return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * KIBIBYTE)

    def _check(self, key: Key, home: Path, counts: Mapping[str, int]) -> None:
        """Check that a run was what it is called, by the files that it left and the answers that it got."""
        expected = self.count if key.with_images else 0
        every = [path for path in (home / "images").rglob("*") if path.is_file() and path.name[0] != "."]
        files = [path for path in every if REPLACED not in path.parts]
        thumbs = sum("thumbs" in path.parts for path in files)
        if (len(files) - thumbs, thumbs) != (expected, expected):
            raise BenchError(f"{key} left {len(files) - thumbs} images and {thumbs} thumbnails, not {expected} each.")
        status = "304" if key.project in {"ours", "generic"} and key.scenario == "expired" else "200"
        answers = {f"images/{status}": expected} if expected and key.scenario != "kept" else {}
        pages = {} if key.project == "bare" else {"pages": self.count}
        if {name: number for name, number in counts.items() if name != "bytes"} != answers | pages:
            raise BenchError(f"{key} should have been answered with {answers | pages}, not {dict(counts)}.")


@dataclass(frozen=True)
class Upserts:
    """See tests/bench/upserts.py, which prints them."""

    events: int
    per_second: float
    memory: int


def timed_upserts(sizes: Sequence[int], directory: Path) -> list[Upserts]:
    """Raises BenchError."""
    command = [sys.executable, "-m", "tests.bench.upserts", str(directory), *map(str, sizes)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchError(f"The upserts ended with exit code {done.returncode}:\n{done.stderr}")
    return [Upserts(**each) for each in json.loads(done.stdout)]


@contextmanager
def scratch() -> Iterator[Path]:
    """On the disk where the project keeps its state: files in memory would hide what it costs to make them last. One
    for everything that is measured: a file system takes longer to make files when as many have just been deleted."""
    place = ROOT / "var"
    place.mkdir(exist_ok=True)
    with TemporaryDirectory(prefix="bench-", dir=place) as directory:
        yield Path(directory)
