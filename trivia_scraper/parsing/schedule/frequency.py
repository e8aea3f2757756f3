"""Read how often a night is held."""

from __future__ import annotations

import re

from trivia_scraper.items import WEEKDAYS, Frequency
from trivia_scraper.parsing.schedule.dates import DATE, DAY, MONTH, ORDINAL, weekdays

Recurrence = tuple[Frequency, str | None]
"""Frequency, and an RRULE if the text says on which days."""

_BIWEEKLY = re.compile(
    rf"\bevery other (?:week|{DAY})|\bbi[- ]?weekly\b|\bf(?:ort|/)night(?:ly)?\b|\bevery (?:2|two|2nd"
    rf"|second) w(?:ee)?ks?\b"
    rf"|\bevery (?:2|two|2nd|second) {DAY}|\bevery other(?= one\b|\W*$|\s?[),.;|])|\bevery (?:14|fourteen) days\b"
    rf"|\balternat(?:e|ing) (?:weeks?\b|{DAY})"
)
_MONTHLY = re.compile(
    r"\bmonthly\b(?! (?:prize|jackpot|draw|raffle|winner|final|league|leader|bonus|special|theme))"
    r"|\b(?:an?|per|each|every|in the|of(?: the)?) month\b"
)
_PRIZE = re.compile(
    r"\b(?:prizes?|jackpots?|winn?(?:ers?|ing)?|won|draw\w*|raffles?|leagues?|leader\w*|finals?|vouchers?)\b"
)
_CLAUSE = re.compile(r"(?<=[,;.!|()])|(?<= - )")
_WEEKLY = re.compile(
    r"(?<!bi[- ])\bweekly\b(?! (?:prize|jackpot|draw|raffle|winner|league|leader|bonus|special|theme))"
    r"|\b(?:every|each|(?:once|\dx) (?:an?|per|each|every)) week\b"
)
# Other weekly or monthly things: "the weekly folk session", "our monthly newsletter".
_OF_ANOTHER_SUBJECT = re.compile(
    r"\b(?:weekly|bi[- ]?weekly|fortnightly|monthly)\s(?:(?!\w*quiz|trivia)[a-z&'-]+\s){,2}"
    r"(?:folk|jams?|sessions?|clubs?|markets?|fairs?|tastings?|darts|leagues?|comedy|choirs?|danc\w+|class(?:es)?"
    r"|workshops?|raffles?|draws?|yoga|vinyl|films?|gigs?|meetings?|meet-?ups?|dinners?|roasts?|menus?|offers?"
    r"|specials?"
    r"|newsletters?|e?mails?|tournaments?|poker|pool|chess|board games|knitting|stand-?up|blues|jazz|bands?)\b"
    rf"(?![^,;.!|()]*(?:quiz|trivia|{DAY}))"
)
_ORDINALS = rf"{ORDINAL}(?:\s?(?:,|&|and)\s?{ORDINAL})*"
_OF_MONTH = re.compile(rf"\b{_ORDINALS} {DAY} (?:of|in) (?:(?:the|each|every) )?month")
_EVERY_OTHER_DAY = re.compile(rf"\bevery (?:other|2|two|2nd|second) {DAY}")
_EVERY_THIRD_DAY = re.compile(rf"\b(?:every|each) (?:third|3rd|fourth|4th|fifth|5th) {DAY}")
# Ordinals for ranks of teams, and "first come, first served".
_RANKS = re.compile(
    rf"\b(?:prizes?|vouchers?|gift cards?|cards|cash|tabs?|win\w*)\b[^,;.()]{{,20}}? (?:for|to) (?:the )?"
    rf"{ORDINAL}(?:(?:\s?[,/&]\s?|\s)(?:and )?{ORDINAL})*\b(?! {DAY})"
    rf"|\b{ORDINAL}(?:(?:\s?[,/&]\s?|\s)(?:and )?{ORDINAL})*[- ](?:places?|prizes?|teams?|winners?)\b"
    r"|\bfirst come\W{1,3}(?:and )?first serve\w*"
)
# Neither weekly nor fortnightly nor monthly, or on unknown days.
_IRREGULAR = re.compile(
    r"\bbi-?monthly\b|\bquarterly\b|\b(?:every|each) (?:other|second|2nd|two|three|few|[2-9]) months?\b"
    r"|\balternat\w+ months?\b|\balternat\w+ (?:with|between)\b"
    rf"|\balternat\w+ (?!weeks?|{DAY})(?=.*\b(?:bingo|karaoke|open[- ]mic|poker|quiz|trivia|music))"
    rf"|\bevery (?:[3-9]|three|four|five|six|few) (?:w(?:ee)?ks?|{DAY})"
    rf"|(?<!every )\b{_ORDINALS} weeks?\b|\bevery (?:1st|first|3rd|third|4th|fourth|5th|last) weeks?\b"
    r"|\b(?:once|twice|\w+ times) (?:an?|per|each|every) (?:year|season|term)\b|\btwice (?:an?|per|each|every) month\b"
    r"|\b(?:of|in) (?:each|every) (?:term|semester|season|quarter)\b|\bmonths? (?:has|have|with) (?:five|5)\b"
    r"|\bweek [ab]\s?(?:[:=-]|quiz|trivia)|\b(?:quiz|trivia)(?: is)? (?:on )?week [ab]\b"
    r"|\bjust this once\b|\b(?:for )?one night only\b"
    r"|\b(?:odd|even|most|some|selected|certain|various) weeks?\b|\bweeks? [1-5]\b(?!\s?[:.ap])|\boccasionally\b"
    rf"|\bone[- ]off\b|\bone week\b|{DAY}[ \d:.apm]{{,10}} or {DAY}|\b{ORDINAL} {DAY} (?:of|in) {MONTH}"
    rf"|\b(?:this|next|good|easter|bank holiday|some|most|odd|even|select(?:ed)?|certain|occasional|various|random"
    rf"|pancake|shrove|fat|ash|maundy|holy|palm|mothering|whit|advent|remembrance|super ?bowl|boxing|cyber"
    rf"|giving) {DAY}"
    r"|\b(?:odd|even|alternate|some|most|selected|certain)(?:[- ]numbered)? (?:months?|dates?)\b"
    r"|\b(?:occasional|irregular|sporadic|intermittent|infrequent)(?:ly)?(?: [a-z]+){,2} (?:quiz\w*|trivia)"
    r"|\b(?:quiz\w*|trivia)(?: nights?)?\W{1,2}(?:held )?(?:occasional|irregular|sporadic|intermittent"
    r"|infrequent)(?:al)?(?:ly)?\b"
    rf"|{DAY} (?:2[5-9]|3[01])(?![\w:]|\.\d|\s?(?:%|people|seats|teams|questions|[ap]\.?m)| (?:of )?{MONTH})"
    rf"|\b(?:occasional|irregular|sporadic|intermittent|infrequent)(?:ly)?(?: on)? {DAY}"
    rf"|\b(?:once|twice|\w+ times) yearly\b|\bfew {DAY} (?:an?|each|per|every) year\b|\b{ORDINAL} or {ORDINAL} {DAY}"
    r"|\bfrom time to time\b|\b(?:every )?(?:now and (?:then|again)|so often)\b|\bonce in a while\b"
    rf"|\b(?:the|a|last|first) {DAY}(?: nights?)? (?:immediately |just |right )?(?:before|after|following|preceding"
    r"|nearest|closest)\b(?! (?:\d|work|school|dinner|lunch|noon|hours|the (?:quiz|match|game|football|rugby)))"
    rf"|{DAY}(?: nights?)? (?:before|after) (?:an? |the |each |every )?(?:bank holiday|holiday|pay ?day|christmas"
    rf"|easter"
    r"|new year|home game|term)"
    rf"|{DAY} week\b(?! (?:of|in|on|at the)\b)(?!-)|(?<!once )(?<!twice )\ba (?:week|fortnight) on {DAY}"
    # "Tuesdays until 25th March, then Wednesdays"
    rf"|{DAY}[^.;|]{{,25}}\b(?:until|till?|through|up to)\b (?:the )?(?:end of |beginning of |start of "
    rf"|mid )?(?:(?:{DAY},? )?(?:the )?"
    rf"{DATE}|{MONTH}|easter|christmas|summer|autumn|winter|spring|new year)[^.;|]{{,20}}"
    rf"(?:\b(?:then|thereafter|after that|afterwards)\b[^.;|]{{,20}}{DAY}|{DAY}[^.;|]{{,10}} (?:from|thereafter"
    rf"|after that|afterwards)\b)"
    rf"|{DAY}\W*(?:the )?\d{{1,2}}(?:st|nd|rd|th)\b(?! {DAY}| (?:of )?{MONTH}| floor|.*month)"
    rf"|\bon the \d{{1,2}}(?:st|nd|rd|th)\b(?!\s?(?:of|floor|and|&|,|/|{DAY}|{MONTH}))"
    # "Sundays 7pm, the last Sunday of the month is bingo"
    rf"|{DAY}.*\b{ORDINAL} {DAY}(?: (?:of|in) (?:the|each|every) month)? (?:is|are|being|has|features)\b"
    rf"|\((?=[^()]*(?<!every )\b{ORDINAL}\b(?! (?:orders?|entr|call|come|drink|prize|round|place|half|time|year|quiz"
    rf"|night"
    rf"|floor|(?:of )?{MONTH})))(?![^()]*month)"
)


