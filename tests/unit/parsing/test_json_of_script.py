"""A list that a page has inside a script."""

from __future__ import annotations

from typing import Any

import pytest

from trivia_scraper.parsing.text import json_of_script


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
def test_a_list_inside_a_script(page: str, value: Any) -> None:
    assert json_of_script(page) == value
