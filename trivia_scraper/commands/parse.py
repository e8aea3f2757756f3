"""`scrapy parse`: Scrapy's command, with one-sentence errors for wrong options and settings."""

from __future__ import annotations

from scrapy.commands.parse import Command as ScrapyParse

from trivia_scraper.cli.command import CheckedCommand


class Command(CheckedCommand, ScrapyParse):
    name = "parse"
