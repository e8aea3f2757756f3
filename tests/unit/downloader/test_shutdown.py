"""Stopping a crawl."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from types import MethodType, SimpleNamespace
from typing import Any

import pytest
from scrapy import Request, Spider, signals
from scrapy.core.downloader import Slot
from scrapy.crawler import Crawler, CrawlerProcess
from scrapy.utils.test import get_crawler
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from trivia_scraper.downloader.shutdown import DropWaiting, StoppedError, end_at_next_signal, stopping


def test_stop_of_scrapys_crawler_sends_the_signal() -> None:
    stopped = []

    def note(sender: Crawler) -> None:
        stopped.append(sender)

    crawlers = [Crawler(Spider), Crawler(Spider)]
    for crawler in crawlers:
        DropWaiting.from_crawler(crawler).stopped = True  # there is no engine to look at
        crawler.signals.connect(note, stopping)
    asyncio.run(crawlers[0].stop_async())
    assert stopped == [crawlers[0]]


def test_waiting_requests_fail_as_stopped() -> None:
    failed: list[Any] = []

    def note(failure: Failure) -> None:
        failed.append(failure.value)

    slots = {host: Slot(concurrency=1, delay=60) for host in ("a.example", "b.example", "c.example")}
    for host, waiting in (("a.example", 2), ("b.example", 1)):
        for number in range(waiting):
            turn: Deferred[Any] = Deferred()
            turn.addErrback(note)
            slots[host].queue.append((Request(f"https://{host}/{number}"), turn))
    crawler: Any = get_crawler(Spider)
    crawler.engine = SimpleNamespace(scheduler=range(5), downloader=SimpleNamespace(slots=slots))
    middleware = DropWaiting.from_crawler(crawler)
    middleware.process_request(Request("https://a.example/"))
    assert failed == []
    for _ in range(2):  # a second call changes nothing
        asyncio.run(crawler.stop_async())
    assert [len(slot.queue) for slot in slots.values()] == [0, 0, 0]
    assert [type(error) for error in failed] == [StoppedError] * 3
    assert [error.reason for error in failed] == ["stopped"] * 3
    assert crawler.stats.get_value("trivia/pages/stopped") == 5, "what the scheduler held"
    with pytest.raises(StoppedError):
        middleware.process_request(Request("https://c.example/"))


def test_closing_crawl_finishes_before_stop_returns() -> None:
    async def stop_while_closing() -> None:
        crawler: Any = get_crawler(Spider)
        crawler.crawling = True
        crawler.engine = SimpleNamespace(
            scheduler=None, running=True, stop_async=None, _slot=SimpleNamespace(closing=Deferred())
        )
        DropWaiting.from_crawler(crawler)
        sent = []
        crawler.signals.connect(lambda: sent.append(stopping), stopping, weak=False)
        stop = asyncio.create_task(crawler.stop_async())
        await asyncio.sleep(0.01)
        assert sent == [stopping]
        assert not stop.done()
        crawler.signals.send_catch_log(signals.engine_stopped)
        await asyncio.wait_for(stop, 1)

    asyncio.run(stop_while_closing())


def test_stop_after_spider_closed_drops_nothing() -> None:
    crawler: Any = get_crawler(Spider)
    crawler.engine = SimpleNamespace(scheduler=None)
    middleware = DropWaiting.from_crawler(crawler)
    asyncio.run(crawler.stop_async())
    assert not middleware.stopped


STUCK = """
import threading, time
from trivia_scraper.downloader.shutdown import exit_within
threading.Thread(target=time.sleep, args=[60]).start()
exit_within(0.1, 7, "It was ended.")
print("last words")
"""


def test_process_ends_in_time_despite_threads() -> None:
    done = subprocess.run([sys.executable, "-c", STUCK], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (7, "last words\n", "It was ended.\n")


def test_second_signal_ends_the_process() -> None:
    scrapys = CrawlerProcess._signal_shutdown, CrawlerProcess._signal_kill
    first, second = (MethodType(method, SimpleNamespace()) for method in scrapys)
    before = signal.getsignal(signal.SIGINT)
    try:
        for handler, is_replaced in ((signal.SIG_IGN, False), (first, False), (second, True)):
            signal.signal(signal.SIGINT, handler)
            end_at_next_signal()
            assert (signal.getsignal(signal.SIGINT) != handler) is is_replaced
    finally:
        signal.signal(signal.SIGINT, before)
