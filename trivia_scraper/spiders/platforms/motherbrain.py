"""Publishers whose venue finder is Mother Brain's WordPress plugin. One ajax response has a block for each show, and
another one has a venue's host.

The listing's page has a nonce, which the request to admin-ajax.php must contain. A nonce is valid for 12 to 24 hours,
and a page cache may serve an older one. So if the listing is refused, its page is downloaded again for a new nonce. A
second refusal fails the run. The status of the response is not reliable: a complete listing may come with a 500.

Blocks of weekly shows become events. Blocks of single shows, which have the same ids, and adverts are skipped.
data-time is the first night: converted to `data_zone`, it is the local time at the venue, whatever the venue's own zone
is. Its date does not decide the weekday.

A spider sets `start_urls` to the listing's page, `event_name` and the attributes below, and defines `venue_name` and
`read_venue`, which ends with `request_host`.
"""

import re
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode, urlsplit

from trivia_scraper.downloader.address_guard import RequestRefusedError
from trivia_scraper.items import Performer
from trivia_scraper.parsing import addresses, places, text
from trivia_scraper.spiders.base import ListingError, PublisherSpider, parse_markup

WHOLE_MAP = dict(
    parse_qsl(
        "action=mb_display_mapped_events&bounds[northLat]=71.35817123219137&bounds[southLat]=-2.63233642366575"
        "&bounds[westLong]=-174.787181&bounds[eastLong]=-32.75593100000001&days=&brands=&search=&startLat=44.967243"
        "&startLong=-103.771556&searchInit=true&tlCoord=&brCoord=&tlMapCoord=[-174.787181, 71.35817123219137]"
        "&brMapCoord=[-32.75593100000001, -2.63233642366575]&hasAll=true",
        keep_blank_values=True,
    )
)
# Some listed titles are an address, from a geocoder, instead of a name: "266 S Downing St Denver CO 80209".
ADDRESS = re.compile(r"\b[A-Z]{2},?\s\d{5}(?:-\d{4})?(?:,?\sUSA?)?$")
LONGEST_HOST = 200
EVENING = range(16, 23)
"""Hours at which shows begin."""
AJAX = "/wp-admin/admin-ajax.php"
NONCE = re.compile(rb"""\bgwdNonce["']?\s*:\s*["']([^"']{1,100})""")
# Every listing contains this, and no refusal does.
LISTING_MARK = b"quizBlock-"


