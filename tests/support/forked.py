"""The child side of Project.scrapy. Imported once by the process that the children are forked from."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

import scrapy.cmdline
import tzfpy
from PIL import Image
from scrapy.settings import default_settings
from scrapy.utils.misc import load_object, walk_modules_iter

from tests.support.paths import ROOT

# They read the child's environment, are run by Alembic only, or need a part that tests take away from a child.
NOT_PRELOADED = (
    "trivia_scraper.settings",
    "trivia_scraper.db.migrations.",
    "trivia_scraper.queue.",
    "trivia_scraper.monitors.",
)
COMPONENTS = ("DOWNLOADER_MIDDLEWARES_BASE", "SPIDER_MIDDLEWARES_BASE", "EXTENSIONS_BASE")
LOADED_LATE = (
    *("alembic.command", "chardet", "phonenumbers.data.region_AU", "queuelib", "text_unidecode", "tldextract"),
    *("scrapy.core.downloader.handlers.http11", "scrapy.dupefilters", "scrapy.exporters", "scrapy.pqueues"),
    *("scrapy.squeues", "sqlalchemy.dialects.sqlite", "tzdata.zoneinfo"),
)


def preload() -> None:
    """Import all that a command or a crawl imports, so that a child starts with it."""
    list(walk_modules_iter("scrapy.commands"))
    for file in sorted((ROOT / "trivia_scraper").rglob("*.py")):
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if not name.startswith(NOT_PRELOADED):
            import_module(name)
    for setting in COMPONENTS:
        for component in getattr(default_settings, setting):
            load_object(component)
    for name in LOADED_LATE:
        import_module(name)
    Image.init()
    tzfpy.get_tz(0, 50)  # loads its map
    # A child collects none of it, and so copies no page of it.
    gc.collect()
    gc.freeze()


preload()


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
