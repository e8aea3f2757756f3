"""Imports what commands and crawls import. Only the process that forks the children imports this module."""

from __future__ import annotations

import gc
from importlib import import_module

import tzfpy
from PIL import Image
from scrapy.settings import default_settings
from scrapy.utils.misc import load_object, walk_modules_iter

from tests.support.paths import ROOT
from tests.support.templates import keep_compiled_templates
from trivia_scraper.parsing.schedule.nights import read_nights

# The settings read the child's environment, Alembic imports migrations itself, and tests remove optional packages.
NOT_PRELOADED = (
    "trivia_scraper.settings",
    "trivia_scraper.db.migrations.",
    "trivia_scraper.queue.",
)
COMPONENTS = ("DOWNLOADER_MIDDLEWARES_BASE", "SPIDER_MIDDLEWARES_BASE", "EXTENSIONS_BASE")
LOADED_LATE = (
    *("alembic.command", "chardet", "phonenumbers.data.region_AU", "queuelib", "text_unidecode", "tldextract"),
    *("scrapy.core.downloader.handlers.http11", "scrapy.dupefilters", "scrapy.exporters", "scrapy.pqueues"),
    *("scrapy.squeues", "sqlalchemy.dialects.sqlite", "tzdata.zoneinfo"),
)
TYPICAL_SCHEDULES = (
    "Tuesdays 7.30pm",
    "Every second Wednesday of the month at 8pm, and Thursdays 7pm to 9pm",
)


def preload() -> None:
    """Import what commands and crawls import, so that a child has it from the start."""
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
    for text in TYPICAL_SCHEDULES:  # compiles the expressions of the schedule parser, a third of a short crawl
        read_nights(text, "Europe/London")
    keep_compiled_templates()
    # Keep the collector from touching, and so copying, the pages that children share.
    gc.collect()
    gc.freeze()


preload()
