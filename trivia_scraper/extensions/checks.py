"""Checks before a run begins: settings, components, and the files, directories and servers that it uses."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from scrapy.extensions.feedexport import apply_uri_params
from scrapy.settings import SETTINGS_PRIORITIES, BaseSettings, default_settings
from scrapy.utils.conf import build_component_list, feed_complete_default_values_from_settings
from scrapy.utils.project import data_path

from trivia_scraper.atomic import is_device
from trivia_scraper.db import connect, dry_run
from trivia_scraper.db.engine import Store
from trivia_scraper.db.runs import Source, check_source
from trivia_scraper.db.store_identity import adopt_store, check_match, read_recorded_at
from trivia_scraper.downloader.handler import check_handlers
from trivia_scraper.errors import StorageError, UsageError
from trivia_scraper.images.options import IMAGE_OPTIONS
from trivia_scraper.images.pipeline import FreshImagesPipeline
from trivia_scraper.images.settings import REDIRECTS
from trivia_scraper.images.storage import open_file_store
from trivia_scraper.options import (
    OF_SCRAPY,
    OPTIONS,
    OTHERS_SETTINGS,
    PLACES,
    check_settings,
    load_component,
    nearest_setting,
    unwritable_directory,
    unwritable_file,
    value_of,
)
from trivia_scraper.spiders.arguments import SpiderArguments
from trivia_scraper.spiders.base import PublisherSpider

_WHOLE_FORMATS = {"csv", "json", "xml"}
"""Formats that cannot be appended to: two files of the format in one are not a valid file."""
_SERVER = re.compile(r"http://[^/@?#\s]+(?:/[^@?#\s]*)?")

logger = logging.getLogger(__name__)
# Prefixes of the settings on which the checks of files, directories and servers depend.
_OF_PLACES = (
    *("ADOPT_IMAGES_STORE", "AWS_", "DATABASE_URL", "DOWNLOAD_HANDLERS", "FEED", "HTTPCACHE_", "IMAGES_STORE"),
    *("JOBDIR", "METRICS_FILE", "SANDBOX_SERVER", "SPILL_DIR"),
)
_checked_ahead: list[dict[str, Any]] = []


def check_run(settings: BaseSettings, arguments: SpiderArguments, *, ahead: bool = False) -> None:
    """Check everything that would prevent a run of any publisher. Raises UsageError, DatabaseError, StorageError.

    ahead: a command checks before it starts the crawl. The run then skips the check of the same files and directories,
    which would send several requests to a bucket.
    """
    _check_names(settings)
    check_settings(settings, (*OPTIONS, *PLACES, *OF_SCRAPY, *IMAGE_OPTIONS, REDIRECTS))
    if arguments.force_refresh_images and not has_component(settings, "ITEM_PIPELINES", FreshImagesPipeline):
        raise UsageError(
            "force_refresh_images=true needs the image pipeline: ITEM_PIPELINES must include "
            "trivia_scraper.pipelines.images.VenueImagesPipeline."
        )
    places = {name: value for name, value in settings.copy_to_dict().items() if name.startswith(_OF_PLACES)}
    checked = [places | {"dry_run": arguments.dry_run}]
    if ahead or _checked_ahead != checked:
        _check_places(settings, dry=arguments.dry_run)
    _checked_ahead[:] = checked if ahead else []


def _check_names(settings: BaseSettings) -> None:
    """Refuse misspelt names of settings in a script or spider. Raises UsageError.

    `scrapy crawl` has already checked the names on its command line.
    """
    given = {name for name in settings if (settings.getpriority(name) or 0) > SETTINGS_PRIORITIES["project"]}
    known = {each.name for each in (*OPTIONS, *PLACES, *OF_SCRAPY, *IMAGE_OPTIONS, REDIRECTS)}
    known |= {*filter(str.isupper, dir(default_settings)), *(set(settings) - given)}
    for name in sorted(given - known):
        if not name.startswith(OTHERS_SETTINGS) and (nearest := nearest_setting(name, known)):
            raise UsageError(f"there is no setting {name}; did you mean {nearest}?")


def has_component(settings: BaseSettings, name: str, kind: type) -> bool:
    """Return whether a setting like ITEM_PIPELINES enables a component of this class. Raises UsageError."""
    value_of(settings, name)  # raises UsageError for a wrong component; the next line would raise anything
    listed = build_component_list(settings.get_component_priority_dict_with_base(name))
    components = [load_component(name, each) for each in listed]
    return any(isinstance(each, type) and issubclass(each, kind) for each in components)


def _check_places(settings: BaseSettings, *, dry: bool) -> None:
    """Check the files, directories and servers of a run. Nothing is created before all of them have been checked."""
    sandbox = settings["SANDBOX_SERVER"]
    if sandbox and not (
        _SERVER.fullmatch(sandbox) and _is_server(sandbox)
    ):  # not shown, because it may contain a secret
        raise UsageError("SANDBOX_SERVER takes an address like http://127.0.0.1:8800, without a password or a query.")
    check_handlers(settings)
    source: Source = "sandbox" if sandbox else "live"
    images, database = settings["IMAGES_STORE"], settings["DATABASE_URL"]
    files = open_file_store(images, make=False, writes=not dry, settings=settings)
    recorded = read_recorded_at(database)
    if recorded is not None and not value_of(settings, "ADOPT_IMAGES_STORE"):
        check_match(recorded, files, f"IMAGES_STORE {images}")
    if dry:
        dry_run.check_database(database, source)
        return
    places = {"SPILL_DIR": settings["SPILL_DIR"]}
    if "://" not in images:
        places["IMAGES_STORE"] = images
    if settings["JOBDIR"]:
        places["JOBDIR"] = settings["JOBDIR"]
    if settings.getbool("HTTPCACHE_ENABLED"):
        places["HTTPCACHE_DIR"] = data_path(settings["HTTPCACHE_DIR"])
    for name, path in places.items():
        check_directory(name, path)
    check_feeds(settings)
    metrics = settings["METRICS_FILE"]
    if metrics and (why := unwritable_file(metrics)) and not _is_made_with(database, metrics):
        raise StorageError(f"METRICS_FILE {metrics} cannot be written: {why}.")
    with closing(Store(database)) as store:
        if store.upgraded.before not in {None, store.upgraded.after}:
            # `scrapy crawl` checks before logging is configured; then Python prints the warning on standard error.
            logger.warning("%s", store.upgraded.describe(store.url))
        store.read(check_source, source)
        adopt_store(store, open_file_store(images, writes=False, settings=settings))  # creates the directory


def _is_server(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme == "http" and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is not a number, or an incomplete IPv6 address
        return False


def check_directory(name: str, path: str) -> None:
    """Raise StorageError if a directory can neither be written nor created. Create nothing."""
    try:
        why = unwritable_directory(path)
    except OSError as error:
        why = error.strerror
    if why:
        raise StorageError(f"{name} {path} cannot be written: {why}.")


def check_feeds(settings: BaseSettings) -> None:
    """Refuse a feed that Scrapy would ignore or could not write. Raises UsageError, StorageError.

    Scrapy only logs a line or a traceback about it, and crawls without the feed.
    """
    formats, schemes = (
        {name for name, each in settings.getwithbase(setting).items() if each is not None}
        for setting in ("FEED_EXPORTERS", "FEED_STORAGES")
    )
    for given, options in settings.getdict("FEEDS").items():
        uri = str(given)
        if not isinstance(options, Mapping):
            raise UsageError(f"the feed {uri!r} takes a JSON object with its options, not {options!r}.")
        feed = feed_complete_default_values_from_settings(dict(options), settings, uri)
        if not isinstance(feed["format"], str) or feed["format"] not in formats:
            raise UsageError(
                f"the feed {uri!r} takes a format of {', '.join(sorted(formats))}, not {feed['format']!r}."
            )
        if feed["batch_item_count"] and not re.search(r"%\(batch_time\)s|%\(batch_id\)", uri):
            raise UsageError(f"the feed {uri!r} is written in batches, so it needs %(batch_id)d or %(batch_time)s.")
        if feed["uri_params"]:  # it may fill in fields of its own
            continue
        try:
            path = apply_uri_params(uri, _FeedFields())
            scheme = urlsplit(path).scheme
        except (AttributeError, TypeError, ValueError) as error:
            raise UsageError(f"the feed {uri!r} has a field that cannot be filled in: {error}.") from None
        if scheme not in schemes:
            raise UsageError(f"the feed {uri!r} takes a file or one of {', '.join(sorted(filter(None, schemes)))}.")
        _check_feed_components(uri, feed)
        if scheme in {"", "file"}:
            file = Path(unquote(urlsplit(path).path) if scheme else path)
            _check_file(f"the feed {uri}", file)
            appends = not feed.get("overwrite") and file.is_file() and file.stat().st_size
            if appends and feed["format"] in _WHOLE_FORMATS:
                raise UsageError(
                    f"the feed {uri} would append to a {feed['format']} file and make it unreadable; use -O to replace "
                    "it, or the format jsonlines."
                )


def _check_feed_components(uri: str, feed: Mapping[str, Any]) -> None:
    """Refuse a filter, an item class or a plugin that FeedExporter could not load. Raises UsageError."""
    for name in ("item_filter", "item_classes", "postprocessing"):
        given = feed.get(name) or ()
        for each in given if isinstance(given, list | tuple) else (given,):
            if not callable(load_component(f"{name} of the feed {uri!r}", each)):
                raise UsageError(f"{name} of the feed {uri!r} takes import paths of classes, not {each!r}.")


class _FeedFields(dict[str, Any]):
    """The fields that a feed's URI may contain: time, batch, and attributes of the spider."""

    def __missing__(self, name: str) -> Any:
        if name in {"time", "batch_time", "name"}:
            return "x"
        return 1 if name == "batch_id" else getattr(PublisherSpider, name)


def _is_made_with(database: str, file: str) -> bool:
    """Return whether the run will create the file's directory, because its SQLite database is there too."""
    url = connect.parse_url(database)
    folder = Path(file).absolute().parent
    is_file = url.get_backend_name() == "sqlite" and url.database
    return bool(is_file) and not folder.exists() and Path(str(url.database)).absolute().parent == folder


def _check_file(name: str, file: Path) -> None:
    """Raise StorageError if a file or its directory can neither be written nor created. Create nothing.

    A regular file is replaced by a new file in its directory. A device or a named pipe is written to.
    """
    try:
        why = unwritable_file(file) if file.parent.is_dir() else None
        if not is_device(file):
            why = why or unwritable_directory(file.parent)
    except OSError as error:
        why = error.strerror
    if why:
        raise StorageError(f"{name} cannot be written: {why}.")
