"""`scrapy bench`: Scrapy's benchmark against a local server, without this project's delays and robots.txt rules."""

from __future__ import annotations

import argparse
from typing import Any, Final

from scrapy.commands.bench import Command as ScrapyBench

from trivia_scraper.cli.command import CheckedCommand, describe_unexpected, exit_on_error
from trivia_scraper.errors import UsageError

_SETTINGS: Final[dict[str, Any]] = {
    "AUTOTHROTTLE_ENABLED": False,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
    "DOWNLOAD_DELAY": 0,
    "FEEDS": {},
    "PRIVATE_HOSTS_ALLOWED": ["localhost"],
    "ROBOTSTXT_OBEY": False,
    "SANDBOX_SERVER": "",
}


class Command(CheckedCommand, ScrapyBench):
    name = "bench"

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.settings is not None
        with exit_on_error(self.name):
            if args:
                raise UsageError(describe_unexpected(args[0], self.name, self.parser))
            self.settings.setdict(_SETTINGS, priority="cmdline")
            super().process_options(args, opts)
