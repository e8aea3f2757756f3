"""The pages about runs: a list, a page for each, and how they went over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from trivia_scraper.db import runs
from trivia_scraper.db.queries import StoredEvent
from trivia_scraper.db.run_reports import Report, reports
from trivia_scraper.site import dashboard
from trivia_scraper.site.before_after import BeforeAfter
from trivia_scraper.site.pages import Pages
from trivia_scraper.site.runs import PAGES, SHOWN, Names, run_view
from trivia_scraper.site.venues import VenueView


@dataclass(frozen=True, slots=True)
class Ran:
    """What the store says, of one state."""

    reports: list[Report]
    rows: list[dict[str, Any]]
    """Of the runs that are plotted, newest first."""


def ran(connection: Connection) -> Ran:
    return Ran(reports(connection, PAGES, SHOWN), runs.listed(connection, most=dashboard.RUNS))


def add(
    pages: Pages, ran: Ran, pictures: BeforeAfter, events: Sequence[StoredEvent], venues: Sequence[VenueView]
) -> None:
    """Raises StorageError."""
    names = Names(events, venues)
    made = []
    for report in ran.reports:
        view = run_view(report, pictures.pairs(report.replaced), events, names)
        pages.add(view.path, "run.html", listed=False, run=view)
        made.append(view)
    pages.add("runs.html", "runs.html", listed=False, runs=made)
    _add_dashboard(pages, dashboard.ended(ran.rows), events, {view.row["id"]: view.path for view in made})


def _add_dashboard(
    pages: Pages, rows: Sequence[Mapping[str, Any]], events: Sequence[StoredEvent], paths: Mapping[int, str]
) -> None:
    publishers = dashboard.today(rows, events)
    pages.add(
        "dashboard.html",
        "dashboard.html",
        listed=False,
        plots=dashboard.draw(pages.edition, rows, publishers, pages.made_at),
        publishers=publishers,
        runs=rows,
        run_paths=paths,
        failed_share=dashboard.failed_share,
    )
