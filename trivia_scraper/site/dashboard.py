"""The dashboard: runs over time, the state of each publisher, and the age of the oldest images."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import cycle
from typing import Any, NamedTuple

from trivia_scraper.atomic import Edition
from trivia_scraper.db.health import Health
from trivia_scraper.db.queries import StoredEvent
from trivia_scraper.db.run_reports import Failure, Report
from trivia_scraper.db.runs import is_of_every_venue
from trivia_scraper.exports import wording
from trivia_scraper.formatting import format_count
from trivia_scraper.items import IMAGE_STATUSES, STATUSES
from trivia_scraper.site import charts
from trivia_scraper.site.charts import Caption, Moment

RUNS = 400
"""Of all publishers together, the newest."""
DAYS = 60
"""Columns of the plot that has one for each day."""
FOLDER = "charts"
STATES = {"active": "takes place", "on_break": "on a break", "missing": "missing", "gone": "gone"}
_VERDICTS = {"passed": charts.GOOD, "failed": charts.BAD, "interrupted": charts.PLAIN}
_IMAGE_COLOURS = {"downloaded": charts.USUAL, "uptodate": charts.PLAIN, "failed": charts.BAD}
_EVENTS = dict(zip(STATUSES, (charts.USUAL, charts.COLOURS[0], charts.COLOURS[2], charts.PLAIN), strict=True))
_AGE = (charts.USUAL,)
_UNITS = (("d", 1), ("h", 24), ("min", 24 * 60), ("s", 24 * 60 * 60))
"""Units of ages, with their number in a day."""


@dataclass(slots=True)
class Today:
    """A publisher, as it is stored now."""

    key: str
    name: str
    statuses: Counter[str] = field(default_factory=Counter)
    """Status -> events."""
    images: dict[tuple[str, str, str], datetime] = field(default_factory=dict)
    """Venue, kind and URL -> when the publisher last confirmed it. Each is a file: venues may share a URL."""
    newest: Mapping[str, Any] | None = None
    """The row of the newest run of every venue that has ended."""
    newest_listing: Mapping[str, Any] | None = None
    """The row of the newest of these runs that could read the listing."""
    verdict: str | None = None
    """As `scrapy health` shows it."""
    last_good_run: int | None = None
    last_good_at: datetime | None = None
    """When that run ended."""
    due: datetime | None = None
    """When the next good run is expected, or None."""
    failed_images: int = 0
    """Number of images that failed and were not downloaded or confirmed since."""
    failed_images_run: int | None = None
    """The newest run in which some of them failed."""

    def oldest_days(self, now: datetime) -> float | None:
        """Return days since the image that was confirmed longest ago was confirmed, or None without images."""
        oldest = min(self.images.values(), default=None)
        return None if oldest is None else max(0.0, (now - oldest) / timedelta(days=1))

    def is_stale(self, now: datetime) -> bool:
        """Return whether no run was good for longer than EXPECTED_EVERY_HOURS."""
        return self.due is not None and self.due < now


def _new(publisher: str) -> Today:
    return Today(publisher, wording.format_publisher(publisher))


class Plot(NamedTuple):
    name: str
    """File name without its extension."""
    note: str
    drawing: charts.Drawing

    @property
    def path(self) -> str:
        return f"{FOLDER}/{self.name}.svg"


def ended(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the runs that have ended, in the order of `rows`, which is newest first."""
    return [row for row in rows if row["verdict"] in _VERDICTS]


def failed_share(counts: Mapping[str, int]) -> float | None:
    """Return how many of a run's images failed, in percent, or None if it had none."""
    images = sum(counts.get(f"images/{status}", 0) for status in _IMAGE_COLOURS)
    return 100 * counts.get("images/failed", 0) / images if images else None


