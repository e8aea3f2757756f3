"""Question One: a WordPress archive of cards over several pages, its feed, and a page for every venue."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace

from jinja2 import Environment

from sandbox.publisher import Image, Page, Photo, Publisher, Visit
from sandbox.question_one_venues import UPLOADS, VENUES, QuestionOneVenue, invented, photo

SITE = "https://questionone.com"
THEME = f"{SITE}/wp-content/themes/questionone/assets/images"
CARDS_A_PAGE, ITEMS_A_PAGE = 9, 10
LOGO = photo("2020/01/site-logo.png", "Question One")
STAND_IN = Photo(f"{THEME}/placeholder/default-post_image.jpg", "No photo yet", "jpeg", seed="question one")
SIZE = re.compile(r"-\d+x\d+(?=\.\w+$)")

IMAGE = """
{%- macro image(url, quirks) -%}
{%- if "lazy" in quirks -%}
<img class="lazyload" src="data:image/svg+xml,%3Csvg%20viewBox='0%200%203%202'%3E%3C/svg%3E" alt=""
  data-src="{{ url }}">
<noscript><img src="{{ url }}" alt=""></noscript>
{%- elif "lazy_srcset" in quirks -%}
<img class="lazyload" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt=""
  data-srcset="{{ url | replace("1200x800", "300x200") }} 300w, {{ url }} 1200w,
  {{ url | replace("1200x800", "768x512") }} 768w">
{%- else -%}
<img src="{{ url }}" alt="">
{%- endif -%}
{%- endmacro -%}
"""
CARD = """
{%- macro card(v) %}
<a class="media-card media-card--content-left" href="{{ site }}/venues/{{ v.slug }}/">
  <figure class="media-card__image-bg">{{ image(v.hero.url if v.hero else stand_in, v.quirks) }}</figure>
  <div class="media-card__content"><h3>{{ v.title }}</h3>
    <div class="excerpt">
        <div>{{ v.slot or ("Wednesday 19:15" if "slot_on_card" in v.quirks else "") }}</div>
    </div></div>
</a>
{%- endmacro -%}
"""
ARCHIVE = """<!DOCTYPE html>
<html lang="en-AU"><head><title>Venues Archive - Question One</title>
{% if next_page %}<link rel="next" href="{{ site }}/venues/page/{{ next_page }}/" />{% endif %}
</head><body>
<header><a href="{{ site }}"><img class="custom-logo" src="{{ logo }}" alt="logo"></a></header>
<div class="post-listing__posts">
{% for v in venues %}{{ card(v) }}{% endfor %}
</div></body></html>
"""
# As in the real feed: links end with a parameter of WordPress, and only some titles are in CDATA.
FEED = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel>
  <title>Venues Archive - Question One</title>
  <link>{{ site }}/venues/</link>
  {% for v in venues %}
  <item>
    <title>{% if loop.index is even %}<![CDATA[{{ v.title | safe }}]]>{% else %}{{ v.title }}{% endif %}</title>
    <link>{{ site }}/venues/{{ v.slug }}/?utm_source=rss</link>
    <guid isPermaLink="false">{{ site }}/?post_type=venues&amp;p={{ loop.index + 100 }}</guid>
  </item>
  {% endfor %}
</channel></rss>
"""
VENUE_PAGE = """
{%- macro link(url) %}<a href="{{ url }}" target="_blank">Visit Website</a>{% endmacro -%}
{%- macro field(icon, value) -%}
<div class="text-with-icon"><div class="text-with-icon__icon"><svg focusable="false" role="img">
  <use xlink:href="{{ theme }}/icons.svg#{{ icon }}" href="{{ theme }}/icons.svg#{{ icon }}"></use></svg></div>
  <div class="text-with-icon__text">
      {{ value }}      </div></div>
{%- endmacro -%}
<!DOCTYPE html>
<html lang="en-AU"><head><title>{{ v.title }} - Question One</title></head><body>
<header><a href="{{ site }}"><img class="custom-logo" src="{{ logo }}" alt="logo"></a></header>
<h1 class="post-heading-area__title">{{ v.title }}</h1>
<figure>{{ image(v.hero.url if v.hero else stand_in, v.quirks) }}</figure>
{% if v.slot %}{{ field("calendar", v.slot) }}{% endif %}
{% if v.fee %}{{ field("tag", v.fee) }}{% endif %}
{% if v.address %}{{ field("pin", v.address) }}{% endif %}
{% if v.website %}{{ field("link", link(v.website)) }}{% endif %}
{% if v.phone %}{{ field("phone", v.phone) }}{% endif %}
<div class="post-content-area">
{% for paragraph in (v.description or "").splitlines() %}<p>{{ paragraph }}</p>{% endfor %}</div>
{% if "beside_others" in v.quirks %}
<section class="related"><h2>Quizzes nearby</h2>{% for other in others %}{{ card(other) }}{% endfor %}</section>
{% endif %}
</body></html>
"""
_environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
_environment.globals |= {"site": SITE, "theme": THEME, "logo": LOGO.url, "stand_in": STAND_IN.url}
_archive = _environment.from_string(IMAGE + CARD + ARCHIVE)
_feed = _environment.from_string(FEED)
_venue_page = _environment.from_string(IMAGE + CARD + VENUE_PAGE)


