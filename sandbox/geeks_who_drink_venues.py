"""The venues of the sandbox's Geeks Who Drink: real towns, invented bars and people, and a trap or two in each.

A row has the venue's number, title, name, street, town, state, zip code, latitude, longitude, the day and start time of
its quiz in words, its time zone, and then what is special about it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from sandbox.invented import person, pub_name
from sandbox.invented import photo as scene
from sandbox.publisher import Photo, Venue, digest

BUCKET = "https://s3.amazonaws.com/motherbrain-prod"
SPECIALS = "https://motherbrain-prod.s3.amazonaws.com/special-event"
THEME = "https://www.geekswhodrink.com/wp-content/themes/gwd/img"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class OneOff:
    """A single show at a venue, listed with the venue's number."""

    title: str
    brand: str
    first: str
    """data-time."""


@dataclass(frozen=True, kw_only=True)
class GeeksVenue(Venue):
    number: str
    title: str
    """The name in the listing; `name` is the same without notes."""
    street: str
    town: str
    state: str
    zip: str
    latitude: str
    longitude: str
    day: str
    clock: str | None
    """Null if the listing does not state it."""
    zone: str | None
    """IANA name; null if the coordinates do not decide it."""
    first: str = "2024-02-13"
    """The date of the first night in Denver, for data-time."""
    first_time: str | None = None
    """The value of data-time instead."""
    times: str | None = None
    """A text instead of "Tuesdays at" and data-time."""
    frequency: str = "weekly"
    rrule: str | None = None
    """Where it is not simply every week."""
    starts_on: str | None = None
    point: bool = True
    """Whether the coordinates are the venue's."""
    heading: str | None = None
    """The name that the block shows instead of the title."""
    brand: str = "gwd"
    one_offs: tuple[OneOff, ...] = ()
    phone: str | None = None
    website: str | None = None
    facebook: str | None = None
    instagram: str | None = None
    description: str | None = None
    fee_text: str | None = None
    fee: int | None = None
    """Cents; null if unclear."""
    masters: str | None = None
    """The page's text instead of the host's name; `host` is the person."""
    quirks: tuple[str, ...] = ()
    """Traps that the templates recognise."""


def logo(name: str, label: str, format_name: str = "png") -> Photo:
    """Return a logo whose URL has no extension, like the publisher's."""
    url = f"{BUCKET}/vlogo_{name}"
    return Photo(url, label, format_name, seed=url)


def avatar(number: int, label: str) -> Photo:
    url = f"{BUCKET}/avatar_{number}"
    return Photo(url, label, "jpeg", seed=url)


def venue(
    number: int, title: str, name: str, street: str, town: str, state: str, zip_code: str,
    latitude: str, longitude: str, day: str, clock: str | None, zone: str | None, **rest: Any,
) -> GeeksVenue:  # fmt: skip
    rest.setdefault("hero", logo(str(1700000000000 + number), name))
    return GeeksVenue(
        number=str(number), title=title, name=name, street=street, town=town, state=state, zip=zip_code,
        latitude=latitude, longitude=longitude, day=day, clock=clock, zone=zone, **rest,
    )  # fmt: skip


# Towns for a sandbox at real scale: name, state, zip code, a point, time zone.
TOWNS = (
    ("Denver", "CO", "80299", 39.7400, -104.9900, "America/Denver"),
    ("Austin", "TX", "78799", 30.2670, -97.7430, "America/Chicago"),
    ("Columbus", "OH", "43299", 39.9610, -82.9990, "America/New_York"),
    ("Seattle", "WA", "98199", 47.6060, -122.3320, "America/Los_Angeles"),
    ("Phoenix", "AZ", "85099", 33.4480, -112.0740, "America/Phoenix"),
    ("Saint Louis", "MO", "63199", 38.6270, -90.1990, "America/Chicago"),
    ("Albuquerque", "NM", "87199", 35.0840, -106.6500, "America/Denver"),
)
CLOCKS = ("18:00", "18:30", "19:00", "19:30", "20:00")
FIRSTS = ("2022-07-20", "2023-12-06", "2024-03-13", "2025-10-29", "2026-05-13")


def invented(number: int, chance: random.Random) -> GeeksVenue:
    town, state, zip_code, latitude, longitude, zone = chance.choice(TOWNS)
    name, master = pub_name(number), person(number)
    return venue(
        930000000 + number, name, name, f"{chance.randrange(100, 9900)} Main St", town, state, zip_code,
        f"{latitude + chance.uniform(-0.01, 0.01):.7f}", f"{longitude + chance.uniform(-0.01, 0.01):.7f}",
        chance.choice(WEEKDAYS[:5]), chance.choice(CLOCKS), zone, first=chance.choice(FIRSTS),
        hero=scene(f"{BUCKET}/vlogo_{1600000000000 + number}", number),
        host=master if number % 3 else None,
        performer=scene(f"{BUCKET}/avatar_{digest(name, 12)}", number) if number % 3 == 1 else None,
        one_offs=(OneOff(f"Fonts of the World Quiz Vol. {number}", "alc", "2026-11-08T01:00:00+0000"),)
        if number % 12 == 0
        else (),
    )  # fmt: skip


