"""Dated tickets of a shop ("2025.10.07 [WTOREK] MK Bowling 19:00"), and the nights that they are for. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from trivia_scraper.items import Schedule
from trivia_scraper.parsing.schedule import gather
from trivia_scraper.parsing.schedule.polish import weekday_of, without_marks
from trivia_scraper.parsing.schedule.start_times import of_day
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
    """Of the date, which decides: 1 = Monday."""
    name: str | None
    start_time: str | None
    """"HH:MM"."""
    weekday_agrees: bool | None
    """Whether the title's own day is that of its date; None when it names none."""


def read_ticket(title: Any) -> Ticket | None:
    """Read a ticket's title; None when it does not begin with a date that exists."""
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
        start_time=of_day(int(last["hour"]), int(last["minute"])) if last else None,
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
    """The weekday under which the shop keeps it, 1 = Monday; None when it keeps it elsewhere."""


class Show(NamedTuple):
    special: str | None
    """What sets it apart from the venue's ordinary quiz, in the words of its tickets."""
    schedule: Schedule
    """Its `raw` has the titles of the tickets."""
    price: str | None
    """Of the first date."""


def shows(offers: Iterable[Offer], venue: str, city: str | None, timezone: str) -> list[Show]:
    """Return one Show per kind of ticket, weekday and clock, in the order of their first dates.

    A kind is what a ticket's name says beside the names of venue and city and what most of the tickets say. An ordinary
    quiz that the shop keeps under its weekday is a regular night, also when a single ticket is left.
    """
    ordered = sorted(dict.fromkeys(offers), key=lambda offer: offer.ticket.date)
    names = Counter(offer.ticket.name or "" for offer in ordered)
    usual = min(names, key=lambda name: (-names[name], len(name)), default="")
    known = (venue, city, None if _SPECIAL.search(beside(usual, venue, city) or "") else usual)
    nights: dict[tuple[str | None, int, str | None], list[Offer]] = {}
    for offer in ordered:
        night = beside(offer.ticket.name, *known), offer.ticket.weekday, offer.ticket.start_time
        nights.setdefault(night, []).append(offer)
    found = []
    for (special, weekday, start_time), of_night in nights.items():
        dates = [(offer.ticket.date, start_time) for offer in of_night]
        regular = special is None and any(offer.shelf == weekday for offer in of_night)
        (schedule,) = gather(dates, timezone, regular=regular)
        raw = "; ".join(dict.fromkeys(offer.title for offer in of_night))
        found.append(Show(special, replace(schedule, raw=raw), of_night[0].price))
    return found


def beside(name: str | None, *known: str | None) -> str | None:
    """Return the words of `name` that are in none of the known names, whatever their marks and letter case.

    Of the ticket "Pasibus – Quiz Filmowy" for Pasibus these are "Quiz Filmowy".
    """
    words = {_plain(word) for each in known for word in _WORD.findall(each or "")}
    left = [each for each in (name or "").split() if not words.issuperset(map(_plain, _WORD.findall(each)))]
    return clean(" ".join(left).strip(" -–—:,"))


def _plain(word: str) -> str:
    return without_marks(word).casefold()
