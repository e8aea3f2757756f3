"""Read the nights of a text, each with weekday, start time, frequency, first and last date."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from datetime import date

from trivia_scraper.items import Frequency, Schedule
from trivia_scraper.parsing.schedule import dates, frequency, start_times
from trivia_scraper.parsing.schedule.activities import split_off_quiz, without_idle_days
from trivia_scraper.parsing.schedule.dates import DATE, DATED_DAY, DAY, MONTH, ORDINAL, weekdays
from trivia_scraper.parsing.schedule.frequency import Recurrence
from trivia_scraper.parsing.schedule.lines import CLOCK_LINE, EXCEPTION, Night, find_nights
from trivia_scraper.parsing.schedule.polish import in_english
from trivia_scraper.parsing.schedule.proper_names import without_names
from trivia_scraper.parsing.schedule.start_times import TIME
from trivia_scraper.parsing.text import clean, first

# Longer texts are not schedules, and the time grows with the square of the length.
_LONGEST = 2_000
_MOST_NIGHTS = 5
_ENDED = re.compile(
    rf"\bcancell?ed\b(?! (?:for )?(?:on|this|next|tonight|today|\d|{MONTH}))"
    rf"|\b(?:discontinued|no longer (?:running|held|hosting|happening|on(?! {DAY}))|has (?:ended|finished)"
    r"|permanently closed|closed (?:down|permanently|for good))\b"
    r"|\b(?:quiz\w*|trivia|series) [^.;!?]{,40}\b(?:(?:finished|ended) (?:on|in|last)|c[ao]me to an end)\b"
    r"|\b(?:(?:do|does) not|don't|doesn't|no longer|stopped) (?:do|have|hav|host|run|runn|hold)(?:ing)?"
    r" (?:an? |any |our |the )?(?:weekly )?(?:pub )?(?:quiz|trivia)(?: nights?)?"
    r"(?! (?:at|during|for|if|in|next|on|over|this|when)\b)\b"
    r"|\bnot an? (?:pub )?(?:quiz|trivia)(?: night)?(?=\s?[,.;:!]|$)"
    r"|\b(?:quiz|trivia)(?: nights?)?\?\W*(?:not? here|not? at|sorry|nope|no\W)"
    r"|(?:^|[.;!?]\s)no (?:quiz|trivia)\w*(?:[.,;!]|$)"
)
_NOT_NOW = (
    r"(?:at (?:present|the moment|this time)|currently|presently|for now|for the (?:time being|moment|foreseeable)"
    r"|right now|until further notice|any ?more|any longer|these days|nowadays|now)\b"
)
_THE_QUIZ = (
    r"(?<!when )(?<!once )(?<!after )(?<!when the )(?<!once the )(?<!after the )"
    rf"\b(?:quiz|trivia)(?: nights?)?(?:,? \(?(?:on |every )?{DAY}(?: nights?)?(?:,? (?:at )?{TIME})?\)?)?"
    r"(?: is| are| has| have| was| been| put| now| sadly| currently| temporarily| at present|:|,| -){,5}"
)
# "No quizzes at present (normally Thursdays 8pm)", "quiz on hold"; but not "on hold until 5 January", which has an end.
_SUSPENDED = re.compile(
    r"\b(?:no|not (?:running|doing|hosting|holding|having)(?: an?| any| the| our)?) (?:weekly |regular |pub )*"
    rf"(?:quiz\w*|trivia)(?: nights?)?(?: here| on)? {_NOT_NOW}(?! until (?:\w+ )?\d)(?! (?:on )?{DAY})"
    r"(?![^.;!?\n]{,40}\bback\b)"
    rf"|{_THE_QUIZ} (?:suspended|on hold|paused|on hiatus|not (?:currently )?(?:running|happening|taking place"
    rf"|being held"
    r"|on(?= (?:at (?:present|the moment)|currently|for now|now|any ?more)\b|\W*(?:$|[.;!\n]))))\b"
    r"(?! (?:for (?!now|good|the (?:time|moment|foreseeable))|until (?!further)|till|in|during|over|from|this|next"
    rf"|tonight|today|on|\d|{MONTH}|{DAY}))"
    rf"|{_THE_QUIZ} (?:scrapped|axed|dropped|stopped|finished|ended|retired|wrapped up|done for good|ceased|folded"
    r"|no longer (?:runs?|takes? place|happens?|taking place|a thing|available)|(?:will not|won't) (?:continue"
    r"|return))\b"
    r"(?=\W*$|\s?[.,;:!)|-]|\s(?:for (?:good|ever|now)|forever|in|on|during|last|after|since|due|because|when|now"
    r"|and|but|as"
    r"|at the|permanently|running|altogether|sadly)\b)"
)
_ONLY_PLANNED = re.compile(
    r"\blooking for an? (?:new )?(?:quiz ?|question )?(?:master|host) (?:for|so|to)\b"
    r"|\b(?:so (?:that )?we can|(?:plan\w*|hop(?:e|ing)|want\w*|like|aim\w*|thinking) (?:to|of|about))"
    r" (?:start|launch|set up|run)\w* (?:an? |our |up a )?(?:[a-z]+ )?(?:quiz|trivia)"
)
# "Doors open Tuesdays 7pm" is not another night.
_OF_THE_HOUSE = re.compile(r"\b(?:doors?|open(?:s|ing)?|kitchen|food|arrivals?|bookings?|closed)\b")


_BACK = re.compile(rf"\b(?:back|return\w*|resum\w+|restart\w*|starts? again)(?: on| from)? (?:{DATED_DAY}|{DATE})")


def _is_suspended(text: str) -> bool:
    return bool(_SUSPENDED.search(text)) and not _BACK.search(text)


class ScheduleError(ValueError):
    """A text without a day that is clearly a quiz night. The message quotes the text."""


def read_nights(
    raw: str | None,
    timezone: str | None,
    *,
    hints: Sequence[str | None] = (),
    today: date | None = None,
) -> list[Schedule]:
    """Return one Schedule per night of the week, in the order of the text. Nights are weekly if no frequency is stated.

    timezone: IANA zone of the venue, copied to the schedules. hints: other texts, like title and slug, the most
    reliable first. Frequency and first date are read from them if `raw` lacks them; days and times never are. today:
    the day on which the publisher wrote the text. Without it, dates without a year are not read.

    Raises ScheduleError if the text names no day, or no day that is clearly a quiz night.
    """
    kept = clean(raw)
    written = map(_plain_line, re.split(r"[\r\n]+", _without_markup((raw or "")[:_LONGEST])))
    text = without_idle_days(without_names(in_english(_joined(list(filter(None, written))))))
    said, left = split_off_quiz(text)
    lines, others = _lines_with_nights(said)
    if any(map(_ENDED.search, lines)) or any(map(_ONLY_PLANNED.search, lines)) or _is_suspended(text):
        raise ScheduleError(f"no night that is still held in {kept!r}")
    nights: dict[int, Night] = {}
    line_of: dict[int, str] = {}
    for line in lines:
        for night in _held_nights(line):
            nights.setdefault(night.weekday, night).clocks.update(night.clocks)
            before = line_of.get(night.weekday)
            line_of[night.weekday] = f"{before}; {line}" if before and before != line else line
    if kept is None or not nights:
        raise ScheduleError(f"no day of the week in {kept!r}")
    if len(nights) > _MOST_NIGHTS:
        raise ScheduleError(f"opening hours rather than quiz nights in {kept!r}")
    elsewhere = [*others, *(_normal((hint or "")[:_LONGEST]) for hint in hints)]
    schedules = []
    for night in nights.values():
        texts = [line_of[night.weekday], *elsewhere]
        recurs, rrule = _recurrence(texts, left, night.weekday, len(nights) == 1, today)
        start_time = next(iter(night.clocks)) if len(night.clocks) == 1 else None
        held = [EXCEPTION.sub(" ", text) for text in texts]
        starts_on = _starts_on(held, recurs, night.weekday, today)
        rrule = rrule and rrule + _until(held, night.weekday, starts_on, today)
        schedules.append(Schedule(kept, night.weekday, start_time, recurs, rrule, timezone, starts_on))
    return schedules


def _joined(lines: Sequence[str]) -> str:
    """Join the lines of a text. If all lines have only one or two words, like on a board, they are one sentence."""
    short = len(lines) > 2 and all(len(line.split()) <= 2 for line in lines)
    is_board = short and len(list(filter(weekdays, lines))) == 1
    return (" " if is_board else "\n").join(lines)


def _without_markup(text: str) -> str:
    """Turn HTML into lines of text. Remove URLs and email addresses, whose words are not about the schedule."""
    text = re.sub(r"(?i)<(?:/?(?:br|p|div|li|ul|ol|tr|h[1-6]))\b[^<>]*>", "\n", text)
    text = html.unescape(re.sub(r"<(?:!--(?:(?!-->).)*--|[a-zA-Z/][^<>]*)>", "", text))
    return re.sub(r"(?i)\b(?:https?://|www\.)[^\s<>]+|\b[\w.+-]{1,64}@[a-z][\w.-]{0,200}\.[a-z]+", "", text)


def _normal(text: str) -> str:
    """Do the same as `_plain_line`, and translate Polish."""
    return in_english(_plain_line(text))


def _plain_line(text: str) -> str:
    """Return one line in lower case, with plain dashes and apostrophes. Split a slug into words."""
    line = re.sub("[~‐-―−]", "-", (clean(text) or "").lower().replace("’", "'"))
    line = start_times.in_digits(re.sub("[\ufe0f\u20e3]", "", line))  # "8" in a keycap
    line = re.sub(r"(?<= )\.{2,}(?= )", "", line)
    line = re.sub(rf"\b(back|see you)((?: as usual)?) next (?={DAY})", r"\1\2 ", line)
    # "Thursday 5 & Thursday 19 March"
    line = re.sub(
        rf"{DAY} \d{{1,2}}(?:st|nd|rd|th)?\b(?=(?:\s?(?:,|&|/|\band\b)\s?{DAY} \d{{1,2}}(?:st|nd|rd|th)?){{1,6}}"
        rf" (?:of )?(?P<month>{MONTH}))",
        r"\g<0> \g<month>",
        line,
    )
    line = re.sub(rf"\bfinal (?={DAY} (?:of|in)\b)", "last ", line)
    line = re.sub(rf"({DAY})(?:(?<!day)(?<!days)\.|(?=\d))", r"\1 ", line)
    line = re.sub(r"\b(jan|feb|mar|apr|aug|sept?|oct|nov|dec)\.(?=\s?\d)", r"\1", line)
    line = line.replace("every-other", "every other") if " " in line else line.replace("-", " ").replace("_", " ")
    # "Like every other Tuesday" means each Tuesday.
    return re.sub(rf"\b(like|as)((?: on| with| in)?) every other (?=week|month|{DAY})", r"\1\2 every ", line)


def _lines_with_nights(text: str) -> tuple[list[str], list[str]]:
    """Return the lines that state nights, and the other lines.

    The first line with a day states a night. If it has a start time too, so do all other lines with day and time.
    """
    line, others = _line_with_day(text)
    more = list(filter(_has_day_and_time, others)) if _has_day_and_time(line) else []
    return [line, *more], [each for each in others if each not in more]


def _has_day_and_time(line: str) -> bool:
    if not weekdays(line) or re.search(DATE, line) or _OF_THE_HOUSE.search(line):
        return False
    nights = find_nights(line)
    return bool(nights) and all(night.clocks - {None} for night in nights)


def _held_nights(line: str) -> list[Night]:
    """Return the nights of a line, except those on days that the line excludes."""
    nights = find_nights(line)
    exceptions = " ".join(EXCEPTION.findall(line))
    if re.search(rf"holiday|month|{ORDINAL}|{DATE}", exceptions):
        return nights
    left_out = weekdays(exceptions)
    return [night for night in nights if night.weekday not in left_out] or nights


def _line_with_day(text: str) -> tuple[str, list[str]]:
    """Return the first line that names a day, and the other lines.

    If it has no time, it is joined with an adjacent line that has only a time, or with the only line that has a time.
    """
    lines = [line for line in map(str.strip, text.split("\n")) if line]
    number = next((number for number, line in enumerate(lines) if weekdays(EXCEPTION.sub(" ", line))), None)
    if number is None:
        return "", lines
    before, line, after = lines[:number], lines[number], lines[number + 1 :]
    if not re.search(r"\d|noon|midday", re.sub(DATE, " ", line)):
        if after and CLOCK_LINE.fullmatch(after[0]):
            line = f"{line} {after.pop(0)}"
        elif before and CLOCK_LINE.fullmatch(before[-1]):
            line = f"{before.pop()} {line}"
        elif len(clocks := list(filter(_has_clock, after))) == 1 and not any(map(weekdays, after)):
            own = CLOCK_LINE.fullmatch(clocks[0]) or re.search(r"quiz|trivia", clocks[0])
            line = f"{line} {clocks[0]}" if own else line
    return line, [*before, *after]


def _has_clock(line: str) -> bool:
    return bool(re.search(TIME, line) or CLOCK_LINE.fullmatch(line))


def _recurrence(texts: list[str], left: str, day: int, alone: bool, today: date | None) -> Recurrence:
    """Read the recurrence of a night from the first text that states it. left: the text about other activities."""
    own = _recurrence_in(texts[0], day, alone)
    line = EXCEPTION.sub(" ", texts[0])
    if re.search(DATE, line) and not dates.runs_on(line) and (own is None or own[0] == "irregular"):
        undated = re.sub(DATED_DAY, " ", line)
        if day not in weekdays(undated):
            return ("once", None) if dates.is_one_date(line, day) else ("irregular", None)
        if re.search(DATE, undated):  # "31 October: Halloween quiz, Saturday 7pm"
            return ("once", None) if dates.only_night(undated, day, today) else ("irregular", None)
    bingo = _recurrence_in(left, day, alone, others_count=False)
    if dates.is_list(line) or (bingo and bingo[0] != "weekly"):
        return "irregular", None  # "every Tuesday; last Tuesday of the month is bingo"
    regular = any(night.every and night.weekday == day for night in find_nights(line))
    if not own and not regular and any(frequency.is_one_off(text, day) for text in [line, *texts[1:]]):
        return "irregular", None
    return own or first(_recurrence_in(text, day, alone) for text in texts[1:]) or frequency.weekly(day)


def _recurrence_in(text: str, day: int, alone: bool, others_count: bool = True) -> Recurrence | None:
    """Read the recurrence of the night on `day` from one text, or return None if the text does not state it."""
    if re.search(rf"\bmonth\b|\b{ORDINAL}\b(?! {MONTH})|\bnot every week\b", " ".join(EXCEPTION.findall(text))):
        return "irregular", None
    nights = find_nights(text)
    own = next((night for night in nights if night.weekday == day), None)
    said = EXCEPTION.sub(" ", text)
    if own:
        return frequency.read_recurrence(said, day, own.every, own.ordinals, len(nights) == 1)
    if not others_count and nights:
        return None
    found = frequency.read_recurrence(said, day, False, [], alone)
    if nights:  # on other days; it is unknown which of the two texts is out of date
        is_weekly = (found is None or found[0] == "weekly") and not any(night.ordinals for night in nights)
        return None if is_weekly else ("irregular", None)
    return found


def _starts_on(texts: list[str], recurs: Frequency, day: int, today: date | None) -> str | None:
    if recurs == "once":
        found = dates.only_night(texts[0], day, today)
    else:
        found = first(dates.first_night(text, day, today) for text in texts)
    return str(found) if found else None


def _until(texts: list[str], day: int, starts_on: str | None, today: date | None) -> str:
    """Return the end of an RRULE: the last second, in local time, of the last date in the texts. "" without one."""
    last = first(dates.last_night(text, day, today) for text in texts)
    return f";UNTIL={last:%Y%m%d}T235959" if last and str(last) > (starts_on or "") else ""
