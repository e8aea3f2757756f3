"""Distances between two points."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.alike import north_of
from trivia_scraper.db.venue_matching import LIKELY_METRES
from trivia_scraper.parsing.places import EARTH_METRES, box_around, metres_between

any_text = settings(max_examples=150, deadline=None, derandomize=True)


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
