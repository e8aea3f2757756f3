"""A directory of calendars to subscribe to: one of all, per publisher, per town, per venue. It changes as a whole."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from os import PathLike

from sqlalchemy import Connection

from trivia_scraper.atomic import publishing
from trivia_scraper.db.queries import EVERYTHING
from trivia_scraper.exports import Summary, wording
from trivia_scraper.exports.ics import Entry, calendar, entries
from trivia_scraper.parsing.slugs import slug
from trivia_scraper.site.venues import town_of


def write_calendars(connection: Connection, directory: str | PathLike[str], now: datetime) -> Summary:
    """Write `all.ics`, `publishers/NAME.ics`, `towns/KEY.ics` and `venues/SLUG.ics`; towns have the catalogue's keys.

    Raises OutputError, OSError; the calendars that are there then stay as they are.
    """
    summary = Summary(Counter(events=0))
    every = entries(connection, EVERYTHING, summary, now)
    files: defaultdict[str, list[Entry]] = defaultdict(list, {"all.ics": every})
    names = {"all.ics": "Quiz nights"}
    for entry in every:
        event = entry.event
        town = town_of(event.venue)
        for path, name in (
            (f"publishers/{slug(event.publisher)}.ics", f"Quiz nights of {wording.publisher(event.publisher)}"),
            (f"towns/{town.key}.ics", f"Quiz nights: {town.full_name}"),
            (f"venues/{event.venue.slug}.ics", f"Quiz nights: {event.venue.name}"),
        ):
            files[path].append(entry)
            names.setdefault(path, name)
    with publishing(directory, "calendars") as edition:
        for path, found in files.items():
            edition.write(path, calendar(names[path], found, now))
    summary.written["calendars"] = len(files)
    return summary
