"""Inquizition: storelocatorwidgets' listing of all stores as one JSONP answer, and a page that embeds it."""

from __future__ import annotations

import json
import random
import re

from sandbox.inquizition_venues import STORES, InquizitionVenue, invented
from sandbox.publisher import Page, Publisher, Visit

CDN = "cdn.storelocatorwidgets.com"
ACCOUNT = "7f3962110f31589bc13cdc3b7b85cfd7"
FINDER = f"""<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"><title>Find a quiz | Inquizition</title></head>
<body><h1>Find a quiz</h1><div id="storelocatorwidget"></div>
<script id="storelocatorscript" data-uid="{ACCOUNT}" src="https://{CDN}/widget/widget.js"></script>
</body></html>
"""
# The other keys of the widget's answer.
REST = {"settings": {}, "markers": {}, "filters": {}, "branding": {}, "display_order_set": False}


class Inquizition(Publisher[InquizitionVenue]):
    hosts = frozenset({CDN, "inquizition.com", "www.inquizition.com"})
    start = f"{CDN}/json/7f3962110f31589bc13cdc3b7b85cfd7"
    real_size = 143

    def __init__(self) -> None:
        super().__init__({store.number: store for store in STORES})

    def invented(self, number: int, chance: random.Random) -> tuple[str, InquizitionVenue]:
        venue = invented(number, chance)
        return venue.number, venue

    def new_url(self, venue: InquizitionVenue, kind: str) -> str:
        """Return a URL for an image. This publisher's pages show none."""
        return f"https://inquizition.com/pictures/{venue.number}-{kind}.jpg"

    def page(self, visit: Visit) -> Page | None:
        if visit.host != CDN:
            return Page(FINDER) if visit.path.rstrip("/") == "/find-a-quiz" else None
        if visit.path != f"/json/{ACCOUNT}":
            return None
        callback = visit.query.get("callback", "slw")
        if not re.fullmatch(r"[\w.$]+", callback):
            return Page("", status=400)
        return Page(f"{callback}({self.listing()});\n/* served (cached) by slw */", "application/javascript")

    def listing(self) -> str:
        stores = [store(venue) for venue in self.venues.values() if venue.listed]
        return json.dumps({"stores": stores} | REST, ensure_ascii=False)


def store(venue: InquizitionVenue) -> dict[str, object]:
    return {
        "storeid": venue.number,
        "name": venue.name,
        "display_order": "999999",
        "data": {
            "address": venue.address,
            "description": venue.schedule,
            "website": venue.website,
            "website_text": "Book your table",
            "phone": venue.phone,
            "email": "",
            "priority_setting": "Random",
            "map_lat": venue.latitude,
            "map_lng": venue.longitude,
            "markerid": "default",
        },
        "custom_data": False,
        "filters": venue.filters,
        "google_placeid": "",
        "update_code": "",
        "update_storeid": "0",
        "timezone": "Europe/London",
        "country": venue.country,
        "filters_bitwise": 1,
    }