def today(
    runs: Sequence[Mapping[str, Any]],
    events: Iterable[StoredEvent],
    healths: Iterable[Health],
    failed_images: Iterable[tuple[Report, list[Failure]]] = (),
) -> list[Today]:
    """Return the publishers by name. runs: of `ended`. failed_images: of `troubles.find_failed_images`."""
    found: dict[str, Today] = {}
    for row in runs:
        of = found.setdefault(row["publisher"], _new(row["publisher"]))
        if is_of_every_venue(row["arguments"]):
            of.newest = of.newest or row
            if row["counts"].get("venues/listed"):
                of.newest_listing = of.newest_listing or row
    for each in healths:
        of = found.setdefault(each.publisher, _new(each.publisher))
        of.verdict, of.due = each.verdict, each.next_run_expected_at
        of.last_good_run, of.last_good_at = each.last_good_run, each.last_good_at
    for report, failures in failed_images:
        of = found.setdefault(report.row["publisher"], _new(report.row["publisher"]))
        of.failed_images += len(failures)
        of.failed_images_run = of.failed_images_run or report.row["id"]
    for event in events:
        of = found.setdefault(event.publisher, _new(event.publisher))
        of.statuses[event.status] += 1
        slug = str(event.venue.slug)
        of.images |= {(slug, each.kind, each.url): each.checked_at for each in event.images if each.checked_at}
    return sorted(found.values(), key=lambda each: each.name)


def describe_freshness(publishers: Iterable[Today], now: datetime) -> str:
    """Return which publishers are stale, and of which no run is expected."""
    stale, waiting, unexpected, timely = [], [], [], 0
    for each in publishers:
        if each.is_stale(now):
            stale.append(each.name)
        elif each.last_good_at is None:
            waiting.append(each.name)
        elif each.due is None:
            unexpected.append(each.name)
        else:
            timely += 1
    said = []
    if stale:
        said.append(f"Stale, without a good run within EXPECTED_EVERY_HOURS: {', '.join(stale)}.")
    elif timely:
        said.append(f"No publisher is stale: {timely} had a good run as lately as EXPECTED_EVERY_HOURS expects.")
    if waiting:
        said.append(f"No good run yet: {', '.join(waiting)}.")
    if unexpected:
        said.append(f"EXPECTED_EVERY_HOURS expects no run of {', '.join(unexpected)}.")
    return " ".join(said)


def draw(
    edition: Edition,
    runs: Sequence[Mapping[str, Any]],
    publishers: Sequence[Today],
    now: datetime,
    run_paths: Mapping[int, str],
) -> list[Plot]:
    """Write the plots for which there are numbers; none before the first run.

    runs: of `ended`. run_paths: pages of runs, to which their dots lead.
    """
    links = {run_id: f"../{path}" for run_id, path in run_paths.items()}
    if not runs:
        return []
    # A publisher has one colour in every plot.
    colours = {each.name: colour for each, colour in zip(publishers, cycle(charts.COLOURS), strict=False)}
    every = (
        _verdicts(runs, publishers, links),
        _listed(runs, colours, links),
        _events(publishers),
        _images(runs),
        _failed(runs, colours, links),
        _ages(publishers, now),
    )
    plots = [plot for plot in every if plot]
    for plot in plots:
        edition.write(plot.path, plot.drawing.svg)
    return plots


def _verdicts(runs: Sequence[Mapping[str, Any]], publishers: Sequence[Today], links: Mapping[int, str]) -> Plot:
    dots: dict[str, list[tuple[datetime, str, str | None]]] = {verdict: [] for verdict in _VERDICTS}
    for row in runs:
        dots[row["verdict"]].append(
            (row["started_at"], wording.format_publisher(row["publisher"]), links.get(row["id"]))
        )
    summary = ", ".join(f"{len(some)} {verdict}" for verdict, some in dots.items())
    caption = Caption("Runs", f"Of {format_count(len(runs), 'runs')}, {summary}.")
    names = [each.name for each in publishers]
    drawing = charts.rows_over_time(caption, names, dots, list(_VERDICTS.values()))
    return Plot("runs", "When each began, and how it ended. A dot leads to its run.", drawing)


