"""Check that the tests notice when a promise is broken.

Each edit breaks the product in one place, and at least one of its tests must fail then. Places and tests are found by
their text and name, wherever their files are.

`python -m tests.golden.edits [NAME ...]` works in a copy of the checkout. First it runs the tests without an edit, and
they must pass. It ends with 1 when a test fails there, or when an edit cannot be applied or is not noticed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

from tests.golden.breakages import EDITS, Edit
from tests.golden.promises import ROOT, tests_by_name

PACKAGE = "trivia_scraper"
PYTEST = (sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--dist", "loadfile")
MOST_SECONDS, MOST_SECONDS_UNEDITED = 600, 3600
NOTICED, SURVIVED = "red", "SURVIVED"
_VERSIONS = count(1)
OUTCOMES = {0: SURVIVED, 1: NOTICED}


class EditError(ValueError):
    """An edit cannot be applied, or names an unknown test. Its text is one sentence."""


@dataclass(frozen=True)
class Result:
    edit: Edit
    outcome: str
    seconds: float
    output: str = ""


def copy_checkout(target: Path) -> None:
    """Copy the tracked files and those that are neither tracked nor ignored."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    for name in filter(None, listed.split("\0")):
        source = ROOT / name
        if source.is_file():  # neither a removed file nor a link to a directory
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)


def node_ids(names: Iterable[str], tests: dict[str, list[str]]) -> list[str]:
    """Return the node ids of test functions, given as "test_name" or "test_name[parameters]"."""
    found = []
    for name in names:
        function = name.partition("[")[0]
        if function not in tests:
            raise EditError(f"no test file has {function}")
        found += [f"{file}::{name}" for file in tests[function]]
    return found


def find_place(checkout: Path, edit: Edit) -> Path:
    """Return the only file of the package that has the edit's old text, once."""
    counts = {path: path.read_text("utf-8").count(edit.old) for path in sorted((checkout / PACKAGE).rglob("*.py"))}
    if (total := sum(counts.values())) != 1:
        raise EditError(f"its old text occurs {total} times")
    return next(path for path, count in counts.items() if count)


@contextmanager
def applied(checkout: Path, edit: Edit) -> Iterator[None]:
    """Apply the edit inside the block. Each version gets its own file time, so that Python compiles it again."""
    place = find_place(checkout, edit)
    before, at = place.read_text("utf-8"), place.stat().st_mtime
    after = before.replace(edit.old, edit.new)
    try:
        compile(after, place.name, "exec")
    except SyntaxError as error:
        raise EditError(f"the edited file is not valid Python: {error.msg}") from None
    place.write_text(after, "utf-8")
    later = at + 10 * next(_VERSIONS)
    os.utime(place, (later, later))
    try:
        yield
    finally:
        place.write_text(before, "utf-8")
        os.utime(place, (at, at))


def run_tests(
    checkout: Path, ids: Sequence[str], processes: int = 0, most_seconds: float = MOST_SECONDS
) -> tuple[int | None, str]:
    """Return pytest's exit code and output. The code is None if the tests did not end in time."""
    command = [*PYTEST, "-n", str(processes), *ids]
    try:
        done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, timeout=most_seconds, check=False)
    except subprocess.TimeoutExpired:
        return None, f"not finished after {most_seconds} seconds"
    return done.returncode, done.stdout + done.stderr


def try_edit(checkout: Path, edit: Edit, tests: dict[str, list[str]]) -> Result:
    started = time.monotonic()
    try:
        ids = node_ids(edit.tests, tests)
        with applied(checkout, edit):
            code, output = run_tests(checkout, ids)
    except EditError as error:
        return Result(edit, f"NOT APPLIED: {error}", time.monotonic() - started)
    outcome = OUTCOMES.get(-1 if code is None else code, f"NO RESULT: pytest ended with {code}")
    return Result(edit, outcome, time.monotonic() - started, output)


def try_edits(edits: Sequence[Edit], jobs: int, tests: dict[str, list[str]]) -> Iterator[Result]:
    """Yield the results in the order of the edits. Each job has its own copy of the checkout."""
    with TemporaryDirectory(prefix="edits-", ignore_cleanup_errors=True) as directory:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(jobs):
            copies.put(Path(directory, str(number)))
            copy_checkout(Path(directory, str(number)))

        def attempt(edit: Edit) -> Result:
            copy = copies.get()
            try:
                return try_edit(copy, edit, tests)
            finally:
                copies.put(copy)

        with ThreadPoolExecutor(jobs) as pool:
            yield from pool.map(attempt, edits)


def passes_unedited(edits: Iterable[Edit], jobs: int, tests: dict[str, list[str]]) -> bool:
    """Run all named tests in a copy without an edit, and print failures."""
    names = {name for edit in edits for name in edit.tests if name.partition("[")[0] in tests}
    started = time.monotonic()
    with TemporaryDirectory(prefix="edits-", ignore_cleanup_errors=True) as directory:
        copy_checkout(Path(directory))
        code, output = run_tests(
            Path(directory), node_ids(sorted(names), tests), jobs if jobs > 1 else 0, MOST_SECONDS_UNEDITED
        )
    print(f"Without an edit: {output.strip().splitlines()[-1]} ({time.monotonic() - started:.0f} s)", flush=True)
    if code != 0:
        print(output)
    return code == 0


def failed_tests(output: str) -> str:
    """Return the names of the tests that failed."""
    return ", ".join(re.findall(r"(?m)^(?:FAILED|ERROR) \S*?::(\S+)", output)) or "-"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.golden.edits", description="Break the product on purpose.")
    parser.add_argument("name", nargs="*", help="only these edits")
    parser.add_argument("--jobs", type=int, default=1, help="edits at the same time, each in a copy of its own")
    parser.add_argument("--show", action="store_true", help="print the tests' output of every edit")
    arguments = parser.parse_args()
    known = {edit.name: edit for edit in EDITS}
    if unknown := [name for name in arguments.name if name not in known]:
        parser.error(f"there is no edit {unknown[0]}")
    edits = [known[name] for name in arguments.name] or list(EDITS)
    tests, started = tests_by_name(), time.monotonic()
    jobs = max(1, arguments.jobs)
    if not passes_unedited(edits, jobs, tests):
        return 1
    faults = 0
    for result in try_edits(edits, jobs, tests):
        faults += result.outcome != NOTICED
        print(
            f"{result.edit.name:<40} {result.outcome:<10} {result.seconds:5.1f} s  {failed_tests(result.output)}",
            flush=True,
        )
        if arguments.show or result.outcome.startswith("NO RESULT"):
            print(result.output)
    print(f"{len(edits)} edits, {len(edits) - faults} noticed, {time.monotonic() - started:.0f} s.")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
