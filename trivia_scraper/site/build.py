"""The whole site, from the store: which pages there are, and in what order they are made."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.resources import files as package_files
from itertools import groupby
from os import PathLike
from typing import Any
from urllib.parse import urljoin, urlsplit

from sqlalchemy import Connection

from trivia_scraper.atomic import replace_directory
from trivia_scraper.db.engine import Store
from trivia_scraper.db.history import read_first_event_time
from trivia_scraper.db.locks import find_killed_runs
from trivia_scraper.db.queries import EVERYTHING, StoredEvent, read_keys, read_stored_events
from trivia_scraper.db.venues import read_merged_slugs, read_update_times
from trivia_scraper.exports import Summary, wording
from trivia_scraper.exports.formats import atom, csv, geojson, ics
from trivia_scraper.exports.formats.ics import Entry
from trivia_scraper.images.storage.base import FileStore
from trivia_scraper.site import links, runs, search, structured_data
from trivia_scraper.site.addresses import add_merged, add_towns
from trivia_scraper.site.before_after import BeforeAfter
from trivia_scraper.site.images import Made, add_images
from trivia_scraper.site.losses import refuse_losses
from trivia_scraper.site.pages import Pages
from trivia_scraper.site.places import Town
from trivia_scraper.site.towns import by_weekday
from trivia_scraper.site.venues import VenueView, views

TABS = {"index.html": "Search", "towns.html": "Towns", "map.html": "Map"}
"""Entries of the navigation of every page: path -> label."""
RUNS_TAB = {"runs.html": "Runs"}
_WEEKDAYS = list(enumerate(wording.DAYS, start=1))
_FIRST_CARDS = 24  # in the page itself, for readers without scripts and until scripts run
_TOWN_CHANGES = 50  # entries of a town's feed
_TILES = "https://tile.openstreetmap.org"


@dataclass(frozen=True, slots=True)
class Built:
    venues: int
    nights: int
    pages: int
    images: Made


def build(
    store: Store,
    files: FileStore,
    directory: str | PathLike[str],
    *,
    base_url: str | None,
    now: datetime,
    with_runs: bool = True,
    expected_every: Mapping[str, float | None] | None = None,
    contact: str | None = None,
    force: bool = False,
) -> Built:
    """Make the site. with_runs: also the pages about runs, which are for operators. expected_every: see `read_health`.
    contact: where readers report mistakes. force: also if it loses most of its venues.

    Raises RefusedError, OutputError, DatabaseError, StorageError, OSError. The site that is there then stays as it is.
    """
    killed = find_killed_runs(store) if with_runs else set()

    def read_runs(connection: Connection) -> runs.StoredRuns | None:
        return runs.read_runs(connection, now, expected_every or {}, killed) if with_runs else None

    stored = store.read(_read, now, read_runs)
    with replace_directory(directory, "catalogue") as edition:
        slugs = {str(event.venue.slug) for event in stored.events} | stored.merged.keys()
        refuse_losses(edition, len(slugs), ".html", force=force)
        pages = Pages(edition, TABS | RUNS_TAB if stored.runs else TABS, base_url, now, contact)
        images = add_images(edition, (image for event in stored.events for image in event.images), files)
        every = views(stored.events, stored.venues_updated, images.sizes, now)
        histories = stored.runs.find_history_paths() if stored.runs else {}
        calendars = _add_venues(pages, every, stored.entries, histories)
        add_merged(pages, stored.merged, {view.slug: view for view in every}, calendars)
        _add_towns(pages, every, stored)
        _add_search(pages, every)
        _add_map(pages)
        _add_data(pages, every, stored)
        if stored.runs is not None:
            runs.add(
                pages,
                stored.runs,
                BeforeAfter(edition, store, files, images.sizes, stored.events),
                stored.events,
                every,
            )
        pages.add("404.html", "404.html", listed=False, root=urlsplit(base_url).path if base_url else None)
        if base_url:
            pages.add("sitemap.xml", "sitemap.xml", listed=False, paths=pages.listed)
        pages.add("robots.txt", "robots.txt", listed=False)
    return Built(len(every), len(stored.events), len(pages.written), images)


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the site is made from, of one state of the database."""

    events: list[StoredEvent]
    entries: Mapping[str, list[Entry]]
    """Slug of a venue -> entries of its calendar."""
    changes: list[atom.Change]
    first_event_at: datetime | None
    merged: dict[str, str]
    """Slug of a venue that was merged away -> slug of the kept one."""
    venues_updated: dict[str, datetime]
    """Slug of a venue -> when its facts last changed."""
    runs: runs.StoredRuns | None


def _read(connection: Connection, now: datetime, read_runs: Callable[[Connection], runs.StoredRuns | None]) -> _Stored:
    events = list(read_stored_events(connection))
    known = {event.identity: event for event in events}
    entries: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in ics.make_entries(connection, read_keys(connection), Summary(Counter()), now):
        event = known[entry.event.identity]  # instead of a second copy of each
        entries[str(event.venue.slug)].append(replace(entry, event=event))
    return _Stored(
        events=events,
        entries=entries,
        changes=atom.read_recent_changes(connection, EVERYTHING, now, events=known),
        first_event_at=read_first_event_time(connection),
        merged=read_merged_slugs(connection),
        venues_updated=read_update_times(connection),
        runs=read_runs(connection),
    )


