"""SpeedQuizzing: one page with the coming bookings as JSON inside a script, and a page for most events."""

from __future__ import annotations

import json
import random
from datetime import date

from jinja2 import Environment

from sandbox.publisher import Page, Publisher, Visit, digest
from sandbox.speed_quizzing_venues import FIRST_DAY, HOSTS, VENUES, SpeedQuizzingVenue, invented

FIND = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Find a SpeedQuizzing event</title></head><body>
<h1>Find an event</h1><div id="map"></div>
<script>var theme = JSON.parse('{"map":"light"}')</script>
<script>
    var events = JSON.parse('{{ events }}')
    events.forEach(function (event) { pin(event.lat, event.lon) })
</script>
</body></html>
"""
EVENT = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta property="og:title" content="SpeedQuizzing Smartphone Pub Quiz • {{ v.title }} • Next on {{ next }} •
{%- if v.host %} Hosted by {{ v.host }} •{% endif %}">
<meta name="description" content="Join the fun at {{ v.venue_text or v.name }}, {{ v.address or "" }}. Bring a phone.">
</head><body>
<h1>{{ v.title }}</h1>
{% if "no_bold_venue" in v.quirks %}
<p class="mb-0"><i class="fa fa-map-marker"></i> {{ v.name }}, {{ v.address }}</p>
{% else %}
<p class="mb-0"><i class="fa fa-map-marker"></i> <b>{{ v.venue_text or v.name }}</b>
{%- if v.address %}, {{ v.address }}{% endif %}</p>
{% endif %}
{% if "no_when" not in v.quirks %}
<p class="mb-0"><i class="fa fa-clock"></i> {% if v.clock %}{{ v.clock }} • {% endif %}{{ when }}</p>
{% endif %}
{% if v.facts %}
<p class="sm1">{{ v.facts }}</p>
{% endif %}
{% if v.host and "host_in_title_only" not in v.quirks %}
{% if "host_info" in v.quirks %}<div class="host-info">{% else %}<div id="menu4">{% endif %}

  {% if v.performer %}<img class="host-img" src="{{ portrait }}" alt="">{% endif %}
  <h3>This event is hosted by {{ v.host }}</h3>
  {% if v.host_words %}<p class="sm1">{{ v.host_words }}</p>{% endif %}
</div>
{% endif %}
</body></html>
"""
_environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
_event = _environment.from_string(EVENT)


class SpeedQuizzing(Publisher[SpeedQuizzingVenue]):
    hosts = frozenset({"www.speedquizzing.com", "speedquizzing.com"})
    start = "www.speedquizzing.com/find/"
    robots = "User-agent: *\nDisallow: /utils/\n"
    real_size = 1433

    def __init__(self) -> None:
        super().__init__({venue.event_id: venue for venue in VENUES})

    def invented(self, number: int, chance: random.Random) -> tuple[str, SpeedQuizzingVenue]:
        venue = invented(number, chance)
        return venue.event_id, venue

    def new_url(self, venue: SpeedQuizzingVenue, kind: str) -> str:
        old = venue.performer.url if venue.performer else venue.event_id
        return f"{HOSTS}/host_pic{int(digest(old, 6), 16)}.jpg"

    def page(self, visit: Visit) -> Page | None:
        folder, _, event_id = visit.path.strip("/").partition("/")
        if folder == "find" and not event_id:
            return Page(FIND.replace("{{ events }}", javascript_text(json.dumps(self.bookings()))))
        venue = self.venues.get(event_id)
        if folder not in {"events", "event"} or venue is None or "no_page" in venue.quirks:
            return None
        return Page(event_page(venue))

    def bookings(self) -> list[dict[str, object]]:
        """Return the bookings by date, as the publisher lists them. Every value except the last is text."""
        found = [
            (day, booking(venue, day, number))
            for number, venue in enumerate(self.venues.values())
            if venue.listed
            for day in venue.dates
        ]
        return [entry for _, entry in sorted(found, key=lambda each: each[0])]


def booking(venue: SpeedQuizzingVenue, day: str, number: int) -> dict[str, object]:
    on = date.fromisoformat(day)
    return {
        "date": day,
        "bid": str(600000 + 7 * number + on.toordinal() % 7),
        "booked_date": FIRST_DAY.isoformat(),
        "theme": venue.theme,
        "event_id": venue.event_id,
        "lat": venue.latitude,
        "lon": venue.longitude,
        "day": venue.day_said or f"{on:%A}",
        "days_to_event": (on - FIRST_DAY).days,
    }


def javascript_text(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def event_page(venue: SpeedQuizzingVenue) -> str:
    on = date.fromisoformat(min(venue.dates))
    return _event.render(
        v=venue,
        next=f"{on:%A} {on.day} {on:%b}",
        when=f"{on:%A} {on.day} {on:%b %Y}",
        portrait=venue.performer.url.removeprefix("https://www.speedquizzing.com") if venue.performer else None,
    )
