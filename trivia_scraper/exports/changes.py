"""What a dump of JSON Lines lacks: lines that, applied to it, give the dump of now. docs/exports.md has the rule."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TextIO

from sqlalchemy import Connection

from trivia_scraper.db.changes import MARGIN, last_ended, touched_since
from trivia_scraper.db.queries import Identity, Selection, keys, whole
from trivia_scraper.exports.summary import Told
from trivia_scraper.formatting import as_json


def write_changes(connection: Connection, selection: Selection, out: TextIO, *, since: int, now: datetime) -> Told:
    """Of a dump of the same selection that was made after the run `since` had ended. Raises NoSuchRunError."""
    touched = touched_since(connection, since)
    written = Counter({"told": 0, "only seen again": 0, "removed": 0})
    # Whoever has applied this asks for what changed since `until` the next time.
    head = {"op": "changes", "since": since, "until": last_ended(connection), "made_at": now}
    out.write(f"{as_json(head)}\n")
    every = keys(connection)
    put = [key for key in every if key.id in touched.changed and key in selection]
    for event in whole(connection, put):
        out.write(f"{as_json({'op': 'put', 'event': asdict(event)})}\n")
        written["told"] += 1
    for key in every:
        if key.id in touched.changed and key not in selection:
            out.write(f"{as_json({'op': 'remove', **_named(key.identity)})}\n")
            written["removed"] += 1
        elif key.id in touched.seen and key in selection:
            seen = {"op": "seen", **_named(key.identity), "last_seen_at": key.last_seen_at}
            out.write(f"{as_json(seen)}\n")
            written["only seen again"] += 1
    minutes = MARGIN // timedelta(minutes=1)
    known = f"What changed in the {minutes} minutes before run {since} ended is told too, and may be known already."
    return Told(written, hint=known if written["told"] else "")


def _named(identity: Identity) -> dict[str, object]:
    return identity._asdict()
