"""`scrapy genspider`: Scrapy's command, but it refuses names that would give a file that Python cannot import."""

from __future__ import annotations

import argparse
import re
from importlib.util import find_spec
from pathlib import Path

from scrapy.commands.genspider import Command as ScrapyGenspider

from trivia_scraper.cli.command import CheckedCommand, exit_on_error
from trivia_scraper.errors import UsageError

_KEY = re.compile(r"[a-z][a-z0-9_]*")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_SITE = re.compile(r"[\w.:/-]+")


class Command(CheckedCommand, ScrapyGenspider):
    name = "genspider"

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        super().process_options(args, opts)
        with exit_on_error(self.name):
            if not (opts.list or opts.dump):
                _check_names(args)
                if not Path(self.templates_dir, f"{opts.template.removesuffix('.tmpl')}.tmpl").exists():
                    raise UsageError(f"there is no template {opts.template!r}; scrapy genspider --list names them.")
                if opts.template == "publisher":
                    _check_publisher(args[0], force=opts.force)

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Make the spider. Print the next step after the template of a publisher."""
        super().run(args, opts)
        if opts.template == "publisher" and not (opts.list or opts.dump or self.exitcode):
            url = args[1] if "://" in args[1] else f"https://{args[1]}"
            print(f"Record its pages: scrapy record fetch --publisher {args[0]} {url}")


def _check_names(args: list[str]) -> None:
    if len(args) != 2:
        raise UsageError("it takes a name and a domain, like: scrapy genspider -t publisher mypub mypub.example")
    name, site = args
    if not _NAME.fullmatch(name):
        raise UsageError(f"the name of a spider takes ASCII letters, digits, - and _, not {name!r}.")
    if not _SITE.fullmatch(site):
        raise UsageError(f"a domain looks like mypub.example, not {site!r}.")


def _check_publisher(key: str, *, force: bool) -> None:
    """Refuse a name that is not a publisher's key, or is taken. Scrapy's exit code would be 0 for both."""
    if not _KEY.fullmatch(key):
        meant = re.sub(r"\W+", "_", key).lower()
        raise UsageError(f"a publisher's key takes small letters, digits and _, like {meant!r}, not {key!r}.")
    if not force and find_spec(f"trivia_scraper.spiders.{key}"):
        raise UsageError(f"there is a spider {key!r}: trivia_scraper/spiders/{key}.py. --force makes it again.")
