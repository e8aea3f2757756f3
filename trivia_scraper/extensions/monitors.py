"""Switches the Spidermon suite on with SPIDERMON_ENABLED; Spidermon itself is an optional part."""

from __future__ import annotations

import logging
from typing import Any

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from sqlalchemy.exc import SQLAlchemyError

from trivia_scraper.db import plans
from trivia_scraper.errors import DatabaseError
from trivia_scraper.extensions.run import Run, recorded


class Monitors:
    was_broken = False
    """Whether the publisher's run before this one failed, of those that were not interrupted; of the shards of a plan,
    the one that completes it looks back for all."""

    def __init__(self, crawler: Crawler) -> None:
        settings = crawler.settings
        if not (settings.getbool("SPIDERMON_ENABLED") and settings.getbool("CRAWL_IS_A_RUN")):
            raise NotConfigured
        if crawler.spider is not None and crawler.spider.arguments.dry_run:  # type: ignore[attr-defined]
            raise NotConfigured("a dry run is nobody's business")
        from spidermon.contrib.scrapy.extensions import Spidermon  # it is there only where it was asked for

        self.spidermon = Spidermon.from_crawler(crawler)
        logging.getLogger(crawler.spidercls.name).addFilter(_in_one_line)
        crawler.signals.connect(self.look_back, recorded)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Monitors:
        return cls(crawler)

    async def look_back(self, run: Run) -> None:
        try:
            before = await run.store.in_thread(plans.verdict_before, run.id)
        except (DatabaseError, SQLAlchemyError):
            return
        spider: Any = run.crawler.spider
        outcome = run.outcome
        assert outcome is not None
        asked = spider.arguments.model_dump(exclude_defaults=True)
        self.was_broken = before == "failed" and plans.speaks_for_all(outcome.verdict, asked, outcome.counts)


def _in_one_line(record: logging.LogRecord) -> bool:
    """Spidermon logs a failed monitor as a traceback that leads into the monitor."""
    if record.msg.startswith("[Spidermon]") and "\nFAIL: " in record.msg:
        lines = record.msg.strip().splitlines()
        what = next(line for line in lines if line.startswith("FAIL: "))
        record.msg = f"[Spidermon] {what}: {lines[-1].removeprefix('AssertionError: ')}"
    return True
