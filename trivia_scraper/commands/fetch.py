"""`scrapy fetch`, which refuses wrong options and settings in one sentence."""

from __future__ import annotations

from scrapy.commands.fetch import Command as ScrapyFetch

from trivia_scraper.cli.command import CheckedCommand


class Command(CheckedCommand, ScrapyFetch):
    name = "fetch"
