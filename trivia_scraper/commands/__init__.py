"""The project's Scrapy commands, one module each. Scrapy uses the module's name as the command's name."""

import sys

import scrapy.cmdline
from scrapy.settings import BaseSettings

from trivia_scraper.cli.command import suggest


def _print_unknown_command(settings: BaseSettings, cmdname: str, inproject: bool) -> None:
    known = scrapy.cmdline._get_commands_dict(settings, inproject)
    print(f"scrapy: there is no command {cmdname!r}{suggest(cmdname, known)}", file=sys.stderr)


scrapy.cmdline._print_unknown_command = _print_unknown_command  # Scrapy has no public way to change its message
