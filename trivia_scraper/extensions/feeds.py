"""Feeds (FEEDS, -o) are complete or missing, and a missing feed fails its run.

Scrapy writes a local feed item by item into its final file, so an error leaves it incomplete. Here a feed is collected
in an unnamed file, which is moved into place when the crawl has ended.
"""

from __future__ import annotations

import asyncio
import io
import logging
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any
from urllib.parse import urlsplit

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.extensions.feedexport import (
    BlockingFeedStorage,
    FeedExporter,
    FeedSlot,
    FileFeedStorage,
    S3FeedStorage,
)

from trivia_scraper.atomic import is_device, replace_file
from trivia_scraper.downloader.shutdown import Limit, StoppedError, stopping
from trivia_scraper.errors import OutputError, TriviaError
from trivia_scraper.extensions.checks import has_component
from trivia_scraper.formatting import format_count
from trivia_scraper.options import value_of

logger = logging.getLogger(__name__)
_LEAST_SECONDS = 1.0
_MOST_STOP_SECONDS = 10.0
"""Limit after a stop. It is below _CLOSING_SECONDS of commands/crawl.py, which ends the process."""
MOST_SECONDS = 120.0
"""Seconds for storing all feeds after the spider has closed. A pipe may have no reader, and a disk may hang."""


class FeedBuffer(io.RawIOBase):
    """A feed that is being written. It keeps the first error; if it raised errors, each item would log a traceback."""

    def __init__(self, open_file: Callable[[], IO[bytes]]) -> None:
        self.file: IO[bytes] | None = None
        self.error: OSError | None = None
        try:
            self.file = open_file()
        except OSError as error:
            self.error = error

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        if self.file is not None and self.error is None:
            try:
                self.file.write(data)
            except OSError as error:
                self.error = error
        return len(data)

    def complete(self) -> IO[bytes]:
        """Rewind and return the file. Raise the first write error, if any."""
        if self.error is not None or self.file is None:
            raise self.error or ValueError("the feed is closed")
        self.file.seek(0)
        return self.file

    def discard(self) -> None:
        """Close the unnamed file, which removes it."""
        if self.file is not None:
            with suppress(OSError):  # buffered data that a full disk does not take
                self.file.close()


class _WholeFeedStorage(BlockingFeedStorage):
    """Stores the file that `open` returned. If that fails, it raises an OutputError and keeps it in `error`."""

    error: OutputError | None = None
    shown: str
    """The feed's name in messages, without access keys."""

    def open(self, spider: Spider) -> IO[bytes]:
        return FeedBuffer(lambda: self.open_file(spider))  # type: ignore[return-value]

    def open_file(self, spider: Spider) -> IO[bytes]:
        return super().open(spider)

    def _store_in_thread(self, file: Any) -> None:
        try:
            self.store_file(file.complete())
        except Exception as error:  # boto3 and others raise many classes
            why = error if isinstance(error, TriviaError) else getattr(error, "strerror", None) or error
            self.error = OutputError(f"{self.shown} could not be written: {str(why).rstrip('.')}")
            raise self.error from None
        finally:
            file.discard()

    def store_file(self, file: IO[bytes]) -> None:
        """Write a complete feed to its destination. Raises any exception."""
        raise NotImplementedError


class LocalFeedStorage(_WholeFeedStorage, FileFeedStorage):
    """A feed in a local file. Without the option `overwrite`, it is appended to an existing file."""

    def __init__(self, uri: str, *, feed_options: dict[str, Any] | None = None) -> None:
        super().__init__(uri, feed_options=feed_options)
        self.shown = f"the feed {self.path}"

    def open_file(self, spider: Spider) -> IO[bytes]:
        if is_device(Path(self.path)):
            return TemporaryFile()
        folder = Path(self.path).parent
        folder.mkdir(parents=True, exist_ok=True)
        return TemporaryFile(dir=folder)

    def store_file(self, file: IO[bytes]) -> None:
        target = Path(self.path)
        if is_device(target):
            with target.open("wb") as out:
                shutil.copyfileobj(file, out)
            return
        with replace_file(target) as out:
            if self.write_mode == "ab" and target.exists():
                with target.open("rb") as before:
                    shutil.copyfileobj(before, out)
            shutil.copyfileobj(file, out)


class StdoutWholeFeedStorage(_WholeFeedStorage):
    """A feed on standard output. It is written at the end, and an error fails the run."""

    def __init__(self, uri: str, *, feed_options: dict[str, Any] | None = None) -> None:
        self.shown = "the feed on standard output"

    def open_file(self, spider: Spider) -> IO[bytes]:
        return TemporaryFile()

    def store_file(self, file: IO[bytes]) -> None:
        sys.stdout.flush()
        with open(sys.stdout.fileno(), "wb", closefd=False) as out:
            shutil.copyfileobj(file, out)


