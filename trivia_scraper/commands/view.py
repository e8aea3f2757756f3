"""`scrapy view`: Scrapy's command, with one-sentence errors for wrong options and settings."""

from __future__ import annotations

from scrapy.commands.view import Command as ScrapyView

from trivia_scraper.cli.command import CheckedCommand


class Command(CheckedCommand, ScrapyView):
    name = "view"
