"""Zones and countries of points, the local time there, and distances between points."""

from __future__ import annotations

import math
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.alike import north_of
from trivia_scraper.db.venue_matching import LIKELY_METRES
from trivia_scraper.parsing.places import (
    EARTH_METRES,
    australian_state,
    box_around,
    country_of,
    local_datetime,
    metres_between,
    timezone_at,
    zone_in,
)


@pytest.mark.parametrize(
    ("latitude", "longitude", "timezone", "country"),
    [
        # Canberra, Buderim, Sydney, Melbourne, Adelaide, Darwin, Perth, Hobart
        (-35.2809, 149.1300, "Australia/Sydney", "AU"),
        (-26.6630807, 153.0518295, "Australia/Brisbane", "AU"),
        (-33.8688, 151.2093, "Australia/Sydney", "AU"),
        (-37.8136276, 144.9630576, "Australia/Melbourne", "AU"),
        (-34.9284989, 138.6007456, "Australia/Adelaide", "AU"),
        (-12.4634, 130.8456, "Australia/Darwin", "AU"),
        (-31.9505, 115.8605, "Australia/Perth", "AU"),
        (-42.8821, 147.3272, "Australia/Hobart", "AU"),
        # Where the state's zone would be wrong: Broken Hill keeps Adelaide's time, Eucla its own.
        (-31.9505, 141.4530, "Australia/Broken_Hill", "AU"),
        (-31.6770, 128.8890, "Australia/Eucla", "AU"),
        # One street apart: Coolangatta in Queensland, Tweed Heads in New South Wales.
        (-28.1667, 153.5333, "Australia/Brisbane", "AU"),
        (-28.1786, 153.5369, "Australia/Sydney", "AU"),
        # Elsewhere: London, Belfast, Galway, Jersey, Bydgoszcz, Dubai, Limassol
        (51.5072, -0.1276, "Europe/London", "GB"),
        (54.5973, -5.9301, "Europe/London", "GB"),
        (53.2744, -9.0490, "Europe/Dublin", "IE"),
        (49.1858, -2.1100, "Europe/Jersey", "JE"),
        (53.1235, 18.0084, "Europe/Warsaw", "PL"),
        (25.2048, 55.2708, "Asia/Dubai", "AE"),
        (34.6786, 33.0413, "Asia/Nicosia", "CY"),
        # States that have two zones, or none of their neighbours': El Paso, Paducah, New Albany, Flagstaff, Honolulu
        (31.7619, -106.4850, "America/Denver", "US"),
        (37.0834, -88.6001, "America/Chicago", "US"),
        (38.2856, -85.8241, "America/Kentucky/Louisville", "US"),
        (35.1983, -111.6513, "America/Phoenix", "US"),
        (21.3069, -157.8583, "Pacific/Honolulu", "US"),
    ],
)
def test_point_on_land_has_zone_and_country(latitude: float, longitude: float, timezone: str, country: str) -> None:
    assert timezone_at(latitude, longitude) == timezone
    assert country_of(timezone) == country


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        (None, 153.0),
        (-27.0, None),
        (None, None),
        (0.0, 0.0),
        (-0.0, 0.0),
        (0.001, -0.001),
        (math.nan, 153.0),
        (-27.0, math.nan),
        (math.inf, 0.0),
        (-27.0, -math.inf),
        (153.0260, -27.4705),
        (115.8605, -31.9505),
        (90.1, 0.0),
        (0.0, 180.1),
        (-38.0, 160.0),
        (0.0, -150.0),
        (-0.1276, 51.5072),
    ],
    ids=str,
)
def test_invalid_point_has_no_zone(latitude: float | None, longitude: float | None) -> None:
    assert timezone_at(latitude, longitude) is None


@settings(max_examples=150, deadline=None, derandomize=True)
@given(latitude=st.floats(), longitude=st.floats())
def test_zone_of_point_exists(latitude: float, longitude: float) -> None:
    timezone = timezone_at(latitude, longitude)
    assert timezone is None or ZoneInfo(timezone).key == timezone


