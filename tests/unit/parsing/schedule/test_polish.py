"""Polish texts, by the table schedules_polish.tsv."""

from __future__ import annotations

import pytest

from tests.support.schedules import nights_of, rows


def test_polish_text_matches_its_row(subtests: pytest.Subtests) -> None:
    for text, *nights in rows("schedules_polish"):
        with subtests.test(text=text):
            assert nights_of(text) == nights
            assert nights_of(text.upper()) == nights
            assert nights_of(text.translate(str.maketrans("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "acelnoszzACELNOSZZ"))) == nights
