"""Matching of venues: a table of true and false pairs, and the queries."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import event as listening
from sqlalchemy import select

from tests.support.alike import HORSES, identified, north_of, record_visit
from tests.support.filled import NOW
from tests.support.paths import ROOT
from tests.support.stored import stored_events
from trivia_scraper.db.engine import Store
from trivia_scraper.db.schema import venue_keys, venues
from trivia_scraper.db.venue_matching import Pair, compare_venues, find_same_venue, find_undecided, read_matches
from trivia_scraper.db.venues import read_distinct
from trivia_scraper.items import Venue

TABLE = Path(__file__).parent / "venue_pairs.tsv"


class Row(NamedTuple):
    line: int
    truth: str
    verdict: str
    one: Venue
    other: Venue


def rows_of_the_table() -> Iterator[Row]:
    for number, line in enumerate(TABLE.read_text("utf-8").splitlines(), start=1):
        if line.startswith("#"):
            continue
        truth, verdict, *rest = line.split("\t")
        metres, country, *facts = (None if value == "-" else value for value in rest)
        point = (51.5, -0.1)
        far = (None, None) if metres is None else (north_of(51.5, float(metres)), -0.1)
        one, other = (
            Venue(str(name), None, address, postcode, town, None, country, *where)
            for (name, postcode, town, address), where in ((facts[:4], point), (facts[4:], far))
        )
        yield Row(number, truth, verdict, one, other)


PAIRS = list(rows_of_the_table())


def test_compare_decides_the_pairs_of_the_table(subtests: pytest.Subtests) -> None:
    for line, truth, verdict, one, other in PAIRS:
        with subtests.test(line=line, one=one.name, other=other.name):
            found = compare_venues(one, other)
            assert found.verdict == verdict, found
            assert compare_venues(other, one) == found, "whichever publisher comes first"
            assert (truth, found.verdict) != ("two", "same"), "two pubs must never be matched automatically"


def test_most_true_pairs_are_matched_without_an_operator() -> None:
    counts = Counter((pair.truth, pair.verdict) for pair in PAIRS)
    assert counts.total() >= 110
    one, two = (sum(count for (truth, _), count in counts.items() if truth == what) for what in ("one", "two"))
    assert counts["one", "same"] >= 0.85 * one
    page = " ".join((ROOT / "docs/operations.md").read_text("utf-8").split())
    assert f"Of its {two} pairs of different pubs, none is joined." in page
    assert f"Of its {one} pairs of one pub, {counts['one', 'same']} are joined" in page


def test_same_needs_name_and_place(subtests: pytest.Subtests) -> None:
    for line, _, _, one, other in (pair for pair in PAIRS if pair.verdict == "same"):
        with subtests.test(line=line, one=one.name, other=other.name):
            moved = replace(other, latitude=52.5, longitude=-0.1, postcode="ZZ9 9ZZ", address="999 Elsewhere")
            assert compare_venues(one, moved).verdict == "different"
            nowhere = replace(other, latitude=None, longitude=None, postcode=None)
            assert compare_venues(one, nowhere).verdict == "different"
            assert compare_venues(one, replace(other, name="Xylophone Quartz")).verdict == "different"
            assert compare_venues(one, replace(other, country="XX")).verdict == "different"


def doubts(store: Store) -> list[Pair]:
    return store.run(lambda connection: find_undecided(connection, read_distinct(connection)))


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_venues_with_same_name_match_by_place(store: Store, order: tuple[int, ...]) -> None:
    for number in order:
        record_visit(store, "inquizition", str(number), HORSES[number])
    nameless = [replace(horse, latitude=None, longitude=None, name="White Horse, London") for horse in HORSES]
    for number in order[::-1]:
        record_visit(store, "question_one", f"horse-{number}", nameless[number])
    rows = store.run(stored_events)
    assert len(rows) == 6
    slugs = {row["publisher_id"]: row["venue"]["slug"] for row in rows}
    assert len(set(slugs.values())) == 3
    assert all(slugs[str(number)] == slugs[f"horse-{number}"] for number in range(3))
    assert doubts(store) == []
    with store.engine.connect() as connection:
        keys = connection.execute(select(venue_keys).filter_by(publisher="question_one")).all()
    assert {(key.matched_by, key.score, key.distance) for key in keys} == {("name_and_place", 1.0, None)}


def test_venues_of_one_publisher_are_never_matched(store: Store) -> None:
    fox = HORSES[0]
    assert len({identified(store, "inquizition", number, fox) for number in "12"}) == 2
    assert [pair.likeness for pair in doubts(store)] == [1.0]
    # A third venue could be either of the two.
    slug = identified(store, "question_one", "horse", fox)
    assert len(doubts(store)) == 3
    assert slug not in {pair.first for pair in doubts(store)}
    # Similar, near, and of one publisher, which knows that they are two.
    identified(store, "inquizition", "3", replace(fox, name="The White Horse Inn", address="7 Parsons Green"))
    assert not [pair for pair in doubts(store) if pair.likeness < 1 and "question_one" not in pair.first_publishers]


def test_venue_with_later_coordinates_is_listed_not_matched(store: Store) -> None:
    space = Venue("3rd Space", city="Canberra", country="AU", latitude=-35.2727, longitude=149.1331)
    record_visit(store, "quizmeisters", "3rd", space)
    late = replace(space, name="Third Space", latitude=None, longitude=None)
    record_visit(store, "rival", "third", late)
    assert doubts(store) == []
    found = replace(late, latitude=space.latitude, longitude=space.longitude)
    record_visit(store, "rival", "third", found)
    (pair,) = doubts(store)
    assert (pair.first, pair.second, pair.distance, pair.postcode) == ("3rd-space", "third-space", 0.0, None)
    assert (pair.first_publishers, pair.second_publishers) == (["quizmeisters"], ["rival"])
    assert identified(store, "rival", "third", found) == "third-space"
    assert store.run(read_matches) == []


def test_venue_is_found_by_its_changed_postcode(store: Store) -> None:
    placeless = replace(HORSES[0], latitude=None, longitude=None)
    record_visit(store, "question_one", "horse", replace(placeless, postcode="N1 9AA"))
    record_visit(store, "question_one", "horse", placeless)
    assert identified(store, "inquizition", "1", placeless) == "the-white-horse"
    moved_away = replace(placeless, postcode="N1 9AA")
    assert identified(store, "speed_quizzing", "1", moved_away) == "the-white-horse-london"


def test_find_reads_one_range_of_an_index(store: Store) -> None:
    """Store 10,000 venues on a grid of 1.1 km, each with its own postcode."""
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
        match = find_same_venue(
            connection, "rival", Venue("White Horse", postcode="A5050", country="GB", latitude=50.5, longitude=-2.1666)
        )
        listening.remove(store.engine, "before_cursor_execute", note)
        assert match is not None
        assert match[0].slug == "pub-5050"
        assert len(asked) == 4, "by place and by postcode, for other publishers and then for all"
        for statement, parameters in asked:
            fetched += len(connection.exec_driver_sql(statement, parameters).all())
            if connection.dialect.name == "sqlite":
                plan = [
                    str(row.detail) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                ]
                assert not [step for step in plan if step.startswith("SCAN")], plan
                assert plan[0].startswith("SEARCH venues USING INDEX ix_venues_"), plan
    assert fetched == 4
