"""What the search page and the map know of every venue, as short as it can be: it is read whole before the first letter
is typed. Pure. `assets/finder.js` reads it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import inf
from typing import Any, NamedTuple

from trivia_scraper.exports import wording
from trivia_scraper.exports.occurrences import find_last_day
from trivia_scraper.site.places import ALSO, Town
from trivia_scraper.site.venues import DATES, Night, VenueView

_MAX_SEARCHED = 400  # characters of a venue's address and the like that can be found
_EPOCH = date(1970, 1, 1)


class _Numbers(NamedTuple):
    towns: dict[Town, int]
    publishers: dict[str, int]
    zones: dict[str, int]


def index(views: Sequence[VenueView], made_at: datetime) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the venues whose nights take place, and those with nights that are over, which are read on demand.

    Venues refer to towns, publishers and zones by number. Numbers change from build to build, so addresses of pages use
    the keys of towns, countries and publishers.
    """
    nights = [night for view in views for night in view.nights]
    publishers = sorted({(night.event.publisher, night.publisher) for night in nights})
    zones = sorted({night.event.schedule.timezone for night in nights if night.event.schedule.timezone})
    countries = sorted({(view.town.country_name, view.town.country_key) for view in views})
    towns = sorted({view.town for view in views}, key=lambda town: (town.country_name, town.full_name, town.key))
    codes = [key for _, key in countries]
    numbers = _Numbers(
        {town: number for number, town in enumerate(towns)},
        {key: number for number, (key, _) in enumerate(publishers)},
        {zone: number for number, zone in enumerate(zones)},
    )
    first = {
        "madeAt": int(made_at.timestamp()),
        "publishers": [{"key": key, "name": name} for key, name in publishers],
        "zones": zones,
        "countries": [_country(name, key) for name, key in countries],
        "towns": [_town(town, codes.index(town.country_key)) for town in towns],
        "venues": _venues(views, numbers, over=False),
    }
    return first, _venues(views, numbers, over=True)


def _venues(views: Iterable[VenueView], numbers: _Numbers, *, over: bool) -> list[dict[str, Any]]:
    of_views = ((view, [night for night in view.nights if night.is_over == over]) for view in views)
    return [_venue(view, nights, numbers) for view, nights in of_views if nights]


def by_date(views: Iterable[VenueView]) -> list[VenueView]:
    """Return the venues with a night that takes place, as the search shows them at first: the next one first."""
    listed = [(nights[0], view) for view in views if (nights := view.next_nights)]
    return [view for _, view in sorted(listed, key=lambda each: (_start(each[0]), each[1].name.casefold()))]


def _start(night: Night) -> float:
    """Return when the night is next. What is certain comes first."""
    if not night.dates:
        return inf
    at = night.dates[0]
    return (at.instant or datetime.combine(at.day + timedelta(days=1), time(), at.zone or UTC)).timestamp()


def _country(name: str, key: str) -> dict[str, Any]:
    inside = wording.in_country(key)
    facts = {
        "key": key,
        "name": name,
        "in": inside if inside != f"in {name}" else None,
        "also": " ".join(ALSO.get(key, ())),
        "zones": _zones_by_country().get(key),
    }
    return {fact: value for fact, value in facts.items() if value}


@cache
def _zones_by_country() -> dict[str, list[str]]:
    """Return the time zones of each country: a reader's zone is all that a page knows of where the reader is."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for line in (files("tzdata") / "zoneinfo/zone.tab").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, zone = line.split("\t")[:3]
            found[country].append(zone)
    return dict(found)


def _town(town: Town, country: int) -> dict[str, Any]:
    entry: dict[str, Any] = {"key": town.key, "name": town.full_name, "country": country}
    return entry if town.is_known else entry | {"unknown": True}


def _venue(view: VenueView, nights: Sequence[Night], numbers: _Numbers) -> dict[str, Any]:
    facts = view.facts
    entry: dict[str, Any] = {
        "slug": view.slug,
        "name": view.name,
        "town": numbers.towns[view.town],
        "initial": view.initial,
        "nights": [_night(night, numbers) for night in nights],
    }
    found_by = {
        "address": wording.join_parts(facts.address, facts.postcode),
        "hosts": " ".join(dict.fromkeys(night.host for night in nights if night.host)),
    }
    if view.apart:
        entry["apart"] = view.apart
    entry |= {name: wording.shorten(text, _MAX_SEARCHED) for name, text in found_by.items() if text}
    if view.cover:
        entry["image"] = [[size.path, size.width, size.height] for size in view.cover.sizes[:2]]
        entry["alt"] = view.cover.alt
        if view.cover.kind == "logo":
            entry["logo"] = True
    if view.place:
        entry["place"] = [round(degrees, 5) for degrees in view.place]
    return entry


def _night(night: Night, numbers: _Numbers) -> dict[str, Any]:
    """Return a night with its dates, in days since 1970 at the venue: `days`, or `first` and `every` how many days it
    takes place, until `last` if it has an end. `time` is in minutes after midnight there."""
    event = night.event
    schedule = event.schedule
    entry: dict[str, Any] = {
        "how": night.how,
        "at": night.at,
        "fee": night.fee,
        "publisher": numbers.publishers[event.publisher],
    }
    if schedule.weekday:
        entry["day"] = schedule.weekday
    if night.is_free:
        entry["free"] = True
    if night.is_over:
        entry["over"] = True
    if night.status:
        entry["note"] = night.status
    if schedule.start_time:
        clock = time.fromisoformat(schedule.start_time)
        entry["time"] = 60 * clock.hour + clock.minute
    if schedule.timezone:
        entry["zone"] = numbers.zones[schedule.timezone]
    return entry | _dates([each.day for each in night.dates], find_last_day(schedule))


def _dates(days: Sequence[date], last: date | None) -> dict[str, Any]:
    """Return dates that a page can continue for as long as it is kept, if they are equally far apart."""
    if not days:
        return {}
    numbers = [(day - _EPOCH).days for day in days]
    gaps = {later - earlier for earlier, later in pairwise(numbers)}
    is_endless = len(numbers) == DATES and len(gaps) == 1
    known: dict[str, Any] = {"first": numbers[0], "every": gaps.pop()} if is_endless else {"days": numbers}
    return known | {"last": (last - _EPOCH).days} if last else known
