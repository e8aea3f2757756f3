"""The venues of the sandbox's Question One: invented pubs, and a trap or two in each.

A row has the page's slug, title, the slot on page and card, fee, address, and then what is special about it. Only the
title says how often the quiz takes place.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from sandbox.invented import photo as scene
from sandbox.invented import pub_name
from sandbox.publisher import Photo, Venue, format_of

UPLOADS = "https://questionone.com/wp-content/uploads"


@dataclass(frozen=True, kw_only=True)
class QuestionOneVenue(Venue):
    slug: str
    title: str
    slot: str | None
    """Null: the page does not have this block."""
    fee: str | None
    """Null, as on a quarter of the pages."""
    address: str | None
    phone: str | None = None
    website: str | None = None
    description: str | None = None
    """Paragraphs, one per line."""
    quirks: tuple[str, ...] = ()
    """Traps that the templates and the archive recognise."""


def photo(path: str, label: str, format_name: str | None = None) -> Photo:
    """Return an image below year and month, as WordPress stores it, named with the size that the theme shows."""
    url = f"{UPLOADS}/{path}"
    return Photo(url, label, format_name or format_of(url), seed=url)


def venue(
    slug: str, title: str, slot: str | None, fee: str | None, address: str | None,
    *, image: str | None = None, **rest: Any,
) -> QuestionOneVenue:  # fmt: skip
    """Return a venue. Without a name, the text on its image is its slug."""
    rest.setdefault("name", slug.removeprefix("pub-quiz-").replace("-", " ").title())
    rest.setdefault("hero", photo(image, rest["name"]) if image else None)
    return QuestionOneVenue(slug=slug, title=title, slot=slot, fee=fee, address=address, **rest)


# Towns for a sandbox at real scale.
AREAS = (
    ("Camberwell", "SE5"), ("Stoke Newington", "N16"), ("Hackney", "E8"), ("Ealing", "W5"), ("Balham", "SW12"),
    ("Kilburn", "NW6"), ("Deptford", "SE8"), ("Walthamstow", "E17"), ("Finchley", "N3"), ("Acton", "W3"),
)  # fmt: skip
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Sunday")
CLOCKS = ("18:30", "19:00", "19:15", "19:30", "20:00", "20:30")


def invented(number: int, chance: random.Random) -> QuestionOneVenue:
    area, district = chance.choice(AREAS)
    day, name = chance.choice(DAYS), pub_name(number)
    cadence = chance.choice((f"Every {day}", f"Every {day}", f"{day}s", f"Every Other {day}"))
    slug = f"pub-quiz-{name}-{area}-every-{day}".lower().replace(" ", "-")
    return venue(
        slug, f"PUB QUIZ – {name}, {area} – {cadence}", f"{day} {chance.choice(CLOCKS)}",
        chance.choice(("£2", "£2", "£1.50", None)),
        f"{chance.randrange(1, 200)} High Street, London England {district} 9ZZ, United Kingdom",
        name=f"{name}, {area}", description=f"The quiz of {area}.",
        hero=scene(f"{UPLOADS}/2026/05/{slug}-1200x800.jpg", number),
    )  # fmt: skip


VENUES = [
    venue("pub-quiz-the-brass-otter-millbank-every-tuesday", "PUB QUIZ – The Brass Otter, Millbank – Every Tuesday",
          "Tuesday 19:30", "£1.50", "7 Otter Street, London England SW1P 9ZZ, United Kingdom",
          phone="020 7946 0101", website="https://brassotter.example/", quirks=("original",),
          description="Two rounds and a picture sheet.\nKitchen open until nine.",
          image="2026/03/brass-otter-bar-1200x800.webp"),
    venue("copper-hare-2", "Copper Hare, Eastwick", "Sunday 19:15", None,
          "4 Hare Lane, England E8 9ZZ, United Kingdom"),
    venue("pub-quiz-fox-kettle-harbourne-every-other-sunday", "PUB QUIZ – Fox & Kettle, Harbourne – Every Other Sunday",
          "Sunday 19:00", "£2", "18 Quay Road, Harbourne England BH15 9ZZ, United Kingdom", phone="01202 496 0102",
          image="2025/07/acs-3997_29102020023205.avif"),
    venue("pub-quiz-tap-nine-first-wednesday-of-the-month", "PUB QUIZ – Tap Nine – First Wednesday of the Month",
          "Wednesday 20:00", "£3", "9 Tap Yard, London England SE15 9ZZ, United Kingdom",
          image="2024/11/tap-nine-1200x800.jpg"),
    venue("winding-wheel-northgate", "Winding Wheel, Northgate, Every Sunday", "Sunday 18:30", "£2",
          "1 Wheel Hill, England N19 9ZZ, United Kingdom", image="2025/01/wheel-1-1200x800.jpg", quirks=("lazy",)),
    venue("black-lantern", "Black Lantern, West Hampton Every Sunday", "Sunday 20:30", "£2",
          "22 Lantern Parade, London England NW6 9ZZ, United Kingdom", image="2025/02/lantern-1200x800.png"),
    venue("the-bobbin-mill-clapton", "The Bobbin Mill – Clapton", "Monday 19:30", None,
          "3 Bobbin Row, England E5 9ZZ, United Kingdom", phone="020 7946 0107",
          image="2025/02/bobbin-mill-1200x800.jpg", quirks=("lazy_srcset",)),
    venue("pub-quiz-vienna-canary-wharf", "PUB QUIIZ – Vienna – Canary Wharf – Thursdays", "Thursday 19:00", "£2",
          "Dock 4, London England E14 9ZZ, United Kingdom", image="2025/03/vienna-1200x800.webp"),
    venue("pub-quiz-unity-yard-milton-vale-monthly", "PUB QUIZ – Unity Yard, Milton Vale – Monthly", "Thursday 20:00",
          "£2", "55 Silbury Court, Milton Vale England MK9 9ZZ, United Kingdom",
          image="2025/03/unity-yard-1200x800.jpg", quirks=("listed_again",)),
    # The second page of the archive.
    venue("drakes-drum-sundays-7-30pm", "Drake’s Drum, Chelsham", "Wednesday 19:30", "£2",
          "5 Drum Walk, London England SW3 9ZZ, United Kingdom", image="2025/03/drum-1200x800.jpg"),
    venue("pub-quiz-tuesdays-7pm-at-the-queens-thimble-holbeck",
          "PUB QUIZ – Tuesdays 7pm at The Queen’s Thimble, Holbeck", "Tuesday 19:00", "£1",
          "8 Thimble Street, London England WC1V 9ZZ, United Kingdom", image="2025/04/thimble-1200x800.jpg"),
    venue("the-crown-pub-quiz", "The Crown Pub Quiz", "Thursday 19:30", "Free",
          "2 Crown Lane, Twicken England TW1 9ZZ, United Kingdom", image="2025/04/crown-1200x800.jpg"),
    venue("pub-quiz-the-silver-eel-wapping-every-monday", "PUB QUIZ – The Silver Eel, Wapping – Every Monday",
          "Mondays at 8pm", "£2 per person", "31 Eel Wharf, England E1W 9ZZ, United Kingdom",
          website="https://www.silvereel.example", image="2025/04/eel-1200x800.jpg", quirks=("beside_others",)),
    venue("pub-quiz-the-silver-eel-wapping-every-thursday", "PUB QUIZ – The Silver Eel, Wapping – Every Thursday",
          "Thursday 20:00", "£2", "31 Eel Wharf, England E1W 9ZZ, United Kingdom",
          image="2025/04/eel-upstairs-1200x800.jpg"),
    venue("the-plumed-heron", "PUB QUIZ – The Plumed Heron, Putney Vale – Every Wednesday", None, "£2",
          "12 Heron Reach, London England SW15 9ZZ, United Kingdom", image="2025/05/heron-1200x800.jpg",
          quirks=("slot_on_card",)),
    venue("pub-quiz-the-paper-boat-galleydon", "PUB QUIZ – The Paper Boat, Galleydon – Every Tuesday", "Tuesday 20:00",
          "€5", "College Walk, Galleydon, H91 F8XX, Ireland", image="2025/05/paper-boat-1200x800.jpg"),
    venue("the-ruby-tuesday", "The Ruby Tuesday", "Friday 19:30", "N/A",
          "16 Saint Osyth's Street, Saint Osyth England AL1 9ZZ, United Kingdom",
          image="2025/05/ruby-1200x800.jpg"),
    venue("pub-quiz-last-post-first-orders-1st-3rd-monday", "PUB QUIZ – Last Post, First Orders – 1st & 3rd Monday",
          "Monday 20:00", "£2", "70 Post Lane, London England N1 9ZZ, United Kingdom",
          image="2025/06/last-post-1200x800.jpg"),
    venue("pub-quiz-the-gatepost-fortnightly", "The Gatepost, Ludd", "Monday 19:00", "£2.50",
          "1-3 Gatepost Street, England SE11 9ZZ, United Kingdom", image="2025/06/gatepost-1200x800.jpg"),
    venue("the-hollow-reed", "PUB QUIZ – The Hollow Reed, Marsham – Every Tuesday", "Tuesday 00:00", "£2",
          "10 Reed Hill, Marsham, United Kingdom", image="2025/06/reed-1200x800.jpg"),
    venue("the-last-lamplighter", "PUB QUIZ – The Last Lamplighter – Fridays", "Friday 20:00", "£10 Bar Tab",
          None, image="2025/06/lamplighter-1200x800.jpg"),
    venue("the-quiet-carriage", "The Quiet Carriage, Beckton", "Quiz nights to be announced", "£2",
          "6 Carriage Road, England E6 9ZZ, United Kingdom"),
    venue("the-closed-door", "The Closed Door, Barking", "Tuesday 19:00", "£2",
          "6 Door Road, England IG11 9ZZ, United Kingdom", quirks=("gone",)),
    venue("pub-quiz-arab-camel-every-second-thursday", "PUB QUIZ – The Camel – Every Second Thursday",
          "Thursday 19:30", "£2", "14 Camel Road, London England SW15 9ZZ, United Kingdom", phone="+44 20 7946 0124",
          image="2025/06/camel-1200x800.gif"),
    venue("woodlouse-2", "PUB QUIZ – The Woodlouse, Stoke Green – Last Thursday of the Month", "Thursday 20:00", "£2",
          "9 Greater Green, London England W4 9ZZ, United Kingdom", image="2025/06/camel-1200x800.gif",
          description="Same photographer, same house."),
    venue("the-north-star-2", "PUB QUIZ – The North Star, Finch – Every Sunday", "Sunday 19:30", "2",
          "188 Star Road, London England N12 9ZZ, United Kingdom", website="#", phone="ask inside",
          image="2025/07/image-1200x800.jpg",
          quirks=("original",)),
]  # fmt: skip
