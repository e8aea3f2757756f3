"""The child side of conftest.Project.scrapy. Imported once by the process that the children are forked from."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

# What a crawl imports, but for the reactor and the project's settings: those read the child's environment.
import scrapy.cmdline
import scrapy.commands.crawl
import scrapy.core.downloader.handlers.http11
import scrapy.extensions.feedexport
import scrapy.extensions.throttle
import tzfpy

import trivia_scraper.cli.logging
import trivia_scraper.commands.crawl
import trivia_scraper.commands.images
import trivia_scraper.downloader.handler
import trivia_scraper.downloader.robots
import trivia_scraper.middlewares
import trivia_scraper.pipelines.database
import trivia_scraper.pipelines.images
import trivia_scraper.spiders.quizmeisters  # noqa: F401

tzfpy.get_tz(0, 50)  # loads its map


def scrapy_command(
    words: tuple[str, ...],
    environment: Mapping[str, str],
    directory: Path,
    stdout: Path,
    stderr: Path,
    accident: Callable[[], None] | None = None,
) -> None:
    """`scrapy WORDS` as a shell would run it; the process's exit code is the command's.

    accident: called first in the child; tests use it to let something happen to the process.
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
