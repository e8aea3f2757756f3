"""Publishers whose venue finder is by StoreRocket. One JSON response lists all locations.

A spider sets `start_urls` to the URL of the account's locations, `country` and `event_name`, and defines the hooks
`quiz_texts` and `venue_page`.
"""

from trivia_scraper.parsing import text
from trivia_scraper.spiders.base import ListingError, PublisherSpider


class StoreRocketSpider(PublisherSpider):
    def quiz_texts(self, location):
        """Return the texts of a location that may state its nights, the most reliable first."""
        raise NotImplementedError

    def venue_page(self, location):
        """Return the URL of the venue's page and the id in it, or None if it has no page."""
        raise NotImplementedError

    def read_listing(self, response):
        listing = self.parse_json(response)
        locations = text.get_nested(listing, "results", "locations")
        if text.get_nested(listing, "success") is not True or not isinstance(locations, list) or not locations:
            raise ListingError(f"the listing {response.url} names no locations")
        locations.reverse()
        while locations:  # frees each location; a listing may have thousands
            location = locations.pop()
            events = list(self.read_location(location, response.url))
            if events and self.venue_page(location):
                event = events[0]
                yield self.request_venue(
                    response, event.source_url, event.publisher_id, event.venue.name, events=events
                )
            else:
                yield from events

    def stated_address(self, location):
        """Return the address on one line, from the fields that the publisher has filled in."""
        lines = (text.unescape(location.get(key)) for key in ("address_line_1", "address_line_2"))
        if street := ", ".join(filter(None, lines)):
            rest = (text.unescape(location.get(key)) for key in ("city", "state", "postcode", "country"))
            street = ", ".join([street, *filter(None, rest)])
        return text.first(
            [text.unescape(location.get("address")), text.unescape(location.get("display_address")), street]
        )

    def read_location(self, location, listing_url):
        """Yield one Event per night that the location's texts name."""
        name = text.unescape(text.get_nested(location, "name"))
        page, publisher_id = self.venue_page(location) or (listing_url, text.clean(text.get_nested(location, "id")))
        if not name or not publisher_id:
            return self.reject(publisher_id or listing_url, "no_name" if publisher_id else "no_id", name)
        venue = self.make_venue(
            name,
            self.stated_address(location),
            city=location.get("city"),
            region=location.get("state"),
            postcode=location.get("postcode"),
            point=(location.get("lat"), location.get("lng")),
            phone=location.get("phone"),
        )
        nights = self.read_nights(publisher_id, self.quiz_texts(location), self.find_zone(venue))
        yield from self.make_events(nights, publisher_id, page, venue)
