"""Read start times, and remove numbers that are not times."""

from __future__ import annotations

import re
from collections.abc import Callable

from trivia_scraper.parsing.schedule.dates import DATE, DAY, DAY_NAMES, weekday

MERIDIEM = r"(?:\s?[ap]\.?\s?m\b\.?|[ap]\b)"
TIME = rf"(?:\d{{1,2}}\s?[:.]\s?[0-5]\d(?!\d){MERIDIEM}?|\d{{1,4}}{MERIDIEM}|(?:1\d|2[0-3])h(?:[0-5]\d)?(?![a-z0-9]))"
# Pattern of a time; `read_clock` reads its groups.
CLOCK = (
    rf"(?P<hour>\d{{1,2}})\s?[:.]\s?(?P<minute>[0-5]\d)(?!\d)(?P<meridiem>{MERIDIEM})?"
    r"|(?P<french>1\d|2[0-3])h(?P<french_minute>[0-5]\d)?(?![a-z0-9])"
    rf"|(?P<digits>\d{{1,4}})(?P<digits_meridiem>{MERIDIEM})"
    # "1930", but neither a year nor a count: it is at the end, or words that belong to a time follow.
    r"|(?P<military>(?:[01]\d|2[0-3])[0-5][05])"
    rf"(?=\s?h(?:(?:ou)?rs?)?\b|(?<!20[1-4]\d)\s?(?:$|[,;|&/-]|start|sharp|til|until|for\b|(?:on |every )?{DAY}))"
)
_MORNING = re.compile(r"\b(?:mornings?|brunch|breakfast|elevenses)\b")
_LONGEST_QUIZ = 5 * 60 + 30
"""Minutes."""
_UNKNOWN, OTHER_CLOCK = " 0:00 ", " ~ "
"""Replacements for an unknown time, and for a time that is not the quiz's."""
_BEFORE_MILITARY = (
    rf"(?:{DAY}|at|from|starts?|starting|begins?|beginning|start time|time|quiz|trivia|nights?|evenings?|weekly|monthly"
    r"|fortnightly|weeks?|months?|and|or|to|till?|until|then|for|by|doors?|sharp|about|around|approx|circa|godz)\s"
)


def read_clock(token: re.Match[str]) -> str | None:
    """Return "HH:MM". None if the time is impossible (25:00, 13pm), ambiguous, or means "unknown" (midnight)."""
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
        hour += 12  # "6:30" is in the evening, because no quiz is at dawn
    elif hour in (10, 11) and "." in token[0] and not _MORNING.search(token.string):
        return None  # "10.30" may be in the morning or evening; "10:30" is a 24-hour time
    return format_time(hour, minute)


def format_time(hour: int, minute: int) -> str | None:
    """Return "HH:MM". None if the time is impossible or midnight, which sites write for "unknown"."""
    if hour > 23 or minute > 59 or (hour, minute) == (0, 0):
        return None
    return f"{hour:02}:{minute:02}"


def _days_of_range(range_: re.Match[str]) -> str:
    """Write "sun-tue" as "sun, mon, tue". "mon-wed-fri" is already a list."""
    days = [weekday(day) for day in re.findall(DAY, range_[0])]
    if len(days) == 2:
        days = [(days[0] - 1 + step) % 7 + 1 for step in range((days[1] - days[0]) % 7 + 1)]
    return ", ".join(DAY_NAMES[day - 1] for day in days)


def _start_of_range(range_: re.Match[str]) -> str:
    """Return the start of a range, "7pm" for "7-9pm". "11-1pm" is ambiguous, and "12pm-10pm" are opening hours."""
    start, end = range_["start"], range_["end"]
    meridiem = re.search(rf"{MERIDIEM}$", end)
    if meridiem and not re.search(r"[ap]", start):
        first, last = (int(re.match(r"\d+", each)[0]) % 12 for each in (start, end))  # type: ignore[index]
        return f"{start}{meridiem[0]}" if 0 < last - first <= 4 else _UNKNOWN
    began, ended = _minutes(start), 24 * 60 if re.fullmatch(r"0?0[:.]00", end) else _minutes(end)
    if evening := re.fullmatch(r"(1[01])\.([0-5]\d)", end):
        ended = 60 * (12 + int(evening[1])) + int(evening[2])  # "8.30-10.30"
    if began is None or ended is None:
        return start
    return _UNKNOWN if (ended - began) % (24 * 60) > _LONGEST_QUIZ else start


