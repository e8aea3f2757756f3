"""The current time, and times of HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def utc_now() -> datetime:
    return datetime.now(UTC)


def from_http_date(text: str) -> datetime | None:
    """Parse a date of HTTP. Return None for what is not a date, or one that no calendar has."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # a year of twenty digits is read, and then fits nowhere
        return None
    return found.replace(tzinfo=found.tzinfo or UTC)  # "-0000" is a time without a zone
