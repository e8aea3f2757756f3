"""SIGINT and SIGTERM end a crawl in seconds: what waits for its turn is dropped, what is under way may end.

Python cannot end a thread. So what a stopped crawl waits for in threads has a limit too, and after a second signal
the process ends whatever its threads do.

By itself Scrapy, once stopped, still sends what has left its scheduler: a page for each of CONCURRENT_REQUESTS and the
images of the pages read, DOWNLOAD_DELAY (with AutoThrottle up to a minute) apart, after whatever pause a Retry-After
asks for. That is minutes.
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
"""Seconds for Scrapy's own end after the second signal, which says what became of the run."""
_SECOND_SIGNAL = (CrawlerProcess._signal_kill, AsyncCrawlerProcess._signal_kill_reactorless)
stopping: Final = object()
"""The signal of a crawl that was asked to stop, sent before Scrapy begins to wait for what is under way."""


class StoppedError(RequestRefusedError):
    """A request that is not sent, or not waited for any more, because the crawl is to end."""

    def __init__(self) -> None:
        super().__init__("stopped", "the crawl was stopped first")


def announce_stop(crawler: Crawler) -> None:
    """Send `stopping` when the crawl is asked to stop. A crawl that is closing already finishes.

    The handlers of SIGINT and SIGTERM and the `stop` of every runner call `Crawler.stop_async`, and Scrapy itself sends
    no signal before it has waited for all that is under way. The method is wrapped on the instance, because scripts
    create crawlers of Scrapy's own class.

    Of a crawl that is closing, Scrapy's `stop_async` would end the process before the run has its verdict and its
    feed: it waits for the requests under way, and not for `spider_closed`.
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
    slot = crawler.engine._slot if crawler.crawling else None  # it is null again once the spider has closed
    return slot is not None and slot.closing is not None


def exit_within(seconds: float, exit_code: int, sentence: str = "") -> None:
    """End this process by then if it has not ended, whatever its threads do. sentence: printed in that case."""
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
    """Let the process end soon after the next SIGINT or SIGTERM, if that is the one with which Scrapy stops at once.

    Scrapy by itself waits for threads then. After `stop` of a script there has been no signal, and nothing is changed.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        handler = signal.getsignal(number)
        if getattr(handler, "__func__", None) in _SECOND_SIGNAL:
            signal.signal(number, _ending(handler))


def _ending(handler: Any) -> Any:
    def end(number: int, frame: FrameType | None) -> None:
        exit_within(AT_ONCE, 128 + number, "The process ended at once; a thread was still at work.")
        handler(number, frame)

    return end


class DropWaiting:
    """The last middleware before the downloader. Drop queued requests and refuse new ones."""

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
        self.crawler.stats.inc_value("trivia/pages/stopped", len(scheduler))  # it forgets them when it is closed
        for slot in self.crawler.engine.downloader.slots.values():
            while slot.queue:
                _, waiting = slot.queue.popleft()
                waiting.errback(StoppedError())


class Limit:
    """Ends what is awaited `within` it, some seconds after `set`."""

    def __init__(self) -> None:
        self.at: float | None = None
        self.awaited: set[asyncio.Timeout] = set()

    def set(self, seconds: float) -> None:
        self.at = asyncio.get_running_loop().time() + seconds
        for each in self.awaited:
            each.reschedule(self.at)

    @asynccontextmanager
    async def within(self) -> AsyncIterator[None]:
        """Run the body. Raise StoppedError when the time is up."""
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
