"""The run of a crawl: writes its row with arguments, counts and verdict; gives other components the database."""

from __future__ import annotations

import asyncio
import logging
from contextlib import ExitStack
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, NotConfigured
from scrapy.settings import BaseSettings
from sqlalchemy import Connection
from twisted.python.failure import Failure

from trivia_scraper import __version__
from trivia_scraper.cli.logging import log_refusal
from trivia_scraper.clock import utc_now
from trivia_scraper.db import image_ledger, runs
from trivia_scraper.db.absences import mark_absent
from trivia_scraper.db.connect import describe_error
from trivia_scraper.db.dry_run import DryRunStore
from trivia_scraper.db.engine import STORE_ERRORS, Store
from trivia_scraper.db.events import Slot
from trivia_scraper.db.history import describe_changes
from trivia_scraper.db.image_decisions import forget_old_decisions
from trivia_scraper.db.known_venues import Visit, mark_unread_as_seen, request_visit
from trivia_scraper.db.locks import PublisherLock
from trivia_scraper.db.queries import find_pages_that_had
from trivia_scraper.db.replaced_images import AlikeImage, Limits, expire_replaced_images, find_alike
from trivia_scraper.db.spill import spill_event
from trivia_scraper.errors import UsageError
from trivia_scraper.extensions.checks import check_run, has_component
from trivia_scraper.extensions.feeds import FeedWatch
from trivia_scraper.extensions.verdict import STORE_REFUSED, Habits, find_lost_fields, judge
from trivia_scraper.formatting import format_count
from trivia_scraper.images.settings import ClassSettings
from trivia_scraper.images.storage import open_file_store
from trivia_scraper.images.storage.base import FileStore
from trivia_scraper.images.storage.overlay import OverlayFileStore
from trivia_scraper.items import FIELDS, IMAGE_STATUSES, Event
from trivia_scraper.options import value_of
from trivia_scraper.spiders.base import PublisherSpider

logger = logging.getLogger(__name__)
recorded: Final = object()
"""Signal sent when the verdict is in the run's row; the run still has its store and lock. Handlers get `run`."""
ALIKE = "replaced/alike"  # count of venues whose different images were replaced by one and the same image


def is_run(crawler: Crawler) -> bool:
    """Return whether a crawl is a run: a publisher's spider, but not in `scrapy fetch`, `parse`, `check` or `shell`.

    The first three replace `start` of the spider's class. `scrapy shell` creates the components before the spider.
    """
    looks = crawler.spidercls.start.__module__.startswith("scrapy.commands.")
    return isinstance(crawler.spider, PublisherSpider) and not looks


