"""Atom (RFC 4287): a feed of the nights that are new, changed or ended.

An event has one entry: its latest change within DAYS days that a visitor notices. If nothing changed and no change
became too old, a new feed has the same bytes.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal, TextIO
from urllib.parse import urljoin
from uuid import UUID, uuid5

from sqlalchemy import Connection

from trivia_scraper import __version__
from trivia_scraper.db.history import read_changes_since, read_first_event_time, read_first_seen_since, read_last_update
from trivia_scraper.db.queries import Identity, Key, Selection, StoredEvent, read_events, read_keys
from trivia_scraper.exports import Summary, wording
from trivia_scraper.formatting import iso, one_line, web_address
from trivia_scraper.items import Status

DAYS = 30
MAX_ENTRIES = 300
PATH = "changes.atom"  # in the catalogue
TITLE = "New, changed and ended quiz nights"
# An arbitrary constant, so that ids differ from those of other programs.
_NAMES = UUID("b7c8f7f3-52c1-4f0a-9d55-9c1f7a0e2d64")
_SCHEDULE = ("weekday", "start_time", "frequency", "rrule", "starts_on")
_FEE = ("amount", "currency", "per")
_VENUE = ("name", "address", "postcode", "city")
_STATUSES = {"active": "takes place", "missing": "takes place", "on_break": "on break", "gone": "no longer listed"}
_MAX_NAME = 120
_NOT_XML = re.compile("[\ufffe\uffff]")  # `plain` removes the others that XML does not allow

Steps = dict[datetime, dict[str, Any]]
"""Time of a change -> the changed fields with their values before."""


@dataclass(frozen=True, slots=True)
class Change:
    """The latest change of an event. `lines` has a line like "Time: 7 pm -> 8 pm" for each difference."""

    event: StoredEvent
    kind: Literal["new", "changed", "ended"]
    at: datetime
    lines: Sequence[str]


def write(connection: Connection, selection: Selection, out: TextIO, now: datetime) -> Summary:
    """Write the feed of the selected events. Entries link to the publishers' pages."""
    text, entries = make_feed(connection, selection, now)
    out.write(text)
    hint = f"A feed has at most {MAX_ENTRIES} entries, the newest." if entries == MAX_ENTRIES else ""
    return Summary(Counter(changes=entries), hint=hint)


def read_recent_changes(
    connection: Connection,
    selection: Selection,
    now: datetime,
    *,
    events: Mapping[Identity, StoredEvent] | None = None,
    most: int | None = None,
) -> list[Change]:
    """Return at most `most` changes of the last DAYS days, newest first.

    events: all selected events, if the caller has read them already.
    """
    since = now - timedelta(days=DAYS)
    of_events, of_venues, before_missing = _read_steps(connection, since)
    latest: dict[Key, datetime] = {}  # the event's last change may be earlier, but not later
    for key in read_keys(connection, selection):
        if times := (*of_events.get(key.id, ()), *of_venues.get(key.venue_id, ())):
            latest[key] = max(times)
    wanted = sorted(latest, key=lambda key: latest[key], reverse=True)
    newest: list[Change] = []
    read = read_events(connection, wanted) if events is None else ((key, events[key.identity]) for key in wanted)
    for key, event in read:
        if most is not None and len(newest) == most and newest[-1].at >= latest[key]:
            break
        steps = dict(of_events.get(key.id, {}))
        for at, old in of_venues.get(key.venue_id, {}).items():
            steps[at] = steps.get(at, {}) | old
        if change := _latest_change(event, steps, before_missing.get(key.id), since):
            insort(newest, change, key=lambda each: -each.at.timestamp())
            del newest[len(newest) if most is None else most :]
    return newest


