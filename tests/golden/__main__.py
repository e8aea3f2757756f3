"""Run a fixed story on a fixed clock, and compare what it leaves with what is recorded in `expected/`.

usage: python -m tests.golden [--write]

Compared are the answers and exit codes of every command, of its help and of mistyped commands, the rows of the
database, the digests of images and of the catalogue's files, the requests that the publishers got, and the settings in
force. Exit code 1 when anything differs. `--write` records what is found as expected: only in a commit that does
nothing else.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox.client import Sandbox
from tests.golden.frozen import FrozenClock
from tests.golden.rows import NaturalRows
from tests.support.children import Finished
from tests.support.project import Project
from trivia_scraper.exports.formats import FORMATS
from trivia_scraper.images.storage.base import ID_FILE

HERE = Path(__file__).parent
EXPECTED = HERE / "expected"
ROOT = HERE.parent.parent
BEGIN = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)
PUBLISHERS = ["geeks_who_drink", "inquizition", "pubquiz", "question_one", "quizmeisters", "speed_quizzing"]
# Of two pubs with the same name, the first page to arrive gets the plain slug. So these are not listed.
TWINS = ("910000009", "pub-quiz-the-silver-eel-wapping-every-thursday")
ONE_AT_A_TIME = [
    word
    for name in (
        "CONCURRENT_REQUESTS",
        "CONCURRENT_REQUESTS_PER_DOMAIN",
        "CONCURRENT_ITEMS",
        "IMAGES_CONCURRENT",
        "SCRAPER_SLOT_MAX_ACTIVE_SIZE",  # the next page is requested after the items of this one are stored
    )
    for word in ("-s", f"{name}=1")
]
# Columns whose values depend on the file system or the machine.
NOT_COMPARED = {"modified_ns", "version", "version_num", "gone_id"}
# Includes the lines of Scrapy's versions, which begin like a dictionary.
NOT_COMPARED_LOG = re.compile(r"(?:INFO|DEBUG)\s(?!.*\.extensions\.run: )|[{ ]'\w+': '")
SECONDS = re.compile(r"\b\d+(\.\d+)? s(econds)?\b")
CLOCK_TIME = re.compile(r"(?m)^\d\d:\d\d:\d\d ")
MODULE = re.compile(r"\b(trivia_scraper|sandbox|tests)(\.\w+)*\.(?=\w)")


class Recorder:
    """Runs the story and collects the lines to compare, by file of `expected/`."""

    def __init__(self, directory: Path, sandbox: Sandbox) -> None:
        self.directory = directory
        self.scratch = directory / "scratch"
        self.scratch.mkdir()
        self.sandbox = sandbox
        self.project = Project(directory / "var", sandbox.url)
        self.project.environment |= {"METRICS_FILE": str(directory / "var/metrics.prom"), "COLUMNS": "100"}
        self.now = BEGIN
        self.lines: dict[str, list[str]] = {}

    def write(self, file: str, value: Any) -> None:
        """Add one line of JSON."""
        text = json.dumps(value, sort_keys=True, ensure_ascii=False)
        self.lines.setdefault(file, []).append(self.without_places(text))

    def without_places(self, text: str) -> str:
        """Replace machine-specific paths, module paths and durations."""
        for found, name in (
            (self.sandbox.url, "SANDBOX"),
            (self.sandbox.url.partition("://")[2], "SANDBOX"),
            (str(self.scratch), "SCRATCH"),
            (str(self.directory / "var"), "HOME"),
            (str(self.directory), "DIRECTORY"),
            (str(ROOT), "PROJECT"),
            (sys.executable, "PYTHON"),
        ):
            text = text.replace(found, name)
        return SECONDS.sub("TIME", MODULE.sub("", text))

    def command(self, *words: str, file: str = "commands", **environment: str) -> Finished:
        """Run `scrapy WORDS` at the story's time and record its output, with warnings and the run's lines of the log.

        Crawls and `runs N` print in the order in which venues arrived, so their lines are sorted.
        """
        done = self.project.scrapy(*words, accident=FrozenClock(self.now), **environment)
        said = CLOCK_TIME.sub("", done.stderr)
        said = "\n".join(line for line in said.splitlines() if not NOT_COMPARED_LOG.match(line))
        answer = {"exit": done.exit_code, "stdout": done.stdout.splitlines(), "stderr": said.splitlines()}
        if words[:1] == ("crawl",) or (words[:1] == ("runs",) and words[1:2] and words[1].isdecimal()):
            answer |= {"stdout": sorted(done.stdout.splitlines()), "stderr": sorted(said.splitlines())}
        self.write(file, {"command": " ".join(words), **answer})
        return done

    def crawl(self, publisher: str, **arguments: str) -> None:
        """Crawl one publisher, one request at a time, and record the requests that each host got."""
        self.sandbox.forget_requests()
        given = [word for name, value in arguments.items() for word in ("-a", f"{name}={value}")]
        self.command("crawl", publisher, *given, *ONE_AT_A_TIME)
        hosts: dict[str, list[Any]] = {}
        for request in self.sandbox.requests():
            host = request["url"].partition("://")[2].partition("/")[0]
            headers = {name: value for name, value in request["headers"].items() if name != "Host"}
            hosts.setdefault(host, []).append([request["method"], request["url"], request["status"], headers])
        # Sorted, because the order depends on how fast pages and images arrive.
        hosts = {host: sorted(requests, key=str) for host, requests in hosts.items()}
        for host in sorted(hosts):
            common = dict(set.intersection(*(set(each[3].items()) for each in hosts[host])))
            self.write("requests", {"run": f"{publisher} {arguments}", "host": host, "headers of all": common})
            for method, url, status, headers in hosts[host]:
                own = {name: value for name, value in headers.items() if name not in common}
                self.write("requests", [method, url, status, own])

    def files(self, root: Path, file: str) -> None:
        """Record the digest of each file below `root`."""
        for path in sorted(root.rglob("*")):
            if path.is_file() and path.name != ID_FILE:  # an id is random
                body = path.read_bytes()
                text = self.without_places(body.decode("latin-1")).encode("latin-1")
                self.write(file, [path.relative_to(root).as_posix(), hashlib.sha256(text).hexdigest()])

    def rows(self, file: str) -> None:
        """Record each row of the database."""
        store = self.project.store()
        try:
            found = store.read(lambda connection: list(NaturalRows(connection)))
        finally:
            store.close()
        for table, row in found:
            self.write(file, {"table": table, **{name: row[name] for name in row if name not in NOT_COMPARED}})


def tell(recorder: Recorder) -> None:
    """Run the story: six publishers, changes and faults, forced and ordinary runs, merges, exports, mistakes."""
    sandbox, command, crawl = recorder.sandbox, recorder.command, recorder.crawl
    for twin in TWINS:
        sandbox.edit(twin, listed=False)
    command("events")
    command("health")
    for publisher in PUBLISHERS:
        crawl(publisher)
    recorder.rows("rows-first")
    shown = [each for each in sandbox.images() if each["venue"] and each["kind"] == "hero"]
    heroes = sorted({each["url"] for each in shown})
    sandbox.change(heroes[:12])
    recorder.now += timedelta(hours=20)
    crawl("quizmeisters")
    crawl("quizmeisters", force_update="true")
    crawl("quizmeisters", dry_run="true", force_refresh_images="true")
    for url, behaviour in zip(heroes, ("status", "truncated", "html", "cut_file", "empty"), strict=False):
        sandbox.behave(url, behaviour)
    for publisher in PUBLISHERS:
        crawl(publisher, force_refresh_images="true")
    sandbox.heal()
    recorder.now += timedelta(days=9)
    sandbox.edit(shown[0]["venue"], name="The Renamed House")
    sandbox.move(shown[1]["venue"])
    for publisher in PUBLISHERS:
        if publisher != "geeks_who_drink":  # there, chance decides which of two venues requests a shared logo first
            crawl(publisher)
    crawl("quizmeisters", limit="2", force_update="true")
    crawl("quizmeisters", venue="no-such-venue")
    recorder.rows("rows")
    recorder.files(recorder.project.images, "images")
    stored = command("events", "--json").json
    slugs = sorted({event["venue"]["slug"] for event in stored})
    read = [
        ["events"],
        ["events", "--publisher", "quizmeisters"],
        ["events", "--status", "gone"],
        ["images", "status"],
        ["images", "status", "--json"],
        ["images", "status", "--venue", slugs[0]],
        ["images", "explain", slugs[0]],
        ["images", "verify"],
        ["images", "verify", "--json"],
        ["images", "prune", "--dry-run"],
        ["venues", "duplicates"],
        ["venues", "duplicates", "--json"],
        ["venues", "matches"],
        ["health"],
        ["health", "--json"],
        ["runs"],
        ["runs", "--json"],
        *(["runs", str(number)] for number in range(1, 22)),
        ["runs", "9", "--json"],
        ["prune", "--dry-run"],
        ["prune", "--dry-run", "--json"],
        ["db", "check"],
        ["db", "check", "--json"],
        *(["export", "--format", name] for name in FORMATS),
        ["export", "--format", "csv", "--publisher", "pubquiz", "--status", "active"],
        ["list"],
    ]
    for words in read:
        command(*words)
    for words, directory in ((["catalogue"], "catalogue"), (["calendars"], "calendars"), (["catalogue"], "again")):
        place = recorder.directory / directory
        command(*words, "-o", str(place))
        recorder.files(place, directory)
    command("db", "dump", str(recorder.scratch / "all.dump"))
    recorder.write("images", ["metrics.prom", (recorder.project.home / "metrics.prom").read_text().splitlines()])
    command("venues", "merge", slugs[0], slugs[1])
    command("venues", "distinct", slugs[2], slugs[3])
    command("venues", "unmerge", slugs[1])
    recorder.rows("rows-merged")
    (recorder.scratch / "all.dump").unlink()
    commands = [
        *("calendars", "catalogue", "crawl", "crawl-all", "db", "demo", "events", "export", "health"),
        *("images", "prune", "queue", "runs", "sandbox", "venues"),
    ]
    for words in ([], *([name, "-h"] for name in commands)):
        command(*words, file="help")
    record_settings(recorder)
    shutil.rmtree(recorder.scratch)
    recorder.scratch.mkdir()
    for line in (HERE / "mistakes.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            words = [word.replace("SCRATCH", str(recorder.scratch)) for word in shlex.split(line)]
            command(*words, file="mistakes")


def record_settings(recorder: Recorder) -> None:
    """Record every setting that differs from Scrapy's default, as a process of the project sees it."""
    from scrapy.settings import Settings
    from scrapy.utils.project import get_project_settings

    defaults, settings = Settings(), get_project_settings()
    for name in sorted(settings):
        value = settings[name]
        plain = value.copy_to_dict() if hasattr(value, "copy_to_dict") else value
        if not name.startswith("_") and (name not in defaults or defaults[name] != value):
            # Module paths are replaced before the keys are sorted.
            recorder.write("settings", [name, json.loads(recorder.without_places(json.dumps(plain, default=str)))])


