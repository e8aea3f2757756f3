"""Quizmeisters (Australia): one StoreRocket listing, one Webflow page per venue.

Ids: the last part of the venue page's address, stable; a venue without a page has StoreRocket's location id. Quirks:
Webflow leaves what it hides in the HTML (class w-condition-invisible); "Survey Says" and bingo are other shows; every
quiz is free, which no page says.
"""

import re
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from trivia_scraper.items import Fee, Performer
from trivia_scraper.parsing import text, urls
from trivia_scraper.spiders.platforms.storerocket import StoreRocketSpider

HIDDEN = "html .w-condition-invisible"
OWN_WORDS = ".venue-description.w-richtext:not(.trivia-generic):not(.bingo-generic):not(.survey-generic) p"
GENERIC_WORDS = ".venue-description.trivia-generic.w-richtext p"
PHONE = re.compile(r"\+?[\d\s\-()]{8,}")


class QuizmeistersSpider(StoreRocketSpider):
    name = "quizmeisters"
    country = "AU"
    event_name = "Quizmeisters Trivia at {venue}"
    fee = Fee(amount=0, currency="AUD")
    allowed_domains = ["storerocket.io", "quizmeisters.com", "quizmeisters.com.au"]
    start_urls = ["https://storerocket.io/api/user/kDJ3BbK4mn/locations"]

    def quiz_texts(self, location):
        fields = text.objects(text.inside(location, "fields"))
        named = [((text.clean(field.get("name")) or "").lower(), field) for field in fields]
        yield from (field.get("pivot_field_value") for name, field in named if name == "trivia")
        yield text.inside(location, "custom_fields", "trivia_night")
        for name, field in named:
            if re.search("trivia|quiz", name) and "bingo" not in name:
                yield from (field.get("value"), field.get("pivot_field_value"))

    def venue_page(self, location):
        parts = urlsplit(urls.web_link(text.inside(location, "url")) or "")
        *_, folder, name = ["", "", *filter(None, map(text.clean, unquote(parts.path).split("/")))]
        own_site = (parts.hostname or "").removeprefix("www.") in self.allowed_domains
        page = parts._replace(query="", fragment="").geturl()
        return (page, name) if own_site and folder == "venues" else None

    def read_venue(self, response, events):
        page = response.css
        page(HIDDEN).drop()

        def texts(css):
            found = (text.clean(" ".join(node.xpath(".//text()").getall())) for node in page(css))
            return list(filter(None, found))

        def link(kind):
            anchors = (a for a in page(".icon-block a") if kind in a.xpath("string(.//img/@alt)").get("").lower())
            return next(filter(None, (urls.web_link(a.attrib.get("href")) for a in anchors)), None)

        words = text.paragraphs(texts(OWN_WORDS))
        if words is None or words.lower().startswith("lorem ipsum"):
            words = text.paragraphs(texts(GENERIC_WORDS))
        numbers = filter(PHONE.fullmatch, texts(".venue-block .paragraph"))
        phone = next(filter(None, (text.phone(number, self.country) for number in numbers)), None)
        host = next(iter(texts(".host-info .host-name")), None)
        portraits = self.picture_urls(response, page(".host-info .host-image:not(.placeholder)"))
        portrait = next(iter(portraits), None)
        for event in events:
            yield replace(
                event,
                description=words,
                on_break=bool(page(".on-break")),
                performer=Performer(host, portrait) if host or portrait else None,
                image_urls=self.picture_urls(response, page(".venue-photo"))[:1],
                venue=replace(
                    event.venue,
                    phone=event.venue.phone or phone,
                    website=link("website"),
                    facebook=link("facebook"),
                    instagram=link("instagram"),
                ),
            )
