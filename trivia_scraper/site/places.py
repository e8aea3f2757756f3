"""Towns and addresses of venues, as pages show them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from trivia_scraper.exports import wording
from trivia_scraper.items import Venue
from trivia_scraper.parsing.slugs import short_digest, slug

MAX_NAME = 120
_MAX_KEY = 60
ALSO = {"AE": ("UAE", "Emirates"), "GB": ("UK", "Britain"), "US": ("USA", "America")}
"""What people call a country, beside its name and code. The first is what addresses call it."""
_REGIONS_TELL = {"AU", "CA", "US"}  # where many towns share a name, and publishers agree on how to write a region


@dataclass(frozen=True, slots=True)
class Town:
    key: str
    """Its page's name; unique."""
    name: str
    region: str | None
    country: str | None
    is_known: bool = True
    """False for what holds the venues of which no town is stated."""

    @property
    def path(self) -> str:
        return f"towns/{self.key}.html"

    @property
    def calendar_path(self) -> str:
        return f"towns/{self.key}.ics"

    @property
    def feed_path(self) -> str:
        return f"towns/{self.key}.atom"

    @property
    def country_name(self) -> str:
        return wording.name_country(self.country)

    @property
    def country_key(self) -> str:
        """Return what addresses of pages call the country: its code in ISO 3166, or the one that is left to users."""
        return self.country or "ZZ"

    @property
    def full_name(self) -> str:
        return ", ".join(filter(None, (self.name, self.region)))


def town_of(venue: Venue) -> Town:
    region = venue.region if venue.city and venue.country in _REGIONS_TELL else None
    parts = [venue.country or "", region or "", venue.city or ""]
    key = "-".join(filter(None, map(slug, parts)))
    # Names that are spelled alike are one town; one of which no letter would be left, or not all, has a digest.
    if not key or len(key) > _MAX_KEY or (venue.city and not slug(venue.city)):
        key = f"{key[:_MAX_KEY].strip('-') or 'town'}-{short_digest('|'.join(parts).casefold())}"
    name = wording.shorten(venue.city or "Town not stated", MAX_NAME)
    return Town(key, name, region and wording.shorten(region, MAX_NAME), venue.country, bool(venue.city))


def street(venue: Venue) -> str:
    """Return the address without what it has at its end of the town, the region, the postcode and the country."""
    country = venue.country and wording.name_country(venue.country)
    parts = (venue.city, venue.region, venue.postcode, country, venue.country, *ALSO.get(venue.country or "", ())[:1])
    names = [re.escape(name) for name in parts if name]
    at_the_end = re.compile(rf"[\s,]+(?:{'|'.join(names)})[\s,.]*$", re.IGNORECASE)
    rest = wording.shorten(venue.address or "")
    while names and (shorter := at_the_end.sub("", rest)) not in {rest, ""}:
        rest = shorter
    return rest


def address_with_town(venue: Venue) -> str:
    """Return the address, with the town before the postcode if a publisher states it separately."""
    address = wording.shorten(venue.address or "")
    if venue.country:
        address = re.sub(rf",\s*{re.escape(venue.country)}$", "", address)  # its code says less than the town
    if not address or not venue.city:
        return address
    # "Bath St" does not state the town, but "Bath ACT" and "Bath New South Wales" do.
    wider = "|".join(re.escape(name) for name in (venue.region, wording.name_country(venue.country)) if name)
    if re.search(rf"(?<!\w)(?i:{re.escape(venue.city)})(?!\w)(?!\s+(?!{wider})[A-Z]?[a-z])", address):
        return address
    region = venue.region if venue.country in _REGIONS_TELL else None
    return ", ".join(filter(None, (street(venue), venue.city, region, venue.postcode)))