class Run:
    """The run of one crawl, and the state that its components share."""

    id: int
    """Number of the run's row. Set when `has_begun` is."""
    has_begun = False
    """Whether the run has a row. The row of a dry run is in its copy of the database."""
    started_at: datetime
    outcome: runs.Outcome | None = None
    """Set when the spider has closed."""
    is_recorded = False
    """Whether the outcome is in the run's row."""
    broken: str | None = None
    """Why the run fails, if its database or a feed failed."""
    already_running = False
    changes: list[dict[str, Any]] | None = None
    """The changes that a dry run would make, for people. Set when the spider has closed."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.is_dry = crawler.spider is not None and crawler.spider.arguments.dry_run  # type: ignore[attr-defined]
        url = crawler.settings["DATABASE_URL"]
        writes = not self.is_dry
        uri = crawler.settings["IMAGES_STORE"]
        # check_run has tested writing.
        files = open_file_store(uri, make=writes, writes=False, settings=crawler.settings)
        self.store: Store = DryRunStore(url) if self.is_dry else Store(url)
        self.files: FileStore = OverlayFileStore(files) if self.is_dry else files
        self.limits = Limits.from_settings(partial(value_of, crawler.settings))
        self.alike: list[AlikeImage] = []
        self.lock = PublisherLock(self.store, crawler.spidercls.name)
        self.visits: dict[str, Visit] = {}
        """Publisher's id -> what was known of a listed venue before this run."""
        self.slugs: dict[str, str] = {}
        """Publisher's id -> slug of a venue that is not in `visits`."""
        self.slots: dict[str, tuple[Slot, ...]] = {}
        """Publisher's id -> nights of a venue that has several."""
        self.unfinished: set[str] = set()
        """Publisher's ids of venues that the next run must visit: an event was not stored, or an image was stopped."""
        self.refusals: dict[str, None] = {}
        """Distinct error texts of the database about events that it refused; an ordered set."""
        crawler.signals.connect(self.spider_opened, signals.spider_opened)
        crawler.signals.connect(self.spider_closed, signals.spider_closed)
        crawler.signals.connect(self.item_error, signals.item_error)
        self.feeds = FeedWatch(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Run:
        """Raise NotConfigured if the crawl is not a run, and a TriviaError if the run must not begin."""
        if not is_run(crawler):
            raise NotConfigured("this is not the run of a publisher, so nothing is stored")
        spider: Any = crawler.spider
        with log_refusal(spider.name):
            check_run(crawler.settings, spider.arguments)
            return cls(crawler)

    @classmethod
    def check_is_enabled(cls, settings: BaseSettings) -> None:
        """Raise UsageError unless EXTENSIONS enables this class."""
        if not has_component(settings, "EXTENSIONS", cls):
            raise UsageError("EXTENSIONS must include trivia_scraper.extensions.run.Run, or nothing would be stored.")

    @classmethod
    def get(cls, crawler: Crawler) -> Run:
        """Return the run of a crawl, for other components.

        Raises NotConfigured if the crawl is not a run, and UsageError if EXTENSIONS does not enable this class.
        """
        run = crawler.get_extension(cls)
        if run is None:
            if is_run(crawler):
                with log_refusal(crawler.spidercls.name):
                    cls.check_is_enabled(crawler.settings)
            raise NotConfigured
        return run

    async def spider_opened(self, spider: Any) -> None:
        try:
            if not self.is_dry and not await asyncio.to_thread(self.lock.acquire):
                self.already_running = True
                self.feeds.drop_empty()
                raise CloseSpider("already_running")
            self.started_at = utc_now()
            self.id = await self.store.run_in_thread(
                runs.begin_run,
                publisher=spider.name,
                arguments=spider.arguments.model_dump(mode="json", exclude_defaults=True),
                job_id=spider.job_id,
                source="sandbox" if self.crawler.settings["SANDBOX_SERVER"] else "live",
                version=__version__,
                now=self.started_at,
            )
            self.has_begun = True
            # One connection for each thread of the image pipeline, and one for the selection of venues.
            threads = ClassSettings(self.crawler.settings, "VenueImagesPipeline").get_checked("IMAGES_THREADS")
            await asyncio.to_thread(self.store.reserve_connections, threads + 1)
        except STORE_ERRORS as error:
            self.feeds.drop_empty()
            raise self.fail_by_database("the run could not begin", error) from None
        if self.feeds.are_refused():
            self.broken = "a feed of FEEDS or -o cannot be written; the log says why"
            raise CloseSpider("feeds_refused")
        self.feeds.watch_items()
        begun = "Dry run" if self.is_dry else f"Run {self.id}"
        logger.info("%s of %s: %s", begun, spider.name, spider.arguments)
        settings = self.crawler.settings
        if not settings["SANDBOX_SERVER"] and ".example" in settings["USER_AGENT"]:
            logger.warning("CONTACT_URL is not set: publishers cannot see who is crawling, nor contact you")

    def fail_by_database(self, what: str, error: Exception) -> CloseSpider:
        """Mark the run as failed by its database. Return the exception that ends the crawl."""
        self.broken = f"{what}: {describe_error(error)}"
        return CloseSpider(STORE_REFUSED)

    async def remove_files(self, paths: list[str]) -> None:
        """Remove files that the ledger no longer names. `images prune` removes those that cannot be removed now."""
        for path, error in await self.store.run_in_thread(image_ledger.remove_unreferenced, self.files, paths):
            self.crawler.stats.inc_value("trivia/files/not_removed")
            logger.warning("the superseded %s could not be removed: %s", path, error)

    def leave_unfinished(self, publisher_id: str) -> None:
        """Let the next run, or the next part of a JOBDIR crawl, read the page of a venue again."""
        spider: Any = self.crawler.spider
        self.unfinished.add(publisher_id)
        spider.job.pop(publisher_id, None)

    def item_error(self, item: Event, failure: Failure) -> None:
        """Write an event that could not be stored to the spill file. The run will fail."""
        self.crawler.stats.inc_value("trivia/events/errors")
        if isinstance(failure.value, STORE_ERRORS):
            self.refusals.setdefault(describe_error(failure.value))
        self.leave_unfinished(item.publisher_id)
        if self.is_dry:
            return
        try:
            spill_event(self.spill_file, self.id, item)
        except OSError as error:
            self.crawler.stats.inc_value("trivia/events/lost")
            logger.error("%s cannot be written (%s); the event: %s", self.spill_file, error.strerror, asdict(item))

    @property
    def spill_file(self) -> Path:
        return Path(self.crawler.settings["SPILL_DIR"], f"{self.crawler.spidercls.name}-{self.id}.jsonl")

    async def spider_closed(self, spider: Any, reason: str) -> None:
        with ExitStack() as last:
            last.callback(self.lock.release)
            if isinstance(self.files, OverlayFileStore):
                last.callback(self.files.close)
            last.callback(self.store.close)
            if self.broken and not self.has_begun:  # asking the failed database again would only cost time
                self.outcome = runs.Outcome(reason, "failed", [self.broken], {})
                logger.error("%s", self.sentence(spider.name))
            elif not self.already_running:
                await self._close(spider, reason)

    async def _close(self, spider: Any, reason: str) -> None:
        failures = [*spider.failures, self.broken] if self.broken else [*spider.failures]
        failures += [f"the database refused events: {words}" for words in list(self.refusals)[:1]]
        stats, settings = self.crawler.stats, self.crawler.settings
        if stats.get_value("trivia/events/errors", 0) > stats.get_value("trivia/events/lost", 0) and not self.is_dry:
            wait = f"some events could not be stored: `scrapy db replay {self.spill_file}` stores them"
            failures.insert(0, wait)  # the last line has only the first reasons
        failures += await self.feeds.collect_failures()
        try:
            if self.lock.held and not await asyncio.to_thread(self.lock.check_held):
                failures.append("the publisher's lock was lost with the database connection; another run holds it now")
            before = await self.store.run_in_thread(runs.read_last_good_run, spider.name)
            listed_before = before["counts"].get("venues/listed") if before else None
            usual = await self.store.run_in_thread(runs.usual_shares, spider.name, FIELDS)
            lost = find_lost_fields(stats.get_stats(), settings, usual)
            without = {field: pages for field, pages in spider.pages_without.items() if field in lost}
            pages = await self.store.run_in_thread(find_pages_that_had, spider.name, without)
            pages = {f"{runs.FIELD}{field}": page for field, page in pages.items()} | spider.matches.first_without
            habits = Habits(listed_before, usual, pages, spider.rejected_page)
            complete, matches = spider.arguments.complete, spider.matches.counts
            self.outcome = judge(
                stats.get_stats(), settings, reason, failures, habits, complete=complete, matches=matches
            )
            if self.has_begun:
                overdue = await self.store.run_in_thread(self._finish, spider)
                self.is_recorded = not self.is_dry
                await self._remove_overdue(overdue)
        except STORE_ERRORS as error:
            self.outcome = self.outcome or judge(stats.get_stats(), settings, reason, failures)
            unrecorded = f"the end of the run could not be recorded: {describe_error(error)}"
            self.outcome = replace(self.outcome, verdict="failed", reasons=[*self.outcome.reasons, unrecorded])
        for warning in self.outcome.warnings:
            logger.warning("%s: %s", spider.name, warning)
        level = logging.INFO if self.outcome.verdict == "passed" else logging.ERROR
        for line in self.describe_alike():
            logger.warning("%s", line)
        logger.log(level, "%s", self.sentence(spider.name))
        if self.is_recorded:
            await self.crawler.signals.send_catch_log_async(recorded, run=self)

    async def _remove_overdue(self, paths: list[str]) -> None:
        try:
            if paths:
                await self.remove_files(paths)
        except STORE_ERRORS as error:
            logger.warning("%d files of replaced images wait for `scrapy prune`: %s", len(paths), describe_error(error))

    def _finish(self, connection: Connection, spider: Any) -> list[str]:
        """Record the end of a run in one transaction: absent events, counts and verdict.

        Return files to remove after the commit.
        """
        assert self.outcome is not None
        settings, now = self.crawler.settings, utc_now()
        without_quiz = spider.without_quiz
        unread = spider.rejected.keys() - without_quiz
        mark_unread_as_seen(connection, spider.name, self.id, unread, self.started_at, now, without_quiz)
        request_visit(connection, spider.name, self.unfinished)
        if self.outcome.verdict == "passed" and spider.arguments.complete:
            became = mark_absent(
                connection, spider.name, self.id, self.started_at, spider.gone_pages,
                without_quiz=without_quiz, gone_after=value_of(settings, "GONE_AFTER_RUNS"), now=now,
            )  # fmt: skip
            self.outcome.counts.update({f"events/{status}": n for status, n in became.items()})
        self.alike = find_alike(connection, [self.id]).get(self.id, [])
        if self.alike:
            self.outcome.counts[ALIKE] = sum(each.venues for each in self.alike)
        runs.finish_run(connection, self.id, replace(self.outcome, unread=spider.unread), now)
        forget_old_decisions(connection, now, timedelta(days=value_of(settings, "DECISIONS_KEPT_DAYS")))
        overdue = expire_replaced_images(connection, now, self.limits)
        if self.is_dry:
            self.changes = describe_changes(connection, self.id)
        return overdue

    def describe_alike(self) -> list[str]:
        """Return a sentence for each of `alike`, with the command that undoes it. A dry run has nothing to undo."""
        return [each.sentence if self.is_dry else f"{each.sentence}: {each.command(self.id)}" for each in self.alike]

    def sentence(self, publisher: str, *, most: int | None = None) -> str:
        """Return the result of the run for the terminal and the log, with at most `most` reasons."""
        assert self.outcome is not None
        if reasons := self.outcome.reasons:
            parts = reasons[:most]
            if more := len(reasons) - len(parts):
                where = f"`scrapy runs {self.id}`" if self.is_recorded else "the log has them"
                parts.append(f"and {more} more ({where})")
            return f"{publisher} {self.outcome.verdict}: {'; '.join(parts)}."
        counts = self.outcome.counts
        parts = [format_count(counts.get("events/stored", 0), "events stored")]
        parts += [
            format_count(n, f"events {what}") for what in ("missing", "gone") if (n := counts.get(f"events/{what}", 0))
        ]
        parts += [
            format_count(n, f"images {word}")
            for status, word in IMAGE_STATUSES.items()
            if (n := counts.get(f"images/{status}", 0))
        ]
        if skipped := counts.get("venues/skipped", 0):
            parts.append(format_count(skipped, "venues skipped as recently read (force_update=true reads all)"))
        parts += [each.sentence for each in self.alike]
        if warnings := self.outcome.warnings:
            parts.append(f"with {format_count(len(warnings), 'warnings')}: {warnings[0]}")
        dry = " in a dry run, which stores nothing" if self.is_dry else ""
        return f"{publisher} {self.outcome.verdict}{dry}: {', '.join(parts)}."