class MotherBrainSpider(PublisherSpider):
    data_zone: str
    """IANA zone in which the publisher stores times."""
    other_shows: frozenset[str]
    """Values of data-brand for shows that are not quizzes."""

    def venue_name(self, title):
        """Return the venue's name and the notes about its nights in a listed title."""
        raise NotImplementedError

    def ajax_url(self, response, query):
        return response.urljoin(f"{AJAX}?{urlencode(query)}")

    def read_listing(self, response, renewed=False):
        """Read the page with the nonce, or the listing. renewed: whether the listing was refused before."""
        if urlsplit(response.url).path != AJAX:
            yield self._answer_request(response, renewed)
        elif LISTING_MARK in response.body:
            yield from self.read_answer(response)
        elif renewed:
            found = f"HTTP {response.status}, {response.body[:40]!r}"
            raise ListingError(f"the listing {AJAX} was refused twice, the second time with a new nonce: {found}")
        else:
            yield self._page_again()

    def _answer_request(self, response, renewed):
        found = NONCE.search(response.body)
        if found is None:
            raise ListingError(f"the page {response.url} has no nonce for its listing")
        url = self.ajax_url(response, WHOLE_MAP | {"nonce": found[1].decode("ascii", "replace")})
        request = self.request_listing_page(url, renewed=renewed)
        request.meta["handle_httpstatus_list"] = [400, 403, 500]
        request.meta["dont_retry"] = True  # with the same nonce
        return request.replace(errback=self._answer_failed)

    def _answer_failed(self, failure):
        if failure.request.cb_kwargs["renewed"]:
            yield from self.listing_failed(failure)
        else:
            yield self._page_again()

    def _page_again(self):
        self._count("listing/nonce_renewed")
        self.logger.info("the listing was refused; its page is downloaded again for a new nonce")
        request = self.request_listing_page(self.start_urls[0], renewed=True)
        request.meta["dont_cache"] = True
        return request

    def read_answer(self, response):
        for block in response.css("a.quizBlock"):
            if "quizBlock--virtual" in block.attrib["class"].split():
                self._count("dropped/advert")
            elif "quizBlock-event" in block.attrib["class"].split() or block.css("time .time-moment-date"):
                self._count("dropped/one_off")
            elif events := list(self.read_block(response, block)):
                first = events[0]
                yield self.request_venue(
                    response, first.source_url, first.publisher_id, first.venue.name, events=events
                )

    def read_block(self, response, block):
        """Yield one Event per night of a weekly show. The fee is on the venue's page."""
        publisher_id, brand, address = (
            text.clean(block.attrib.get(f"data-{key}")) for key in ("podio", "brand", "address")
        )
        titles = map(text.unescape, (block.attrib.get("data-title"), block.xpath("string(.//h2)").get()))
        title = next((each for each in titles if each and not ADDRESS.search(each)), "")
        name, notes = self.venue_name(title)
        if not publisher_id or not publisher_id.isalnum():  # it becomes a part of URLs
            return self.reject(publisher_id or response.url, "no_id", title)
        if not name:
            return self.reject(publisher_id, "no_name", title)
        if brand in self.other_shows:
            return self.reject(publisher_id, "other_show", f"{brand}: {title}")
        first = places.local_datetime(block.css(".time-moment::attr(data-time)").get(), self.data_zone)
        if first:  # in another zone, evenings would become nights or mornings
            self.confirm("data_zone", response.url, first.hour in EVENING)
        place = block.xpath("string(.//h2/following-sibling::p)").get()
        point = block.attrib.get("data-lat"), block.attrib.get("data-lon")
        venue = self.make_venue(name, address, **addresses.read_us_address(address, place)._asdict(), point=point)
        nights = [
            replace(night, **self.beginning(notes, first), raw=" ".join([night.raw, *notes]))
            for night in self.read_nights(publisher_id, self.night_texts(block, first), self.find_zone(venue))
        ]
        page = response.urljoin(f"/venues/{publisher_id}")
        logos = self.find_image_urls(response, block.css(".quizBlock__logo"))
        yield from self.make_events(nights, publisher_id, page, venue, image_urls=logos[:1])

    def night_texts(self, block, first):
        """Return texts that state the night. As in a browser, where a script does it, the start time is filled in."""
        clock = f"{first:%I:%M %p}".lstrip("0").lower() if first else ""
        words = block.xpath(".//time//text()[not(parent::*[contains(@class, 'time-moment')])]").getall()
        return f"{''.join(words)} {clock}", f"{block.attrib.get('data-day')}s at {clock}"

    def beginning(self, notes, first):
        """Return `starts_on` if a note names the date of the first night."""
        said = first and re.search(rf"\b{first:%B} {first.day}\b", " ".join(notes))
        return {"starts_on": first.date().isoformat()} if said else {}

    def request_host(self, response, publisher_id, events):
        query = {"action": "mb_display_venue_events", "pag": 1, "venue": publisher_id, "team": "*"}
        request = self.request_venue(
            response, self.ajax_url(response, query), publisher_id, events[0].venue.name, events=events
        )
        yield request.replace(callback=self.read_host)

    def read_host(self, response, events):
        """Yield the events with the venue's host. An image without a name is ignored."""
        try:
            answer = self.matches.watched(parse_markup(response.body.decode("utf-8", "replace")), response.url)
        except RequestRefusedError as error:
            self._page_failed(response, error.reason, str(error))
            yield from events
            return
        written = " ".join(answer.css(".quizzes__meta .quiz__master p::text").getall())
        masters = dict.fromkeys(filter(None, map(text.clean, re.split(r"(?i)\bquizmasters?\s*:", written))))
        name = ", ".join(masters)
        if 0 < len(name) <= LONGEST_HOST:
            portrait = text.first(self.find_image_urls(response, answer.css(".quizzes__meta .quiz__avatar img")))
            events = [replace(event, performer=Performer(name, portrait)) for event in events]
        yield from events

    def venue_failed(self, failure):
        """Yield the events as the listing has them. A later run adds the facts of the page."""
        super().venue_failed(failure)
        yield from failure.request.cb_kwargs["events"]
