"""The pages about runs: a list, a page for each, and how they went over time."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Connection

from trivia_scraper.db import runs
from trivia_scraper.db.health import Health, health
from trivia_scraper.db.queries import Identity, StoredEvent
from trivia_scraper.db.run_reports import Change, Report, reports
from trivia_scraper.db.runs import shares_of
from trivia_scraper.exports import wording
from trivia_scraper.items import FIELDS
from trivia_scraper.site import dashboard
from trivia_scraper.site.before_after import KINDS, BeforeAfter, Pair
from trivia_scraper.site.pages import Pages
from trivia_scraper.site.venues import MAX_NAME, VenueView

PAGES = 60
"""Of the newest runs; `scrapy runs` knows the older ones."""
SHOWN = 500
"""Changes, images and failures of one run that its page has; `scrapy runs RUN` lists them all."""
_COUNTS = {
    "Venues": ("venues/", ("listed", "visited", "skipped", "dropped")),
    "Events": ("events/stored/", ("new", "changed", "unchanged")),
    "Images": ("images/", tuple(dashboard.IMAGE_STATUSES)),
}
_FIELDS = {
    "fee_amount": "Fee, amount",
    "fee_currency": "Fee, currency",
    "fee_per": "Fee, per",
    "performer_id": "Host",
    "rrule": "Recurs",
    "source_url": "Page",
    "start_time": "Begins",
    "starts_on": "First date",
    "status": "State",
    "time_assumed": "Time is assumed",
    "venue_id": "Pub",
    "venue": "Pub",
    "weekday": "Day",
}
_MAX_VALUE = 160


@dataclass(frozen=True, slots=True)
class StoredRuns:
    """What the pages show of the stored runs, from one state of the database."""

    reports: list[Report]
    rows: list[dict[str, Any]]
    """Of the runs that are plotted, newest first."""
    health: list[Health]


def read_runs(
    connection: Connection, now: datetime, expected_every: Mapping[str, float | None], killed: Collection[int]
) -> StoredRuns:
    return StoredRuns(
        reports(connection, PAGES, SHOWN, killed),
        runs.list_runs(connection, most=dashboard.RUNS, killed=killed),
        health(connection, now, expected_every, killed=killed),
    )


def add(
    pages: Pages, stored: StoredRuns, images: BeforeAfter, events: Sequence[StoredEvent], venues: Sequence[VenueView]
) -> None:
    """Add the pages. events: of the whole database. Raises StorageError."""
    names = Names(events, venues)
    runs = [_shown(report, images.pairs(report.replaced), events, names) for report in stored.reports]
    for run in runs:
        pages.add(run["path"], "run.html", listed=False, run=run, most=SHOWN)
    pages.add("runs.html", "runs.html", listed=False, runs=runs)
    ended = dashboard.ended(stored.rows)
    publishers = dashboard.today(ended, events, stored.health)
    pages.add(
        "dashboard.html",
        "dashboard.html",
        listed=False,
        plots=dashboard.draw(pages.edition, ended, publishers, pages.made_at),
        publishers=publishers,
        runs=ended,
        run_paths={run["row"]["id"]: run["path"] for run in runs},
        failed_share=dashboard.failed_share,
    )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a change took place. path: of the site, None if there is no such page."""

    name: str
    path: str | None
    night: str = ""


class Names:
    """Finds the names of venues and nights, and their pages, as they are today."""

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


def _shown(report: Report, pairs: list[Pair], events: Sequence[StoredEvent], names: Names) -> dict[str, Any]:
    """Return what the templates show of a run. Each list has at most SHOWN entries, and `totals` says of how many."""
    row = report.row
    new = [event for event in events if _is_new(event, row, report.until)]
    fields = [change for change in report.changes if change.field != "status"]
    return {
        "row": row,
        "path": f"runs/{row['id']}.html",
        "arguments": " ".join(f"{name}={value}".lower() for name, value in sorted(row["arguments"].items())),
        "took": _duration(row["finished_at"] - row["started_at"]) if row["finished_at"] else None,
        "counts": list(_counts(row["counts"])),
        "shares": shares_of(row["counts"], row["matches"], FIELDS),
        "pairs": [(names.place(pair.slug), pair) for pair in pairs],
        "new": [names.place(event.venue.slug, event.identity) for event in new[:SHOWN]],
        "changed": [
            (names.place(slug, night or None), [_line(change) for change in group])
            for (slug, night), group in groupby(sorted(fields, key=_of), key=_of)
        ],
        "became": list(_became(report.changes, names)),
        "failed": [(names.place(failure.slug), KINDS.get(failure.kind, ""), failure) for failure in report.failures],
        "alike": [(each.sentence, each.command(row["id"])) for each in report.alike],
        "totals": report.totals | {"new": len(new)},
    }


def _is_new(event: StoredEvent, row: Mapping[str, Any], until: datetime | None) -> bool:
    seen = event.first_seen_at
    return event.publisher == row["publisher"] and row["started_at"] <= seen and (until is None or seen <= until)


def _of(change: Change) -> tuple[str, Identity | tuple[()]]:
    return change.slug or "", change.event or ()


def _line(change: Change) -> tuple[str, str, str]:
    """Return the name of the value that changed, with the old one and the new one."""
    label = _FIELDS.get(change.field) or wording.short(change.field.replace("_", " ").capitalize(), 64)
    return label, _value(change.field, change.old), _value(change.field, change.new)


def _became(changes: Iterable[Change], names: Names) -> Iterable[tuple[str, list[Place]]]:
    """Yield title and places of the events that are missing, gone, on a break or back."""
    moved = [change for change in changes if change.field == "status"]
    for title, status in (("Missing", "missing"), ("Gone", "gone"), ("On a break", "on_break"), ("Back", "active")):
        if places := [names.place(change.slug, change.event) for change in moved if change.new == status]:
            yield title, places


def _counts(counts: Mapping[str, int]) -> Iterable[tuple[str, list[tuple[str, int]]]]:
    for title, (prefix, parts) in _COUNTS.items():
        numbers = [(dashboard.IMAGE_STATUSES.get(part, part), counts.get(prefix + part, 0)) for part in parts]
        if any(number for _, number in numbers):
            yield title, [(name, number) for name, number in numbers if number]


def _value(field: str, of: Any) -> str:
    """Return a value of a history row, which is one that JSON has, in words."""
    if of is None or of == "":
        return "not stated"
    if isinstance(of, bool):
        return "yes" if of else "no"
    if field == "weekday" and of in range(1, 8):
        return wording.DAYS[of - 1]
    if field == "fee_amount" and isinstance(of, int):
        return "free" if of == 0 else f"{of / 100:.2f}"
    if field == "status":
        return dashboard.STATES.get(str(of), wording.short(str(of), _MAX_VALUE))
    return wording.short(str(of), _MAX_VALUE)


def _duration(span: timedelta) -> str:
    """Return "12 s", "3 min" or "2 h 5 min"."""
    seconds = round(span.total_seconds())
    if seconds < 120:
        return f"{seconds} s" if seconds > 0 else "less than a second"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
