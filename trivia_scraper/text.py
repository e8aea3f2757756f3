"""Text that comes from pages: cleaning, links, phones, numbers. Pure; bad input is answered with None, never raised."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from typing import Any, TypeVar
from urllib.parse import SplitResult, urljoin, urlsplit

import phonenumbers
from w3lib.url import safe_url_string

T = TypeVar("T")
MAX_TEXT = 10_000
# Bidirectional controls reorder what a reader sees; C0/C1 controls break logs, CSV and calendars.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_SPACES = re.compile(r"\s+")
# Absolute, encoded, without credentials: what most pages have already, and what takes longest to find out in general.
_SAFE_ADDRESS = re.compile(r"https?://[a-z0-9.-]+/(?:[\w.~/-]|%[0-9A-Fa-f]{2})*", re.ASCII)


def clean(value: Any) -> str | None:
    """One line: NFC, no control characters, single spaces, at most MAX_TEXT characters; None when nothing is left."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = unicodedata.normalize("NFC", str(value)[: MAX_TEXT * 2])
    text = text.encode("utf-8", "ignore").decode("utf-8")  # lone surrogates cannot be stored
    text = _SPACES.sub(" ", _CONTROLS.sub(" ", text)).strip()
    return text[:MAX_TEXT].rstrip() or None


def lines(value: Any) -> str | None:
    """Text whose line breaks mean something; None when it is no text or holds nothing."""
    return value[:MAX_TEXT] if isinstance(value, str) and clean(value) else None


def inside(value: Any, *keys: str) -> Any:
    """value[key][key].. of parsed JSON; None where something on the way is no object or has no such key."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects in a list of parsed JSON; none when it is no list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def used_up(values: list[T]) -> Iterator[T]:
    """Each of them in turn, after which the list is empty: a listing of thousands need not be held twice."""
    values.reverse()
    while values:
        yield values.pop()


def absolute(base: str, address: str) -> str:
    """The address that a link on the page `base` means, percent-encoded once and without credentials; as it stands
    when it is no address."""
    if _SAFE_ADDRESS.fullmatch(address):
        return address
    try:
        return _without_credentials(urlsplit(safe_url_string(urljoin(base, address))))
    except ValueError:
        return clean(address) or ""


def _without_credentials(parts: SplitResult) -> str:
    """What a page puts before the "@" of an address is neither stored nor logged nor sent."""
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def paragraphs(texts: list[str]) -> str | None:
    """Cleaned paragraphs joined by a blank line."""
    return "\n\n".join(filter(None, map(clean, texts)))[:MAX_TEXT].rstrip() or None


def web_link(value: Any) -> str | None:
    """An absolute http(s) address with a host and without credentials; "#", empty and anything else is no link."""
    text = clean(value)
    if text is None or " " in text:
        return None
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in {"http", "https"} or not host:
        return None
    return _without_credentials(parts)


def phone(value: Any, country: str | None) -> str | None:
    """E.164, or None when the text is no valid number of `country` (ISO 3166 alpha-2)."""
    text = clean(value)
    if text is None:
        return None
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def number(value: Any) -> float | None:
    """A finite number, given as one or as text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        result = float(value)
    except (ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None
