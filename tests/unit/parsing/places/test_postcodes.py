"""Postcodes as keys."""

from __future__ import annotations

import pytest

from trivia_scraper.parsing.places import is_of_one_street, postcode_key


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
