"""Checks before a run begins: of its settings, its components, and the places that it reads and writes."""

from __future__ import annotations

import logging
import os
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from scrapy.settings import BaseSettings
from scrapy.utils.conf import build_component_list
from scrapy.utils.misc import load_object

from trivia_scraper.db import dry_run
from trivia_scraper.db.engine import Store
from trivia_scraper.db.runs import Source, check_source
from trivia_scraper.db.store_identity import adopt, check_match, read_recorded_at
from trivia_scraper.errors import StorageError, UsageError
from trivia_scraper.images.options import IMAGE_OPTIONS
from trivia_scraper.images.pipeline import FreshImagesPipeline
from trivia_scraper.images.storage import open_file_store
from trivia_scraper.options import OF_SCRAPY, OPTIONS, PLACES, check_settings, value_of
from trivia_scraper.spiders.arguments import SpiderArguments

logger = logging.getLogger(__name__)


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
    if sandbox and not (urlsplit(sandbox).scheme == "http" and urlsplit(sandbox).netloc):
        raise UsageError(f"SANDBOX_SERVER takes an address like http://127.0.0.1:8800, not {sandbox!r}.")
    source: Source = "sandbox" if sandbox else "live"
    images, database = settings["IMAGES_STORE"], settings["DATABASE_URL"]
    files = open_file_store(images, make=False, writes=not dry, settings=settings)
    recorded = read_recorded_at(database)
    if recorded is not None and not value_of(settings, "ADOPT_IMAGES_STORE"):
        check_match(recorded, files, f"IMAGES_STORE {images}")
    if dry:
        dry_run.check(database, source)
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
    with closing(Store(database)) as store:
        if store.upgraded.before not in {None, store.upgraded.after}:
            # `scrapy crawl` checks before its log begins; Python then prints a warning on standard error.
            logger.warning("%s", store.upgraded.sentence(store.url))
        store.read(check_source, source)
        adopt(store, open_file_store(images, settings=settings))
