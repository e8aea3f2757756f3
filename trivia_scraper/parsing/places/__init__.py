"""Where a place is: zone and country from coordinates, postcode, town and country from an address; and how far two
places are apart. Offline, pure.

A town is read only where an address says it in so many words: a street, a county or a part of a town is never one.
"""

from trivia_scraper.parsing.places.addresses import Address, australian_address, polish_address, us_address
from trivia_scraper.parsing.places.british import british_address
from trivia_scraper.parsing.places.countries import country_in
from trivia_scraper.parsing.places.distances import EARTH_METRES, Box, box_around, metres_between
from trivia_scraper.parsing.places.postcodes import is_of_one_street, postcode_key
from trivia_scraper.parsing.places.zones import country_of, local_datetime, local_time, timezone_at, zone_in

__all__ = [
    "EARTH_METRES",
    "Address",
    "Box",
    "australian_address",
    "box_around",
    "british_address",
    "country_in",
    "country_of",
    "is_of_one_street",
    "local_datetime",
    "local_time",
    "metres_between",
    "polish_address",
    "postcode_key",
    "timezone_at",
    "us_address",
    "zone_in",
]
