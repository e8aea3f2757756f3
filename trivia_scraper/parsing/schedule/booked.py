"""A listing's dates and the one text that tells a clock -> the nights of one event."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from trivia_scraper.items import Schedule
from trivia_scraper.parsing.schedule.dated import gather
from trivia_scraper.parsing.schedule.nights import read_nights


def booked(dates: Iterable[Any], following: str | None, timezone: str | None) -> list[Schedule]:
    """One Schedule per night, as `gather` makes them.

    dates: ISO dates of the bookings; what is none is left out. following: what the event's own page says of the next
    one, clock first ("8pm • Monday 13 Jul 2026"). Its clock holds for its weekday and for no other, and so does its
    text; a listed date before it on another weekday is over, or has moved.
    """
    days = set(filter(None, map(_date, dates)))
    clock, dot, day = (following or "").partition("•")
    try:
        (said,) = read_nights(f"{day} at {clock}" if dot else clock, timezone)
    except ValueError:  # no night, or not one
        return _beside(following, gather([(each, None) for each in days], timezone))
    if next_day := _date(said.starts_on):
        days = {each for each in days if each > next_day or each.isoweekday() == said.weekday} | {next_day}
    nights = gather([(each, said.start_time if each.isoweekday() == said.weekday else None) for each in days], timezone)
    if said.weekday not in {night.weekday for night in nights}:
        return _beside(following, nights)
    return [replace(night, raw=following or night.raw) if night.weekday == said.weekday else night for night in nights]


def _beside(words: str | None, nights: list[Schedule]) -> list[Schedule]:
    """With words in front of their dates that say nothing about them that can be read."""
    return [replace(night, raw="; ".join(filter(None, [words, night.raw]))) for night in nights]


def _date(value: Any) -> date | None:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return None
