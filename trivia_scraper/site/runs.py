"""The pages about runs: a list, a page for each, and how they went over time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from trivia_scraper.db import runs
from trivia_scraper.db.health import Health, read_health
from trivia_scraper.db.queries import StoredEvent
from trivia_scraper.db.replaced_images import ReplacedByRun, read_replaced_by_operators
from trivia_scraper.db.run_reports import Report, read_reports
from trivia_scraper.exports import wording
from trivia_scraper.site import dashboard
from trivia_scraper.site.before_after import GROUPS, BeforeAfter, Pair
from trivia_scraper.site.image_pages import add_histories, add_oldest
from trivia_scraper.site.pages import Pages
from trivia_scraper.site.run_views import SHOWN, Names, RunView, show_run
from trivia_scraper.site.troubles import describe_failed_images, find_failed_images, find_troubles
from trivia_scraper.site.venues import VenueView

PAGES = 60
"""Of the newest runs; `scrapy runs` knows the older ones."""
MOST_PAIRS = 15_000
"""Of the newest runs together, whose images have pages for all of them."""
PREVIEW = 12
"""Images of a group that the run's own page has, if the group has pages of its own."""
PAIRS_OF_PAGE = 96


@dataclass(frozen=True, slots=True)
class StoredRuns:
    """What the pages show of the stored runs, from one state of the database."""

    reports: list[Report]
    rows: list[dict[str, Any]]
    """Of the runs that are plotted, newest first."""
    health: list[Health]
    by_operators: list[ReplacedByRun]
    """Images that `scrapy images restore` replaced."""

    def find_history_paths(self) -> dict[str, str]:
        """Return slug -> path of the history, for venues with replaced images or failed downloads."""
        slugs = {each.slug for each in self.by_operators}
        for report in self.reports:
            slugs.update(each.slug for each in report.replaced)
            slugs.update(each.slug for each in report.failures)
        return {slug: f"history/{slug}.html" for slug in sorted(slugs)}


def read_runs(
    connection: Connection, now: datetime, expected_every: Mapping[str, float | None], killed: Collection[int]
) -> StoredRuns:
    return StoredRuns(
        read_reports(connection, PAGES, SHOWN, killed, most_replaced=MOST_PAIRS),
        runs.list_runs(connection, limit=dashboard.RUNS, killed=killed),
        read_health(connection, now, expected_every, killed=killed),
        read_replaced_by_operators(connection, SHOWN),
    )


def add(
    pages: Pages, stored: StoredRuns, images: BeforeAfter, events: Sequence[StoredEvent], venues: Sequence[VenueView]
) -> None:
    """Add the pages. events: of the whole database. Raises StorageError."""
    names = Names(events, venues)
    pairs = {report.row["id"]: images.pairs(report.replaced) for report in stored.reports}
    histories = stored.find_history_paths()
    replaced = [*pairs.items(), (None, images.pairs(stored.by_operators))]
    add_histories(pages, histories, replaced, stored.reports, names)
    shown = [show_run(report, events, names) for report in stored.reports]
    for run in shown:
        _add_run(pages, run, list(_groups(pairs[run.row["id"]])), names, histories)
    pages.add("runs.html", "runs.html", listed=False, jobs=_by_job(shown))
    add_oldest(pages, events, venues, histories)
    ended = dashboard.ended(stored.rows)
    failed_images = find_failed_images(stored.reports, events)
    troubles = find_troubles(stored.health, stored.reports, pages.made_at)
    named = {trouble.run_id for trouble in troubles if trouble.is_failure}
    of_images = describe_failed_images(failed_images, pages.made_at)
    troubles += [trouble for trouble in of_images if trouble.run_id not in named]
    publishers = dashboard.today(ended, events, stored.health, failed_images)
    run_paths = {run.row["id"]: run.path for run in shown}
    pages.add(
        "dashboard.html",
        "dashboard.html",
        listed=False,
        objects=True,
        troubles=troubles,
        freshness=dashboard.describe_freshness(publishers, pages.made_at),
        newest=stored.rows[0] if stored.rows else None,
        plots=dashboard.draw(pages.edition, ended, publishers, pages.made_at, run_paths),
        publishers=publishers,
        runs=ended,
        run_paths=run_paths,
        failed_share=dashboard.failed_share,
    )


@dataclass(frozen=True, slots=True)
class Group:
    """Replaced images of a run to which the same happened."""

    what: str
    """A key of GROUPS."""
    title: str
    pairs: list[Pair]

    @property
    def has_pages(self) -> bool:
        return len(self.pairs) > 2 * PREVIEW

    @property
    def preview(self) -> list[Pair]:
        return self.pairs[:PREVIEW] if self.has_pages else self.pairs


def _groups(pairs: Iterable[Pair]) -> Iterator[Group]:
    by_what: defaultdict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        by_what[pair.what].append(pair)
    for what, title in GROUPS.items():
        if what in by_what:
            yield Group(what, title, by_what[what])


def _add_run(pages: Pages, run: RunView, groups: Sequence[Group], names: Names, histories: Collection[str]) -> None:
    """Add the page of a run, and pages for each group of images that is too long for it."""
    facts: dict[str, Any] = {"run": run, "most": SHOWN, "names": names, "histories": histories}
    pages.add(run.path, "run.html", listed=False, groups=groups, **facts)
    for group in groups:
        if not group.has_pages:
            continue
        parts = [group.pairs[start : start + PAIRS_OF_PAGE] for start in range(0, len(group.pairs), PAIRS_OF_PAGE)]
        for number, part in enumerate(parts, start=1):
            path = images_path(run.row["id"], group.what, number)
            pages.add(path, "run_images.html", listed=False, group=group, pairs=part, number=number,
                      last=len(parts), of_page=PAIRS_OF_PAGE, **facts)  # fmt: skip


def images_path(run_id: int, what: str, number: int) -> str:
    return f"runs/{run_id}/{what}-{number}.html"


@dataclass(frozen=True, slots=True)
class Job:
    """Runs that one command or one day made."""

    title: str
    id: str | None
    runs: list[RunView]

    @property
    def verdicts(self) -> str:
        """Return "5 passed, 1 failed"."""
        verdicts = Counter(each.row["verdict"] for each in self.runs)
        return ", ".join(f"{number} {verdict}" for verdict, number in verdicts.most_common())


def _by_job(shown: Iterable[RunView]) -> list[Job]:
    """Group runs by their job; runs without one by their day."""
    jobs: dict[tuple[str, str], Job] = {}
    for run in shown:
        row = run.row
        day = wording.format_date(row["started_at"])
        key = ("job", row["job_id"]) if row["job_id"] else ("day", day)
        jobs.setdefault(key, Job(day, row["job_id"], [])).runs.append(run)
    return list(jobs.values())
