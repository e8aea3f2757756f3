"""What a run changed, as its page shows it: events that came, went and changed, and pictures before and after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from trivia_scraper.exports.catalogue import words
from trivia_scraper.exports.catalogue.venues import VenueView
from trivia_scraper.exports.publishing import Edition
from trivia_scraper.exports.resemblance import distance, resemblance
from trivia_scraper.images.decode import Picture
from trivia_scraper.images.filestore import FileStore
from trivia_scraper.store import runs
from trivia_scraper.store.history import changes_of_run, new_in_run
from trivia_scraper.store.ledger import PLACEHOLDER_VENUES
from trivia_scraper.store.past import changed_in
from trivia_scraper.store.reading import StoredEvent

PAGES = 60
"""Of the newest runs; older ones are in `scrapy runs`."""
FOLDER = "changes"
MAX_VALUE = 160
_NOT_SHOWN = {"rrule", "performer_id", "postcode_key"}  # what stands beside them in words says the same
_WHAT = {
    "same": "The same picture, encoded or resized anew",
    "other": "A new picture",
    "unknown": "Another picture; what the one before showed is not kept",
    "placeholder": "What many venues show: a placeholder of the publisher's",
}


@dataclass(frozen=True, slots=True)
class Change:
    """A value that was another before. venue: null when it is of none that is still known."""

    venue: VenueView | None
    name: str
    field: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """A picture that came in the place of another. Paths are of the site; null when that thumbnail is not kept."""

    venue: VenueView | None
    name: str
    kind: str
    what: str
    before: str | None
    after: str | None
    facts_before: str
    facts_after: str


@dataclass(slots=True)
class RunView:
    row: Mapping[str, Any]
    new: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    missing: list[Change] = field(default_factory=list)
    gone: list[Change] = field(default_factory=list)
    on_break: list[Change] = field(default_factory=list)
    back: list[Change] = field(default_factory=list)
    pictures: list[Replaced] = field(default_factory=list)

    @property
    def path(self) -> str:
        return f"runs/{self.row['id']}.html"

    @property
    def publisher(self) -> str:
        return words.publisher(self.row["publisher"])

    @property
    def arguments(self) -> list[str]:
        return [f"{name}={value}" for name, value in sorted(self.row["arguments"].items())]

    @property
    def minutes(self) -> float | None:
        began, ended = self.row["started_at"], self.row["finished_at"]
        return None if ended is None else (ended - began).total_seconds() / 60

    @property
    def sections(self) -> list[tuple[str, list[Change]]]:
        return [
            ("New", self.new),
            ("Changed", self.changed),
            ("Missing", self.missing),
            ("Gone", self.gone),
            ("On a break", self.on_break),
            ("Back", self.back),
        ]


@dataclass(frozen=True, slots=True)
class Told:
    """What the store says of one run."""

    row: Mapping[str, Any]
    new: list[dict[str, Any]]
    changes: list[dict[str, Any]]
    replaced: list[dict[str, Any]]


def told(connection: Connection) -> list[Told]:
    """The newest PAGES runs, newest first."""
    return [
        Told(
            row,
            new_in_run(connection, row["id"]),
            changes_of_run(connection, row["id"]),
            list(changed_in(connection, row["id"])),
        )
        for row in runs.listed(connection)[:PAGES]
    ]


class RunViews:
    """events: of the whole store; venues: the views of them; both say what a changed event is called today."""

    def __init__(
        self, edition: Edition, files: FileStore, events: Iterable[StoredEvent], venues: Iterable[VenueView]
    ) -> None:
        self._edition = edition
        self._files = files
        self._venues = {view.slug: view for view in venues}
        self._by_id: dict[tuple[str, str], StoredEvent] = {}
        self._shown: dict[tuple[str, str, str], str] = {}
        self._venues_with: dict[str, set[str]] = {}
        for event in events:
            self._by_id.setdefault((event.publisher, event.publisher_id), event)
            slug = str(event.venue.slug)
            for image in event.images:
                digest = image.sha256 or ""
                self._venues_with.setdefault(digest, set()).add(slug)
                if image.thumbs:
                    self._shown[slug, image.kind, digest] = image.thumbs[min(image.thumbs)]
        self._written: set[str] = set()

    def view(self, run: Told) -> RunView:
        view = RunView(run.row)
        publisher = run.row["publisher"]
        for row in run.new:
            view.new.append(self._change(publisher, row, ""))
        for row in run.changes:
            if row["entity"] == "image" or row["field"].startswith("image:") or row["field"] in _NOT_SHOWN:
                continue
            kind = str(row["new"]) if row["field"] == "status" else ""
            came_back = kind == "active" and row["old"] in {"missing", "gone"}
            into = {"missing": view.missing, "gone": view.gone, "on_break": view.on_break}.get(kind, view.changed)
            (view.back if came_back else into).append(self._change(publisher, row, row["field"]))
        view.pictures = list(self._replaced(run.replaced))
        return view

    def _change(self, publisher: str, row: Mapping[str, Any], field_name: str) -> Change:
        event = self._by_id.get((publisher, str(row["of"]))) if row["entity"] == "event" else None
        venue = self._venues.get(str(event.venue.slug) if event else str(row["of"]))
        name = venue.name if venue else words.short(str(row["of"] or "no longer known"), MAX_VALUE)
        label = field_name.replace("_", " ") or words.short(str(row["new"]), MAX_VALUE)
        return Change(venue, name, label, _value(row["old"]), _value(row["new"]) if field_name else "")

    def _replaced(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[Replaced]:
        for row in rows:
            after = row["next_thumb"] or self._thumb_now(row)
            bits = distance(row["thumb"], after) if row["thumb"] and after else None
            shared = self._venues_with.get(row["after"].get("sha256") or "", ())
            what = "placeholder" if len(shared) >= PLACEHOLDER_VENUES else resemblance(bits)
            yield Replaced(
                venue=self._venues.get(row["slug"]),
                name=words.short(row["name"], MAX_VALUE),
                kind=row["kind"],
                what=_WHAT[what],
                before=self._write(row["thumb"]),
                after=self._write(after),
                facts_before=_facts(row["before"]),
                facts_after=_facts(row["after"]),
            )

    def _thumb_now(self, row: Mapping[str, Any]) -> bytes | None:
        path = self._shown.get((row["slug"], row["kind"], row["after"].get("sha256") or ""))
        try:
            return self._files.read(path) if path else None
        except OSError:
            return None

    def _write(self, thumb: bytes | None) -> str | None:
        if not thumb:
            return None
        path = f"{FOLDER}/{Picture.digest(thumb)[:20]}.jpg"
        if path not in self._written:
            self._edition.write(path, thumb)
            self._written.add(path)
        return path


def _value(value: Any) -> str:
    if value is None:
        return "not known"
    if isinstance(value, datetime):
        return words.date(value)
    return words.short(str(value), MAX_VALUE)


def _facts(of: Mapping[str, Any]) -> str:
    size = f"{of['width']}×{of['height']}" if of.get("width") else ""
    weight = f"{(of.get('bytes') or 0) / 1000:.0f} kB" if of.get("bytes") else ""
    return ", ".join(filter(None, (of.get("format"), size, weight)))
