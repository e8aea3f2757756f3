"""Read the fee of a night from a publisher's text. Pure; never raises.

An amount is a fee if the text has nothing else, or says so next to it ("£2 entry", "3 Euros to play", "cena: 15 zł").
Numbers may also be prizes, offers, ages or team sizes. If the fee is unclear, or a text has two prices, the amount is
null and only the raw text is kept. Unknown never becomes free.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Literal

from price_parser import Price

from trivia_scraper.items import Fee
from trivia_scraper.parsing.schedule.dates import DAY
from trivia_scraper.parsing.text import clean, read_number

_DOLLARS = {"US": "USD", "AU": "AUD", "CA": "CAD", "NZ": "NZD", "SG": "SGD", "HK": "HKD"}
_POUNDS = {"GB": "GBP", "JE": "GBP", "GG": "GBP", "IM": "GBP", "GI": "GIP"}
_EUROS = "AT BE CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI"
_CURRENCIES = {
    **dict.fromkeys(_EUROS.split(), "EUR"),
    **{"AE": "AED", "PL": "PLN", "CH": "CHF", "CZ": "CZK", "DK": "DKK", "NO": "NOK", "SE": "SEK", "ZA": "ZAR"},
    **_DOLLARS,
    **_POUNDS,
}
_ISO = {
    **{code: code for code in _CURRENCIES.values()},
    **{"€": "EUR", "zł": "PLN", "US$": "USD", "AU$": "AUD", "A$": "AUD", "CA$": "CAD", "C$": "CAD", "NZ$": "NZD"},
}
_WORDS = (
    (r"euros?|eur", "€"),
    (r"pounds?(?: sterling)?|quid", "£"),
    (r"dollars?|bucks?", "$"),
    (r"dirhams?|dhs?", "AED"),
    (r"z[łl](?:ot(?:y|e|ych))?", "zł"),
)
_CODES = "|".join(sorted({code.lower() for code in _CURRENCIES.values()} - {"eur"}))
_CURRENCY = rf"(?:(?:us|au|ca|nz|a|c)?\$|[£€]|(?:{_CODES}|{'|'.join(words for words, _ in _WORDS)})(?![a-zł]))"
"""A currency's symbol, code or word, in lower case."""


def _with_symbols(amount: str) -> str:
    """Write currencies as symbols: "3 euros" -> "3 €", "10 dhs" -> "10 AED", "us$5" -> "US$5"."""
    for words, symbol in _WORDS:
        amount = re.sub(rf"(?:\b|(?<=\d))(?:{words})(?![a-zł])", symbol, amount)
    return re.sub(r"[a-z]+(?!ł)", lambda code: code[0].upper(), amount)


def _currency_of(symbol: str | None, country: str | None) -> str | None:
    """Return an ISO 4217 code, or None. Without a symbol, it is the currency of the country. "$" needs a country."""
    own = _CURRENCIES.get(country or "")
    if symbol == "$":
        return own if country in _DOLLARS else None
    if symbol == "£":
        return own if country in _POUNDS else "GBP"
    return _ISO.get(symbol or "") if symbol else own


_AMOUNT = re.compile(
    rf"(?<![\w.,:/+$£€-])(?:{_CURRENCY}\s?){{,2}}(?:\d+(?:[.,]\d{{1,2}})?|\.\d\d)(?![\d:%+]|[.,]\d|-)"
    rf"(?! ?(?:and|or|&) (?:over|up|older|above))(?:\s?{_CURRENCY}|(?P<pence>p|\s?pence)(?![a-z]))?"
)
_RANGE = re.compile(rf"\d\s?{_CURRENCY}?\s?(?:-|/|to|or)\s?{_CURRENCY}?\s?\d")

