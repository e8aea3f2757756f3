"""Rows of the table of `scrapy crawl-all`."""

from __future__ import annotations

from pathlib import Path

from trivia_scraper.commands.crawl_all import _build_row, _worst
from trivia_scraper.processes import Crawl, Ended


def test_crawl_without_run_shows_its_last_line() -> None:
    said = "scrapy crawl: quizmeisters failed: the run could not begin: database is locked."
    crawl = Crawl("quizmeisters", Path("quizmeisters.log"), Ended(1, over_limit=False, killed=False, last_line=said))
    shown = _build_row(crawl, None, 0.0)
    assert (shown["verdict"], shown["exit_code"], shown["reasons"]) == ("failed", 1, [said])


def test_usage_error_of_one_publisher_is_a_failure_of_all() -> None:
    codes = {"all wrong": [2, 2], "one wrong": [0, 2], "one failed": [75, 1, 0], "one is running": [0, 75]}
    assert {name: _worst(each) for name, each in codes.items()} == {
        "all wrong": 2,
        "one wrong": 1,
        "one failed": 1,
        "one is running": 75,
    }