@pytest.mark.parametrize("timezone", [None, "", "Etc/UTC", "Mars/Phobos", "AU"])
def test_unknown_zone_has_no_country(timezone: str | None) -> None:
    assert country_of(timezone) is None


REGIONS: list[tuple[str | None, str | None, str | None]] = [
    ("AU", "Queensland", "Australia/Brisbane"),
    ("AU", " qld ", "Australia/Brisbane"),
    ("AU", "New South Wales", "Australia/Sydney"),
    ("AU", "ACT", "Australia/Sydney"),
    ("AU", "vic", "Australia/Melbourne"),
    ("AU", "South Australia", "Australia/Adelaide"),
    ("AU", "NT", "Australia/Darwin"),
    ("AU", "Western Australia", "Australia/Perth"),
    ("AU", "Tasmania", "Australia/Hobart"),
    ("AU", "Bavaria", None),
    ("AU", None, None),
    ("US", "CO", "America/Denver"),
    ("US", "wa", "America/Los_Angeles"),
    ("US", "GA", "America/New_York"),
    ("US", "IL", "America/Chicago"),
    ("US", "HI", "Pacific/Honolulu"),
    # El Paso, Paducah, Knoxville and Scottsbluff keep another time than most of their states.
    ("US", "TX", None),
    ("US", "KY", None),
    ("US", "TN", None),
    ("US", "NE", None),
    ("US", "AZ", None),
    ("US", "WA 6000", None),
    ("US", "", None),
    ("GB", None, "Europe/London"),
    ("GB", "England", "Europe/London"),
    ("IE", None, "Europe/Dublin"),
    ("PL", None, "Europe/Warsaw"),
    ("AE", None, "Asia/Dubai"),
    ("CY", None, None),
    ("CA", "ON", None),
    ("XX", None, None),
    (None, "CO", None),
]


def test_zone_in_country_or_state_with_one_zone(subtests: pytest.Subtests) -> None:
    for country, region, timezone in REGIONS:
        with subtests.test(country=country, region=region, timezone=timezone):
            assert zone_in(country, region) == timezone


INSTANTS: list[tuple[object, str | None, str | None]] = [
    # The data sheet of geeks_who_drink: the clock at the venue is Denver's, summer and winter.
    ("2023-12-06T01:30:00+0000", "America/Denver", "18:30"),
    ("2026-05-12T00:00:00+0000", "America/Denver", "18:00"),
    ("2026-07-15T02:00:00+0000", "America/Denver", "20:00"),
    ("2024-01-19T02:00:00+0000", "America/Denver", "19:00"),
    ("2026-09-09T01:30:00+0000", "America/Denver", "19:30"),
    ("2022-09-23T01:00:00Z", "America/Denver", "19:00"),
    ("2022-09-23T02:00:00Z", "America/Denver", "20:00"),
    ("2022-09-23T00:00:00Z", "America/Denver", "18:00"),
    ("2022-02-24T02:00:00+0000", "America/Denver", "19:00"),
    # Recorded.
    ("2026-02-27T01:30:00+0000", "America/Denver", "18:30"),
    ("2023-03-02T02:00:00+0000", "America/Denver", "19:00"),
    ("2026-09-09T01:00:00+0000", "America/Denver", "19:00"),
    ("2021-01-07T02:00:00+0000", "America/Denver", "19:00"),
    ("2024-02-28T01:30:00+0000", "America/Denver", "18:30"),
    ("2026-01-08T02:30:00+0000", "America/Denver", "19:30"),
    ("2025-11-25T01:30:00+0000", "America/Denver", "18:30"),
    # The hours around a change of clocks.
    ("2026-03-08T08:59:00Z", "America/Denver", "01:59"),
    ("2026-03-08T09:00:00Z", "America/Denver", "03:00"),
    ("2026-11-01T07:30:00Z", "America/Denver", "01:30"),
    ("2026-03-29T01:00:00Z", "Europe/London", "02:00"),
    ("2026-03-29T17:00:00Z", "Europe/Warsaw", "19:00"),
    ("2026-04-04T09:00:00Z", "Australia/Sydney", "20:00"),
    ("2026-04-05T09:00:00Z", "Australia/Sydney", "19:00"),
    ("2026-05-12T06:00:00+0000", "America/Denver", "00:00"),
    ("2026-05-12T00:00:00", "America/Denver", None),
    ("2026-05-12", "America/Denver", None),
    ("2026-05-12T25:00:00Z", "America/Denver", None),
    ("9999-12-31T23:59:59-14:00", "America/Denver", None),
    ("0001-01-01T00:00:00+14:00", "America/Denver", None),
    ("Tuesday", "America/Denver", None),
    ("", "America/Denver", None),
    (None, "America/Denver", None),
    (1700000000, "America/Denver", None),
    ("2026-07-15T02:00:00+0000", "America", None),
    ("2026-07-15T02:00:00+0000", "Mars/Phobos", None),
    ("2026-07-15T02:00:00+0000", "../../etc/passwd", None),
    ("2026-07-15T02:00:00+0000", "", None),
    ("2026-07-15T02:00:00+0000", None, None),
]


