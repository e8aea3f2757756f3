"""Runs `scrapy` in child processes that are forked from one that has already imported Scrapy and the package.

Imports take most of the time of a short crawl. Each child has its own reactor, settings and environment.
"""

from __future__ import annotations

import json
import multiprocessing
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
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
