"""Geeks Who Drink (United States, Canada): Mother Brain's listing, a page per venue, and an ajax answer with the host.

Id: the venue's number, `data-podio`. One bar can have several, one for each night, with the day in brackets in its
title. Titles carry other notes too. A place in brackets, or after an @, belongs to the name. A fee is known only if the
venue's page has one.
"""

import re
from dataclasses import replace

from trivia_scraper.parsing import text, urls
from trivia_scraper.parsing.fees import read_fee
from trivia_scraper.spiders.platforms.motherbrain import MotherBrainSpider

NOTE = re.compile(
    r"\((?:(?:starts|starting|begins|beginning|returns|returning|formerly|check venue)\b[^()]*"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)days?)\)",
    re.IGNORECASE,
)
MAPS = re.compile(r"//(?:maps\.|(?:www\.)?google\.[a-z.]+/maps|goo\.gl/maps)", re.IGNORECASE)


class GeeksWhoDrinkSpider(MotherBrainSpider):
    name = "geeks_who_drink"
    country = "US"
    image_kind = "logo"
    event_name = "Geeks Who Drink Trivia at {venue}"
    data_zone = "America/Denver"
    other_shows = frozenset({"bng", "bngt"})
    allowed_domains = ["geekswhodrink.com"]
    start_urls = ["https://www.geekswhodrink.com/venues/"]

    def venue_name(self, title):
        return text.clean(NOTE.sub("", title)), NOTE.findall(title)

    def read_venue(self, response, events):
        def words(css):
            return text.clean(response.css(css).xpath("string()").get())

        def link(css):
            found = map(urls.read_link, response.css(css).css("::attr(href)").getall())
            return next((each for each in found if each and not MAPS.search(each)), None)

        country = events[0].venue.country
        fee = read_fee(words(".venue__fee"), country)
        said = [
            replace(
                event,
                description=words(".venue__description"),
                fee=fee,
                venue=replace(
                    event.venue,
                    phone=text.read_phone(words(".venueHero__phone"), country),
                    website=link(".venueHero__address a"),
                    facebook=link(".venue__social a[href*=facebook]"),
                    instagram=link(".venue__social a[href*=instagram]"),
                ),
            )
            for event in events
        ]
        yield from self.request_host(response, events[0].publisher_id, said)
