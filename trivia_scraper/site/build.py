"""The whole site, from the store: which pages there are, and in what order they are made."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files as package_files
from itertools import groupby
from os import PathLike

from sqlalchemy import Connection

from trivia_scraper.atomic import replace_directory
from trivia_scraper.db.engine import Store
from trivia_scraper.db.locks import killed_runs
from trivia_scraper.db.queries import EVERYTHING, StoredEvent, read_keys, stored_events
from trivia_scraper.exports import Summary, wording
from trivia_scraper.exports.formats import atom, ics
from trivia_scraper.exports.formats.ics import Entry
from trivia_scraper.images.storage.base import FileStore
from trivia_scraper.site import runs, search, structured_data
from trivia_scraper.site.before_after import BeforeAfter
from trivia_scraper.site.images import Made, add_images
from trivia_scraper.site.losses import refuse_losses
from trivia_scraper.site.pages import Pages
from trivia_scraper.site.venues import Town, VenueView, views

TABS = {"index.html": "Search", "towns.html": "Towns", "map.html": "Map"}
"""Entries of the navigation of every page: path -> label."""
RUNS_TAB = {"runs.html": "Runs"}
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
    force: bool = False,
) -> Built:
    """Make the site. with_runs: also the pages about runs, which are for operators. expected_every: see `health`.
    force: also if it loses most of its venues.

    Raises RefusedError, OutputError, DatabaseError, StorageError, OSError. The site that is there then stays as it is.
    """
    killed = killed_runs(store) if with_runs else set()

    def read_runs(connection: Connection) -> runs.StoredRuns | None:
        return runs.read_runs(connection, now, expected_every or {}, killed) if with_runs else None

    events, entries, feed, stored_runs = store.read(_everything, now, base_url, read_runs)
    with replace_directory(directory, "catalogue") as edition:
        refuse_losses(edition, len({event.venue.slug for event in events}), ".html", force=force)
        pages = Pages(edition, TABS | RUNS_TAB if stored_runs else TABS, base_url, now)
        images = add_images(edition, (image for event in events for image in event.images), files)
        every = views(events, images.sizes, now)
        _add_venues(pages, every, entries)
        _add_towns(pages, every)
        _add_search(pages, every)
        _add_map(pages, every)
        edition.write(atom.PATH, feed)
        if stored_runs is not None:
            runs.add(pages, stored_runs, BeforeAfter(edition, store, files, events), events, every)
        if base_url:
            pages.add("sitemap.xml", "sitemap.xml", paths=pages.listed)
    return Built(len(every), len(events), len(pages.written), images)


def _everything(
    connection: Connection,
    now: datetime,
    base_url: str | None,
    read_runs: Callable[[Connection], runs.StoredRuns | None],
) -> tuple[list[StoredEvent], list[Entry], str, runs.StoredRuns | None]:
    entries = list(ics.entries(connection, read_keys(connection), Summary(Counter()), now))
    feed, _ = atom.feed(connection, EVERYTHING, now, base_url)
    return list(stored_events(connection)), entries, feed, read_runs(connection)


def _add_venues(pages: Pages, every: list[VenueView], entries: list[Entry]) -> None:
    dated: defaultdict[str | None, list[Entry]] = defaultdict(list)
    for entry in entries:
        dated[entry.event.venue.slug].append(entry)
    for view in every:
        calendar_path = None
        if not view.is_gone and (of_venue := dated[view.slug]):
            calendar_path = f"venues/{view.slug}.ics"
            text = ics.calendar(f"Quiz nights: {view.name}", of_venue, pages.made_at)
            pages.edition.write(calendar_path, text)
        nights = structured_data.events(view, pages.base_url)
        pages.add(view.path, "venue.html", venue=view, structured=nights, calendar_path=calendar_path)


def _add_towns(pages: Pages, every: list[VenueView]) -> None:
    by_town = sorted(every, key=_by_town)
    towns: list[tuple[Town, int]] = []
    for _, group in groupby(by_town, key=lambda view: view.town.key):
        venues = list(group)
        towns.append((venues[0].town, sum(not view.is_gone for view in venues)))
        pages.add(venues[0].town.path, "town.html", town=venues[0].town, venues=venues)
    countries = [(name, list(group)) for name, group in groupby(towns, key=lambda each: each[0].country_name)]
    pages.add("towns.html", "towns.html", countries=countries)


def _by_town(view: VenueView) -> tuple[str, str, str, bool, str]:
    town = view.town
    return town.country_name, town.full_name.casefold(), town.key, view.is_gone, view.name.casefold()


def _add_search(pages: Pages, every: list[VenueView]) -> None:
    index = search.index(every, pages.made_at)
    pages.add_data("venues.js", "catalogue", index)
    days = list(enumerate(wording.DAYS, start=1))
    listed = [view for view in every if not view.is_gone]
    towns = len({view.town for view in listed if view.town.is_known})
    pages.add("index.html", "search.html", days=days, venues=len(listed), towns=towns)


def _add_map(pages: Pages, every: list[VenueView]) -> None:
    outline = package_files(__package__) / "outlines/countries-50m.json"
    pages.add_data("world.js", "world", json.loads(outline.read_text(encoding="utf-8")))
    placed = sum(view.place is not None for view in every)
    for path, tiles in (("map.html", None), ("streets.html", _TILES)):
        sources = [tiles] if tiles else []
        pages.add(path, "map.html", sources=sources, tiles=tiles, placed=placed, unplaced=len(every) - placed)
