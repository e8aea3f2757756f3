"""Decides whether two venues are the same, by name *and* place: never by name, postcode or distance alone.

`compare_venues` is pure. Its limits were chosen with the pairs in tests/unit/db/venue_pairs.tsv. When a venue is new,
`find_same_venue` matches it if `compare_venues` is sure. `find_undecided` lists pairs that are not sure, for an
operator.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, bindparam, exists, select

from trivia_scraper.db.schema import venue_keys, venues
from trivia_scraper.items import Venue
from trivia_scraper.parsing.addresses import is_of_one_street, postcode_key
from trivia_scraper.parsing.names import likeness
from trivia_scraper.parsing.places import box_around, metres_between

SURE_LIKENESS = 0.9
LIKELY_LIKENESS = 0.65
SURE_METRES = 60
CONFIRMED_METRES = 250  # if a postcode of one street, or the house numbers, also agree
LIKELY_METRES = 400

Facts = Venue | Row[Any]
"""A venue from a page, or a row of the table."""
Level = Literal["sure", "likely", "no"]


@dataclass(frozen=True, slots=True)
class Comparison:
    verdict: Literal["same", "undecided", "different"]
    likeness: float
    """Likeness of the names, 0 .. 1."""
    distance: float | None
    """Metres; None if one has no coordinates."""
    postcode: Literal["same", "different"] | None
    """None if one has no postcode, or only the first half of it."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two stored venues that may be the same, the older one first."""

    first: str
    second: str
    first_publishers: list[str]
    second_publishers: list[str]
    distance: float | None
    likeness: float
    postcode: str | None


def compare_venues(one: Facts, other: Facts) -> Comparison:
    """Compare two venues by name and place.

    same: name and place are both sure, and neither postcode nor house number contradicts. undecided: name or
    place is sure and the other likely, or both are sure but something contradicts.
    """
    keys = postcode_key(one.country, one.postcode), postcode_key(other.country, other.postcode)
    postcode = _agreement(*keys)
    here, there = _point(one), _point(other)
    distance = metres_between(here, there) if here and there else None
    if one.country and other.country and one.country != other.country:
        return Comparison("different", 0.0, distance, postcode)
    house = _house_agreement(one, other)
    place = _place(distance, keys[0] if postcode == "same" else None, house == "same")
    if place == "no":
        return Comparison("different", 0.0, distance, postcode)
    alike = likeness(one.name, other.name, (*_towns(one), *_towns(other)))
    name: Level = "sure" if alike >= SURE_LIKENESS else "likely" if alike >= LIKELY_LIKENESS else "no"
    verdict: Literal["same", "undecided", "different"] = "different"
    if name == place == "sure" and "different" not in {postcode, house}:
        verdict = "same"
    elif "sure" in {name, place} and name != "no":
        verdict = "undecided"
    return Comparison(verdict, alike, distance, postcode)


def _place(distance: float | None, common_postcode: str | None, same_house: bool) -> Level:
    of_one_street = is_of_one_street(common_postcode)
    if distance is None:
        if common_postcode is None:
            return "no"
        return "sure" if of_one_street or same_house else "likely"
    if distance <= (CONFIRMED_METRES if of_one_street or same_house else SURE_METRES):
        return "sure"
    # A postcode of a few houses, but points far apart: one publisher's coordinates are wrong.
    return "likely" if distance <= LIKELY_METRES or of_one_street else "no"


def _agreement(one: str | None, other: str | None) -> Literal["same", "different"] | None:
    if one is None or other is None:
        return None
    if one == other:
        return "same"
    return None if one.startswith(other) or other.startswith(one) else "different"


def _point(venue: Facts) -> tuple[float, float] | None:
    return None if venue.latitude is None or venue.longitude is None else (venue.latitude, venue.longitude)


def _towns(venue: Facts) -> Iterator[str | None]:
    """Yield the names of its town and region, without the street."""
    yield venue.city
    yield venue.region
    for part in (venue.address or "")[:_MAX_ADDRESS].split(",")[1:]:
        if not any(letter.isdigit() for letter in part):
            yield part


_HOUSES = re.compile(r"(?<!\w)(\d{1,5})[a-z]?(?:\s*[-–]\s*(\d{1,5})[a-z]?)?(?!\w)", re.IGNORECASE)
_MAX_ADDRESS = 300  # characters that are read
_LONGEST_ROW = 40  # "58-60" is a row of houses, "1200-9000" is not


def _house_agreement(one: Facts, other: Facts) -> Literal["same", "different"] | None:
    """Return None if an address has no house number or if it is unclear: "Shop 1, 12 High St" and "12 High St"."""
    first, second = _houses(one), _houses(other)
    if not first or not second or (first != second and first & second):
        return None
    return "same" if first == second else "different"


