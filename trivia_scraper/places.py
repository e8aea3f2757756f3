"""Where a place is: time zone and country from coordinates, town and state from an address, how far two places are
apart; offline. Pure."""

from __future__ import annotations

import math
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


EARTH_METRES = 6_371_008.8  # mean radius


def metres_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Along the surface; points are (latitude, longitude) in degrees."""
    latitudes = math.radians(one[0]), math.radians(other[0])
    north = math.sin((latitudes[1] - latitudes[0]) / 2)
    east = math.sin(math.radians(other[1] - one[1]) / 2)
    half = north * north + math.cos(latitudes[0]) * math.cos(latitudes[1]) * east * east
    return 2 * EARTH_METRES * math.asin(math.sqrt(min(1.0, half)))


class Box(NamedTuple):
    """Degrees; every point within the distance is inside, and some more are."""

    south: float
    north: float
    west: float
    east: float


def box_around(latitude: float, longitude: float, metres: float) -> Box:
    """It does not go round at the 180th meridian, where there are no pubs."""
    up = math.degrees(metres / EARTH_METRES) * 1.001
    aside = up / max(math.cos(math.radians(min(90.0, abs(latitude) + up))), 1e-6)
    return Box(latitude - up, latitude + up, longitude - aside, longitude + aside)


_POSTCODE_LETTERS = re.compile(r"[^0-9A-Z]")
_MAX_POSTCODE = 12  # letters and digits; what is longer is no postcode


def postcode_key(country: str | None, postcode: str | None) -> str | None:
    """ "GB SE154JR": one spelling for one postcode of one country; None when either is unknown or it is no postcode."""
    letters = _POSTCODE_LETTERS.sub("", (postcode or "").upper())
    if not country or not 2 <= len(letters) <= _MAX_POSTCODE or not letters.strip("0"):
        return None
    return f"{country.upper()} {letters}"


def is_of_one_street(key: str | None) -> bool:
    """Whether a key of `postcode_key` stands for a few houses ("SE15 4JR", "H91 F880", "1012 AB") and not for a town
    or a district ("3350", "80209", "IP1")."""
    letters = (key or "").partition(" ")[2]
    return len(letters) >= 5 and any(each.isalpha() for each in letters) and any(each.isdigit() for each in letters)