def _add_venues(
    pages: Pages, every: list[VenueView], entries: Mapping[str, list[Entry]], histories: Mapping[str, str]
) -> dict[str, str]:
    """Return slug -> calendar. A venue that is over or on a break has no link to it: people may be subscribed."""
    calendars: dict[str, str] = {}
    subscribed: set[str] = set()
    with suppress(OSError):  # of a damaged disk
        subscribed = {name.removesuffix(".ics") for name in pages.edition.list_previous("venues")}
    for view in every:
        calendar_path = None
        if (of_venue := entries.get(view.slug, ())) or view.slug in subscribed:
            text = ics.make_calendar(f"Quiz nights: {view.name}", of_venue, pages.made_at)
            pages.edition.write(f"venues/{view.slug}.ics", text)
            calendars[view.slug] = text
            calendar_path = f"venues/{view.slug}.ics" if of_venue and not (view.is_over or view.is_on_break) else None
        pages.add(
            view.path,
            "venue.html",
            listed=not view.is_over,
            changed_at=view.changed_at,
            venue=view,
            structured=structured_data.events(view, pages.base_url),
            calendar_path=calendar_path,
            directions=links.directions(view),
            history_path=histories.get(view.slug),
            **_subscriptions(pages.base_url, calendar_path),
        )
    return calendars


def _subscriptions(base_url: str | None, calendar_path: str | None) -> dict[str, Any]:
    """Return addresses that only a site of known address has."""
    address = base_url and calendar_path and urljoin(base_url, calendar_path)
    return {
        "webcal": links.subscription(address) if address else None,
        "google": links.google_calendar(address) if address else None,
    }


def _add_towns(pages: Pages, every: list[VenueView], stored: _Stored) -> None:
    changes: defaultdict[str, list[atom.Change]] = defaultdict(list)
    town_keys = {view.slug: view.town.key for view in every}
    for change in stored.changes:
        changes[town_keys[str(change.event.venue.slug)]].append(change)
    towns: list[tuple[Town, int]] = []
    for _, group in groupby(sorted(every, key=_by_town), key=lambda view: view.town.key):
        venues = list(group)
        town, listed = venues[0].town, [view for view in venues if not view.is_over]
        if listed:
            towns.append((town, len(listed)))
        changed_at = max(view.changed_at for view in venues)
        entries = [entry for view in venues for entry in stored.entries.get(view.slug, ())]
        pages.edition.write(
            town.calendar_path, ics.make_calendar(f"Quiz nights: {town.full_name}", entries, pages.made_at)
        )
        feed_id = atom.make_feed_id(stored.first_event_at, "town", town.key)
        head = atom.FeedHead(f"{atom.TITLE}: {town.full_name}", feed_id, changed_at, town.feed_path, town.path)
        pages.edition.write(town.feed_path, atom.make_xml(changes[town.key][:_TOWN_CHANGES], head, pages.base_url))
        pages.add(
            town.path,
            "town.html",
            listed=bool(listed),
            changed_at=changed_at,
            town=town,
            venues=listed,
            days=by_weekday(listed),
            over=[view for view in venues if view.is_over],
            cover=next((view.cover for view in listed if view.cover), None),
            **_subscriptions(pages.base_url, town.calendar_path),
        )
    countries = [(name, list(group)) for name, group in groupby(towns, key=lambda each: each[0].country_name)]
    pages.add("towns.html", "towns.html", countries=countries)
    add_towns(pages, {view.town for view in every}, stored.first_event_at, max(view.changed_at for view in every))


def _by_town(view: VenueView) -> tuple[str, str, str, bool, str]:
    town = view.town
    return town.country_name, town.full_name.casefold(), town.key, view.is_over, view.name.casefold()


def _add_data(pages: Pages, every: list[VenueView], stored: _Stored) -> None:
    """Add what programs read: the feed of all changes, and all nights as CSV and GeoJSON."""
    changed_at = max(view.changed_at for view in every)
    head = atom.FeedHead(atom.TITLE, atom.make_selection_id(stored.first_event_at, EVERYTHING), changed_at)
    pages.edition.write(atom.PATH, atom.make_xml(stored.changes[: atom.MAX_ENTRIES], head, pages.base_url))
    pages.edition.write("data/nights.csv", csv.iterate_lines(stored.events))
    pages.edition.write("data/nights.geojson", geojson.iterate_lines(stored.events, Summary(Counter())))


def _add_search(pages: Pages, every: list[VenueView]) -> None:
    index, over = search.index(every, pages.made_at)
    pages.add_data("venues.js", "catalogue", index)
    pages.add_data("over.js", "over", over)
    listed = search.by_date(every)
    pages.add(
        "index.html",
        "search.html",
        days=_WEEKDAYS,
        venues=len(listed),
        towns=len({view.town for view in listed if view.town.is_known}),
        countries=len({view.town.country for view in listed if view.town.country}),
        cards=listed[:_FIRST_CARDS],
    )


def _add_map(pages: Pages) -> None:
    for name, variable, scale in (("world.js", "world", "110m"), ("fine-world.js", "fineWorld", "50m")):
        outlines = package_files(__package__) / f"outlines/countries-{scale}.json"
        pages.add_data(name, variable, json.loads(outlines.read_text(encoding="utf-8")))
    for path, tiles in (("map.html", None), ("streets.html", _TILES)):
        sources = [tiles] if tiles else []
        pages.add(path, "map.html", sources=sources, tiles=tiles, directions=links.DIRECTIONS, days=_WEEKDAYS)
