"""Which part of a text is about the quiz: pubs have bingo, roasts and opening hours on other days."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from trivia_scraper.parsing.schedule.dates import DATE, DAY, DAY_NAMES, MONTH, ORDINAL, weekdays
from trivia_scraper.parsing.schedule.start_times import TIME

_QUIZ = r"\w*quiz\w*|\btrivia\w*"
# What a night of its own is named for; without a quiz beside it, its day is no night of ours.
_OTHER_NIGHT = (
    r"\b(?:bingo|karaoke|poker|open[- ]mic(?:rophone)?|live (?:music|bands?|jazz)|djs?|comedy|raffles?|happy hours?"
    r"|kitchen|(?:opening|trading|business) (?:hours|times)|(?<!\w )hours(?=\s?:)|roasts?|carvery|brunch"
    r"|survey says|drag|salsa|darts|acoustic|disco|barbecues?|bbqs?|folk|jam (?:nights?|sessions?)"
    r"|film (?:nights?|club)|book club)\b"
    rf"|(?<!doors )\bopen(?:s|ing)?\b(?=\s?(?::|from|at|daily|every ?day|till?|until|\d|{DAY}))"
)
_FARE = (
    r"\b(?:tacos?|wings?|burgers?|pizzas?|steaks?|schni\w+|parm[aiy]s?|ribs?|curry|curries|meals?|dinners?|lunch(?:es)?"
    r"|food|specials?|deals?|cocktails?|drinks?|pints?|beers?|wine|pasta|seafood|oysters?|sushi|nachos|margaritas?"
    r"|kids eat|ladies|locals|yoga|run club|football|footy|sports?|games? nights?|board games)\b"
)
_ACTIVITY = re.compile(rf"(?P<quiz>{_QUIZ})|(?P<night>{_OTHER_NIGHT})|(?P<fare>{_FARE})")
_DAY_OR_ACTIVITY = re.compile(rf"(?P<day>{DAY})|{_ACTIVITY.pattern}")
# What a clause may say of a day without naming another activity.
_PLAIN = re.compile(
    rf"{DAY}|{DATE}|{ORDINAL}|{TIME}|\b(?:{MONTH}|every|each|other|and|also|plus|then|from|until|till?|start\w*|begin\w*"
    r"|nights?|evenings?|afternoons?|arvo|mornings?|weekly|monthly|fortnight\w*|weeks?|months?|the|for|with|sharp|late|noon"
    r"|midday|show|sessions?|hosted|host|upstairs|downstairs|bar|pub|lounge|room|garden|free|entry|teams?|bookings?|book"
    r"|doors?|registration|per|person|our|your|all|are|back|returns?|again|join|come|down|first|second|early|general"
    r"|knowledge|adults?|kids|juniors?|seniors?|famil(?:y|ies))\b"
)
# "A weekly quiz": how often is said, so that the day of something else beside it is not its day.
_REGULAR_QUIZ = re.compile(
    rf"(?=.*(?:{_QUIZ}))(?!.*{DAY}).*\b(?:weekly|regular|monthly|fortnightly|(?:every|each|once an?) (?:week|month))\b"
)
_HEADING = re.compile(rf"\W*{DAY}(?: nights?)?\s?[:-]")
_AGAIN = re.compile(rf"\bagain (?:on |every )?{DAY}")
_EXCEPTION = re.compile(r"\b(?:no|not|except|excluding|instead of|closed|apart from)\b")
_SENTENCE = re.compile(r"(?<=[;!?\n])|(?<=\.)(?=\s|$)")
_CLAUSE = re.compile(r"(?<=[,|•·*★])|(?<= - )|(?<= / )|(?= (?:&|\+|and|then|plus) )")

_SEVERAL = rf"{DAY}(?:\s?(?:-|to|&|and|,|/)\s?{DAY})*"
_MOVED = r"\b(?:moved|moving|changed|switched)"
_FORMER = (
    (rf"{_SEVERAL}\s?[-:]?\s?closed\b", " , "),
    (rf"\bno (?:more|longer an?) (?:pub )?(?:quiz\w*|trivia)(?: nights?)?(?: on)? {_SEVERAL}", " "),
    (rf"{_MOVED} to (?P<new>{DAY}) from {DAY}", r" \g<new> "),
    (rf"{_MOVED} from {DAY}(?: to)?", " "),
    (rf"{DAY}(?P<clock>[^.;\n]{{,20}}?){_MOVED} to (?P<new>{DAY})", r"\g<new>\g<clock>"),
    (rf"\((?:(?!{DAY})[^()])*\bopens?\b(?:(?!{DAY})[^()])*\)", " "),
    (rf"\({_SEVERAL} (?:if|when|in case)\b[^()]*\)", " "),
    (rf"\b(?:formerly|previously|used to be|was|were)(?: (?:on|held|a|every))* {_SEVERAL}(?:(?: at)? {TIME})?", " "),
    (rf"\b(?:instead of|rather than|no longer|not)(?: (?:on|held|a|every))* {_SEVERAL}", " "),
)


def without_idle_days(text: str) -> str:
    """Remove the days on which a pub is closed, or had its quiz before."""
    for pattern, replacement in _FORMER:
        text = re.sub(pattern, replacement, text)
    return text


@dataclass(slots=True)
class _Unit:
    text: str
    sentence: int
    kind: str | None = None
    """quiz, other or exception; None while it has to take its meaning from its neighbours."""
    days: set[int] = field(init=False)
    timed: bool = field(init=False)

    def __post_init__(self) -> None:
        self.days = weekdays(self.text)
        self.timed = bool(re.search(TIME, self.text))
        found = {each.lastgroup for each in _ACTIVITY.finditer(self.text)}
        if _EXCEPTION.search(self.text):
            self.kind = "exception"
        elif found:
            self.kind = "quiz" if "quiz" in found else "other"

    @property
    def is_bare_day(self) -> bool:
        return bool(self.days) and not self.timed

    @property
    def stands_alone(self) -> bool:
        """ "Kitchen open from 5pm" says nothing of the days around it; nor does "$2 tacos"."""
        return (
            self.kind == "other"
            and not self.days
            and bool(re.search(r"\d", self.text) or not re.search(_OTHER_NIGHT, self.text))
        )


def of_the_quiz(text: str) -> tuple[str, str]:
    """Return (what `text` says of the quiz, what it says of anything else).

    The first is without days where the days of the text are clearly, or possibly, those of something else.
    """
    if not _names_other(text) and not (re.search(_QUIZ, text) and len(re.findall(DAY, text)) > 1):
        return text, ""
    if re.search(r"\balternat", text):
        return text, ""
    units = _units(text)
    with_day = any(unit.kind == "quiz" and unit.days for unit in units)
    for unit in units:
        of_something = unit.kind is None and unit.days and re.search(r"[a-z]{3}", _PLAIN.sub(" ", unit.text))
        if with_day and of_something and not _AGAIN.search(unit.text):
            unit.kind = "other"  # "Quiz Monday 7.30pm. Pie night Tuesday 6pm."
    _settle(units)
    if not any(unit.kind == "other" for unit in units):
        return text, ""
    kept = [unit for unit in units if unit.kind in {"quiz", "exception"} or (unit.kind is None and not with_day)]
    left = " ".join(unit.text for unit in units if unit not in kept)
    said = "".join(unit.text for unit in kept).strip()
    if weekdays(said):
        return said, left
    return _by_heading(text, units, said, left)


def _by_heading(text: str, units: list[_Unit], said: str, left: str) -> tuple[str, str]:
    """Give the quiz, beside which no day stands, the only day of the text: "Tuesday happy hour 5pm, trivia 7pm"."""
    days = weekdays(text)
    if any(_REGULAR_QUIZ.match(unit.text) for unit in units) and not _HEADING.match(text):
        return "", text
    if any(unit.kind == "quiz" for unit in units):
        return (f"{DAY_NAMES[days.pop() - 1]} {said}", left) if len(days) == 1 else ("", text)
    return ("", text) if re.search(_OTHER_NIGHT, text) else (text, "")


def _units(text: str) -> list[_Unit]:
    units = []
    for number, sentence in enumerate(_SENTENCE.split(_without_dots(text))):
        clauses = [part for clause in _clauses(sentence) for part in _parts(clause)]
        units += [_Unit(clause, number) for clause in clauses if re.search(r"\w", clause)]
    return units


def _names_other(text: str) -> bool:
    return any(found.lastgroup != "quiz" for found in _ACTIVITY.finditer(text))


def _without_dots(text: str) -> str:
    """Remove dots that abbreviate: they do not end a sentence."""
    return re.sub(r"\b([ap])\.\s?m\b\.?|(?<=\d)([ap])\.\s?m\b\.?", r"\1\2m", text)


def _clauses(sentence: str) -> list[str]:
    """Split at commas and dashes, but not behind "Monday -", and at an "and" between days or beside "a weekly quiz"."""
    clauses = [""]
    for piece in _CLAUSE.split(sentence):
        joined = re.match(r" (?:&|\+|and|then|plus) ", piece)
        pair = (clauses[-1], piece)
        apart = all(map(weekdays, pair)) or (any(map(_REGULAR_QUIZ.match, pair)) and any(map(weekdays, pair)))
        if (joined and not apart) or re.fullmatch(rf"\W*{_SEVERAL}\s?-\s", clauses[-1]):
            clauses[-1] += piece
        else:
            clauses.append(piece)
    return clauses


def _parts(clause: str) -> list[str]:
    """Split "Trivia Wed 7pm bingo Thu 6pm" into a part per activity, also where no comma stands between them."""
    if len(re.findall(DAY, clause)) < 2:
        return [clause]
    found = list(_DAY_OR_ACTIVITY.finditer(clause))
    begins_with_day = bool(found) and found[0].lastgroup == "day"
    starts, other_seen = [0], False
    for each in found:
        if (each.lastgroup == "day") is begins_with_day:
            if other_seen:
                starts.append(each.start())
            other_seen = False
        else:
            other_seen = True
    return [clause[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]


def _settle(units: list[_Unit]) -> None:
    """Give a day without an activity the one before it, or after it where the sentence begins with the day."""
    for sentence in sorted({unit.sentence for unit in units}):
        own = [unit for unit in units if unit.sentence == sentence]
        if own[0].days and own[0].kind is None:
            _settle_from_behind(own)
            if any(unit.kind == "quiz" and unit.days for unit in own):
                for unit in own:  # "Tue 4-10pm, Wed 4-10pm (quiz 8pm), Thu 4-11pm"
                    unit.kind = unit.kind or ("other" if unit.days else None)
    for before, unit, after in zip(units, units[1:], units[2:], strict=False):
        of_other = unit.kind is None and unit.is_bare_day and after.kind == "other" and not after.days
        if of_other and _REGULAR_QUIZ.match(before.text):
            unit.kind = "other"  # "A weekly quiz and, on Thursdays, karaoke"
    meaning = None
    for unit in units:
        if unit.kind is None:
            unit.kind = meaning
        elif unit.kind != "exception" and not unit.stands_alone:
            meaning = unit.kind


def _settle_from_behind(units: list[_Unit]) -> None:
    following: _Unit | None = None
    for unit, its_own in reversed(list(zip(units, [*units[1:], None], strict=True))):
        if unit.kind is None and its_own and its_own.kind == "other" and unit.is_bare_day and not its_own.days:
            unit.kind = "other"  # "Friday - live music 8pm"
            following = unit
        elif unit.kind is None:
            joined = following and re.match(r" (?:&|\+|and|plus) ", following.text)
            if following and (unit.is_bare_day or joined or not (following.days or following.stands_alone)):
                unit.kind = following.kind
            following = unit if unit.kind else None
        elif unit.kind != "exception" and not unit.stands_alone:
            following = unit
