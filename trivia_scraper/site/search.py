"""What the search page and the map know of every venue, as short as it can be: it is read whole before the first letter
is typed. Pure. `assets/search.js` and `assets/map.js` read it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from trivia_scraper.exports import wording
from trivia_scraper.site.venues import Night, Town, VenueView

_MAX_SEARCHED = 400  # characters of a venue's address and the like that can be found


def index(views: Sequence[VenueView], made_at: datetime) -> dict[str, Any]:
    """Return lists of names, and venues that refer to them by number."""
    publishers = sorted({night.publisher for view in views for night in view.nights})
    countries = sorted({view.town.country_name for view in views})
    towns = sorted({view.town for view in views}, key=lambda town: (town.country_name, town.full_name, town.key))
    town_numbers = {town: number for number, town in enumerate(towns)}
    return {
        "madeAt": int(made_at.timestamp()),
        "publishers": publishers,
        "countries": countries,
        "towns": [_town(town, countries) for town in towns],
        "venues": [_venue(view, town_numbers[view.town], publishers) for view in views],
    }


def _town(town: Town, countries: list[str]) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": town.full_name, "country": countries.index(town.country_name)}
    return entry if town.is_known else entry | {"unknown": True}


def _venue(view: VenueView, town: int, publishers: list[str]) -> dict[str, Any]:
    facts = view.facts
    found_by = (facts.address, facts.postcode, *(night.host for night in view.nights))
    entry: dict[str, Any] = {
        "slug": view.slug,
        "name": view.name,
        "town": town,
        "more": wording.short(" ".join(filter(None, found_by)), _MAX_SEARCHED),
        "nights": [_night(night, publishers) for night in view.nights],
    }
    if view.cover:
        entry["image"] = [[size.path, size.width, size.height] for size in view.cover.sizes[:2]]
        entry["alt"] = view.cover.alt
    if view.place:
        entry["place"] = [round(degrees, 5) for degrees in view.place]
    return entry


def _night(night: Night, publishers: list[str]) -> dict[str, Any]:
    """Return a night with `starts`, in minutes since 1970, or if times are unknown with `days`, the dates there."""
    event = night.event
    entry: dict[str, Any] = {
        "when": night.when,
        "fee": night.fee,
        "publisher": publishers.index(night.publisher),
        "day": event.schedule.weekday,
    }
    if night.is_free:
        entry["free"] = True
    if event.status != "active":
        entry["status"] = event.status
    if night.status:
        entry["note"] = night.status
    instants = [each.instant for each in night.dates]
    if night.dates and all(instants):
        entry["starts"] = [int(instant.timestamp()) // 60 for instant in instants if instant]
    elif night.dates:
        entry["days"] = [each.day.isoformat() for each in night.dates]
    return entry
