"""Geeks Who Drink: a WordPress page with a nonce, and one ajax answer with all venues.

Each venue has a page, and an ajax answer with its host.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from jinja2 import Environment

from sandbox.geeks_who_drink_venues import (
    SPECIALS,
    THEME,
    VENUES,
    GeeksVenue,
    OneOff,
    invented,
)
from sandbox.publisher import Page, Photo, Publisher, Visit, digest

AJAX = "/wp-admin/admin-ajax.php"
NONCE, EXPIRED = "a1b2c3d4e5", "0f9e8d7c6b"
STATES = {"CO": "Colorado"}
BRANDS = {
    **{"gwd": "Classic", "sbt": "Small Batch", "jbl": "JBL", "jdn": "JBL", "alc": "Theme Quiz"},
    **{"bng": "Bingo", "bngt": "Theme Bingo"},
}
# Every page has this script, also those that are not a challenge.
CHALLENGE = "<script>(function(){window.__CF$cv$params={r:'0'};/* /cdn-cgi/challenge-platform/ */})();</script>"

FINDER = """<!DOCTYPE html>
<html lang="en-US"><head><meta charset="utf-8"><title>Find a Game – Geeks Who Drink</title></head><body>
<div class="constrained find__results-count"><p id="find__results-count"></p></div>
<div class="find__col find__col--list"><div class="find__list"></div></div>
<script>
/* <![CDATA[ */
var WP_URL = {"ajaxUrl":"https:\\/\\/www.geekswhodrink.com\\/wp-admin\\/admin-ajax.php","gwdNonce":"{{ nonce }}"};
/* ]]> */
</script>
{{ challenge|safe }}
</body></html>
"""
# As on the site: no white space between the blocks, and much inside.
BLOCKS = """
{%- macro block(v, title, kind, address, brand, day, logo) -%}
<a id="quizBlock-{{ v.number }}" href="https://www.geekswhodrink.com/venues/{{ v.number }}"
 class="find__block quizBlock quizBlock-returned quizBlock-{{ kind }}" data-lat="{{ v.latitude }}"
 data-lon="{{ v.longitude }}" data-sort="1.5" data-title="{{ title }}" data-podio="{{ v.number }}"
 data-color=" #004cba" data-secondary-color="#353535" data-address="{{ address }}" data-brand="{{ brand }}"
 data-day="{{ day }}">	<div class="quizBlock__img">		<div class="quizBlock__helper"></div>
		<div class="quizBlock__img-wrap"><img class="quizBlock__logo" src="{{ logo }}" alt="{{ title }} logo"></div>
	<p class="quizBlock__brand" style="background-color:  #004cba;">{{ brands[brand] }}</p>	</div>
	<div class="quizBlock__content">		<time>{{ caller() }}</time>		<h2>
{%- endmacro -%}
<a id="quizBlock-virtual-0" href="https://www.geekswhodrink.com/news/private/" target="_blank"
 class="find__block quizBlock quizBlock--virtual" data-lat="" data-lon="" data-title="Virtual Quizzes">
	<div class="quizBlock__content"><time>Any time, any place</time>		<h2>Pinned advert</h2></div></a>
{%- for v in venues -%}
{%- for _ in range(2 if "listed_twice" in v.quirks else 1) -%}
{%- call block(v, v.title, "venue", address(v), v.brand, v.day, logo(v)) -%}
{%- if v.times -%}<span>{{ v.times }}</span>
{%- else -%}{{ v.day }}s at <span class="time-moment" data-time="{{ first_time(v) }}"></span>{%- endif -%}
{%- endcall -%}
{{ v.heading or v.title }}</h2>		<p>{{ v.town }}, {{ v.state }}</p>	</div></a>
{%- endfor -%}
{%- for show in v.one_offs -%}
{%- set title = show.title ~ " at " ~ v.title -%}
{%- call block(v, title, "event", address_in_full(v), show.brand, "S", special(show)) -%}
<span class="time-moment-date" data-time="{{ show.first }}"></span> at
				<span class="time-moment" data-time="{{ show.first }}"></span>
{%- endcall -%}
{{ title }}</h2>	</div></a>
{%- endfor -%}
{%- endfor -%}
"""
VENUE_PAGE = """<!DOCTYPE html>
<html lang="en-US"><head><meta charset="utf-8"><title>{{ v.title }} – Geeks Who Drink</title></head>
<body data-venue-id="{{ v.number }}">
<div class="venueHero">
  <h1>{{ v.title }}</h1>
  <div class="venueHero__time">
    <span class="time-moment-date" data-time="2026-09-08T18:00:00+00:00"></span>
    {% if v.times %}<span>{{ v.times }}</span>
    {% else %}<span>{{ v.day }}s at </span><span class="time-moment" data-time="{{ first_time(v) }}"></span>{% endif %}
  </div>
  <div class="venueHero__address">
    <p>{{ v.street }}<br>{{ v.town }}, {{ v.state }} {{ v.zip }}</p>
    <a href="https://maps.google.com/?q={{ v.street|urlencode }}">Directions</a>
    {% if v.website %}<a href="{{ v.website }}">Website</a>{% endif %}
  </div>
  {% if v.phone %}<div class="venueHero__phone">{{ v.phone }}</div>{% endif %}
