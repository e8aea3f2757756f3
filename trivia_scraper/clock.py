"""The clock is an outside source like any other: it is read here, and tests read it elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def utc_now() -> datetime:
    return datetime.now(UTC)


def from_http_date(text: str) -> datetime | None:
    """None for what is no date, or one that no calendar has."""
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # a year of twenty digits is read, and then fits nowhere
        return None
    return found.replace(tzinfo=found.tzinfo or UTC)  # "-0000" is a time without a zone
