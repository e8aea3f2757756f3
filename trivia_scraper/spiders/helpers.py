"""Small functions for publishers' spiders, which import them from base.py."""

from __future__ import annotations

import reprlib
from typing import Literal

from parsel import Selector, SelectorList

from trivia_scraper.downloader.pages import check_markup
from trivia_scraper.items import Performer
from trivia_scraper.parsing import text

_REPR = reprlib.Repr()
_REPR.maxlevel = 3
_REPR.maxstring = _REPR.maxother = 300
_REPR.repr_WatchedObject = _REPR.repr_dict  # type: ignore[attr-defined]  # reprlib finds it by the type's name


class ListingError(ValueError):
    """A listing that cannot be read. It fails the run, and its text is a reason in the verdict."""


def shorten(value: object) -> str:
    """Return the beginning of a value for the log, even if the value is huge or deeply nested."""
    return _REPR.repr(value)


def parse_markup(markup: str, kind: Literal["html", "xml"] = "html") -> Selector:
    """Parse HTML or XML that is part of a response. Raise RequestRefusedError if that would take too long."""
    check_markup(markup, kind)
    return Selector(text=markup, type=kind)


def get_text(nodes: Selector | SelectorList[Selector]) -> str | None:
    """Return the text of nodes as one line."""
    return text.clean(" ".join(nodes.css("::text").getall()))


def get_texts(nodes: SelectorList[Selector]) -> list[str]:
    """Return the text of each node that has any."""
    return list(filter(None, map(get_text, nodes)))


def make_performer(name: str | None, image_url: str | None = None) -> Performer | None:
    """Return the host of a night, or None if neither name nor image is known."""
    return Performer(name, image_url) if name or image_url else None
