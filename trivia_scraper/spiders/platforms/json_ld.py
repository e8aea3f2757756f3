"""Pages with schema.org data in JSON-LD: an Event for each date or series, or a LocalBusiness for each venue.

JsonLdSpider reads the events of a listing. JsonLdPageSpider reads a venue's page, whatever lists it: combine it with
SitemapSpider or another listing. Microdata is not read.
"""

from scrapy.http import HtmlResponse, XmlResponse

from trivia_scraper.items import Performer
from trivia_scraper.parsing import text
from trivia_scraper.parsing.fees import fee_of_amounts, read_fee
from trivia_scraper.parsing.json_ld import (
    MOST_NODES,
    first_node,
    image_addresses,
    is_business,
    is_event,
    nights_of_schedule,
    nodes,
    parse,
    types_of,
    values_of,
    word_of,
)
from trivia_scraper.parsing.schedule import read_start
from trivia_scraper.spiders.base import ListingError
from trivia_scraper.spiders.platforms.entries import EntriesSpider

SCRIPTS = "//script[contains(@type, 'ld+json')]/text()"


class JsonLdSpider(EntriesSpider):
    def entries(self, response):
        """Yield the events of a page; if it has none, its places."""
        if not isinstance(response, HtmlResponse | XmlResponse):
            raise ListingError(f"the page {response.url} is not HTML")
        values = [parse(script) for script in response.xpath(SCRIPTS).getall()]
        for _ in range(values.count(None)):
            self._count("dropped/json_ld")
        found = nodes(values)
        if len(found) > MOST_NODES:
            raise ListingError(f"the page {response.url} has more than {MOST_NODES:,} objects of JSON-LD")
        yield from list(filter(is_event, found)) or filter(is_business, found)

    def is_wanted(self, entry):
        return not is_event(entry) or super().is_wanted(entry)

    def is_cancelled(self, entry):
        return word_of(entry.get("eventStatus")) in {"EventCancelled", "EventPostponed"}

    def is_online(self, entry):
        is_online = word_of(entry.get("eventAttendanceMode")) == "OnlineEventAttendanceMode"
        return is_online or types_of(first_node(entry.get("location"))) == {"VirtualLocation"}

    def title_of(self, entry):
        return text.plain(entry.get("name"))

    def venue_of(self, entry):
        place = first_node(entry.get("location")) if is_event(entry) else entry
        address, point = first_node(place.get("address")), first_node(place.get("geo"))
        return self.venue(
            place.get("name"),
            address.get("name"),
            street=address.get("streetAddress"),
            city=address.get("addressLocality"),
            region=address.get("addressRegion"),
            postcode=address.get("postalCode"),
            country=first_node(address.get("addressCountry")).get("name"),
            point=(point.get("latitude", place.get("latitude")), point.get("longitude", place.get("longitude"))),
            phone=place.get("telephone"),
            links=[*values_of(place.get("url")), *values_of(place.get("sameAs"))],
        )

    def nights_of(self, entry, timezone, today):
        """Return the nights of its `eventSchedule`, else its date; of a business, those that its description names."""
        if not is_event(entry):
            return self.nights_in([entry.get("description")], timezone)
        rules = [
            rule for each in values_of(entry.get("eventSchedule")) for rule in nights_of_schedule(each, timezone, today)
        ]
        start = read_start(entry.get("startDate"), timezone)
        return rules or ([start] if start else [])

    def fee_of(self, entry, country):
        """Return the one price of its offers. Several prices are no fee."""
        if word_of(entry.get("isAccessibleForFree")).lower() == "true":
            return read_fee("free", country)
        offers = [each for each in values_of(entry.get("offers")) if isinstance(each, dict)]
        prices = [
            (offer[key], offer.get("priceCurrency"))
            for offer in offers
            for key in ("price", "lowPrice", "highPrice")
            if offer.get(key) is not None
        ]
        return fee_of_amounts(prices, country)

    def host_of(self, entry):
        """Return its performer; its organizer if that is a person, or the publisher says so."""
        organizer = first_node(entry.get("organizer"))
        is_host = self.organizer_is_host or "Person" in types_of(organizer)
        for node in (first_node(entry.get("performer")), organizer if is_host else {}):
            if name := text.plain(node.get("name")):
                return Performer(name, text.first(self.image_urls("", image_addresses(node.get("image")))))
        return None

    def images_of(self, entry):
        return image_addresses(entry.get("image"))


class JsonLdPageSpider(JsonLdSpider):
    def read_venue(self, response):
        """Yield the events of a venue's page. Reject a venue whose page has none.

        Only other data shows that it has no quiz. Without any, the page may be another one.
        """
        publisher_id = response.meta["publisher_id"]
        entries = list(self.entries(response))
        yield from self.read_entries(entries, response.url, self.today(response), publisher_id)
        if not entries:
            has_other_data = any(parse(script) for script in response.xpath(SCRIPTS).getall())
            self.reject(publisher_id, "no_schedule" if has_other_data else "no_weekday", "no event in JSON-LD")
