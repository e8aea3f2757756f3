"""The events of the sandbox's SpeedQuizzing: real towns, invented pubs and people, and a trap or two in each.

A row has event id, title (cut at 40 characters, as by the publisher), venue, the address after the venue's name,
latitude, longitude, start time, facts, the days of the first week (1 = Monday) on which it is booked, and then what is
special about it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sandbox.invented import person, pub_name
from sandbox.invented import photo as scene
from sandbox.publisher import Photo, Venue

FIRST_DAY = date(2026, 7, 12)
"""The day of the listing, a Sunday."""
HOSTS = "https://www.speedquizzing.com/quiz_assets/images/hosts"
CUT_AT = 40


@dataclass(frozen=True, kw_only=True)
class SpeedQuizzingVenue(Venue):
    event_id: str
    title: str
    address: str | None
    latitude: str
    longitude: str
    """As in the listing; empty if it does not know them."""
    clock: str | None
    facts: str | None
    """Prizes, price, team and age, separated by vertical bars."""
    dates: tuple[str, ...]
    """The dates on which it is booked."""
    venue_text: str | None = None
    """The page's text instead of the venue's name, if it differs."""
    theme: str = "0"
    day_said: str | None = None
    """The weekday in the listing, if it is wrong."""
    host_words: str | None = None
    quirks: tuple[str, ...] = ()
    """Traps that the templates recognise."""


def portrait(number: int, name: str) -> Photo:
    url = f"{HOSTS}/host_pic{number}.jpg"
    return Photo(url, name, "jpeg", seed=url)


def event(
    number: int, title: str, name: str, address: str | None, latitude: str, longitude: str, clock: str | None,
    facts: str | None, *days: int, **rest: Any,
) -> SpeedQuizzingVenue:  # fmt: skip
    head, comma, town = title.rpartition(", ")
    return SpeedQuizzingVenue(
        event_id=str(number), title=f"{(head or town)[:CUT_AT]}{comma}{town if comma else ''}", name=name,
        address=address, latitude=latitude, longitude=longitude, clock=clock, facts=facts,
        dates=tuple((FIRST_DAY + timedelta(days=day)).isoformat() for day in days), **rest,
    )  # fmt: skip


def gone(number: int, latitude: str, longitude: str, *days: int) -> SpeedQuizzingVenue:
    return event(number, "", "", None, latitude, longitude, None, None, *days, quirks=("no_page",))


VENUES = [
    event(30001, "Quiz Night @ The Brass Otter, Twickenham", "The Brass Otter", "3 Mill Lane, Twickenham, TW1 9ZZ",
          "51.44870000000001", "-0.3370000000000175", "8.30pm",
          "Prizes, £50 Bar Tab | £1.50 to play | Max 6 per team | Age 18+", 1, host="★608 DJ Marlow",
          performer=portrait(9108, "DJ Marlow"), host_words="Ten years of quizzes in the county."),
    event(30002, "Trivia Night @ Steel & Stone Grille (Riverside), Pittsburgh", "Steel & Stone Grille (Riverside)",
          "607 Carson Street, Riverside, Pittsburgh, 15203", "40.4286", "-79.9780", "7:00 PM",
          "Prizes, $50 Cash | Age 21+", 1, host="Pat Lindqvist"),
    event(30003, "Quiz @ The Pearl Lounge, Dubai", "The Pearl Lounge", "Marina Walk, Dubai, 00000", "25.0770",
          "55.1390", "8pm", "Prizes, 500aed | FREE to play | Max 8 per team | Age 21+", 2, theme="1",
          host="TMS Trivia 3"),
    event(30004, "Monday Quiz Night @ The Lost Mitten, Paignton", "The Lost Mitten",
          "9 Torbay Road, Paignton, TQ4 6AA", "", "", "7.30pm",
          "Prizes, £45 | £2 to play | Max No per team | Age All+", 1, host="Rowan Pike"),
    event(30005, "Quiz Night @ Ma Tully's, Liverpool", "Ma Tully's", "12 Newington, Liverpool, L1", "53.4040",
          "-2.9790", "7", "Prizes, £20 | 1.00 to play | Max 6 per team | Age 18+", 1, host="★71 Bea O'Hara",
          performer=portrait(9171, "Bea O'Hara")),
    event(30006, "Quiz Night @ Ma Tully's, Liverpool", "Ma Tully's", "12 Newington, Liverpool, L1", "53.4042",
          "-2.9790", "7", "Prizes, £20 | 1.00 to play | Max 6 per team | Age 18+", 1, host="Joss Avery"),
    event(30007, "Quiz Night @ The Twice Shy, Ipswich", "The Twice Shy", "Buttermarket, Ipswich, IP1", "52.0567",
          "1.1540", "8pm", "Prizes, £30 | £5 per team to play | Max 5 per team | Age 18++", 2, 9,
          host="★33 Noor Halim", performer=portrait(9133, "Noor Halim")),
    event(30008, "Red Goose Pub Quiz, Hanley", "The Red Goose, Hartsfield",
          "Hartsfield, Red Goose Inn, 18 Old Road, Hanley, ST1 9XX", "53.0258", "-2.1740", "8pm", "£2 to play", 2, 4,
          host="★12 Col Brandreth"),
    event(30009, "Quiz Night @ The Claddagh Kettle, Galway", "The Claddagh Kettle", "College Road, Galway, H91 X9X9",
          "53.2760", "-9.0420", "8.30pm", "Prizes, €100 | 3 Euros to play | Max 6 per team | Age 18+", 3,
          host="Fiadh Ní Laoi"),
    event(30010, "Table Quiz @ The Harbour Goat, Wexford", "The Harbour Goat", "Crescent Quay, Wexford", "52.3370",
          "-6.4590", "9pm", "Prizes, €80 | free to play | Age 18+", 4, host="★90 Cormac",
          performer=portrait(9190, "Cormac")),
    event(30011, "Blue Parsley Monday: Earlier Quiz + Free Wings, Germasogeia", "Blue Parsley",
          "Georgiou A 12, Germasogeia, 4047", "34.7080", "33.0900", "1930",
          "Prizes, drinks | €4.50 to play | Age n/a+", 1, host="Andri & Co."),
    event(30012, "Quiz @ The Apes' Larder, Gibraltar", "The Apes' Larder", "Main Street, Gibraltar, GX11 1AA",
          "36.1400", "-5.3530", "930pm", "Prizes, £25 | £3 to play | Max No per team | Age 18+", 5,
          host="Lena Serfaty"),
    event(30013, "Quiz Night @ The Tide Table, St Helier", "The Tide Table", "The Parade, St Helier, JE2 9ZZ",
          "49.1860", "-2.1140", "8p", "2 to play | Max 4 per team", 3, host="★5 Gus Renouf"),
    event(30014, "Trivia @ Surf & Turf Club, Manly", "Surf & Turf Club", "8 The Corso, Manly, 2095", "-33.7970",
          "151.2870", "6.30pm", "$0 with any purchase to play | Age 18+", 4, host="Skye Baptiste"),
    event(30015, "Quiz Night @ moorland hare, Burslem", "moorland hare", "burslem, burslem", "53.0450", "-2.1960",
          "8.30pm", "Prizes, £40 | 0 to play | Age 18+", 5, host="Vic Turnock"),
    event(30016, "Quiz Night @ pickle., Lancaster", "pickle.", "China Street, Lancaster, LA1 9XX", "54.0490",
          "-2.8030", "7:30", "N/A to play | Max 6 per team", 3, host="★448 Petra"),
    event(30017, "Ivy Cottage Inn on Mondays", "Ivy Cottage Inn", "Beach Road, Torquay", "50.4800", "-3.5130", "8pm",
          None, 1, host="★2 Tamsin", performer=portrait(9102, "Tamsin"),
          host_words="£500 jackpot nights since 2011, 2 to play.", quirks=("host_info",)),
    event(30018, "Quiz Night @ The Student Fox, Maynooth", "The Student Fox", "North Campus, Maynooth, W23 X9X9",
          "53.3850", "-6.6000", "7pm", "Prizes, €50 | None to play", 2, venue_text="C-Town Entertainment",
          host="C-Town Entertainment"),
    event(30019, "Engaged Trivia @ The Pentagon Inn, Glen Falls", "The Pentagon Inn",
          "2 State Route 26, Glen Falls, 13777", "42.2440", "-75.9990", None,
          "Prizes, $40 | $0 with any purchase to play", 2, host="★801 Dee", quirks=("host_in_title_only",)),
    event(30020, "Quiz Night @ The Silent Bell, Derry", "The Silent Bell", "Foyle Street, Derry, BT48", "54.9966",
          "-7.3086", "00:00", "£1 to play", 4, host="Orla Quigg", day_said="Friday"),
    event(30021, "Quiz Night @ The Empty Frame, Wigan", "The Empty Frame", "Wallgate, Wigan, WN2", "53.5440",
          "-2.6330", "8pm", "Prizes, £50 Bar Tab", 5, host="Les Marsh", quirks=("no_bold_venue",),
          theme="Pat's \"('80s')}]\" \\ night"),
    event(30022, "Quiz Night @ The Blank Page, Leeds", "The Blank Page", None, "53.7997", "-1.5492", None,
          "£2.50 to play", 6, quirks=("no_when",)),
    gone(30023, "51.5367022", "-0.1031559", 1),
    gone(30024, "51.4661911", "0.1448953999999958", 2),
    gone(30025, "25.067661", "55.1616195", 1),
    gone(30026, "53.7209544", "-2.6612949", 2),
    gone(30027, "", "", 3),
    gone(30028, "52.8751", "-1.4266", 4),
    gone(30029, "40.7130", "-74.0060", 5),
    gone(30030, "51.4055748", "0.0136487", 6),
    gone(30031, "53.3498", "-6.2603", 6),
]  # fmt: skip

# Towns for a sandbox at real scale: name, postcode, a point, fee.
TOWNS = (
    ("Croydon", "CR0", 51.3730, -0.1000, "£2 to play"), ("Leicester", "LE1 9ZZ", 52.6360, -1.1330, "£1.50 to play"),
    ("Stockport", "SK1", 53.4090, -2.1570, "FREE to play"), ("Paisley", "PA1 9ZZ", 55.8450, -4.4240, "£1 to play"),
    ("Newport", "NP20", 51.5840, -2.9970, "£2 to play"), ("Truro", "TR1 9ZZ", 50.2630, -5.0510, "1 to play"),
    ("Harrogate", "HG1 9ZZ", 53.9910, -1.5410, "£2.50 to play"), ("Sligo", "F91", 54.2760, -8.4750, "3 Euros to play"),
    ("Dayton", "45402", 39.7590, -84.1910, "$0 with any purchase to play"), ("Reno", "89501", 39.5290, -119.8140, None),
    ("Paphos", "8010", 34.7750, 32.4240, "€5 to play"), ("Dubai", "00000", 25.0750, 55.1400, "FREE to play"),
)  # fmt: skip
CLOCKS = ("7pm", "7.30pm", "8pm", "8.30pm", "9:00 PM")
WITHOUT_PAGE = 35
"""Per cent."""


def invented(number: int, chance: random.Random) -> SpeedQuizzingVenue:
    town, postcode, latitude, longitude, fee = chance.choice(TOWNS)
    name, host, day = pub_name(number), person(number), chance.randrange(7)
    event_id, point = 40000 + number, (latitude + chance.uniform(-0.01, 0.01), longitude + chance.uniform(-0.01, 0.01))
    shown = f"{point[0]:.7f}", f"{point[1]:.7f}"
    if number * WITHOUT_PAGE % 100 < WITHOUT_PAGE:
        return gone(event_id, *shown, day)
    facts = " | ".join(filter(None, (f"Prizes, £{number % 60 + 20}", fee, "Age 18+")))
    return event(
        event_id, f"Quiz Night @ {name}, {town}", name, f"{chance.randrange(1, 300)} Station Road, {town}, {postcode}",
        shown[0], shown[1], chance.choice(CLOCKS), facts, day, host=f"★{number} {host}" if number % 2 else host,
        performer=scene(f"{HOSTS}/host_pic{number}.jpg", number) if number % 2 else None,
    )  # fmt: skip
