"""Log lines about items."""

from __future__ import annotations

import logging

import pytest
from scrapy import Spider, signals
from scrapy.exceptions import DropItem
from scrapy.utils.test import get_crawler

from trivia_scraper.cli.logging import MOST_LINES, FewLines, ShortLogFormatter


def test_first_drops_are_logged_and_others_counted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    crawler = get_crawler(Spider)
    formatter = ShortLogFormatter.from_crawler(crawler)
    spider = crawler._create_spider("pub")
    drops = [formatter.dropped({}, DropItem(f"no_weekday: pub {number}"), None, spider) for number in range(500)]
    other = formatter.dropped({}, DropItem("no_id: pub 5"), None, spider)
    assert [drop is not None for drop in (*drops, other)] == [True] * MOST_LINES + [False] * 490 + [True]
    crawler.signals.send_catch_log(signals.spider_closed, spider=spider, reason="finished")
    logged = [record.getMessage() for record in caplog.records if record.name.startswith("trivia_scraper")]
    assert logged == ["dropped: no_weekday: 490 more lines not shown"]


def test_omitted_line_is_counted_in_singular(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    lines = FewLines()
    for _ in range(MOST_LINES + 1):
        lines.admits("late")
    lines.log_rest(logging.getLogger())
    assert caplog.messages == ["late: 1 more line not shown"]