_HOLIDAY = (
    r"(?:halloween|hallowe'en|new year(?:'?s)?(?: day| eve)?|nye|christmas(?: day| eve)?|xmas(?: day| eve)?|boxing day"
    r"|(?:st\.? |saint )?(?:(?:patrick|george|andrew|david)'?s? (?:day|night|weekend)|paddy'?s?(?: day)?)"
    r"|valentine(?:'?s)?(?: day)?|thanksgiving"
    r"(?: eve)?|easter(?! road)|bank holiday|(?:mother|father|australia|canada|independence|memorial|labou?r|veteran"
    r"|anzac"
    r"|bastille)(?:'?s)? day|cinco de mayo|burns night|bonfire night|guy fawkes|oktoberfest|mardi gras|super ?bowl"
    r"|(?:fourth|4th) of july|pancake day|leap day|twelfth night|diwali|hanukkah|eurovision)"
)
_QUIZ = r"(?:quiz(?:zes)?|trivia)\b(?! leagues?\b)"
_ONE_OFF = re.compile(
    rf"\b{_HOLIDAY}(?:'?s)?(?: (?:special|weekend|themed?|pub|table|big|charity|film|movie|music|fancy|dress|party"
    rf"|and|&"
    rf"|night)){{,4}} {_QUIZ}|\b{_QUIZ}(?: nights?)?(?:,? (?:is|on|for|special|party|night)){{,3}},? {_HOLIDAY}\b"
    r"|\b(?:special|(?:bi-?)?annual|(?:half-)?yearly|next|(?:final|last) ever|upcoming|inaugural|anniversary"
    r"|birthday|reunion|farewell"
    r"|grand final|end of (?:year"
    r"|term|season))(?: (?:pub|table|bar|big|charity|film|music|christmas|general|knowledge|fundraising|team)){,3}"
    rf" {_QUIZ}"
    rf"|\b{_QUIZ}(?: nights?)?(?: is| on)? (?:today|tonight|tomorrow)\b"
    rf"|\b(?:today|tonight|tomorrow)(?: night| evening)?\W{{1,3}}(?:is )?{DAY}|{DAY}\W{{1,3}}(?:today|tonight"
    rf"|tomorrow)\b"
    rf"|\bthe next one (?:is|will be)\b|\bnext (?:up|event|game)\W{{1,3}}(?:pub )?{_QUIZ}|\bthis (?:coming )?{DAY}"
    rf"|\bthis week(?:'s)?,? (?:the |our |pub )?{_QUIZ}"
    rf"|(?:{_QUIZ}|{DAY})(?: nights?)?(?: is)?(?:(?: on)? {DAY})?(?: of)? this week\b"
)


