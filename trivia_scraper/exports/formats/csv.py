"""CSV (RFC 4180) for spreadsheets: one event per row. New columns are only added at the end."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, TextIO, cast

from sqlalchemy import Connection

from trivia_scraper.db.queries import Selection, StoredEvent, read_stored_events
from trivia_scraper.exports import Summary
from trivia_scraper.formatting import as_cell, iso

COLUMNS = (
    "publisher",
    "publisher_id",
    "night",
    "status",
    "name",
    "description",
    "venue_slug",
    "venue_name",
    "venue_address",
    "venue_postcode",
    "venue_city",
    "venue_region",
    "venue_country",
    "venue_latitude",
    "venue_longitude",
    "venue_phone",
    "venue_website",
    "venue_facebook",
    "venue_instagram",
    "schedule_raw",
    "schedule_weekday",
    "schedule_start_time",
    "schedule_frequency",
    "schedule_rrule",
    "schedule_timezone",
    "schedule_starts_on",
    "schedule_time_assumed",
    "fee_raw",
    "fee_amount",
    "fee_currency",
    "fee_per",
    "performer_name",
    "hero_url",
    "hero_path",
    "performer_url",
    "performer_path",
    "logo_url",
    "logo_path",
    "source_url",
    "first_seen_at",
    "last_seen_at",
    "scraped_at",
    "updated_at",
)


def write(connection: Connection, selection: Selection, out: TextIO, now: datetime) -> Summary:
    return write_rows(read_stored_events(connection, selection), out)


def write_rows(events: Iterable[StoredEvent], out: TextIO) -> Summary:
    written = -1  # the first line has the names of the columns
    for line in iterate_lines(events):
        out.write(line)
        written += 1
    return Summary(Counter(events=written))


class _Line:
    """A file for csv.writer. Its `writerow` returns what `write` returns, so each line can be yielded."""

    def write(self, line: str) -> str:
        return line


def iterate_lines(events: Iterable[StoredEvent]) -> Iterator[str]:
    """Yield the names of the columns, then a line for each event."""
    table = csv.writer(_Line(), strict=True)
    yield cast("str", table.writerow(COLUMNS))
    for event in events:
        yield cast("str", table.writerow(map(_cell, get_columns(event).values())))


def get_columns(event: StoredEvent) -> dict[str, Any]:
    """Return column -> value. If an event has several images of a kind, take the first."""
    values = event.as_dict()
    for part in ("venue", "schedule", "fee", "performer"):
        values |= {f"{part}_{name}": value for name, value in (values[part] or {}).items()}
    for image in reversed(event.images):
        values |= {f"{image.kind}_url": image.url, f"{image.kind}_path": image.path}
    return {column: values.get(column) for column in COLUMNS}


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return as_cell(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return iso(value)
    return "" if value is None else str(value)  # not as_cell, because a negative number is not a formula
