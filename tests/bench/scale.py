"""What commands and the start of a crawl cost with a large database: `python -m tests.bench.scale`.

Fills a database (tests/bench/filled_database.py), runs each command once and prints processor time and peak memory.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from tests.bench.filled_database import RUNS, venue_id_of
from tests.bench.measure import KIBIBYTE, BenchError, Cost, running_server, scratch
from tests.support.paths import ROOT
from trivia_scraper.db.engine import Store
from trivia_scraper.db.store_identity import adopt_store
from trivia_scraper.exports.formats import FORMATS
from trivia_scraper.images.storage.local import LocalFileStore

LISTED = 3
WHOLE_CRAWL = f"whole crawl of {LISTED} listed venues"
COMMANDS: dict[str, Sequence[str]] = {
    "events": ("scrapy", "events"),
    "events --json": ("scrapy", "events", "--json"),
    "images status": ("scrapy", "images", "status"),
    "images status --json": ("scrapy", "images", "status", "--json"),
    "images verify --json": ("scrapy", "images", "verify", "--json"),
    "images prune --dry-run": ("scrapy", "images", "prune", "--dry-run"),
    "prune --dry-run": ("scrapy", "prune", "--dry-run"),
    **{f"export --format {each}": ("scrapy", "export", "--format", each) for each in FORMATS},
    "db dump": ("scrapy", "db", "dump", "dump.gz"),
    "health": ("scrapy", "health"),
    "runs --json": ("scrapy", "runs", "--json"),
    f"runs {RUNS} --json": ("scrapy", "runs", str(RUNS), "--json"),
    f"crawl of {LISTED} listed venues, to its first page": ("tests.bench.first_page", "force_update=true"),
    WHOLE_CRAWL: (
        *("scrapy", "crawl", "quizmeisters", "-a", "force_update=true", "-s", "MAX_SHRINK=1"),
        *("-a", f"venue={','.join(map(venue_id_of, range(LISTED)))}"),
    ),
    "calendars": ("scrapy", "calendars", "-o", "calendars"),
}
LARGE: dict[str, Sequence[str]] = {"catalogue": ("scrapy", "catalogue", "-o", "catalogue")}
"""Commands that need memory for every event."""
MAY_FAIL = {"images verify --json", "health", WHOLE_CRAWL}
"""Commands whose exit code says something of the data: the files of the images do not exist."""


def measure(words: Sequence[str], home: Path, server: str, *, may_fail: bool) -> Cost:
    """Run `python -m WORDS` in `home`. Raises BenchError."""
    environment = {name: value for name, value in os.environ.items() if name not in {"IMAGES_STORE", "DATABASE_URL"}}
    environment |= {"TRIVIA_HOME": str(home), "SANDBOX_SERVER": server, "PYTHONPATH": str(ROOT)}
    environment |= {"SCRAPY_SETTINGS_MODULE": "trivia_scraper.settings"}
    log = home / "log.txt"
    with (home / "output.txt").open("wb") as output, log.open("wb") as errors:
        before = time.perf_counter()
        child = subprocess.Popen([sys.executable, "-m", *words], cwd=home, env=environment, stdin=subprocess.DEVNULL,
                                 stdout=output, stderr=errors)  # fmt: skip
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - before
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in ({0, 1} if may_fail else {0}):
        raise BenchError(f"`{' '.join(words)}` ended with exit code {child.returncode}:\n{log.read_text()[-3000:]}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * KIBIBYTE)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.scale", description=__doc__)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--home", type=Path, help="a directory with a database that was filled before")
    parser.add_argument("--only", action="append", default=[], metavar="TEXT", help="only commands with this text")
    parser.add_argument("--catalogue", action="store_true", help="also the catalogue, which takes long")
    chosen = parser.parse_args()
    commands = COMMANDS | LARGE if chosen.catalogue else COMMANDS
    wanted = [name for name in commands if not chosen.only or any(text in name for text in chosen.only)]
    try:
        with scratch() as directory, running_server(LISTED) as server:
            home = (chosen.home or directory).absolute()
            if not (home / "trivia.db").exists():
                url = f"sqlite:///{home / 'trivia.db'}"
                filling = [sys.executable, "-m", "tests.bench.filled_database", url, str(chosen.events)]
                subprocess.run(filling, cwd=ROOT, check=True)
                with closing(Store(url)) as store:
                    adopt_store(store, LocalFileStore(home / "images"))  # it has no files, and is still its store
            print("| command | CPU | peak memory |\n| --- | --- | --- |")
            for name in wanted:
                cost = measure(commands[name], home, server.url, may_fail=name in MAY_FAIL)
                print(f"| `{name}` | {cost.cpu:.1f} s | {cost.memory / 1e6:.0f} MB |", flush=True)
    except BenchError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