def _read_steps(
    connection: Connection, since: datetime
) -> tuple[Mapping[int, Steps], Mapping[int, Steps], Mapping[int, Status]]:
    """Return the steps of events by row id, those of venues, and the earlier status of events that are missing now.

    Becoming missing is not a step. A new event has a step without fields.
    """
    of_events: defaultdict[int, Steps] = defaultdict(dict)
    of_venues: defaultdict[int, Steps] = defaultdict(dict)
    before_missing: dict[int, Status] = {}
    for event_id, at in read_first_seen_since(connection, since).items():
        of_events[event_id][at] = {}
    fields = ("status", *_SCHEDULE, *(f"fee_{name}" for name in _FEE))
    for event_id, at, field, old, new in read_changes_since(connection, "event", fields, since):
        if field == "status" and new == "missing":
            before_missing[event_id] = old
            continue
        before = before_missing.pop(event_id, "active") if field == "status" and old == "missing" else old
        of_events[event_id].setdefault(at, {}).setdefault(field, before)
    for venue_id, at, field, old, _ in read_changes_since(connection, "venue", _VENUE, since):
        of_venues[venue_id].setdefault(at, {}).setdefault(f"venue_{field}", old)
    return of_events, of_venues, before_missing


def _latest_change(event: StoredEvent, steps: Steps, before_missing: Status | None, since: datetime) -> Change | None:
    """Return the newest change that a visitor notices, or None."""
    if event.status == "gone":
        ended = max((at for at, old in steps.items() if "status" in old), default=None)
        return Change(event, "ended", ended, ()) if ended else None
    after = event = replace(event, status=before_missing or event.status)
    for at in sorted(steps, reverse=True):
        if at <= event.first_seen_at:  # the venue may have changed before it had this night
            break
        before = _restore_old_values(after, steps[at])
        if lines := _differences(before, after):
            return Change(event, "changed", at, lines)
        after = before
    return Change(event, "new", event.first_seen_at, ()) if event.first_seen_at >= since else None


def _restore_old_values(event: StoredEvent, old: Mapping[str, Any]) -> StoredEvent:
    """Return the event with the old values."""
    schedule = {name: old[name] for name in _SCHEDULE if name in old}
    if not schedule.keys().isdisjoint({"weekday", "frequency"}):
        schedule.setdefault("rrule", None)  # history omits it if it follows from these
    return replace(
        event,
        status=old.get("status", event.status),
        schedule=replace(event.schedule, **schedule),
        fee=replace(event.fee, **{name: old[f"fee_{name}"] for name in _FEE if f"fee_{name}" in old}),
        venue=replace(event.venue, **{name: old[f"venue_{name}"] for name in _VENUE if f"venue_{name}" in old}),
    )


def _differences(before: StoredEvent, after: StoredEvent) -> list[str]:
    pairs = zip(_facts(before).items(), _facts(after).values(), strict=True)
    return [f"{name}: {old} -> {new}" for (name, old), new in pairs if old != new]


def _facts(event: StoredEvent) -> dict[str, str]:
    """Return what a visitor wants to know, in words."""
    schedule, venue = event.schedule, event.venue
    at = time.fromisoformat(schedule.start_time) if schedule.start_time else None
    return {
        "Status": _STATUSES[event.status],
        "Day": wording.describe_recurrence(schedule),
        "Time": wording.format_time(at, venue.country) if at else "not stated",
        "Entry": "not known" if event.fee.amount is None else wording.describe_fee(event.fee),
        "Venue": wording.shorten(venue.name),
        "Address": wording.shorten(wording.join_parts(venue.address, venue.postcode, venue.city)) or "not known",
    }


def make_feed(
    connection: Connection, selection: Selection, now: datetime, base_url: str | None = None
) -> tuple[str, int]:
    """Return the XML and the number of entries."""
    changes = read_recent_changes(connection, selection, now, most=MAX_ENTRIES)
    updated = changes[0].at if changes else _last_updated(connection, selection)
    feed_id = make_selection_id(read_first_event_time(connection), selection)
    return make_xml(changes, FeedHead(TITLE, feed_id, updated), base_url), len(changes)


