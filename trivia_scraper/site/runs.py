"""The pages about runs: a list, a page for each, and how they went over time."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import nsmallest
from itertools import groupby
from typing import Any

from sqlalchemy import Connection

from trivia_scraper.db import runs
from trivia_scraper.db.health import Health, read_health
from trivia_scraper.db.queries import Identity, StoredEvent, StoredImage
from trivia_scraper.db.replaced_images import ReplacedByRun, read_replaced_by_operators
from trivia_scraper.db.run_reports import Change, Failure, Report, read_reports
from trivia_scraper.db.runs import shares_of
from trivia_scraper.exports import wording
from trivia_scraper.formatting import format_count
from trivia_scraper.items import FIELDS, REJECTIONS
from trivia_scraper.site import dashboard, reasons
from trivia_scraper.site.before_after import GROUPS, KINDS, BeforeAfter, Pair
from trivia_scraper.site.images import Size
from trivia_scraper.site.pages import Pages
from trivia_scraper.site.troubles import find_troubles
from trivia_scraper.site.venues import MAX_NAME, VenueView

PAGES = 60
"""Of the newest runs; `scrapy runs` knows the older ones."""
SHOWN = 500
"""Changes, images and failures of one run that its pages have; `scrapy runs RUN` lists them all."""
MOST_PAIRS = 15_000
"""Of the newest runs together, whose images have pages for all of them."""
PREVIEW = 12
"""Images of a group that the run's own page has, if the group has pages of its own."""
PAIRS_OF_PAGE = 96
OLDEST = 40
"""Images of a publisher in the list of the oldest ones."""
_COUNTS = {
    "Venues": ("venues/", ("listed", "visited", "skipped", "dropped")),
    "Events": ("events/stored/", ("new", "changed", "unchanged")),
    "Images": ("images/", tuple(dashboard.IMAGE_STATUSES)),
}
_FAILED_FOR = "images/failed/"
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
    by_operators: list[ReplacedByRun]
    """Images that `scrapy images restore` replaced."""


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
    histories = _add_histories(pages, [*pairs.items(), (None, images.pairs(stored.by_operators))], names)
    shown = [_shown(report, events, names) for report in stored.reports]
    for run in shown:
        run["groups"] = list(_groups(pairs[run["row"]["id"]]))
        _add_run(pages, run, names, histories)
    pages.add("runs.html", "runs.html", listed=False, jobs=_by_job(shown))
    _add_oldest(pages, events, venues, histories)
    ended = dashboard.ended(stored.rows)
    publishers = dashboard.today(ended, events, stored.health)
    run_paths = {run["row"]["id"]: run["path"] for run in shown}
    pages.add(
        "dashboard.html",
        "dashboard.html",
        listed=False,
        objects=True,
        troubles=find_troubles(stored.health, stored.reports, pages.made_at),
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


def _add_run(pages: Pages, run: Mapping[str, Any], names: Names, histories: Collection[str]) -> None:
    """Add the page of a run, and pages for each group of images that is too long for it."""
    facts: dict[str, Any] = {"run": run, "most": SHOWN, "names": names, "histories": histories}
    pages.add(run["path"], "run.html", listed=False, **facts)
    for group in run["groups"]:
        if not group.has_pages:
            continue
        parts = [group.pairs[start : start + PAIRS_OF_PAGE] for start in range(0, len(group.pairs), PAIRS_OF_PAGE)]
        for number, part in enumerate(parts, start=1):
            path = images_path(run["row"]["id"], group.what, number)
            pages.add(path, "run_images.html", listed=False, group=group, pairs=part, number=number,
                      last=len(parts), of_page=PAIRS_OF_PAGE, **facts)  # fmt: skip


def images_path(run_id: int, what: str, number: int) -> str:
    return f"runs/{run_id}/{what}-{number}.html"


def _add_histories(pages: Pages, pairs: Iterable[tuple[int | None, Sequence[Pair]]], names: Names) -> dict[str, str]:
    """Add a page for each venue of which an image was replaced, and a list of them. Return slug -> path.

    pairs: of each run; None for those that an operator replaced.
    """
    found: defaultdict[str, list[tuple[int | None, Pair]]] = defaultdict(list)
    for run_id, some in pairs:
        for pair in some:
            found[pair.slug].append((run_id, pair))
    paths = {slug: f"history/{slug}.html" for slug in sorted(found)}
    for slug, path in paths.items():
        changes = sorted(found[slug], key=lambda each: (each[1].kind, -each[1].at.timestamp()))
        kinds = [(kind, list(group)) for kind, group in groupby(changes, key=lambda each: each[1].kind)]
        pages.add(path, "history.html", listed=False, at=names.place(slug), kinds=kinds)
    return paths


@dataclass(frozen=True, slots=True)
class Old:
    """An image that its publisher confirmed long ago."""

    at: Place
    slug: str
    kind: str
    checked_at: datetime
    outcome: str
    thumb: Size | None


def _add_oldest(
    pages: Pages, events: Iterable[StoredEvent], venues: Iterable[VenueView], histories: Mapping[str, str]
) -> None:
    """Add the list of the images that publishers confirmed longest ago."""
    views = {view.slug: view for view in venues}
    images: defaultdict[str, dict[tuple[str, str], tuple[StoredEvent, StoredImage]]] = defaultdict(dict)
    for event in events:
        for image in event.images:
            if image.checked_at and image.path:
                images[event.publisher][str(event.venue.slug), image.url] = event, image
    oldest = {
        publisher: [
            _old(event, image, views[slug])
            for (slug, _), (event, image) in nsmallest(OLDEST, found.items(), key=lambda each: _age_key(each[1][1]))
        ]
        for publisher, found in sorted(images.items())
    }
    pages.add("oldest.html", "oldest.html", listed=False, oldest=oldest, histories=histories, most=OLDEST)


def _age_key(image: StoredImage) -> tuple[datetime, str]:
    return image.checked_at or datetime.max.replace(tzinfo=UTC), image.url


def _old(event: StoredEvent, image: StoredImage, view: VenueView) -> Old:
    thumb = next((photo.sizes[0] for photo in view.photographs if photo.sha256 == image.sha256), None)
    checked_at = image.checked_at or event.last_seen_at
    said = reasons.outcome(image.status, image.reason)
    return Old(Place(view.name, view.path), view.slug, KINDS.get(image.kind, image.kind), checked_at, said, thumb)


@dataclass(frozen=True, slots=True)
class Job:
    """Runs that one command or one day made."""

    title: str
    id: str | None
    runs: list[dict[str, Any]]

    @property
    def verdicts(self) -> str:
        """Return "5 passed, 1 failed"."""
        verdicts = Counter(each["row"]["verdict"] for each in self.runs)
        return ", ".join(f"{number} {verdict}" for verdict, number in verdicts.most_common())


def _by_job(shown: Iterable[dict[str, Any]]) -> list[Job]:
    """Group runs by their job; runs without one by their day."""
    jobs: dict[tuple[str, str], Job] = {}
    for run in shown:
        row = run["row"]
        day = wording.format_date(row["started_at"])
        key = ("job", row["job_id"]) if row["job_id"] else ("day", day)
        jobs.setdefault(key, Job(day, row["job_id"], [])).runs.append(run)
    return list(jobs.values())


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
            name=view.name if view else wording.shorten(slug or "A pub that is no longer known", MAX_NAME),
            path=view.path if view else None,
            night=wording.describe_schedule(event.schedule, event.venue.country) if event else "",
        )


