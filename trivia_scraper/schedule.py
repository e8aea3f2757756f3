"""What a publisher writes about its nights -> Schedule. Pure.

The grammar reads days, clocks and frequency; nothing is added to what it reads. A text without a clock has no start
time. What cannot be read without guessing (two clocks for one night, 00:00, which sites write for "unknown") stays
null beside its raw text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from trivia_scraper.items import Frequency, Schedule
from trivia_scraper.text import clean

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY_STEMS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ORDINALS = {
    **{"1st": 1, "first": 1, "2nd": 2, "second": 2, "3rd": 3, "third": 3},
    **{"4th": 4, "fourth": 4, "5th": 5, "fifth": 5, "last": -1},
}

_ORDINAL = rf"(?:{'|'.join(_ORDINALS)})"
_DAY = r"(?:mon|tues?|wed(?:nes)?|thu(?:r(?:s)?)?|fri|sat(?:ur)?|sun)(?:day)?(?:'?s)?(?![a-z])"
_MERIDIEM = r"(?:\s?[ap]\.?m\b\.?|[ap]\b)"
_TIME = rf"(?:\d{{1,2}}\s?[:.]\s?[0-5]\d(?!\d){_MERIDIEM}?|\d{{1,4}}{_MERIDIEM})"
_TOKEN = re.compile(
    # A digit run that follows a currency sign, a letter or another number's dot is no clock and no ordinal.
    r"(?<![a-z0-9$£€.:])(?:"
    rf"(?P<every_second>every (?:2nd|second)(?= {_DAY}))"
    rf"|(?P<ordinal>{_ORDINAL})(?=(?:\s?(?:,|&|/|and|or)?\s?{_ORDINAL})*\s(?:{_DAY}))"
    rf"|(?P<day>{_DAY})"
    r"|(?P<hour>\d{1,2})\s?[:.]\s?(?P<minute>[0-5]\d)(?!\d)(?P<meridiem>" + _MERIDIEM + r")?"
    r"|(?P<french>1\d|2[0-3])h(?P<french_minute>[0-5]\d)?(?![a-z0-9])"
    r"|(?P<digits>\d{1,4})(?P<digits_meridiem>" + _MERIDIEM + r")"
    # "1930", but not the year of a date.
    r"|(?P<military>(?!20[2-4]\d)(?:[01]\d|2[0-3])[0-5]\d)(?![\d.:])"
    r"|(?P<noon>noon|midday)(?![a-z])"
    r")|(?P<through>-|\bto\b)"
)
# "at 8", "Tuesdays 8": a bare hour counts only at the end and where a clock is expected; then it is an evening.
_BARE_HOUR = re.compile(r"(?:\bat|@|days?|nights?|,)\s?(?P<hour>[1-9]|1[01])\s?(?:o'?clock)?\s?$")
_TIME_RANGE = re.compile(rf"(?P<start>{_TIME}|\d{{1,2}})\s?(?:-|to|until|till?)\s?(?P<end>{_TIME})")
_DATE = re.compile(
    r"\b\d{1,2}(?:st|nd|rd|th)? (?:of )?(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*(?:,? \d{4})?"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]* \d{1,2}(?:st|nd|rd|th)?\b(?:,? \d{4})?"
    r"|\b\d{1,2}/\d{1,2}(?:/\d{2,4})?\b"
)
_EVERY_SECOND = re.compile(r"\bevery (?:2nd|second) ")
_BIWEEKLY = re.compile(
    r"\bevery other\b|\bbi-?weekly\b|\bfortnight(?:ly)?\b|\bevery (?:2|two) weeks\b|\balternat(?:e|ing)\b"
)
_MONTHLY = re.compile(r"\bmonthly\b|\b(?:every|each|an?|per|of the) month\b")


class ScheduleError(ValueError):
    """A text that names no day of the week; its message quotes the text."""


@dataclass(slots=True)
class _Night:
    weekday: int
    ordinals: list[int] = field(default_factory=list)
    clocks: set[str | None] = field(default_factory=set)


def read_nights(raw: str | None, timezone: str | None, otherwise: Frequency = "weekly") -> list[Schedule]:
    """One Schedule per night of the week that `raw` names, in its order.

    timezone: IANA zone of the venue, passed on. otherwise: the frequency of a text that states none; a publisher whose
    nights are weekly passes "weekly".

    Raises ScheduleError when the text names no day: such a text is no event.
    """
    kept = clean(raw)
    text = _readable(raw or "")
    nights = _nights(text)
    if kept is None or not nights:
        raise ScheduleError(f"no day of the week in {kept!r}")
    return [_schedule(kept, text, night, timezone, otherwise) for night in nights]


def _readable(raw: str) -> str:
    """The first line in lower case, without brackets, dates and booking notes; of a range of times only its start."""
    first_line = next((line for line in re.split(r"[\r\n]+", raw) if line.strip()), "")
    text = (clean(first_line) or "").lower().replace("’", "'")
    text = re.sub("[‐-―−]", "-", text)
    text = re.sub(r"\([^)]*\)?|\bbook(?:ings?)?\s?:.*", " ", text)
    return _TIME_RANGE.sub(_start_of_range, _DATE.sub(" ", re.sub(r"\s+", " ", text))).strip()


def _start_of_range(range_: re.Match[str]) -> str:
    """ "7-9pm" -> "7pm". "11-1pm" is left with no clock: its start may be either half of the day."""
    start, end = range_["start"], range_["end"]
    meridiem = re.search(r"[ap](?:\.?m\.?)?$", end)
    if re.search(r"[ap]", start) or not meridiem:
        return start
    hours = [int(re.match(r"\d+", each)[0]) % 12 for each in (start, end)]  # type: ignore[index]
    return f"{start}{meridiem[0]}" if hours[0] < hours[1] else " "


def _nights(text: str) -> list[_Night]:
    """Days share the next clock after them; in a text that begins with a clock, each day takes the one before it."""
    tokens = list(_TOKEN.finditer(text))
    clock_first = next((token.lastgroup for token in tokens if token.lastgroup != "ordinal"), "day") not in {
        *("day", "every_second", "through")
    }
    nights: dict[int, _Night] = {}
    sharing: list[_Night] = []
    ordinals: list[int] = []
    clock: str | None = None
    clock_since_day = range_open = False
    for token in tokens:
        if token["ordinal"]:
            ordinals.append(_ORDINALS[token["ordinal"]])
        elif token["every_second"]:
            # "every second Thursday of the month" names one Thursday, "every second Thursday" a fortnight.
            ordinals += [2] if _MONTHLY.search(text) else []
        elif token["through"]:
            range_open = bool(sharing) and not clock_since_day
        elif token["day"]:
            weekday = 1 + _DAY_STEMS.index(token["day"][:3])
            if clock_since_day:
                sharing = []
            first = sharing[-1].weekday if range_open and sharing else weekday
            for each in range(first, weekday + 1) if first < weekday else [weekday]:
                night = nights.setdefault(each, _Night(each))
                night.ordinals += [ordinal for ordinal in ordinals if ordinal not in night.ordinals]
                if clock_first:
                    night.clocks.add(clock)
                sharing.append(night)
            ordinals, clock_since_day, range_open = [], False, False
        else:
            clock = _clock(token)
            clock_since_day, range_open = True, False
            for night in [] if clock_first else sharing:
                night.clocks.add(clock)
    bare = None if any(night.clocks for night in nights.values()) else _BARE_HOUR.search(text)
    for night in nights.values() if bare else ():
        night.clocks.add(f"{int(bare['hour']) + 12}:00" if bare else None)
    return list(nights.values())


def _clock(token: re.Match[str]) -> str | None:
    """ "HH:MM"; None for a clock that cannot be (25:00, 13pm) or that stands for "unknown" (midnight)."""
    if token["noon"]:
        return "12:00"
    if digits := token["military"] or token["digits"]:
        meridiem = token["digits_meridiem"]
        hour, minute = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    else:
        hour, minute = int(token["hour"] or token["french"]), int(token["minute"] or token["french_minute"] or 0)
        meridiem = token["meridiem"]
    if meridiem:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if "p" in meridiem else 0)
    elif token["hour"] and 1 <= hour <= 9 and not token["hour"].startswith("0"):
        hour += 12  # "6:30": nobody writes a 24-hour clock that way for a quiz at dawn
    if hour > 23 or minute > 59 or (hour, minute) == (0, 0):
        return None
    return f"{hour:02}:{minute:02}"


def _schedule(raw: str, text: str, night: _Night, timezone: str | None, otherwise: Frequency) -> Schedule:
    day = WEEKDAYS[night.weekday - 1]
    frequency: Frequency
    rrule: str | None
    if night.ordinals:
        frequency, rrule = "monthly", "FREQ=MONTHLY;BYDAY=" + ",".join(f"{ordinal}{day}" for ordinal in night.ordinals)
    elif _BIWEEKLY.search(text) or _EVERY_SECOND.search(text):
        frequency, rrule = "biweekly", f"FREQ=WEEKLY;INTERVAL=2;BYDAY={day}"
    elif _MONTHLY.search(text):
        frequency, rrule = "monthly", None  # which of the month's Tuesdays, the text does not say
    else:
        frequency, rrule = otherwise, f"FREQ=WEEKLY;BYDAY={day}" if otherwise == "weekly" else None
    return Schedule(
        raw=raw,
        weekday=night.weekday,
        start_time=next(iter(night.clocks)) if len(night.clocks) == 1 else None,
        frequency=frequency,
        rrule=rrule,
        timezone=timezone,
    )
