"""Checks before a run begins: of its settings, its components, and the places that it reads and writes."""

from __future__ import annotations

import os
import re
from contextlib import closing
from pathlib import Path

from scrapy.settings import BaseSettings
from scrapy.utils.conf import build_component_list
from scrapy.utils.misc import load_object

from trivia_scraper.db import dry_run
from trivia_scraper.db.engine import Store
from trivia_scraper.db.runs import Source, check_source
from trivia_scraper.downloader.handler import check_handlers
from trivia_scraper.errors import StorageError, UsageError
from trivia_scraper.images.options import IMAGE_OPTIONS
from trivia_scraper.images.pipeline import FreshImagesPipeline
from trivia_scraper.images.storage import open_file_store
from trivia_scraper.options import OF_SCRAPY, OPTIONS, PLACES, check_settings
from trivia_scraper.spiders.arguments import SpiderArguments

_SERVER = re.compile(r"http://[^/@?#\s]+(?:/[^@?#\s]*)?")


def check_run(settings: BaseSettings, arguments: SpiderArguments) -> None:
    """Refuse what would stop the run of any publisher. Raises UsageError, DatabaseError, StorageError."""
    check_settings(settings, (*OPTIONS, *PLACES, *OF_SCRAPY, *IMAGE_OPTIONS))
    if arguments.force_refresh_images and not has_component(settings, "ITEM_PIPELINES", FreshImagesPipeline):
        raise UsageError(
            "force_refresh_images=true needs the image pipeline: ITEM_PIPELINES must include "
            "trivia_scraper.pipelines.images.VenueImagesPipeline."
        )
    _check_places(settings, dry=arguments.dry_run)


def has_component(settings: BaseSettings, name: str, kind: type) -> bool:
    """Tell whether a setting like ITEM_PIPELINES enables a component of this class. Raises UsageError."""
    try:
        listed = build_component_list(settings.get_component_priority_dict_with_base(name))
        components = [load_object(each) for each in listed]
    except (ImportError, NameError, ValueError) as error:
        raise UsageError(f"{name} names something that cannot be imported: {error}.") from None
    return any(isinstance(each, type) and issubclass(each, kind) for each in components)


def _check_places(settings: BaseSettings, *, dry: bool) -> None:
    sandbox = settings["SANDBOX_SERVER"]
    if sandbox and not _SERVER.fullmatch(sandbox):  # not shown, because it may hold a secret
        raise UsageError("SANDBOX_SERVER takes an address like http://127.0.0.1:8800, without a password or a query.")
    check_handlers(settings)
    source: Source = "sandbox" if sandbox else "live"
    open_file_store(settings["IMAGES_STORE"], make=not dry, writes=not dry, settings=settings)
    if dry:
        dry_run.check(settings["DATABASE_URL"], source)
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
        store.read(check_source, source)
