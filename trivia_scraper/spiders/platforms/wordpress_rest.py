"""WordPress sites with a public REST API: posts of any type, or the events of the plugin The Events Calendar.

`start_urls` has the URL of a collection, like https://pubs.example/wp-json/wp/v2/venue?per_page=100&_embed. For
TribeEventsSpider, it is like https://pubs.example/wp-json/tribe/events/v1/events?per_page=50.
"""

import re

from w3lib.url import add_or_replace_parameter, url_query_parameter

from trivia_scraper.parsing import text
from trivia_scraper.parsing.fees import read_fee, read_fee_of_amounts
from trivia_scraper.parsing.schedule import read_start
from trivia_scraper.parsing.titles import read_title
from trivia_scraper.spiders.base import ListingError, make_performer
from trivia_scraper.spiders.platforms.entries import EntriesSpider

_NEXT = re.compile(r"<([^<>]+)>\s*;[^,<]*\brel=[\"']?next\b")


class WordPressRestSpider(EntriesSpider):
    """Reads posts. Each post is a venue, and its title and content state the nights."""

    listing_headers = {"Accept": "application/json"}

    def entries(self, response):
        posts = self.parse_json(response)
        if not isinstance(posts, list):
            raise ListingError(f"the listing {response.url} is not a list of posts")
        yield from text.list_objects(posts)

    def next_page(self, response):
        """Return the URL of the next page: from the Link header, or else by the number in X-WP-TotalPages."""
        link = _NEXT.search((response.headers.get("Link") or b"").decode("latin-1"))
        if link:
            return link[1]
        pages = text.read_number((response.headers.get("X-WP-TotalPages") or b"").decode("latin-1")) or 0
        page = text.read_number(url_query_parameter(response.url, "page", "1")) or 1
        return add_or_replace_parameter(response.url, "page", f"{page + 1:.0f}") if page < pages else None

    def rendered(self, entry, field):
        """Return the HTML of a field of a post."""
        return text.get_nested(entry, field, "rendered")

    def title_of(self, entry):
        return self.extract_text(self.rendered(entry, "title"))

    def url_of(self, entry):
        return entry.get("link")

    def id_of(self, entry, venue):
        return entry.get("id")

    def venue_of(self, entry):
        return self.make_venue(read_title(self.title_of(entry)).name)

    def nights_of(self, entry, timezone, today):
        return self.find_nights([self.title_of(entry), self.description_of(entry)], timezone)

    def images_of(self, entry):
        return [
            media.get("source_url")
            for media in text.list_objects(text.get_nested(entry, "_embedded", "wp:featuredmedia"))
        ]

    def description_of(self, entry):
        return self.extract_text(self.rendered(entry, "content"))


class TribeEventsSpider(EntriesSpider):
    """Reads the dates that The Events Calendar lists. The id of a venue is the plugin's number for it."""

    listing_headers = {"Accept": "application/json"}

    def entries(self, response):
        events = text.get_nested(self.parse_json(response), "events")
        if not isinstance(events, list):
            raise ListingError(f"the listing {response.url} is not one of The Events Calendar")
        yield from text.list_objects(events)

    def next_page(self, response):
        return text.clean(text.get_nested(self.parse_json(response), "next_rest_url"))

    def title_of(self, entry):
        return self.extract_text(entry.get("title"))

    def place_of(self, entry):
        """Return the venue's object, or {} if there is none: then the plugin writes an empty list."""
        place = entry.get("venue")
        return place if isinstance(place, dict) else next(iter(text.list_objects(place)), {})

    def venue_of(self, entry):
        place = self.place_of(entry)
        return self.make_venue(
            self.extract_text(place.get("venue")),
            street=place.get("address"),
            city=place.get("city"),
            region=text.first([place.get("stateprovince"), place.get("state"), place.get("province")]),
            postcode=place.get("zip"),
            country=place.get("country"),
            point=(place.get("geo_lat"), place.get("geo_lng")),
            phone=place.get("phone"),
            website=place.get("website"),
        )

    def id_of(self, entry, venue):
        return self.place_of(entry).get("id") or super().id_of(entry, venue)

    def stated_zone(self, entry):
        return entry.get("timezone")

    def nights_of(self, entry, timezone, today):
        """Return the date of an entry, which the plugin writes in local time."""
        start = read_start(entry.get("start_date"), None)
        if start and entry.get("all_day") is True:
            start = start[0], None
        return [start] if start else []

    def fee_of(self, entry, country):
        """Return the only amount in `cost_details`, or else the fee in the text `cost`."""
        cost, details = self.extract_text(entry.get("cost")), entry.get("cost_details")
        values = text.get_nested(details, "values")
        if isinstance(values, list) and len(values) == 1:
            fee = read_fee_of_amounts([(values[0], text.get_nested(details, "currency_code"))], country)
            fee.raw = cost or fee.raw
            return fee
        return read_fee(cost, country)

    def host_of(self, entry):
        names = [self.extract_text(each.get("organizer")) for each in text.list_objects(entry.get("organizer"))]
        return make_performer(", ".join(filter(None, names)) if self.organizer_is_host else None)

    def images_of(self, entry):
        return [text.get_nested(entry, "image", "url")]
