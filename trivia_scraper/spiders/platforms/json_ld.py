"""Pages with schema.org data in JSON-LD: an Event for each date or series, or a LocalBusiness for each venue.

JsonLdSpider reads the events of a listing. JsonLdPageSpider reads a venue's page: combine it with SitemapSpider or
another class that reads a listing. Microdata is not read.
"""

from scrapy.http import HtmlResponse, XmlResponse

from trivia_scraper.items import Performer
from trivia_scraper.parsing import text
from trivia_scraper.parsing.fees import read_fee, read_fee_of_amounts
from trivia_scraper.parsing.json_ld import (
    MOST_NODES,
    first_node,
    is_business,
    is_event,
    list_nodes,
    parse_script,
    read_image_urls,
    read_schedule_nights,
    read_types,
    read_word,
)
from trivia_scraper.parsing.schedule import read_start
from trivia_scraper.spiders.base import ListingError
from trivia_scraper.spiders.platforms.entries import EntriesSpider, is_coming

SCRIPTS = "//script[contains(@type, 'ld+json')]/text()"


class JsonLdSpider(EntriesSpider):
    def entries(self, response):
        """Yield the events of a page, or its businesses if it has no events."""
        if not isinstance(response, HtmlResponse | XmlResponse):
            raise ListingError(f"the page {response.url} is not HTML")
        found = list_nodes(self.parse_scripts(response))
        if len(found) > MOST_NODES:
            raise ListingError(f"the page {response.url} has more than {MOST_NODES:,} objects of JSON-LD")
        yield from list(filter(is_event, found)) or filter(is_business, found)

    def parse_scripts(self, response):
        """Return the values of a page's scripts. Those that are not JSON are counted."""
        if response not in self.parsed:
            self.parsed[response] = [parse_script(script) for script in response.xpath(SCRIPTS).getall()]
            for _ in range(self.parsed[response].count(None)):
                self._count("dropped/json_ld")
        return self.parsed[response]

    def is_wanted(self, entry):
        return not is_event(entry) or super().is_wanted(entry)

    def is_cancelled(self, entry):
        return read_word(entry.get("eventStatus")) in {"EventCancelled", "EventPostponed"}

    def is_online(self, entry):
        is_online = read_word(entry.get("eventAttendanceMode")) == "OnlineEventAttendanceMode"
        return is_online or read_types(first_node(entry.get("location"))) == {"VirtualLocation"}

    def title_of(self, entry):
        return text.unescape(entry.get("name"))

    def venue_of(self, entry):
        place = first_node(entry.get("location")) if is_event(entry) else entry
        address, point = first_node(place.get("address")), first_node(place.get("geo"))
        return self.make_venue(
            place.get("name"),
            address.get("name"),
            street=address.get("streetAddress"),
            city=address.get("addressLocality"),
            region=address.get("addressRegion"),
            postcode=address.get("postalCode"),
            country=first_node(address.get("addressCountry")).get("name"),
            point=(point.get("latitude", place.get("latitude")), point.get("longitude", place.get("longitude"))),
            phone=place.get("telephone"),
            links=[*text.as_list(place.get("url")), *text.as_list(place.get("sameAs"))],
        )

    def nights_of(self, entry, timezone, today):
        """Return the nights of an event's `eventSchedule`, or its date. Of a business, read its description."""
        if not is_event(entry):
            return self.find_nights([entry.get("description")], timezone)
        stated = [read_schedule_nights(each, timezone, today) for each in text.as_list(entry.get("eventSchedule"))]
        nights = [night for schedule in stated for night in schedule or []]
        start = read_start(entry.get("startDate"), timezone)
        if None in stated and start and not is_coming(start, today):
            return nights  # with a past date, the unreadable schedule would count as ended
        return nights or ([start] if start else [])

    def fee_of(self, entry, country):
        """Return the price of the offers. If they have several prices, the fee is unknown."""
        if read_word(entry.get("isAccessibleForFree")).lower() == "true":
            return read_fee("free", country)
        offers = [each for each in text.as_list(entry.get("offers")) if isinstance(each, dict)]
        prices = [
            (offer[key], offer.get("priceCurrency"))
            for offer in offers
            for key in ("price", "lowPrice", "highPrice")
            if offer.get(key) is not None
        ]
        return read_fee_of_amounts(prices, country)

    def host_of(self, entry):
        """Return the performer, or else the organizer if that is a person or `organizer_is_host` is set."""
        organizer = first_node(entry.get("organizer"))
        is_host = self.organizer_is_host or "Person" in read_types(organizer)
        for node in (first_node(entry.get("performer")), organizer if is_host else {}):
            if name := text.unescape(node.get("name")):
                return Performer(name, text.first(self.find_image_urls("", read_image_urls(node.get("image")))))
        return None

    def images_of(self, entry):
        return read_image_urls(entry.get("image"))


class JsonLdPageSpider(JsonLdSpider):
    def read_venue(self, response):
        """Yield the events of a venue's page. Reject the venue if no event is upcoming.

        Only a page with JSON-LD shows that the venue has no quiz. A page without any may be another page.
        """
        publisher_id = response.meta["publisher_id"]
        entries = list(self.entries(response))
        events = list(self.read_entries(entries, response.url, self.today(response), publisher_id))
        yield from events
        if not events and publisher_id not in self.rejected:
            has_data = any(self.parse_scripts(response))
            self.reject(publisher_id, "no_schedule" if has_data else "no_weekday", "no upcoming event in JSON-LD")
