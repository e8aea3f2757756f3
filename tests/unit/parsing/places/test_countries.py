"""The country that an address states."""

from __future__ import annotations

import pytest

from trivia_scraper.parsing.places import (
    country_in,
)


@pytest.mark.parametrize(
    ("address", "country"),
    [
        ("15/3 Pittards Rd, Buderim, Queensland, 4556, AU", "AU"),
        ("27 Lonsdale St, Braddon ACT 2612", "AU"),
        ("1 Main St, Springfield, USA", "US"),
        ("JBR Walk, Dubai, United Arab Emirates", "AE"),
        ("JBR Walk, Dubai", "AE"),
        ("28 Octovriou, Germasogeia, Limassol, Cyprus", "CY"),
        ("Casemates Square, Gibraltar", "GI"),
        ("St Helier, Jersey", "JE"),
        ("1 Main St, Trenton, New Jersey", None),
        ("Le Bourg, GY1 1AA", "GG"),
        ("Unit 10-120 High Street, Leeds", None),
        ("Marina, 15299", None),
        ("London", None),
        (15299, None),
    ],
)
def test_a_country_is_read_only_where_the_address_tells(address: object, country: str | None) -> None:
    assert country_in(address) == country
