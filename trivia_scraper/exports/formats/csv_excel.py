"""CSV for Excel: with the byte order mark that Excel needs to read UTF-8, and telephone numbers that stay text."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TextIO

from sqlalchemy import Connection

from trivia_scraper.db.queries import Selection, StoredEvent, read_stored_events
from trivia_scraper.exports import Summary, wording
from trivia_scraper.exports.formats.csv import write_rows


def write(connection: Connection, selection: Selection, out: TextIO, now: datetime) -> Summary:
    out.write("\ufeff")
    return write_rows(map(_with_spaced_phone, read_stored_events(connection, selection)), out)


def _with_spaced_phone(event: StoredEvent) -> StoredEvent:
    """Return the event with "+44 20 7946 0958": Excel takes digits without spaces for a number and drops the plus."""
    if event.venue.phone is None:
        return event
    phone = wording.format_phone(event.venue.phone).replace("-", " ")
    return replace(event, venue=replace(event.venue, phone=phone))
