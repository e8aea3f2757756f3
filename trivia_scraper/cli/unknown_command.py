"""The error message for an unknown command."""

from __future__ import annotations

import sys

import scrapy.cmdline
from scrapy.settings import BaseSettings

from trivia_scraper.cli.command import suggest


def suggest_commands() -> None:
    """Replace Scrapy's message about an unknown command. Scrapy has no public way to change it."""
    scrapy.cmdline._print_unknown_command = _print_unknown_command


def _print_unknown_command(settings: BaseSettings, cmdname: str, inproject: bool) -> None:
    known = scrapy.cmdline._get_commands_dict(settings, inproject)
    nearest = suggest(cmdname, known)
    print(f"scrapy: there is no command {cmdname!r}{nearest}", file=sys.stderr)