def _shown(report: Report, events: Sequence[StoredEvent], names: Names) -> dict[str, Any]:
    """Return what the templates show of a run. Each list has at most SHOWN entries, and `totals` says of how many."""
    row = report.row
    new = [event for event in events if _is_new(event, row, report.until)]
    fields = [change for change in report.changes if change.field != "status"]
    shown = {
        "row": row,
        "path": f"runs/{row['id']}.html",
        "arguments": " ".join(f"{name}={value}".lower() for name, value in sorted(row["arguments"].items())),
        "took": _duration(row["finished_at"] - row["started_at"]) if row["finished_at"] else None,
        "counts": list(_counts(row["counts"])),
        "shares": shares_of(row["counts"], row["matches"], FIELDS),
        "new": [names.place(event.venue.slug, event.identity) for event in new[:SHOWN]],
        "changed": [
            (names.place(slug, night or None), [_line(change) for change in group])
            for (slug, night), group in groupby(sorted(fields, key=_of), key=_of)
        ],
        "became": list(_became(report.changes, names)),
        "dropped": list(_dropped(row["counts"])),
        "failed": list(_failed(report, names)),
        "alike": [(each.sentence, each.command(row["id"])) for each in report.alike],
        "totals": report.totals | {"new": len(new)},
    }
    return shown | {"summary": list(_summary(shown))}


