"""The stores of the sandbox's Inquizition: real towns, invented pubs, and a trap or two in each.

A row has the store's number, name, address as the widget stores it, latitude, longitude, schedule text, days of its
filters, the nights to expect, and then what is special about it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from sandbox.invented import pub_name
from sandbox.publisher import Venue


@dataclass(frozen=True, kw_only=True)
class InquizitionVenue(Venue):
    number: str
    address: str
    latitude: str
    longitude: str
    schedule: str
    filters: tuple[str | None, ...] | None
    """Null as in the listing."""
    nights: tuple[tuple[int, str | None], ...]
    """Weekday (1 = Monday) and start time of every night, as a person reads the text."""
    town: str | None
    """Null if the listing does not name it."""
    frequency: str = "weekly"
    rrule: str | None = None
    """Where it is not simply every week."""
    point: bool = True
    """Whether the coordinates are the store's."""
    fee: int | None = None
    """Pence; null if the text names no fee."""
    phone: str = ""
    website: str = ""
    country: str = "GB"


def store(
    number: int, name: str, address: str, latitude: str, longitude: str, schedule: str,
    filters: tuple[str | None, ...] | None, *nights: tuple[int, str | None],
    town: str | None = "London", **rest: Any,
) -> InquizitionVenue:  # fmt: skip
    return InquizitionVenue(
        number=str(number), name=name, address=address, latitude=latitude, longitude=longitude,
        schedule=schedule, filters=filters, nights=nights, town=town, **rest,
    )  # fmt: skip