BARRELS = (
    OneOff("Robot Movies Quiz Vol. 1", "alc", "2026-11-08T01:00:00+0000"),
    OneOff("Theme Bingo: Robots", "bngt", "2026-10-04T00:00:00+0000"),
)
LONG_NAMES = " ".join(f"Quizmaster: Somebody Number {number}" for number in range(1, 12))
HALF_MOON = logo("1501777553190", "Half Moon Tap", "jpeg")

VENUES = [
    venue(910000001, "Pine Barrel Brewing & Kitchen", "Pine Barrel Brewing & Kitchen", "100 Mesa St", "Denver", "CO",
          "80299", "39.7400000", "-104.9900000", "Tuesday", "18:30", "America/Denver", first="2023-12-05",
          one_offs=BARRELS, phone="(303) 555-0142", website="https://pinebarrel.example/",
          facebook="https://www.facebook.com/pinebarrel.example",
          instagram="https://www.instagram.com/pinebarrel.example", description="Small room, big screen.",
          masters="Quizmaster: Quizmaster: Robin Example", host="Robin Example",
          hero=logo("00000000-0000-4000-8000-000000000001", "Pine Barrel"),
          performer=avatar(1682500000001, "Robin Example")),
    # The first night was moved from Wednesday to Thursday.
    venue(910000002, "Clover Terrace", "Clover Terrace", "3560 Yard Blvd", "Denver", "CO", "80299", "39.7709731",
          "-104.9776302", "Wednesday", "19:00", "America/Denver", first="2024-01-18", brand="jbl",
          masters="Quizmaster: ", performer=avatar(1682500000002, "Your host")),
    venue(910000003, "The Casual Quart", "The Casual Quart", "8718 Plaza Way", "Omaha", "NE", "68199", "", "",
          "Monday", "18:00", "America/Chicago", first="2026-05-11", point=False, brand="jdn", masters="Ash Plain",
          host="Ash Plain"),
    venue(910000004, "Desert Keg at The Outlets", "Desert Keg at The Outlets", "70 Sun Blvd Suite 4", "El Paso", "TX",
          "79999", "31.9110908", "-106.5861023", "Wednesday", "19:00", "America/Denver", frequency="monthly",
          rrule="FREQ=MONTHLY;BYDAY=2WE,4WE", times="2nd Wednesday at 7:00 pm & 4th Wednesday at 7:00 pm",
          phone="915-555-0104"),
    venue(910000005, "Owl Room @Alamo Screens Lakeside", "Owl Room @Alamo Screens Lakeside",
          "3519 N Clark St. Ste C301", "Chicago", "IL", "60699", "41.9461965", "-87.6554597", "Monday", "19:00",
          "America/Chicago", frequency="monthly", rrule="FREQ=MONTHLY;BYDAY=1MO,3MO", brand="jbl",
          times="1st Monday at 7:00 pm & 3rd Monday at 7:00 pm"),
    venue(910000006, "Third Ward House", "Third Ward House", "2101 Frontier Ave", "Saint Joseph", "MO", "64599",
          "39.7821015", "-94.8511926", "Friday", "19:00", "America/Chicago", frequency="monthly",
          rrule="FREQ=MONTHLY;BYDAY=4FR", times="4th Friday at 7:00 pm", fee_text="$5 per team", fee=500),
    venue(910000007, "Pine Porch (Starts on September 8!)", "Pine Porch", "360 W Meadow St", "Flagstaff", "AZ",
          "86099", "35.1794679", "-111.6626630", "Tuesday", "19:00", "America/Phoenix", first="2026-09-08",
          starts_on="2026-09-08", brand="jbl"),
    venue(910000008, "Half Moon Tap (Wednesday)", "Half Moon Tap", "12 W Alamo Ave", "Littleton", "CO", "80199",
          "39.6130000", "-105.0160000", "Wednesday", "19:00", "America/Denver", hero=HALF_MOON),
    venue(910000009, "Half Moon Tap (Tuesday)", "Half Moon Tap", "12 W Alamo Ave", "Littleton", "CO", "80199",
          "39.6130000", "-105.0160000", "Tuesday", "18:30", "America/Denver", hero=HALF_MOON),
    venue(910000010, "Anchor & Ale (Long Beach)", "Anchor & Ale (Long Beach)", "5 Pine Ave", "Long Beach", "CA",
          "90899", "33.7700000", "-118.1900000", "Thursday", "20:00", "America/Los_Angeles", first="2022-09-22",
          phone="+1 562.555.0110"),
    venue(910000011, "The Acorn [Fayetteville] (check venue for reservations!)", "The Acorn [Fayetteville]",
          "44 W Dickson St", "Fayetteville", "AR", "72799", "36.0626000", "-94.1574000", "Tuesday", "18:00",
          "America/Chicago"),
    venue(910000012, "Low Dive (formerly: High Jump)", "Low Dive", "900 Broadway", "Paducah", "KY", "42099",
          "37.0834000", "-88.6000000", "Wednesday", "18:30", "America/Chicago"),
    venue(910000013, "Spring Street Hops", "Spring Street Hops", "301 Spring St", "New Albany", "IN", "47199",
          "38.2856000", "-85.8241000", "Tuesday", "19:30", "America/Kentucky/Louisville"),
    venue(910000014, "Jake's Corner", "Jake's Corner", "41 E Elm St.", "Chicago", "IL", "60699", "41.8956003",
          "-87.6263961", "Tuesday", "19:00", "America/Chicago", brand="bng"),
    venue(910000015, "Aurora Alehouse", "Aurora Alehouse", "610 W 4th Ave", "Anchorage", "AK", "99599", "61.2181000",
          "-149.9003000", "Thursday", "19:00", "America/Anchorage", masters="Lou Snow", host="Lou Snow",
          performer=avatar(1682500000015, "Lou Snow")),
    venue(910000016, "Coral Taproom", "Coral Taproom", "1250 Kapiolani Blvd", "Honolulu", "HI", "96899", "21.3069000",
          "-157.8583000", "Monday", "19:00", "Pacific/Honolulu", phone="(808) 555-0116"),
    venue(910000017, "Flatiron Fox", "Flatiron Fox", "1898 S. Flatiron Court", "Boulder", "CO", "80399-5492",
          "40.0170000", "-105.2190000", "Thursday", "18:30", "America/Denver", brand="sbt", quirks=("logo_jpg",),
          hero=Photo(f"{BUCKET}/logos/flatiron%20fox.jpg", "Flatiron Fox", "jpeg", seed="flatiron")),
    venue(910000018, "Null Island Lounge", "Null Island Lounge", "7301 S Santa Fe Dr, Unit 850", "Littleton", "CO",
          "80199", "0", "0", "Tuesday", "20:00", "America/Denver", point=False, first="2026-07-14"),
    # The minus sign is missing: a point in China.
    venue(910000019, "The Lost Minus", "The Lost Minus", "415 N 4th St", "Albuquerque", "NM", "87199", "35.0900000",
          "106.6500000", "Wednesday", "18:30", "America/Denver", point=False),
    # A geocoder's answer in the place of the name.
    venue(910000020, "Origin Point (Wash Park)", "Origin Point (Wash Park)", "266 S Clarkson Way", "Denver", "CO",
          "80299", "39.7110000", "-104.9790000", "Monday", "19:30", "America/Denver",
          heading="266 S Clarkson Way Denver CO 80299"),
    venue(910000021, "Rook & Raven", "Rook & Raven", "29 E Monroe St", "Nashville", "TN", "37299", "36.1627000",
          "-86.7816000", "Thursday", "19:00", "America/Chicago", masters=LONG_NAMES,
          performer=avatar(1682500000021, "A crowd")),
    venue(910000022, "The Empty Span", "The Empty Span", "18 Congress St", "Portland", "ME", "04199", "43.6600000",
          "-70.2600000", "Wednesday", None, "America/New_York", first_time=""),
    venue(910000023, "The Odd Clock", "The Odd Clock", "77 Woodward Ave", "Detroit", "MI", "48299", "42.3320000",
          "-83.0480000", "Thursday", None, "America/Detroit", first_time="0000-00-00T00:00:00"),
    venue(910000024, "Twin Masters", "Twin Masters", "9 Elm St", "Boise", "ID", "83799", "43.6150000", "-116.2000000",
          "Tuesday", "19:00", "America/Boise", masters="Quizmaster: Kit Vale Quizmaster: Jo Birch",
          host="Kit Vale, Jo Birch", performer=avatar(1682500000024, "Kit Vale")),
    venue(910000025, "No Portrait Inn", "No Portrait Inn", "640 Smithfield St", "Pittsburgh", "PA", "15299",
          "40.4400000", "-79.9960000", "Wednesday", "19:00", "America/New_York", masters="Quizmaster: Dee Moss",
          host="Dee Moss", hero=None, quirks=("default_avatar", "default_logo")),
    # Closed after it was listed: its page is gone.
    venue(910000026, "Ghost Light Pub", "Ghost Light Pub", "350 Canal St", "New Orleans", "LA", "70199", "29.9500000",
          "-90.0670000", "Thursday", "18:00", "America/Chicago", quirks=("page_gone",)),
    venue(910000027, "Host Unknown", "Host Unknown", "72 N High St", "Columbus", "OH", "43299", "39.9640000",
          "-83.0010000", "Monday", "19:00", "America/New_York", website="#", facebook="#", quirks=("host_500",)),
    venue(910000028, "Listed Twice", "Listed Twice", "4040 Dahlia St", "Denver", "CO", "80299", "39.7739816",
          "-104.9311362", "Friday", "20:00", "America/Denver", quirks=("listed_twice",)),
    # A block of a weekly show whose text names no day: a single show.
    venue(910000029, "No Day Here", "No Day Here", "1 Nowhere Ln", "Denver", "CO", "80299", "39.7300000",
          "-104.9800000", "S", None, "America/Denver", times="at 7:00 pm"),
]  # fmt: skip
