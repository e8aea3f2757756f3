"""What runs in the child process of Project.scrapy."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import scrapy.cmdline


def scrapy_command(
    words: tuple[str, ...],
    environment: Mapping[str, str],
    directory: Path,
    stdout: Path,
    stderr: Path,
    accident: Callable[[], None] | None = None,
) -> None:
    """Run `scrapy WORDS` as a shell would. The exit code of the process is that of the command.

    accident: called before the command; see accidents.py.
    """
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(directory)
    for path, descriptor in ((stdout, 1), (stderr, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), descriptor)
    if accident is not None:
        accident()
    sys.argv = ["scrapy", *words]
    scrapy.cmdline.execute()
