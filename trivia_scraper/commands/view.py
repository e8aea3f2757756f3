"""`scrapy view`, which refuses wrong options and settings in one sentence."""

from __future__ import annotations

from scrapy.commands.view import Command as ScrapyView

from trivia_scraper.cli.command import CheckedCommand


class Command(CheckedCommand, ScrapyView):
    name = "view"
