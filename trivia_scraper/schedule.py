"""What a publisher writes about its nights -> Schedule. Pure.

The grammar reads days, clocks and frequency; nothing is added to what it reads. A text without a clock has no start
time. What cannot be read without guessing (two clocks for one night, 00:00, which sites write for "unknown") stays
null beside its raw text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
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
# "The Rising Sun" and "trivia in the sun" are no Sundays.
_DAY = (
    r"(?<![a-z])(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)"
    r"(?:day|(?<!the sun)(?<!rising sun))(?:'?s)?(?![a-z])"
)
_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)(?:uary|ruary|ch|il|ust|ember|ober)?\b"
_DATE = (
    rf"(?<![.:])(?:\b\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH}(?:,? \d{{4}})?"
    rf"|\b{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{4}})?"
    r"|\b\d{4}-\d\d-\d\d\b|\b\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d\d)\b"
    r"|\b(?!24/7)\d{1,2}/\d{1,2}\b(?![.:]\d|\s?[ap]\.?m| price| off))"
)
_DATED_DAY = rf"(?:{_DAY},?\s(?:the )?{_DATE}|{_DATE},?\s{_DAY})"
_MERIDIEM = r"(?:\s?[ap]\.?\s?m\b\.?|[ap]\b)"
_TIME = (
    rf"(?:\d{{1,2}}\s?[:.]\s?[0-5]\d(?!\d){_MERIDIEM}?|\d{{1,4}}{_MERIDIEM}|(?:1\d|2[0-3])h(?:[0-5]\d)?(?![a-z0-9]))"
)
_UNKNOWN, _OTHER_CLOCK = " 0:00 ", " ~ "
_TOKEN = re.compile(
    # A digit run that follows a currency sign, a letter or another number's dot is no clock and no ordinal.
    r"(?<![a-z0-9$£€])(?<!\d[.:])(?:"
    rf"(?P<ordinal>{_ORDINAL})(?=(?:(?:\s?[,&/]\s?|\s(?:(?:and|or)\s)?){_ORDINAL}){{,4}}+\s{_DAY})"
    rf"|(?P<every>every )?(?P<day>{_DAY})"
    rf"|(?P<hour>\d{{1,2}})\s?[:.]\s?(?P<minute>[0-5]\d)(?!\d)(?P<meridiem>{_MERIDIEM})?"
    r"|(?P<french>1\d|2[0-3])h(?P<french_minute>[0-5]\d)?(?![a-z0-9])"
    rf"|(?P<digits>\d{{1,4}})(?P<digits_meridiem>{_MERIDIEM})"
    # "1930", but neither a year nor a thousand questions: it is at an end, or what follows belongs to a clock.
    r"|(?P<military>(?:[01]\d|2[0-3])[0-5][05])"
    rf"(?=\s?h(?:(?:ou)?rs?)?\b|(?<!20[1-4]\d)\s?(?:$|[,;|&/-]|start|sharp|til|until|for\b|(?:on |every )?{_DAY}))"
    r"|(?P<noon>noon|midday)(?![a-z])"
    r")|(?P<other_clock>~)"
)


def _days_of_range(range_: re.Match[str]) -> str:
    """ "sun-tue" -> "sun, mon, tue"; "mon-wed-fri" is a list."""
    days = [_weekday(day) for day in re.findall(_DAY, range_[0])]
    if len(days) == 2:
        days = [(days[0] - 1 + step) % 7 + 1 for step in range((days[1] - days[0]) % 7 + 1)]
    return ", ".join(_DAY_STEMS[day - 1] for day in days)


def _start_of_range(range_: re.Match[str]) -> str:
    """ "7-9pm" -> "7pm". Of "11-1pm" the start may be either half of the day."""
    start, end = range_["start"], range_["end"]
    meridiem = re.search(rf"{_MERIDIEM}$", end)
    if re.search(r"[ap]", start) or not meridiem:
        return start
    first, last = (int(re.match(r"\d+", each)[0]) % 12 for each in (start, end))  # type: ignore[index]
    return f"{start}{meridiem[0]}" if 0 < last - first <= 4 else _UNKNOWN


# What has numbers or days in it and is no night, and what it becomes; in this order.
_REWRITES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (rf"(?:\buntil )?{_DATE}", " "),
    (r"[$£€]\s?\d[\d,]*(?:\.\d+)?(?:pp?\b|k\b)?|\b(?:aud|usd|gbp|eur)\s?\d[\d.,]*", " "),
    (r"(?<![\d:.])\d[\d,]*(?:\.\d\d)?p?\s?(?:entry|per|pp|each|a (?:go|head|team)|dollars|pounds|euros?)\b", " "),
    # Telephones, but not "1930-2130".
    (r"(?<![\d:.])(?!\d{4}-\d{4}\b)(?=(?:[ -]?\d){7})\+?\d++(?:[ -]\d++)*(?![:.]\d|\s?[ap]\.?m)", " "),
    (r"\b(?:call|ph|phone|tel|text|sms|ring)\b[.: ]*(?:us )?(?:on )?\+?\d{3,}+(?:-\d++)*(?!\s?[ap:.])", " "),
    (r"\b(?:since|est\.?|established|in|of) (?:1[6-9]|20)\d\d\b", " "),
    (rf"{_DAY}(?:\s?(?:-|\bto\b|\bthru\b|\bthrough\b|\buntil\b)\s?{_DAY})+", _days_of_range),
    (rf"(?P<start>{_TIME}|\d{{4}}|\d{{1,2}})\s?(?:-|to|until|till?)\s?(?P<end>{_TIME}|\d{{4}})", _start_of_range),
    (rf"{_TIME} (?:doors|happy hour|regist\w+|finish)\b", _OTHER_CLOCK),
    (
        r"\b(?:doors?|regist\w+|sign[- ](?:in|up)|arriv\w+|happy hour|food|dinner|meals?|kitchen|lunch|roasts?"
        rf"|open(?:s|ing)?|until|till?|ends?|finish\w*|closes?|before|by)(?:\s?(?:open|is|from|at|@|:|-|by))*\s?(?:{_TIME}|\d{{1,2}}\b)",
        _OTHER_CLOCK,
    ),
    # "6.30 for 7pm" asks people in at half past six; the quiz is at seven.
    (rf"(?:{_TIME}|\b\d{{1,2}}) for (?:a )?(?={_TIME})", " "),
    (rf"{_TIME} for (?P<hour>[1-9]|1[01])(?=\s?(?:start|[,.;]|$))", r" \g<hour>:00 "),
    (rf"(?<![\d:.])\d{{1,2}}\s?(?:/|&|or\b|and\b)\s?{_TIME}", _UNKNOWN),  # "7/8pm"
)
_EXCEPTION = re.compile(
    r"\b(?:except|excluding|apart from|closed|not (?:on|the|during|every)|no (?:quiz|trivia|shows?|games?|events?))\b"
    rf".*?(?=[.;,!?|)]|\s-\s|\s(?:at |from )?{_TIME}|$)"
)
# "at 8", "Tuesdays 8": a bare hour counts only where a clock is expected, and then it is an evening.
_BARE_HOUR = re.compile(
    rf"(?P<before>(?:\bat|@|\bnights?|{_DAY}|(?<!\d),),?\s?)(?P<hour>[1-9]|1[01])\s?(?:o'?clock)?"
    rf"(?=[.;!]?\s?$|\s?(?:,|&|/|and)\s?{_DAY})"
)
_BIWEEKLY = re.compile(
    rf"\bevery other (?:week|{_DAY})|\bbi[- ]?weekly\b|\bfortnight(?:ly)?\b|\bevery (?:2|two|2nd|second) w(?:ee)?ks?\b"
    rf"|\bevery (?:2nd|second) {_DAY}|\balternat(?:e|ing) (?:weeks?\b|{_DAY})"
)
_MONTHLY = re.compile(
    r"\bmonthly\b(?! (?:prize|jackpot|draw|raffle|winner|final|league|leader|bonus|special|theme))"
    r"|\b(?:every|each|(?:once|twice|times|\dx) (?:an?|per|each|every)|of(?: the)?) month\b"
)
_FROM_THEN_ON = re.compile(r"\bevery\b|days\b|\b(?:from|start|begin|commenc|launch|back|return|until)")
# Neither weekly nor fortnightly nor monthly; or it is, and not to be told on which days.
_IRREGULAR = re.compile(
    r"\bbi-?monthly\b|\bquarterly\b|\b(?:every|each) (?:other|second|2nd|two|three|few|[2-9]) months?\b"
    r"|\balternat\w+ months?\b|\balternates with\b|\bevery (?:[3-9]|three|four|five|six|few) w(?:ee)?ks?\b"
    r"|\b(?:odd|even) weeks?\b|\bweeks? \d|\boccasionally\b|\bone[- ]off\b"
    rf"|\b(?:this|next|good|easter|bank holiday|some|most|select(?:ed)?|certain|occasional|various) {_DAY}"
    rf"|{_DAY}\W*(?:the )?\d{{1,2}}(?:st|nd|rd|th)\b(?! {_DAY}| floor|.*month)"
    rf"|\((?=[^()]*\b{_ORDINAL}\b)(?![^()]*(?:month|floor))"
)


_Recurrence = tuple[Frequency, str | None]
"""With the RRULE, where the text says which days."""


class ScheduleError(ValueError):
    """A text that names no day of the week; its message quotes the text."""


@dataclass(slots=True)
class _Night:
    weekday: int
    every: bool = False
    ordinals: list[int] = field(default_factory=list)
    clocks: set[str | None] = field(default_factory=set)


def read_nights(raw: str | None, timezone: str | None, otherwise: Frequency = "weekly") -> list[Schedule]:
    """One Schedule per night of the week that `raw` names, in its order.

    timezone: IANA zone of the venue, passed on. otherwise: the frequency of a text that states none; a publisher whose
    nights are weekly passes "weekly".

    Raises ScheduleError when the text names no day: such a text is no event.
    """
    kept, line = clean(raw), _first_line(raw or "")
    nights = _nights(_readable(line))
    exceptions = " ".join(_EXCEPTION.findall(line))
    if not re.search(rf"holiday|month|{_ORDINAL}|{_DATE}", exceptions):
        left_out = {_weekday(day) for day in re.findall(_DAY, exceptions)}
        nights = [night for night in nights if night.weekday not in left_out] or nights
    if kept is None or not nights:
        raise ScheduleError(f"no day of the week in {kept!r}")
    schedules = []
    for night in nights:
        start_time = next(iter(night.clocks)) if len(night.clocks) == 1 else None
        frequency, rrule = _frequency(line, exceptions, night, len(nights), otherwise)
        schedules.append(Schedule(kept, night.weekday, start_time, frequency, rrule, timezone))
    return schedules


def _first_line(raw: str) -> str:
    """In lower case, with plain dashes and apostrophes."""
    line = (clean(next((each for each in re.split(r"[\r\n]+", raw) if clean(each)), "")) or "").lower()
    return re.sub("[~‐-―−]", "-", line.replace("’", "'"))


def _readable(line: str) -> str:
    """Without brackets, booking notes, exceptions, dates, prices; of a range only its start."""
    text = re.sub(r"\([^)]*\)?|\bbook(?:ings?)?\s?:.*", " ", _EXCEPTION.sub(" ", line))
    text = re.sub(rf"\b(?:until|till?|back|returns?|returning|resum\w+)\b(?: on)? {_DATED_DAY}", " ", text)
    undated = re.sub(_DATED_DAY, " ", text)
    text = undated if re.search(_DAY, undated) else text  # "Tuesdays, grand final Friday 12 December"
    for pattern, replacement in _REWRITES:
        text = re.sub(r"\s+", " ", re.sub(pattern, replacement, text)).strip()
    if not _MONTHLY.search(
        text
    ):  # "every second Tuesday of the month" names one Tuesday, "every second Tuesday" a fortnight
        text = re.sub(rf"\bevery (?:2nd|second) (?={_DAY})", "", text)
    if not any(_is_clock(token) for token in _TOKEN.finditer(text)):
        text = _BARE_HOUR.sub(lambda found: f"{found['before']}{int(found['hour']) + 12}:00", text)
    return text


def _nights(text: str) -> list[_Night]:
    """Days share the next clock after them; in a text that begins with a clock, each day takes the one before it."""
    tokens = list(_TOKEN.finditer(text))
    first = next((token for token in tokens if token["day"] or _is_clock(token)), None)
    clock_first = first is not None and not first["day"]
    last_day = max((token.start() for token in tokens if token["day"]), default=-1)
    nights: dict[int, _Night] = {}
    sharing: list[_Night] = []
    ordinals: list[int] = []
    clock: str | None = None
    clock_since_day = False
    for token in tokens:
        if token["ordinal"]:
            ordinals.append(_ORDINALS[token["ordinal"]])
        elif token["day"]:
            night = nights.setdefault(_weekday(token["day"]), _Night(_weekday(token["day"])))
            night.every |= not ordinals and bool(token["every"] or token["day"].endswith("days"))
            night.ordinals += [ordinal for ordinal in ordinals if ordinal not in night.ordinals]
            if clock_first:
                night.clocks.add(clock)
            sharing = [night] if clock_since_day else [*sharing, night]
            ordinals, clock_since_day = [], False
        elif token["other_clock"]:
            clock_since_day = True
        else:
            clock = _clock(token)
            clock_since_day = True
            # A clock after the last day of such a text contradicts the one before it.
            for night in sharing if not clock_first or token.start() > last_day else []:
                night.clocks.add(clock)
    return list(nights.values())


def _weekday(day: str) -> int:
    return 1 + _DAY_STEMS.index(day[:3])


def _is_clock(token: re.Match[str]) -> bool:
    return token.lastgroup not in {"ordinal", "every", "day", "other_clock"}


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


def _frequency(line: str, exceptions: str, night: _Night, nights: int, otherwise: Frequency) -> _Recurrence:
    day = WEEKDAYS[night.weekday - 1]
    said = _EXCEPTION.sub(" ", line)
    biweekly, monthly = _BIWEEKLY.search(said), _MONTHLY.search(said)
    if re.search(_DATED_DAY, said) and not _FROM_THEN_ON.search(said):
        return "once", None
    if (
        _IRREGULAR.search(said)
        or re.search(rf"\bmonth\b|\b{_ORDINAL} ", exceptions)
        or (night.every and night.ordinals)
    ):
        return "irregular", None
    if night.ordinals:
        return "monthly", "FREQ=MONTHLY;BYDAY=" + ",".join(f"{ordinal}{day}" for ordinal in night.ordinals)
    if biweekly or monthly:
        if nights > 1:
            return "irregular", None  # which of the nights is meant, the text does not say
        # Nor does it say which of the month's Tuesdays.
        return ("biweekly", f"FREQ=WEEKLY;INTERVAL=2;BYDAY={day}") if biweekly else ("monthly", None)
    return otherwise, f"FREQ=WEEKLY;BYDAY={day}" if otherwise == "weekly" else None
