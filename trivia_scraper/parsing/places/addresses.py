"""Addresses as Australian, American and Polish publishers write them."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from trivia_scraper.parsing.places.zones import AUSTRALIAN_STATES
from trivia_scraper.parsing.text import clean


class Address(NamedTuple):
    city: str | None = None
    region: str | None = None
    postcode: str | None = None


# Behind a comma, before the state, and yet no suburb; "Albert Park", "Box Hill" and "Petrie Terrace" are some.
_NO_SUBURB = re.compile(
    r"^(?:level|unit|shop|suite|ground|lot|tenancy)\b"
    r"|\b(?:street|st|road|rd|lane|ln|avenue|ave|drive|dr|highway|hwy|parade|pde|tce|court|ct|crescent|cres|pl|boulevard"
    r"|blvd|way|floor|hotel|tavern|pub|mall|shopping cent(?:re|er))\.?$",
    re.IGNORECASE,
)
# "15/3 Pittards Rd, Buderim, Queensland, 4556, AU"
_AUSTRALIAN = re.compile(
    r",\s*(?P<city>[^,\d\s](?:[^,\d]*[^,\d\s])?)(?:\s*,\s*|\s+)(?P<region>"
    + "|".join(AUSTRALIAN_STATES)
    + r")(?:\s*,\s*|\s+)(?P<postcode>\d{4})\b",
    re.IGNORECASE,
)


def australian_address(address: str | None) -> Address:
    """What an address says of town, state and postcode; nothing where it is not of the known form."""
    found = _AUSTRALIAN.search(address or "")
    if found is None:
        return Address()
    return Address(None if _NO_SUBURB.search(found["city"]) else found["city"], found["region"], found["postcode"])


_STATES = {
    **{"Alabama": "AL", "Alaska": "AK", "Arizona": "AZ", "Arkansas": "AR", "California": "CA", "Colorado": "CO"},
    **{"Connecticut": "CT", "Delaware": "DE", "District of Columbia": "DC", "Florida": "FL", "Georgia": "GA"},
    **{"Hawaii": "HI", "Idaho": "ID", "Illinois": "IL", "Indiana": "IN", "Iowa": "IA", "Kansas": "KS"},
    **{"Kentucky": "KY", "Louisiana": "LA", "Maine": "ME", "Maryland": "MD", "Massachusetts": "MA", "Michigan": "MI"},
    **{"Minnesota": "MN", "Mississippi": "MS", "Missouri": "MO", "Montana": "MT", "Nebraska": "NE", "Nevada": "NV"},
    **{"New Hampshire": "NH", "New Jersey": "NJ", "New Mexico": "NM", "New York": "NY", "North Carolina": "NC"},
    **{"North Dakota": "ND", "Ohio": "OH", "Oklahoma": "OK", "Oregon": "OR", "Pennsylvania": "PA"},
    **{"Rhode Island": "RI", "South Carolina": "SC", "South Dakota": "SD", "Tennessee": "TN", "Texas": "TX"},
    **{"Utah": "UT", "Vermont": "VT", "Virginia": "VA", "Washington": "WA", "West Virginia": "WV", "Wisconsin": "WI"},
    "Wyoming": "WY",
}
_PROVINCES = ("AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT")
_ZIP = r"\d{5}(?:-\d{4})?"
_AMERICAN = re.compile(
    rf",\s*(?P<state>{'|'.join([*_STATES, *_STATES.values()])}),?\s+(?P<zip>{_ZIP})(?!\d)"
    rf"|,\s*(?P<province>{'|'.join(_PROVINCES)}),?\s+(?P<postal>[A-Z]\d[A-Z]\s?\d[A-Z]\d)\b"
)
_PLACE = re.compile(rf"(?P<city>[^,\d]*[^,\d\s])\s*,\s*(?P<region>{'|'.join((*_STATES.values(), *_PROVINCES))})")


def us_address(address: Any, place: Any = None) -> Address:
    """State and ZIP code (in Canada, province and postal code) of an address; the town of `place`, "Denver, CO".

    A town is never cut out of an address: nothing stands between it and the street ("Suite 140 Denver, CO 80216").
    """
    found = _AMERICAN.search(clean(address) or "")
    stated = _PLACE.fullmatch(clean(place) or "")
    region = found and (found["province"] or _STATES.get(found["state"], found["state"]))
    postcode = found and (found["zip"] or found["postal"])
    return Address(stated and stated["city"], region or (stated and stated["region"]), postcode)


# "ul. Zmyślona 7, 85-999 Bydgoszcz"
_POLISH = re.compile(
    r"(?<![\d-])(?P<postcode>\d\d-\d{3})(?![\d-])[ ,]*"
    r"(?P<city>(?!(?:ul|al|pl)\b)[^\W\d](?:[^,\d(]*?[^\W\d])?(?=\s[-–—]\s|\s(?:tel|woj)\b|[^\w]*(?:[,\d(]|$)))?"
)


def polish_address(address: Any) -> Address:
    """Postcode, and the town that stands behind it."""
    found = _POLISH.search(clean(address) or "")
    return Address(found["city"], None, found["postcode"]) if found else Address()
