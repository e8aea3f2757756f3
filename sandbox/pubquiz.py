"""PubQuiz: a WooCommerce shop of tickets; a page of cities, a page of cards for each, and a page for every venue."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from jinja2 import Environment

from sandbox.publisher import Image, Page, Photo, Publisher, Visit, digest
from sandbox.pubquiz_venues import CITIES, UPLOADS, VENUES, Night, PubquizVenue, invented

SITE = "https://pubquiz.pl"
DAYS = ("Poniedziałek", "Wtorek", "Środa", "Czwartek", "Piątek", "Sobota", "Niedziela")
DAY_IDS = ("poniedzialek", "wtorek", "sroda", "czwartek", "piatek", "sobota", "niedziela")
LEAGUE = "liga-pubquiz"
STAND_IN = Photo(f"{UPLOADS}/woocommerce-placeholder-300x300.png", "Bez zdjęcia", "png", seed="pubquiz")
SIZE = re.compile(r"-\d+x\d+(?=\.\w+$)")

CITIES_PAGE = """<!DOCTYPE html><html lang="pl-PL"><head><title>Bilety – PubQuiz.pl</title></head><body>
<div class="shop-page-categories">
{% for slug, name in cities.items() %}
  <a class="category-pill" href="{{ site }}/kategoria-produktu/{{ slug }}/">{{ name }}</a>
{% endfor %}
  <a class="category-pill" href="{{ site }}/kategoria-produktu/{{ league }}/">Liga PubQuiz</a>
</div></body></html>
"""
CITY_PAGE = """<!DOCTYPE html><html lang="pl-PL"><body>
<h1>{{ name }}</h1>
<div class="e-n-tabs"><div class="e-n-tabs-content">
{% for venues in tabs %}
  <div><ul class="products">
  {% for v in venues %}
    {% set image = v.hero.url if v.hero else stand_in %}
    <li class="product-category product{{ " first" if loop.first }}">
    <a href="{{ site }}/kategoria-produktu/{{ v.city }}/{{ v.slug }}/">
    {% if "lazy" in v.quirks %}
    <img src="data:image/svg+xml,%3Csvg%3E%3C/svg%3E" data-src="{{ image }}" alt="">
    {% elif "lazy_srcset" in v.quirks %}
    <img src="data:image/svg+xml,%3Csvg%3E%3C/svg%3E" alt=""
      data-srcset="{{ image | replace("300x300", "100x100") }} 100w, {{ image }} 300w">
    {% else %}
    <img src="{{ image }}" alt="{{ v.name }}">
    {% endif %}
    <h2 class="woocommerce-loop-category__title">{{ v.card_name }}
    {% if "counted" in v.quirks %}<mark class="count">({{ v.nights | length }})</mark>{% endif %}</h2></a></li>
  {% endfor %}
  </ul></div>
{% endfor %}
</div></div></body></html>
"""
VENUE_PAGE = """
{%- macro amount(price) -%}
<span class="woocommerce-Price-amount amount">
{{- price }}&nbsp;<span class="woocommerce-Price-currencySymbol">zł</span></span>
{%- endmacro -%}
<!DOCTYPE html><html lang="pl-PL"><body>
<header><a href="{{ site }}"><img src="{{ site }}/wp-content/uploads/2020/01/logo.png" alt="PubQuiz.pl"></a>
<a class="cart-contents" href="{{ site }}/koszyk/">{{ amount("0,00") }}</a></header>
<h1>{{ v.name }}</h1>
<div class="sec-text">{% for paragraph in (v.description or "").splitlines() %}<p>{{ paragraph }}</p>{% endfor %}</div>
<ul class="checklist">
{% if v.address %}<li>Adres: {{ v.address }}</li>{% endif %}
{% if v.phone %}<li><strong>Telefon:</strong> {{ v.phone }}</li>{% endif %}
{% if v.host_line %}<li>{{ v.host_line }}</li>{% endif %}
</ul>
<div class="e-n-tabs">
  {% for tab in tabs %}<button id="{{ tab.id }}" class="e-n-tab-title">{{ tab.label }}</button>{% endfor %}
  <div class="e-n-tabs-content">
  {% for tab in tabs %}
    <div><ul class="products">
    {% for ticket in tab.tickets %}
      <li class="product"><h3 class="product-title">{{ ticket.title }}</h3>
        {% if ticket.night.before %}
        <span class="product-price price"><del>{{ amount(ticket.night.before) }}</del>
          <ins>{{ amount(ticket.night.price) }}</ins></span>
        {% elif ticket.night.price %}
        <span class="product-price price">{{ amount(ticket.night.price) }}</span>
        {% endif %}
        {% if ticket.night.lowest %}
        <p class="iworks-omnibus" data-iwo-price="{{ ticket.night.lowest }}">Najniższa cena z 30 dni:
          {{ amount(ticket.night.lowest) }}</p>
        {% endif %}
      </li>
    {% endfor %}
    </ul></div>
  {% endfor %}
  </div>
