"""Addresses of other services that help a reader to get to a pub: directions and calendars. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode, urlsplit

from trivia_scraper.exports import wording
from trivia_scraper.site.venues import VenueView

DIRECTIONS = "https://www.google.com/maps/dir/?api=1"
"""Opens the map program of a phone; `assets/map.js` adds the destination as here."""
_MAX_DESTINATION = 200


def directions(view: VenueView) -> str | None:
    """Return a URL that opens the map program of a phone, or None if it is not known where the venue is."""
    facts = view.facts
    if view.place:
        destination = "{},{}".format(*view.place)
    elif facts.address or facts.city:
        country = wording.name_country(facts.country) if facts.country else None
        parts = wording.join_parts(facts.name, facts.address, facts.postcode, facts.city, facts.region, country)
        destination = wording.shorten(parts, _MAX_DESTINATION)
    else:
        return None
    return f"{DIRECTIONS}&{urlencode({'destination': destination})}"


def subscription(calendar: str) -> str:
    """Return the address with which calendar programs subscribe. calendar: its http(s) address."""
    return re.sub("^https?", "webcal", calendar)


def google_calendar(calendar: str) -> str:
    """Return the page of Google Calendar that subscribes to a calendar."""
    return f"https://calendar.google.com/calendar/r?cid={quote(subscription(calendar), safe='')}"


def origin(url: str) -> str:
    """Return the top of the web site of a page."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"