def test_local_datetime_converts_to_zone(subtests: pytest.Subtests) -> None:
    for instant, timezone, expected in INSTANTS:
        with subtests.test(instant=instant, timezone=timezone):
            found = local_datetime(instant, timezone)
            assert (found and f"{found:%H:%M}") == expected


def test_local_datetime_has_the_local_day() -> None:
    found = local_datetime("2026-09-09T01:30:00+0000", "America/Denver")
    assert found is not None
    assert f"{found:%a %Y-%m-%d}" == "Tue 2026-09-08"


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    latitude=st.floats(-85, 85),
    longitude=st.floats(-179, 179),
    metres=st.floats(0.01, LIKELY_METRES),
    turn=st.floats(0, 7),
)
def test_points_within_distance_are_in_the_box(latitude: float, longitude: float, metres: float, turn: float) -> None:
    up, aside = metres * math.cos(turn), metres * math.sin(turn)
    there = north_of(latitude, up), longitude + math.degrees(aside / EARTH_METRES) / math.cos(math.radians(latitude))
    distance = metres_between((latitude, longitude), there)
    assert distance == pytest.approx(metres, abs=0.5)
    box = box_around(latitude, longitude, distance)
    assert box["south"] <= there[0] <= box["north"]
    assert box["west"] <= there[1] <= box["east"]


