"""PubQuiz.pl (Poland): a WooCommerce shop of tickets. A page of cities, a page of cards per city, a page per venue.

Id: city and venue from the page's address ("bydgoszcz/pasibus"). A venue has a card in several tabs of its city. Only
dated tickets state its nights. Beside the price is the lowest price of 30 days, which the law requires.
"""

import re
from dataclasses import replace
from urllib.parse import urlsplit

from scrapy.utils.url import url_is_from_spider

from trivia_scraper.items import Event
from trivia_scraper.parsing import text, urls
from trivia_scraper.parsing.fees import read_fee
from trivia_scraper.parsing.tickets import group_offers
from trivia_scraper.spiders.base import ListingError, get_text, get_texts, make_performer
from trivia_scraper.spiders.platforms.woocommerce import WooCommerceSpider

OWN_NAME = re.compile(r"^\s*pub ?quiz(?:\.pl)?\s*[-–—]\s*", re.IGNORECASE)


class PubquizSpider(WooCommerceSpider):
    name = "pubquiz"
    country = "PL"
    timezone = "Europe/Warsaw"
    allowed_domains = ["pubquiz.pl"]
    start_urls = ["https://pubquiz.pl/bilety/"]
    id_parts = 2

    def venue_name(self, title):
        return OWN_NAME.sub("", title)

    def read_listing(self, response, city=None):
        if city is None:
            yield from self.read_cities(response)
        else:
            yield from self.request_venues(response, self.cards(response), city=city)

    def read_cities(self, response):
        cities: dict[str, tuple[str, dict[str, str]]] = {}
        for pill in response.css(".shop-page-categories a.category-pill"):
            url = urls.make_absolute(response.url, pill.attrib.get("href", ""))
            folder, _, city = urlsplit(url).path.strip("/").rpartition("/")
            if folder == self.venue_folder and "liga" not in city.lower() and url_is_from_spider(url, type(self)):
                cities.setdefault(city, (url, {"city": text.clean(pill.xpath("string()").get()) or ""}))
            else:
                self._count("dropped/other_category")
        if not cities:
            raise ListingError(f"the listing {response.url} names no cities")
        yield from self.request_listing_pages(response, cities.values())

    def read_venue(self, response, title, city, image=None):
        facts: dict[str, str | None] = {}
        for line in response.css(".checklist li"):
            label, _, value = (get_text(line) or "").partition(":")
            facts.setdefault(label.strip().lower()[:7], text.clean(value))
        name = response.meta["venue_name"]
        host = facts.get("prowadz")
        paragraphs = response.css(".sec-text p") or response.css(".sec-text")
        venue = self.make_venue(name, facts.get("adres"), country=self.country, phone=facts.get("telefon"))
        event = Event(
            publisher=self.name,
            publisher_id=response.meta["publisher_id"],
            source_url=response.url.partition("?")[0],
            name=f"PubQuiz at {name}",
            description=text.join_paragraphs(get_texts(paragraphs)),
            venue=replace(venue, city=venue.city or city or None),
            performer=make_performer(host),
            image_urls=list(filter(None, [image])),
        )
        offers = list(self.offers(response))
        for show in group_offers(offers, name, city, self.timezone, today=self.today(response)):
            own_name = f"{show.special} – {name}" if show.special else event.name
            yield replace(event, name=own_name, schedule=show.schedule, fee=read_fee(show.price, self.country))
        if not offers:
            self.reject(event.publisher_id, "no_weekday" if response.css(".product-title") else "no_ticket", None)
