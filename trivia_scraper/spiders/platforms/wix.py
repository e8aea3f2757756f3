"""Wix sites: the page of an event list has the events as JSON in its script "wix-warmup-data".

`start_urls` is a page that shows a list. A list that shows only its first events fails the run: let it show more, or
read the events' pages, which have JSON-LD, with SitemapSpider.
"""

import json
from typing import Any

from trivia_scraper.parsing import text
from trivia_scraper.parsing.fees import fee_of_amounts
from trivia_scraper.parsing.schedule import read_start
from trivia_scraper.spiders.base import ListingError
from trivia_scraper.spiders.platforms.entries import EntriesSpider

_SCRIPT = "script#wix-warmup-data::text"
_ENDED = {"CANCELED", "CANCELLED", "ENDED", 2, 3}


class WixEventsSpider(EntriesSpider):
    event_folder = "event-details"
    """The part of an event page's address before its name."""

    def entries(self, response):
        """Yield each event of all lists on the page once."""
        try:
            data = json.loads(response.css(_SCRIPT).get() or "")
        except (ValueError, RecursionError):
            raise ListingError(f"the listing {response.url} has no Wix data") from None
        events: dict[str, dict[str, Any]] = {}
        for apps in _values(text.inside(data, "appsWarmupData")):
            for widget in _values(apps):
                dates = text.inside(widget, "dates", "events")
                if text.inside(widget, "events", "hasMore") is True:
                    self.failures.append(f"the listing {response.url} shows only its first events")
                for event in text.objects(text.inside(widget, "events", "events")):
                    key = text.clean(event.get("id")) or f"without id {len(events)}"
                    events.setdefault(key, event | {"dates": text.inside(dates, key)})
        yield from events.values()

    def is_cancelled(self, entry):
        status = entry.get("status")
        return isinstance(status, str | int) and status in _ENDED

    def url_of(self, entry):
        slug = text.clean(entry.get("slug"))
        return f"/{self.event_folder}/{slug}" if slug else None

    def venue_of(self, entry):
        place = entry.get("location")
        full, point = text.inside(place, "fullAddress"), text.inside(place, "coordinates")
        stated = text.plain(text.inside(place, "address")) or text.plain(text.inside(full, "formattedAddress"))
        return self.venue(
            text.inside(place, "name"),
            stated,
            city=text.inside(full, "city"),
            region=self.region_of(full),
            postcode=text.inside(full, "postalCode"),
            country=text.inside(full, "country"),
            point=(text.inside(point, "lat"), text.inside(point, "lng")),
        )

    def region_of(self, address):
        """Return the letters in "US-OR". Those of other countries are not how the project writes a region."""
        country, _, letters = (text.clean(text.inside(address, "subdivision")) or "").partition("-")
        return letters if country in {"US", "CA", "AU"} else None

    def stated_zone(self, entry):
        return text.inside(entry, "scheduling", "config", "timeZoneId")

    def nights_of(self, entry, timezone, today):
        """Return the local date that the page shows, else the instant."""
        config = text.inside(entry, "scheduling", "config")
        if text.inside(config, "scheduleTbd") is True:
            return []
        shown = text.clean(text.inside(entry, "dates", "startDateISOFormatNotUTC"))
        start = read_start(shown[:19] if shown else None, None) or read_start(
            text.inside(config, "startDate"), timezone
        )
        return [start] if start else []

    def fee_of(self, entry, country):
        """Return the price of its tickets, if there is one."""
        tickets = text.inside(entry, "registration", "ticketing")
        prices = [text.inside(tickets, key) for key in ("lowestTicketPrice", "highestTicketPrice")]
        stated = [(price.get("amount"), price.get("currency")) for price in text.objects(prices)]
        return fee_of_amounts([each for each in stated if each[0] is not None], country)

    def images_of(self, entry):
        return [text.inside(entry, "mainImage", "url")]

    def description_of(self, entry):
        return text.first([text.clean(entry.get("description")), text.lines(entry.get("about"))])


def _values(value):
    return value.values() if isinstance(value, dict) else ()
