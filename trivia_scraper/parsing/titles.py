"""Read names, frequencies and hosts from titles of pages and events. Pure; never raises.

A title like "PUB QUIZ – The Bobbin – Clapham – Every Other Sunday" has the kind of event before the venue's name and
the frequency after it. They are removed only if they are certain: "The Crown Pub Quiz" and "Ruby Tuesday" are names.
"""

from __future__ import annotations

import html
import re
from typing import NamedTuple

from trivia_scraper.parsing.schedule.dates import DATE, DATED_DAY
from trivia_scraper.parsing.text import clean

_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_ORDINAL = r"(?:first|(?:second|2nd) (?:to )?last|second|third|fourth|fifth|last|final|penultimate|1st|2nd|3rd|4th|5th)"
_OF_MONTH = r"(?: (?:of|in) (?:the|every|each) month)?"
_CLOCK = r"(?:,? (?:at |from |@ ?)?\d{1,2}(?:[.:]\d\d)?\s?(?:[ap]m)?)?"
_SEPARATOR = r"(?:,? (?:and|&) |, ?|/)"
_OFTEN = (
    r"(?:(?:(?:bi[- ]?)?week|fortnight|month)ly|(?:once|twice) (?:a|every) month"
    r"|(?:every|each) (?:other |second |2 |two )?(?:week|month|fortnight)s?)"
)
_ORDINALS = rf"{_ORDINAL}(?:{_SEPARATOR}{_ORDINAL})*"
_SAID_DAY = (
    rf"(?:(?:every|each|alternate)(?: other| second| 2nd)? {_DAY}s?|(?:every )?{_ORDINALS} {_DAY}s?{_OF_MONTH}|{_DAY}s)"
)
_NIGHT = r"(?: (?:night|evening)s?)?"
_SURE = rf"(?:{_SAID_DAY}{_NIGHT}|{_OFTEN}){_CLOCK}"
_ANY = rf"(?:{_SURE}|{_DAY}{_NIGHT}{_CLOCK})"
_CADENCE = rf"{_ANY}(?:{_SEPARATOR}{_ANY})*"
_SHORT_DAY = r"(?:mon|tues?|weds?|thu(?:rs?)?|fri|sat|sun)"
_BEGINNING = r"(?:from|starts|starting|begins|beginning|launch(?:es|ing)|returns|returning|back) \D{0,20}\d.*"
_IS_CADENCE = re.compile(
    rf"{_CADENCE}|{_SHORT_DAY}(?:{_SEPARATOR}{_SHORT_DAY})+{_CLOCK}|{_BEGINNING}|(?:{_SAID_DAY}|{_OFTEN})\b.*",
    re.IGNORECASE,
)
_IN_FRONT = re.compile(rf"(?P<cadence>{_CADENCE}) (?:at|@) (?P<name>[^\W\d].*)", re.IGNORECASE)
# After a space, a lone "Tuesday" or "Fridays" may belong to the name; after a comma, bracket or dash it does not.
_BEHIND = re.compile(
    rf"(?P<name>\S.*?)(?:\s*[,(–—]\s*(?P<set_off>{_CADENCE})|\s+(?!{_DAY}s$)(?P<cadence>{_SURE}))\)?", re.IGNORECASE
)
_KIND = re.compile(rf"^pub\s*qui+z+(?:\s*[:|‐-―-]\s*|\s+(?:at|@)\s+|\s+(?={_CADENCE} (?:at|@) )|$)", re.IGNORECASE)
_HOSTED = re.compile(r"^(?:this event is )?(?:hosted by\s*:?)?\s*(?:★\s*\d*)?\s*", re.IGNORECASE)
_AT = re.compile(r"(?=.{,39}, [^,]*$).* @ (?P<name>.+), [^,]+")  # the part before the town is cut at 40 characters
_DASH = re.compile(r"\s[‐-―-]\s|\|")
_LONGEST = 300
_DATED = re.compile(rf"(?:\b(?:on|for)\s)?(?:{DATED_DAY}|{DATE})", re.IGNORECASE)
_NOT_YET_OPEN = re.compile(
    r"(?:^|.*[-‐-―:|(\[*!~,])\W*(?:(?:coming|opening|launching|starting|returning) (?:very )?soon|watch this space"
    r"|(?:dates?|times?|day|night) (?:tba|tbc|tbd)|tba|tbc|tbd|to be (?:announced|confirmed))\W*",
    re.IGNORECASE,
)


class Title(NamedTuple):
    name: str | None
    cadence: str | None
    """How often, and perhaps on which days, as the title says it."""


def read_title(raw: str | None) -> Title:
    """Read a venue's name, and how often it has a quiz, from the title of its page.

    Parts of the name are joined by ", ".
    """
    line = (clean(html.unescape(raw or "")) or "")[:_LONGEST]
    names: list[str] = []
    said: list[str] = []
    for part in filter(None, map(clean, _DASH.split(_KIND.sub("", line, count=1)))):
        if not names and (in_front := _IN_FRONT.fullmatch(part)):
            names.append(in_front["name"])
            said.append(in_front["cadence"])
        elif _IS_CADENCE.fullmatch(part):
            said.append(part)
        elif behind := _BEHIND.fullmatch(part):
            names.append(behind["name"])
            said.append(behind["set_off"] or behind["cadence"])
        else:
            names.append(part)
    if not names:  # "Weekly Planet Bar – Mondays": the name looks like a cadence
        names = [part for part in said if not re.fullmatch(_CADENCE, part, re.IGNORECASE)][:1]
        said = [part for part in said if part not in names]
    return Title(clean(", ".join(names)), clean(", ".join(said)))


def without_dates(raw: str | None) -> str | None:
    """Remove dates from the title of an event: "Pub Quiz" for "Pub Quiz - Tuesday 1 December 2026"."""
    line = (clean(raw) or "")[:_LONGEST]
    return clean(re.sub(r"\(\s*\)|\[\s*\]", " ", _DATED.sub(" ", line)).strip(" ,;:|(@-–—"))


def is_not_yet_open(raw: str | None) -> bool:
    """Return whether a text announces a quiz without a date: "The Tin Drum - COMING SOON", "Opening soon!"."""
    return bool(_NOT_YET_OPEN.fullmatch((clean(raw) or "")[:_LONGEST]))


def place_in(raw: str | None) -> str | None:
    """Return the venue in "Quiz Night @ The Tin Drum, Kingsley". None if it is missing or may have been cut off."""
    found = _AT.fullmatch(clean(raw) or "")
    return found["name"] if found else None


def read_host(raw: str | None) -> str | None:
    """Return the host's name in "This event is hosted by ★608 DJ Marlow", or None. A number alone is not a name."""
    return clean(_HOSTED.sub("", clean(raw) or "", count=1))
