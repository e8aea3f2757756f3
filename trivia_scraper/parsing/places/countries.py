"""The country that an address names, or whose form its postcode has; for venues without coordinates."""

from __future__ import annotations

import re
from typing import Any

from trivia_scraper.parsing.places.addresses import australian_address, us_address
from trivia_scraper.parsing.places.british import EIRCODE, OUTWARD, POSTCODE
from trivia_scraper.parsing.text import clean

_NAMES = {
    "GB": r"united kingdom|u\.?k\.?|gb|great britain|england|scotland|wales|northern ireland",
    "IE": "ireland|ie|republic of ireland|éire",
    "US": r"united states(?: of america)?|u\.?s\.?a?\.?",
    "AU": r"australia|au",
    "AE": r"united arab emirates|u\.?a\.?e\.?|dubai|abu dhabi",
    "CY": "cyprus|κύπρος",
    "GI": "gibraltar",
    "JE": "jersey",
    "GG": "guernsey",
    "IM": "isle of man",
    "PL": "poland|polska",
    "CA": "canada",
    "NZ": "new zealand|nz",
}
_POLISH = re.compile(r",\s*\d\d-\d{3}\s+[^\W\d]")
_ISLANDS = {"JE": "JE", "GY": "GG", "IM": "IM", "GX": "GI"}


def country_in(address: Any) -> str | None:
    """ISO 3166 alpha-2 code; None where nothing but a guess would tell: a bare "15299" may be anywhere."""
    lines = re.split(r"[\r\n]+", address) if isinstance(address, str) else []
    text = ", ".join(filter(None, map(clean, lines)))
    # Some write a postcode behind the country, and "00000" where there are none.
    last = re.sub(r"[,\s\d]+$", "", text).rsplit(",", 1)[-1].strip().lower()
    for country, names in _NAMES.items():
        if re.fullmatch(names, last):
            return country
    postcode = POSTCODE.search(text) or OUTWARD.search(text)
    if EIRCODE.search(text) and not postcode:
        return "IE"
    if postcode:
        return _ISLANDS.get(postcode["out"][:2].upper(), "GB")
    american = us_address(text)
    if american.postcode:
        return "US" if american.postcode[0].isdigit() else "CA"
    if australian_address(text).postcode:
        return "AU"
    return "PL" if _POLISH.search(text) else None