class S3WholeFeedStorage(_WholeFeedStorage, S3FeedStorage):
    """A feed in an S3 bucket. An upload replaces the whole object."""

    def __init__(self, uri: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(uri, *args, **kwargs)
        parts = urlsplit(uri)
        self.shown = f"the feed {parts._replace(netloc=parts.hostname or '').geturl()}"

    def store_file(self, file: IO[bytes]) -> None:
        S3FeedStorage._store_in_thread(self, file)


class FeedWatch:
    """Watches the feeds of a crawl and collects their failures."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._all_closed = asyncio.Event()
        self._closed: list[FeedSlot] = []
        self._refused: list[str] = []
        """Why items could not be exported, one text per item."""
        self._limit = Limit()
        self._seconds = MOST_SECONDS
        crawler.signals.connect(self._shorten_limit, stopping)
        crawler.signals.connect(self._record_closed, signals.feed_slot_closed)
        crawler.signals.connect(self._all_closed.set, signals.feed_exporter_closed)

    def are_refused(self) -> bool:
        """Return whether FeedExporter refused a feed. It logs why: an unknown format, an unknown scheme, no library."""
        settings, exporter = self._crawler.settings, self._crawler.get_extension(FeedExporter)
        if exporter is None:
            return bool(settings["FEEDS"]) and has_component(settings, "EXTENSIONS", FeedExporter)
        return len(exporter.slots) < len(exporter.feeds)

    def drop_empty(self) -> None:
        """Prevent empty feeds of a run that does not begin. They would replace the previous run's files."""
        exporter = self._crawler.get_extension(FeedExporter)
        for slot in exporter.slots if exporter else ():
            slot.store_empty = False

    async def collect_failures(self) -> list[str]:
        """Wait until all feeds are stored. Return a sentence for each feed that could not be stored."""
        exporter = self._crawler.get_extension(FeedExporter)
        if exporter is None:
            return []
        self._limit.set(self._seconds)
        late = []
        try:
            async with self._limit.within():
                await self._all_closed.wait()
        except StoppedError:
            late.append(self._abandon(exporter))
        refused = format_count(len(self._refused), "items")
        found = [f"{refused} could not be written to a feed: {each}" for each in self._refused[:1]]
        found += [str(error) for slot in self._closed if (error := getattr(slot.storage, "error", None))]
        stats = self._crawler.stats.get_stats()
        failed = sum(number for name, number in stats.items() if name.startswith("feedexport/failed_count/"))
        # Feeds of other storage classes, and feeds whose exporter failed before they could be stored.
        failed += 0 if late else len(self._unstored(exporter))
        others = failed - sum(getattr(slot.storage, "error", None) is not None for slot in self._closed)
        found += [f"{format_count(others, 'feeds')} could not be written (see the log)"] if others > 0 else []
        return found + late

    def watch_items(self) -> None:
        """Count the items that FeedExporter cannot export. Scrapy only logs them."""
        if (exporter := self._crawler.get_extension(FeedExporter)) is not None:
            self._crawler.signals.disconnect(exporter.item_scraped, signals.item_scraped)
            self._crawler.signals.connect(self._export, signals.item_scraped)

    def _export(self, item: Any, spider: Spider) -> None:
        exporter: Any = self._crawler.get_extension(FeedExporter)
        try:
            exporter.item_scraped(item, spider)
        except Exception as error:
            self._refused.append(f"{type(error).__name__}: {error}".rstrip(".: "))
            logger.error("An item could not be written to a feed", exc_info=len(self._refused) == 1)

    def _abandon(self, exporter: FeedExporter) -> str:
        """Stop waiting for feeds that are still being stored. Return a sentence that names them."""
        names = [getattr(slot.storage, "shown", f"the feed {slot.uri_template}") for slot in self._unstored(exporter)]
        for task in list(exporter._pending_close_tasks):  # FeedExporter would wait for them forever
            task.cancel()
        return f"{' and '.join(names) or 'a feed'} was not stored within {self._seconds:g} s"

    def _unstored(self, exporter: FeedExporter) -> list[FeedSlot]:
        """Return the last slot of each feed that still has something to store."""
        return [
            slot
            for slot in exporter.slots
            if slot not in self._closed and (slot.itemcount or (slot.store_empty and slot.batch_id == 1))
        ]

    def _shorten_limit(self) -> None:
        self._seconds = min(max(_LEAST_SECONDS, value_of(self._crawler.settings, "STOP_GRACE")), _MOST_STOP_SECONDS)
        if self._limit.at is not None:
            self._limit.set(self._seconds)

    def _record_closed(self, slot: FeedSlot) -> None:
        self._closed.append(slot)
