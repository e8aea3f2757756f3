"""Polish texts, by the table schedules_polish.tsv."""

from __future__ import annotations

import pytest

from tests.support.schedules import nights_of, rows


def _name(value: object) -> str:
    return value[:60] if isinstance(value, str) else ""


@pytest.mark.parametrize(("text", "nights"), [(text, nights) for text, *nights in rows("schedules_polish")], ids=_name)
def test_a_polish_text_is_read_as_its_row_says(text: str, nights: list[str]) -> None:
    assert nights_of(text) == nights
    assert nights_of(text.upper()) == nights
    assert nights_of(text.translate(str.maketrans("ąćęłńóśźżĄĆĘŁŃÓŚŹŻ", "acelnoszzACELNOSZZ"))) == nights
