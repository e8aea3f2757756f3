"""Wix sites: the page of an event list has the events as JSON in its script "wix-warmup-data".

`start_urls` has a page that shows the list. If the list shows only its first events, the run fails. Then ask the
publisher to show more, or read the events' pages, which have JSON-LD, with SitemapSpider.
"""

from typing import Any

from trivia_scraper.parsing import text
from trivia_scraper.parsing.fees import read_fee_of_amounts
from trivia_scraper.parsing.schedule import read_start
from trivia_scraper.spiders.platforms.entries import EntriesSpider

_ENDED = {"CANCELED", "CANCELLED", "ENDED", 2, 3}


class WixEventsSpider(EntriesSpider):
    event_folder = "event-details"
    """The part of an event page's URL before the event."""

    def entries(self, response):
        """Yield each event of all lists on the page once."""
        data = self.embedded_json(response, "script#wix-warmup-data")
        events: dict[str, dict[str, Any]] = {}
        for apps in _values(text.get_nested(data, "appsWarmupData")):
            for widget in _values(apps):
                dates = text.get_nested(widget, "dates", "events")
                if text.get_nested(widget, "events", "hasMore") is True:
                    self.failures.append(f"the listing {response.url} shows only its first events")
                for event in text.list_objects(text.get_nested(widget, "events", "events")):
                    key = text.clean(event.get("id")) or f"without id {len(events)}"
                    events.setdefault(key, event | {"dates": text.get_nested(dates, key)})
        yield from events.values()

    def is_cancelled(self, entry):
        status = entry.get("status")
        return isinstance(status, str | int) and status in _ENDED

    def url_of(self, entry):
        slug = text.clean(entry.get("slug"))
        return f"/{self.event_folder}/{slug}" if slug else None

    def venue_of(self, entry):
        place = entry.get("location")
        full, point = text.get_nested(place, "fullAddress"), text.get_nested(place, "coordinates")
        stated = text.unescape(text.get_nested(place, "address")) or text.unescape(
            text.get_nested(full, "formattedAddress")
        )
        return self.make_venue(
            text.get_nested(place, "name"),
            stated,
            city=text.get_nested(full, "city"),
            region=self.region_of(full),
            postcode=text.get_nested(full, "postalCode"),
            country=text.get_nested(full, "country"),
            point=(text.get_nested(point, "lat"), text.get_nested(point, "lng")),
        )

    def region_of(self, address):
        """Return "OR" for "US-OR". Return None in countries whose regions the project does not write as letters."""
        country, _, letters = (text.clean(text.get_nested(address, "subdivision")) or "").partition("-")
        return letters if country in {"US", "CA", "AU"} else None

    def stated_zone(self, entry):
        return text.get_nested(entry, "scheduling", "config", "timeZoneId")

    def nights_of(self, entry, timezone, today):
        """Return the local date that the page shows, or else that of the instant in `startDate`."""
        config = text.get_nested(entry, "scheduling", "config")
        if text.get_nested(config, "scheduleTbd") is True:
            return []
        shown = text.clean(text.get_nested(entry, "dates", "startDateISOFormatNotUTC"))
        start = read_start(shown[:19] if shown else None, None) or read_start(
            text.get_nested(config, "startDate"), timezone
        )
        return [start] if start else []

    def fee_of(self, entry, country):
        """Return the price of the tickets. If they have several prices, the fee is unknown."""
        tickets = text.get_nested(entry, "registration", "ticketing")
        prices = [text.get_nested(tickets, key) for key in ("lowestTicketPrice", "highestTicketPrice")]
        stated = [(price.get("amount"), price.get("currency")) for price in text.list_objects(prices)]
        return read_fee_of_amounts([each for each in stated if each[0] is not None], country)

    def images_of(self, entry):
        return [text.get_nested(entry, "mainImage", "url")]

    def description_of(self, entry):
        return text.first([text.clean(entry.get("description")), text.keep_lines(entry.get("about"))])


def _values(value):
    return value.values() if isinstance(value, dict) else ()
