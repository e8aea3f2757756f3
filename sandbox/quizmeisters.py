"""Quizmeisters: StoreRocket's listing of all venues in one JSON, and a Webflow page for most of them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

from jinja2 import Environment

from sandbox.publisher import Image, Page, Photo, Publisher, Visit, digest
from sandbox.quizmeisters_venues import CDN, VENUES, QuizmeistersVenue, guest, invented, photo

STOREROCKET = frozenset({"storerocket.io", "api.storerocket.io"})
SITES = frozenset({"quizmeisters.com", "www.quizmeisters.com", "quizmeisters.com.au", "www.quizmeisters.com.au"})
LISTING = "/api/user/kDJ3BbK4mn/locations"
# The listing's `fields` and `custom_fields` of a venue without a schedule.
NO_FIELDS: dict[str, dict[str, object]] = {
    "null": {"fields": None, "custom_fields": None},
    "empty": {"fields": [], "custom_fields": []},
    "missing": {},
}
PLACEHOLDER = Photo(f"{CDN}/placeholder/venue.png", "No photo yet", "png", seed="venue")
HOST_PLACEHOLDER = Photo(f"{CDN}/host-placeholder.png", "No host yet", "png", seed="host")
FORMER_PHOTO = photo("old - Under Other Owners.jpg")
FORMER_HOST = photo("old - Somebody Else.jpg")

# Webflow keeps hidden elements in the page and marks them with a class.
VENUE_PAGE = """<!DOCTYPE html>
<html data-wf-domain="www.quizmeisters.com" lang="en-AU">
<head><meta charset="utf-8"><title>{{ v.name }} | Quizmeisters</title></head>
<body>
<div class="venue-block">
  <h1>{{ v.name }}</h1>
  <p class="paragraph">{{ v.street }}, {{ v.suburb }}</p>
  <p class="paragraph{{ "" if phone else hidden }}">{{ phone or "" }}</p>
</div>
{% if "photo_hidden_first" in v.quirks %}
<img class="venue-photo{{ hidden }}" src="{{ former_photo }}" alt="">
{% endif %}
{% if "photo_in_hidden_block" in v.quirks %}
<div class="gallery{{ hidden }}"><div><img class="venue-photo" src="{{ former_photo }}" alt=""></div></div>
{% endif %}
{% if v.hero or "photo_absent" not in v.quirks %}
<img class="venue-photo" src="{{ hero_src }}" alt="">
{% endif %}
{% if v.on_break %}
<div class="on-break"><p>This show is taking a short break.</p></div>
{% elif "break_in_hidden_block" in v.quirks %}
<div class="notices{{ hidden }}"><div class="on-break"><p>This show is taking a short break.</p></div></div>
{% else %}
<div class="on-break{{ hidden }}"><p>This show is taking a short break.</p></div>
{% endif %}
{% if "description_hidden_first" in v.quirks %}
<div class="venue-description w-richtext{{ hidden }}"><p>Words about the house under other owners.</p></div>
{% endif %}
{% if "description_in_hidden_block" in v.quirks %}
<div class="about{{ hidden }}">
<div class="venue-description w-richtext"><p>Words from before the repairs.</p></div>
</div>
{% endif %}
<div class="venue-description w-richtext{{ "" if v.description else hidden }}">
{% for paragraph in (v.description or "").splitlines() %}<p>{{ paragraph }}</p>{% endfor %}
</div>
<div class="venue-description trivia-generic w-richtext{{ hidden if "generic_hidden" in v.quirks }}">
<p>Two hours of trivia with a live host, free to play, with prizes for the sharp and the lucky.</p></div>
<div class="venue-description bingo-generic w-richtext{{ hidden if not v.bingo }}"><p>Two hours of bingo.</p></div>
<div class="venue-description survey-generic w-richtext{{ hidden if not v.survey }}"><p>Ask the crowd.</p></div>
<div class="icon-block">
  <a href="{{ v.website or "#" }}"><img src="/i/web.svg" alt="website icon"></a>
  <a href="{{ v.facebook or "#" }}"><img src="/i/fb.svg" alt="facebook icon"></a>
  <a href="{{ v.instagram or "#" }}"><img src="/i/ig.svg" alt="instagram icon"></a>
</div>
{% if "host_in_hidden_block" in v.quirks %}
<div class="host-info{{ hidden }}">
  <div class="host-name">Somebody Else</div><img class="host-image" src="{{ former_host }}" alt="">
</div>
{% endif %}
<div class="host-info">
  {% if "host_name_hidden_first" in v.quirks %}<div class="host-name{{ hidden }}">Somebody Else</div>{% endif %}
  {% if "host_empty_first" in v.quirks %}<div class="host-name"> </div>{% endif %}
  <div class="host-name">{{ v.host or "" }}</div>
  <div class="host-name{{ "" if "host_name_twice" in v.quirks else hidden }}">{{ v.host or "" }}</div>
  <img class="host-image placeholder" src="{{ host_placeholder }}" alt="">
  {% if "host_image_hidden_first" in v.quirks %}
  <img class="host-image{{ hidden }}" src="{{ former_host }}" alt="">
  {% endif %}
  <img class="host-image{{ hidden }}" src="" alt="">
  {% if v.performer %}<img class="host-image" src="{{ v.performer.url }}" alt="">{% endif %}
