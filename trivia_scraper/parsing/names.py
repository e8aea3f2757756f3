"""How alike two pubs' names are. Pure, and says nothing of where they are: names alone never make one venue of two."""

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

# A word that says which kind of house it is. One publisher writes it, another leaves it out.
_KINDS = frozenset(
    {"bar", "cafe", "club", "gastropub", "hotel", "house", "inn", "lounge", "public", "saloon", "sports", "tavern"}
    | {"bistro", "eatery", "grill", "kitchen", "restaurant", "kawiarnia", "klub", "restauracja"}
    | {"alehouse", "beerhouse", "brauhaus", "brewery", "browar", "freehouse", "tap", "taphouse", "taproom"}
)
# A word that publishers add and drop as they please.
_SILENT = frozenset({"pub", "co", "company", "ltd", "pty", "jd", "jdw", "wetherspoon", "wetherspoons"})
_SMALL = frozenset({"a", "an", "and", "at", "by", "in", "n", "of", "on", "s", "the", "ye"})
_SPELLINGS = {"olde": "old", "saint": "st", "mount": "mt", "centre": "center"}
_SPELLINGS |= dict.fromkeys(("brewing", "brewhouse", "brewpub"), "brewery")
_SPELLINGS |= {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5"}
_SPELLINGS |= {"first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th"}
_SPELLINGS |= {"six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10"}
_LEAST_BEGINNING = 4
"""The characters of a name that identify it."""
_MISSPELT = 75
"""Percent; an unknown name that is at least so similar to a known one is taken for a typing error."""
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}")
# As in: King's Arms, Waterloo; Royal Oak – Twickenham; The Fox (Clapham); The Fox @ Clapham.
_TAIL = re.compile(r"^(?P<name>.*\S)(?:,| [-–—|@] |\s*\()\s*(?P<tail>[^,()|@–—]+?)\)?$")
_LIST = re.compile(r"&|\+|\band\b|^the\b", re.IGNORECASE)

_PLACE_WEIGHT = 0.3  # of a word that names the town, when both have it; when one lacks it, it counts nothing
_SIMILAR = 80  # percent of letters that two words, or two whole names, share
_LONG_WORD = 7  # letters; one of them wrong is a slip of the pen, while "hart" and "hare" are two animals
_PLURAL = 0.97
_MAX_NAME = 200  # characters that count; what is longer is a text
_ONE_SAYS_THE_KIND = 0.95
IN_DOUBT = 0.85
"""The most that two names get when something in them speaks against their being one: "Railway Inn", "Railway Hotel"."""


@dataclass(frozen=True, slots=True)
class _Name:
    words: tuple[str, ...]
    """The words that distinguish it, in order."""
    kinds: frozenset[str]
    tail: frozenset[str]
    """Words behind a comma or a dash, which may be its part of the town."""
    closed: str
    """All its words in one."""


def likeness(one: str, other: str, places: Iterable[str | None] = ()) -> float:
    """Compare two names: 0 .. 1, the same in either order; 1 when they say the same.

    places: names of the towns, districts and regions where the two are. A word of theirs that one name has and the
    other lacks is no difference ("10 Toes Buderim" and "10 Toes").
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
    """Return the weight of the words that the names share, as a part of the weight of all their words."""
    weights = [_PLACE_WEIGHT if word in towns or match in towns else 1.0 for word, match, _ in pairs]
    if pairs and not any(weight == 1.0 for weight in weights):
        weights = [1.0] * len(pairs)  # "The Richmond" of Richmond has no other name
    local = [[word for word in words if word in towns | tail] for words, tail in zip(alone, tails, strict=True)]
    shared = 2 * sum(weight * alike for weight, (_, _, alike) in zip(weights, pairs, strict=True))
    # Its town is no difference where the rest of the name agrees; two names with a town each differ in it.
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
    """Pair each word with the most similar word of the other name, 0 .. 1; return the words that have none, too."""
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
    """Return whether two words are spellings of one: "king" and "kings", "shakespeare" and "shakespear"."""
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
    """Return the words after the last separator if the rest is still a name, else nothing.

    Nothing for "Wetherspoon - The Moon Under Water" and "Fox, Hound & Hare".
    """
    found = _TAIL.match(unicodedata.normalize("NFKC", name).strip())
    if found is None or _LIST.search(found["tail"]) or not set(_words(found["name"])) - _KINDS - _SILENT:
        return frozenset()
    return frozenset(_words(found["tail"])) - frozenset(_words(found["name"]))


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    """Split into words: ASCII, lower case, without small words, each once, in their order."""
    plain = APOSTROPHES.sub("", unicodedata.normalize("NFKC", text))
    plain = _INITIALS.sub(lambda found: found[0].replace(".", ""), plain)
    found = (_SPELLINGS.get(word, word) for word in slugify(plain, separator=" ").split())
    return tuple(dict.fromkeys(word for word in found if word not in _SMALL))


def nearest(given: str, known: Iterable[str]) -> str | None:
    """Return the known name that was probably meant: one that begins with the given one, or is spelled alike."""
    names, beginning = sorted(known), given.casefold()
    if len(given) >= _LEAST_BEGINNING:
        for name in names:
            if name.casefold().startswith(beginning):
                return name
    alike = process.extractOne(given, names, scorer=fuzz.ratio, processor=str.casefold, score_cutoff=_MISSPELT)
    return str(alike[0]) if alike else None
