"""Tables of schedules, and the notation of nights in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from tests.support.paths import ROOT
from trivia_scraper.parsing.schedule import ScheduleError, read_nights

TABLES = ROOT / "tests/unit/parsing/schedule"
NO_DAY = "no day"
TODAY = date(2026, 9, 1)


def rows(name: str = "schedules") -> list[list[str]]:
    lines = (TABLES / f"{name}.tsv").read_text("utf-8").split("\n")
    return [[_unescaped(cell) for cell in line.split("\t")] for line in lines if line and not line.startswith("#")]


def _unescaped(text: str) -> str:
    return re.sub(r"\\(?:u[0-9a-f]{4}|[nrt])", lambda found: found[0].encode().decode("unicode_escape"), text)


def nights_of(text: str, hints: Sequence[str] = (), today: date | None = None) -> list[str]:
    """Return the nights of a text in the notation of the tables."""
    try:
        found = read_nights(text, None, hints=hints, today=today)
    except ScheduleError:
        return [NO_DAY]
    return [
        f"{n.weekday} {n.start_time or '-'} {n.frequency} {n.rrule or '-'}"
        + (f" from {n.starts_on}" if n.starts_on else "")
        for n in found
    ]