class QuestionOne(Publisher[QuestionOneVenue]):
    hosts = frozenset({"questionone.com", "www.questionone.com"})
    start = "questionone.com/venues/"
    robots = "User-agent: *\nDisallow: /wp-admin/\n"
    real_size = 130

    def __init__(self) -> None:
        super().__init__({venue.slug: venue for venue in VENUES})

    def invented(self, number: int, chance: random.Random) -> tuple[str, QuestionOneVenue]:
        venue = invented(number, chance)
        return venue.slug, venue

    def images(self) -> Iterator[Image]:
        yield from super().images()
        yield Image(LOGO, "placeholder")
        yield Image(STAND_IN, "placeholder")
        for venue in self.venues.values():
            if venue.hero and "original" in venue.quirks:
                yield Image(replace(venue.hero, url=SIZE.sub("", venue.hero.url)), "hero")

    def new_url(self, venue: QuestionOneVenue, kind: str) -> str:
        before = getattr(venue, kind)
        name = before.url.rpartition("/")[2] if before else f"{venue.slug}-1200x800.jpg"
        return f"{UPLOADS}/2026/08/new-{name}"

    def page(self, visit: Visit) -> Page | None:
        match visit.path.strip("/").split("/"):
            case ["venues"]:
                return self.archive(1)
            case ["venues", "page", number] if number.isdecimal():
                return self.archive(int(number))
            case ["venues", "feed"]:
                return self.feed(int(visit.query.get("paged", "1")))
            case ["venues", slug] if slug in self.venues and "gone" not in self.venues[slug].quirks:
                others = [venue for venue in self.venues.values() if venue.hero][:2]
                return Page(_venue_page.render(v=self.venues[slug], others=others))
        return None

    def archive(self, number: int) -> Page | None:
        """Return a page of the archive. If the last page is full, it names a next one, which is empty."""
        cards = self._listed()
        # A post that is pinned to the top of the second page is listed at its normal position too.
        cards[CARDS_A_PAGE:CARDS_A_PAGE] = [venue for venue in cards if "listed_again" in venue.quirks]
        venues = cards[(number - 1) * CARDS_A_PAGE : number * CARDS_A_PAGE]
        if not venues and (number - 1) * CARDS_A_PAGE != len(cards):
            return None
        return Page(_archive.render(venues=venues, next_page=number + 1 if len(venues) == CARDS_A_PAGE else None))

    def feed(self, number: int) -> Page:
        """Return a page of the feed, empty after the last one."""
        venues = self._listed()[(number - 1) * ITEMS_A_PAGE : number * ITEMS_A_PAGE]
        return Page(_feed.render(venues=venues), "application/rss+xml; charset=UTF-8")

    def _listed(self) -> list[QuestionOneVenue]:
        return [venue for venue in self.venues.values() if venue.listed]
