"""Runs commands in child processes.

`run_scrapy` forks a process that has already imported Scrapy and the package, because imports take most of the time of
a short crawl. Each child has its own reactor, settings and environment.
"""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals
from time import monotonic, sleep
from typing import Any

from tests.support import forked
from tests.support.paths import ROOT

TIMEOUT_SECONDS = 120
FORKSERVER = multiprocessing.get_context("forkserver")
FORKSERVER.set_forkserver_preload(["tests.support.preload", "tests.support.forked"])


@dataclass(frozen=True)
class Finished:
    exit_code: int
    stdout: str
    stderr: str
    items: list[dict[str, Any]] = field(default_factory=list)

    @property
    def json(self) -> Any:
        return json.loads(self.stdout)

    @property
    def images(self) -> list[dict[str, Any]]:
        return [image for item in self.items for image in item["images"]]


def wait_until(condition: Callable[[], Any], seconds: float = TIMEOUT_SECONDS / 2, pause: float = 0.1) -> Any:
    """Wait until the condition returns a true value, and return that. Fail after `seconds`."""
    deadline = monotonic() + seconds
    while not (found := condition()):
        assert monotonic() < deadline
        sleep(pause)
    return found


def stop_process(
    command: list[str],
    environment: Mapping[str, str],
    is_time: Callable[[], bool],
    signal: Signals,
    *,
    twice: bool = False,
) -> tuple[float, str, int]:
    """Send a signal to a new process once it is time. Return how many seconds it took to end, its log and exit code."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: is_time() or process.poll() is not None, pause=0.5)
        assert process.poll() is None, process.communicate()[1]
        began = monotonic()
        process.send_signal(signal)
        if twice:
            sleep(0.5)
            process.send_signal(signal)
        _, log = process.communicate(timeout=TIMEOUT_SECONDS)
        return monotonic() - began, log, process.returncode
    finally:
        process.kill()


def run_scrapy(
    words: tuple[str, ...],
    environment: Mapping[str, str],
    directory: Path = ROOT,
    accident: Callable[[], None] | None = None,
) -> Finished:
    """Run `scrapy WORDS` in a directory. A child that does not end in time is killed. accident: see accidents.py."""
    with tempfile.TemporaryDirectory() as outputs:
        stdout, stderr = Path(outputs, "stdout"), Path(outputs, "stderr")
        process = FORKSERVER.Process(
            target=forked.scrapy_command, args=(words, environment, directory, stdout, stderr, accident)
        )
        process.start()
        process.join(TIMEOUT_SECONDS)
        if process.exitcode is None:
            process.kill()
            process.join()
        assert process.exitcode is not None
        return Finished(process.exitcode, stdout.read_text(), stderr.read_text())
