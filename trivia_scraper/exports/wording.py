"""Values in words, for pages and calendars. Pure. Unknown values are stated as such."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from importlib.resources import files

from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, parse

from trivia_scraper.exports.occurrences import find_last_day
from trivia_scraper.formatting import one_line, replace_controls
from trivia_scraper.items import WEEKDAYS, Fee, Schedule
from trivia_scraper.spiders.loader import titles

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last"}
_TWELVE_HOURS = {"AU", "CA", "GB", "GG", "GI", "IE", "IM", "JE", "NZ", "US"}
_SYMBOLS = {"GBP": "£", "GIP": "£", "EUR": "€", "USD": "$", "AUD": "$", "CAD": "$", "NZD": "$"}
_BEHIND = {"PLN": "zł"}
_COMMON = {"GB": "United Kingdom"}  # instead of tzdata's "Britain (UK)"
# Countries whose names have an article within a sentence.
_WITH_ARTICLE = {
    "AE", "BS", "CD", "CF", "CK", "CZ", "DO", "FK", "FO", "GB", "GM", "KM", "KY", "MH", "MP", "MV", "NL", "PH", "SB",
    "SC", "TC", "US", "VG", "VI",
}  # fmt: skip
NO_COUNTRY = "Country not stated"
MAX_TEXT = 300
MAX_PARAGRAPHS = 2000


def shorten(text: str, most: int = MAX_TEXT) -> str:
    """Return a publisher's text on one line, cut to `most` characters."""
    return one_line(text, most)


def shorten_paragraphs(text: str) -> str:
    """Return a publisher's text with its line breaks, cut to MAX_PARAGRAPHS characters."""
    text = replace_controls(text)
    return text if len(text) <= MAX_PARAGRAPHS else f"{text[: MAX_PARAGRAPHS - 1].rstrip()}…"


def join_parts(*parts: str | None) -> str:
    """Join the parts, except those that an earlier part contains: an address may include its town."""
    shown: list[str] = []
    for part in parts:
        if part and not any(part.casefold() in earlier.casefold() for earlier in shown):
            shown.append(part)
    return ", ".join(shown)


@cache
def _titles() -> dict[str, str]:
    return titles()


def format_publisher(key: str) -> str:
    """Return the name of a publisher for people: `title` of its spider, or its key in words."""
    return shorten(_titles().get(key) or key.replace("_", " ").title(), 64)


@cache
def _countries() -> dict[str, str]:
    lines = (files("tzdata") / "zoneinfo/iso3166.tab").read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines if line and not line.startswith("#")) | _COMMON


def name_country(code: str | None) -> str:
    return _countries().get(code, code) if code else NO_COUNTRY


def in_country(code: str | None) -> str:
    """Return "in the Netherlands", for a sentence."""
    if code not in _countries():
        return "in an unknown country"
    return f"in {'the ' if code in _WITH_ARTICLE else ''}{name_country(code)}"


def format_time(at: dt.time, code: str | None) -> str:
    """Return a time of day as the country writes it."""
    if code not in _TWELVE_HOURS:
        return f"{at:%H:%M}"
    return f"{at.hour % 12 or 12}{f':{at:%M}' if at.minute else ''}\N{NO-BREAK SPACE}{'am' if at.hour < 12 else 'pm'}"


def format_day(of: dt.date) -> str:
    return f"{DAYS[of.weekday()]} {of.day} {of:%B}"


def format_short_day(of: dt.date) -> str:
    return f"{DAYS[of.weekday()][:3]} {of.day} {of:%b}"


def format_date(instant: dt.datetime) -> str:
    return f"{instant.day} {instant:%B %Y}"


def describe_recurrence(schedule: Schedule) -> str:
    """Return text like "Tuesdays", "First and third Tuesday of the month until 1 May 2027", "Tuesday 1 May 2027"."""
    last = find_last_day(schedule)
    if last is None:
        return _describe_rule(schedule)
    if schedule.frequency == "once":
        return f"{format_day(last)} {last.year}"
    return f"{_describe_rule(schedule)} until {last.day} {last:%B %Y}"


def _describe_rule(schedule: Schedule) -> str:
    name = DAYS[schedule.weekday - 1] if schedule.weekday else None
    if schedule.frequency == "monthly":
        if found := re.findall(r"(-?\d)([A-Z]{2})", schedule.rrule or ""):
            ordinals = " and ".join(_ORDINALS.get(int(ordinal), ordinal) for ordinal, _ in found)
            return f"{ordinals.capitalize()} {DAYS[WEEKDAYS.index(found[0][1])]} of the month"
        return f"Once a month, on a {name}" if name else "Once a month"
    if name is None:
        return "Day not stated"
    return {"weekly": f"{name}s", "biweekly": f"Every second {name}"}.get(schedule.frequency, f"{name}, not regularly")


def describe_schedule(schedule: Schedule, code: str | None) -> str:
    """Return recurrence and start time, like "Tuesdays, 7:30 pm"."""
    return f"{describe_recurrence(schedule)}, {format_start_time(schedule, code)}"


def format_start_time(schedule: Schedule, code: str | None) -> str:
    """Return the start time, like "7:30 pm" or "7:30 pm (assumed)"."""
    if not schedule.start_time:
        return "time not stated"
    assumed = " (assumed)" if schedule.time_assumed else ""
    return f"{format_time(dt.time.fromisoformat(schedule.start_time), code)}{assumed}"


def describe_fee(of: Fee) -> str:
    if of.amount is None:
        return "Fee not clear" if of.raw else "Fee not stated"
    if of.amount == 0:
        return "Free"
    per = f" per {of.per}" if of.per else ""
    return f"{format_money(of.amount, of.currency)}{per}"


def format_money(amount: int, currency: str | None) -> str:
    """Return an amount with its currency, like "£2" or "50p". amount: in minor units."""
    if currency == "GBP" and 0 < amount < 100:
        return f"{amount}p"
    number = f"{amount // 100}" if amount % 100 == 0 else f"{amount / 100:.2f}"
    if currency in _SYMBOLS:
        return f"{_SYMBOLS[currency]}{number}"
    return f"{number} {_BEHIND.get(currency or '', currency or '(currency not stated)')}"


def format_phone(number: str) -> str:
    """Format a number in E.164 for people, like "+61 2 5550 0101"."""
    try:
        return format_number(parse(number), PhoneNumberFormat.INTERNATIONAL)
    except NumberParseException:
        return number


PASSED = "Has passed"
STATUSES = {
    "active": "",
    "on_break": "On break",
    "missing": "Not listed lately",
    "gone": "No longer listed",
}
