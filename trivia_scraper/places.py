"""Where a place is: time zone and country from coordinates, town and state from an address; offline. Pure."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import tzfpy


def timezone_at(latitude: float | None, longitude: float | None) -> str | None:
    """IANA zone of a point on land; None for unknown, impossible, 0/0 and open-sea coordinates."""
    if latitude is None or longitude is None or not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    if abs(latitude) < 0.01 and abs(longitude) < 0.01:
        return None  # what a failed geocoder writes
    zone: str = tzfpy.get_tz(longitude, latitude)  # tzfpy takes longitude first
    return None if not zone or zone.startswith("Etc/") else zone


def country_of(timezone: str | None) -> str | None:
    """ISO 3166 alpha-2 code of the country of an IANA zone, by tzdata's zone.tab."""
    return _countries().get(timezone or "")


@cache
def _countries() -> dict[str, str]:
    lines = files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows}


class Address(NamedTuple):
    city: str | None = None
    region: str | None = None
    postcode: str | None = None


_AUSTRALIAN_STATES = {
    "australian capital territory": ("act", "Australia/Sydney"),
    "new south wales": ("nsw", "Australia/Sydney"),
    "northern territory": ("nt", "Australia/Darwin"),
    "queensland": ("qld", "Australia/Brisbane"),
    "south australia": ("sa", "Australia/Adelaide"),
    "tasmania": ("tas", "Australia/Hobart"),
    "victoria": ("vic", "Australia/Melbourne"),
    "western australia": ("wa", "Australia/Perth"),
}
_AUSTRALIAN_ZONES = {key: zone for state, (short, zone) in _AUSTRALIAN_STATES.items() for key in (state, short)}
# "15/3 Pittards Rd, Buderim, Queensland, 4556, AU"
_AUSTRALIAN_ADDRESS = re.compile(
    r",\s*(?P<city>[^,\d\s](?:[^,\d]*[^,\d\s])?)(?:\s*,\s*|\s+)(?P<region>"
    + "|".join(_AUSTRALIAN_ZONES)
    + r")(?:\s*,\s*|\s+)(?P<postcode>\d{4})\b",
    re.IGNORECASE,
)


def australian_address(address: str | None) -> Address:
    """What an address says of town, state and postcode; nothing where it is not of the known form."""
    found = _AUSTRALIAN_ADDRESS.search(address or "")
    return Address(found["city"], found["region"], found["postcode"]) if found else Address()


def australian_zone(region: str | None) -> str | None:
    """Of a state or territory, by name or short form; for venues whose coordinates are unknown."""
    return _AUSTRALIAN_ZONES.get((region or "").strip().lower())