# Addresses for a sandbox at real scale: street, rest of the address, a point.
PLACES = (
    ("Cheapside", "London\r\nEC2V 9ZZ", 51.5140, -0.0930), ("Lordship Lane", "East Dulwich\r\nLondon\r\nSE22 9ZZ",
     51.4540, -0.0760), ("Chiswick High Road", "London\r\nW4 9ZZ", 51.4925, -0.2580),
    ("Kentish Town Road", "London\r\nNW5 9ZZ", 51.5500, -0.1410), ("Mare Street", "Hackney\r\nLondon\r\nE8 9ZZ",
     51.5440, -0.0550), ("Wimbledon Broadway", "London\r\nSW19 9ZZ", 51.4205, -0.2030),
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Sunday")
CLOCKS = (("7pm", "19:00"), ("7:30pm", "19:30"), ("8pm", "20:00"), ("6.30pm", "18:30"))


def invented(number: int, chance: random.Random) -> InquizitionVenue:
    street, rest, latitude, longitude = chance.choice(PLACES)
    day, (written, clock) = chance.choice(DAYS), chance.choice(CLOCKS)
    weekday = 7 if day == "Sunday" else DAYS.index(day) + 1
    return store(
        98000000 + number, pub_name(number), f"{chance.randrange(1, 300)} {street}\r\n{rest}",
        f"{latitude + chance.uniform(-0.004, 0.004):.7f}", f"{longitude + chance.uniform(-0.004, 0.004):.7f}",
        f"{day}s, {written}", (day,), (weekday, clock),
    )  # fmt: skip


STORES = [
    store(97000001, "Silver Thimble", "3 Tailor Court\r\nLondon\r\nEC4M 9ZZ", "51.5139", "-0.1026", "Tuesdays, 6.30pm",
          ("Tuesday",), (2, "18:30"), phone="020 7946 0201", website="https://thimble.example/book"),
    store(97000002, "The White Horse", "1 Harbour Green\r\nLondon\r\nSW6 9ZZ", "51.4745", "-0.2010", "Sundays, 7pm",
          ("Sunday",), (7, "19:00"), website="https://whitehorse-green.example/"),
    store(97000003, "The White Horse", "154 Ferry Road\r\nLondon\r\nNW3 9ZZ", "51.5555", "-0.1630", "Mondays, 8pm",
          ("Monday",), (1, "20:00")),
    # No text, only a filter: the day is known, the start time is not.
    store(97000004, "The White Horse", "20 Pottery Rye\r\nLondon\r\nSE15 9ZZ", "51.4715", "-0.0690", "",
          ("Sunday",), (7, None)),
    store(97000005, "The Railway", "2 Signal Road\r\nStreatham\r\nLondon\r\nSW16 9ZZ", "51.4240", "-0.1315",
          "Wednesdays, 7pm (bookings only)", ("Wednesday",), (3, "19:00"), phone="020 7946 0205"),
    store(97000006, "The Railway", "202 Upper Lane\r\nLondon\r\nSW15 9ZZ", "51.4610", "-0.2170", "Sundays",
          ("Sunday",), (7, None)),
    # A line with two spaces; two filters, of which the text names one; a booking note with a number.
    store(97000007, "Glass Anchor", "Unit 15, Old Works Park, Canal Ln,  E17 9ZZ", "51.5922", "-0.0410",
          "Mondays, 8pm\nBook: 020 7946 0204", ("Monday", "Thursday"), (1, "20:00"), (4, None)),
    store(97000008, "Two Chimneys", "58 Bricklayer St\r\nLondon\r\nW1T 9ZZ", "51.5195", "-0.1355",
          "Mondays and Tuesdays, 7:30pm", ("Monday", "Tuesday"), (1, "19:30"), (2, "19:30")),
    # The filter is out of date: the text counts.
    store(97000009, "The Long Spoon", "7 Ladle Row\r\nLondon\r\nN16 9ZZ", "51.5610", "-0.0750", "Thursdays, 7:30pm",
          ("Wednesday",), (4, "19:30")),
    store(97000010, "Paper Crown", "8 Crown Yard\r\nLondon\r\nN1 9ZZ", "51.5430", "-0.1020", "", ("", None)),
    store(97000011, "Quiet Bell", "19 Steeple Walk\r\nLondon\r\nE2 9ZZ", "51.5290", "-0.0620", "To be announced",
          None),
    store(97000012, "Old Compass", "1 Needle Street\r\nLondon\r\nSE10 9ZZ", "", "", "Thursdays, 7:30pm", None,
          (4, "19:30"), point=False),
    store(97000013, "The Nil Point", "40 Meridian Way\r\nLondon\r\nSE10 9ZY", "0.0000000", "0.0000000",
          "Tuesdays, 8pm", ("Tuesday",), (2, "20:00"), point=False),
    # Latitude and longitude are exchanged: a point in the Indian Ocean.
    store(97000014, "The Turned Map", "5 Atlas Street\r\nLondon\r\nWC1N 9ZZ", "-0.1200", "51.5200", "Mondays, 7pm",
          ("Monday",), (1, "19:00"), point=False),
    # One address ends in a county, the other one is only a postcode.
    store(97000015, "The Pebble", "12 Shingle Parade\r\nBrighton\r\nEast Sussex\r\nBN1 9ZZ", "50.8225", "-0.1372",
          "Wednesdays, 8pm", ("Wednesday",), (3, "20:00"), town="Brighton", phone="01273 555 017"),
    store(97000016, "Loom & Shuttle", "77 Weaver Street\r\nManchester\r\nM4 9ZZ", "53.4840", "-2.2330",
          "Thursdays, 7pm", ("Thursday",), (4, "19:00"), town="Manchester", phone="0161 496 0016"),
    # Two pubs with the same postcode.
    store(97000017, "The Left Boot", "1 Cobbler Place\r\nLondon\r\nSE1 9ZZ", "51.5045", "-0.0865", "Mondays, 6.30pm",
          ("Monday",), (1, "18:30")),
    store(97000018, "The Right Boot", "2 Cobbler Place\r\nLondon\r\nSE1 9ZZ", "51.5046", "-0.0866", "Mondays, 7pm",
          ("Monday",), (1, "19:00")),
    store(97000019, "The Monthly Moon", "30 Tide Road\r\nLondon\r\nSE8 9ZZ", "51.4790", "-0.0260",
          "First Tuesday of the month, 7.30pm", ("Tuesday",), (2, "19:30"), frequency="monthly",
          rrule="FREQ=MONTHLY;BYDAY=1TU"),
    store(97000020, "The Other Week", "31 Tide Road\r\nLondon\r\nSE8 9ZY", "51.4792", "-0.0262",
          "Every other Wednesday, 8pm", ("Wednesday",), (3, "20:00"), frequency="biweekly",
          rrule="FREQ=WEEKLY;INTERVAL=2;BYDAY=WE"),
    # Braces and brackets inside of texts, and a fee beside a prize.
    store(97000021, "The Smiling Clerk :-)", "9 Ledger Lane\r\nLondon\r\nEC3V 9ZZ", "51.5120", "-0.0850",
          "Tuesdays, 7pm. £3 entry. Win a £50 bar tab (really) });", ("Tuesday",), (2, "19:00"), fee=300,
          website="#"),
    store(97000022, "The Saturday Scholar", "14 Candle Walk\r\nLondon\r\nSW11 9ZZ", "51.4640", "-0.1660",
          "Saturdays, 6pm\r\nPrizes, £45", ("Saturday", "Outdoor"), (6, "18:00"), website="javascript:alert(1)"),
    store(97000023, "The Half Word", "3 Margin Street\r\nLondon\r\nSE22 9ZY", "51.4560", "-0.0770", "7pm",
          ("Friday",), (5, "19:00"), website="https://user:secret@halfword.example/book"),
]  # fmt: skip
