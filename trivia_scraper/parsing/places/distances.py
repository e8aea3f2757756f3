"""How far two places are apart."""

from __future__ import annotations

import math
from typing import NamedTuple

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
