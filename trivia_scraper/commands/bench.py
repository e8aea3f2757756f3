"""`scrapy bench`, which measures Scrapy against a server on this machine, without this project's politeness."""

from __future__ import annotations

import argparse
from typing import Any, Final

from scrapy.commands.bench import Command as ScrapyBench

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
    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.settings is not None
        self.settings.setdict(_SETTINGS, priority="cmdline")
        super().process_options(args, opts)
