"""The current time, and dates in texts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from typing import Any


def utc_now() -> datetime:
    return datetime.now(UTC)


def from_iso_date(text: Any) -> date | None:
    """Parse "2026-11-22". Return None for what is not a date, or not text."""
    try:
        return date.fromisoformat(text)
    except (TypeError, ValueError):
        return None


def from_http_date(text: str) -> datetime | None:
    """Parse a date of HTTP. Return None for what is not a date, or one that no calendar has."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # a year of twenty digits is read, and then fits nowhere
        return None
    return found.replace(tzinfo=found.tzinfo or UTC)  # "-0000" is a time without a zone
