"""Identification of venues, and their slugs."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.support.alike import identified
from tests.support.filled import NOW
from trivia_scraper.db.engine import Store
from trivia_scraper.db.schema import venue_merges, venues
from trivia_scraper.db.venues import identify_venue
from trivia_scraper.items import Venue
from trivia_scraper.parsing.slugs import MAX_BYTES, short_digest


def test_venues_with_same_name_get_lasting_slugs(store: Store) -> None:
    horses = [
        ("1", Venue("The White Horse", city="London", postcode="SW6 4UL")),
        ("2", Venue("The White Horse", city="London", postcode="NW3 2QX")),
        ("3", Venue("The White Horse", city="London", postcode="SE15 4JR")),
        ("4", Venue("the white horse!", city="London", postcode="SE15 4JR")),
    ]
    slugs = [store.run(identify_venue, "inquizition", number, venue, NOW) for number, venue in horses]
    assert slugs == [
        "the-white-horse",
        "the-white-horse-london",
        "the-white-horse-se15-4jr",
        f"the-white-horse-{short_digest('inquizition/4')}",
    ]
    again = [store.run(identify_venue, "inquizition", number, venue, NOW) for number, venue in reversed(horses)]
    assert again == slugs[::-1]


TOWNS = [
    ("1", Venue("The Commercial Hotel", city="Roma", country="AU", latitude=-26.57, longitude=148.79)),
    ("2", Venue("The Commercial Hotel", city="Wagga Wagga", country="AU", latitude=-35.11, longitude=147.37)),
    ("3", Venue("the commercial hotel", city="Roma", country="AU", postcode="4455")),
    ("4", Venue("Commercial Hotel (The)", city="Perth", country="AU", postcode="6000")),
]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5], ids=str)
def test_stored_slugs_never_change(store: Store, order: tuple[int, ...]) -> None:
    first = {TOWNS[number][0]: identified(store, "quizmeisters", *TOWNS[number]) for number in order}
    assert len(set(first.values())) == 4
    for again in itertools.permutations(TOWNS):
        assert {number: identified(store, "quizmeisters", number, venue) for number, venue in again} == first
    renamed = {number: identified(store, "quizmeisters", number, Venue("Renamed")) for number, _ in TOWNS}
    assert renamed == first


names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=120)


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=st.lists(st.tuples(names, st.none() | names, st.none() | names), min_size=1, max_size=12))
def test_any_names_get_unique_slugs(store: Store, found: list[tuple[str, str | None, str | None]]) -> None:
    """This includes repeated names, and names that are the slug of another venue."""
    known = store.run(lambda connection: connection.scalars(select(venues.c.slug)).all())
    arrivals = [(*facts, start + len(known) * 100) for start, facts in enumerate([*found, *found])]
    arrivals += [(slug, None, None, -number - len(known) * 100 - 1) for number, slug in enumerate(known[-3:])]
    slugs = [
        identified(store, "p", str(key), Venue(name, None, None, code, city)) for name, city, code, key in arrivals
    ]
    assert len({slug.casefold() for slug in [*slugs, *known]}) == len(slugs) + len(known)
    assert all(slug and slug.isascii() and len(slug.encode()) <= MAX_BYTES for slug in slugs)
    again = [identified(store, "p", str(key), Venue(name)) for name, _, _, key in reversed(arrivals)]
    assert again == slugs[::-1]


def test_slug_of_a_merged_venue_is_never_reused(store: Store) -> None:
    row = {"kept_slug": "the-hound", "gone_slug": "the-fox", "gone_id": 99, "gone": {}, "moved": {}, "merged_at": NOW}
    with store.engine.begin() as connection:
        connection.execute(venue_merges.insert().values(**row))
    assert identified(store, "p", "1", Venue("The Fox", city="Leeds")) == "the-fox-leeds"
    with store.engine.begin() as connection:
        connection.execute(venue_merges.update().values(undone_at=NOW))
    assert identified(store, "p", "2", Venue("The Fox", city="York")) == "the-fox-york"
