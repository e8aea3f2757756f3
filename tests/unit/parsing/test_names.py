"""Likeness of names of venues."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trivia_scraper.parsing.names import find_nearest, likeness

words = st.text(st.characters(), max_size=60)


any_text = settings(max_examples=150, deadline=None, derandomize=True)


@any_text
@given(one=words, other=words, town=words)
def test_likeness_is_symmetric_and_bounded(one: str, other: str, town: str) -> None:
    found = likeness(one, other, (town, None))
    assert 0 <= found <= 1
    assert likeness(other, one, (town, None)) == pytest.approx(found)
    assert likeness(one, one) == (1 if one.strip() else 0)


def test_hostile_name_is_compared_quickly() -> None:
    for hostile in ("a, " * 100_000, "(" * 100_000, " ".join(map(str, range(50_000))), "x - " * 50_000 + " " * 50_000):
        assert 0 <= likeness(hostile, "The Fox") <= 1
        assert likeness(hostile, hostile) == 1


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("the-fx-ballarat", "the-fox-ballarat"),
        ("the-fox", "the-fox-ballarat"),
        ("3rd-space-canbera", "3rd-space-canberra"),
        ("THE-FOX-BALARAT", "the-fox-ballarat"),
        ("the", None),
        ("no-such-venue", None),
        ("", None),
    ],
)
def test_nearest_finds_the_meant_name(given: str, meant: str | None) -> None:
    assert find_nearest(given, {"the-fox-ballarat", "3rd-space-canberra"}) == meant
    assert find_nearest(given, ()) is None
