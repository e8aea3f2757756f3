"""`scrapy check`: Scrapy's command, with one-sentence errors for wrong options, settings and publishers."""

from __future__ import annotations

import argparse

from scrapy.commands.check import Command as ScrapyCheck
from scrapy.spiderloader import get_spider_loader

from trivia_scraper.cli.command import CheckedCommand, check_publisher, exit_on_error


class Command(CheckedCommand, ScrapyCheck):
    name = "check"

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        assert self.settings is not None
        with exit_on_error(self.name):
            publishers = get_spider_loader(self.settings).list()
            for name in args:
                check_publisher(name, publishers)
