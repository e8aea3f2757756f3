"""CSV (RFC 4180) for spreadsheets: one event per row, its columns in an order that only grows at the end."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import datetime
from typing import Any, TextIO

from sqlalchemy import Connection

from trivia_scraper.db.queries import Selection, StoredEvent, stored_events
from trivia_scraper.exports.summary import Told
from trivia_scraper.formatting import as_cell, iso

COLUMNS = (
    *("publisher", "publisher_id", "night", "status", "name", "description"),
    *("venue_slug", "venue_name", "venue_address", "venue_postcode", "venue_city", "venue_region", "venue_country"),
    *("venue_latitude", "venue_longitude", "venue_phone", "venue_website", "venue_facebook", "venue_instagram"),
    *("schedule_raw", "schedule_weekday", "schedule_start_time", "schedule_frequency", "schedule_rrule"),
    *("schedule_timezone", "schedule_starts_on", "schedule_time_assumed"),
    *("fee_raw", "fee_amount", "fee_currency", "fee_per", "performer_name"),
    *("hero_url", "hero_path", "performer_url", "performer_path", "logo_url", "logo_path"),
    *("source_url", "first_seen_at", "last_seen_at", "scraped_at", "updated_at"),
)
_KINDS = ("hero", "performer", "logo")


def write_table(connection: Connection, selection: Selection, out: TextIO) -> Told:
    table = csv.writer(out, strict=True)
    table.writerow(COLUMNS)
    written = 0
    for event in stored_events(connection, selection):
        values = _values(event)
        table.writerow([_cell(values[column]) for column in COLUMNS])
        written += 1
    return Told(Counter(events=written))


def _values(event: StoredEvent) -> dict[str, Any]:
    pictures: dict[str, str | None] = {}
    for kind in _KINDS:
        first = next((image for image in event.images if image.kind == kind), None)
        pictures[f"{kind}_url"] = first.url if first else None
        pictures[f"{kind}_path"] = first.path if first else None
    return {
        **{name: getattr(event, name) for name in StoredEvent.__dataclass_fields__},
        **{f"venue_{name}": getattr(event.venue, name) for name in event.venue.__dataclass_fields__},
        **{f"schedule_{name}": getattr(event.schedule, name) for name in event.schedule.__dataclass_fields__},
        **{f"fee_{name}": getattr(event.fee, name) for name in event.fee.__dataclass_fields__},
        "performer_name": event.performer and event.performer.name,
        **pictures,
    }


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return as_cell(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return iso(value)
    return "" if value is None else str(value)  # a number of ours may begin with a minus
