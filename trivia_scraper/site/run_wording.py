"""What stands on the pages of runs, in words. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from trivia_scraper.exports import wording

STATES = {"active": "takes place", "on_break": "on a break", "missing": "missing", "gone": "gone"}
PICTURES = {"downloaded": "downloaded", "uptodate": "kept", "failed": "failed"}
HAPPENED = {
    "other": "A new picture",
    "altered": "The same picture altered: other colours, another text, another edge",
    "same": "The same picture",
    "shared": "A picture that many other pubs show too: a placeholder, or a chain’s own",
    "own": "A picture of its own in the place of one that many pubs show",
    "unknown": "Another file; one of the two is not kept, so nobody can tell what changed",
}
KINDS = {"hero": "", "performer": "the host", "logo": "the logo"}
_FIELDS = {
    "description": "Description",
    "fee_amount": "Fee, amount",
    "fee_currency": "Fee, currency",
    "fee_per": "Fee, per",
    "performer_id": "Host",
    "rrule": "Recurs",
    "source_url": "Page",
    "start_time": "Begins",
    "starts_on": "First date",
    "status": "State",
    "time_assumed": "Time is assumed",
    "venue_id": "Pub",
    "venue": "Pub",
    "weekday": "Day",
}
MAX_VALUE = 160


def label(field: str) -> str:
    return _FIELDS.get(field) or wording.short(field.replace("_", " ").capitalize(), 64)


def value(field: str, of: Any) -> str:
    """Of a row of history, where everything is what JSON has."""
    if of is None or of == "":
        return "not stated"
    if isinstance(of, bool):
        return "yes" if of else "no"
    if field == "weekday" and of in range(1, 8):
        return wording.DAYS[of - 1]
    if field == "fee_amount" and isinstance(of, int):
        return "free" if of == 0 else f"{of / 100:.2f}"
    if field == "status":
        return STATES.get(str(of), wording.short(str(of), MAX_VALUE))
    return wording.short(str(of), MAX_VALUE)


def took(span: timedelta) -> str:
    """ "12 s", "3 min", "2 h 5 min"."""
    seconds = round(span.total_seconds())
    if seconds < 120:
        return f"{seconds} s" if seconds > 0 else "less than a second"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
