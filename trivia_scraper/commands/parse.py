"""`scrapy parse`, which refuses wrong options and settings in one sentence."""

from __future__ import annotations

from scrapy.commands.parse import Command as ScrapyParse

from trivia_scraper.cli.command import CheckedCommand


class Command(CheckedCommand, ScrapyParse):
    name = "parse"