</div>
</body></html>
"""
FORBIDDEN = "<!DOCTYPE html>\n<html><head><title>403 Forbidden</title></head><body><h1>Forbidden</h1></body></html>\n"

_template = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(VENUE_PAGE)


class Quizmeisters(Publisher[QuizmeistersVenue]):
    hosts = STOREROCKET | SITES
    start = "storerocket.io/api/user/kDJ3BbK4mn/locations"
    real_size = 221

    def __init__(self) -> None:
        super().__init__({venue.slug if venue.page else str(venue.number): venue for venue in VENUES})

    def images(self) -> Iterator[Image]:
        yield from super().images()
        yield Image(PLACEHOLDER, "placeholder")
        yield Image(HOST_PLACEHOLDER, "placeholder")
        yield Image(FORMER_PHOTO, "hero")
        yield Image(FORMER_HOST, "performer")

    def invented(self, number: int, chance: random.Random) -> tuple[str, QuizmeistersVenue]:
        venue = invented(number, chance)
        return venue.slug, venue

    def add_guests(self, count: int) -> list[str]:
        first = len(self.venues)
        guests = [guest(number) for number in range(first, first + count)]
        self.venues |= {venue.slug: venue for venue in guests}
        return [venue.slug for venue in guests]

    def new_url(self, venue: QuizmeistersVenue, kind: str) -> str:
        old: Photo | None = getattr(venue, kind)
        before = old.url if old else f"{venue.slug}-{kind}.jpg"
        file_name = before.rpartition("/")[2]
        return f"{CDN}/{digest(venue.slug + before, 24)}_{file_name.partition('_')[2] or file_name}"

    def page(self, visit: Visit) -> Page | None:
        if visit.host in STOREROCKET:
            return Page(self.listing(), "application/json") if visit.path == LISTING else None
        folder, _, slug = visit.path.strip("/").partition("/")
        venue = self.venues.get(slug)
        if folder != "venues" or venue is None or venue.page is None:
            return None
        if not visit.headers.get("user-agent"):
            return Page(FORBIDDEN, status=403)
        return Page(venue_page(venue))

    def listing(self) -> str:
        locations = [location(venue) for venue in self.venues.values() if venue.listed]
        return json.dumps({"success": True, "results": {"locations": locations}}, ensure_ascii=False)


def venue_page(venue: QuizmeistersVenue) -> str:
    return _template.render(
        v=venue,
        phone=venue.page_phone or venue.phone,
        hidden=" w-condition-invisible",
        hero_src=(venue.hero or PLACEHOLDER).url if venue.hero_src is None else venue.hero_src,
        placeholder=PLACEHOLDER.url,
        host_placeholder=HOST_PLACEHOLDER.url,
        former_photo=FORMER_PHOTO.url,
        former_host=FORMER_HOST.url,
    )


def location(venue: QuizmeistersVenue) -> dict[str, object]:
    """Return a venue as StoreRocket lists it: coordinates may be text or numbers, and keys may be missing."""
    has_page = venue.page is not None
    numbers = "numbers" in venue.quirks
    facts: dict[str, object] = {
        "id": venue.number,
        "slug": venue.slug.partition("-")[2] if has_page else None,
        "name": venue.name,
        "address": f"{venue.street}, {venue.suburb}, {venue.state}, {venue.postcode}, AU",
        "lat": venue.latitude if numbers else f"{venue.latitude:.7f}",
        "lng": venue.longitude if numbers else f"{venue.longitude:.7f}",
        "phone": venue.phone,
        "email": None,
        "url": venue.page,
        "facebook": None,
        "instagram": None,
        "location_type_name": "Venue",
    }
    if "address_only" not in venue.quirks:
        facts |= {"display_address": f"{venue.street}, {venue.suburb}"}
        facts |= {"address_line_1": venue.street, "address_line_2": None}
        facts |= {"city": venue.suburb, "state": venue.state, "postcode": venue.postcode, "country": "AU"}
    if venue.zone is not None:
        facts["timezone"] = venue.zone
    return facts | show_fields(venue)


def show_fields(venue: QuizmeistersVenue) -> dict[str, object]:
    fields: list[dict[str, object]] = []
    if venue.bingo:
        fields.append({"id": 71, "name": "Bingo", "pivot_field_value": venue.bingo})
    if venue.survey:
        fields.append({"id": 72, "name": "Survey Says", "pivot_field_value": venue.survey})
    if venue.schedule is not None and venue.kept_in == "custom":
        return {"custom_fields": {"trivia_night": venue.schedule}, "fields": fields}
    if venue.schedule is not None and venue.kept_in == "named":
        fields.append({"id": 73, "name": "Weekly Quiz Night", "value": venue.schedule})
    elif venue.schedule is not None:
        # Also a venue that was listed without a schedule and then edited.
        fields.append({"id": 70, "name": "Trivia", "pivot_field_value": venue.schedule})
    if not fields and venue.kept_in in NO_FIELDS:
        return NO_FIELDS[venue.kept_in]
    return {"fields": fields}