</div>
{% if v.description %}<div class="venue__description">{{ v.description }}</div>{% endif %}
{% if v.fee_text %}<div class="venue__fee">{{ v.fee_text }}</div>{% endif %}
<div class="venue__social">
  {% if v.facebook %}<a class="facebook" href="{{ v.facebook }}">Facebook</a>{% endif %}
  {% if v.instagram %}<a href="{{ v.instagram }}">Instagram</a>{% endif %}
</div>
{{ challenge|safe }}
</body></html>
"""
HOST = """
{%- if v.masters is not none or v.host or v.performer -%}
<div class="quizzes__meta">
  <div class="quiz__master"><div class="quiz__avatar">
    {%- if v.performer %}<img src="{{ v.performer.url }}" alt="">
    {%- elif "default_avatar" in v.quirks %}<img src="{{ theme }}/avatar-default.png" alt="">{% endif -%}
  </div><p>{{ "Quizmaster: " ~ v.host if v.masters is none else v.masters }}</p></div>
</div>
{% endif -%}
<h3 class="quiz__title">September 1, 2026</h3>
<table><tr><th>Place</th><th>Team</th><th>Score</th></tr><tr><td>1</td><td>Made Up Team</td><td>88</td></tr></table>
<div class="quiz__pag"><a href="?pag=2">2</a></div>
"""


def address(venue: GeeksVenue) -> str:
    return f"{venue.street} {venue.town}, {venue.state} {venue.zip}"


def address_in_full(venue: GeeksVenue) -> str:
    return f"{venue.street} {venue.town}, {STATES.get(venue.state, venue.state)} {venue.zip}"


def first_time(venue: GeeksVenue) -> str:
    """Return the local time of the first night as UTC, computed as if the venue were in Denver."""
    if venue.first_time is not None or venue.clock is None:
        return venue.first_time or ""
    shown = datetime.fromisoformat(f"{venue.first}T{venue.clock}").replace(tzinfo=ZoneInfo("America/Denver"))
    return f"{shown.astimezone(UTC):%Y-%m-%dT%H:%M:%S}+0000"


def logo(venue: GeeksVenue) -> str:
    return venue.hero.url if venue.hero else f"{THEME}/logo-default.png"


def special(show: OneOff) -> str:
    return f"{SPECIALS}/{digest(show.title, 32)}.png"


_environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
_environment.globals.update(
    address=address, address_in_full=address_in_full, first_time=first_time, logo=logo, special=special,
    brands=BRANDS, challenge=CHALLENGE, theme=THEME,
)  # fmt: skip
_finder, _blocks, _venue_page, _host = map(_environment.from_string, (FINDER, BLOCKS, VENUE_PAGE, HOST))


class GeeksWhoDrink(Publisher[GeeksVenue]):
    hosts = frozenset({"geekswhodrink.com", "www.geekswhodrink.com"})
    start = "www.geekswhodrink.com/venues/"
    robots = "User-agent: *\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\n"
    real_size = 1020

    def __init__(self) -> None:
        super().__init__({venue.number: venue for venue in VENUES})
        self.seen = False

    def invented(self, number: int, chance: random.Random) -> tuple[str, GeeksVenue]:
        venue = invented(number, chance)
        return venue.number, venue

    def new_url(self, venue: GeeksVenue, kind: str) -> str:
        old: Photo | None = getattr(venue, kind)
        folder = "vlogo" if kind == "hero" else "avatar"
        return f"https://s3.amazonaws.com/motherbrain-prod/{folder}_{digest(venue.number + str(old), 16)}"

    def page(self, visit: Visit) -> Page | None:
        if visit.path == AJAX:
            return self.ajax(visit)
        if visit.path.strip("/") == "venues":
            # The site has a page cache: the first request gets yesterday's page with yesterday's nonce.
            nonce, self.seen = NONCE if self.seen else EXPIRED, True
            return Page(_finder.render(nonce=nonce))
        folder, _, number = visit.path.strip("/").partition("/")
        venue = self.venues.get(number)
        if folder != "venues" or venue is None or "page_gone" in venue.quirks:
            return None
        return Page(_venue_page.render(v=venue))

    def ajax(self, visit: Visit) -> Page:
        action = visit.query.get("action")
        if action == "mb_display_mapped_events":
            if visit.query.get("nonce") != NONCE:
                return Page("-1", status=403)
            # The answer is complete, in spite of its status.
            return Page(_blocks.render(venues=[v for v in self.venues.values() if v.listed]), status=500)
        venue = self.venues.get(visit.query.get("venue", ""))
        if action != "mb_display_venue_events" or venue is None:
            return Page("0", status=400)
        return Page("", status=500) if "host_500" in venue.quirks else Page(_host.render(v=venue))
