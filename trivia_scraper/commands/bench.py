"""`scrapy bench`, which measures Scrapy against a server on this machine, without this project's politeness."""

from __future__ import annotations

import argparse
from functools import partial
from typing import Any, Final

from scrapy.commands.bench import Command as ScrapyBench

from trivia_scraper.cli.command import check_setting_names, check_words, refuse, refusing, superfluous
from trivia_scraper.errors import UsageError
from trivia_scraper.options import OF_SCRAPY, check_settings

_SETTINGS: Final[dict[str, Any]] = {
    "AUTOTHROTTLE_ENABLED": False,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
    "DOWNLOAD_DELAY": 0,
    "FEEDS": {},
    "PRIVATE_HOSTS_ALLOWED": ["localhost"],
    "ROBOTSTXT_OBEY": False,
    "SANDBOX_SERVER": "",
}


class Command(ScrapyBench):
    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        self.parser = parser
        parser.error = partial(refuse, "bench")  # type: ignore[method-assign]

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.settings is not None
        with refusing("bench"):
            if args:
                raise UsageError(superfluous(args[0], "bench", self.parser))
            check_setting_names(self.settings, opts.set)
            check_words(args, opts)
            self.settings.setdict(_SETTINGS, priority="cmdline")
            super().process_options(args, opts)
            check_settings(self.settings, OF_SCRAPY)
