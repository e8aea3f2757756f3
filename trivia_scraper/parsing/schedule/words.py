"""Days, ordinals and months as publishers write them; all in lower case."""

from __future__ import annotations

import re

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ORDINALS = {
    **{"1st": 1, "first": 1, "2nd": 2, "second": 2, "3rd": 3, "third": 3},
    **{"4th": 4, "fourth": 4, "5th": 5, "fifth": 5, "last": -1},
    **dict.fromkeys(("second last", "second to last", "2nd last", "2nd to last", "penultimate", "last but one"), -2),
}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

ORDINAL = rf"(?:{'|'.join(sorted(ORDINALS, key=len, reverse=True))})"
# "The Rising Sun" and "trivia in the sun" are no Sundays.
DAY = (
    r"(?<![a-z])(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)"
    r"(?:day|(?<!the sun)(?<!rising sun))(?:'?s)?(?![a-z])"
)
MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)(?:uary|ruary|ch|il|ust|ember|ober)?\b"


def weekday(day: str) -> int:
    """1 = Monday, of a text that DAY matches."""
    return 1 + next(number for number, name in enumerate(DAY_NAMES) if name.startswith(day[:3]))


def weekdays(text: str) -> set[int]:
    return {weekday(day) for day in re.findall(DAY, text)}
