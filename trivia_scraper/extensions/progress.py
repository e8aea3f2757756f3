"""Show the progress of a crawl: a line below the log and a final table on a terminal, log lines elsewhere.

A LOG_LEVEL above INFO hides both.
"""

from __future__ import annotations

import atexit
import logging
import os
import sys
from collections.abc import Iterator
from typing import Any, TextIO, cast

from rich.console import Console
from rich.filesize import decimal
from rich.progress import Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.extensions.logstats import LogStats
from scrapy.utils.asyncio import create_looping_call

from trivia_scraper.db.runs import Outcome
from trivia_scraper.extensions.run import Run, is_run
from trivia_scraper.extensions.verdict import counters_below
from trivia_scraper.formatting import replace_controls
from trivia_scraper.items import IMAGE_STATUSES, Event
from trivia_scraper.options import value_of

logger = logging.getLogger(__name__)
_REFRESH_SECONDS = 0.5
_SPEED_SECONDS = 600  # period for estimating the time left; a polite crawl needs seconds for each page
_CHANGES = ("new", "changed", "unchanged")
_ABSENCES = ("missing", "gone", "errors")


class CrawlProgress:
    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.settled: set[str] = set()
        """Publisher's ids of visited venues that gave an event."""
        on_terminal = is_terminal(sys.stderr)
        self.live_line: LiveLine | None = LiveLine(crawler.spidercls.name) if on_terminal else None
        self.seconds = _REFRESH_SECONDS if on_terminal else value_of(crawler.settings, "LOGSTATS_INTERVAL")
        self.task: Any = None
        crawler.signals.connect(self.spider_opened, signals.spider_opened)
        for item_signal in (signals.item_scraped, signals.item_dropped, signals.item_error):
            crawler.signals.connect(self.item_ended, item_signal)
        crawler.signals.connect(self.spider_closed, signals.spider_closed)
        crawler.signals.connect(self.engine_stopped, signals.engine_stopped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> CrawlProgress | LogStats:
        """Return Scrapy's own LogStats for a crawl that is not a run."""
        if not is_run(crawler):
            return LogStats.from_crawler(crawler)
        level = logging.getLevelName(crawler.settings["LOG_LEVEL"])
        if not crawler.settings.getbool("LOG_ENABLED") or (isinstance(level, int) and level > logging.INFO):
            raise NotConfigured
        return cls(crawler)

    def spider_opened(self) -> None:
        if self.live_line is not None:
            self.live_line.begin()
        if self.seconds > 0:
            self.task = create_looping_call(self._show_progress)
            self.task.start(self.seconds, now=False)

    def item_ended(self, item: Any) -> None:
        if isinstance(item, Event):
            self.settled.add(item.publisher_id)

    def spider_closed(self) -> None:
        """Remove the live line before the last log lines, or it would stay on the screen above them."""
        if self.task is not None and self.task.running:
            self.task.stop()
        if self.live_line is not None:
            self.live_line.end()

    def engine_stopped(self) -> None:
        """Show the final table. The verdict is known now."""
        run = Run.get(self.crawler)
        if run.outcome is None or run.already_running:
            return
        rows = list(self._rows(run, run.outcome))
        if self.live_line is not None:
            self.live_line.show_table(rows)
        else:
            for what, value in rows:
                logger.info("%s: %s", what, value)

    def _show_progress(self) -> None:
        visits, ended = self._count("venues/visited"), self._ended()
        listed = self._count("venues/listed")
        done = min(listed, listed - visits + ended)  # venues that are not visited count as done
        images = ", ".join(f"{self._count(f'images/{status}')} {word}" for status, word in IMAGE_STATUSES.items())
        arrived = self._bytes()
        if self.live_line is not None:
            counts = f"images {images}, {decimal(arrived)}"
            self.live_line.update(min(ended, visits), visits, f"{done}/{listed} venues", counts, arrived)
        else:
            logger.info("%d of %d venues done; images: %s; %s", done, listed, images, decimal(arrived))

    def _ended(self) -> int:
        """Count the venues whose visit has ended, with or without an event."""
        spider: Any = self.crawler.spider
        ended = len(self.settled | (set(spider.rejected) & set(spider.venue_pages)))
        return ended + self._count("pages/failed") + self._count("pages/gone")

    def _count(self, what: str) -> int:
        return cast("int", self.crawler.stats.get_value(f"trivia/{what}", 0))

    def _bytes(self) -> int:
        return cast("int", self.crawler.stats.get_value("downloader/response_bytes", 0))

    def _rows(self, run: Run, outcome: Outcome) -> Iterator[tuple[str, str]]:
        counts = outcome.counts
        venues = [(what, counts.get(f"venues/{what}", 0)) for what in ("listed", "visited", "skipped", "dropped")]
        yield "venues", _format_counts(venues)
        events = [(what, counts.get(f"events/stored/{what}", 0)) for what in _CHANGES]
        events += [(what, counts.get(f"events/{what}", 0)) for what in _ABSENCES]
        yield "events", _format_counts(events)
        for status, word in IMAGE_STATUSES.items():
            if reasons := counters_below(counts, f"images/{status}/"):
                yield f"images {word}", _format_counts(reasons)
        for line in run.describe_alike():
            yield "alike", line
        yield "received", decimal(self._bytes())
        yield "verdict", "; ".join([f"{outcome.verdict}{', a dry run' if run.is_dry else ''}", *outcome.reasons])
        if outcome.warnings:
            yield "warnings", "; ".join(outcome.warnings)
        if run.has_begun and not run.is_dry:
            yield "more", f"scrapy runs {run.id}"


class LiveLine:
    """A line at the bottom of a terminal. Log lines are printed above it."""

    def __init__(self, publisher: str) -> None:
        self.console = Console(stderr=True, highlight=False)
        # A narrow terminal cuts the end of this only column, so the most important values come first.
        self.progress = Progress(
            TextColumn("{task.description} {task.fields[status]}", markup=False),
            console=self.console,
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            speed_estimate_period=_SPEED_SECONDS,
        )
        self.line = self.progress.add_task(publisher, total=0, status="fetching the listing")
        self.time_left = TimeRemainingColumn(compact=True)
        self._redirected: list[logging.StreamHandler[TextIO]] = []

    def begin(self) -> None:
        above = _Above(self.console)
        for handler in logging.root.handlers:
            if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stderr:
                handler.setStream(cast("TextIO", above))
                self._redirected.append(handler)
        atexit.register(self.end)  # shows the cursor again, also after a second Ctrl-C
        self.progress.start()

    def update(self, ended: int, visits: int, venues: str, images: str, arrived: int) -> None:
        """Show the progress. The time left is estimated from `ended` of `visits`."""
        self.progress.update(self.line, completed=ended, total=visits)
        task = self.progress.tasks[self.line]
        left = self.time_left.render(task).plain
        rate = f" at {decimal(int(arrived / task.elapsed))}/s" if task.elapsed else ""
        self.progress.update(self.line, status=f"{venues}, {left} left, {images}{rate}", refresh=True)

    def end(self) -> None:
        self.progress.stop()
        for handler in self._redirected:
            handler.setStream(sys.stderr)
        self._redirected.clear()
        atexit.unregister(self.end)

    def show_table(self, rows: list[tuple[str, str]]) -> None:
        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_column(style="bold", no_wrap=True)
        table.add_column(overflow="fold")
        for what, value in rows:
            table.add_row(what, Text(replace_controls(value)))
        self.console.print(table)


class _Above:
    """A stream for log handlers that prints above the live line, without wrapping."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def write(self, text: str) -> None:
        self.console.print(Text(replace_controls(text)), soft_wrap=True, end="")

    def flush(self) -> None:
        pass


def is_terminal(stream: TextIO | None) -> bool:
    """Return whether the stream can show a live line. rich would also consider variables like FORCE_COLOR."""
    return stream is not None and stream.isatty() and os.environ.get("TERM", "") not in {"", "dumb", "unknown"}


def _format_counts(counts: list[tuple[str, int]]) -> str:
    """Return "3 new, 20 unchanged", or "none" if all counts are 0."""
    return ", ".join(f"{number} {what}" for what, number in counts if number) or "none"
