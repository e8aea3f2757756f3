"""What a run did, as its page shows it. Pure but for the thumbnails, which before_after.py brings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from trivia_scraper.db.queries import Identity, StoredEvent
from trivia_scraper.db.run_reports import Change, Report
from trivia_scraper.exports import wording
from trivia_scraper.formatting import web_address
from trivia_scraper.site import run_wording
from trivia_scraper.site.before_after import Pair
from trivia_scraper.site.venues import MAX_NAME, VenueView

PAGES = 60
"""Of the newest runs; `scrapy runs` knows the older ones."""
SHOWN = 500
"""Changes, pictures and failures of one run that its page has; `scrapy runs RUN` lists them all."""
_COUNTS = {
    "Venues": ("venues/", ("listed", "visited", "skipped", "dropped")),
    "Events": ("events/stored/", ("new", "changed", "unchanged")),
    "Pictures": ("images/", tuple(run_wording.PICTURES)),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a change took place. path: of the site, null when there is no such page."""

    name: str
    path: str | None
    night: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Failed:
    place: Place
    kind: str
    url: str
    """Shown, and linked when it is an address of the web."""
    link: str | None
    reason: str
    found: str


@dataclass(frozen=True, slots=True)
class RunView:
    row: Mapping[str, Any]
    publisher: str
    arguments: str
    reasons: list[str]
    took: str | None
    """None when nobody knows when it ended."""
    counts: list[tuple[str, list[tuple[str, int]]]]
    pairs: list[tuple[Place, Pair]]
    new: list[Place]
    changed: list[tuple[Place, list[Line]]]
    became: list[tuple[str, list[Place]]]
    """Title and places of those that are missing, gone, on a break or back."""
    failed: list[Failed]
    totals: Mapping[str, int]
    """Of changes, replaced and failures; more than are shown, perhaps."""

    @property
    def path(self) -> str:
        return f"runs/{self.row['id']}.html"

    def more(self, what: str) -> int:
        """How many of the totals are not shown."""
        return max(0, self.totals.get(what, 0) - SHOWN)


class Names:
    """What a venue and its nights are called, and where their page is, today."""

    def __init__(self, events: Iterable[StoredEvent], venues: Iterable[VenueView]) -> None:
        self._venues = {view.slug: view for view in venues}
        self._nights = {event.identity: event for event in events}

    def place(self, slug: str | None, night: Identity | None = None) -> Place:
        view, event = self._venues.get(slug or ""), self._nights.get(night) if night else None
        return Place(
            name=view.name if view else wording.short(slug or "A pub that is no longer known", MAX_NAME),
            path=view.path if view else None,
            night=wording.when(event.schedule, event.venue.country) if event else "",
        )


def run_view(report: Report, pairs: list[Pair], events: Sequence[StoredEvent], names: Names) -> RunView:
    """events: of the whole store."""
    row = report.row
    new = [event for event in events if _is_new(event, row, report.until)]
    fields = [change for change in report.changes if change.field != "status"]
    return RunView(
        row=row,
        publisher=wording.publisher(row["publisher"]),
        arguments=wording.short(
            " ".join(f"{name}={value}".lower() for name, value in sorted(row["arguments"].items()))
        ),
        reasons=[wording.short(reason) for reason in row["reasons"]],
        took=run_wording.took(row["finished_at"] - row["started_at"]) if row["finished_at"] else None,
        counts=list(_counts(row["counts"])),
        pairs=[(names.place(pair.slug), pair) for pair in pairs],
        new=[names.place(event.venue.slug, event.identity) for event in new[:SHOWN]],
        changed=[
            (names.place(slug, night or None), [_line(change) for change in group])
            for (slug, night), group in groupby(sorted(fields, key=_of), key=_of)
        ],
        became=[(title, places) for title, places in _became(report.changes, names) if places],
        failed=[
            Failed(
                names.place(failure.slug),
                run_wording.KINDS.get(failure.kind, ""),
                wording.short(failure.url),
                web_address(failure.url),
                failure.reason,
                wording.short(failure.found or ""),
            )
            for failure in report.failures
        ],
        totals={**report.totals, "new": len(new)},
    )


def _is_new(event: StoredEvent, row: Mapping[str, Any], until: datetime | None) -> bool:
    seen = event.first_seen_at
    return event.publisher == row["publisher"] and row["started_at"] <= seen and (until is None or seen <= until)


def _of(change: Change) -> tuple[str, Identity | tuple[()]]:
    return change.slug or "", change.event or ()


def _line(change: Change) -> Line:
    old, new = (run_wording.value(change.field, value) for value in (change.old, change.new))
    return Line(run_wording.label(change.field), old, new)


def _became(changes: Iterable[Change], names: Names) -> Iterable[tuple[str, list[Place]]]:
    moved = [change for change in changes if change.field == "status"]
    for title, status in (("Missing", "missing"), ("Gone", "gone"), ("On a break", "on_break"), ("Back", "active")):
        yield title, [names.place(change.slug, change.event) for change in moved if change.new == status]


def _counts(counts: Mapping[str, int]) -> Iterable[tuple[str, list[tuple[str, int]]]]:
    for title, (prefix, parts) in _COUNTS.items():
        numbers = [(run_wording.PICTURES.get(part, part), counts.get(prefix + part, 0)) for part in parts]
        if any(number for _, number in numbers):
            yield title, [(name, number) for name, number in numbers if number]
