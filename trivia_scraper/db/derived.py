"""Values that a spider derives from a venue's country. A page without address and coordinates must not change them.

If a page names no country, the spider assumes the publisher's own. Example: an earlier page of a British publisher
placed a pub in Ireland. If a later page has no address, the British time zone, currency and phone prefix are guesses.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import RowMapping

from trivia_scraper.items import Event, Fee
from trivia_scraper.parsing.places import timezone_at


def remove_guesses(event: Event, stored: RowMapping) -> Event:
    """Return the event without values derived from another country than the stored venue's."""
    venue = event.venue
    says_where = venue.address is not None or venue.latitude is not None
    if says_where or venue.country is None or stored["country"] in {None, venue.country}:
        return event
    schedule = replace(event.schedule, timezone=None)
    return replace(event, venue=replace(venue, phone=None), fee=Fee(), schedule=schedule)


def choose_timezone(event: Event, stored: RowMapping) -> str | None:
    """Return the page's time zone. If the page has no coordinates and no new address, the stored coordinates decide."""
    zone, venue = event.schedule.timezone, event.venue
    if zone is None or venue.latitude is not None or venue.address not in {None, stored["address"]}:
        return zone
    return timezone_at(stored["latitude"], stored["longitude"]) or zone
