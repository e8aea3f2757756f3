"""Read the days of one line, with their start times and ordinals. The line is in lower case and English."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from trivia_scraper.parsing.schedule import frequency, start_times
from trivia_scraper.parsing.schedule.dates import DATE, DATED_DAY, DAY, MONTH, ORDINAL, ORDINALS, weekday, weekdays
from trivia_scraper.parsing.schedule.start_times import TIME

_TOKEN = re.compile(
    # Digits after a currency sign, a letter or the dot of another number are neither a time nor an ordinal.
    r"(?<![a-z0-9$£€])(?<!\d[.:])(?:"
    rf"(?P<ordinal>{ORDINAL})(?=(?:(?:\s?[,&/]\s?|\s(?:(?:and|or)\s)?){ORDINAL}){{,4}}\s{DAY})"
    rf"|(?P<every>(?:every|each) )?(?P<day>{DAY})|{start_times.CLOCK})|(?P<other_clock>~)"
)
EXCEPTION = re.compile(
    rf"\b(?:except|excluding|apart from|bar the (?={ORDINAL})|closed|not (?:on|the|during|every|{ORDINAL})"
    r"|no (?:quiz|trivia|shows?|games?|events?)|skip\w*|tak(?:es?|ing) a (?:\w+ )?break"
    rf"|cancell?ed (?=on|this|next|\d|{MONTH}|{DAY}))\b"
    rf".*?(?=[.;,!?|)]|\s-\s|\s(?:at |from )?{TIME}|$)"
)
CLOCK_LINE = re.compile(
    r"\W*(?:(?:quiz|trivia|(?:first )?questions?|starts?|starting|from|at|begins?|time|kicks? off|we|it|the|our)\b\W*)*"
    rf"(?:{TIME}|\b(?:(?<=at )|(?<=quiz )|(?<=trivia ))\d{{1,2}}\b)"
    rf"(?:\s?(?:-|to|until|till?)\s?(?:{TIME}|late))?(?:\s?(?:start|sharp|prompt|onwards|(?:every|each) week))*\W*"
)


@dataclass(slots=True)
class Night:
    weekday: int
    every: bool = False
    ordinals: list[int] = field(default_factory=list)
    clocks: set[str | None] = field(default_factory=set)


def _readable(line: str) -> str:
    """Remove brackets, booking notes, exceptions, dates and prices. Keep only the start of a range of times."""
    text = re.sub(r"\bbook(?:ings?)?\s?:.*", " ", EXCEPTION.sub(" ", line))
    closed = re.sub(r"\((?:([^()]*)\)|[^)]*\)?)", _clock_in_brackets, text)
    text = closed if weekdays(closed) else re.sub(r"[()]", " ", text)
    text = re.sub(rf"\b(?:until|till?)\b(?: on)? {DATED_DAY}", " ", text)
    # "Tuesdays, back Wednesday 20 January", "Tuesdays, grand final Friday 12 December". Not if no day would remain.
    for dated in (rf"\b(?:back|returns?|returning|resum\w+)\b(?: on)? {DATED_DAY}", DATED_DAY):
        undated = re.sub(dated, " ", text)
        text = undated if weekdays(undated) else text
    text = start_times.without_other_numbers(text)
    if not re.search(DATE, line):
        text = start_times.with_own_hours(text)
    if not frequency.is_monthly(text):
        # "every second Tuesday" is fortnightly, unlike "every second Tuesday of the month".
        text = re.sub(rf"\bevery (?:2nd|second) (?={DAY})", "", text)
    return text if any(_is_clock(token) for token in _TOKEN.finditer(text)) else start_times.with_bare_hours(text)


def _clock_in_brackets(found: re.Match[str]) -> str:
    """Keep the time of "Tuesday (7pm)", and that of "7.30pm (winter 7pm)", because the two contradict each other."""
    inside = found[1] or ""
    other_season = re.search(r"winter|summer|daylight|season|holiday|december|january", inside)
    return f" {inside} " if other_season or CLOCK_LINE.fullmatch(inside) else " "


def find_nights(line: str) -> list[Night]:
    """Return the nights of a line. A day gets the next time after it, or the one before if a time comes first."""
    tokens = list(_TOKEN.finditer(_readable(line)))
    first = next((token for token in tokens if token["day"] or _is_clock(token)), None)
    clock_first = first is not None and not first["day"]
    last_day = max((token.start() for token in tokens if token["day"]), default=-1)
    nights: dict[int, Night] = {}
    sharing: list[Night] = []
    ordinals: list[int] = []
    clock: set[str | None] = set()
    clock_since_day = False
    for token in tokens:
        if token["ordinal"]:
            ordinals.append(ORDINALS[token["ordinal"]])
        elif token["day"]:
            night = nights.setdefault(weekday(token["day"]), Night(weekday(token["day"])))
            night.every |= not ordinals and bool(token["every"] or token["day"].endswith("days"))
            night.ordinals += [ordinal for ordinal in ordinals if ordinal not in night.ordinals]
            if clock_first:
                night.clocks |= clock
            sharing = [night] if clock_since_day else [*sharing, night]
            ordinals, clock_since_day = [], False
        elif token["other_clock"]:
            clock_since_day = True
        else:
            read = start_times.read_clock(token)
            clock = {*clock, read} if clock_since_day or not nights else {read}
            clock_since_day = True
            # If a time comes first, one after the last day contradicts it.
            for night in sharing if not clock_first or token.start() > last_day else []:
                night.clocks.add(read)
    return list(nights.values())


def _is_clock(token: re.Match[str]) -> bool:
    return token.lastgroup not in {"ordinal", "every", "day", "other_clock"}
