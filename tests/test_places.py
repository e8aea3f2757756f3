"""Where a place is, offline: zone, country, and the parts of an Australian address."""

from __future__ import annotations

import math
import re
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from trivia_scraper.places import Address, australian_address, australian_zone, country_of, timezone_at


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
def test_a_point_on_land_has_a_zone_and_a_country(
    latitude: float, longitude: float, timezone: str, country: str
) -> None:
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
def test_a_point_that_is_unknown_impossible_swapped_or_at_sea_has_no_zone(
    latitude: float | None, longitude: float | None
) -> None:
    assert timezone_at(latitude, longitude) is None


@settings(max_examples=150, deadline=None, derandomize=True)
@given(latitude=st.floats(), longitude=st.floats())
def test_any_point_has_a_zone_that_exists_or_none(latitude: float, longitude: float) -> None:
    timezone = timezone_at(latitude, longitude)
    assert timezone is None or ZoneInfo(timezone).key == timezone


@pytest.mark.parametrize("timezone", [None, "", "Etc/UTC", "Mars/Phobos", "AU"])
def test_what_is_no_place_has_no_country(timezone: str | None) -> None:
    assert country_of(timezone) is None


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("15/3 Pittards Rd, Buderim, Queensland, 4556, AU", Address("Buderim", "Queensland", "4556")),
        ("Unit 3/88 Salt Rd, Port Merrin, Victoria, 3999, AU", Address("Port Merrin", "Victoria", "3999")),
        ("1 Wharf Ln, Gull Bay, New South Wales, 2999, AU", Address("Gull Bay", "New South Wales", "2999")),
        ("27 Lonsdale St, Braddon ACT 2612", Address("Braddon", "ACT", "2612")),
        ("27 Lonsdale St, Braddon, ACT 2612, Australia", Address("Braddon", "ACT", "2612")),
        ("Shop 4, Level 2, 100 King St, Perth WA 6000", Address("Perth", "WA", "6000")),
        ("1 High St, Wagga Wagga nsw 2650", Address("Wagga Wagga", "nsw", "2650")),
        ("1 High St, O'Connor ACT 2602", Address("O'Connor", "ACT", "2602")),
        ("1 Wharf Rd, Darwin, NT 0800", Address("Darwin", "NT", "0800")),
        # A state's name in the street or the town is not the state.
        ("1 Victoria St, Fitzroy, Victoria, 3065, AU", Address("Fitzroy", "Victoria", "3065")),
        ("1 High St, Victoria Park WA 6100", Address("Victoria Park", "WA", "6100")),
        ("1 High St, Mount Victoria, New South Wales, 2786", Address("Mount Victoria", "New South Wales", "2786")),
        # Not of the known form: nothing is made up.
        ("Buderim QLD 4556", Address()),
        ("1 High St, Buderim, Queensland, AU", Address()),
        ("1 High St, Buderim, Queensland, 45567", Address()),
        ("1 High St, 1770, Queensland, 4677, AU", Address()),
        ("67 High St, Wandsworth, London SW18 1AA", Address()),
        ("Queensland", Address()),
        ("", Address()),
        (None, Address()),
    ],
)
def test_an_australian_address_gives_town_state_and_postcode(address: str | None, expected: Address) -> None:
    assert australian_address(address) == expected


@settings(max_examples=150, deadline=None, derandomize=True)
@given(pieces=st.lists(st.sampled_from(["1 High St", "Perth", ", ", " ", "WA", "Victoria", "6000", "60001", "é", ","])))
def test_what_an_address_gives_stands_in_it(pieces: list[str]) -> None:
    address = "".join(pieces)
    assume(not re.search(r",\s*(?:,|WA|Victoria)", address))
    found = australian_address(address)
    assert all(part is None or (part in address and part == part.strip(" ,")) for part in found)
    assert (found.city is None) is (found.region is None) is (found.postcode is None)


@pytest.mark.parametrize(
    ("region", "timezone"),
    [
        ("Queensland", "Australia/Brisbane"),
        (" qld ", "Australia/Brisbane"),
        ("New South Wales", "Australia/Sydney"),
        ("ACT", "Australia/Sydney"),
        ("vic", "Australia/Melbourne"),
        ("South Australia", "Australia/Adelaide"),
        ("NT", "Australia/Darwin"),
        ("Western Australia", "Australia/Perth"),
        ("Tasmania", "Australia/Hobart"),
        ("Bavaria", None),
        ("", None),
        (None, None),
    ],
)
def test_a_state_has_a_zone(region: str | None, timezone: str | None) -> None:
    assert australian_zone(region) == timezone
