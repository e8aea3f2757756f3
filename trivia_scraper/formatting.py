"""Counts in words, UTC text, and text of publishers made harmless for programs, spreadsheets, terminals and pages."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

# Not tab and line ends. U+2028 and U+2029 end lines too, for some.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# They turn the direction of whatever follows, also beyond the text in which they are. The marks U+200E and U+200F do
# not, and Arabic and Hebrew need them.
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
# In ASCII JSON these are in strings only. Escaped, the text may be put into a page as it is.
_IN_PAGES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
# Where a cell begins, also for a program that takes ; or a tab for the end of one, or a line end inside of quotes.
_CELL = r"(?:\A|(?<=[;\t\r\n]))"
# What chat programs take for links, mentions, code, bold text and hidden text -> what looks like it.
_MARKUP = str.maketrans("<>@[]`*|~", "‹›＠［］'∗¦∼")
_CREDENTIALS = re.compile(r"(?<=//)[^/?#\s]*@")
_NO_ADDRESS = re.compile(r'[^\x21-\x7e]|[<>"\\^`{|}]')
_FORMULA = re.compile(rf"{_CELL}(?=\s*[=+\-@＝＋－＠'])")
# No spreadsheet takes a telephone number for a formula.
_PHONE = re.compile(r"\+[0-9 ]+")
_DEFUSED = re.compile(rf"{_CELL}'")


def iso(instant: datetime) -> str:
    """Return "2026-11-22T03:30:00Z"."""
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def without_credentials(text: str) -> str:
    """Return a text without what URLs in it have before the "@" of their host."""
    return _CREDENTIALS.sub("", text)


def counted(number: int, what: str) -> str:
    """Return "2,519 events gone for long", "1 event gone for long". what: its first word is the plural."""
    first, space, rest = what.partition(" ")
    return f"{number:,} {first.removesuffix('s') if number == 1 else first}{space}{rest}"


def as_json(value: Any) -> str:
    """Return one line of ASCII, with instants as `iso` writes them. Raises ValueError for NaN and infinity."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False, default=_as_text)
    return text.translate(_IN_PAGES)


def plain(text: str) -> str:
    """Remove control characters except tabs and line ends, and characters that turn the direction of a text."""
    return _DIRECTIONS.sub("", _CONTROLS.sub("\ufffd", text))


def one_line(text: str, most: int) -> str:
    """Return plain text on one line, cut after `most` characters."""
    line = " ".join(plain(text).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def without_markup(text: str) -> str:
    """Return text that chat programs show as it is: no link, mention of people or style hides in it."""
    return text.translate(_MARKUP)


def as_cell(text: str) -> str:
    """Return a cell for CSV, with an apostrophe before what a spreadsheet would take for a formula."""
    return text if _PHONE.fullmatch(text) else _FORMULA.sub("'", plain(text))


def of_cell(cell: str) -> str:
    """Return the plain text of a cell that `as_cell` made."""
    return _DEFUSED.sub("", cell)


def web_address(text: str) -> str | None:
    """Return the text when it is an http(s) URL as RFC 3986 spells them, as those of requests are; else None."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    is_one = parts.scheme in {"http", "https"} and parts.netloc and not _NO_ADDRESS.search(text)
    return text if is_one else None


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return iso(value)
    raise TypeError(f"{type(value).__name__} is nothing that is exported")
