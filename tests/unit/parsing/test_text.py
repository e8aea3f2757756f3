"""Text of pages becomes values or None, and never raises."""

from __future__ import annotations

import math
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trivia_scraper.parsing import text, urls
from trivia_scraper.parsing.text import read_script_json

any_text = settings(max_examples=150, deadline=None, derandomize=True)
any_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


VALUES: list[tuple[Any, str | None]] = [
    ("  The   Bell \n", "The Bell"),
    ("a\tb\r\nc", "a b c"),
    ("a\u00a0\u2003b", "a b"),
    ("Cafe\u0301", "Caf\u00e9"),
    ("\x00a\x07b\x1b[31mc\x7f", "a b [31mc"),
    ("\u202eThe Bell\u202c", "The Bell"),
    ("\u2066x\u2069\ufeff", "x"),
    ("a\x85b\u2028c", "a b c"),
    ("\ud800", None),
    ("a\ud800b", "ab"),
    ("日本酒 🍺", "日本酒 🍺"),
    ("", None),
    (" \n\t\u200b", None),
    (900101, "900101"),
    (1.5, "1.5"),
    (0, "0"),
    (math.nan, None),
    (math.inf, None),
    (-math.inf, None),
    (1e40, None),
    (10**400, None),
    (True, None),
    (None, None),
    (b"bytes", None),
    (["a"], None),
    ({"a": 1}, None),
]


def test_clean_gives_one_line_or_nothing(subtests: pytest.Subtests) -> None:
    for value, expected in VALUES:
        with subtests.test(value=value):
            assert text.clean(value) == expected


def test_huge_number_is_not_text() -> None:
    assert text.clean(10**5000) is None  # Python refuses to convert it to text


def test_clean_cuts_what_is_too_long() -> None:
    assert text.clean("x" * 30_000) == "x" * text.MAX_TEXT
    assert text.clean("x" * (text.MAX_TEXT - 1) + " yz") == "x" * (text.MAX_TEXT - 1)


@any_text
@given(value=st.text(max_size=300))
def test_clean_text_is_clean(value: str) -> None:
    found = text.clean(value)
    if found is None:
        return
    assert found == found.strip() != ""
    assert "  " not in found
    assert unicodedata.is_normalized("NFC", found)
    assert not any(unicodedata.category(letter) == "Cc" for letter in found)
    assert not any(unicodedata.bidirectional(letter) in {"RLO", "LRO", "RLE", "LRE", "RLI", "LRI"} for letter in found)
    assert text.clean(found) == found


@any_text
@given(value=any_json | st.text(st.characters(), max_size=50))
def test_clean_never_raises_and_is_storable(value: Any) -> None:
    found = text.clean(value)
    assert found is None or found.encode("utf-8").decode("utf-8") == found


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Tuesdays 7pm\nFood from 5pm", "Tuesdays 7pm\nFood from 5pm"),
        ("x" * 20_000, "x" * text.MAX_TEXT),
        (" \n ", None),
        ("", None),
        (None, None),
        (5, None),
        (["Tuesdays"], None),
    ],
)
def test_lines_keep_their_breaks(value: Any, expected: str | None) -> None:
    assert text.keep_lines(value) == expected


def test_paragraphs_are_joined_by_a_blank_line() -> None:
    assert (
        text.join_paragraphs([" Upstairs  bar.\n", "", "\u200b", "Book a\ntable."]) == "Upstairs bar.\n\nBook a table."
    )
    assert text.join_paragraphs(["", "  "]) is None
    assert text.join_paragraphs([]) is None
    assert len(text.join_paragraphs(["x" * 9_000, "y" * 9_000]) or "") == text.MAX_TEXT


@pytest.mark.parametrize(
    ("value", "keys", "expected"),
    [
        ({"a": {"b": 1}}, ("a", "b"), 1),
        ({"a": {"b": None}}, ("a", "b"), None),
        ({"a": None}, ("a", "b"), None),
        ({"a": [1]}, ("a", "0"), None),
        ({"a": "text"}, ("a", "b"), None),
        ({}, ("a",), None),
        (None, ("a",), None),
        ([{"a": 1}], ("a",), None),
        ("a", ("a",), None),
        (5, (), 5),
    ],
)
def test_get_nested_stops_at_missing_object(value: Any, keys: tuple[str, ...], expected: Any) -> None:
    assert text.get_nested(value, *keys) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([{"a": 1}, None, "x", 5, [], {"b": 2}], [{"a": 1}, {"b": 2}]),
        ([], []),
        (None, []),
        ({"a": 1}, []),
        ("text", []),
        ({"0": {"a": 1}}, []),
    ],
)
def test_objects_are_those_of_a_list(value: Any, expected: list[Any]) -> None:
    assert text.list_objects(value) == expected


