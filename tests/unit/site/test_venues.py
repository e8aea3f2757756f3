"""Towns, which many venues name and few spell alike."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.support.filled import begin, quiz, record
from trivia_scraper.db.engine import Store
from trivia_scraper.db.queries import StoredEvent, read_stored_events
from trivia_scraper.items import Venue
from trivia_scraper.site.places import address_with_town, town_of
from trivia_scraper.site.venues import views


def test_towns_of_one_name_are_told_apart_where_regions_tell() -> None:
    def key(city: str | None, region: str | None, country: str | None) -> str:
        return town_of(Venue("x", city=city, region=region, country=country)).key

    assert key("Springfield", "IL", "US") != key("Springfield", "MO", "US")
    assert key("BRIGHTON", "East Sussex", "GB") == key("Brighton", None, "GB") == "gb-brighton"
    assert key("東京", None, "JP") != key("大阪", None, "JP")
    assert len({key("a" * 200, None, "GB"), key("a" * 201, None, "GB")}) == 2
    assert key(None, None, None) == key(None, "x", None)
    assert re.fullmatch(r"[a-z0-9-]+", key(None, None, None))


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_a_town_that_is_spelled_in_several_ways_has_one_page(store: Store) -> None:
    record(store, quiz("space"), begin(store))
    (space,) = store.read(lambda connection: list(read_stored_events(connection)))

    def at(name: str, city: str) -> StoredEvent:
        return replace(space, venue=replace(space.venue, slug=name, name=name, city=city, region=None))

    cities = ("ST HELENS", "St. Helens", "St. Helens", "St Hubert")
    found = views(
        [at(f"pub-{number}", city) for number, city in enumerate(cities)], {}, {}, datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert [view.town.name for view in found] == ["St. Helens", "St. Helens", "St. Helens", "St Hubert"]


@pytest.mark.parametrize(
    ("address", "city", "region", "postcode", "country", "expected"),
    [
        ("288 Spring Road, IP4 5NL", "Ipswich", None, "IP4 5NL", "GB", "288 Spring Road, Ipswich, IP4 5NL"),
        ("1 Bath St", "Bath", None, "BA1 1AA", "GB", "1 Bath St, Bath, BA1 1AA"),
        ("1 Bath St, BATH.", "Bath", None, "BA1 1AA", "GB", "1 Bath St, BATH."),
        ("12 Lonsdale St, Braddon ACT 2612", "Braddon", "ACT", "2612", "AU", "12 Lonsdale St, Braddon ACT 2612"),
        ("4 Sea St, Byron Bay New South Wales", "Byron Bay", "New South Wales", None, "AU",
         "4 Sea St, Byron Bay New South Wales"),
        ("4 Sea St, VIC 3350, Australia", "Ballarat", "VIC", "3350", "AU", "4 Sea St, Ballarat, VIC, 3350"),
        ("12 Lonsdale St, Braddon, 2612, AU", "Braddon", "ACT", "2612", "AU", "12 Lonsdale St, Braddon, 2612"),
        ("4 Sea St", None, None, None, None, "4 Sea St"),
        (None, "Bath", None, None, "GB", ""),
    ],
)  # fmt: skip
def test_address_has_the_town(address: str, city: str, region: str, postcode: str, country: str, expected: str) -> None:
    venue = Venue("x", address=address, city=city, region=region, postcode=postcode, country=country)
    assert address_with_town(venue) == expected
