"""Checks of the places that a run reads and writes, before it begins."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from scrapy.settings import BaseSettings

from trivia_scraper.db import dry_run
from trivia_scraper.db.engine import Store
from trivia_scraper.db.runs import check_source
from trivia_scraper.errors import StorageError, UsageError
from trivia_scraper.images.storage import open_file_store


def check_places(settings: BaseSettings, *, dry: bool) -> None:
    sandbox = settings["SANDBOX_SERVER"]
    if sandbox and not (urlsplit(sandbox).scheme == "http" and urlsplit(sandbox).netloc):
        raise UsageError(f"SANDBOX_SERVER takes an address like http://127.0.0.1:8800, not {sandbox!r}.")
    open_file_store(settings["IMAGES_STORE"], make=not dry)
    if dry:
        dry_run.check(settings["DATABASE_URL"])
        return
    if settings["FEEDS"]:
        feeds = Path(settings["FEEDS_DIR"])
        try:
            feeds.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"FEEDS_DIR {feeds} cannot be made: {error.strerror}.") from None
        if not os.access(feeds, os.W_OK | os.X_OK):
            raise StorageError(f"FEEDS_DIR {feeds} is not writable.")
    metrics = settings["METRICS_FILE"]
    if metrics and not os.access(Path(metrics).parent, os.W_OK | os.X_OK):
        raise StorageError(f"METRICS_FILE {metrics} cannot be written: {Path(metrics).parent} is no place for it.")
    with closing(Store(settings["DATABASE_URL"])) as store:
        store.read(check_source, "sandbox" if settings["SANDBOX_SERVER"] else "live")
