"""A second publisher in the sandbox, which lists some of Quizmeisters' pubs with other ids, names and images.

Crawled with `-s SPIDER_MODULES=trivia_scraper.spiders,tests.support.rival`.
"""

from __future__ import annotations

from dataclasses import replace

from sandbox.quizmeisters_venues import VENUES
from trivia_scraper.spiders.quizmeisters import QuizmeistersSpider

SPACE, GALAH, COMPASS = "act-3rd-space-canberra", "qld-the-gilded-galah", "nsw-the-rusty-compass"
# A clear match, a doubtful one, and another pub at the same place.
NAMES = {SPACE: "The 3rd Space – Canberra", GALAH: "The Gilded Galah's Nest", COMPASS: "Lighthouse Bar"}
NORTH = 0.0002  # degrees, 22 m
HEROES = dict(zip(NAMES, ("sa-the-brindle-cow", "tas-the-wombat-and-ladder", "nt-red-centre-taphouse"), strict=True))


def hero_of(venue: str) -> str:
    photo = next(each.hero for each in VENUES if each.slug == HEROES[venue])
    assert photo is not None
    return photo.url


class RivalSpider(QuizmeistersSpider):
    name = "rival"
    event_name = "Rival quiz at {venue}"

    def read_location(self, location, listing_url):
        page = self.venue_page(location)
        if page is None or page[1] not in NAMES:
            return
        for event in super().read_location(location, listing_url):
            venue = replace(event.venue, name=NAMES[page[1]], latitude=event.venue.latitude + NORTH, phone=None)
            yield replace(event, publisher_id=f"rival-{page[1]}", venue=venue)

    def read_venue(self, response, events):
        for event in super().read_venue(response, events):
            venue = event.publisher_id.removeprefix("rival-")
            yield replace(event, image_urls=[hero_of(venue)], venue=replace(event.venue, website=None))
