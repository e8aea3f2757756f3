"""`scrapy genspider`, without the names of which it would make a file that no command can import."""

from __future__ import annotations

import argparse
import re
from functools import partial

from scrapy.commands.genspider import Command as ScrapyGenspider

from trivia_scraper.cli.command import check_setting_names, check_words, refuse, refusing, superfluous
from trivia_scraper.errors import UsageError

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_SITE = re.compile(r"[\w.:/-]+")


class Command(ScrapyGenspider):
    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        self.parser = parser
        parser.error = partial(refuse, "genspider")  # type: ignore[method-assign]

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.settings is not None
        with refusing("genspider"):
            check_setting_names(self.settings, opts.set)
            check_words(args, opts)
            if not (opts.list or opts.dump):
                _check_names(args, self.parser)
            super().process_options(args, opts)


def _check_names(args: list[str], parser: argparse.ArgumentParser) -> None:
    for word in args:
        if word.startswith("-"):
            raise UsageError(superfluous(word, "genspider", parser))
    if len(args) != 2:
        raise UsageError("it takes a name and a domain, like: scrapy genspider -t publisher mypub mypub.example")
    name, site = args
    if not _NAME.fullmatch(name):
        raise UsageError(f"the name of a spider takes letters of ASCII, digits, - and _, not {name!r}.")
    if not _SITE.fullmatch(site):
        raise UsageError(f"a domain looks like mypub.example, not {site!r}.")
