"""Translate Polish schedules into the English words that the grammar reads.

Letters are compared without their marks: publishers drop them, and write days in upper case.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from trivia_scraper.parsing.schedule.dates import DAY_NAMES, MONTHS

_ENDINGS = r"(?:ek|ku|kiem|kowi|kow[yea]?|kach|kom)"
_DAYS = (
    rf"poniedzial{_ENDINGS}",
    rf"wtor{_ENDINGS}",
    r"srod(?:a|y|e|zie|om|ach|ow[yea])?",
    rf"czwart{_ENDINGS}",
    rf"piat{_ENDINGS}",
    r"sobot(?:a|y|e|om|ach|ni[ae]?)?|sobocie",
    r"niedziel(?:a|e|i|om|ach|n[yea])?",
)
_PLURALS = ("poniedzialki", "wtorki", "srody", "czwartki", "piatki", "soboty", "niedziele")
_SHORT_DAYS = (r"pn|pon", "wt", "sr", "czw?", "pt", "sob", "ndz?|niedz")
_DAY = rf"(?<![a-z])(?:{'|'.join((*_DAYS, *_PLURALS))})(?![a-z])"
# "pt" and "sr" are days only in a text of days and times, after a date, and if several lines begin like this.
_ONLY_SHORT = re.compile(
    rf"(?=.*(?:\d[:.]\d\d|godz))(?:\W|\d|\b(?:{'|'.join(_SHORT_DAYS)}|quiz|pubquiz|i|oraz|do|od|o|g|godz|w|we|start|co"
    r"|kazd[yae]|zl|pln)\b)+"
)
_LONG_DAYS = ("poniedzialek", "wtorek", "sroda", "czwartek", "piatek", "sobota", "niedziela")
_SHORT_BEHIND_DATE = re.compile(rf"(?P<before>(?<=\d\d\d\d)\s)(?P<day>{'|'.join(_SHORT_DAYS)})\b\.?")
_SHORT_IN_LIST = re.compile(rf"(?m)^(?P<before>\W*)(?P<day>{'|'.join(_SHORT_DAYS)})\b\.?(?=\s?[-:|])")
_MONTHS = (
    *(r"stycz(?:en|nia|niu)", r"lut(?:y|ego|ym)", r"mar(?:zec|ca|cu)", r"kwie(?:cien|tnia|tniu)", r"maj[au]?"),
    *(r"czerw(?:iec|ca|cu)", r"lip(?:iec|ca|cu)", r"sierp(?:ien|nia|niu)", r"wrze(?:sien|snia|sniu)"),
    *(r"pazdziernik(?:a|u)?", r"listopad(?:a|zie)?", r"grud(?:zien|nia|niu)"),
)
_ORDINALS = {
    **{"1st": r"pierwsz(?:y|a|e|ego|ej|ym)|1\.", "2nd": r"drug(?:i|a|ie|iego|iej|im)|2\."},
    **{"3rd": r"trzec(?:i|ia|ie|iego|iej|im)|3\.", "4th": r"czwart(?:y|a|e|ego|ej|ym)|4\."},
    **{"5th": r"piat(?:y|a|e|ego|ej|ym)|5\.", "last": r"ostatni(?:a|e|ego|ej|m)?"},
}
_ORDINAL = rf"(?<![a-z0-9])(?:{'|'.join(_ORDINALS.values())})(?![a-z0-9])"
_D = rf"(?:{'|'.join(DAY_NAMES)})s?"
_DATE = rf"\d{{1,2}}\.? (?:{'|'.join(MONTHS)})\b|\d{{1,2}}\.\d\d\.\d{{4}}"
_EVERY = r"\b(?:kazd(?:y|a|e|ego|ej|ym)|co) "
_HOUR = r"(?P<hour>\d{1,2})(?:[:.](?P<minute>\d\d))?(?!\d|[.:]\d)"

# Feminine ordinals name hours: "o siódmej", "punkt dwudziesta". Hours before noon need "in the evening".
_HOURS = (
    *("pierwsz", "drug", "trzeci", "czwart", "piat", "szost", "siodm", "osm", "dziewiat", "dziesiat", "jedenast"),
    *("dwunast", "trzynast", "czternast", "pietnast", "szesnast", "siedemnast", "osiemnast", "dziewietnast"),
    *("dwudziest", "dwudziest(?:a|ej) pierwsz", "dwudziest(?:a|ej) drug", "dwudziest(?:a|ej) trzeci"),
)
_MINUTES = {"pietnascie": "15", "trzydziesci": "30", "czterdziesci piec": "45"}
_SPOKEN_HOUR = re.compile(
    r"\b(?P<before>(?:o|od|do|na|okolo|kolo|ok\.|punkt|godz\w*\.?)(?: godz\w*)?) (?P<half>wpol do )?(?P<hour>"
    + "|".join(f"(?P<h{number}>{stem}(?:a|ej))" for number, stem in reversed([*enumerate(_HOURS, 1)]))
    + rf")(?: (?P<minutes>{'|'.join(_MINUTES)}))?(?P<evening> wieczor\w*| po poludniu)?(?![a-z])"
    rf"(?! (?:{'|'.join((*_DAYS, *_PLURALS))}))"
)


def _in_digits(found: re.Match[str]) -> str:
    """Write "o wpół do ósmej wieczorem" as "o 19:30". An hour before noon is ambiguous without such a word."""
    hour = next(number for number in range(1, len(_HOURS) + 1) if found[f"h{number}"])
    minutes = _MINUTES.get(found["minutes"] or "", "00")
    if found["half"]:
        hour, minutes = hour - 1, "30"
    if hour < 12 and not found["evening"]:
        return f"{found['before']} 0:00"
    return f"{found['before']} {hour + 12 * (hour < 12)}:{minutes}"


_Rewrite = tuple[str, str | Callable[[re.Match[str]], str]]


def _clock(found: re.Match[str]) -> str:
    """Read a time by the 24-hour clock, as is usual in Poland: "9:30" is in the morning. A bare "o 7" is ambiguous."""
    hour, minute = int(found["hour"]), found["minute"]
    if not minute and not 12 <= hour <= 23:
        return " at 0:00"
    return f" at {hour:02}:{minute or '00'}"


def _dotted(found: re.Match[str]) -> str:
    """Read a time with a dot. "7.10" may be 7 October if the same text has a time with a colon."""
    hour, minute = int(found["hour"]), found["minute"]
    if found["separator"] == "." and 1 <= int(minute) <= 12:
        dated = re.search(r"\d:\d\d|\bat \d", found.string) and 1 <= hour <= 31
        return f"{hour} {MONTHS[int(minute) - 1]}" if dated else " 0:00 "
    return f"{hour:02}:{minute}"


def _ordinals(found: re.Match[str]) -> str:
    text = found[0]
    for ordinal, pattern in _ORDINALS.items():
        text = re.sub(rf"(?<![a-z0-9])(?:{pattern})(?![a-z0-9])", ordinal, text)
    return re.sub(r"\b(?:i|oraz)\b", "and", text)


def _days(short: bool) -> list[_Rewrite]:
    plurals = [(rf"(?<![a-z]){plural}(?![a-z])", f"{name}s") for plural, name in zip(_PLURALS, DAY_NAMES, strict=True)]
    forms = [(rf"(?<![a-z])(?:{forms})(?![a-z])", name) for forms, name in zip(_DAYS, DAY_NAMES, strict=True)]
    shorts = [(rf"\b(?:{each})\b\.?", name) for each, name in zip(_SHORT_DAYS, DAY_NAMES, strict=True)]
    return [*plurals, *forms, *(shorts if short else [])]


_ROMAN = ("ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")  # "i" is "and"
# The order matters. The days have been translated before.
_PHRASES: tuple[_Rewrite, ...] = (
    (rf"[„“\"«]{_D}[”“\"»]", " "),  # a name
    (r"(?<=godz\. \d\d),(?=(?:00|15|30|45)\b)", "."),
    (rf"\bprze(?:nos|nies)\w+ (?:sie )?ze? (?={_D})", "moved from "),
    (rf"\bze? (?={_D}[^.;]*\bprze(?:nos|nies)\w+)", "moved from "),
    (rf"(?:\bprze(?:nos|nies)\w+ (?:sie )?)?\bna (?={_D})", "to "),
    (r"\b(?:najblizsz|nadchodzac)\w+ (?=(?:pub ?)?quiz)", "next "),
    (r"\b(?:jutro|jutrzejsz\w+)\b", "tomorrow"),
    (r"\b(?:dzis|dzisiaj|dzisiejsz\w+)\b", "today"),
    (r"\b(?:sylwestrow|swiateczn|walentynkow|andrzejkow|mikolajkow|wielkanocn|noworoczn|halloweenow)\w+", "christmas"),
    (r"\bprzed (?:swiet|wielkanoc|sylwestr|wakacj|feri)\w+", "before christmas"),
    (r"\bspecjaln\w+ (?=(?:pub ?)?quiz)|(?<=quiz )specjaln\w+", "special quiz "),
    (
        r"\b(?:kiedys|dawniej|wczesniej)(?: tu(?:taj)?)? (?:byl\w*|odbywal\w+(?: sie)?|mielismy|robilismy"
        r"|prowadzilismy)",
        "used to have",
    ),
    (r"\bnie (?:robimy|prowadzimy|organizujemy|gramy)(?: juz)?(?= (?:pub ?)?quiz)", "no longer have"),
    (
        r"\bquiz(?:u|ow) (?:juz|na razie|chwilowo|obecnie|aktualnie) nie ma\b|\bnie ma (?:juz|na razie|obecnie"
        r"|chwilowo) quiz\w*"
        r"|\b(?:na razie|chwilowo|obecnie|aktualnie) (?:nie ma|brak) quiz\w*",
        "no quiz at present",
    ),
    (rf"\b(?:ten|te|ta|tym|tej|najblizsz\w+|nadchodzac\w+) (?={_D})", "this "),
    (r"\bwybran\w+(?= )", "some"),
    (r"\bnieregularn\w+|\bod czasu do czasu\b", "occasionally"),
    (r"\b(?:naprzemian|na (?:przemian|zmiane)|naprzemienn\w+)(?: z)?\b", "alternating with"),
    (r"\bnagrod\w+", "prize"),
    (r"\b(?:ranking|lider|lig)\w*\b", "league"),
    (r"\blosowan\w+", "draw"),
    (r",? a nie (?:o )?(?=\d)", " not "),
    (rf",? a (?=we? {_D})", " and "),
    (r"\b(?:quizu|quizow) nie (?:ma|bedzie)\b", "no quiz"),
    (
        r"\b(?:szach|planszow|gr(?:y|a|ami)? planszow|rzutk|dart|bilard|pilkarzyk|stand-?up|kabaret|potancow|warsztat"
        r"|degustacj|mecz|transmisj|jam\b|joga|jogi|kurs|salsa|salsy|targ\b|dancing|automat\w* do quiz|teleturniej)\w*",
        "live music",
    ),
    (r"\brozwiaz\w* (?:nasz |ten )?quiz\b", "take our quiz"),
    (r"\bszukamy (?:prowadzac\w+|hosta|mistrza)", "looking for a host for"),
    (r"\bo ktorej\b", "time"),
    (r"\bpromocj\w+", "happy hour"),
    (r"\b(?:prosimy o przyb\w+(?: najpozniej)?|przyjdz\w*|zbiorka|najpozniej)\b", "arrive"),
    (r"\bpoczatek\b", "start"),
    (r"\b(?:koniec|zakonczenie)(?: ok\.| okolo| o| godz\.)* (?=\d)", "until "),
    (rf"\bco (?P<number>[2-9])(?:\.|-?(?:gi|ga|ci|cia|ty|ta))?(?= (?:{_D}|tydzien|miesiac)\b)", r"co \g<number>."),
    (r"\btyg\b\.?", "tygodnie"),
    # A house number is not a start time, and "4/6" is not a date.
    (r"\b(?:ul|al|pl)\. (?:\d+ )?[^\d,;|\n]+\d+[a-z]?(?:/\d+[a-z]?)?(?![\d:.])", " "),
    *((rf"\b(?:{forms})\b", name) for forms, name in zip(_MONTHS, MONTHS, strict=True)),
    *((rf"(?<=\d) {roman}\b", f" {name}") for roman, name in zip(_ROMAN, MONTHS[1:], strict=True)),
    (
        r"\b(?:co (?:dwa|2) tygodnie|co (?:drugi|2\.) tydzien|raz na (?:dwa|2) tygodnie|dwutygodni\w+)\b",
        "every two weeks",
    ),
    (r"\bco (?:trzy|cztery|trzeci|czwarty|[3-9]\.?) (?:tygodnie|tygodni|tydzien)\b", "every 3 weeks"),
    (r"\b(?:co tydzien|kazdego tygodnia|raz w tygodniu|cotygodniow\w+)", "every week"),
    (r"\b(?:co (?:dwa|trzy|[23]) miesiace|co (?:drugi|trzeci|[2-9]\.) miesiac)\b", "every 2 months"),
    (r"\b(?:dwa|2) razy w miesiacu\b", "twice a month"),
    (r"\b(?:raz w miesiacu|co miesiac|comiesieczn\w+)\b", "monthly"),
    (rf"{_EVERY}(?={_ORDINAL}(?: (?:i|oraz) {_ORDINAL})? {_D}.*miesiac)", ""),
    (rf"\bco (?:drug(?:i|a|ie)|2\.) (?={_D})", "every other "),
    (rf"\bco (?:{_ORDINAL}|[6-9]\.) (?={_D})", "every 3 weeks on "),
    (rf"{_EVERY}{_ORDINAL} (?={_D})", "some "),  # ambiguous: of the month, or every third one
    (rf"{_ORDINAL}(?:\s?(?:,|/|\bi\b|\boraz\b)\s?{_ORDINAL})*(?=\s{_D})", _ordinals),
    (r"\b(?:kazdego |w )?miesiac(?:a|u)\b", "of the month"),
    (rf"{_EVERY}(?={_D})", "every "),
    (rf"\bnie (?:we? )?(?={_D})", "not "),
    (rf"\bod (?={_D} {_DATE})", "from "),
    (r"\b(?:od )?\d{1,2}(?: do \d{1,2})? ?(?:lat|rok\w*|osob\w*|os)\b", " "),
    (rf"\bod (?={_D})|\bwe? (?={_D})", ""),
    (rf"\bdo (?={_D})", "to "),
    (rf"\bod (?={_DATE})", "from "),
    (rf"\bdo (?={_DATE})", "until "),
    (r"\bwe? (?=(?:" + "|".join(MONTHS) + r")\b)", "in "),
    (r"\b(?:nie ma quiz\w+|brak quiz\w+|bez quiz\w+|przerwa)", "no quiz"),
    (r"\b(?:odwolan\w+|zawieszon\w+)", "cancelled"),
    (r"\b(?:wracamy|powrot|powracamy)\b", "back"),
    (r"\b(?:oprocz|poza|z wyjatkiem)\b", "except"),
    (r"\bdo (?:godz\w*\.? ?)?(?=\d)", "until "),
    (r"\b(?:drzwi|wejscie|otwarcie)(?: otwier\w+| otwarte)?\b", "doors"),
    (r"\b(?:zapisy|rejestracja)(?: druzyn\w*)?\b", "registration"),
    (r"\b(?:otwart[aey]|czynn[aey]|godziny otwarcia|nieczynn[aey])\b", "opening hours"),
    (r"\bkuchnia\b", "kitchen"),
    (r"\b(?:koncert\w*|muzyka na zywo)\b", "live music"),
    (r"\d+(?:[.,]\d{1,2})? ?(?:zl|pln)(?![a-z])", " "),
    (rf"\b(?:(?:od |o )?godz\w*\.? ?|od |o |g\. ?|okolo |kolo |ok\. ?|start\w* (?:o |godz\w*\.? )?){_HOUR}", _clock),
    (rf"(?<=day|ays),? (?P<hour>\d{{1,2}})(?P<minute>)(?=\s*(?:$|[,;|]|quiz|(?:i|oraz) (?:we? )?{_D}))", _clock),
    (r"(?<![\d.:])(?P<hour>\d{1,2})(?P<separator>[:.])(?P<minute>\d\d)(?![\d.:])", _dotted),
    (r"\b(?:i|oraz)\b", "and"),
    (r"\b(?:lub|albo)\b", "or"),
)


def _long_day(found: re.Match[str]) -> str:
    number = next(number for number, short in enumerate(_SHORT_DAYS) if re.fullmatch(short, found["day"]))
    return f"{found['before']}{_LONG_DAYS[number]}"


def in_english(text: str) -> str:
    """Translate Polish days, times and frequencies of a lower-case text. Return any other text unchanged."""
    folded = re.sub(r"\bsrod\w+ (?:wielkopolsk|slask)\w+", " ", without_marks(text))  # towns
    if only_short := bool(_ONLY_SHORT.fullmatch(folded)):
        only_short = bool(re.search(rf"\b(?:{'|'.join(_SHORT_DAYS)})\b", folded))
    folded = _SHORT_BEHIND_DATE.sub(_long_day, folded)
    if len(_SHORT_IN_LIST.findall(folded)) > 1:
        folded = _SHORT_IN_LIST.sub(_long_day, folded)
    if not only_short and not re.search(_DAY, folded):
        return text
    folded = _SPOKEN_HOUR.sub(_in_digits, folded)
    for pattern, replacement in (*_days(only_short), *_PHRASES):
        folded = re.sub(pattern, replacement, folded)
    return folded


def without_marks(text: str) -> str:
    """Remove diacritics: "środa" -> "sroda". Also replaces "ł", which Unicode does not decompose."""
    decomposed = unicodedata.normalize("NFD", text.replace("ł", "l").replace("Ł", "L"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def weekday_of(name: str) -> int | None:
    """Return the number, 1 = Monday, of a Polish day in any form and spelling, or None if it is not a day."""
    english = in_english(name.strip(" []().,").lower())
    return next((number for number, day in enumerate(DAY_NAMES, 1) if english.removesuffix("s") == day), None)
