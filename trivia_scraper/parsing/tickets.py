"""Read nights from the dated tickets of a shop, like "2025.10.07 [WTOREK] MK Bowling 19:00". Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from trivia_scraper.items import Schedule
from trivia_scraper.parsing.schedule import combine_dates
from trivia_scraper.parsing.schedule.polish import weekday_of, without_marks
from trivia_scraper.parsing.schedule.start_times import format_time
from trivia_scraper.parsing.text import clean

_TITLE = re.compile(
    r"(?P<year>\d{4})[.\-/](?P<month>\d{1,2})[.\-/](?P<day>\d{1,2})(?!\d)\.?\s*(?:\[(?P<weekday>[^\]]*)\])?\s*(?P<rest>.*)"
)
_CLOCK = (
    r"(?:\bgodz\w*\.?\s*|\bo\s+)?(?<![\d:.])(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?![\d:.]\d|\d)"
    r"(?:\s?[-–—]\s?\d{1,2}[:.]\d\d)?"
)


class Ticket(NamedTuple):
    date: date
    weekday: int
    """Weekday of the date, 1 = Monday. The weekday in the title is only compared with it."""
    name: str | None
    start_time: str | None
    """"HH:MM"."""
    weekday_agrees: bool | None
    """Whether the weekday in the title is that of the date. None if the title has no weekday."""


def read_ticket(title: Any) -> Ticket | None:
    """Read a ticket's title. Return None if it does not begin with a valid date."""
    found = _TITLE.match(clean(title) or "")
    if found is None:
        return None
    try:
        day = date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return None
    rest = found["rest"]
    clocks = list(re.finditer(_CLOCK, rest))
    last = clocks[-1] if clocks and (len(clocks) == 1 or not re.search(r"\w", rest[clocks[-1].end() :])) else None
    name = f"{rest[: last.start()]} {rest[last.end() :]}" if last else rest
    named = found["weekday"] and weekday_of(found["weekday"])
    return Ticket(
        date=day,
        weekday=day.isoweekday(),
        name=clean(re.sub(r"\(\s*\)", " ", name).strip(" -–—,;:|")),
        start_time=format_time(int(last["hour"]), int(last["minute"])) if last else None,
        weekday_agrees=named == day.isoweekday() if named else None,
    )


_WORD = re.compile(r"\w+")
_SPECIAL = re.compile(
    r"\b(?:lig[aiąę]\b|film|muzyczn|specjaln|special|finał|świąteczn|halloween|turniej|mistrzostw)", re.IGNORECASE
)


class Offer(NamedTuple):
    ticket: Ticket
    title: str
    price: str | None
    shelf: int | None
    """The weekday of its category in the shop, 1 = Monday. None if the category is not a weekday."""


class Show(NamedTuple):
    special: str | None
    """The words of its tickets that distinguish it from the venue's ordinary quiz."""
    schedule: Schedule
    """`raw` has the titles of the tickets."""
    price: str | None
    """Price of the first date."""


def group_offers(
    offers: Iterable[Offer], venue: str, city: str | None, timezone: str, *, today: date | None = None
) -> list[Show]:
    """Group tickets into shows: one per kind of ticket, weekday and start time, in the order of the first dates.

    The kind of a ticket is the part of its name that is neither venue nor city nor the name of most tickets. An
    ordinary quiz in the shop's category for its weekday is a regular night, even if only one ticket is left.
    today: as in `combine_dates`.
    """
    ordered = sorted(dict.fromkeys(offers), key=lambda offer: offer.ticket.date)
    names = Counter(offer.ticket.name or "" for offer in ordered)
    usual = min(names, key=lambda name: (-names[name], len(name)), default="")
    known = (venue, city, None if _SPECIAL.search(without_known_words(usual, venue, city) or "") else usual)
    nights: dict[tuple[str | None, int, str | None], list[Offer]] = {}
    for offer in ordered:
        night = without_known_words(offer.ticket.name, *known), offer.ticket.weekday, offer.ticket.start_time
        nights.setdefault(night, []).append(offer)
    found = []
    for (special, weekday, start_time), of_night in nights.items():
        dates = [(offer.ticket.date, start_time) for offer in of_night]
        regular = special is None and any(offer.shelf == weekday for offer in of_night)
        (schedule,) = combine_dates(dates, timezone, regular=regular, today=today)
        raw = "; ".join(dict.fromkeys(offer.title for offer in of_night))
        found.append(Show(special, replace(schedule, raw=raw), of_night[0].price))
    return found


def without_known_words(name: str | None, *known: str | None) -> str | None:
    """Return the words of `name` that no known name has, ignoring diacritics and case.

    Example: "Quiz Filmowy" for the ticket "Pasibus – Quiz Filmowy" and the known name "Pasibus".
    """
    words = {_plain(word) for each in known for word in _WORD.findall(each or "")}
    left = [each for each in (name or "").split() if not words.issuperset(map(_plain, _WORD.findall(each)))]
    return clean(" ".join(left).strip(" -–—:,"))


def _plain(word: str) -> str:
    return without_marks(word).casefold()
