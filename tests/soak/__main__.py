"""The command: choose, start and kill actions, and report what the oracle finds."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

from sqlalchemy import Connection, select

from sandbox.client import Sandbox, SandboxError, ShownImage, running_sandbox
from tests.soak.oracle import Oracle
from tests.support import forked
from tests.support.accidents import KilledAt
from tests.support.children import FORKSERVER, TIMEOUT_SECONDS
from tests.support.paths import ROOT
from tests.support.postgres import running_postgres
from tests.support.project import Project
from trivia_scraper.db.schema import venue_merges
from trivia_scraper.images.crash_points import Step
from trivia_scraper.images.downloads import get_wordpress_candidates

PUBLISHERS = ("question_one", "pubquiz")
FORCED = ("-a", "force_refresh_images=true")
CRAWLS = {
    "forced": FORCED,
    "ordinary": (),
    "updated": ("-a", "force_update=true"),
    "expired": ("-a", "force_update=true", "-s", "IMAGES_EXPIRES=0"),
}
ACTIONS = {"forced": 6, "ordinary": 3, "updated": 2, "expired": 4, "verify": 1, "prune": 3, "merge": 3, "copy": 2}
"""Name -> how often it is chosen."""
STEPS = [f"trivia_scraper.image.{step}" for step in Step]
FILE_EVENTS = ["os.rename", "os.remove"]  # Python's own audit events
BEHAVIOURS = ("truncated", "cut_file", "empty", "html", "close", "status")
MOST_MERGES = 4
KILLS_PER_CHECKPOINT = 10
KILLED = -9


@dataclass(frozen=True)
class Action:
    name: str
    words: tuple[str, ...]
    publisher: str | None = None
    """Of a crawl."""


class Soak:
    """Runs actions until enough of them were killed."""

    def __init__(self, home: Path, sandbox: Sandbox, random: Random, database: str | None) -> None:
        self.project = Project(home / "var", sandbox.url, database)
        self.copies = home / "copy"
        self.sandbox, self.random = sandbox, random
        self.oracle = Oracle(self.project, sandbox)
        self.counts: Counter[str] = Counter()
        self.seconds = dict.fromkeys(ACTIONS, 2.0)
        """Name of an action -> how long the last one took that was not killed."""
        self.stderr = ""
        """Of the last action."""
        self.clean: set[str] = set()
        """Publishers of which the last run was neither killed nor failed."""

    def run(self, kills: int) -> list[str]:
        """Return the faults that were found; stop at the first action that leaves some."""
        self.oracle.record_served([image["url"] for image in self._images()])
        for publisher in PUBLISHERS:
            self._complete("crawl", publisher)
        checkpoint = KILLS_PER_CHECKPOINT
        while self.counts["killed"] < kills:
            self._change(self.random.random() < 0.3)
            action = self._choose()
            found = list(self._faults_after(action))
            if not found and self.counts["killed"] >= checkpoint:
                checkpoint += KILLS_PER_CHECKPOINT
                found = list(self._checkpoint())
            if found:
                return [f"after {action.name} ({' '.join(action.words)}):", *found, self.stderr]
        return list(self._finish())

    # -- Actions ------------------------------------------------------------------------------------------------------

    def _choose(self) -> Action:
        name = self.random.choices(list(ACTIONS), list(ACTIONS.values()))[0]
        if name in CRAWLS:
            publisher = self.random.choice(PUBLISHERS)
            return Action(name, ("crawl", publisher, *CRAWLS[name]), publisher)
        if name == "merge":
            return self._merge_or_unmerge()
        if name == "copy":
            return Action(name, ("images", "copy", "--to", str(self.copies)))
        return Action(name, ("images", name))

    def _merge_or_unmerge(self) -> Action:
        with closing(self.project.store()) as store:
            merged = store.read(_merged_venues)
        slugs = sorted({event["venue"]["slug"] for event in self.project.events()})
        if merged and (len(merged) >= MOST_MERGES or self.random.random() < 0.4):
            return Action("merge", ("venues", "unmerge", self.random.choice(merged)))
        return Action("merge", ("venues", "merge", *self.random.sample(slugs, 2)))

    def _faults_after(self, action: Action) -> Iterator[str]:
        code = self._start_and_kill(action)
        self.counts[f"{action.name}: {'killed' if code == KILLED else f'exit code {code}'}"] += 1
        if code == KILLED:
            self.counts["killed"] += 1
        if action.publisher:
            (self.clean.add if code == 0 else self.clean.discard)(action.publisher)
        if "Traceback" in self.stderr:
            yield "it printed a traceback"
        yield from self.oracle.faults(recorded_of=frozenset(self.clean))
        self.counts["files newer than their rows"] += self.oracle.unrecorded()
        if action.name == "copy" and code == 0:
            files = {path.relative_to(self.copies).as_posix(): path for path in self.copies.rglob("*")}
            copied = {name: path.read_bytes() for name, path in files.items() if path.is_file()}
            yield from self.oracle.copy_faults(copied)

    def _start_and_kill(self, action: Action) -> int:
        """Run an action and return its exit code. Nine of ten are to be killed; some end before."""
        way = self.random.choices(("moment", "step", "none"), (5, 4, 1))[0]
        accident = None
        if way == "step":
            event = self.random.choice(STEPS + FILE_EVENTS if action.publisher else FILE_EVENTS)
            accident = KilledAt(event, self.random.choice((1, 1, 2, 3, 8)))
        moment = self.random.uniform(0, self.seconds[action.name]) if way == "moment" else TIMEOUT_SECONDS
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as directory:
            outputs = Path(directory, "stdout"), Path(directory, "stderr")
            process = FORKSERVER.Process(
                target=forked.scrapy_command,
                args=(action.words, self.project.environment, ROOT, *outputs, accident),
            )
            process.start()
            if self.random.random() < 0.3:  # while it runs
                process.join(moment / 2 if way == "moment" else self.seconds[action.name] / 2)
                self._change(moves=False)
            process.join(max(0.0, began + moment - time.monotonic()))
            if process.exitcode is None:
                process.kill()
                process.join()
            code = process.exitcode
            assert code is not None
            self.stderr = outputs[1].read_text() if outputs[1].exists() else ""
        if code != KILLED:
            self.seconds[action.name] = time.monotonic() - began
        return code

    def _complete(self, *words: str) -> str:
        """Run an action to its end and return its output. Raises AssertionError when it fails."""
        done = self.project.scrapy(*words)
        assert done.exit_code == 0, f"{words} ended with {done.exit_code}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def _checkpoint(self) -> Iterator[str]:
        """Run ordinary crawls to their end: they must heal what the kills have left."""
        self.sandbox.heal()
        for publisher in PUBLISHERS:
            self._complete("crawl", publisher)
            self.clean.add(publisher)
        yield from self.oracle.faults(recorded_of=frozenset(self.clean))
        yield from self.oracle.unhealed()
        self.counts["checkpoints"] += 1
        print(f"{self.counts['killed']} kills", file=sys.stderr)

    def _finish(self) -> Iterator[str]:
        """Run forced refreshes to their end: the store must then be what is served."""
        self.sandbox.heal()
        for publisher in PUBLISHERS:
            self._complete("crawl", publisher, *FORCED)
        yield from self.oracle.faults(recorded_of=frozenset(PUBLISHERS))
        yield from self.oracle.not_served()
        self._complete("images", "prune")
        self._complete("images", "verify")
        yield from self.oracle.faults(recorded_of=frozenset(PUBLISHERS))
        yield from self.oracle.unnamed_files()

    # -- The publishers -----------------------------------------------------------------------------------------------

    def _images(self) -> list[ShownImage]:
        return [image for image in self.sandbox.images() if _is_of_publishers(image["url"])]

    def _change(self, moves: bool) -> None:
        """Change some images, and let one misbehave. moves: one may get another URL."""
        images = self._images()
        urls = [image["url"] for image in self.random.sample(images, self.random.choice((0, 1, 2, 6)))]
        if urls:
            self.sandbox.change(self._served_urls(urls))
            self.oracle.record_served(urls)
        if moves:
            image = self.random.choice(images)
            # Another venue that shows the old URL gets another image there.
            self.oracle.record_served([self.sandbox.move(image["venue"], image["kind"]), image["url"]])
            self.counts["moved"] += 1
        if self.random.random() < 0.2:
            self.sandbox.behave(self.random.choice(images)["url"], self.random.choice(BEHAVIOURS), times=1)
        self.counts["changed"] += len(urls)

    def _served_urls(self, urls: list[str]) -> Iterator[str]:
        for candidate in dict.fromkeys(each for url in urls for each in get_wordpress_candidates(url)):
            try:
                self.sandbox.served(candidate)
            except SandboxError:
                continue
            yield candidate


def _is_of_publishers(url: str) -> bool:
    return "questionone.com/" in url or "pubquiz.pl/" in url


def _merged_venues(connection: Connection) -> list[str]:
    """Return the slugs of venues that are merged into others now."""
    return list(connection.scalars(select(venue_merges.c.gone_slug).filter_by(undone_at=None)))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="Kill crawls and commands at random.")
    parser.add_argument("--kills", type=int, default=200, help="end after so many (default: 200)")
    parser.add_argument("--seed", type=int, default=1, help="what is chosen; moments differ all the same (default: 1)")
    parser.add_argument("--postgresql", action="store_true", help="use a PostgreSQL server of its own, not SQLite")
    arguments = parser.parse_args()
    began = time.monotonic()
    home = Path(tempfile.mkdtemp(prefix="soak-"))
    with ExitStack() as servers:
        database = servers.enter_context(running_postgres()).upgraded() if arguments.postgresql else None
        soak = Soak(home, servers.enter_context(running_sandbox()), Random(arguments.seed), database)
        faults = soak.run(arguments.kills)
    for name, count in sorted(soak.counts.items()):
        print(f"{count:6} {name}")
    for fault in faults:
        print(fault)
    if faults:
        print(f"The store is in {home}.")
    else:
        shutil.rmtree(home)
    print(f"{soak.counts['killed']} kills, {len(faults)} faults, {time.monotonic() - began:.0f} s.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