_PER_PERSON = (
    r"p\.?p\b\.?|p/p\b|(?:per|a|/|from each)\s?(?:person|head|player|guest|punter|entrant|participant)\b|apiece\b"
    r"|/\s?os(?:ob[aęy])?\b\.?|(?:za|od|na) osob[ęy]\b|od (?:głowy|łebka)\b"
)
_PERSON = rf"{_PER_PERSON}|each\b|ea\b"
_TEAM = (
    r"(?:per|a|/|for a|for each)\s?(?:team|table)\b|team(?= entry)"
    r"|(?:(?:za|od|na) |/\s?)(?:drużyn[ayę]|zespół|zespołu|stolik|stolika|ekip[ęy])\b"
)
_ENTRY = (
    r"to (?:play|enter|join|take part)\b|entry(?: fee)?\b|entrance\b|admission\b|tickets?\b|cover(?: charge)?\b"
    r"|buy[- ]in\b|in(?=\s?(?:[.,;!|]|$))|gets you in\b|wstęp\b|wpisowe\b|wjazd\b|za udział\b"
)
_STATED = (
    r"(?:(?:udział(?: w (?:quizie|grze))?|quiz|gra|wstęp|wejście|bilet) kosztuje|płaci(?:my|cie)?"
    r"|(?:entry|entrance|admission|cover|ticket)(?: (?:fee|charge|price|cost))?|cost|price|fee|tickets|buy[- ]in"
    rf"|to (?:play|enter)|wstęp|wpisowe|wjazd|bilet(?:y po)?|cena|koszt|opłata)s?"
    rf"(?:\s?(?:[:=-]|is|are|only|just|{_PERSON}|{_TEAM}))*\s?"
)
_SMALL = r"only|just|cash only|on the (?:night|door)|at the door"
_BARE = rf"(?:\W|\b(?:{_SMALL})\b)*"
# A text with an amount and a currency may name the night too: "Pub quiz Tuesday £2".
_BEHIND_NIGHT = rf"(?:\W|\b(?:{_SMALL}|every|on(?= {DAY})|{DAY})\b)*"
_NIGHT = (
    rf"(?:\W|\b(?:{_SMALL}|it'?s|(?:pub |table )?quiz|trivia|nights?|weekly|every|each(?= {DAY})|on(?= {DAY})"
    rf"|{DAY})\b)*"
)
_AFTER = re.compile(
    rf"\s?(?:with (?:any|a) purchase |cash |only |sterling |(?:{_PERSON}|{_TEAM})\s?)*(?:{_ENTRY}|{_PERSON}|{_TEAM})"
)
_BEFORE = re.compile(rf"\b{_STATED}$")
_NIGHT_SENTENCE = (
    re.compile(rf"{_NIGHT}(?:{_STATED})?$"),
    re.compile(rf"{_BEHIND_NIGHT}(?:{_AFTER.pattern})?{_BEHIND_NIGHT}$"),
)
_SENTENCE = re.compile(rf"{_BARE}(?:{_STATED})?$"), re.compile(rf"{_BARE}(?:{_AFTER.pattern})?{_BARE}$")

