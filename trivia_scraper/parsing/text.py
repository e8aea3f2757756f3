"""Clean text of pages; read JSON, phone numbers and numbers from it. Pure. Bad input gives None, never an error."""

from __future__ import annotations

import html
import json
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, TypeVar

import phonenumbers

T = TypeVar("T")
MAX_TEXT = 10_000
# Bidirectional controls change the order of displayed text. C0 and C1 controls break logs, CSV and calendars.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_SPACES = re.compile(r"\s+")
_LARGEST_NUMBER = 10**30
_LONGEST_PHONES = 200


def clean(value: Any) -> str | None:
    """Return text on one line: NFC, without control characters, single spaces, at most MAX_TEXT long. None if empty.

    Finite numbers below _LARGEST_NUMBER become text.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if not isinstance(value, str) and not abs(value) < _LARGEST_NUMBER:
        return None
    text = unicodedata.normalize("NFC", str(value)[: MAX_TEXT * 2])
    text = text.encode("utf-8", "ignore").decode("utf-8")  # lone surrogates cannot be stored
    text = _SPACES.sub(" ", _CONTROLS.sub(" ", text)).strip()
    return text[:MAX_TEXT].rstrip() or None


def unescape(value: Any) -> str | None:
    """Clean a text of JSON, which may contain HTML entities."""
    return clean(html.unescape(value) if isinstance(value, str) else value)


def keep_lines(value: Any) -> str | None:
    """Return a text with its line breaks, cut to MAX_TEXT. None if it is not text or empty."""
    return value[:MAX_TEXT] if isinstance(value, str) and clean(value) else None


_PARSED_BY_SCRIPT = re.compile(
    r"""JSON\.parse\(\s*(?:'([^'\\]*(?:\\.[^'\\]*)*)'|"([^"\\]*(?:\\.[^"\\]*)*)")\s*\)""", re.DOTALL
)
_ESCAPED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}


def read_script_json(page: str) -> Any:
    """Return the first list of objects that a script of the page passes to JSON.parse('[{..}]'), or None."""
    for found in _PARSED_BY_SCRIPT.finditer(page):
        with suppress(ValueError, RecursionError):
            value = json.loads(_ESCAPED.sub(_unescaped, found[1] or found[2] or ""))
            if list_objects(value):
                return value
    return None


def _unescaped(escape: re.Match[str]) -> str:
    return _ESCAPES.get(escape[3], escape[3]) if escape[3] else chr(int(escape[1] or escape[2], 16))


def get_nested(value: Any, *keys: str) -> Any:
    """Return value[key][key].. of parsed JSON, or None if a key is missing or a value on the path is not an object."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def as_list(value: Any) -> list[Any]:
    """Return a list unchanged, None as [], and any other value in a list."""
    return value if isinstance(value, list) else [] if value is None else [value]


def list_objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects in a list of parsed JSON, or [] if it is not a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def first(values: Iterable[T | None]) -> T | None:
    """Return the first value that is not None, False or empty, or None. The number 0 is a value."""
    return next((each for each in values if each or type(each) in (int, float)), None)


def join_paragraphs(texts: Iterable[str | None]) -> str | None:
    """Clean paragraphs and join them with blank lines. None if all are empty."""
    return "\n\n".join(filter(None, map(clean, texts)))[:MAX_TEXT].rstrip() or None


def read_phone(value: Any, country: str | None) -> str | None:
    """Return the first valid phone number in a text as E.164, or None. country: ISO 3166 alpha-2."""
    text = clean(value)
    if text is None:
        return None
    numbers = _numbers(text[:_LONGEST_PHONES], country)
    valid = next(filter(phonenumbers.is_valid_number, numbers), None)
    return phonenumbers.format_number(valid, phonenumbers.PhoneNumberFormat.E164) if valid else None


def _numbers(text: str, country: str | None) -> Iterator[phonenumbers.PhoneNumber]:
    """Yield the whole text as one number, then each number in it. It may have two, or words around them."""
    with suppress(phonenumbers.NumberParseException):
        yield phonenumbers.parse(text, country)
    for found in phonenumbers.PhoneNumberMatcher(text, country):
        yield found.number


def read_number(value: Any) -> float | None:
    """Return a finite number, given as a number or as text, or None."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, str) and "_" in value:
        return None  # float() accepts "1_000", but it is not a number on a page
    try:
        result = float(value)
    except (ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None
