"""JSON Lines: one event per line, in the shape of reading.StoredEvent, which docs/event.schema.json describes."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TextIO

from sqlalchemy import Connection

from trivia_scraper.db.queries import Selection, StoredEvent, stored_events
from trivia_scraper.exports.summary import Told
from trivia_scraper.formatting import as_json


def write_lines(connection: Connection, selection: Selection, out: TextIO) -> Told:
    written = 0
    for event in stored_events(connection, selection):
        out.write(f"{line_of(event)}\n")
        written += 1
    return Told(Counter(events=written))


def line_of(event: StoredEvent) -> str:
    return as_json(asdict(event))
