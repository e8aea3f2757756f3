"""Dated tickets of one venue's shop page -> the nights that they are for. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from trivia_scraper.items import Schedule
from trivia_scraper.parsing.schedule import Ticket, gather
from trivia_scraper.parsing.titles import beside

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
    """One per kind of ticket, weekday and clock, in the order of their first dates.

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
