"""Squarespace sites, whose events pages are also served as JSON.

`start_urls` has the events page with a query: https://pubs.example/events?format=json.
"""

from datetime import UTC, datetime

from w3lib.url import add_or_replace_parameter

from trivia_scraper.parsing import text, urls
from trivia_scraper.parsing.schedule import read_start
from trivia_scraper.spiders.base import ListingError
from trivia_scraper.spiders.platforms.entries import EntriesSpider

# Squarespace's own office, the point of events without an address.
_DEFAULT_POINT = (40.72, -74.0)


class SquarespaceEventsSpider(EntriesSpider):
    listing_headers = {"Accept": "application/json"}

    def entries(self, response):
        """Yield the upcoming events, each with the site's time zone."""
        page = self.parse_json(response)
        events = text.get_nested(page, "upcoming")
        events = text.get_nested(page, "items") if events is None else events
        if not isinstance(events, list):
            raise ListingError(f"the listing {response.url} is not a page of Squarespace events")
        zone = text.get_nested(page, "website", "timeZone")
        yield from ({**event, "timeZone": zone} for event in text.list_objects(events))

    def next_page(self, response):
        page = text.get_nested(self.parse_json(response), "pagination")
        url = text.clean(text.get_nested(page, "nextPageUrl")) if text.get_nested(page, "nextPage") else None
        return add_or_replace_parameter(urls.make_absolute(response.url, url), "format", "json") if url else None

    def url_of(self, entry):
        return entry.get("fullUrl")

    def venue_of(self, entry):
        place = entry.get("location")
        lines = [text.unescape(text.get_nested(place, f"addressLine{number}")) for number in (1, 2)]
        country = text.unescape(text.get_nested(place, "addressCountry"))
        point = [text.get_nested(place, key) for key in ("markerLat", "markerLng")]
        numbers = [text.read_number(each) for each in point]
        is_default = None not in numbers and [round(each or 0, 2) for each in numbers] == list(_DEFAULT_POINT)
        return self.make_venue(
            text.get_nested(place, "addressTitle"),
            ", ".join(filter(None, [*lines, country])) if any(lines) else None,
            country=country,
            point=(None, None) if is_default and not any(lines) else point,
        )

    def stated_zone(self, entry):
        return entry["timeZone"]

    def nights_of(self, entry, timezone, today):
        """Return the local date and time of `startDate`, which is in milliseconds since 1970."""
        instant = text.read_number(entry.get("startDate"))
        try:
            moment = datetime.fromtimestamp((instant or 0) / 1000, UTC) if instant else None
        except (ValueError, OverflowError, OSError):
            moment = None
        start = read_start(moment, timezone)
        return [start] if start else []

    def images_of(self, entry):
        return [entry.get("assetUrl")]

    def description_of(self, entry):
        return entry.get("body") or entry.get("excerpt")
