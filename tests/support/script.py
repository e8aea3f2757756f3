"""A script that crawls publishers with a class of Scrapy, and prints a line of JSON for each run.

usage: python -m tests.support.script CLASS PUBLISHER[,PUBLISHER] [NAME=VALUE ...]

NAME=VALUE are spider arguments. STOP=SECONDS stops a runner this long after its first crawl began, with STOP_GRACE=1.
The exit code is 1 if a crawl did not start.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable
from typing import Any

import scrapy.crawler
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.utils.log import configure_logging
from scrapy.utils.project import get_project_settings
from scrapy.utils.reactor import install_reactor


def report(crawler: Crawler) -> None:
    from twisted.internet import reactor

    from trivia_scraper.extensions.run import Run

    run = Run.get(crawler)
    assert run.outcome is not None
    installed: Any = reactor
    facts = {"run": run.id, "publisher": crawler.spidercls.name, "verdict": run.outcome.verdict}
    print(json.dumps(facts | {"resolver": type(installed.resolver).__name__}))


def crawl_by_process(class_name: str, publishers: list[str], arguments: dict[str, Any]) -> int:
    process = getattr(scrapy.crawler, class_name)(get_project_settings())
    crawlers = [process.create_crawler(publisher) for publisher in publishers]
    for crawler in crawlers:
        process.crawl(crawler, **arguments)
    process.start()
    if process.bootstrap_failed:
        return 1
    for crawler in crawlers:
        report(crawler)
    return 0


def crawl_by_runner(class_name: str, publishers: list[str], arguments: dict[str, Any]) -> None:
    """Crawl one publisher after another, in a reactor that the script itself runs."""
    install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
    from twisted.internet import task
    from twisted.internet.defer import Deferred

    settings = get_project_settings()
    configure_logging(settings)
    if stop_after := float(arguments.pop("STOP", 0)):
        settings.set("STOP_GRACE", 1, "cmdline")
    runner = getattr(scrapy.crawler, class_name)(settings)

    async def stop(has_begun: asyncio.Event) -> None:
        await has_begun.wait()  # a crawl that has not begun cannot be stopped, and on a busy machine it begins late
        await asyncio.sleep(stop_after)
        await runner.stop()

    async def main() -> None:
        has_begun = asyncio.Event()
        if stop_after:
            stopping = asyncio.ensure_future(stop(has_begun))
        for publisher in publishers:
            crawler = runner.create_crawler(publisher)
            crawler.signals.connect(lambda spider: has_begun.set(), signals.spider_opened, weak=False)
            crawling: Awaitable[None] | Deferred[None] = runner.crawl(crawler, **arguments)
            await (crawling.asFuture(asyncio.get_running_loop()) if isinstance(crawling, Deferred) else crawling)
            report(crawler)
        if stop_after:
            await stopping

    task.react(lambda reactor: Deferred.fromFuture(asyncio.ensure_future(main())))


if __name__ == "__main__":
    _, class_name, publishers, *words = sys.argv
    crawl = crawl_by_process if class_name.endswith("Process") else crawl_by_runner
    sys.exit(crawl(class_name, publishers.split(","), dict(word.split("=", 1) for word in words)))
