"""Who a venue is across publishers: a table of true and false pairs, the queries, and slugs in any order."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event as listening
from sqlalchemy import select

from tests.support.paths import ROOT
from trivia_scraper.db import events, history, runs
from trivia_scraper.db.distinct_venues import decided
from trivia_scraper.db.engine import Store
from trivia_scraper.db.schema import venue_keys, venue_merges, venues
from trivia_scraper.db.venue_matching import LIKELY_METRES, Pair, compare, find, matches, undecided
from trivia_scraper.db.venues import identify
from trivia_scraper.items import Event, Schedule, Venue
from trivia_scraper.parsing.names import likeness
from trivia_scraper.parsing.places import EARTH_METRES, box_around, is_of_one_street, metres_between, postcode_key
from trivia_scraper.parsing.slugs import MAX_BYTES

NOW = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)
TABLE = Path(__file__).parent / "venue_pairs.tsv"
# Parsons Green, Fleet Road and Peckham Rye.
HORSES = (
    Venue("The White Horse", None, "1-3 Parsons Green", "SW6 4UL", "London", None, "GB", 51.4750, -0.2007),
    Venue("The White Horse", None, "154-156 Fleet Rd", "NW3 2QX", "London", None, "GB", 51.5535, -0.1652),
    Venue("The White Horse", None, "20-22 Peckham Rye", "SE15 4JR", "London", None, "GB", 51.4685, -0.0684),
)


def north_of(latitude: float, metres: float) -> float:
    return latitude + math.degrees(metres / EARTH_METRES)


def rows_of_the_table() -> Iterator[Any]:
    for number, line in enumerate(TABLE.read_text("utf-8").splitlines(), start=1):
        if line.startswith("#"):
            continue
        truth, verdict, metres, country, *facts = (None if value == "-" else value for value in line.split("\t"))
        point = (51.5, -0.1)
        far = (None, None) if metres is None else (north_of(51.5, float(metres)), -0.1)
        one, other = (
            Venue(str(name), None, address, postcode, town, None, country, *where)
            for (name, postcode, town, address), where in ((facts[:4], point), (facts[4:], far))
        )
        yield pytest.param(truth, verdict, one, other, id=f"{number}: {one.name} | {other.name}")


PAIRS = list(rows_of_the_table())


@pytest.mark.parametrize(("truth", "verdict", "one", "other"), PAIRS)
def test_a_pair_of_the_table(truth: str, verdict: str, one: Venue, other: Venue) -> None:
    found = compare(one, other)
    assert found.verdict == verdict, found
    assert compare(other, one) == found, "whichever publisher comes first"
    assert (truth, found.verdict) != ("two", "same"), "two pubs must never become one by themselves"


def test_most_true_pairs_of_the_table_need_no_person() -> None:
    counts = Counter((pair.values[0], pair.values[1]) for pair in PAIRS)
    assert counts.total() >= 110
    one, two = (sum(count for (truth, _), count in counts.items() if truth == what) for what in ("one", "two"))
    assert counts["one", "same"] >= 0.85 * one
    page = " ".join((ROOT / "docs/operations.md").read_text("utf-8").split())
    assert f"of its {two} pairs that are two pubs none is joined" in page
    assert f"of the {one} that are one pub {counts['one', 'same']} are" in page


@pytest.mark.parametrize(("truth", "verdict", "one", "other"), [pair for pair in PAIRS if pair.values[1] == "same"])
def test_neither_name_nor_place_alone_is_enough(truth: str, verdict: str, one: Venue, other: Venue) -> None:
    moved = replace(other, latitude=52.5, longitude=-0.1, postcode="ZZ9 9ZZ", address="999 Elsewhere")
    assert compare(one, moved).verdict == "different"
    nowhere = replace(other, latitude=None, longitude=None, postcode=None)
    assert compare(one, nowhere).verdict == "different"
    assert compare(one, replace(other, name="Xylophone Quartz")).verdict == "different"
    assert compare(one, replace(other, country="XX")).verdict == "different"


words = st.text(st.characters(), max_size=60)
any_text = settings(max_examples=150, deadline=None, derandomize=True)


@any_text
@given(one=words, other=words, town=words)
def test_likeness_of_any_two_names_is_a_share_and_the_same_both_ways(one: str, other: str, town: str) -> None:
    found = likeness(one, other, (town, None))
    assert 0 <= found <= 1
    assert likeness(other, one, (town, None)) == pytest.approx(found)
    assert likeness(one, one) == (1 if one.strip() else 0)


def test_a_hostile_name_is_compared_in_no_time() -> None:
    for hostile in ("a, " * 100_000, "(" * 100_000, " ".join(map(str, range(50_000))), "x - " * 50_000 + " " * 50_000):
        assert 0 <= likeness(hostile, "The Fox") <= 1
        assert likeness(hostile, hostile) == 1


@any_text
@given(
    latitude=st.floats(-85, 85),
    longitude=st.floats(-179, 179),
    metres=st.floats(0.01, LIKELY_METRES),
    turn=st.floats(0, 7),
)
def test_every_point_within_the_distance_is_in_the_box(
    latitude: float, longitude: float, metres: float, turn: float
) -> None:
    up, aside = metres * math.cos(turn), metres * math.sin(turn)
    there = north_of(latitude, up), longitude + math.degrees(aside / EARTH_METRES) / math.cos(math.radians(latitude))
    distance = metres_between((latitude, longitude), there)
    assert distance == pytest.approx(metres, abs=0.5)
    box = box_around(latitude, longitude, distance)
    assert box.south <= there[0] <= box.north
    assert box.west <= there[1] <= box.east


@pytest.mark.parametrize(
    ("country", "postcode", "key", "one_street"),
    [
        ("GB", "SE15 4JR", "GB SE154JR", True),
        ("GB", "se15  4jr", "GB SE154JR", True),
        ("gb", "SE154JR", "GB SE154JR", True),
        ("GB", "E8 4PH", "GB E84PH", True),
        ("GB", "IP1", "GB IP1", False),
        ("GB", "BT48", "GB BT48", False),
        ("IE", "H91 F880", "IE H91F880", True),
        ("PL", "85-001", "PL 85001", False),
        ("AU", "3350", "AU 3350", False),
        ("US", "80209", "US 80209", False),
        ("AE", "00000", None, False),
        (None, "SE15 4JR", None, False),
        ("GB", None, None, False),
        ("GB", "", None, False),
        ("GB", "call the bar and ask", None, False),
    ],
)
def test_a_postcode_has_one_spelling(
    country: str | None, postcode: str | None, key: str | None, one_street: bool
) -> None:
    assert postcode_key(country, postcode) == key
    assert is_of_one_street(key) is one_street


def identified(store: Store, publisher: str, publisher_id: str, venue: Venue) -> str:
    return store.run(identify, publisher, publisher_id, venue, NOW)


def doubts(store: Store) -> list[Pair]:
    return store.run(lambda connection: undecided(connection, decided(connection)))


def record(store: Store, publisher: str, publisher_id: str, venue: Venue) -> None:
    """As a crawl does."""
    facts: dict[str, Any] = {"arguments": {}, "job_id": None, "source": "sandbox", "version": "test"}
    run_id = store.run(runs.begin, publisher=publisher, now=NOW, **facts)
    found = Event(publisher, publisher_id, "https://p.example/", "Quiz", venue=replace(venue))
    found.schedule = Schedule("Tuesdays at 7pm", 2, "19:00", "weekly")
    found.venue.slug = identified(store, publisher, publisher_id, venue)
    store.run(events.record, found, run_id, NOW)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_the_three_white_horses_stay_three_and_each_is_one_with_two_publishers(
    store: Store, order: tuple[int, ...]
) -> None:
    for number in order:
        record(store, "inquizition", str(number), HORSES[number])
    nameless = [replace(horse, latitude=None, longitude=None, name="White Horse, London") for horse in HORSES]
    for number in order[::-1]:
        record(store, "question_one", f"horse-{number}", nameless[number])
    rows = store.run(events.listed)
    assert len(rows) == 6
    slugs = {row["publisher_id"]: row["venue"]["slug"] for row in rows}
    assert len(set(slugs.values())) == 3
    assert all(slugs[str(number)] == slugs[f"horse-{number}"] for number in range(3))
    assert doubts(store) == []
    with store.engine.connect() as connection:
        keys = connection.execute(select(venue_keys).filter_by(publisher="question_one")).all()
    assert {(key.matched_by, key.score, key.distance) for key in keys} == {("name_and_place", 1.0, None)}


def test_a_publishers_own_two_venues_at_one_place_stay_two(store: Store) -> None:
    fox = HORSES[0]
    assert len({identified(store, "inquizition", number, fox) for number in "12"}) == 2
    assert [pair.likeness for pair in doubts(store)] == [1.0]
    # Which of the two a third one is, nobody can say.
    slug = identified(store, "question_one", "horse", fox)
    assert len(doubts(store)) == 3
    assert slug not in {pair.first for pair in doubts(store)}
    # Alike, near, and of one publisher: it knows that they are two.
    identified(store, "inquizition", "3", replace(fox, name="The White Horse Inn", address="7 Parsons Green"))
    assert not [pair for pair in doubts(store) if pair.likeness < 1 and "question_one" not in pair.first_publishers]


def test_a_venue_whose_coordinates_come_later_is_asked_about_and_not_matched(store: Store) -> None:
    space = Venue("3rd Space", city="Canberra", country="AU", latitude=-35.2727, longitude=149.1331)
    record(store, "quizmeisters", "3rd", space)
    late = replace(space, name="Third Space", latitude=None, longitude=None)
    record(store, "rival", "third", late)
    assert doubts(store) == []
    found = replace(late, latitude=space.latitude, longitude=space.longitude)
    record(store, "rival", "third", found)
    (pair,) = doubts(store)
    assert (pair.first, pair.second, pair.distance, pair.postcode) == ("3rd-space", "third-space", 0.0, None)
    assert (pair.first_publishers, pair.second_publishers) == (["quizmeisters"], ["rival"])
    assert identified(store, "rival", "third", found) == "third-space"
    assert store.run(matches) == []


def test_a_second_publisher_fills_in_and_never_argues(store: Store) -> None:
    first = replace(HORSES[0], latitude=None, longitude=None)
    second = replace(HORSES[0], name="White Horse Pub", phone="+442077362115", address="3 Parsons Green")
    record(store, "question_one", "horse", first)
    record(store, "inquizition", "1", second)
    (venue,) = {str(row["venue"]): row["venue"] for row in store.run(events.listed)}.values()
    assert (venue["name"], venue["address"]) == (first.name, first.address)
    assert (venue["phone"], venue["latitude"]) == (second.phone, second.latitude)
    for publisher, publisher_id, said in (("question_one", "horse", first), ("inquizition", "1", second)):
        record(store, publisher, publisher_id, said)
        latest = store.run(runs.listed)[0]["id"]
        assert store.run(history.changes_of_run, latest) == []
    record(store, "question_one", "horse", replace(first, phone="+440000000000"))
    assert {row["venue"]["phone"] for row in store.run(events.listed)} == {"+440000000000"}


def test_a_postcode_that_changes_is_found_under_the_new_one(store: Store) -> None:
    placeless = replace(HORSES[0], latitude=None, longitude=None)
    record(store, "question_one", "horse", replace(placeless, postcode="N1 9AA"))
    record(store, "question_one", "horse", placeless)
    assert identified(store, "inquizition", "1", placeless) == "the-white-horse"
    moved_away = replace(placeless, postcode="N1 9AA")
    assert identified(store, "speed_quizzing", "1", moved_away) == "the-white-horse-london"


def test_the_look_up_reads_one_range_of_an_index_however_many_venues_there_are(store: Store) -> None:
    """Ten thousand venues on a grid of 1.1 km, each with a postcode of its own."""
    grid = [
        {
            "slug": f"pub-{number}",
            "name": "The White Horse",
            "country": "GB",
            "latitude": 50 + number // 100 / 100,
            "longitude": -3 + number % 100 / 60,
            "postcode_key": f"GB A{number}",
            "created_at": NOW,
            "updated_at": NOW,
        }
        for number in range(10_000)
    ]
    with store.engine.begin() as connection:
        connection.execute(venues.insert(), grid)
    asked: list[tuple[str, Any]] = []
    fetched = 0

    with store.engine.connect() as connection:

        def note(_: Any, cursor: Any, statement: str, parameters: Any, *rest: Any) -> None:
            asked.extend([(statement, parameters)] if "FROM venues" in statement else [])

        listening.listen(store.engine, "before_cursor_execute", note)
        match = find(
            connection, "rival", Venue("White Horse", postcode="A5050", country="GB", latitude=50.5, longitude=-2.1666)
        )
        listening.remove(store.engine, "before_cursor_execute", note)
        assert match is not None
        assert match.slug == "pub-5050"
        assert len(asked) == 4, "by place and by postcode, of the others and then of all"
        for statement, parameters in asked:
            fetched += len(connection.exec_driver_sql(statement, parameters).all())
            if connection.dialect.name == "sqlite":
                plan = [
                    str(row.detail) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                ]
                assert not [step for step in plan if step.startswith("SCAN")], plan
                assert plan[0].startswith("SEARCH venues USING INDEX ix_venues_"), plan
    assert fetched == 4


TOWNS = [
    ("1", Venue("The Commercial Hotel", city="Roma", country="AU", latitude=-26.57, longitude=148.79)),
    ("2", Venue("The Commercial Hotel", city="Wagga Wagga", country="AU", latitude=-35.11, longitude=147.37)),
    ("3", Venue("the commercial hotel", city="Roma", country="AU", postcode="4455")),
    ("4", Venue("Commercial Hotel (The)", city="Perth", country="AU", postcode="6000")),
]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5], ids=str)
def test_slugs_once_stored_stay_in_whatever_order_venues_come_again(store: Store, order: tuple[int, ...]) -> None:
    first = {TOWNS[number][0]: identified(store, "quizmeisters", *TOWNS[number]) for number in order}
    assert len(set(first.values())) == 4
    for again in itertools.permutations(TOWNS):
        assert {number: identified(store, "quizmeisters", number, venue) for number, venue in again} == first
    renamed = {number: identified(store, "quizmeisters", number, Venue("Renamed")) for number, _ in TOWNS}
    assert renamed == first


names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=120)


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=st.lists(st.tuples(names, st.none() | names, st.none() | names), min_size=1, max_size=12))
def test_any_names_get_slugs_of_their_own(store: Store, found: list[tuple[str, str | None, str | None]]) -> None:
    """Also a name that is given again and again, and one that is another one's slug."""
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


def test_a_slug_that_was_merged_away_is_never_given_again(store: Store) -> None:
    row = {"kept_slug": "the-hound", "gone_slug": "the-fox", "gone_id": 99, "gone": {}, "moved": {}, "merged_at": NOW}
    with store.engine.begin() as connection:
        connection.execute(venue_merges.insert().values(**row))
    assert identified(store, "p", "1", Venue("The Fox", city="Leeds")) == "the-fox-leeds"
    with store.engine.begin() as connection:
        connection.execute(venue_merges.update().values(undone_at=NOW))
    assert identified(store, "p", "2", Venue("The Fox", city="York")) == "the-fox-york"