def _listed(runs: Sequence[Mapping[str, Any]], colours: Mapping[str, str], links: Mapping[int, str]) -> Plot | None:
    lines = _lines(runs, links, lambda counts: counts.get("venues/listed"))
    if not lines:
        return None
    summary = "; ".join(f"{name}: {some[-1].value:g}, at first {some[0].value:g}" for name, some in lines.items())
    drawing = charts.over_time(Caption("Venues listed", f"{summary}."), lines, [colours[name] for name in lines])
    return Plot("listed", "By the publisher, in each run.", drawing)


def _events(publishers: Sequence[Today]) -> Plot:
    names = [each.name for each in publishers]
    parts = {STATES[status]: [each.statuses[status] for each in publishers] for status in STATUSES}
    states = ([f"{parts[state][number]} {state}" for state in parts] for number in range(len(names)))
    summary = "; ".join(f"{name}: {', '.join(some)}" for name, some in zip(names, states, strict=True))
    drawing = charts.bars(Caption("Events", f"{summary}."), names, parts, list(_EVENTS.values()))
    return Plot("events", "As the store has them now.", drawing)


def _images(runs: Sequence[Mapping[str, Any]]) -> Plot:
    by_day: defaultdict[date, Counter[str]] = defaultdict(Counter)
    for row in runs:
        counts = row["counts"]
        by_day[row["started_at"].date()].update({each: counts.get(f"images/{each}", 0) for each in _IMAGE_COLOURS})
    days = sorted(by_day)[-DAYS:]
    parts = {IMAGE_STATUSES[status]: [by_day[day][status] for day in days] for status in _IMAGE_COLOURS}
    summary = ", ".join(f"{sum(values)} {name}" for name, values in parts.items())
    caption = Caption("Images", f"On {len(days)} days: {summary}.")
    drawing = charts.stacked(caption, [f"{day:%-d %b}" for day in days], parts, list(_IMAGE_COLOURS.values()))
    return Plot("images", "What became of them, by day.", drawing)


def _failed(runs: Sequence[Mapping[str, Any]], colours: Mapping[str, str], links: Mapping[int, str]) -> Plot | None:
    lines = _lines(runs, links, failed_share)
    if not lines:
        return None
    summary = "; ".join(f"{name}: {some[-1].value:.1f} %" for name, some in lines.items())
    caption = Caption("Images that failed", f"In the newest runs: {summary}.")
    drawing = charts.over_time(caption, lines, [colours[name] for name in lines], unit=" %")
    return Plot("failed", "Their share of the images of each run.", drawing)


def _ages(publishers: Sequence[Today], now: datetime) -> Plot | None:
    days = {each.name: age for each in publishers if (age := each.oldest_days(now)) is not None}
    if not days:
        return None
    unit, of_a_day = next((each for each in _UNITS if max(days.values()) * each[1] >= 2), _UNITS[-1])
    ages = [round(age * of_a_day, 2) for age in days.values()]
    summary = "; ".join(f"{name}: {age:g} {unit}" for name, age in zip(days, ages, strict=True))
    caption = Caption("Age of the oldest image", f"{summary}.")
    drawing = charts.bars(caption, list(days), {"age": ages}, _AGE, unit=f" {unit}")
    return Plot("ages", "Since the publisher last confirmed it.", drawing)


def _lines(
    runs: Sequence[Mapping[str, Any]], links: Mapping[int, str], value: Callable[[Mapping[str, int]], float | None]
) -> dict[str, list[Moment]]:
    """Return publisher -> time and value of each run that has one, the oldest first."""
    lines: defaultdict[str, list[Moment]] = defaultdict(list)
    for row in reversed(runs):
        if (found := value(row["counts"])) is not None:
            lines[wording.format_publisher(row["publisher"])].append(
                Moment(row["started_at"], found, links.get(row["id"]))
            )
    return dict(sorted(lines.items()))
