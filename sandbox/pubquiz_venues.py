"""The venues of the sandbox's PubQuiz: real cities, invented pubs and people, and a trap or two in each.

A row has city and page slug, the name on its card, address, phone, the line that names the host, its nights, and then
what is special about it. Dates of tickets are in weeks, counted from next week.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from sandbox.invented import person
from sandbox.invented import photo as scene
from sandbox.publisher import Photo, Venue, format_of

UPLOADS = "https://pubquiz.pl/wp-content/uploads"
EMPTY_CITY = "torun"
CITIES = {
    "bydgoszcz": "Bydgoszcz",
    "gdansk": "Gdańsk",
    "krakow": "Kraków",
    "lodz": "Łódź",
    EMPTY_CITY: "Toruń",
    "warszawa": "Warszawa",
    "wroclaw": "Wrocław",
}


@dataclass(frozen=True)
class Night:
    """Tickets of one kind: one for every week, on one weekday at one time."""

    weekday: int
    """1 = Monday .. 7 = Sunday."""
    clock: str | None
    weeks: tuple[int, ...] = (0, 1, 2)
    price: str | None = "15,00"
    """Złoty, as the page shows it; null if it shows only the lowest price."""
    words: str = ""
    """The words of a ticket's name after the venue's name."""
    bracket: int | None = None
    """The weekday that a ticket names, if its date has another one."""
    lowest: str | None = None
    """The lowest price of the last 30 days, which the law requires."""
    before: str | None = None
    """The price before a sale."""
    own_tab: bool = False
    """Whether it is in a tab that is not a weekday, with an id by Elementor."""


@dataclass(frozen=True, kw_only=True)
class PubquizVenue(Venue):
    city: str
    slug: str
    address: str | None
    phone: str | None
    host_line: str | None
    nights: tuple[Night, ...]
    card_name: str
    ticket_name: str
    description: str | None = None
    """Paragraphs, one per line."""
    quirks: tuple[str, ...] = ()
    """Traps that the templates and the listing recognise."""


def photo(path: str, label: str) -> Photo:
    url = f"{UPLOADS}/{path}"
    return Photo(url, label, format_of(url), seed=url)


def venue(
    where: str, name: str, street: str | None, phone: str | None, host_line: str | None, *nights: Night,
    image: str | None = None, postcode: str | None = None, **rest: Any,
) -> PubquizVenue:  # fmt: skip
    city, _, slug = where.partition("/")
    place = CITIES[city] if postcode is None else f"{postcode} {CITIES[city]}"
    rest.setdefault("address", street and f"{street}, {place}")
    rest.setdefault("hero", photo(image, name) if image else None)
    rest.setdefault("card_name", name)
    rest.setdefault("ticket_name", name)
    return PubquizVenue(
        name=name, city=city, slug=slug, phone=phone, host_line=host_line, host=(host_line or "").partition(": ")[2],
        nights=nights, **rest,
    )  # fmt: skip


NAMES = ("Żuraw", "Lis", "Bóbr", "Karp", "Jeż", "Wróbel", "Łoś", "Śledź", "Dzik", "Sowa", "Kot", "Rak")
KINDS = ("Zielony", "Złoty", "Mały", "Cichy", "Ostatni", "Pijany", "Szybki", "Żółty")


def invented(number: int, chance: random.Random) -> PubquizVenue:
    city, weekday = chance.choice(sorted(CITIES.keys() - {EMPTY_CITY})), chance.randrange(1, 8)
    name = f"{KINDS[number % len(KINDS)]} {NAMES[number // len(KINDS) % len(NAMES)]}"
    return venue(
        f"{city}/pub-{number}", name, f"ul. Zmyślona {number}", f"600 000 {number:03}", f"Prowadzi: {person(number)}",
        Night(weekday, chance.choice(("18:30", "19:00", "20:00")), price=chance.choice(("15,00", "20,00"))),
        postcode=f"{chance.randrange(10, 99)}-999", hero=scene(f"{UPLOADS}/2025/08/pub-{number}-300x300.jpg", number),
    )  # fmt: skip


VENUES = [
    venue("bydgoszcz/zielony-zuraw", "Zielony Żuraw", "ul. Zmyślona 7", "600 000 101", "Prowadząca: Anna Przykładowa",
          Night(3, "19:00", (0, 1), lowest="12"), Night(5, "20:30", (0,), "20,00", "– Quiz Filmowy"),
          postcode="85-999", description="Quiz w ogródku nad rzeką.", image="2025/04/zielony-zuraw-300x300.jpg",
          quirks=("counted", "original")),
    venue("bydgoszcz/piwnica-u-lisa", "Piwnica u Lisa", "ul. Długa 12", None, "Prowadzący: Jan Wymyślony",
          Night(1, "19:00"), Night(7, "18:00"), postcode="85-999", image="2025/05/piwnica-u-lisa-300x300.png",
          card_name="PubQuiz.pl - Piwnica u Lisa", quirks=("lazy",)),
    venue("bydgoszcz/piwnica-u-lisa-2", "Piwnica u Lisa", "ul. Krótka 3", None, "Prowadzi: Ewa Zmyślna",
          Night(4, "20:00"), postcode="85-999", image="2025/05/druga-piwnica-300x300.jpg"),
    venue("bydgoszcz/kregle-pod-mostem", "Kręgle pod Mostem", "ul. Mostowa 1", "600 000 104", None,
          Night(2, "19:00", bracket=3), postcode="85-999", image="2025/06/kregle-300x300.jpg"),
    venue("gdansk/latarnia", "Latarnia", "ul. Portowa 4", "600 000 105", "Prowadzący: Piotr Morski",
          Night(2, "19:00", (0, 2, 4)), postcode="80-999", image="2025/06/latarnia-300x300.webp",
          card_name="Pub Quiz - Latarnia", description="Otwarte codziennie od 12:00.\nQuiz co dwa tygodnie."),
    venue("gdansk/zloty-sledz", "Złoty Śledź", "ul. Rybna 8", "600 000 106", "Prowadząca: Zofia Rybka",
          Night(3, "19:30", price="15,00", before="20,00", lowest="15.0"), postcode="80-999",
          image="2025/06/zloty-sledz-300x300.jpg", quirks=("lazy_srcset",)),
    venue("gdansk/bez-ceny", "Bez Ceny", "ul. Skarbowa 2", None, "Prowadzi: Adam Groszek",
          Night(4, "18:30", price=None, lowest="15.0"), postcode="80-999", image="2025/06/bez-ceny-300x300.jpg"),
    venue("gdansk/wolny-ptak", "Wolny Ptak", "ul. Leśna 5", None, None, Night(4, "19:00", price="0,00"),
          postcode="80-999", image="2025/06/wolny-ptak-300x300.jpg"),
    venue("krakow/smok-i-smoczek", "Smok i Smoczek", "ul. Wawelska 3", "12 345 67 89", "Prowadzący: Krzysztof Krak",
          Night(1, "20:00"), Night(1, "20:00", (3,), "25,00", "– Finał Ligi", own_tab=True), postcode="30-999",
          image="2025/07/smok-300x300.jpg", ticket_name="Smok i Smoczek"),
    venue("krakow/pod-sowa", "Pod Sową", None, None, "Prowadzi: Sowa", Night(7, "19:00"),
          image="2025/07/sowa-300x300.jpg"),
    venue("krakow/latarnia", "Latarnia", "ul. Ciemna 9", None, "Prowadząca: Maria Jasna", Night(6, "21:00"),
          postcode="30-999", image="2025/07/latarnia-300x300.webp"),
    venue("krakow/bez-biletow", "Bez Biletów", "ul. Pusta 1", None, "Prowadzi: Nikt", postcode="30-999",
          image="2025/07/bez-biletow-300x300.jpg"),
    venue("lodz/tkacz", "Tkacz", "ul. Włókiennicza 14", "600 000 113", "Prowadzący: Tomasz Łódzki",
          Night(5, "19:00"), postcode="90-999", image="2025/07/tkacz-300x300.jpg", quirks=("gift_card",)),
    venue("lodz/jeden-raz", "Jeden Raz", "ul. Jedna 1", None, None, Night(6, "19:00", (1,), own_tab=True),
          postcode="90-999", image="2025/07/jeden-raz-300x300.jpg"),
    venue("lodz/raz-w-zakladce", "Raz w Zakładce", "ul. Druga 2", None, None, Night(3, "19:00", (0,)),
          postcode="90-999"),
    venue("warszawa/hala-kregli", "Hala Kręgli", "ul. Toczna 22", "22 123 45 67", "Prowadząca: Barbara Toczek",
          Night(2, "18:00"), Night(2, "20:30"), postcode="00-999", image="2025/08/hala-300x300.jpg",
          ticket_name="Hala Kręgli Warszawa"),
    venue("warszawa/kawiarnia-mars", "Kawiarnia Mars", "ul. Planetarna 4", "nie ma", "Prowadzi: ",
          Night(3, None), postcode="00-999", image="2025/08/mars-300x300.jpg"),
    venue("warszawa/niedziela", "Niedziela", "ul. Świąteczna 7", None, "Prowadzący: Paweł Gość", Night(7, "17:00"),
          postcode="00-999", image="2025/08/niedziela-300x300.jpg"),
    venue("warszawa/zamkniety", "Zamknięty", "ul. Zamknięta 1", None, None, Night(1, "19:00"), quirks=("gone",)),
    venue("wroclaw/krasnal", "Krasnal", "ul. Mała 1", "71 123 45 67", "Prowadząca: Ola Krasnal", Night(1, "19:00"),
          Night(2, "19:00"), Night(3, "19:00"), postcode="50-999", image="2025/08/krasnal-300x300.jpg"),
]  # fmt: skip
