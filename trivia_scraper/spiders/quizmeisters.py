"""Quizmeisters (Australia): one StoreRocket listing, one Webflow page per venue.

Id: the last part of the venue page's address, stable. A venue without a page has StoreRocket's location id. Webflow
leaves hidden elements in the HTML (class w-condition-invisible). "Survey Says" and bingo are other shows. A page says
that its quiz is free in a text that all pages share.
"""

import re
from dataclasses import replace

from trivia_scraper.items import Fee
from trivia_scraper.parsing import text, urls
from trivia_scraper.parsing.fees import read_fee
from trivia_scraper.spiders.base import get_texts, make_performer
from trivia_scraper.spiders.platforms.storerocket import StoreRocketSpider

HIDDEN = "html .w-condition-invisible"
OWN_WORDS = ".venue-description.w-richtext:not(.trivia-generic):not(.bingo-generic):not(.survey-generic) p"
GENERIC_WORDS = ".venue-description.trivia-generic.w-richtext p"
PHONE = re.compile(r"\+?[\d\s\-()]{8,}")


class QuizmeistersSpider(StoreRocketSpider):
    name = "quizmeisters"
    country = "AU"
    event_name = "Quizmeisters Trivia at {venue}"
    allowed_domains = ["storerocket.io", "quizmeisters.com", "quizmeisters.com.au"]
    start_urls = ["https://storerocket.io/api/user/kDJ3BbK4mn/locations"]

    def quiz_texts(self, location):
        fields = text.list_objects(text.get_nested(location, "fields"))
        named = [((text.clean(field.get("name")) or "").lower(), field) for field in fields]
        yield from (field.get("pivot_field_value") for name, field in named if name == "trivia")
        yield text.get_nested(location, "custom_fields", "trivia_night")
        for name, field in named:
            if re.search("trivia|quiz", name) and "bingo" not in name:
                yield from (field.get("value"), field.get("pivot_field_value"))

    def venue_page(self, location):
        page, path = self.split_own_url(text.get_nested(location, "url"))
        return (page, path[-1]) if path[-2:-1] == ["venues"] else None

    def read_venue(self, response, events):
        response.css(HIDDEN).drop()

        def link(kind):
            anchors = [
                anchor
                for anchor in response.css(".icon-block a")
                if kind in anchor.xpath("string(.//img/@alt)").get("").lower()
            ]
            return text.first(urls.read_link(anchor.attrib.get("href")) for anchor in anchors)

        own, generic = get_texts(response.css(OWN_WORDS)), get_texts(response.css(GENERIC_WORDS))
        words = text.join_paragraphs(own)
        if words is None or words.lower().startswith("lorem ipsum"):
            words = text.join_paragraphs(generic)
        numbers = filter(PHONE.fullmatch, get_texts(response.css(".venue-block .paragraph")))
        phone = text.first(text.read_phone(number, self.country) for number in numbers)
        host = text.first(get_texts(response.css(".host-info .host-name")))
        portrait = text.first(self.find_image_urls(response, response.css(".host-info .host-image:not(.placeholder)")))
        for event in events:
            fees = (read_fee(each, event.venue.country) for each in (*own, *generic))
            yield replace(
                event,
                description=words,
                fee=next((fee for fee in fees if fee.amount is not None), Fee()),
                on_break=bool(response.css(".on-break")),
                performer=make_performer(host, portrait),
                image_urls=self.find_image_urls(response, response.css(".venue-photo"))[:1],
                venue=replace(
                    event.venue,
                    phone=event.venue.phone or phone,
                    website=link("website"),
                    facebook=link("facebook"),
                    instagram=link("instagram"),
                ),
            )
