"""iCalendar feeds (.ics): a VEVENT for each date, or for a series with an RRULE."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from icalendar import Calendar

from trivia_scraper.parsing import text
from trivia_scraper.parsing.schedule import read_rule, read_start
from trivia_scraper.spiders.base import ListingError, make_performer
from trivia_scraper.spiders.platforms.entries import EntriesSpider, is_coming

MOST_LINES = 50_000
"""Lines of a feed. Parsing this many takes about 1.5 s."""


class ICalendarSpider(EntriesSpider):
    def entries(self, response):
        """Yield the events of a feed. Changed dates of a series are only counted, because the series has the night."""
        if response.body.count(b"\n") > MOST_LINES:
            raise ListingError(f"the calendar {response.url} has more than {MOST_LINES:,} lines")
        try:
            calendars = Calendar.from_ical(response.body.decode("utf-8-sig", "replace"), multiple=True)
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
            raise ListingError(f"the calendar {response.url} is not in the iCalendar format") from None
        for calendar in calendars:
            zone = text.clean(calendar.get("X-WR-TIMEZONE"))
            moved: dict[str | None, list[Any]] = {}
            for event in calendar.walk("VEVENT"):
                if (changed := _first(event.get("RECURRENCE-ID"))) is not None:
                    self._count("dropped/changed_date")
                    is_held = _part(changed, "dt") == _part(_first(event.get("DTSTART")), "dt")
                    if not is_held or (_words(event.get("STATUS")) or "").upper() == "CANCELLED":
                        moved.setdefault(_words(event.get("UID")), []).append(_part(changed, "dt"))
            for event in calendar.walk("VEVENT"):
                if "RECURRENCE-ID" not in event:
                    yield self._entry(event, zone, moved.get(_words(event.get("UID")), []))

    def _entry(self, event, zone, moved):
        """Return a VEVENT as plain values. Values that the library could not read are None."""
        start = _first(event.get("DTSTART"))
        rule = _first(event.get("RRULE"))
        images = [*text.as_list(event.get("IMAGE")), *text.as_list(event.get("ATTACH"))]
        return {
            "uid": _words(event.get("UID")),
            "title": _words(event.get("SUMMARY")),
            "description": _words(event.get("DESCRIPTION")),
            "location": _words(event.get("LOCATION")),
            "url": _words(event.get("URL")),
            "status": _words(event.get("STATUS")),
            "organizer": _part(_first(event.get("ORGANIZER")), "params", {}).get("CN"),
            "images": [str(each) for each in images if _type_of(each).startswith("image/")],
            "point": [_part(_first(event.get("GEO")), name) for name in ("latitude", "longitude")],
            "start": _part(start, "dt"),
            "zone": _part(start, "params", {}).get("TZID") or zone,
            "rule": rule.to_ical().decode("ascii", "replace") if rule is not None else None,
            "left_out": [*_dates(event.get("EXDATE")), *moved],
            "more": _dates(event.get("RDATE")),
        }

    def is_cancelled(self, entry):
        return (entry["status"] or "").upper() == "CANCELLED"

    def venue_of(self, entry):
        """Return the venue in LOCATION: its name before the first comma, its address after it."""
        name, _, address = (text.clean(entry["location"]) or "").partition(",")
        return self.make_venue(name, address.strip() or None, point=entry["point"])

    def stated_zone(self, entry):
        return entry["zone"]

    def nights_of(self, entry, timezone, today):
        first = read_start(entry["start"], timezone)
        if not first:
            return []
        left_out = {found[0] for each in entry["left_out"] if (found := read_start(each, timezone))}
        dates = [first, *(found for each in entry["more"] if (found := read_start(each, timezone)))]
        if not entry["rule"]:
            return [each for each in dates if each[0] not in left_out]
        nights = self._nights_of_rule(entry, first, timezone, today, left_out)
        if nights is None:
            self._count("nights/rule_not_read")
            # Of past dates alone, the series would count as ended.
            return [each for each in dates if is_coming(each, today)]
        return nights or [first]

    def _nights_of_rule(self, entry, first, timezone, today, left_out):
        """Return the nights of the entry's rule, without a start time if the local one changes with summer time.

        The publisher of a rule in UTC may mean that time in UTC, or the local time of the first date. The feed does not
        say which.
        """
        start = entry["start"]
        shift = (first[0] - start.date()).days if isinstance(start, datetime) else 0
        nights = read_rule(entry["rule"], first, timezone, today, left_out, shift=shift)
        if not nights or not isinstance(start, datetime) or not start.tzinfo:
            return nights
        starts = _local_starts(start, timezone, today, nights)
        if {days for days, _ in starts} != {shift}:
            return None
        if len(starts) > 1:
            self._count("nights/time_not_read")
            known = read_rule(entry["rule"], (first[0], None), timezone, today, left_out, shift=shift) or []
            nights = [replace(each, raw=f"{each.raw} {start:%H:%M} {start.tzname()}") for each in known]
        return nights

    def host_of(self, entry):
        return make_performer(text.clean(entry["organizer"]) if self.organizer_is_host else None)

    def images_of(self, entry):
        return entry["images"]


def _local_starts(start, timezone, today, nights):
    """Return the pairs (days from the feed's date to the local date, local start time) of a weekly rule's dates."""
    ends = [re.search(r"UNTIL=(\d{4})(\d\d)(\d\d)", night.rrule or "") for night in nights]
    last = max(date(*map(int, end.groups())) if end else date.max for end in ends)
    weeks = (min(last, today + timedelta(days=366)) - start.date()).days // 7
    dates = [start + timedelta(weeks=week) for week in (0, *range(max(0, (today - start.date()).days // 7), weeks + 1))]
    found = [(day, read_start(day, timezone)) for day in dates]
    return {((local[0] - day.date()).days, local[1]) for day, local in found if local}


def _first(value):
    return next(iter(text.as_list(value)), None)


def _part(value, name, default=None):
    """Return an attribute of a value, or `default` if the library could not read the value."""
    try:
        return getattr(value, name, default)
    except ValueError:
        return default


def _dates(value):
    return [_part(each, "dt") for dates in text.as_list(value) for each in _part(dates, "dts", [])]


def _words(value):
    return str(_first(value)) if text.as_list(value) else None


def _type_of(value):
    return str(_part(value, "params", {}).get("FMTTYPE", "")).lower()
