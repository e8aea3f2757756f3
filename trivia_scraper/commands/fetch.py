"""`scrapy fetch`: Scrapy's command, with one-sentence errors for wrong options and settings."""

from __future__ import annotations

from scrapy.commands.fetch import Command as ScrapyFetch

from trivia_scraper.cli.command import CheckedCommand


class Command(CheckedCommand, ScrapyFetch):
    name = "fetch"
