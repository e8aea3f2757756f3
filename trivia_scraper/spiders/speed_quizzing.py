"""SpeedQuizzing (wherever its hosts are): one page lists the coming week's bookings, most events have a page.

Id: `event_id`, also in the page's address, which is the same every week; `bid`, the booking, is not. A third of the
events have no page. Titles are cut at 40 characters. `.sm1` may be the host's text, and a host's company may be given
as the venue.
"""

import re
from dataclasses import replace

from trivia_scraper.items import Schedule
from trivia_scraper.parsing import places, text
from trivia_scraper.parsing.fees import read_fee
from trivia_scraper.parsing.schedule import read_bookings
from trivia_scraper.parsing.titles import place_in, read_host
from trivia_scraper.spiders.base import ListingError, PublisherSpider, get_texts, make_performer

FACTS = "//p[contains(@class, 'sm1')][not(ancestor::*[@id='menu4' or contains(@class, 'host-')])]"
TO_PLAY = re.compile(r"(?i).*\bto play\W*")
NOTHING = re.compile(r"(?i)(?:max|age) (?:no|n/a|all|0)\b.*")


class SpeedQuizzingSpider(PublisherSpider):
    name = "speed_quizzing"
    may_be_gone = True
    custom_settings = {
        "GONE_AFTER_RUNS": 21
    }  # three weeks of daily runs, because an event may have no booking for a week
    allowed_domains = ["speedquizzing.com"]
    start_urls = ["https://www.speedquizzing.com/find/"]

    def read_listing(self, response):
        events: dict[str, list[dict[str, object]]] = {}
        listed = text.list_objects(text.read_script_json(response.body.decode("utf-8", "replace")))
        for entry in map(self.matches.watched_objects(response.url), listed):
            event_id = text.clean(entry.get("event_id") or entry.get("id")) or ""
            if re.fullmatch(r"[0-9]{1,12}", event_id):
                events.setdefault(event_id, []).append(entry)
            else:
                self.reject(event_id or response.url, "no_id", entry)
        if not events:
            raise ListingError(f"the listing {response.url} names no events")
        for event_id, entries in events.items():
            yield self.request_venue(response, f"/events/{event_id}/", event_id, "", entries=entries)

    def read_venue(self, response, entries):
        def words(nodes):
            return text.first(get_texts(nodes)) or ""

        host_section = response.css("#menu4, .host-section, .host-info")
        shared = response.css("[property='og:title']::attr(content)")
        title = text.clean(shared.re_first("•([^•]+)")) or ""
        host = read_host(words(host_section.css("h3, .host-name")) or shared.re_first("(?i)hosted by[^•]+"))
        portrait = text.first(self.find_image_urls(response, host_section.css("img.host-img")))

        marked = response.css("p.mb-0:has([class*=fa-map-marker])")
        described = response.css("[name=description]").re_first("Join the fun at ([^,]+),")
        shown = words((marked or response.css("p.mb-0")).css("b")) or text.clean(described) or ""
        name = shown
        if shown in {host, ""}:
            name = place_in(title) or shown

        address = words(marked).removeprefix(shown).strip(" ,").replace(" ,", ",")
        code = re.search(r", (?!0+$)(\d{4,5}(?:-\d{4})?)$", address)
        towns = [part for part in address.split(", ") if part and title.casefold().endswith(f", {part.casefold()}")]
        point = entries[0].get("lat"), entries[0].get("lon") or entries[0].get("lng")
        country = places.country_of(places.timezone_at(*map(text.read_number, point)))
        venue = self.make_venue(name, address, city=text.first(towns), country=country, point=point)
        venue = replace(venue, postcode=venue.postcode or (code and code[1]))

        facts = [fact.strip() for fact in words(response.xpath(FACTS)).split("|")]
        notes = " | ".join(fact for fact in facts if not TO_PLAY.fullmatch(fact) and not NOTHING.fullmatch(fact))
        when = words(response.css("p.mb-0:has([class*=fa-clock])"))
        zone = places.timezone_at(venue.latitude, venue.longitude)
        dates = [entry.get("date") for entry in entries]
        nights = read_bookings(dates, when, zone, today=self.today(response)) or [Schedule(when)]
        yield from self.make_events(
            nights,
            response.meta["publisher_id"],
            response.url,
            venue,
            name=title or f"SpeedQuizzing at {name}",
            description=text.join_paragraphs([notes.replace("++", "+"), words(host_section.css(".sm1"))]),
            fee=read_fee(" | ".join(filter(TO_PLAY.fullmatch, facts)), venue.country),
            performer=make_performer(host, portrait),
        )
