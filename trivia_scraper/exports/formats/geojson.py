"""GeoJSON (RFC 7946) for maps: a point per venue, with its events. Venues without a place on the map are counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from typing import Any, TextIO

from sqlalchemy import Connection

from trivia_scraper.db.queries import Selection, StoredEvent, keys, whole
from trivia_scraper.exports import Summary
from trivia_scraper.formatting import as_json
from trivia_scraper.items import Venue

_SCHEDULE = ("weekday", "start_time", "frequency", "rrule", "timezone", "starts_on")


def write(connection: Connection, selection: Selection, out: TextIO, now: datetime) -> Summary:
    """Write a feature per line, so that two collections can be compared line by line."""
    summary = Summary(Counter(venues=0, events=0))
    out.write('{"type":"FeatureCollection","features":[')
    for feature in _features(connection, selection, summary):
        out.write(f"{',' if summary.written['venues'] > 1 else ''}\n{as_json(feature)}")
    out.write("\n]}\n")
    return summary


def _features(connection: Connection, selection: Selection, summary: Summary) -> Iterator[dict[str, Any]]:
    wanted = keys(connection, selection, by_venue=True)
    for _, group in groupby(whole(connection, wanted), key=lambda event: event.venue.slug):
        events = list(group)
        venue = events[0].venue
        if position := coordinates(venue):
            summary.written.update(venues=1, events=len(events))
            yield _feature(venue, position, events)
        elif venue.latitude is None or venue.longitude is None:
            summary.left_out["venues without coordinates"] += 1
        else:
            summary.left_out["venues with invalid coordinates"] += 1


def coordinates(venue: Venue) -> tuple[float, float] | None:
    """Return latitude and longitude in degrees, or None if they are not known or not on earth."""
    latitude, longitude = venue.latitude, venue.longitude
    if latitude is None or longitude is None:
        return None
    return (latitude, longitude) if abs(latitude) <= 90 and abs(longitude) <= 180 else None


def _feature(venue: Venue, position: tuple[float, float], events: Iterable[StoredEvent]) -> dict[str, Any]:
    elsewhere = ("slug", "latitude", "longitude")
    facts = {name: getattr(venue, name) for name in Venue.__dataclass_fields__ if name not in elsewhere}
    return {
        "type": "Feature",
        "id": venue.slug,
        "geometry": {"type": "Point", "coordinates": position[::-1]},
        "properties": facts | {"events": [_properties(event) for event in events]},
    }


def _properties(event: StoredEvent) -> dict[str, Any]:
    schedule, fee = event.schedule, event.fee
    return {
        **{name: getattr(event, name) for name in ("publisher", "publisher_id", "night", "name", "status")},
        **{name: getattr(schedule, name) for name in _SCHEDULE},
        "fee_amount": fee.amount,
        "fee_currency": fee.currency,
        "fee_per": fee.per,
        "performer": event.performer and event.performer.name,
        "pictures": [image.path for image in event.images if image.path is not None],
        "source_url": event.source_url,
        "last_seen_at": event.last_seen_at,
    }