_BRACKETS = re.compile(r"[(\[]([^()\[\]]*)[)\]]?")
# Team sizes and ages: "of up to 6", "max 5", "18+".
_COMPANY = re.compile(
    r"\b(?:of|up to|max(?:imum)?\.?)(?: (?:of|up to|team|size)){,2} (?:\d{1,2}|two|three|four|five|six|eight|ten)\b"
    r"(?! ?(?:[.,]\d|[$£€%]|p\b|pounds|euros?|zł))(?: max\b)?"
    r"|\bdo \d{1,2} os\w+|(?<![\w$£€.,])\d\d\+(?!\w)"
)
# Times of day: "8pm", "godz. 19.15, 20.00", "o 19.30", "start: 19.00".
_CLOCK = re.compile(
    r"(?<![\d$£€.,:])\d{1,2}(?:[.:]\d\d)?\s?[ap]\.?m\b\.?"
    rf"|(?:{DAY}|\b(?:pon|wt|śr|czw|pt|sob|niedz)\w*\.?),? (?:at )?\d{{1,2}}[.:]\d\d(?!\d|\s?{_CURRENCY}(?!\s?\d))"
    rf"|\b(?:(?:(?:koniec|od|do|o|ok\.) )?(?:godz\w*|g)\.? ?\d{{1,2}}(?:[.:]\d\d)?|(?:o|ok\.|około|do|koniec"
    rf"|start\w*|time):? ?\d{{1,2}}[.:]\d\d)"
    rf"(?:\s?(?:,|i|-)\s?\d{{1,2}}[.:]\d\d)*(?!\d|\s?{_CURRENCY})"
)
_CLAUSES = re.compile(
    r"[|;•·!\n\U0001f300-\U0001faff]|[,.]\s|\bwith (?=[$£€]\d)|\s/\s(?=[^\W\d]+:)|\b(?:with|into|for) (?:an?|the"
    r"|our) (?=[$£€]\d[\d.,]*k? (?:\w+ )?jackpot)"
    r"|\s[-–—]\s|\b(?:and|plus)\b(?! (?:over|up|older|above))|&|\s\+\s"
)
_PRIZE = re.compile(
    r"\b(?:prizes?|win|wins|winners?|winning|won|jackpots?|tabs?|vouchers?|gift ?cards?|credits?|raffles?|bonus\w*|cash"
    r"|snowball|rollover|pot|kitty|bottles?|drinks?|pints?|shots?|beers?|wings?|pizzas?|burgers?|meals?|food|off"
    r"|(?:(?<!includes )(?<!including )(?:dinners?|suppers?|lunch|brunch|pies?|curry|roasts?))|deposits?|refundable"
    r"|redeemable"
    r"|minimum|spend"
    r"|discount\w*|deals?|specials?|nagrod\w+|wygra\w+)\b(?! only| (?:entry|to play))"
)
_FOR_SOME = (
    r"\b(?:vip|standard|premium|members?|students?|concessions?|nus|kids|child(?:ren)?|under|adults?|otherwise"
    r"|advance|online|early bird"
    r"|extra|additional|ulgowy|studen\w+|przedsprzeda\w+)\b"
)
_ALTERNATIVE = re.compile(
    rf"{_FOR_SOME}|\b(?:from(?! the| each|\s*(?:$|[|.,]))|up to|min(?:imum)?|max(?:imum)?|about|approx\w*|around"
    rf"|suggested|off|over"
    rf"|(?:before|after) \d|(?!{_PERSON}|{_TEAM})od|do|first|second|optional)\b|~"
)
# Words that make an amount only a part of the price, or uncertain.
_OPEN = re.compile(
    r"\?|\bvip\b|\bdonat(?:ions?|e)\b|\bplus fees\b"
    r"|\b(?:booking|service|transaction|card) (?:fees?|charge)\b|\bopłat\w+ (?:serwis|manip)\w+"
)
_PRICED = rf"(?:{_CURRENCY}\s?\d+(?:[.,]\d\d?)?|(?<![\d.,])\d+(?:[.,]\d\d?)?\s?(?:{_CURRENCY}|p\b))"
# "Entry is free until 8pm", "£2 before 9pm": another price applies later. "7pm until 9pm" is a time of day.
_FOR_A_TIME = re.compile(
    rf"(?:\bfree\b(?! (?:parking|pool|wi-?fi|food|pizza|drinks?|shots?|snacks?|nibbles)\b)|{_PRICED})(?! off\b)"
    r"[^.;|!,\d]{,30}"
    r"\b(?:until|till?|before|after|if)\b(?! (?:late|further notice|close|we|you (?:dare|can|drop)|the (?:end|early)))"
    r"(?! ?(?:-|\W*$))"
    r"|(?<![\dm] )\b(?:before|until|till?) \d[\d.:]*\s?(?:[ap]\.?m\b\.?)?,? (?:(?:entry|admission|it'?s|is) )*free\b"
    r"|\b(?:woln[ye]|darmow[yae]|za darmo|bezpłatn(?:y|a|e|ie)) (?:do|przed|po) (?:godz\w*\.? ?)?\d"
    r"|(?<!\d )(?<!- )\b(?:do|przed) (?:godz\w*\.? ?)?\d[\d.:]*,? (?:wstęp|wejście) (?:woln|darmow|bezpłatn|za darmo)"
)
# "teams £10", "£10 table", "per person £2": together with another price, the text has two.
_OF_OTHERS = (
    r"(?:teams?|tables?|groups?|couples?|pairs?|famil(?:y|ies)|singles?|individuals?|players?|solo|per (?:person|head)"
    r"|drużyn\w+|zesp[oó]ł\w*|stoliki?|ekip\w+)\b"
)
_PRICE_OF_OTHERS = re.compile(
    rf"(?<!winning )(?<!top )(?<!best )(?<!first )(?<!second )(?<!1st )(?<!2nd )\b{_OF_OTHERS}(?: of \w+)?"
    rf"\s?(?:[:=-]|is|are|pay|entry)?\s?{_PRICED}"
    rf"|{_PRICED}(?: max(?:imum)?)?(?: (?:for|per|an?|each))?(?: a)?[ /]{_OF_OTHERS}"
)
# Prices per round: the total is unknown.
_PER_ROUND = re.compile(
    rf"{_PRICED}[^,;|]{{,25}}(?:\b(?:per|each|a|every|za|od)|/)\s?(?:rounds?|games?|hands?|cards?|sheets?|questions?"
    r"|lines?|rund[ęya]|kolejk[ęai])\b"
)
_WITH_OR_WITHOUT = re.compile(r"\b(?:without|bez|z|until|from then|thereafter)\b")
_FREE = re.compile(
    r"(?:\W|\b(?:it'?s|is|are|always|absolutely|completely|totally|100|all|quiz|trivia|entry|entrance|admission|events?"
    r"|games?|shows?|to|play|playing|join|enter|attend|for|everyone|cost|costs|price|fee|cover|charge|with|any|a"
    r"|purchase|wstęp|of|the|per person|per team|this|our|one(?:'s)?|nights?)\b)*"
    r"\b(?:free|gratis|complimentary|none|nil|no (?:charge|cost|fee|cover|entry fee|cover charge|entrance fee)"
    r"|za darmo|bez opłat|darmow[yae]|bezpłatn(?:y|a|e|ie)|woln[ye])\b"
    r"(?:\W|\b(?:entry|entrance|admission|events?|to|play|join|enter|attend|for|everyone|all|of|charge|quiz|trivia|game"
    rf"|with|any|a|purchase|wstęp|per person|per team|weekly|pub|(?:quiz|trivia)(?: nights?)? (?:every|each|on) {DAY}"
    r"(?: nights?)?(?: at)?)\b)*"
)
# Statements that the quiz itself is free. Words nearby exclude prizes and alternatives.
_FREE_QUIZ = re.compile(
    r"(?:^|\b(?:a|our|the|for|is|it's|are|and|with|weekly|always|enjoy|to|this|every|play|come) )free (?:live "
    r"|hosted |pub )*(?:(?:quiz|trivia)(?! (?:apps?|books?|sheets?|answers?))"
    r"|entry|admission|to (?:play|enter|join))\b"
    r"|\b(?:quiz|trivia|entry|admission)(?: itself)? is (?:always |completely |absolutely )?free\b(?! (?:if|when|with))"
    r"|\b(?:play|enter|join)(?: in)? (?:for )?free(?=\s?(?:$|[.,;:!|)]|(?:and|at|every|in|on|to)\b))"
    r"|\bcosts? (?:you )?nothing\b|\b(?:don't|do not) pay (?:anything|a thing) to (?:play|enter|join)"
    r"|\b(?:won't|doesn't|does not|will not) cost (?:you )?(?:a (?:penny|thing|cent)|anything)\b"
    r"|\b(?:wejście|wstęp|udział|quiz)(?: jest)? (?:za darmo|darmow[aey]|bezpłatn[aey]|woln[ey])\b"
)
_AGES = {"16", "18", "21"}
"""Numbers without a currency that are probably a minimum age."""
# Largest amounts in units of the currency: alone ("£50" is probably a prize), and if the text calls it a fee.
_LARGEST_BARE, _LARGEST_STATED = 20, 1000
# Longer texts are not statements of a fee, and the time grows with the square of the length.
_LONGEST = 1_000
_SMALL_UNITS = {"PLN": 5, "AED": 5, "CZK": 25, "DKK": 8, "NOK": 12, "SEK": 12, "ZAR": 20, "HKD": 8}


