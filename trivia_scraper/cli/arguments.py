"""Spider arguments on the command line: the option -a, its help, and a hint when -a is missing."""

from __future__ import annotations

import argparse
import shutil
import textwrap
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from scrapy.commands import ScrapyHelpFormatter

from trivia_scraper.errors import UsageError

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo


class _KeepsLines(ScrapyHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Scrapy's help, but the list of spider arguments keeps its line breaks."""


def explain_spider_arguments(parser: argparse.ArgumentParser, fields: Mapping[str, FieldInfo]) -> None:
    """List the spider arguments below the options in the help.

    fields: SpiderArguments.model_fields.
    """
    lines = ["Spider arguments (-a NAME=VALUE)", "================================"]
    for name, field in fields.items():
        words = textwrap.wrap(field.description or "", 76)
        lines += [f"  {name}", *(f"      {line}" for line in words)]
    if parser.description:
        parser.description = textwrap.fill(parser.description, shutil.get_terminal_size().columns - 2)
    parser.formatter_class = _KeepsLines
    parser.epilog = "\n".join(lines)


def refuse_bare_arguments(words: Iterable[str], fields: Mapping[str, FieldInfo]) -> None:
    """Refuse a spider argument that was typed without -a. Raises UsageError, which shows the right spelling."""
    for word in words:
        name, equals, value = word.partition("=")
        argument = name.lstrip("-").replace("-", "_")
        field = fields.get(argument)
        if field is None or not (equals or name.startswith("-")):
            continue
        if not value:
            value = "true" if field.annotation is bool else "VALUE"
        raise UsageError(f"{argument} is a spider argument; write -a {argument}={value}.")


def parse_spider_arguments(given: Iterable[str]) -> dict[str, str]:
    """Return the NAME=VALUE words of `-a` as a mapping. Raises UsageError, also if a name is repeated."""
    words = list(given)
    arguments = parse_pairs("-a", words)
    for name in arguments:
        if sum(word.partition("=")[0] == name for word in words) > 1:
            raise UsageError(f"the spider argument {name} is given twice.")
    return arguments


def parse_pairs(option: str, given: Iterable[str]) -> dict[str, str]:
    """Return the NAME=VALUE words of an option as a mapping. Raises UsageError."""
    pairs = {}
    for word in given:
        name, equals, value = word.partition("=")
        if not (name and equals):
            raise UsageError(f"{option} takes NAME=VALUE, not {word!r}.")
        pairs[name] = value
    return pairs
