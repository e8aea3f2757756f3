"""Compare names of pubs. Pure. Names alone never match two venues; their places are compared elsewhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein
from slugify import slugify

from trivia_scraper.parsing.slugs import APOSTROPHES

# Words for the kind of venue. One publisher writes them, another omits them.
_KINDS = frozenset(
    {"bar", "cafe", "club", "gastropub", "hotel", "house", "inn", "lounge", "public", "saloon", "sports", "tavern"}
    | {"bistro", "eatery", "grill", "kitchen", "restaurant", "kawiarnia", "klub", "restauracja"}
    | {"alehouse", "beerhouse", "brauhaus", "brewery", "browar", "freehouse", "tap", "taphouse", "taproom"}
)
# Words that publishers add or omit at random.
_SILENT = frozenset({"pub", "co", "company", "ltd", "pty", "jd", "jdw", "wetherspoon", "wetherspoons"})
_SMALL = frozenset({"a", "an", "and", "at", "by", "in", "n", "of", "on", "s", "the", "ye"})
_SPELLINGS = {"olde": "old", "saint": "st", "mount": "mt", "centre": "center"}
_SPELLINGS |= dict.fromkeys(("brewing", "brewhouse", "brewpub"), "brewery")
_SPELLINGS |= {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5"}
_SPELLINGS |= {"first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th"}
_SPELLINGS |= {"six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10"}
_LEAST_BEGINNING = 4
"""Characters from which on the beginning of a name identifies it."""
_MISSPELT = 75
"""Similarity in percent from which on an unknown name counts as a misspelling of a known one."""
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}")
# Examples: King's Arms, Waterloo; Royal Oak – Twickenham; The Fox (Clapham); The Fox @ Clapham.
_TAIL = re.compile(r"^(?P<name>.*\S)(?:,| [-–—|@] |\s*\()\s*(?P<tail>[^,()|@–—]+?)\)?$")
_LIST = re.compile(r"&|\+|\band\b|^the\b", re.IGNORECASE)

_PLACE_WEIGHT = 0.3  # weight of a town's name if both names have it; if only one has it, it is ignored
_SIMILAR = 80  # percent of letters that two words, or two whole names, share
_LONG_WORD = 7  # letters from which on one wrong letter is a typing error; "hart" and "hare" are two words
_PLURAL = 0.97
_MAX_NAME = 200  # characters that are compared
_ONE_SAYS_THE_KIND = 0.95
IN_DOUBT = 0.85
"""Highest likeness of two names that suggest two venues, like "Railway Inn" and "Railway Hotel"."""


@dataclass(frozen=True, slots=True)
class _Name:
    words: tuple[str, ...]
    """The words that distinguish the venue, in order."""
    kinds: frozenset[str]
    tail: frozenset[str]
    """Words after a comma or dash, which may be a part of the town."""
    closed: str
    """All words joined without spaces."""


def likeness(one: str, other: str, places: Iterable[str | None] = ()) -> float:
    """Return the likeness of two names, 0 to 1, regardless of their order. 1 means equal.

    places: names of the towns, districts and regions of the two venues. If only one of the names has a word of a place,
    that is not a difference ("10 Toes Buderim" and "10 Toes").
    """
    first, second = _read(one[:_MAX_NAME]), _read(other[:_MAX_NAME])
    if not first.words or not second.words:
        same = one.strip().casefold() == other.strip().casefold()
        return 1.0 if same and one.strip() else 0.0
    if first.closed == second.closed:
        return 1.0
    towns = frozenset(word for place in places for word in _words((place or "")[:_MAX_NAME]))
    pairs, alone = _paired(first.words, second.words)
    core = _shared(pairs, alone, towns, (first.tail, second.tail))
    whole = "".join(first.words), "".join(second.words)
    if whole[0] == whole[1]:
        core = 1.0
    elif any(not _is_one_word(word, match) for word, match, _ in pairs):
        core = min(core, IN_DOUBT)
    if core < IN_DOUBT and fuzz.ratio(*whole) >= _SIMILAR:
        core = IN_DOUBT
    return core * _agreement(first.kinds, second.kinds)


def _shared(
    pairs: list[tuple[str, str, float]],
    alone: tuple[list[str], list[str]],
    towns: frozenset[str],
    tails: tuple[frozenset[str], frozenset[str]],
) -> float:
    """Return the weight of the words that both names have, as a share of the weight of all words."""
    weights = [_PLACE_WEIGHT if word in towns or match in towns else 1.0 for word, match, _ in pairs]
    if pairs and not any(weight == 1.0 for weight in weights):
        weights = [1.0] * len(pairs)  # "The Richmond" in Richmond has no other words
    local = [[word for word in words if word in towns | tail] for words, tail in zip(alone, tails, strict=True)]
    shared = 2 * sum(weight * alike for weight, (_, _, alike) in zip(weights, pairs, strict=True))
    # A town in one of the names is not a difference if the rest agrees. If each name has its own town, they differ.
    differing = sum(len(words) - len(own) for words, own in zip(alone, local, strict=True))
    total = 2 * sum(weights) + differing
    found = shared / total if total else 0.0
    return min(found, IN_DOUBT) if local[0] and local[1] else found


def _agreement(one: frozenset[str], other: frozenset[str]) -> float:
    if one == other:
        return 1.0
    return IN_DOUBT if one - other and other - one else _ONE_SAYS_THE_KIND


def _paired(
    one: tuple[str, ...], other: tuple[str, ...]
) -> tuple[list[tuple[str, str, float]], tuple[list[str], list[str]]]:
    """Pair each word with the most similar word of the other name.

    Return triples (word, other word, likeness 0 to 1), and the words of each name that were not paired.
    """
    scored = ((_alike(word, match), i, j) for i, word in enumerate(one) for j, match in enumerate(other))
    pairs, used, taken = [], set[int](), set[int]()
    for alike, i, j in sorted(scored, key=lambda each: (-each[0], abs(each[1] - each[2]), each[1] + each[2])):
        if alike >= _SIMILAR / 100 and i not in used and j not in taken:
            pairs.append((one[i], other[j], alike))
            used.add(i)
            taken.add(j)
    left = [word for i, word in enumerate(one) if i not in used]
    right = [word for j, word in enumerate(other) if j not in taken]
    return pairs, (left, right)


def _alike(word: str, match: str) -> float:
    if word == match:
        return 1.0
    if _is_one_word(word, match):
        return _PLURAL
    numbered = any(letter.isdigit() for letter in word + match)  # "Bar 21" is not a misspelt "Bar 22"
    return 0.0 if numbered else fuzz.ratio(word, match) / 100


def _is_one_word(word: str, match: str) -> bool:
    """Return whether two words are spellings of the same word: "king" and "kings", "shakespeare" and "shakespear"."""
    short, long = sorted((word, match), key=len)
    slip = len(short) >= _LONG_WORD and short.isalpha() and long.isalpha() and Levenshtein.distance(short, long) == 1
    return short == long or short + "s" == long or slip


@lru_cache(maxsize=4096)
def _read(name: str) -> _Name:
    words = _words(name)
    kinds = frozenset(words) & (_KINDS | _SILENT)
    telling = tuple(word for word in words if word not in kinds)
    if not telling:  # "The Public House"
        telling, kinds = words, frozenset()
    return _Name(telling, kinds - _SILENT, _tail(name), "".join(words))


def _tail(name: str) -> frozenset[str]:
    """Return the words after the last separator if the words before it are a name of their own.

    Empty for "Wetherspoon - The Moon Under Water" and "Fox, Hound & Hare".
    """
    found = _TAIL.match(unicodedata.normalize("NFKC", name).strip())
    if found is None or _LIST.search(found["tail"]) or not set(_words(found["name"])) - _KINDS - _SILENT:
        return frozenset()
    return frozenset(_words(found["tail"])) - frozenset(_words(found["name"]))


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    """Split a name into distinct words in ASCII and lower case, without small words like "the"."""
    plain = APOSTROPHES.sub("", unicodedata.normalize("NFKC", text))
    plain = _INITIALS.sub(lambda found: found[0].replace(".", ""), plain)
    found = (_SPELLINGS.get(word, word) for word in slugify(plain, separator=" ").split())
    return tuple(dict.fromkeys(word for word in found if word not in _SMALL))


def find_nearest(given: str, known: Iterable[str]) -> str | None:
    """Return the known name that was probably meant: it begins with the given one or is spelled similarly."""
    names, beginning = sorted(known), given.casefold()
    if len(given) >= _LEAST_BEGINNING:
        for name in names:
            if name.casefold().startswith(beginning):
                return name
    alike = process.extractOne(given, names, scorer=fuzz.ratio, processor=str.casefold, score_cutoff=_MISSPELT)
    return str(alike[0]) if alike else None
