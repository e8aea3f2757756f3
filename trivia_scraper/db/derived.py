"""Values that follow from where a venue is. A page that does not say where must not change them.

Spiders take their publisher's own country for a venue whose page names none. So the first page of an Irish pub says
Ireland, and a later one, of which the spider finds neither address nor coordinates, says Britain in all but words: by
its time zone, by the currency of a bare amount, and by a telephone number that is read as a British one.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import RowMapping

from trivia_scraper.items import Event, Fee
from trivia_scraper.parsing.places import timezone_at


def without_guesses(event: Event, stored: RowMapping) -> Event:
    """Return the event without what was derived from another country than the venue's. stored: the venue before."""
    venue = event.venue
    says_where = venue.address is not None or venue.latitude is not None
    if says_where or venue.country is None or stored["country"] in {None, venue.country}:
        return event
    schedule = replace(event.schedule, timezone=None)
    return replace(event, venue=replace(venue, phone=None), fee=Fee(), schedule=schedule)


def timezone_of(event: Event, stored: RowMapping) -> str | None:
    """Return the zone that a page states, corrected by the stored coordinates when it has none, and no new address."""
    zone, venue = event.schedule.timezone, event.venue
    if zone is None or venue.latitude is not None or venue.address not in {None, stored["address"]}:
        return zone
    return timezone_at(stored["latitude"], stored["longitude"]) or zone
