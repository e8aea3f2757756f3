"""Find the part of a text that is about the quiz. Pubs have bingo, roasts and opening hours on other days."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from trivia_scraper.parsing.schedule.dates import DATE, DATED_DAY, DAY, MONTH, ORDINAL, weekdays
from trivia_scraper.parsing.schedule.start_times import TIME

# Quizzes that are not quiz nights: machines, books, personality tests.
_NO_NIGHT = (
    r"\b(?:tv|radio|online|personality) quiz\w*|\b(?:quiz|trivia) aside\b|\btake (?:our|the|this) quiz\b"
    r"|\bquiz (?:machines?|shows?|apps?|books?)\b"
)
_QUIZ = r"\w*quiz\w*|\btrivia(?!l)\w*"
# Other activities that have their own nights. A day that belongs to one of these is not a quiz night.
_OTHER_NIGHT = (
    r"\b(?:bingo|karaoke|poker|open[- ]mic(?:rophone)?|live (?:music|bands?|jazz)|djs?|comedy|raffles?|happy hours?"
    r"|kitchen|(?:opening|trading|business) (?:hours|times)|(?<!\w )hours(?=\s?:)|roasts?|carvery|brunch"
    r"|survey says|drag|salsa|darts|acoustic|disco|barbecues?|bbqs?|folk|jam (?:nights?|sessions?)"
    r"|live (?:acts?|blue\w+|covers|entertainment|football|rock|rugby|shows?|singers?|soul|sports?)|tribute|bands?"
    r"|gigs?|film (?:nights?|club)|book club|board ?games?(?: nights?)?|chess|crib(?:bage)?|dominoe?s?|whist"
    r"|pool(?! table)|snooker|match(?:es)?|(?:football|rugby) games?|all games|first kick-?off|murder myster\w+"
    r"|speed dating|funerals?|(?:beer|cheese|gin|rum|whisk(?:e)?y|wine) tastings?|draws?|box office)\b"
    rf"|(?<!doors )\bopen(?:s|ing)?\b(?=\s?(?::|from|at|daily|every ?day|till?|until|\d|{DAY}))"
)
_FARE = (
    r"\b(?:tacos?|wings?|burgers?|pizzas?|steaks?|schni\w+|parm[aiy]s?|ribs?|curry|curries|meals?|dinners?|lunch(?:es)?"
    r"|food|specials?|deals?|cocktails?|drinks?|pints?|beers?|wine|pasta|seafood|oysters?|sushi|nachos|margaritas?"
    r"|kids eat|ladies|locals|yoga|run club|football|footy|sports?|games? nights?|pies?|fish and chips|menus?)\b"
)
_ACTIVITY = re.compile(rf"(?P<quiz>{_QUIZ})|(?P<night>{_OTHER_NIGHT})|(?P<fare>{_FARE})")
_DAY_OR_ACTIVITY = re.compile(rf"(?P<day>{DAY})|{_ACTIVITY.pattern}")
# Words that a clause about a day may have without naming another activity.
_PLAIN = re.compile(
    rf"{DAY}|{DATE}|{ORDINAL}|{TIME}|\b(?:{MONTH}|every|each|other|and|also|plus|then|from|until|till?|start\w*"
    rf"|begin\w*"
    r"|nights?|evenings?|afternoons?|arvo|mornings?|weekly|monthly|fortnight\w*|weeks?|months?|the|for|with|sharp"
    r"|late|noon"
    r"|midday|show|sessions?|hosted|host|upstairs|downstairs|bar|pub|lounge|room|garden|free|entry|teams?|bookings?"
    r"|book"
    r"|doors?|registration|per|person|our|your|all|are|back|returns?|again|join|come|down|first|second|early|general"
    r"|knowledge|adults?|kids|juniors?|seniors?|famil(?:y|ies))\b"
)
_SMALL_WORDS = r"(?:a[mnst]|b[ey]|do|go|hr|i[fnst]|nd|o[fhnr]|pm|pp|rd|so|st|t[ho]|u[ps]|we)\b"
# "A weekly quiz": it has its frequency, so a day of another activity in the text does not belong to it.
_REGULAR_QUIZ = re.compile(
    rf"(?=.*(?:{_QUIZ}))(?!.*{DAY}).*\b(?:weekly|regular|monthly|fortnightly|(?:every|each|once an?) (?:week|month))\b"
)
_HEADING = re.compile(rf"\W*{DAY}(?: nights?)?\s?[:-]")
# Opening hours with the quiz among them: "Tue 4-10pm, Wed 4-10pm (quiz 8pm)".
_IN_BRACKETS = re.compile(rf"\d[^()]*\([^()]*(?:{_QUIZ})[^()]*\)")
_AGAIN = re.compile(rf"\bagain (?:on |every )?{DAY}")
_OTHER_ON_DAY = re.compile(rf"(?:{_OTHER_NIGHT})[^,;.]{{,20}}? on (?:an? )?{DAY}(?!.*(?:{_QUIZ}))")
_EXCEPTION = re.compile(r"\b(?:no|not|except|excluding|instead of|closed|apart from)\b")
_SENTENCE = re.compile(r"(?<=[;!?\n])|(?<=\.)(?=\s|$)")
_CLAUSE = re.compile(r"(?<=[,|•·*★])|(?<= - )|(?<= / )|(?= (?:&|\+|and|then|plus) )")

_SEVERAL = rf"{DAY}(?:\s?(?:-|to|&|and|,|/)\s?{DAY})*"
_MOVED = r"\b(?:moved|moving|moves|switches|changed|switched|(?:put|pushed) back|postponed|rescheduled|rearranged)"
_ELSEWHERE = rf"(?:{_MOVED} to|\b(?:changes|goes) to|\b(?:will be|is)(?: being| now)?(?: held)? on)"
_JUST_ONCE = (
    r"\b(?:this week(?! ?end)|next week|tonight|(?:for|just) (?:one week|this week|one night|once)|this (?:one )?time"
    r"|on this occasion|one week only)\b"
)
_ITS_QUIZ = (
    r"(?: (?:weekly|regular|pub|bar|table|popular|big|great|music|general|knowledge|free)){,3}"
    r" (?:quiz\w*|trivia)(?: nights?)?"
)
_ON_DAYS = (
    rf"(?:,? (?:here|held|on|every|each|an?)){{,3}},? {_SEVERAL}(?: nights?| evenings?)?"
    rf"(?:,?(?: at| from)? (?:{TIME}|\d{{1,2}}\b))?"
)
_NOT_HELD = (
    r"\b(?:(?:no longer|(?:do|does|did) not|don't|doesn't|didn't) (?:host|hold|run|do|have|offer|put on)"
    r"|no longer (?:host|hold|runn|do|hav)ing|no longer (?:hosts|holds|runs|does|has)"
    r"|(?:stopped|ended|dropped|scrapped|axed|ditched)(?: (?:doing|running|hosting|holding|having|with))?"
    r"|used to (?:be|host|have|hold|run|do)|(?:there|we|they|it|pub|bar|which|once)(?: once| also| previously)?"
    r" (?:was|were|had|ran|held)|there (?:is|are) (?:no|not)|there (?:isn't|aren't)"
    r"|there (?:hasn't|haven't|has not) been|not (?:doing|running|hosting|holding|having)|(?:gave|given) up"
    r"|(?:we|they) did|(?:formerly|previously) (?:hosted|held|ran|had))"
    r"(?: (?:an?|any|the|our|its|their|that))?"
)
_NOT_FOR_NOW = r"(?! (?:in|during|over|this|next|when|if|while|for (?:the|one|two|a))\b(?! (?:last|20|19)))"
_FORMER = (
    (rf"(?:\bon )?{_SEVERAL}\s?[-:,]?\s?(?:(?:the [a-z]+|we|it)(?: is| are|'re|'s) )?(?:closed|shut)\b", " , "),
    (rf"\b(?:closed|shut) (?:on )?(?:{DATED_DAY}|{_SEVERAL})", " , "),
    (rf"\b(?:man|black|cyber|ruby) {DAY}|\b{DAY} leaguers?\b", " "),
    (rf"(?m)^\|\s?{DAY}\s?\|\s?-+\s?\|", " "),
    (rf"{DAY}\s?[-:]\s?(?:none|nothing|off|n/a)\b", " "),
    # "Sundays, with the jackpot played on the last Sunday of the month"
    (
        rf"\b(?:snowball|jackpot|rollover|raffle|final|draw)\w*\b[^,;.()]{{,30}}\b{ORDINAL} {DAY} (?:of|in) (?:the"
        rf"|each|every) month",
        " ",
    ),
    (
        rf"{DAY}(?:'s)? (?:pub )?(?:quiz\w*|trivia)(?: nights?)? (?:has|have|is|was)(?: now)?(?: been)?"
        r" (?:dropped|cancelled|axed|stopped|finished|ended|over|no more)\b",
        " , ",
    ),
    (rf"\bno (?:more|longer an?) (?:pub )?(?:quiz\w*|trivia)(?: nights?)?(?: on)? {_SEVERAL}", " "),
    # "Tuesday's quiz has been moved to Wednesday this week"
    (
        rf"(?P<old>{DAY})[^.;!?\n]{{,40}}?{_ELSEWHERE} {DAY}[^.;!?\n]{{,20}}?\b{_JUST_ONCE}[^.;!?\n]*",
        r" \g<old> one week",
    ),
    (
        rf"\b{_JUST_ONCE}[^.;!?\n]{{,40}}?(?P<old>{DAY})[^.;!?\n]{{,30}}?{_ELSEWHERE} {DAY}[^.;!?\n]*",
        r" \g<old> one week",
    ),
    (
        rf"\b{_JUST_ONCE}[^.;!?\n]{{,40}}?{_MOVED} from (?P<old>{DAY}) to {DAY}[^.;!?\n]*",
        r" \g<old> one week",
    ),
    (rf"{_MOVED} from (?P<old>{DAY}) to {DAY}[^.;!?\n]{{,20}}?\b{_JUST_ONCE}[^.;!?\n]*", r" \g<old> one week"),
    # "We no longer host a quiz on Thursday", "there used to be a quiz on Thursdays at 8", "no Thursday quiz any more"
    (rf"{_NOT_HELD}{_ITS_QUIZ}{_ON_DAYS}{_NOT_FOR_NOW}", " "),
    (
        rf"{_NOT_HELD} {_SEVERAL}(?: nights?)?{_ITS_QUIZ}{_NOT_FOR_NOW}",
        " ",
    ),
    (
        r"\b(?:book|booked|reserved?|pay)(?: (?:your|an?|the|tables?|places?|spots?|team|tickets?|seats?)){,3}"
        rf" (?:on|by|before) {_SEVERAL}(?! (?:quiz|trivia|nights?|for)\b)",
        " ",
    ),
    (rf"\b(?:rip|goodbye(?: to)?|farewell(?: to)?)(?: the| our)? {_SEVERAL}(?: nights?)?{_ITS_QUIZ}", " "),
    (rf"\b(?:former|previous|erstwhile|defunct) {_SEVERAL}(?: nights?)?{_ITS_QUIZ}", " "),
    (
        rf"\bno (?:more )?{_SEVERAL}(?: nights?)?{_ITS_QUIZ}(?= (?:any ?more|any longer|now|at (?:present|the moment)"
        rf"|currently)\b|\W*$|[.;!])",
        " ",
    ),
    (
        rf"\b(?:call|ring|phone|telephone|text|e-?mail|message|contact|whatsapp|drop us a line|get in touch)"
        rf"(?: (?!for\b|about\b|in\b|the (?!bar|pub|venue|landlord|office)|our\b|quiz|trivia|{DAY})\w+){{,3}}?"
        rf" (?:(?:on|by|before) {_SEVERAL}(?! for (?:the |our |an? )?(?:\w+ )?(?:quiz|trivia))|{_SEVERAL}(?= (?:to"
        rf"|and) (?:book|reserve|secure|get|grab)))"
        rf"(?: (?:to|and) (?:book|reserve|secure|get|grab)\b(?:(?!{DAY})[^,.;!|]){{,40}}?(?= for\b|[,.;!|]|$))?",
        " ",
    ),
    (rf"{_MOVED} to (?P<new>{DAY}) from {DAY}", r" \g<new> "),
    (rf"{_MOVED} from (?:{DATED_DAY}|{DAY})(?: to)?", " "),
    (rf"{DAY}(?P<clock>[^.;\n]{{,20}}?){_MOVED} to (?P<new>{DAY})", r"\g<new>\g<clock>"),
    (rf"\((?:(?!{DAY})[^()])*\bopens?\b(?:(?!{DAY})[^()])*\)", " "),
    (rf"\({_SEVERAL} (?:if|when|in case)\b[^()]*\)", " "),
    (
        rf"\b(?:formerly|previously|used to (?:be|host|have|hold|run|do)|was|were)(?: (?:on|held|here|hosted|a"
        rf"|every),?)* {_SEVERAL}(?:(?: at)? {TIME})?",
        " ",
    ),
    # Deadlines for booking, and last week's quiz.
    (
        r"\b(?:regist\w+|book\w*|tickets?|sign[- ]ups?|entr(?:y|ies)|rsvp)(?:\s\w+){,2} (?:by|until|till?|before)"
        rf" (?:{DATED_DAY}|{DATE}|{DAY})",
        " ",
    ),
    (rf"\b(?:by|before) {DATE}", " "),
    (rf"\blast (?:{DAY}'s|week(?:'s)?(?! (?:of|in)\b))", " "),
    (rf"\b(?:by|clos(?:es|ing)(?: on)?) (?:{DATED_DAY}|{DAY})(?:,? (?:at )?(?:noon|midday|{TIME}))?", " "),
    (rf"\b(?:instead of|rather than|no longer|not)(?: (?:on|held|a|every))* {_SEVERAL}", " "),
)


def without_idle_days(text: str) -> str:
    """Remove days on which a pub is closed or used to have its quiz."""
    text = _without_cancelled_dates(text)
    for pattern, replacement in _FORMER:
        text = re.sub(pattern, replacement, text)
    return text


def _without_cancelled_dates(text: str) -> str:
    """Remove a cancelled date if the rest still names a day: "Trivia cancelled Tuesday Dec 23. Tuesdays 7pm"."""
    sentences = _SENTENCE.split(text)
    held = [each for each in sentences if not (re.search(r"\bcancell?ed\b", each) and re.search(DATE, each))]
    return "".join(held) if weekdays(re.sub(DATED_DAY, " ", " ".join(held))) else text


@dataclass(slots=True)
class _Unit:
    text: str
    sentence: int
    kind: str | None = None
    """quiz, other or exception. None until it is derived from the units before and after."""
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
    def has_own_words(self) -> bool:
        said = _PLAIN.sub(" ", re.sub(r"\([^()]*\)", " ", self.text))
        return bool(re.search(rf"[a-z]{{3}}|\b(?!{_SMALL_WORDS})[a-z]{{2}}\b", said))

    @property
    def stands_alone(self) -> bool:
        """Return whether the unit says nothing about its neighbours, like "Kitchen open from 5pm" and "$2 tacos"."""
        return (
            self.kind == "other"
            and not self.days
            and bool(re.search(r"\d", self.text) or not re.search(_OTHER_NIGHT, self.text))
        )


def split_off_quiz(text: str) -> tuple[str, str]:
    """Return the part of a text that is about the quiz, and the part about anything else.

    The first part names no days if the days of the text belong, or may belong, to something else.
    """
    if re.search(_NO_NIGHT, text):
        text = re.sub(_NO_NIGHT, " ", text)
        if not re.search(_QUIZ, text):
            return "", text
    if not _names_other(text) and not (re.search(_QUIZ, text) and len(re.findall(DAY, text)) > 1):
        return text, ""
    sentences = [sentence for sentence in _SENTENCE.split(text) if re.search(r"\balternat", sentence)]
    if sentences and (any(re.search(_QUIZ, sentence) for sentence in sentences) or not re.search(_QUIZ, text)):
        return text, ""
    units = _units(text)
    _share_headings(units)
    with_day = any(unit.kind == "quiz" and unit.days for unit in units)
    in_opening_hours = any(unit.days and _IN_BRACKETS.search(unit.text) for unit in units)
    for unit, after in zip(units, [*units[1:], None], strict=True):
        named = bool(after and unit.text.endswith("- ") and not after.kind and not after.days and after.has_own_words)
        of_something = unit.kind is None and unit.days and (in_opening_hours or unit.has_own_words or named)
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
    """Give a quiz without a day the only day of the text: "Tuesday happy hour 5pm, trivia 7pm"."""
    days = weekdays(text)
    of_quiz = {unit.sentence for unit in units if unit.kind == "quiz"}
    if any(unit.kind == "quiz" and unit.timed for unit in units) or all(
        unit.kind != "other" for unit in units if not unit.sentence
    ):
        of_quiz.add(0)  # "Sunday roasts served 12-6pm. Quiz at 7.30pm"
    if of_quiz and not any(unit.days for unit in units if unit.sentence in of_quiz):
        return "", text  # "Find our quiz online. New menu on Thursday."
    if any(_REGULAR_QUIZ.match(unit.text) for unit in units) and not _HEADING.match(text):
        return "", text
    if any(unit.kind == "other" and _OTHER_ON_DAY.search(unit.text) for unit in units):
        return "", text
    if any(unit.kind == "quiz" for unit in units):
        return (f"{_day_in(text)} {said}", left) if len(days) == 1 else ("", text)
    return ("", text) if re.search(_OTHER_NIGHT, text) else (text, "")


def _day_in(text: str) -> str:
    """Return the first day of a text, with its date if it has one."""
    found = re.search(DATED_DAY, text) or re.search(DAY, text)
    return found[0] if found else ""


def _units(text: str) -> list[_Unit]:
    units = []
    for number, sentence in enumerate(_SENTENCE.split(_without_dots(text))):
        clauses = [part for clause in _clauses(sentence) for part in _parts(clause)]
        units += [_Unit(clause, number) for clause in clauses if re.search(r"\w", clause)]
    return units


def _share_headings(units: list[_Unit]) -> None:
    """Give the quiz the only day of its sentence if the day comes first: "Sunday: roasts 12-6, quiz 8pm"."""
    for sentence in sorted({unit.sentence for unit in units}):
        own = [unit for unit in units if unit.sentence == sentence]
        days = set().union(*(unit.days for unit in own))
        if len(days) != 1 or re.search(rf"\b(?:on|every) (?:an? )?{DAY}", "".join(unit.text for unit in own)):
            continue
        dated = next(number for number, unit in enumerate(own) if unit.days)
        heading, behind = own[dated], own[dated + 1 :]
        if heading.kind is None and heading.text.endswith("- ") and behind and behind[0].kind == "quiz":
            heading.kind = "quiz"  # "Monday 7pm - quiz"
        if heading.kind is None and heading.timed and heading.has_own_words and any(unit.timed for unit in behind):
            heading.kind = "other"  # "Sunday 10am aerobics, 8pm quiz"
        if heading.kind == "other":
            for unit in behind:
                if unit.kind == "quiz" and not unit.days and not _REGULAR_QUIZ.match(unit.text):
                    unit.text, unit.days = f" {_day_in(heading.text)} {unit.text}", days


def _names_other(text: str) -> bool:
    return any(found.lastgroup != "quiz" for found in _ACTIVITY.finditer(text))


def _without_dots(text: str) -> str:
    """Remove the dots of "a.m." and "p.m.", which do not end a sentence."""
    return re.sub(r"\b([ap])\.\s?m\b\.?|(?<=\d)([ap])\.\s?m\b\.?", r"\1\2m", text)


def _clauses(sentence: str) -> list[str]:
    """Split at commas and dashes, but not after "Monday -". Split at "and" between days or next to "a weekly quiz"."""
    clauses = [""]
    for piece in _CLAUSE.split(sentence):
        joined = re.match(r" (?:&|\+|and|then|plus) ", piece)
        pair = (clauses[-1], piece)
        apart = all(map(weekdays, pair)) or (any(map(_REGULAR_QUIZ.match, pair)) and any(map(weekdays, pair)))
        # "Pool on Tuesdays and quiz nights"
        apart = apart or bool(re.match(r" then ", piece) and clauses[-1].endswith(","))
        apart = apart or bool(_OTHER_ON_DAY.search(pair[0]) and re.search(_QUIZ, piece) and not weekdays(piece))
        # "Tuesday - bingo", "The quiz - Monday, 8pm"
        behind_heading = re.fullmatch(rf"\W*(?:{ORDINAL} |every |each )?{_SEVERAL}\s?-\s", clauses[-1]) or (
            re.search(rf"(?:{_QUIZ})(?: nights?)? - $", clauses[-1]) and re.match(DAY, piece)
        )
        relative = re.match(r" (?:when|where)\b", piece)  # "Wednesdays, when trivia starts"
        if (joined and not apart) or behind_heading or relative:
            clauses[-1] += piece
        else:
            clauses.append(piece)
    return clauses


def _parts(clause: str) -> list[str]:
    """Split a clause without commas into one part per activity: "Trivia Wed 7pm bingo Thu 6pm"."""
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
    """Give units without an activity the one before them, or the one after if the sentence begins with a day."""
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
