"""Remove names of pubs, clubs, newspapers and teams that contain a day, like "The Wednesday Arms"."""

from __future__ import annotations

import re

from trivia_scraper.parsing.schedule.dates import DAY, weekdays

_NAMED = r"(?<![a-z])(?:mon|tues|wednes|thurs|fri|satur|sun)day(?:'?s)?(?![a-z'])"
_PUB = (
    r"(?:arms|inns?|taverns?|hotels?|brewery|brewing(?: co\b\.?)?|night ?club|brewhouse|tap ?(?:room|house)|caf[eé]"
    r"|restaurant|grill|saloon|bistro"
    r"|bar (?:&|and) (?:grill|kitchen|eatery)|street|road|lane|market|island|brasserie|ale ?house|(?:social|sports"
    r"|supper|working men'?s) club)\b"
)
_PLACE = rf"(?:{_PUB}|(?:[a-z]+ )?(?:bars?|pubs?|clubs?|house|lounge|rooms|society|kitchen (?:&|and) bar)\b)"
_HOSTS = r"(?:hosts?|presents?|holds|runs|meets?|invites|welcomes|brings|serves)\b"
_QUIZ = r"(?:(?:pub|bar|table) )?(?:quiz(?:zes)?|trivia)\b"
# Always a name.
_CERTAIN = (
    rf"\b(?:the|at|@|from|by) {_NAMED} {_PUB}",
    r"\bt\.?\s?g\.?\s?i\.?\s?friday(?:'?s)?\b",
    r"\bsunday (?:times|mirror|telegraph|mail|express|post|sport|people|world|independent|herald|mercury|business post"
    r"|star(?= (?:newspaper|crossword|magazine)))\b",
    r"\bthank (?:god|goodness) it's friday\b|\bwednesday addams\b",
    r"\b(?:good friday|easter (?:saturday|sunday|monday)|bank holiday monday)\b[^.;,|\n]{,20}\b(?:closed|shut)\b",
    r"\b(?:mail|independent|scotland|ireland|wales) on sunday\b",
    r"\bsheff(?:ield)? wed(?:nesday)?(?: (?:supporters?|fans?|f\.?c\.?|football|match(?:es)?|games?|vs?|ground"
    r"|academy)\b|'s\b)",
)
# A name only if the text has another day: "Thursday bar quiz 8pm" may not contain a name.
_PROBABLE = (
    rf"(?<!every )(?<!each )(?<!on ){_NAMED}(?: night)? {_PUB}(?! (?:quiz|trivia)(?! (?:nights? )?(?:on |every "
    rf"|each )?{DAY}))",
    rf"\b(?:the|at|@|from|by) (?:the )?{_NAMED} {_PLACE}(?! (?:quiz|trivia|nights?)\b)",
    rf"(?<!every )(?<!each )(?<!on ){_NAMED} {_PLACE}(?= {_HOSTS})",
    rf"(?<!every )(?<!each )(?<!on ){_NAMED} {_PLACE}(?:'s)?(?= {_QUIZ}(?: nights?)?(?: is)? (?:on |every "
    rf"|each )?{DAY})",
    rf"(?:mon|tues|wednes|thurs|fri|satur|sun)day's (?:{_PLACE}|(?={_HOSTS}))",
    rf"(?:mon|tues|wednes|thurs|fri|satur|sun)day's(?= {_QUIZ}(?: nights?)? {DAY})",
    rf"\bat (?:mon|tues|wednes|thurs|fri|satur|sun)day's\b(?! (?:{_QUIZ}|\d))",
    r"\bsheff(?:ield)? wed(?:nesday)?\b(?! \d)",
    r"\b(?:ruby tuesday|(?:man|girl) friday|blue monday|(?:manic|happy) mondays?|freaky friday)(?:'?s)?"
    rf"(?: {_PLACE})?(?! (?:\d|{_QUIZ}(?! (?:nights? )?(?:on |every |each )?{DAY})))",
    r"\bsunday (?:league|school|service|papers?)\b|\bsaturday (?:night (?:live|fever|takeaway)|kitchen)\b",
    r"\bfriday the (?:13th|thirteenth)\b|\bfriday night (?:dinner|lights)\b|\bfreaky friday\b"
    r"|\bwednesday (?:f\.?c\b\.?|\((?:netflix|tv)[^()]*\)?)",
    r"\bwednesday's child\b|\bwednesday (?:fans|supporters)\b",
    r"\bat the (?:mon|tues|wednes|thurs|fri|satur|sun)day(?=\s?(?:[,.;]|$))",
)


def without_names(text: str) -> str:
    """Remove names that contain a day: "The Wednesday Arms hosts a quiz every Monday" is on Mondays."""
    for pattern in _CERTAIN:
        text = re.sub(pattern, " ", text)
    for pattern in _PROBABLE:
        unnamed = re.sub(pattern, " ", text)
        text = unnamed if weekdays(unnamed) else text
    return text
