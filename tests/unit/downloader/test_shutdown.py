"""How a crawl learns that it is asked to stop."""

from __future__ import annotations

import asyncio

from scrapy import Spider
from scrapy.crawler import Crawler

from trivia_scraper.downloader.shutdown import DropWaiting, stopping


def test_the_signal_is_sent_when_a_crawler_of_scrapys_own_class_is_stopped() -> None:
    stopped = []

    def note(sender: Crawler) -> None:
        stopped.append(sender)

    crawlers = [Crawler(Spider), Crawler(Spider)]
    for crawler in crawlers:
        DropWaiting.from_crawler(crawler).stopped = True  # there is no engine to look at
        crawler.signals.connect(note, stopping)
    asyncio.run(crawlers[0].stop_async())
    assert stopped == [crawlers[0]]
