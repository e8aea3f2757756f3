"""How a page's values change the stored ones: a rule per column. A missing value never erases a stored one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from enum import Enum
from typing import Any

from sqlalchemy import RowMapping

from trivia_scraper.db.schema import make_storable
from trivia_scraper.items import Venue


class Rule(Enum):
    OVERWRITE = "the page's value, also when it is null"
    KEEP = "the page's value unless it is null"
    FIRST = "the first value that was not null"


VENUE_RULES = {field.name: Rule.KEEP for field in fields(Venue) if field.name != "slug"} | {"country": Rule.FIRST}
# For a publisher that lists a venue which another publisher listed first.
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

# Values that only mean something together. If the first one changes, the whole group is replaced, nulls included.
# Otherwise a night that moves to Wednesday would inherit Tuesday's start time, and a fee in pounds the currency zloty.
GROUPS = (("weekday", "start_time"), ("fee_amount", "fee_currency", "fee_per", "fee_raw"), ("latitude", "longitude"))
# The publisher's own text often has a date that changes every week. It is updated without a row of history.
_EVIDENCE = {"schedule_raw", "fee_raw"}


_UNTIL = re.compile(r";UNTIL=(\d{8})T\d{6}$")


def select_reported(changed: Mapping[str, Any], stored: Mapping[str, Any] | RowMapping) -> dict[str, Any]:
    """Return the changed columns of an event that get a row of history and set `updated_at`.

    Leave out an `rrule` that only ends later: a publisher that lists dates lists further ones every week.
    """
    hidden = set(_EVIDENCE)
    if changed.keys() & {"weekday", "frequency"} or _is_continued(stored.get("rrule"), changed.get("rrule")):
        hidden.add("rrule")
    return {column: value for column, value in changed.items() if column not in hidden}


def _is_continued(stored: str | None, page: str | None) -> bool:
    before, now = _UNTIL.search(stored or ""), _UNTIL.search(page or "")
    if before is None or now is None:
        return False
    return _UNTIL.sub("", str(stored)) == _UNTIL.sub("", str(page)) and now[1] > before[1]


def apply_rules(
    stored: Mapping[str, Any] | RowMapping, page: Mapping[str, Any], rules: Mapping[str, Rule]
) -> dict[str, Any]:
    """Apply the rules. Return the columns of `page` that replace those of `stored`, with their new values."""
    overruled = {
        column
        for first, *rest in GROUPS
        for column in rest
        if page.get(first) is not None and page.get(first) != stored.get(first)
    }
    result = {}
    for column, rule in rules.items():
        old, new = stored[column], page[column]
        if isinstance(new, str):  # otherwise text that is altered when stored would be a change in every run
            new = make_storable(new)
        if new is None and rule is not Rule.OVERWRITE and column not in overruled:
            continue
        if rule is Rule.FIRST and old is not None:
            continue
        if new != old:
            result[column] = new
    return result