def _minutes(written: str) -> int | None:
    token = re.fullmatch(CLOCK, written)
    read = read_clock(token) if token else None
    return 60 * int(read[:2]) + int(read[3:]) if read else None


_HOURS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_SPOKEN_HOUR = rf"(?P<hour>{'|'.join(_HOURS)}|1[0-2]|[1-9])"
_PARTS = {"quarter past": 15, "half past": 30, "half": 30, "quarter to": -15}
_MINUTES_IN_WORDS = {"fifteen": 15, "thirty": 30, "forty five": 45, "forty-five": 45}
# What may follow an hour without minutes and "pm". In "8 teams", the number is not a time.
_AFTER_HOUR = (
    r"(?=[.;,!?)|]*\s*$|[.;,!?)|]+\s|\s[-/|+&@*•]\s"
    r"|\s(?:in the|sharp|prompt\w*|start|onwards|upstairs|downstairs|with|for (?!\d)|til|till?|until|and|then|plus"
    rf"|every|each|on|so|bring|come|late|{DAY})\b)"
)
_SPOKEN: tuple[tuple[str, Callable[[re.Match[str]], str]], ...] = (
    (
        rf"\b(?P<part>{'|'.join(_PARTS)}) {_SPOKEN_HOUR}(?=\s?[ap]\.?m\b|(?![\w.:])|[.:]\D|[.:]$)",
        lambda words: _spoken(words, _PARTS[words["part"]]),
    ),
    (
        rf"\b(?P<hour>{'|'.join(_HOURS)})[ -](?P<minutes>{'|'.join(_MINUTES_IN_WORDS)})\b",
        lambda words: _spoken(words, _MINUTES_IN_WORDS[words["minutes"]]),
    ),
    # "12 o'clock" is noon, because no quiz starts at midnight.
    (rf"\b{_SPOKEN_HOUR}\s?o'?\s?clock\b(?!\s?[ap]\.?m| in the morning)", lambda words: _full_hour(_hour(words))),
    (r"(?<![\d.:])(?P<hour>[1-9]|1[01])[ -]?ish\b", lambda words: _full_hour(_hour(words))),
    (rf"\b{_SPOKEN_HOUR}(?=\s?[ap]\.?\s?m\b)", lambda words: str(_hour(words))),
    (
        rf"(?:(?<=\d for )|(?<=\bat )|(?<=\bfrom )|(?<=\bby )|(?<=\btill )"
        rf"|(?<=\buntil ))(?P<hour>{'|'.join(_HOURS)})\b{_AFTER_HOUR}",
        lambda words: str(_hour(words)),
    ),
)


def in_digits(text: str) -> str:
    """Write "half past eight", "seven-thirty" and "nine o'clock" as "8:30", "7:30" and "9pm", "at seven" as "at 7"."""
    for pattern, replacement in _SPOKEN:
        text = re.sub(pattern, replacement, text)
    text = re.sub(r"\bl(?=\d?(?:st|nd|rd|th)\b)", "1", text)  # "l" for "1", an error of scanners
    return re.sub(r"\b(\d{1,2})-(00|15|30|45)(?=\s?[ap]\.?m)", r"\1:\2", text)


def _hour(words: re.Match[str]) -> int:
    return _HOURS.index(words["hour"]) + 1 if words["hour"] in _HOURS else int(words["hour"])


def _spoken(words: re.Match[str], minutes: int) -> str:
    """Return "7:45" for "quarter to eight". "half 8" is half past eight, as everywhere in English."""
    hour = _hour(words)
    hour, minutes = (hour, minutes) if minutes > 0 else ((hour - 2) % 12 + 1, 60 + minutes)
    return f"{hour}.{minutes}" if hour in (10, 11) else f"{hour}:{minutes}"


def _full_hour(hour: int) -> str:
    """Return "8pm" for an hour alone. 10 and 11 may be in the morning or evening, so they give "10.00" and "11.00"."""
    return "12:00" if hour == 12 else f"{hour}.00" if hour in (10, 11) else f"{hour}pm"


