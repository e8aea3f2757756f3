"""Read weekdays, months, ordinals and dates from text in lower case. A date is read only if it is unambiguous."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ORDINALS = {
    **{"1st": 1, "first": 1, "2nd": 2, "second": 2, "3rd": 3, "third": 3},
    **{"4th": 4, "fourth": 4, "5th": 5, "fifth": 5, "last": -1},
    **dict.fromkeys(("second last", "second to last", "2nd last", "2nd to last", "penultimate", "last but one"), -2),
}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

ORDINAL = rf"(?:{'|'.join(sorted(ORDINALS, key=len, reverse=True))})"
# "The Rising Sun" and "trivia in the sun" are not Sundays.
DAY = (
    r"(?<![a-z])(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)"
    r"(?:day|(?<!the sun)(?<!rising sun))(?:'?s)?(?![a-z])"
)
MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)(?:uary|ruary|ch|il|ust|ember|ober)?\b"


def weekday(day: str) -> int:
    """Return the number of a weekday, 1 = Monday. day: a text that DAY matches."""
    return 1 + next(number for number, name in enumerate(DAY_NAMES) if name.startswith(day[:3]))


def weekdays(text: str) -> set[int]:
    return {weekday(day) for day in re.findall(DAY, text)}


# Both separators must be the same: "7-8.30" is a range of times.
_NUMBERS = "|".join(rf"\b\d{{1,2}}{separator}\d{{1,2}}{separator}(?:\d{{4}}|\d\d)\b" for separator in (r"\.", "/", "-"))
DATE = (
    rf"(?<![.:])(?:\b\d{{1,2}}(?:st|nd|rd|th)?[ -](?:of )?{MONTH}(?:,?[ -]\d{{4}})?"
    rf"|\b{MONTH} \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{4}})?"
    r"|\b\d{4}-\d\d-\d\d\b|\b\d{4}\.\d\d\.\d\d\b"
    rf"|{_NUMBERS}"
    r"|\b\d{1,2}\.(?:0?[1-9]|1[0-2])\.(?=\s\d{1,2}[:.]\d\d)"
    r"|\b(?!24/7)\d{1,2}/\d{1,2}\b(?![.:]\d|\s?[ap]\.?m| price| off))"
)
DATED_DAY = rf"(?:{DAY},?\s\(?(?:the )?{DATE}|{DATE},?\s[(\[]?{DAY})"
_START = re.compile(
    r"\b(?:from|(?:re-?)?start\w*|begin\w*|commenc\w*|launch\w*|back|return\w*|resum\w*|first (?:quiz|night|event"
    r"|game|show))\b"
    rf"(?:\s?(?:on|again|is|from))*\s(?:{DAY},?\s)?(?:the )?(?P<date>{DATE})"
)
_SPAN = re.compile(rf"(?P<date>{DATE})\s?(?:-|to|until|till?)\s?(?:{DAY},?\s)?(?P<end>{DATE})")
_RUNS_ON = re.compile(
    rf"{_START.pattern}|\b(?:every|each) (?!weekday|day\b)|\b(?:mon|tues|wednes|thurs|fri|satur|sun)days\b"
    rf"|\b(?:until|till?)(?: on)? (?:{DAY},?\s)?(?:the )?{DATE}"
)
_LIST = re.compile(rf"\d(?:st|nd|rd|th)?\s?(?:,|&|\band\b)\s?{DATE}")
_LAST = re.compile(
    r"\b(?:last|final) (?:quiz|trivia|night|game)\b(?:\s?(?:on|is|:|-))*"
    rf"\s(?:{DAY},?\s)?(?:the )?(?P<date>{DATE})"
)
# "Tuesdays 7pm until 24 November"; but not "on a break until", nor "Tuesdays, $10 burgers until".
_END = re.compile(
    rf"(?:{DAY}|\d(?:st|nd|rd|th|\s?[ap]\.?m)?|{MONTH}|[(,;])\W*(?:running )?(?:until|till?|thru|through)"
    rf"(?: and including)?(?: on)?\s(?:{DAY},?\s)?(?:the )?(?P<date>{DATE})"
)
_PAUSED = re.compile(
    r"\b(?:break|hiatus|closed|pause\w*|no (?:quiz|trivia)|suspended|off|on hold|refurb\w*|resting|cancell?ed)\b"
)
# A date without a year is in the coming months, or in the last month if the page is old.
_BEHIND, _AHEAD = timedelta(days=31), timedelta(days=330)


def first_night(text: str, day: int, today: date | None) -> date | None:
    """Return the date, on the weekday `day`, from which a text says that its nights are held, or None."""
    return _only(_read(found["date"], day, today) for pattern in (_START, _SPAN) for found in pattern.finditer(text))


def last_night(text: str, day: int, today: date | None) -> date | None:
    """Return the date until which a text says that its nights are held, or None. Without a year, it must be a `day`."""
    if _PAUSED.search(text):
        return None
    written = [each["date"] for pattern in (_END, _LAST) for each in pattern.finditer(text)]
    written += [each["end"] for each in _SPAN.finditer(text)]
    return _only(_read(each, day, today) or _read(each, None, None) for each in written)


def only_night(text: str, day: int, today: date | None) -> date | None:
    """Return the date, on the weekday `day`, that a text names. None if it names none or several."""
    found = (_read(found[0], day, today) for found in re.finditer(DATE, text))
    return None if is_list(text) else _only(found)


def is_list(text: str) -> bool:
    """Return whether a text lists several dates: "10, 17 and 24 September", "8 Sept, 15 Sept"."""
    single = _SPAN.sub(" ", _START.sub(" ", _LAST.sub(" ", text)))
    return bool(_LIST.search(single)) or bool(re.search(rf"{DATE}\s?(?:,|&|\band\b)\s?{DATE}", single))


def is_one_date(text: str, day: int) -> bool:
    """Return whether the weekday `day` has exactly one date; "Thursday 10, 17 and 24 September" has three."""
    return dated_days(text).count(day) == 1 and not is_list(text)


def runs_on(text: str) -> bool:
    """Return whether a date in a text is the first or last of several nights, not the only one."""
    return bool(_RUNS_ON.search(text) or _LAST.search(text))


def _only(dates: Iterable[date | None]) -> date | None:
    found = {each for each in dates if each}
    return found.pop() if len(found) == 1 else None


def dated_days(text: str) -> list[int]:
    """Return the weekdays that have a date next to them."""
    return [weekday(day[0]) for found in re.finditer(DATED_DAY, text) if (day := re.search(DAY, found[0]))]


def _read(written: str, day: int | None, today: date | None) -> date | None:
    """Read a date on the weekday `day`, or on any if that is None. Return None if no date fits, or several do."""
    found = set()
    for year, month, day_of_month in _readings(written):
        years = [year] if year else [today.year + step for step in (-1, 0, 1)] if today else []
        for each in years:
            try:
                candidate = date(each, month, day_of_month)
            except ValueError:
                continue
            near = year or (today and today - _BEHIND <= candidate <= today + _AHEAD)
            if near and day in (None, candidate.isoweekday()):
                found.add(candidate)
    return _only(found)


def _readings(written: str) -> Iterator[tuple[int | None, int, int]]:
    """Yield the possible readings of a date as (year, month, day). "3/4" has two."""
    numbers = [int(each) for each in re.findall(r"\d+", written)]
    if month := re.search(MONTH, written):
        day_of_month, *year = numbers
        yield _year(*year), 1 + MONTHS.index(month[0][:3]), day_of_month
    elif re.match(r"\d{4}", written):
        yield _year(numbers[0]), numbers[1], numbers[2]
    else:
        year = numbers[2:]
        yield _year(*year), numbers[1], numbers[0]
        if "." not in written:
            yield _year(*year), numbers[0], numbers[1]


def _year(stated: int | None = None) -> int | None:
    return stated + 2000 if stated is not None and stated < 100 else stated
