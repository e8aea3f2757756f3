"""Crawls quizmeisters and stops at its first venue page: `python -m tests.bench.first_page [NAME=VALUE ...]`.

NAME=VALUE are spider arguments. The processor time and the memory of this process are what a crawl costs before it
asks for a page.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from scrapy import Request, signals
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.utils.project import get_project_settings

from tests.bench.filled_database import PUBLISHER


class StopAtFirstPage:
    """An extension that ends the process when a venue's page is requested."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> StopAtFirstPage:
        crawler.signals.connect(cls.request_reached_downloader, signals.request_reached_downloader)
        return cls()

    @staticmethod
    def request_reached_downloader(request: Request, spider: Any) -> None:
        if "publisher_id" in request.meta:
            os._exit(0)


def main(arguments: dict[str, str]) -> None:
    """Exit code 1 when no page was requested."""
    settings = get_project_settings()
    settings["EXTENSIONS"][StopAtFirstPage] = 0
    process = AsyncCrawlerProcess(settings)
    process.crawl(PUBLISHER, **arguments)
    process.start()
    sys.exit("The crawl ended before it requested a page.")


if __name__ == "__main__":
    main(dict(word.split("=", 1) for word in sys.argv[1:]))