_TOMORROW = re.compile(rf"\b{_QUIZ}(?: nights?)?(?: is| on)? tomorrow\b(?!')|\btomorrow'?s {_QUIZ}")
_JOINT = re.compile(r",|\b(?:and|but)\b")


def is_one_off(text: str, weekday: int) -> bool:
    """Return whether a night happens only once: "Halloween trivia on Friday", "our next quiz is Saturday"."""
    sentences = re.split(r"(?<=[;!?\n|])|(?<=\.)(?=\s|$)", text)
    clauses = [clause for each in sentences for clause in (_JOINT.split(each) if len(weekdays(each)) > 1 else [each])]
    own = [each for each in clauses if weekday in weekdays(each)]
    tomorrow = len(weekdays(text)) == 1 and _TOMORROW.search(text)
    return bool(tomorrow) or any(map(_ONE_OFF.search, own if weekdays(text) else sentences))


def is_monthly(text: str) -> bool:
    return bool(_MONTHLY.search(text))


def read_recurrence(text: str, weekday: int, every: bool, ordinals: list[int], alone: bool) -> Recurrence | None:
    """Read the recurrence of the night on `weekday`, or return None if the text does not state it.

    every: "every" or a plural is next to the day. ordinals: those next to the day. alone: the text has no other
    night.
    """
    text = _without_prizes(_RANKS.sub(" ", _OF_ANOTHER_SUBJECT.sub(" ", text)))
    text = _OF_MONTH.sub(lambda found: found[0] if weekday in weekdays(found[0]) else " ", text)
    text = _EVERY_OTHER_DAY.sub(lambda found: found[0] if weekday in weekdays(found[0]) else " ", text)
    biweekly, monthly = _BIWEEKLY.search(text), _MONTHLY.search(text)
    if not monthly and weekday in weekdays(" ".join(re.findall(_EVERY_THIRD_DAY, text))):
        return "irregular", None  # "every third Tuesday": the third of the month, or one in three
    every_week = _WEEKLY.search(text) or weekday in weekdays(" ".join(re.findall(rf"\b(?:every|each) {DAY}", text)))
    contradicted = ((every or every_week) and ordinals) or (every_week and (biweekly or monthly))
    if _IRREGULAR.search(text) or contradicted:
        return "irregular", None
    if ordinals:
        return "monthly", "FREQ=MONTHLY;BYDAY=" + ",".join(f"{each}{WEEKDAYS[weekday - 1]}" for each in ordinals)
    if biweekly or monthly:
        if not alone and not (biweekly and _EVERY_OTHER_DAY.search(text)):
            return "irregular", None  # the text does not say which of its nights this applies to
        # For "monthly", the text does not say which week.
        return every_other_week(weekday) if biweekly else ("monthly", None)
    return weekly(weekday) if every_week else None


def _without_prizes(text: str) -> str:
    """Remove clauses about prizes that have no day: "$1000 jackpot every month" does not describe the night."""
    clauses = _CLAUSE.split(text)
    return "".join(clause for clause in clauses if re.search(DAY, clause) or not _PRIZE.search(clause))


def weekly(weekday: int) -> Recurrence:
    return "weekly", f"FREQ=WEEKLY;BYDAY={WEEKDAYS[weekday - 1]}"


def every_other_week(weekday: int) -> Recurrence:
    return "biweekly", f"FREQ=WEEKLY;INTERVAL=2;BYDAY={WEEKDAYS[weekday - 1]}"
