"""What search engines read of a venue's page: schema.org's Event with its Schedule, as JSON-LD. Pure; what is not known
is left out. Google requires name, startDate and location: https://developers.google.com/search/docs/appearance/structured-data/event
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin

from trivia_scraper.exports import wording
from trivia_scraper.exports.occurrences import find_last_day
from trivia_scraper.items import Schedule
from trivia_scraper.site.links import origin
from trivia_scraper.site.venues import Night, VenueView

_SCHEMA = "https://schema.org"
_REPEATS = {"weekly": "P1W", "biweekly": "P2W", "monthly": "P1M"}


def events(view: VenueView, base_url: str | None) -> list[dict[str, Any]]:
    """Return one for each night that still takes place and has a known date."""
    return [_event(view, night, base_url) for night in view.nights if night.dates and not night.is_over]


def _event(view: VenueView, night: Night, base_url: str | None) -> dict[str, Any]:
    event, facts = night.event, view.facts
    schedule, fee = event.schedule, event.fee
    first, last = night.dates[0], find_last_day(schedule)
    page = base_url and f"{urljoin(base_url, view.path)}#{night.anchor}"
    return _known(
        {
            "@context": _SCHEMA,
            "@type": "Event",
            "name": wording.shorten(event.name),
            "description": wording.shorten_paragraphs(event.description or ""),
            "startDate": first.html_datetime,
            # Publishers say when a night begins, not when it ends.
            "endDate": None if first.start_time else first.html_datetime,
            "eventStatus": f"{_SCHEMA}/EventScheduled",
            "eventSchedule": {
                "@type": "Schedule",
                "byDay": _by_day(schedule),
                "repeatFrequency": _REPEATS.get(schedule.frequency),
                "startTime": schedule.start_time,
                "startDate": schedule.starts_on,
                "endDate": last.isoformat() if last else None,
                "scheduleTimezone": schedule.timezone,
            },
            "eventAttendanceMode": f"{_SCHEMA}/OfflineEventAttendanceMode",
            "location": {
                "@type": "Place",
                "name": view.name,
                "telephone": facts.phone,
                "address": {
                    "@type": "PostalAddress",
                    "streetAddress": view.street,
                    "postalCode": facts.postcode,
                    "addressLocality": wording.shorten(facts.city or ""),
                    "addressRegion": wording.shorten(facts.region or ""),
                    "addressCountry": facts.country,
                },
                "geo": view.place
                and {"@type": "GeoCoordinates", "latitude": view.place[0], "longitude": view.place[1]},
            },
            "organizer": {
                "@type": "Organization",
                "name": night.publisher,
                "url": night.page_url and origin(night.page_url),
            },
            "performer": night.host and {"@type": "Person", "name": night.host},
            "isAccessibleForFree": True if fee.amount == 0 else None,
            "offers": None
            if fee.amount is None or not fee.currency
            else {
                "@type": "Offer",
                "price": fee.amount / 100,
                "priceCurrency": fee.currency,
                "url": page or night.page_url,
            },
            "url": page,
            "image": [urljoin(base_url, photo.sizes[-1].path) for photo in view.photographs] if base_url else None,
        }
    )


def _by_day(schedule: Schedule) -> str | list[str] | None:
    """Return the weekday, or of a monthly night iCalendar's "1TU", which schema.org takes."""
    if schedule.frequency == "monthly":
        return re.findall(r"-?\d[A-Z]{2}", schedule.rrule or "")
    return f"{_SCHEMA}/{wording.DAYS[schedule.weekday - 1]}" if schedule.weekday else None


def _known(facts: dict[str, Any]) -> dict[str, Any]:
    """Return the facts, and those inside of them, without the empty ones."""
    known = {name: _known(value) if isinstance(value, dict) else value for name, value in facts.items()}
    return {name: value for name, value in known.items() if value not in (None, "", [])}
