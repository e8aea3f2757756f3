"""A run as its page shows it, in words. Pure: reports of the database -> what templates print."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from trivia_scraper.db.queries import Identity, StoredEvent
from trivia_scraper.db.run_reports import Change, Failure, Report
from trivia_scraper.db.runs import Share, shares_of
from trivia_scraper.exports import wording
from trivia_scraper.formatting import format_count
from trivia_scraper.items import FIELDS, IMAGE_STATUSES, REJECTIONS
from trivia_scraper.site import dashboard, reasons
from trivia_scraper.site.before_after import KINDS
from trivia_scraper.site.images import Size
from trivia_scraper.site.places import MAX_NAME
from trivia_scraper.site.venues import VenueView

SHOWN = 500
"""Changes, images and failures of one run that its pages have; `scrapy runs RUN` lists them all."""
_COUNTS = {
    "Venues": ("venues/", ("listed", "visited", "skipped", "dropped")),
    "Events": ("events/stored/", ("new", "changed", "unchanged")),
    "Images": ("images/", tuple(IMAGE_STATUSES)),
}
_FAILED_FOR = "images/failed/"
_DROPPED_FOR = "dropped/"
_PAGES_FAILED_FOR = "pages/failed/"
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
        self._slugs = {key[:2]: event.venue.slug for key, event in self._nights.items()}

    def place(self, slug: str | None, night: Identity | None = None) -> Place:
        view, event = self._venues.get(slug or ""), self._nights.get(night) if night else None
        return Place(
            name=view.name if view else wording.shorten(slug or "A pub that is no longer known", MAX_NAME),
            path=view.path if view else None,
            night=wording.describe_schedule(event.schedule, event.venue.country) if event else "",
        )

    def town(self, slug: str) -> str:
        return self._venues[slug].town.name if slug in self._venues else "No longer known"

    def shown_image(self, slug: str, url: str) -> Size | None:
        """Return the image of this URL that the catalogue shows at a venue."""
        if not (view := self._venues.get(slug)):
            return None
        digests = {image.sha256 for night in view.nights for image in night.event.images if image.url == url}
        return next((photo.sizes[0] for photo in view.photographs if photo.sha256 in digests), None)

    def listed(self, publisher: str, publisher_id: str) -> Place:
        """Return the venue that a publisher lists under an id. One that was never read has only its id."""
        slug = self._slugs.get((publisher, publisher_id))
        return self.place(slug) if slug else Place(wording.shorten(publisher_id, MAX_NAME), None)


@dataclass(frozen=True, slots=True)
class Became:
    """Events of a run that have one new status."""

    title: str
    places: list[Place]
    venues: int
    """Venues of these events."""

    @property
    def anchor(self) -> str:
        return f"became-{self.title.lower().replace(' ', '-')}"


@dataclass(frozen=True, slots=True)
class Failed:
    """Images of a run that failed for one reason."""

    reason: str
    words: str
    number: int
    failures: list[tuple[Place, str, Failure, str | None]]
    """Of those whose facts are kept: where, which kind, the failure, and what was found if `words` do not say it."""


@dataclass(frozen=True, slots=True)
class UnreadGroup:
    """Listed venues that a run could not read for one reason."""

    words: str
    reason: str
    number: int
    venues: list[tuple[Place, str | None, str]]
    """The first ones: the venue, its page, and what was found there."""


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as templates show it. Each list has at most SHOWN entries, and `totals` says of how many."""

    row: Mapping[str, Any]
    totals: Mapping[str, int]
    new: list[Place]
    changed: list[tuple[Place, list[tuple[str, str, str]]]]
    """Where, and of each value its name, the old one and the new one."""
    became: list[Became]
    dropped: list[UnreadGroup]
    failed_pages: list[UnreadGroup]
    failed: list[Failed]
    alike: list[tuple[str, str]]
    """A sentence on images that became alike, and the command that takes it back."""

    @property
    def path(self) -> str:
        return f"runs/{self.row['id']}.html"

    @property
    def arguments(self) -> str:
        return " ".join(f"{name}={value}".lower() for name, value in sorted(self.row["arguments"].items()))

    @property
    def took(self) -> str | None:
        finished = self.row["finished_at"]
        return _duration(finished - self.row["started_at"]) if finished else None

    @property
    def counts(self) -> list[tuple[str, list[tuple[str, int]]]]:
        return list(_counts(self.row["counts"]))

    @property
    def shares(self) -> Mapping[str, Share]:
        return shares_of(self.row["counts"], self.row["matches"], FIELDS)

    @property
    def summary(self) -> Iterator[tuple[str, str | None]]:
        """Yield the parts of a sentence on what the run did, each with the anchor that it leads to, or None."""
        counts = self.row["counts"]
        if downloaded := counts.get("images/downloaded", 0):
            verb = "Refreshed" if self.row["arguments"].get("force_refresh_images") else "Downloaded"
            yield f"{verb} {format_count(downloaded, 'images')}", "images" if self.totals.get("replaced") else None
        if failed := counts.get("images/failed", 0):
            yield format_count(failed, "images") + " failed", "failed" if self.failed else None
        if failed := sum(each.number for each in self.failed_pages):
            yield format_count(failed, "pages") + " could not be read", "pages"
        if changed := len(self.changed):  # the count of the run has nights too of which only an image changed
            is_all = self.totals.get("changes", 0) <= SHOWN
            yield f"{'' if is_all else 'more than '}{format_count(changed, 'nights')} changed", "changed"
        if new := self.totals["new"]:
            yield f"{new:,} new {'night' if new == 1 else 'nights'}", "new"
        for became in self.became:
            yield f"{format_count(became.venues, 'venues')} {became.title.lower()}", became.anchor