def read_fee(raw: Any, country: str | None = None) -> Fee:
    """Read the fee in a text, in minor units. Amount and currency are null if no fee is clear.

    country: ISO 3166 alpha-2 code of the venue. It decides the currency of a bare number and of "$".
    """
    if _FOR_A_TIME.search(_lines(raw)[:_LONGEST]):
        return Fee(raw=clean(raw))
    return _read(raw, country)


def _read(raw: Any, country: str | None) -> Fee:
    kept = clean(raw)
    text = _CLOCK.sub(" ", _in_digits(_lines(raw), country))
    text = _BRACKETS.sub(_as_clause, _COMPANY.sub(" ", text))
    text = re.sub(r" +", " ", text)
    if len(text) > _LONGEST or _OPEN.search(text) or _names_two_offers(text):
        return Fee(raw=kept)
    found = {fee for clause in _clauses(text) for fee in _fees(*clause, country)}
    if len(found) != 1 or _UNCLEAR in found:
        return Fee(raw=kept)
    ((amount, currency, per),) = found
    return Fee(kept, amount, currency, per)


_NUMBERS = {
    **{"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10},
    **{"twelve": 12, "fifteen": 15, "twenty": 20, "twenty-five": 25, "thirty": 30, "forty": 40, "fifty": 50},
    "sixty": 60,
}
_NUMBER_WORDS = re.compile(
    rf"\b({'|'.join(sorted(_NUMBERS, key=len, reverse=True))})[ -]"
    rf"(?=(?:{'|'.join(words for words, _ in _WORDS)})(?![a-zł]))"
)
_AND_A_HALF = re.compile(rf"\b({'|'.join(_NUMBERS)}) (pounds?|euros?|dollars?) fifty\b")
_NOTES = {"fiver": 5, "tenner": 10, "dycha": 10, "dychę": 10}
_NOTE = re.compile(
    rf"\b(?:a )?(?P<note>{'|'.join(_NOTES)})\b|\ba (?P<one>quid|pound|buck|dollar|euro)"
    rf"(?=\s?(?:$|[.,!;|]|{_PERSON}|to (?:play|enter|join)|entry\b|in\b))"
)
_FORMER = re.compile(
    rf"\b(?:used to be|was|previously|wcześniej)\s{_CURRENCY}?\s?\d+(?:[.,]\d\d)?\s?{_CURRENCY}?,?\s(?:but )?(?=now"
    rf"|teraz)"
    rf"|\b(?:up|down|rises|rising|increases|increasing) from\s{_CURRENCY}?\s?\d+(?:[.,]\d\d)?\s?{_CURRENCY}?\sto\s"
)


def _lines(raw: Any) -> str:
    """Return the text of HTML in lower case, with its lines joined by " | "."""
    written = raw if isinstance(raw, str) else clean(raw) or ""
    text = html.unescape(re.sub(r"(?i)<(?:br|/p|/li|/div)\s?/?>", "\n", written))
    lines = filter(None, map(clean, re.split(r"[\r\n]+", text)))
    text = re.sub(r"</?[a-z]+>", " ", " | ".join(lines).lower())
    return text.replace("’", "'").replace("free-to-", "free to ").replace("🆓", "free")


def _in_digits(text: str, country: str | None) -> str:
    """Write "two pounds" as "2 pounds" and "a fiver" in the country's currency. Remove former prices."""

    def note(found: re.Match[str]) -> str:
        if found["note"]:
            return f"{_NOTES[found['note']]} {(_CURRENCIES.get(country or '') or '').lower()}".strip()
        return f"1 {found['one']}"

    text = _AND_A_HALF.sub(lambda found: f"{_NUMBERS[found[1]]}.50 {found[2]}", text)
    text = _NOTE.sub(note, _NUMBER_WORDS.sub(lambda found: f"{_NUMBERS[found[1]]} ", text))
    return re.sub(r"\b(?:now|teraz)\b(?=\s\W?\d|\s(?:it'?s )?free)", " ", _FORMER.sub(" ", text))


# A time of day or a count; but not "10 zł", and not "50p", which cannot be an hour.
_NUMBER_WITHOUT_CURRENCY = re.compile(
    rf"(?<![£€$\d.,])(?!(?:1[3-9]|[2-9]\d)p\b)\d[\d.,:]*+(?: ?[ap]m\b)?(?! ?{_CURRENCY})", re.IGNORECASE
)


def read_fee_of_schedule(raw: Any, country: str | None = None) -> Fee:
    """Read the fee in the text of a schedule. There, a number without a currency is not a price."""
    kept = clean(raw)
    if _FOR_A_TIME.search(_lines(raw)[:_LONGEST]):
        return Fee(raw=kept)
    return replace(_read(_NUMBER_WITHOUT_CURRENCY.sub(" ", kept or ""), country), raw=kept)


def read_fee_of_amounts(amounts: Iterable[tuple[Any, Any]], country: str | None = None) -> Fee:
    """Return the fee of offers. amounts: pairs of an amount in currency units, and a currency.

    If the offers differ, the fee is unknown.
    """
    offers = [(clean(amount), (clean(currency) or "").upper()) for amount, currency in amounts]
    raw = clean(" | ".join(dict.fromkeys(" ".join(filter(None, offer)) for offer in offers)))
    if not raw or len(raw) > _LONGEST:
        return Fee(raw)
    found = {(read_number(amount), currency) for amount, currency in offers}
    units, currency = found.pop()
    if found or units is None:
        return replace(read_fee(raw, country), raw=raw)
    code = currency if re.fullmatch("[A-Z]{3}", currency) else _currency_of(None, country)
    if not 0 <= units <= _LARGEST_STATED * _SMALL_UNITS.get(code or "", 1):
        return Fee(raw)
    return Fee(raw, round(units * 100), code)


_Found = tuple[int | None, str | None, Literal["person", "team"] | None]
_UNCLEAR: _Found = (None, None, None)


def _as_clause(brackets: re.Match[str]) -> str:
    """Replace brackets by a clause of its own, unless the words in them belong to the amount before.

    "£2 entry (winner takes all)" has two clauses; "£20 (bar tab)", "£2 (per person)" and "£3 (£2 online)" have one.
    """
    words, before = brackets[1], brackets.string[: brackets.start()]
    of_the_amount = re.search(rf"(?:\d|{_CURRENCY})\s*$", before[-20:]) and _PRIZE.search(words)
    of_the_price = re.match(rf"{_PERSON}|{_TEAM}", words) or _ALTERNATIVE.search(words) or re.search(r"\bfree\b", words)
    own = re.search(r"[^\W\d]{3}", words) and not of_the_amount and not of_the_price
    return f" | {words} | " if own else f" {words} "


def _clauses(text: str) -> list[tuple[str, bool]]:
    """Split into pairs: a clause, and whether an earlier clause names a prize. In "Prizes, £45" the amount is one."""
    clauses, prize = [], False
    for clause in _CLAUSES.split(text):
        if clause.strip():
            clauses.append((clause.strip(), prize))
            prize = prize or bool(_PRIZE.search(clause))
    return clauses


def _names_two_offers(text: str) -> bool:
    """Return whether the text has two prices for different offers: "35 zł z posiłkiem, bez posiłku 20 zł"."""
    clauses = (clause for clause, _ in _clauses(text) if not _PRIZE.search(clause))
    priced = [clause for clause in clauses if any(not _is_bare(each) for each in _AMOUNT.finditer(clause))]
    return len(priced) > 1 and any(map(_WITH_OR_WITHOUT.search, priced))


def _fees(clause: str, after_a_prize: bool, country: str | None) -> list[_Found]:
    free = _FREE_QUIZ.search(clause) and not (_ALTERNATIVE.search(clause) or _AMOUNT.search(clause))
    of_something = re.search(r"\b(?:win\w*|prizes?|raffles?|draws?|drinks?|food)\b", clause)
    if _FREE.fullmatch(clause) or (free and not of_something):
        return [(0, _currency_of(None, country), None)]
    if _PRIZE.search(clause):
        return []
    amounts = list(_AMOUNT.finditer(clause))
    stated = [each for each in amounts if _is_fee(each, clause, after_a_prize)]
    priced = any(not _is_bare(each) for each in amounts)
    if (stated or re.search(r"\bfree\b", clause)) and (_ALTERNATIVE.search(clause) or _RANGE.search(clause)):
        return [_UNCLEAR]
    if priced and re.search(_FOR_SOME, clause):  # "£3 on the door, £2 in advance"
        return [_UNCLEAR]
    of_others = not stated and not after_a_prize and _PRICE_OF_OTHERS.search(clause)
    if of_others or (_PER_ROUND.search(clause) and not re.search(r"\bbingo\b|\bcards right\b", clause)):
        return [_UNCLEAR]
    fees = (_fee(each, clause, country, len(stated) == len(amounts) == 1) for each in stated)
    return [fee for fee in fees if fee]


def _is_bare(amount: re.Match[str]) -> bool:
    return amount[0].replace(".", "").replace(",", "").isdigit()


def _is_fee(amount: re.Match[str], clause: str, after_a_prize: bool) -> bool:
    before, after = clause[: amount.start()], clause[amount.end() :]
    first, second = _SENTENCE if _is_bare(amount) else _NIGHT_SENTENCE
    if not re.search(r"\b(?:quiz|trivia)\b", before):
        second = _SENTENCE[1]  # "$2 Tuesday" is an offer
    alone = bool(first.fullmatch(before) and second.fullmatch(after))
    entry = bool(_BEFORE.search(before) or re.match(rf"[^,]*?(?:{_ENTRY})", after))
    if _is_bare(amount):
        if amount[0] in _AGES:
            return False
        # "6 per team" is the size of a team; "2 per person" can only be a price.
        counts_players = re.match(rf"\s?(?:{_TEAM})", after) and not entry
        return alone and not counts_players and not (after_a_prize and not entry)
    if after_a_prize and not entry and not re.match(rf"\s?(?:{_PER_PERSON})", after):
        return False
    return alone or bool(_BEFORE.search(before) or _AFTER.match(after))


def _fee(amount: re.Match[str], clause: str, country: str | None, only_one: bool) -> _Found | None:
    """Return the fee, _UNCLEAR, or None if the amount is probably a prize."""
    written = amount[0]
    price = Price.fromstring(_with_symbols(written))
    in_pence = bool(amount["pence"]) and not re.search(r"[£.,]", written)
    currency = _currency_of("£" if in_pence else price.currency, country)
    if price.amount is None or not only_one:
        return _UNCLEAR
    rest = clause[: amount.start()] + " " + clause[amount.end() :]
    largest = _LARGEST_STATED if re.search(rf"{_ENTRY}|{_STATED}|{_PERSON}|{_TEAM}", rest) else _LARGEST_BARE
    value = price.amount if in_pence else price.amount * 100
    if value > largest * 100 * _SMALL_UNITS.get(currency or "", 1):
        return None if largest == _LARGEST_BARE else _UNCLEAR
    per: Literal["person", "team"] | None = (
        "team" if re.search(_TEAM, rest) else "person" if re.search(_PERSON, rest) else None
    )
    return int(value), currency, per
