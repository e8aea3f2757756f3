"""Addresses of earlier versions of the site lead to where the same is now."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from trivia_scraper.exports.formats import atom, ics
from trivia_scraper.site.pages import Pages
from trivia_scraper.site.places import Town
from trivia_scraper.site.venues import VenueView


def add_merged(
    pages: Pages, merged: Mapping[str, str], views: Mapping[str, VenueView], calendars: Mapping[str, str]
) -> None:
    """Lead from the pages and calendars of venues that were merged away to those of the kept ones.

    merged: slug -> slug of the kept venue. calendars: slug -> calendar.
    """
    for gone, kept in merged.items():
        view = views.get(kept)
        if view is None or gone in views:
            continue
        sentence = "This pub has another address now."
        _lead(pages, f"venues/{gone}.html", view.name, view.path, sentence, "Its page")
        # A calendar program follows no page, so it gets the kept venue's nights here.
        if kept in calendars:
            pages.edition.write(f"venues/{gone}.ics", calendars[kept])


def add_towns(pages: Pages, towns: Collection[Town], first_event_at: datetime | None, changed_at: datetime) -> None:
    """Lead from the towns of the previous version that have no page any more to the one that has their pubs, or to the
    list. Their calendars and feeds are empty. first_event_at: part of the ids of feeds. changed_at: the last change of
    any pub; the towns' own is not known."""
    keys = {town.key: town for town in towns}
    try:
        before = pages.edition.list_previous("towns")
    except OSError:  # of a damaged disk
        return
    for name in sorted(before):
        key, _, suffix = name.rpartition(".")
        if key in keys:
            continue
        if suffix == "html":
            if now := _same_town(key, keys.values()):
                sentence = "This town has another address now."
                _lead(pages, f"towns/{name}", now.full_name, now.path, sentence, "Its page")
            else:
                sentence, label = "No pub is listed under this town any more.", "All towns and their pubs"
                _lead(pages, f"towns/{name}", "All towns", "towns.html", sentence, label, at_once=False)
        elif suffix == "ics":
            pages.edition.write(f"towns/{name}", ics.make_calendar("Quiz nights", (), pages.made_at))
        elif suffix == "atom":
            feed_id = atom.make_feed_id(first_event_at, "town", key)
            head = atom.FeedHead(atom.TITLE, feed_id, changed_at, f"towns/{name}", "towns.html")
            pages.edition.write(f"towns/{name}", atom.make_xml((), head, pages.base_url))


def _lead(pages: Pages, path: str, name: str, to: str, sentence: str, label: str, *, at_once: bool = True) -> None:
    """Add a page that leads to the path `to`."""
    pages.add(path, "moved.html", listed=False, name=name, to=to, sentence=sentence, label=label, at_once=at_once)


def _same_town(key: str, towns: Collection[Town]) -> Town | None:
    """Return the town that has the country and the name of a former key, which had its region or had none."""
    country, _, name = key.partition("-")
    found = [
        town
        for town in towns
        for of_country, _, rest in [town.key.partition("-")]
        if of_country == country and (rest.endswith(f"-{name}") or name.endswith(f"-{rest}"))
    ]
    return found[0] if len(found) == 1 else None