def show_run(report: Report, events: Sequence[StoredEvent], names: Names) -> RunView:
    new = [event for event in events if _is_new(event, report.row, report.until)]
    fields = sorted((change for change in report.changes if change.field != "status"), key=_of)
    return RunView(
        row=report.row,
        totals=report.totals | {"new": len(new)},
        new=[names.place(event.venue.slug, event.identity) for event in new[:SHOWN]],
        changed=[
            (names.place(slug, night or None), [_line(change) for change in group])
            for (slug, night), group in groupby(fields, key=_of)
        ],
        became=list(_became(report.changes, names)),
        dropped=list(_dropped(report.row, names)),
        failed_pages=list(_failed_pages(report.row, names)),
        failed=list(_failed(report, names)),
        alike=[(each.sentence, each.command(report.row["id"])) for each in report.alike],
    )


def _failed(report: Report, names: Names) -> Iterator[Failed]:
    """Yield the reasons, the most frequent first."""
    found: defaultdict[str, list[Failure]] = defaultdict(list)
    for failure in report.failures:
        found[failure.reason].append(failure)
    counts = {name: number for name, number in report.row["counts"].items() if name.startswith(_FAILED_FOR)}
    numbers = {name.removeprefix(_FAILED_FOR): number for name, number in counts.items()}
    numbers |= {reason: max(len(some), numbers.get(reason, 0)) for reason, some in found.items()}
    for reason, number in sorted(numbers.items(), key=lambda each: (-each[1], each[0])):
        some = found.get(reason, [])
        word = wording.shorten(reason, 64)
        words = reasons.failure(word, [failure.found for failure in some])
        failures = []
        for failure in some:
            said = None if words == reasons.A_WEB_PAGE else reasons.detail(reason, failure.found)
            failures.append((names.place(failure.slug), KINDS.get(failure.kind, failure.kind), failure, said))
        yield Failed(word, words, number, failures)


def _dropped(row: Mapping[str, Any], names: Names) -> Iterator[UnreadGroup]:
    """Yield why listed venues were dropped, the most frequent reason first."""
    counts, known = row["counts"], _unread(row, _DROPPED_FOR, names)
    # A publisher may have words of its own; counts of other things than venues begin like them.
    words = {**dict.fromkeys(REJECTIONS), **dict.fromkeys(known)}
    numbers = {word: counts.get(_DROPPED_FOR + word, 0) for word in words}
    for word, number in sorted(numbers.items(), key=lambda each: (-each[1], each[0])):
        if number:
            meaning = REJECTIONS[word].meaning if word in REJECTIONS else "a reason of this publisher"
            yield UnreadGroup(meaning, word, number, known[word])
    if (others := counts.get("venues/dropped", 0) - sum(numbers.values())) > 0:
        yield UnreadGroup("another reason of this publisher", "", others, [])


def _failed_pages(row: Mapping[str, Any], names: Names) -> Iterator[UnreadGroup]:
    """Yield why pages of venues could not be read, the most frequent reason first."""
    known = _unread(row, _PAGES_FAILED_FOR, names)
    counts = {name: number for name, number in row["counts"].items() if name.startswith(_PAGES_FAILED_FOR)}
    for name, number in sorted(counts.items(), key=lambda each: (-each[1], each[0])):
        reason = name.removeprefix(_PAGES_FAILED_FOR)
        yield UnreadGroup(reasons.page_failure(wording.shorten(reason, 64)), reason, number, known[reason])


def _unread(row: Mapping[str, Any], prefix: str, names: Names) -> defaultdict[str, list[tuple[Place, str | None, str]]]:
    """Return reason -> venues, of the counts with this prefix."""
    found: defaultdict[str, list[tuple[Place, str | None, str]]] = defaultdict(list)
    for each in row["unread"]:
        if each["counted"].startswith(prefix):
            at = names.listed(row["publisher"], each["id"])
            found[each["counted"].removeprefix(prefix)].append((at, each["page"], each["found"]))
    return found


def _is_new(event: StoredEvent, row: Mapping[str, Any], until: datetime | None) -> bool:
    seen = event.first_seen_at
    return event.publisher == row["publisher"] and row["started_at"] <= seen and (until is None or seen <= until)


def _of(change: Change) -> tuple[str, Identity | tuple[()]]:
    return change.slug or "", change.event or ()


def _line(change: Change) -> tuple[str, str, str]:
    """Return the name of the value that changed, with the old one and the new one."""
    label = _FIELDS.get(change.field) or wording.shorten(change.field.replace("_", " ").capitalize(), 64)
    return label, _value(change.field, change.old), _value(change.field, change.new)


def _became(changes: Iterable[Change], names: Names) -> Iterator[Became]:
    """Yield the events that are missing, gone, on a break or back."""
    for title, status in (("Missing", "missing"), ("Gone", "gone"), ("On a break", "on_break"), ("Back", "active")):
        if moved := [change for change in changes if change.field == "status" and change.new == status]:
            places = [names.place(change.slug, change.event) for change in moved]
            yield Became(title, places, len({change.slug for change in moved}))


def _counts(counts: Mapping[str, int]) -> Iterable[tuple[str, list[tuple[str, int]]]]:
    for title, (prefix, parts) in _COUNTS.items():
        numbers = [(IMAGE_STATUSES.get(part, part), counts.get(prefix + part, 0)) for part in parts]
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
        return f"{seconds} s" if seconds > 0 else "under 1 s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
