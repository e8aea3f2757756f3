"""`scrapy shell`, which refuses wrong options and settings in one sentence."""

from __future__ import annotations

from scrapy.commands.shell import Command as ScrapyShell

from trivia_scraper.cli.command import CheckedCommand


class Command(CheckedCommand, ScrapyShell):
    name = "shell"