@pytest.mark.parametrize(
    ("state", "postcode", "latitude", "longitude"),
    [
        ("TX", "78701", 30.2672, -97.7431),  # Austin
        ("TX", "79701", 31.9974, -102.0779),  # Midland
        ("TX", "79901", 31.7619, -106.4850),  # El Paso
        ("TN", "37201", 36.1627, -86.7816),  # Nashville
        ("TN", "38103", 35.1495, -90.0490),  # Memphis
        ("TN", "37902", 35.9606, -83.9207),  # Knoxville
        ("TN", "37402", 35.0456, -85.3097),  # Chattanooga
        ("KY", "40202", 38.2527, -85.7585),  # Louisville
        ("KY", "40507", 38.0406, -84.5037),  # Lexington
        ("KY", "42001", 37.0834, -88.6000),  # Paducah
        ("KY", "42101", 36.9685, -86.4808),  # Bowling Green
        ("IN", "46204", 39.7684, -86.1581),  # Indianapolis
        ("IN", "46402", 41.5934, -87.3464),  # Gary
        ("IN", "46601", 41.6764, -86.2520),  # South Bend
        ("IN", "46802", 41.0793, -85.1394),  # Fort Wayne
        ("IN", "47404", 39.1653, -86.5264),  # Bloomington
        ("IN", "47708", 37.9716, -87.5711),  # Evansville
        ("FL", "32502", 30.4213, -87.2169),  # Pensacola
        ("FL", "32301", 30.4383, -84.2807),  # Tallahassee
        ("FL", "33130", 25.7617, -80.1918),  # Miami
        ("MI", "48226", 42.3314, -83.0458),  # Detroit
        ("ID", "83702", 43.6150, -116.2023),  # Boise
        ("ID", "83814", 47.6777, -116.7805),  # Coeur d'Alene
        ("AZ", "85281", 33.4255, -111.9400),  # Tempe
        ("NE", "68102", 41.2565, -95.9345),  # Omaha
        ("KS", "67202", 37.6872, -97.3301),  # Wichita
        ("ND", "58102", 46.8772, -96.7898),  # Fargo
        ("SD", "57104", 43.5446, -96.7311),  # Sioux Falls
        ("SD", "57701", 44.0805, -103.2310),  # Rapid City
        ("OR", "97204", 45.5152, -122.6784),  # Portland
        ("NV", "89101", 36.1699, -115.1398),  # Las Vegas
    ],
)
def test_zip_code_decides_the_zone(state: str, postcode: str, latitude: float, longitude: float) -> None:
    assert zone_in("US", state, postcode) == timezone_at(latitude, longitude)
    assert zone_in("US", state) is None


@pytest.mark.parametrize(
    ("state", "postcode"),
    [
        ("TX", "79843"),
        ("KY", "42718"),
        ("IN", "47546"),
        ("TX", "37201"),
        ("AK", "99501"),
        ("TX", None),
        (None, "78701"),
    ],
)
def test_zip_code_of_mixed_area_has_no_zone(state: str | None, postcode: str | None) -> None:
    assert zone_in("US", state, postcode) is None


@pytest.mark.parametrize(
    ("region", "name"),
    [
        ("VIC", "Victoria"),
        ("Vic.", "Victoria"),
        ("victoria", "Victoria"),
        ("Victoria", "Victoria"),
        ("nsw", "New South Wales"),
        ("QLD", "Queensland"),
        ("WA", "Western Australia"),
        ("ACT", "Australian Capital Territory"),
        ("Auckland", "Auckland"),
        ("", ""),
        (None, None),
    ],
)
def test_australian_state_is_normalised(region: str | None, name: str | None) -> None:
    assert australian_state(region) == name


@pytest.mark.parametrize(
    ("province", "postcode", "point"),
    [
        ("QC", None, (45.4829, -73.5776)),
        ("QC", "G4T 1A1", (47.38, -61.86)),
        ("MB", None, (49.8794, -97.1465)),
        ("NS", None, (44.6496, -63.5735)),
        ("NB", None, (45.9636, -66.6431)),
        ("PE", None, (46.2382, -63.1311)),
        ("AB", None, (51.0447, -114.0719)),
        ("YT", None, (60.7212, -135.0568)),
        ("ON", "K2P 1M3", (45.4165, -75.6886)),
        ("BC", "V6A 2W1", (49.2745, -123.0996)),
        ("SK", "S7K 0J5", (52.1332, -106.67)),
    ],
)
def test_canadian_zone_is_that_of_its_points(province: str, postcode: str | None, point: tuple[float, float]) -> None:
    assert zone_in("CA", province, postcode) == timezone_at(*point)


@pytest.mark.parametrize(
    ("province", "postcode"),
    [
        ("ON", None),
        ("ON", "P9N 1A1"),
        ("BC", None),
        ("BC", "V1C 1A1"),
        ("SK", None),
        ("NL", "A2V 1A1"),
        ("QC", "G0G 1A0"),
    ],
)
def test_canadian_province_with_several_zones_has_none(province: str, postcode: str | None) -> None:
    assert zone_in("CA", province, postcode) is None