_PEOPLE = r"(?:(?:people|teams|players|folks?|guests|everyone|you) )?(?:(?:start|begin|can|should) )?"


# Patterns of numbers that are not start times, and of days that are not nights -> replacement. The order matters.
_REWRITES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"(?<![a-z])(?:12 ?)?(?:noon|midday)(?![a-z])", "12:00"),
    (rf"(?P<day>{DAY})[\s:,-]*(?:time )?tb[acd]\b", r"\g<day> 0:00 "),
    (rf"(?:\buntil )?{DATE}", " "),
    (r"[$£€]\s?\d[\d,]*(?:\.\d+)?(?:pp?\b|k\b)?|\b(?:aud|usd|gbp|eur|pln)\s?\d[\d.,]*", " "),
    (r"(?<![\d:.])\d[\d,]*(?:\.\d\d)?p?\s?(?:entry|per|pp|each|a (?:go|head|team)|dollars|pounds|euros?)\b", " "),
    (r"(?<![\d:.])\d[\d,]*(?:\.\d\d?)?\s?(?:zł|zl|pln)(?![a-zł])", " "),
    # Phone numbers, but not "1930-2130".
    (r"(?<![\d:.])(?!\d{4}-\d{4}\b)(?=(?:[ -]?\d){7})\+?\d++(?:[ -]\d++)*(?![:.]\d|\s?[ap]\.?m)", " "),
    # A number after a word belongs to that word: "postcode 2000", "the 1800". "50p" is a price.
    (rf"\b(?!{_BEFORE_MILITARY})[a-z']{{3,}}\s(?:[01]\d|2[0-3])[0-5][05]\b(?!\s?(?:h|-|[ap]\.?m))", " "),
    (r"(?<![\d:.])(?:1[3-9]|[2-9]\d)[ap]\b", " "),
    (r"\b(?:call|ph|phone|tel|text|sms|ring)\b[.: ]*(?:us )?(?:on )?\+?\d{3,}+(?:-\d++)*(?!\s?[ap:.])", " "),
    (r"\b(?:since|est\.?|established|in|of) (?:1[6-9]|20)\d\d\b", " "),
    (rf"{DAY}(?:\s?(?:-|\bto\b|\bthru\b|\bthrough\b|\buntil\b)\s?{DAY})+", _days_of_range),
    (rf"(?P<start>{TIME}|\d{{4}}|\d{{1,2}})\s?(?:-|to|until|till?)\s?(?P<end>{TIME}|\d{{4}})", _start_of_range),
    (
        rf"{TIME}(?:ish)? {_PEOPLE}(?:doors|happy hour|regist\w+|finish|arriv\w+|seating|sign[- ](?:in|up)|drinks|disco"
        r"|(?:pre|warm)[- ]\w+|djs?|bands?|carriages|curfew|close|shut|(?:closing(?: time)?|last orders)(?! (?:at "
        r"|is |by )?\d))\b",
        OTHER_CLOCK,
    ),
    (rf"{TIME} (?:food|dinner|meals?)\b(?=.*{TIME} (?:quiz|trivia)\b)", OTHER_CLOCK),
    (
        r"\b(?:doors?|regist\w+|sign[- ](?:in|up)|arriv\w+|(?:get|be) (?:here|there)|tables|last (?:round|question)"
        r"|seat(?:ing|ed)|happy hour|food|dinner|meals?|menu|kitchen|lunch|drinks|carriages|curfew|handed out|match"
        r"|football|rugby"
        r"|minibus|pick-?ups?|disco|bands?|acoustic|tunes|warm-?up|carols|bar (?:opens|closes|shuts)|shuts?"
        r"|roasts?|karaoke|bingo|raffles?|results?|live music|open mic|djs?(?: (?:again|warm-up|set))?|last orders"
        rf"|open(?:s|ing)?|until|till?|ends?|finish\w*|clos(?:es?|ing(?: time)?)|before|after|by)(?:\s?(?:open|is"
        rf"|from|at|@|:|-|by))*\s?(?:{TIME}|\d{{1,2}}\b)"
        r"(?! (?:quiz|trivia)\b)",
        OTHER_CLOCK,
    ),
    # "6.30 for 7pm": doors open at half past six, and the quiz is at seven.
    (rf"(?:{TIME}|\b\d{{1,2}}) for (?:an? )?(?:prompt )?(?={TIME})", " "),
    (rf"(?:,? but)?,? (?:not|instead of|rather than) (?:at )?{TIME}", " "),
    (rf"{TIME} for (?P<hour>[1-9]|1[01])(?=\s?(?:start|[,.;]|$))", r" \g<hour>:00 "),
    (rf"(?<![\d:.])\d{{1,2}}\s?(?:/|&|or\b|and\b)\s?{TIME}", _UNKNOWN),  # "7/8pm"
    # "Tuesday & Wednesday quiz at 7 & 8"
    (
        r"(?:\bat|@|,|\bquiz:?|\btrivia:?)\s?\d{1,2}(?:\s?,\s?\d{1,2}){,3}\s?(?:,|/|&|\bor\b|\band\b)\s?\d{1,2}"
        r"(?=[.;!?)|,]*\s*(?:$|[;|]|respectively\b)|[.;!?)|]\s)",
        _UNKNOWN,
    ),
)