def _houses(venue: Facts) -> set[int]:
    """Return the house numbers in an address: {58, 59, 60} for "58-60", {3, 15} for "15/3"."""
    street = (venue.address or "")[:_MAX_ADDRESS]
    if venue.postcode:
        street = street.replace(venue.postcode, " ")
    found: set[int] = set()
    for low, high in _HOUSES.findall(street):
        first, last = int(low), int(high or low)
        found |= set(range(first, last + 1)) if first < last <= first + _LONGEST_ROW else {first, last}
    return found


_FACTS = [venues.c[name] for name in ("id", "slug", "name", "address", "postcode", "city", "region", "country")]
_FACTS += [venues.c.latitude, venues.c.longitude, venues.c.postcode_key]
_HAS_THE_PUBLISHER = exists().where(
    venue_keys.c.venue_id == venues.c.id, venue_keys.c.publisher == bindparam("of_publisher")
)
# Two statements, so that each reads one range of one index.
_IN_BOX = select(*_FACTS).where(
    venues.c.latitude.between(bindparam("south"), bindparam("north")),
    venues.c.longitude.between(bindparam("west"), bindparam("east")),
)
_IN_POSTCODE = select(*_FACTS).where(venues.c.postcode_key == bindparam("of_postcode_key"))
_OF_OTHERS = tuple(query.where(~_HAS_THE_PUBLISHER) for query in (_IN_BOX, _IN_POSTCODE))


def find_same_venue(connection: Connection, publisher: str, venue: Facts) -> tuple[Row[Any], Comparison] | None:
    """Return the stored venue that is surely the same as a publisher's new one, and their comparison, or None.

    Return None if several could be meant. Also return None if a venue of the same publisher is surely the same: a
    publisher distinguishes its own venues.
    """
    # Venues of other publishers first: often there are none nearby, and nothing must be compared.
    for place in (publisher, None):
        found = [(row, compared) for row, compared in _alike(connection, venue, place) if compared.verdict == "same"]
        if len(found) != 1:
            return None
    return found[0]


def _alike(connection: Connection, venue: Facts, but_of: str | None = None) -> list[tuple[Any, Comparison]]:
    near = ((row, compare_venues(venue, row)) for row in _near(connection, venue, but_of))
    return [(row, compared) for row, compared in near if compared.verdict != "different"]


def _near(connection: Connection, venue: Facts, but_of: str | None) -> Iterable[Any]:
    """Return the venues within LIKELY_METRES or with the same postcode. but_of: without venues of this publisher."""
    in_box, in_postcode = (_IN_BOX, _IN_POSTCODE) if but_of is None else _OF_OTHERS
    of: dict[str, Any] = {} if but_of is None else {"of_publisher": but_of}
    rows: dict[int, Any] = {}
    if (point := _point(venue)) is not None:
        box = box_around(*point, LIKELY_METRES)
        rows |= {row.id: row for row in connection.execute(in_box, box | of)}
    if (key := postcode_key(venue.country, venue.postcode)) is not None:
        rows |= {row.id: row for row in connection.execute(in_postcode, {"of_postcode_key": key} | of)}
    return rows.values()


def find_undecided(connection: Connection, decided: set[frozenset[str]]) -> list[Pair]:
    """Return pairs of stored venues that may be the same, the most alike first.

    Pairs are computed each time, because coordinates may have come later. Two venues of one publisher are a pair only
    if name and place are both sure. decided: pairs of slugs to skip, because an operator said that they differ.
    """
    publishers: defaultdict[int, list[str]] = defaultdict(list)
    keys = select(venue_keys.c.venue_id, venue_keys.c.publisher).distinct().order_by(venue_keys.c.publisher)
    for venue_id, publisher in connection.execute(keys):
        publishers[venue_id].append(publisher)
    found = []
    for venue in connection.execute(select(*_FACTS).order_by(venues.c.id)).all():
        for other, compared in _alike(connection, venue):
            own = publishers[venue.id], publishers[other.id]
            if other.id <= venue.id or frozenset((venue.slug, other.slug)) in decided:
                continue
            if compared.verdict == "same" or set(own[0]).isdisjoint(own[1]):
                distance = None if compared.distance is None else round(compared.distance, 1)
                alike = round(compared.likeness, 3)
                found.append(Pair(venue.slug, other.slug, *own, distance, alike, compared.postcode))
    return sorted(found, key=lambda pair: (-pair.likeness, pair.first, pair.second))


def read_matches(connection: Connection) -> list[dict[str, Any]]:
    """Return the venues that `find_same_venue` matched with another publisher's, the least alike first."""
    query = (
        select(
            venues.c.slug.label("venue"),
            venue_keys.c.publisher,
            venue_keys.c.publisher_id.label("id"),
            venue_keys.c.score.label("likeness"),
            venue_keys.c.distance,
        )
        .select_from(venue_keys.join(venues))
        .where(venue_keys.c.matched_by == "name_and_place")
        .order_by(venue_keys.c.score, venues.c.slug)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def read_addresses(connection: Connection) -> dict[str, tuple[str | None, str | None]]:
    """Return slug -> address and town of each venue."""
    query = select(venues.c.slug, venues.c.address, venues.c.city)
    return {row.slug: (row.address, row.city) for row in connection.execute(query)}
