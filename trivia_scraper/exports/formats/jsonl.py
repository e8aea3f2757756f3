"""JSON Lines: one event per line, in the shape of StoredEvent, which docs/event.schema.json describes."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TextIO

from sqlalchemy import Connection

from trivia_scraper.db.queries import Selection, read_stored_events
from trivia_scraper.exports import Summary
from trivia_scraper.formatting import as_json


def write(connection: Connection, selection: Selection, out: TextIO, now: datetime) -> Summary:
    summary = Summary(Counter(events=0))
    for event in read_stored_events(connection, selection):
        out.write(f"{as_json(event.as_dict())}\n")
        summary.written["events"] += 1
    return summary
