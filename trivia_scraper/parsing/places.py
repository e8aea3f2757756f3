"""Time zones, countries, local times and distances of places. Offline, pure."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import tzfpy

from trivia_scraper.parsing.text import clean


def timezone_at(latitude: float | None, longitude: float | None) -> str | None:
    """Return the IANA zone of a point on land. None if coordinates are missing, impossible, 0/0 or on the open sea."""
    if latitude is None or longitude is None or not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return None
    if abs(latitude) < 0.01 and abs(longitude) < 0.01:
        return None  # the result of a failed geocoder
    zone: str = tzfpy.get_tz(longitude, latitude)  # tzfpy takes longitude first
    return None if not zone or zone.startswith("Etc/") else zone


def country_of(timezone: str | None) -> str | None:
    """Return the country of an IANA zone as ISO 3166 alpha-2 code, from zone.tab of tzdata."""
    return _countries().get(timezone or "")


@cache
def countries() -> frozenset[str]:
    """Return the ISO 3166 alpha-2 codes of all countries that have a zone."""
    return frozenset(_countries().values())


@cache
def _countries() -> dict[str, str]:
    lines = files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows}


def local_datetime(instant: Any, timezone: str | None) -> datetime | None:
    """Return the local date and time in an IANA zone. instant: ISO 8601 with an offset ("2023-12-06T01:30:00+0000").

    None if the zone is unknown, or the instant is invalid or has no offset.
    """
    text = clean(instant)
    try:
        found = datetime.fromisoformat(text or "")
        return found.astimezone(UTC).astimezone(ZoneInfo(timezone or "")) if found.tzinfo else None
    except (ValueError, OverflowError, OSError, ZoneInfoNotFoundError):  # OSError: "America" is a directory
        return None


_AUSTRALIA = (
    ("Australian Capital Territory", "act", "Australia/Sydney"),
    ("New South Wales", "nsw", "Australia/Sydney"),
    ("Northern Territory", "nt", "Australia/Darwin"),
    ("Queensland", "qld", "Australia/Brisbane"),
    ("South Australia", "sa", "Australia/Adelaide"),
    ("Tasmania", "tas", "Australia/Hobart"),
    ("Victoria", "vic", "Australia/Melbourne"),
    ("Western Australia", "wa", "Australia/Perth"),
)
_AUSTRALIAN_ZONES = {form: zone for name, short, zone in _AUSTRALIA for form in (name.lower(), short)}
_AUSTRALIAN_NAMES = {form: name for name, short, _ in _AUSTRALIA for form in (name.lower(), short)}
AUSTRALIAN_STATES = tuple(_AUSTRALIAN_ZONES)
# Only states with one zone. Texas and Kentucky, for example, have two.
_AMERICAN_STATES = {
    "America/New_York": "CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV",
    "America/Chicago": "AL AR IA IL LA MN MO MS OK WI",
    "America/Denver": "CO MT NM UT WY",
    "America/Los_Angeles": "CA WA",
    "Pacific/Honolulu": "HI",
}
_AMERICAN_ZONES = {state: zone for zone, states in _AMERICAN_STATES.items() for state in states.split()}
# For states with two zones: the first three digits of ZIP codes that lie completely in one of them.
_ZIP_ZONES = {
    "AZ": {"America/Phoenix": "850-853"},
    "FL": {"America/Chicago": "325", "America/New_York": "320-323 326-349"},
    "ID": {"America/Boise": "836-837", "America/Los_Angeles": "838"},
    "IN": {"America/Chicago": "463-464 477", "America/Indiana/Indianapolis": "460-462 466 468 474"},
    "KS": {"America/Chicago": "660-676"},
    "KY": {"America/Chicago": "420-424", "America/New_York": "403-406 410-412", "America/Kentucky/Louisville": "402"},
    "MI": {"America/Detroit": "480-497"},
    "ND": {"America/Chicago": "580-584"},
    "NE": {"America/Chicago": "680-689"},
    "NV": {"America/Los_Angeles": "889-891 894-897"},
    "OR": {"America/Los_Angeles": "970-978"},
    "SD": {"America/Chicago": "570-574", "America/Denver": "577"},
    "TN": {"America/Chicago": "370-372 380-383", "America/New_York": "374 376 379"},
    "TX": {"America/Chicago": "733 750-797", "America/Denver": "799 885"},
}


# Provinces with one zone, or with a second one only where the next table says. Ontario and British Columbia have two.
_CANADIAN_ZONES = {
    **{"AB": "America/Edmonton", "MB": "America/Winnipeg", "NB": "America/Moncton", "NS": "America/Halifax"},
    **{"PE": "America/Halifax", "QC": "America/Toronto", "YT": "America/Whitehorse"},
}
# Beginnings of postcodes that lie completely in one zone, or in another one than the rest; None: in several.
_CANADIAN_POSTCODES: dict[str, dict[str | None, str]] = {
    "BC": {"America/Vancouver": "V2 V3 V4 V5 V6 V7 V8 V9"},
    "ON": {"America/Toronto": "K L M N"},
    "QC": {"America/Halifax": "G4T", None: "G0G"},
    "SK": {"America/Regina": "S4 S6 S7"},
}


def _zone_of_province(province: str, postcode: str) -> str | None:
    for zone, beginnings in _CANADIAN_POSTCODES.get(province, {}).items():
        if postcode.upper().startswith(tuple(beginnings.split())):
            return zone
    return _CANADIAN_ZONES.get(province)


def _zone_of_zip(state: str, postcode: str) -> str | None:
    for zone, areas in _ZIP_ZONES.get(state, {}).items():
        for area in areas.split():
            first, _, last = area.partition("-")
            if first <= postcode[:3] <= (last or first):
                return zone
    return None


def zone_in(country: str | None, region: str | None = None, postcode: str | None = None) -> str | None:
    """Return the zone of a country or state if it has only one. Used for venues without coordinates.

    region: in the United States and Canada the letters of the state or province, in Australia its name or short form.
    postcode: chooses the zone in some American states and Canadian provinces with two zones.
    """
    state = (region or "").strip()
    if country == "US":
        return _AMERICAN_ZONES.get(state.upper()) or _zone_of_zip(state.upper(), postcode or "")
    if country == "CA":
        return _zone_of_province(state.upper(), postcode or "")
    if country == "AU":
        return _AUSTRALIAN_ZONES.get(state.lower())
    zones = [zone for zone, its_country in _countries().items() if its_country == country]
    return zones[0] if len(zones) == 1 else None


def australian_state(region: str | None) -> str | None:
    """Return the full name of an Australian state, "Victoria" for "VIC". Return any other region unchanged."""
    return _AUSTRALIAN_NAMES.get((region or "").strip(" .").lower(), region)


EARTH_METRES = 6_371_008.8  # mean radius


def metres_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the distance along the surface. Points are (latitude, longitude) in degrees."""
    latitudes = math.radians(one[0]), math.radians(other[0])
    north = math.sin((latitudes[1] - latitudes[0]) / 2)
    east = math.sin(math.radians(other[1] - one[1]) / 2)
    half = north * north + math.cos(latitudes[0]) * math.cos(latitudes[1]) * east * east
    return 2 * EARTH_METRES * math.asin(math.sqrt(min(1.0, half)))


def box_around(latitude: float, longitude: float, metres: float) -> dict[str, float]:
    """Return the bounds in degrees of a box that contains all points within the distance, and some more.

    The box is not continued beyond the 180th meridian, where there are no pubs.
    """
    up = math.degrees(metres / EARTH_METRES) * 1.001
    aside = up / max(math.cos(math.radians(min(90.0, abs(latitude) + up))), 1e-6)
    south, north, west, east = latitude - up, latitude + up, longitude - aside, longitude + aside
    return {"south": south, "north": north, "west": west, "east": east}
