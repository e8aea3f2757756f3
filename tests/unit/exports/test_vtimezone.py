"""Time zones of calendars, compared with the tz database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import rrulestr

from trivia_scraper.exports.vtimezone import make_vtimezone

RULES = {
    "Europe/London": {"FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"},
    "Europe/Dublin": {"FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"},
    "America/Chicago": {"FREQ=YEARLY;BYDAY=2SU;BYMONTH=3", "FREQ=YEARLY;BYDAY=1SU;BYMONTH=11"},
    "Australia/Sydney": {"FREQ=YEARLY;BYDAY=1SU;BYMONTH=4", "FREQ=YEARLY;BYDAY=1SU;BYMONTH=10"},
    "Australia/Lord_Howe": {"FREQ=YEARLY;BYDAY=1SU;BYMONTH=4", "FREQ=YEARLY;BYDAY=1SU;BYMONTH=10"},
    "Australia/Brisbane": set(),
    "Africa/Casablanca": set(),
}


@pytest.mark.parametrize("name", RULES)
def test_offsets_agree_with_the_tz_database_every_six_hours(name: str) -> None:
    zone = ZoneInfo(name)
    starts: list[tuple[datetime, timedelta]] = []
    observances: list[Any] = make_vtimezone(name, 2026, 2026).subcomponents
    for observance in observances:
        offset, wall = observance["TZOFFSETTO"].td, observance["DTSTART"].dt
        walls = [wall, *(each.dts[0].dt for each in _listed(observance.get("RDATE", [])))]
        if "RRULE" in observance:
            rule = rrulestr(observance["RRULE"].to_ical().decode(), dtstart=wall)
            walls = list(rule.between(wall, datetime(2036, 1, 1), inc=True))
        starts += [((each - observance["TZOFFSETFROM"].td).replace(tzinfo=UTC), offset) for each in walls]
    starts.sort()
    instant = datetime(2026, 1, 1, tzinfo=UTC)
    while instant.year < 2035:
        by_calendar = [offset for start, offset in starts if start <= instant][-1]
        assert by_calendar == instant.astimezone(zone).utcoffset(), instant
        instant += timedelta(hours=6)


@pytest.mark.parametrize("name", RULES)
def test_yearly_rules_are_written_for_zones_that_have_them(name: str) -> None:
    observances: list[Any] = make_vtimezone(name, 2026, 2026).subcomponents
    assert {each["RRULE"].to_ical().decode() for each in observances if "RRULE" in each} == RULES[name]
    assert not (RULES[name] and any("RDATE" in each for each in observances))


def test_yearly_rule_does_not_depend_on_the_year() -> None:
    assert make_vtimezone("Europe/London", 2026, 2026) == make_vtimezone("Europe/London", 2026, 2031)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
