"""GeoJSON (RFC 7946) for maps: a point per event, with the columns of the CSV as properties."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, TextIO

from sqlalchemy import Connection

from trivia_scraper.db.queries import Selection, StoredEvent, read_stored_events
from trivia_scraper.exports import Summary
from trivia_scraper.exports.formats.csv import get_columns
from trivia_scraper.formatting import as_json
from trivia_scraper.items import Venue

_GEOMETRY = {"venue_latitude", "venue_longitude"}


def write(connection: Connection, selection: Selection, out: TextIO, now: datetime) -> Summary:
    """Write one feature per line, so that two files can be compared by line."""
    summary = Summary(Counter(events=0))
    out.writelines(iterate_lines(read_stored_events(connection, selection), summary))
    return summary


def iterate_lines(events: Iterable[StoredEvent], summary: Summary) -> Iterator[str]:
    """Yield the text of the collection, one feature at a time. Count the events in `summary`."""
    yield '{"type":"FeatureCollection","features":['
    for event in events:
        if position := get_coordinates(event.venue):
            yield f"{',' if summary.written['events'] else ''}\n{as_json(_feature(event, position))}"
            summary.written["events"] += 1
        elif event.venue.latitude is None or event.venue.longitude is None:
            summary.left_out["events without coordinates"] += 1
        else:
            summary.left_out["events with invalid coordinates"] += 1
    yield "\n]}\n"


def get_coordinates(venue: Venue) -> tuple[float, float] | None:
    """Return latitude and longitude in degrees, or None if they are unknown or out of range."""
    latitude, longitude = venue.latitude, venue.longitude
    if latitude is None or longitude is None:
        return None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def _feature(event: StoredEvent, position: tuple[float, float]) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": f"{event.publisher}/{event.publisher_id}/{event.night}",
        "geometry": {"type": "Point", "coordinates": position[::-1]},
        "properties": {name: value for name, value in get_columns(event).items() if name not in _GEOMETRY},
    }
