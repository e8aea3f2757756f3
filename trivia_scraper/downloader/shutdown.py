"""End a crawl within seconds of SIGINT or SIGTERM: drop waiting requests, let running ones finish.

Scrapy alone would still send all requests that have left its scheduler, with DOWNLOAD_DELAY and the pauses of
Retry-After between them. That takes minutes.

Python cannot end a thread. So a stopped crawl waits for its threads only for a limited time, and a second signal ends
the process even if threads are still running.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from threading import Timer
from types import FrameType
from typing import Any, Final

from scrapy import Request, signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler, CrawlerProcess

from trivia_scraper.downloader.address_guard import RequestRefusedError

AT_ONCE = 1.0
"""Seconds for Scrapy to close after the second signal, so that the outcome of the run is still printed."""
_SECOND_SIGNAL = (CrawlerProcess._signal_kill, AsyncCrawlerProcess._signal_kill_reactorless)
stopping: Final = object()
"""Signal sent when a crawl is asked to stop, before Scrapy waits for running requests."""


class StoppedError(RequestRefusedError):
    """A request that is dropped because the crawl was stopped."""

    def __init__(self) -> None:
        super().__init__("stopped", "the crawl was stopped")


def announce_stop(crawler: Crawler) -> None:
    """Send `stopping` when the crawl is asked to stop. Let a crawl that is already closing finish.

    Signal handlers and the `stop` of every runner call `Crawler.stop_async`. Scrapy itself sends no signal before all
    running requests have ended. The method is replaced on the instance, because scripts use Scrapy's Crawler class.

    Scrapy's `stop_async` does not wait for `spider_closed`. In a crawl that is closing, it would end the process before
    the run has its verdict and its feed.
    """
    stop = crawler.stop_async

    async def stop_async() -> None:
        is_closing = _is_closing(crawler)
        crawler.signals.send_catch_log(stopping)
        if is_closing:
            finished = asyncio.Event()
            crawler.signals.connect(finished.set, signals.engine_stopped, weak=False)
            await finished.wait()
        else:
            await stop()

    crawler.stop_async = stop_async  # type: ignore[method-assign]


def _is_closing(crawler: Crawler) -> bool:
    slot = crawler.engine._slot if crawler.crawling else None  # None after the spider has closed
    return slot is not None and slot.closing is not None


def exit_within(seconds: float, exit_code: int, sentence: str = "") -> None:
    """End this process after `seconds` if it still runs, even if threads hang. Then print the sentence."""
    timer = Timer(seconds, _exit, [exit_code, sentence])
    timer.daemon = True
    timer.start()


def _exit(exit_code: int, sentence: str) -> None:
    with suppress(OSError, RuntimeError, ValueError):
        if sentence:
            sys.stderr.write(f"{sentence}\n")
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(exit_code)


def end_at_next_signal() -> None:
    """Let a second SIGINT or SIGTERM end the process within AT_ONCE seconds. Scrapy alone would wait for threads.

    Nothing is changed if a script stopped the crawl: its next signal is the first one.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        handler = signal.getsignal(number)
        if getattr(handler, "__func__", None) in _SECOND_SIGNAL:
            signal.signal(number, _ending(handler))


def _ending(handler: Any) -> Any:
    def end(number: int, frame: FrameType | None) -> None:
        exit_within(AT_ONCE, 128 + number, "The process was ended at once; a thread was still running.")
        handler(number, frame)

    return end


class DropWaiting:
    """The last middleware before the downloader. After a stop, it drops queued requests and refuses new ones."""

    def __init__(self, crawler: Crawler) -> None:
        self.crawler = crawler
        self.stopped = False
        announce_stop(crawler)
        crawler.signals.connect(self.stop, stopping)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> DropWaiting:
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        if self.stopped:
            raise StoppedError

    def stop(self) -> None:
        scheduler: Any = self.crawler.engine.scheduler
        if self.stopped or scheduler is None:  # the spider has closed
            return
        self.stopped = True
        end_at_next_signal()
        # Counted now, because a closed scheduler is empty.
        self.crawler.stats.inc_value("trivia/pages/stopped", len(scheduler))
        for slot in self.crawler.engine.downloader.slots.values():
            while slot.queue:
                _, waiting = slot.queue.popleft()
                waiting.errback(StoppedError())


class Limit:
    """A time limit for awaiting. It begins with `set`, and applies to every `within`, even one that began before."""

    def __init__(self) -> None:
        self.at: float | None = None
        self.awaited: set[asyncio.Timeout] = set()

    def set(self, seconds: float) -> None:
        self.at = asyncio.get_running_loop().time() + seconds
        for each in self.awaited:
            each.reschedule(self.at)

    @asynccontextmanager
    async def within(self) -> AsyncIterator[None]:
        """Run the body of a `with` statement. Raise StoppedError when the time is up."""
        limit = asyncio.timeout_at(self.at)
        try:
            async with limit:
                self.awaited.add(limit)
                yield
        except TimeoutError:
            if limit.expired():
                raise StoppedError from None
            raise
        finally:
            self.awaited.discard(limit)
