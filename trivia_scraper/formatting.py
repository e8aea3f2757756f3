"""Format counts and times, and make publishers' text harmless for programs, spreadsheets, terminals and pages."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

# All but tab and line ends. Some programs take U+2028 and U+2029 for line ends too.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# These change the text direction, even beyond the end of the text. The marks U+200E and U+200F do not, and Arabic and
# Hebrew need them.
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
# In JSON, these occur only inside strings. With them escaped, JSON can be embedded in a page.
_IN_PAGES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})
# The start of a cell, also for programs that split cells at ; or tabs, or at line ends inside quotes.
_CELL = r"(?:\A|(?<=[;\t\r\n]))"
# Characters that chat programs use for links, mentions, code, bold and hidden text -> similar-looking characters.
_MARKUP = str.maketrans("<>@[]`*|~", "‹›＠［］'∗¦∼")
_CREDENTIALS = re.compile(r"(?<=//)[^/?#\s]*@")
_NOT_IN_URL = re.compile(r'[^\x21-\x7e]|[<>"\\^`{|}]')
_FORMULA = re.compile(rf"{_CELL}(?=\s*[=+\-@＝＋－＠'])")
# Spreadsheets do not take a phone number for a formula.
_PHONE = re.compile(r"\+[0-9][0-9 ]*")


def iso(instant: datetime) -> str:
    """Return "2026-11-22T03:30:00Z"."""
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def without_credentials(text: str) -> str:
    """Remove user names and passwords from URLs in a text."""
    return _CREDENTIALS.sub("", text)


def format_count(number: int, what: str) -> str:
    """Return a count in words, like "2,519 events stored" or "1 event stored". what: text that begins with a plural."""
    first, space, rest = what.partition(" ")
    return f"{number:,} {first.removesuffix('s') if number == 1 else first}{space}{rest}"


def as_json(value: Any) -> str:
    """Return JSON on one line of ASCII, with times as `iso` writes them. Raises ValueError for NaN and infinity."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False, default=_as_text)
    return text.translate(_IN_PAGES)


def replace_controls(text: str) -> str:
    """Replace control characters other than tabs and line ends; remove characters that change the text direction."""
    return _DIRECTIONS.sub("", _CONTROLS.sub("\ufffd", text))


def one_line(text: str, most: int) -> str:
    """Return plain text on one line, cut to at most `most` characters."""
    line = " ".join(replace_controls(text).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def without_markup(text: str) -> str:
    """Return text that chat programs show unchanged, without links, mentions and styles."""
    return text.translate(_MARKUP)


def as_cell(text: str) -> str:
    """Return the text as a CSV cell, with an apostrophe before anything that a spreadsheet would run as a formula."""
    return text if _PHONE.fullmatch(text) else _FORMULA.sub("'", replace_controls(text))


def web_address(text: str) -> str | None:
    """Return the text if it is a valid http(s) URL in ASCII (RFC 3986), else None."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    is_url = parts.scheme in {"http", "https"} and parts.netloc and not _NOT_IN_URL.search(text)
    return text if is_url else None


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return iso(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
