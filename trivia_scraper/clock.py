"""The current time, and parsers of ISO and HTTP dates."""

from __future__ import annotations

from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any


def utc_now() -> datetime:
    return datetime.now(UTC)


def from_iso_date(text: Any) -> date | None:
    """Parse "2026-11-22". Return None if it is not a date, or not text."""
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        return None


def from_http_date(text: str) -> datetime | None:
    """Parse an HTTP date. Return None if it is not a date, or does not exist."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # OverflowError: the year is too large
        return None
    return found.replace(tzinfo=found.tzinfo or UTC)  # "-0000" gives a time without a zone
