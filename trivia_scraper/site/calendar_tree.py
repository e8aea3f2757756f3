"""A directory of calendars to subscribe to: one of all, per publisher, per town, per venue. It changes as a whole."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from itertools import groupby
from os import PathLike

from sqlalchemy import Connection

from trivia_scraper.atomic import replace_directory
from trivia_scraper.db.queries import read_keys
from trivia_scraper.exports import Summary, wording
from trivia_scraper.exports.formats.ics import ALL, Drafts, make_calendar, make_entries
from trivia_scraper.parsing.slugs import slug
from trivia_scraper.site.losses import refuse_losses
from trivia_scraper.site.places import town_of


def write_calendars(
    connection: Connection, directory: str | PathLike[str], now: datetime, *, force: bool = False
) -> Summary:
    """Write `all.ics`, `publishers/NAME.ics`, `towns/KEY.ics` and `venues/SLUG.ics`; towns have the catalogue's keys.
    force: also if most of the venues are lost.

    Raises RefusedError, OutputError, OSError; the calendars that are there then stay as they are.
    """
    summary = Summary(Counter(events=0))
    names = {ALL: "Quiz nights"}
    with replace_directory(directory, "calendars") as edition, Drafts() as drafts:
        for entry in make_entries(connection, read_keys(connection), summary, now):
            publisher, town = entry.event.publisher, town_of(entry.event.venue)
            of_publisher, of_town = f"publishers/{slug(publisher)}.ics", f"towns/{town.key}.ics"
            names.setdefault(of_publisher, f"Quiz nights of {wording.format_publisher(publisher)}")
            names.setdefault(of_town, f"Quiz nights: {town.full_name}")
            drafts.add(entry, ALL, of_publisher, of_town)
        for path, name in names.items():
            edition.write(path, drafts.parts(path, name, now))
        # One venue after another: there are as many as nights, and none needs a draft.
        by_venue = make_entries(connection, read_keys(connection, by_venue=True), Summary(Counter()), now)
        summary.written["calendars"] = len(names)
        venues = 0
        for venue_slug, group in groupby(by_venue, key=lambda entry: entry.event.venue.slug):
            found = list(group)
            edition.write(
                f"venues/{venue_slug}.ics", make_calendar(f"Quiz nights: {found[0].event.venue.name}", found, now)
            )
            venues += 1
        summary.written["calendars"] += venues
        refuse_losses(edition, venues, ".ics", force=force)
    return summary