@dataclass(frozen=True, slots=True)
class Failed:
    """Images of a run that failed for one reason."""

    reason: str
    words: str
    number: int
    failures: list[tuple[Place, str, Failure, str | None]]
    """Of those whose facts are kept: where, which kind, the failure, and what was found."""


def _failed(report: Report, names: Names) -> Iterator[Failed]:
    """Yield the reasons, the most frequent first."""
    found: defaultdict[str, list[Failure]] = defaultdict(list)
    for failure in report.failures:
        found[failure.reason].append(failure)
    counts = {name: number for name, number in report.row["counts"].items() if name.startswith(_FAILED_FOR)}
    numbers = {name.removeprefix(_FAILED_FOR): number for name, number in counts.items()}
    numbers |= {reason: max(len(some), numbers.get(reason, 0)) for reason, some in found.items()}
    for reason, number in sorted(numbers.items(), key=lambda each: (-each[1], each[0])):
        yield Failed(
            reason=wording.shorten(reason, 64),
            words=reasons.failure(wording.shorten(reason, 64), [failure.found for failure in found.get(reason, ())]),
            number=number,
            failures=[
                (
                    names.place(failure.slug),
                    KINDS.get(failure.kind, failure.kind),
                    failure,
                    reasons.detail(reason, failure.found),
                )
                for failure in found.get(reason, ())
            ],
        )


def _dropped(counts: Mapping[str, int]) -> Iterator[tuple[str, str, int]]:
    """Yield why listed venues were dropped, in words, with the stored word and the number of venues."""
    numbers = {word: counts.get(f"dropped/{word}", 0) for word in REJECTIONS}
    for word, number in sorted(numbers.items(), key=lambda each: (-each[1], each[0])):
        if number:
            yield REJECTIONS[word].meaning, word, number
    # A publisher may have words of its own; counts of other things than venues begin like them.
    if (others := counts.get("venues/dropped", 0) - sum(numbers.values())) > 0:
        yield "another reason of this publisher", "", others


def _summary(run: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Yield the parts of a sentence on what a run did, each with the anchor that it leads to, None without one."""
    row, counts, totals = run["row"], run["row"]["counts"], run["totals"]
    if downloaded := counts.get("images/downloaded", 0):
        verb = "Refreshed" if row["arguments"].get("force_refresh_images") else "Downloaded"
        yield f"{verb} {format_count(downloaded, 'images')}", "images" if totals.get("replaced") else None
    if failed := counts.get("images/failed", 0):
        yield format_count(failed, "images") + " failed", "failed" if run["failed"] else None
    if changed := len(run["changed"]):  # the count of the run has nights too of which only an image changed
        is_all = totals.get("changes", 0) <= SHOWN
        yield f"{'' if is_all else 'more than '}{format_count(changed, 'nights')} changed", "changed"
    if new := totals["new"]:
        yield f"{new:,} new {'night' if new == 1 else 'nights'}", "new"
    for title, places in run["became"]:
        venues = len({place.name for place in places})
        yield f"{format_count(venues, 'venues')} {_BECAME_WORDS[title]}", _anchor(title)


_BECAME_WORDS = {"Missing": "missing", "Gone": "gone", "On a break": "on a break", "Back": "back"}


def _anchor(title: str) -> str:
    return f"became-{title.lower().replace(' ', '-')}"


def _is_new(event: StoredEvent, row: Mapping[str, Any], until: datetime | None) -> bool:
    seen = event.first_seen_at
    return event.publisher == row["publisher"] and row["started_at"] <= seen and (until is None or seen <= until)


def _of(change: Change) -> tuple[str, Identity | tuple[()]]:
    return change.slug or "", change.event or ()


def _line(change: Change) -> tuple[str, str, str]:
    """Return the name of the value that changed, with the old one and the new one."""
    label = _FIELDS.get(change.field) or wording.shorten(change.field.replace("_", " ").capitalize(), 64)
    return label, _value(change.field, change.old), _value(change.field, change.new)


def _became(changes: Iterable[Change], names: Names) -> Iterator[tuple[str, list[Place]]]:
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
        return dashboard.STATES.get(str(of), wording.shorten(str(of), _MAX_VALUE))
    return wording.shorten(str(of), _MAX_VALUE)


def _duration(span: timedelta) -> str:
    """Return "12 s", "3 min" or "2 h 5 min"."""
    seconds = round(span.total_seconds())
    if seconds < 120:
        return f"{seconds} s" if seconds > 0 else "less than a second"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