</div></body></html>
"""

_environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
_environment.globals |= {"site": SITE, "stand_in": STAND_IN.url, "league": LEAGUE}
_cities_page, _city_page, _venue_page = map(_environment.from_string, (CITIES_PAGE, CITY_PAGE, VENUE_PAGE))


@dataclass(frozen=True)
class Ticket:
    title: str
    night: Night


@dataclass(frozen=True)
class Tab:
    id: str
    label: str
    tickets: list[Ticket]


class Pubquiz(Publisher[PubquizVenue]):
    hosts = frozenset({"pubquiz.pl", "www.pubquiz.pl"})
    start = "pubquiz.pl/bilety/"
    robots = "User-agent: *\nDisallow: /koszyk/\nDisallow: /wp-admin/\n"
    real_size = 86

    def __init__(self) -> None:
        super().__init__({f"{venue.city}/{venue.slug}": venue for venue in VENUES})

    def invented(self, number: int, chance: random.Random) -> tuple[str, PubquizVenue]:
        venue = invented(number, chance)
        return f"{venue.city}/{venue.slug}", venue

    def images(self) -> Iterator[Image]:
        yield from super().images()
        yield Image(STAND_IN, "placeholder")
        for venue in self.venues.values():
            if venue.hero and "original" in venue.quirks:
                yield Image(replace(venue.hero, url=SIZE.sub("", venue.hero.url)), "hero")

    def new_url(self, venue: PubquizVenue, kind: str) -> str:
        before = getattr(venue, kind)
        name = before.url.rpartition("/")[2] if before else f"{venue.slug}-300x300.jpg"
        return f"{UPLOADS}/2026/08/new-{name}"

    def page(self, visit: Visit) -> Page | None:
        match visit.path.strip("/").split("/"):
            case ["bilety"]:
                return Page(_cities_page.render(cities=CITIES))
            case ["kategoria-produktu", city] if city in CITIES:
                return Page(self.city_page(city))
            case ["kategoria-produktu", city, slug]:
                venue = self.venues.get(f"{city}/{slug}")
                return None if venue is None or "gone" in venue.quirks else Page(venue_page(venue))
        return None

    def city_page(self, city: str) -> str:
        """Return a page with one tab for all venues and one for each day with a quiz."""
        venues = [venue for venue in self.venues.values() if venue.city == city and venue.listed]
        days = [
            [venue for venue in venues if any(night.weekday == day for night in venue.nights)] for day in range(1, 8)
        ]
        return _city_page.render(name=CITIES[city], tabs=filter(None, [venues, *days]))


def venue_page(venue: PubquizVenue) -> str:
    tabs: dict[str, Tab] = {}
    for night in venue.nights:
        label = "Specjalne" if night.own_tab else DAYS[night.weekday - 1]
        tab_id = f"e-n-tab-title-{digest(venue.slug, 9)}1" if night.own_tab else DAY_IDS[night.weekday - 1]
        tab = tabs.setdefault(tab_id, Tab(tab_id, label, []))
        tab.tickets.extend(Ticket(ticket_title(venue, night, week), night) for week in night.weeks)
    if "gift_card" in venue.quirks:
        tabs["bony"] = Tab("bony", "Bony", [Ticket("Bon podarunkowy 100 zł", Night(1, None, price="100,00"))])
    return _venue_page.render(v=venue, tabs=list(tabs.values()))


def ticket_title(venue: PubquizVenue, night: Night, week: int) -> str:
    today = datetime.now(UTC).date()
    monday = today + timedelta(days=7 - today.weekday())
    date = monday + timedelta(weeks=week, days=night.weekday - 1)
    day = DAYS[(night.bracket or night.weekday) - 1].upper()
    return " ".join(filter(None, (f"{date:%Y.%m.%d} [{day}]", venue.ticket_name, night.words, night.clock)))