@contextmanager
def running_frozen_sandbox() -> Iterator[Sandbox]:
    """Yield a client of a sandbox whose pages are dated by the story."""
    command = [sys.executable, "-m", "tests.golden.frozen", BEGIN.isoformat()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout is not None
            yield Sandbox(child.stdout.readline().strip())
        finally:
            child.terminate()


def compare(file: str, lines: list[str]) -> int:
    """Print at most 40 differences and return how many there are."""
    path = EXPECTED / f"{file}.jsonl"
    before = path.read_text().splitlines() if path.exists() else []
    changes = [line for line in difflib.unified_diff(before, lines, n=0, lineterm="") if line[0] in "+-"][2:]
    for line in changes[:40]:
        print(f"{file}: {line[:600]}")
    print(f"{file}: {len(lines)} lines, {len(changes)} differ")
    return len(changes)


def main(*options: str, story: Callable[[Recorder], None] = tell) -> int:
    """Compare or record the story, and return the exit code."""
    with tempfile.TemporaryDirectory(prefix="golden-") as name:
        directory = Path(name).resolve()
        with running_frozen_sandbox() as sandbox:
            recorder = Recorder(directory, sandbox)
            story(recorder)
    if "--write" in options:
        EXPECTED.mkdir(exist_ok=True)
        for path in EXPECTED.glob("*.jsonl"):
            path.unlink()
        for file, lines in recorder.lines.items():
            (EXPECTED / f"{file}.jsonl").write_text("\n".join(lines) + "\n")
        return 0
    files = sorted({*recorder.lines, *(path.stem for path in EXPECTED.glob("*.jsonl"))})
    return 1 if sum(compare(file, recorder.lines.get(file, [])) for file in files) else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
