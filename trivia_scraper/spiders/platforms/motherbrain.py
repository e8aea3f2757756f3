"""Publishers whose venue finder is Mother Brain's WordPress plugin: one ajax answer with a block per show, and another
with a venue's host.

A venue's recurring block is an event; one-off shows have blocks under the same id, and adverts stand among them.
data-time is the first night, stored so that its clock in `data_zone` is the clock at the venue, wherever that is; its
date is no day of the week. Set besides what WordPressAjaxSpider asks for: `event_name`, `data_zone`, `other_shows`,
`venue_name`, and `read_venue`, which ends with `host_requests`.
"""

import re
from dataclasses import replace
from urllib.parse import parse_qsl

from parsel import Selector

from trivia_scraper.items import Event, Performer, Venue
from trivia_scraper.parsing import addresses, places, text
from trivia_scraper.spiders.platforms.wordpress_ajax import WordPressAjaxSpider

WHOLE_MAP = (
    "action=mb_display_mapped_events&bounds[northLat]=71.35817123219137&bounds[southLat]=-2.63233642366575"
    "&bounds[westLong]=-174.787181&bounds[eastLong]=-32.75593100000001&days=&brands=&search=&startLat=44.967243"
    "&startLong=-103.771556&searchInit=true&tlCoord=&brCoord=&tlMapCoord=[-174.787181, 71.35817123219137]"
    "&brMapCoord=[-32.75593100000001, -2.63233642366575]&hasAll=true"
)
# A geocoder's answer has been seen in the place of a name: "266 S Downing St Denver CO 80209".
ADDRESS = re.compile(r"\b[A-Z]{2},?\s\d{5}(?:-\d{4})?(?:,?\sUSA?)?$")
LONGEST_HOST = 200


class MotherBrainSpider(WordPressAjaxSpider):
    nonce_pattern = re.compile(rb"""\bgwdNonce["']?\s*:\s*["']([^"']{1,100})""")
    listing_query = dict(parse_qsl(WHOLE_MAP, keep_blank_values=True))
    listing_mark = b"quizBlock-"
    event_name: str
    """With {venue} where the venue's name goes."""
    data_zone: str
    """IANA; the publisher's own."""
    other_shows: frozenset[str]
    """data-brand of what is no quiz."""

    def venue_name(self, title):
        """(the venue's name, notes on its nights) of a listed title."""
        raise NotImplementedError

    def read_answer(self, response):
        for block in response.css("a.quizBlock"):
            if "quizBlock--virtual" in block.attrib["class"].split():
                self._count("dropped/advert")
            elif "quizBlock-event" in block.attrib["class"].split() or block.css("time .time-moment-date"):
                self._count("dropped/one_off")
            elif events := list(self.read_block(response, block)):
                first = events[0]
                yield self.venue_request(
                    response, first.source_url, first.publisher_id, first.venue.name, events=events
                )

    def read_block(self, response, block):
        """One Event per night of a recurring show. What it costs, only its page can say."""
        publisher_id, brand, address = (
            text.clean(block.attrib.get(f"data-{key}")) for key in ("podio", "brand", "address")
        )
        titles = map(text.plain, (block.attrib.get("data-title"), block.xpath("string(.//h2)").get()))
        title = next((each for each in titles if each and not ADDRESS.search(each)), "")
        name, notes = self.venue_name(title)
        if not publisher_id or not publisher_id.isalnum():  # it becomes a part of addresses
            return self.reject(publisher_id or response.url, "no_id", title)
        if not name:
            return self.reject(publisher_id, "no_name", title)
        if brand in self.other_shows:
            return self.reject(publisher_id, "other_show", f"{brand}: {title}")
        first = places.local_datetime(block.css(".time-moment::attr(data-time)").get(), self.data_zone)
        country = addresses.country_in(address) or self.country
        latitude, longitude, timezone = self.place(block.attrib.get("data-lat"), block.attrib.get("data-lon"), country)
        stated = addresses.us_address(address, block.xpath("string(.//h2/following-sibling::p)").get())
        timezone = timezone or places.zone_in(country, stated.region)
        venue = Venue(
            name=name,
            address=address,
            postcode=stated.postcode,
            city=stated.city,
            region=stated.region,
            country=country,
            latitude=latitude,
            longitude=longitude,
        )
        for night in self.nights(publisher_id, self.night_texts(block, first), timezone):
            yield Event(
                publisher=self.name,
                publisher_id=publisher_id,
                source_url=response.urljoin(f"/venues/{publisher_id}"),
                name=self.event_name.format(venue=name),
                venue=venue,
                schedule=replace(night, **self.beginning(notes, first), raw=" ".join([night.raw, *notes])),
                image_urls=self.picture_urls(response, block.css(".quizBlock__logo"))[:1],
            )

    def night_texts(self, block, first):
        """As a reader sees them: a script fills in the clock."""
        clock = f"{first:%I:%M %p}".lstrip("0").lower() if first else ""
        words = block.xpath(".//time//text()[not(parent::*[contains(@class, 'time-moment')])]").getall()
        return f"{''.join(words)} {clock}", f"{block.attrib.get('data-day')}s at {clock}"

    def beginning(self, notes, first):
        """The first night, when a note says that it is still to come, or was lately."""
        said = first and re.search(rf"\b{first:%B} {first.day}\b", " ".join(notes))
        return {"starts_on": first.date().isoformat()} if said else {}

    def host_requests(self, response, publisher_id, events):
        query = {"action": "mb_display_venue_events", "pag": 1, "venue": publisher_id, "team": "*"}
        request = self.venue_request(
            response, self.ajax_url(response, query), publisher_id, events[0].venue.name, events=events
        )
        yield request.replace(callback=self.read_host)

    def read_host(self, response, events):
        """The events with the venue's host, when one is named. A picture alone is nobody's."""
        answer = Selector(response.body.decode("utf-8", "replace"))
        written = " ".join(answer.css(".quizzes__meta .quiz__master p::text").getall())
        masters = dict.fromkeys(filter(None, map(text.clean, re.split(r"(?i)\bquizmasters?\s*:", written))))
        name = ", ".join(masters)
        if 0 < len(name) <= LONGEST_HOST:
            portraits = self.picture_urls(response, answer.css(".quizzes__meta .quiz__avatar img"))
            events = [replace(event, performer=Performer(name, next(iter(portraits), None))) for event in events]
        yield from events

    def venue_failed(self, failure):
        """The listing said enough for an event; what else there is comes with a later run."""
        super().venue_failed(failure)
        yield from failure.request.cb_kwargs["events"]