@dataclass(frozen=True, slots=True)
class FeedHead:
    """The head of a feed. updated: used if the feed has no entries."""

    title: str
    id: str
    updated: datetime
    path: str = PATH
    """Path of the feed in the catalogue."""
    page: str = ""
    """Path of the page about the same nights."""


def make_xml(changes: Sequence[Change], head: FeedHead, base_url: str | None = None) -> str:
    """Return a feed of these changes. base_url: of the catalogue; entries link to its venue pages."""
    root = ET.Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": "en"})
    _add(root, "id", head.id)
    _add(root, "title", head.title)
    _add(root, "updated", iso(changes[0].at if changes else head.updated))
    _add(_add(root, "author"), "name", "Pub quiz nights")
    _add(root, "generator", "trivia_scraper", version=__version__)
    if base_url:
        _add(root, "link", rel="self", type="application/atom+xml", href=urljoin(base_url, head.path))
        _add(root, "link", rel="alternate", type="text/html", href=urljoin(base_url, head.page))
    for change in changes:
        _add_entry(root, change, base_url)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _last_updated(connection: Connection, selection: Selection) -> datetime:
    """Return the time of a feed without entries. Not the current time, which would change the feed each time."""
    selected = {key.id for key in read_keys(connection, selection)}
    return read_last_update(connection, selected) or datetime.fromtimestamp(0, UTC)


def make_selection_id(first_event_at: datetime | None, selection: Selection) -> str:
    """Return the id of the feed of a selection."""
    parts = (selection.publishers, selection.venues, selection.towns, selection.statuses)
    return make_feed_id(first_event_at, *("\t".join(sorted(part)) for part in parts))


def make_feed_id(first_event_at: datetime | None, *parts: str) -> str:
    """Return an id that stays the same for as long as the database exists. parts: what distinguishes the feed."""
    return uuid5(_NAMES, "\n".join((str(first_event_at), *parts))).urn


def _add_entry(root: ET.Element, change: Change, base_url: str | None) -> None:
    event = change.event
    when = wording.describe_schedule(event.schedule, event.venue.country)
    entry = _add(root, "entry")
    _add(entry, "id", uuid5(_NAMES, "/".join((*map(str, event.identity), change.at.isoformat()))).urn)
    _add(entry, "title", f"{change.kind.capitalize()}: {_name(event)}, {when}")
    _add(entry, "updated", iso(change.at))
    _add(entry, "published", iso(change.at))
    _add(_add(entry, "author"), "name", wording.format_publisher(event.publisher))
    _add(entry, "category", term=change.kind)
    source = web_address(event.source_url)
    page = urljoin(base_url, f"venues/{event.venue.slug}.html") if base_url else source
    if page:
        _add(entry, "link", rel="alternate", type="text/html", href=page)
    if source and source != page:
        _add(entry, "link", rel="via", href=source)
    # RFC 4287, 4.1.2: an entry without a link must have a content.
    _add(entry, "summary" if page else "content", "\n".join(_summary(change, when)), type="text")


def _name(event: StoredEvent) -> str:
    name, venue = one_line(event.name, _MAX_NAME), one_line(event.venue.name, _MAX_NAME)
    return name if venue.casefold() in name.casefold() else f"{name} at {venue}"


def _summary(change: Change, when: str) -> Iterable[str]:
    event, facts = change.event, _facts(change.event)
    yield from change.lines
    if change.kind == "changed":
        yield "Now:"
    if change.kind == "ended":
        yield f"No longer listed by {wording.format_publisher(event.publisher)}. It was:"
    if event.status == "on_break":
        yield wording.STATUSES[event.status]
    yield when
    for name in ("Entry", "Venue", "Address"):
        yield f"{name}: {facts[name]}"


def _add(parent: ET.Element, tag: str, text: str | None = None, **attributes: str) -> ET.Element:
    added = ET.SubElement(parent, tag, attributes)
    added.text = text and _NOT_XML.sub("\ufffd", text)
    return added
