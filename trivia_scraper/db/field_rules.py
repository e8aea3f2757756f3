"""How a page's values meet the stored ones. Absent never erases present; every column has its rule in a table here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from typing import Any

from sqlalchemy import RowMapping

from trivia_scraper.db.schema import storable
from trivia_scraper.items import Venue


class Rule(Enum):
    OVERWRITE = "the page's value, also when it is null"
    KEEP = "the page's value unless it is null"
    FIRST = "the first value that was not null"


VENUE_RULES = {field.name: Rule.KEEP for field in fields(Venue) if field.name != "slug"} | {"country": Rule.FIRST}
# Of a publisher who lists a venue that another one listed first.
FILL_RULES = dict.fromkeys(VENUE_RULES, Rule.FIRST)

EVENT_RULES = {
    "venue_id": Rule.OVERWRITE,
    "performer_id": Rule.KEEP,
    "status": Rule.OVERWRITE,
    "source_url": Rule.OVERWRITE,
    "name": Rule.OVERWRITE,
    "description": Rule.KEEP,
    "schedule_raw": Rule.OVERWRITE,
    "weekday": Rule.OVERWRITE,
    "start_time": Rule.KEEP,
    "frequency": Rule.OVERWRITE,
    "rrule": Rule.OVERWRITE,
    "timezone": Rule.KEEP,
    "starts_on": Rule.OVERWRITE,
    "time_assumed": Rule.OVERWRITE,
    "fee_raw": Rule.KEEP,
    "fee_amount": Rule.KEEP,
    "fee_currency": Rule.KEEP,
    "fee_per": Rule.KEEP,
}

# Values that only mean something together: when the page gives the first of a group, it replaces the whole group, nulls
# included. A Wednesday without a clock must not inherit Tuesday's, nor a fee in pounds a currency in zloty.
GROUPS = (("weekday", "start_time"), ("fee_amount", "fee_currency", "fee_per", "fee_raw"), ("latitude", "longitude"))
# What a page wrote is evidence and no fact, and a date in it changes every week: it is kept up to date in silence.
_EVIDENCE = {"schedule_raw", "fee_raw"}


def news(changed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the changed columns of an event that make a row of history and move `updated_at`."""
    follows = "rrule" if changed.keys() & {"weekday", "frequency"} else None
    return {column: value for column, value in changed.items() if column not in _EVIDENCE and column != follows}


def changes(
    stored: Mapping[str, Any] | RowMapping, page: Mapping[str, Any], rules: Mapping[str, Rule]
) -> dict[str, Any]:
    """Apply the rules, and return the columns of `page` that differ from `stored`, with their new values."""
    overruled = {
        column
        for first, *rest in GROUPS
        for column in rest
        if page.get(first) is not None and page.get(first) != stored.get(first)
    }
    result = {}
    for column, rule in rules.items():
        old, new = stored[column], page[column]
        if isinstance(new, str):  # or what cannot be stored as it is would be a change for ever
            new = storable(new)
        if new is None and rule is not Rule.OVERWRITE and column not in overruled:
            continue
        if rule is Rule.FIRST and old is not None:
            continue
        if new != old:
            result[column] = new
    return result