PHONES: list[tuple[Any, str | None, str | None]] = [
    ("07 5373 5003", "AU", "+61753735003"),
    ("(07) 5373-5003", "AU", "+61753735003"),
    ("07\u00a05373\u00a05003", "AU", "+61753735003"),
    ("07‑5373‑5003", "AU", "+61753735003"),
    ("+61 7 5373 5003", "AU", "+61753735003"),
    ("+61 (0)7 5373 5003", None, "+61753735003"),
    ("tel:+61-7-5373-5003", "AU", "+61753735003"),
    ("0412 345 678", "AU", "+61412345678"),
    ("1300 555 123", "AU", "+611300555123"),
    (753735003, "AU", "+61753735003"),
    ("07 5373 5003 ext 5", "AU", "+61753735003"),
    ("020 7946 0958", "GB", "+442079460958"),
    ("(303) 555-0123", "US", "+13035550123"),
    ("+353 1 234 5678", "AU", "+35312345678"),
    # Among words, and the first of two.
    ("Tel: 020 7207 0784 (bookings)", "GB", "+442072070784"),
    ("020 7236 1942 / 020 7236 1943", "GB", "+442072361942"),
    ("call 020 7207 0784 or 07700 900123", "GB", "+442072070784"),
    ("600 100 200", "PL", "+48600100200"),
    ("tel. 52 322 11 22", "PL", "+48523221122"),
    ("04 399 5000", "AE", "+97143995000"),
    ("01534 720289", "JE", "+441534720289"),
    ("091 561 111", "IE", "+35391561111"),
    ("Quiz at 7.30pm, 2 pounds", "GB", None),
    ("07 5373 5003", None, None),
    ("07 5373 5003", "XX", None),
    ("", "AU", None),
    ("N/A", "AU", None),
    ("call us", "AU", None),
    ("000", "AU", None),
    ("12 34", "AU", None),
    ("9" * 300, "AU", None),
    (None, "AU", None),
    (True, "AU", None),
    (["07 5373 5003"], "AU", None),
]


def test_first_value_may_be_zero() -> None:
    assert text.first([None, "", [], False, 0, 5]) == 0
    assert text.first([None, "", False]) is None


def test_phone_is_e164_or_none(subtests: pytest.Subtests) -> None:
    for value, country, expected in PHONES:
        with subtests.test(value=value, country=country):
            assert text.read_phone(value, country) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("-26.6630807", -26.6630807),
        (" 153.05 \n", 153.05),
        ("1e2", 100.0),
        (-37, -37.0),
        (0, 0.0),
        ("0", 0.0),
        ("-26,66", None),
        ("26.6 S", None),
        ("0x10", None),
        ("", None),
        ("nan", None),
        ("-Infinity", None),
        (math.nan, None),
        (math.inf, None),
        (10**400, None),
        ("1" * 400, None),
        ("1_000", None),
        ("1_0.5", None),
        (True, None),
        (None, None),
        ([1], None),
    ],
)
def test_number_is_finite_or_none(value: Any, expected: float | None) -> None:
    assert text.read_number(value) == expected


@pytest.mark.parametrize(
    ("page", "value"),
    [
        ("""JSON.parse('[{"a": "b"}]')""", [{"a": "b"}]),
        ("""JSON.parse( '[ {"a": 1} ]' );""", [{"a": 1}]),
        (
            r"""JSON.parse('[{"a": "Pat\'s (\'80s\')}]\') \\"night\\" \\\\ \\u00e9"}]')""",
            [{"a": "Pat's ('80s')}]') \"night\" \\ é"}],
        ),
        (r"""JSON.parse('[{"a": "\u0041\x42"}]')""", [{"a": "AB"}]),
        ("""JSON.parse('{"a": 1}'); JSON.parse('[{"a": 2}]')""", [{"a": 2}]),
        ("""JSON.parse('[]')""", None),
        ("""JSON.parse('[{"a": 1]')""", None),
        ("JSON.parse('[{" + '"a":[' * 50_000 + "}]')", None),
        ("", None),
    ],
)
def test_read_script_json_finds_list(page: str, value: Any) -> None:
    assert read_script_json(page) == value


@any_text
@given(value=any_json)
def test_parsed_json_never_raises(value: Any) -> None:
    text.get_nested(value, "a", "b")
    text.list_objects(value)
    text.keep_lines(value)
    text.read_number(value)
    urls.read_link(value)
    text.read_phone(value, "AU")
