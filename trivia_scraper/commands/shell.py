"""`scrapy shell`: Scrapy's command, with one-sentence errors for wrong options and settings."""

from __future__ import annotations

from scrapy.commands.shell import Command as ScrapyShell

from trivia_scraper.cli.command import CheckedCommand


class Command(CheckedCommand, ScrapyShell):
    name = "shell"
