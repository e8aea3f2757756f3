"""The formats of `scrapy export`: a module per format, with a function `write`. Its name is the format's, _ for -."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules

from trivia_scraper.exports import Summary

FORMATS = tuple(sorted(module.name.replace("_", "-") for module in iter_modules(__path__)))


def writer(name: str) -> Callable[..., Summary]:
    """Return the function `write` of a format."""
    write: Callable[..., Summary] = import_module(f"{__name__}.{name.replace('-', '_')}").write
    return write