def without_other_numbers(text: str) -> str:
    """Remove dates, prices, phone numbers, and times of doors and dinner. Keep only the start of a range of times."""
    for pattern, replacement in _REWRITES:
        text = re.sub(r"\s+", " ", re.sub(pattern, replacement, text)).strip()
    return text


# "at 8", "Tuesdays 8": a bare hour is read only where a time is expected, and then it is in the evening.
_HOUR = r"(?P<hour>[1-9]|1[01])"
_BARE_HOURS = (
    re.compile(
        rf"(?P<before>(?:\bat|@|\baround|\babout|\bnights?|{DAY}(?:\s?[:/-])?|(?<!\d),"
        rf"|(?:{DAY}|\bquiz|\btrivia|\bquestions|\bstart(?:s|ing)?) from),?\s?)"
        rf"{_HOUR}(?=[.;!]?\s?$|\s?(?:,|&|/|and|every|on)\s?{DAY}|\s(?:in the|upstairs|downstairs|sharp|prompt)\b)"
    ),
    re.compile(rf"(?P<before>(?:\bat|@|\b(?:quiz|trivia|questions|{DAY}) from)\s?){_HOUR}{_AFTER_HOUR}"),
    re.compile(
        rf"(?P<before>\b(?:quiz(?:zes|zing)?|trivia|questions)(?: from)?\s?[:/-]?\s?){_HOUR}(?:\s?-\s?(?:[1-9]"
        rf"|1[0-2]))?"
        r"(?=[.;,!)|/-]*\s*$|[.;,!|)]+\s|\s[-/]\s)"
    ),
    re.compile(rf"(?P<before>{DAY},?\s){_HOUR}(?=[.;!)|]+(?:\s|$))"),
    re.compile(rf"(?P<before>(?<![\d$£€.,:-])){_HOUR}\s?-\s?(?:[1-9]|1[0-2])(?=\s(?:quiz|trivia)\b)"),
)
_OWN_HOUR = re.compile(
    rf"(?P<before>{DAY}(?: nights?| evenings?)?\s?[:,-]?\s?(?:(?:at|from)\s|@\s?)?)"
    rf"{_HOUR}(?=[.;!]?\s?$|\s?(?:(?:[,;.&|/+-]|and|then)\s?)?(?:(?:and|then|every|each|on)\s)*{DAY}|\s@\s?[a-z])"
)
_HOUR_AT = re.compile(rf"(?P<before>\bat |@\s?|{DAY}(?: nights?| evenings?)? from ){_HOUR}{_AFTER_HOUR}")


def with_bare_hours(text: str) -> str:
    """Write "Tuesdays at 8" as "Tuesdays at 20:00"."""
    for pattern in _BARE_HOURS:
        text = pattern.sub(_evening, text)
    return text


def with_own_hours(text: str) -> str:
    """Write "Mondays at 7, Thursdays 8pm" as "Mondays at 19:00, Thursdays 8pm": each day has its own hour."""
    if len(re.findall(DAY, text)) < 2:
        return text
    return _HOUR_AT.sub(_evening, _OWN_HOUR.sub(_evening, text))


def _evening(found: re.Match[str]) -> str:
    hour = int(found["hour"])
    return f"{found['before']}{hour}.00" if hour in (10, 11) else f"{found['before']}{hour + 12}:00"
