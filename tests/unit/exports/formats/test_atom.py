"""The Atom feed: its entries, their text, and that feed readers accept it."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO, StringIO
from typing import Any

import feedparser
import pytest

from tests.support.filled import NOW, WEEKLY, begin, quiz, record
from tests.support.hostile_texts import HOSTILE
from trivia_scraper.db.absences import mark_absent
from trivia_scraper.db.engine import Store
from trivia_scraper.db.queries import EVERYTHING, Selection
from trivia_scraper.db.venue_merges import merge
from trivia_scraper.exports import Summary
from trivia_scraper.exports.formats import atom
from trivia_scraper.exports.formats.atom import DAYS, make_feed, write
from trivia_scraper.formatting import iso
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.items import Event, Fee, Schedule, Venue

DAY = timedelta(days=1)
LATER = NOW + 40 * DAY
"""Events that were stored at NOW are no longer new then."""
ATOM = "{http://www.w3.org/2005/Atom}"
WEDNESDAYS = Schedule("Wednesdays at 7pm", 3, "19:00", "weekly", "FREQ=WEEKLY;BYDAY=WE", "Australia/Melbourne")


def exported(store: Store, now: datetime, selection: Selection = EVERYTHING) -> tuple[Summary, str]:
    out = StringIO()
    summary = store.read(write, selection, out, now)
    return summary, out.getvalue()


def parsed(text: str) -> Any:
    found = feedparser.parse(BytesIO(text.encode()))
    assert not found.bozo, found.bozo_exception
    assert found.version == "atom10"
    return found


def entries(store: Store, now: datetime, selection: Selection = EVERYTHING) -> list[Any]:
    found: list[Any] = parsed(exported(store, now, selection)[1]).entries
    return found


def titles(store: Store, now: datetime, selection: Selection = EVERYTHING) -> list[str]:
    return [entry.title.replace("\N{NO-BREAK SPACE}", " ") for entry in entries(store, now, selection)]


def crawl(store: Store, now: datetime, *events: Event) -> None:
    run_id = begin(store, now)
    for event in events:
        record(store, event, run_id, now)


def miss(store: Store, now: datetime, times: int, gone_after: int = 3) -> None:
    """Let complete runs find no event."""
    for _ in range(times):
        run_id = begin(store, now)
        store.run(mark_absent, "quizmeisters", run_id, now, (), gone_after=gone_after, now=now)


def check_required_elements(text: str) -> None:
    """Check what RFC 4287 requires of a feed (4.1.1) and of an entry (4.1.2)."""
    root = ET.fromstring(text)
    assert root.tag == f"{ATOM}feed"
    for element in (root, *root.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            (found,) = element.findall(f"{ATOM}{name}")
            assert (found.text or "").strip(), name
        assert element.find(f"{ATOM}author/{ATOM}name") is not None
        for date in element.findall(f"{ATOM}updated") + element.findall(f"{ATOM}published"):
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", date.text or "")
        links = [link.attrib for link in element.findall(f"{ATOM}link")]
        assert all(link["href"] for link in links)
        has_alternate = any(link["rel"] == "alternate" for link in links)
        assert element is root or has_alternate or element.find(f"{ATOM}content") is not None
    ids = [entry.findtext(f"{ATOM}id") for entry in root.iter(f"{ATOM}entry")]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", each or "") for each in ids)


def test_new_night_is_an_entry(store: Store) -> None:
    fox = quiz("fox", fee=Fee("$5", 500, "AUD", "person"))
    fox.venue.country = "AU"
    crawl(store, NOW, fox)
    summary, text = exported(store, NOW + DAY)
    assert summary.describe() == "written: 1 change."
    check_required_elements(text)
    found = parsed(text)
    assert found.feed.title == "New, changed and ended quiz nights"
    assert found.feed.updated == "2026-11-22T03:30:00Z"
    assert not found.feed.get("links"), "the address of the feed is unknown"
    (entry,) = found.entries
    assert entry.title == "New: Quiz at The fox, Tuesdays, 7\N{NO-BREAK SPACE}pm"
    assert (entry.published, entry.updated) == ("2026-11-22T03:30:00Z",) * 2
    assert (entry.link, entry.author, entry.tags[0].term) == ("https://q.example/fox", "Quizmeisters", "new")
    assert entry.summary_detail.type == "text/plain"
    assert entry.summary.split("\n") == [
        "Tuesdays, 7\N{NO-BREAK SPACE}pm",
        "Entry: $5 per person",
        "Venue: The fox",
        "Address: 1 High St, Ballarat",
    ]


@pytest.mark.parametrize(
    ("facts", "line"),
    [
        ({"schedule": WEDNESDAYS}, "Day: Tuesdays -> Wednesdays"),
        ({"schedule": replace(WEEKLY, start_time="20:30")}, "Time: 19:00 -> 20:30"),
        (
            {"schedule": replace(WEEKLY, frequency="monthly", rrule="FREQ=MONTHLY;BYDAY=1TU")},
            "Day: Tuesdays -> First Tuesday of the month",
        ),
        ({"fee": Fee("$5", 500, "AUD")}, "Entry: not known -> $5"),
        ({"on_break": True}, "Status: takes place -> on break"),
        ({"venue": Venue("The fox", address="9 Low St", city="Ballarat")}, "Address: 1 High St, Ballarat -> 9 Low St"),
        ({"venue": Venue("The Old fox", address="1 High St")}, "Venue: The fox -> The Old fox"),
        ({"description": "Upstairs."}, None),
        ({"name": "Trivia at The fox"}, None),
        ({"source_url": "https://q.example/other"}, None),
    ],
)
def test_changed_night_is_an_entry(store: Store, facts: dict[str, Any], line: str | None) -> None:
    crawl(store, NOW, quiz("fox"), quiz("crown"))
    crawl(store, LATER, quiz("fox", **facts), quiz("crown"))
    found = entries(store, LATER + DAY)
    if line is None:
        assert found == []
        return
    (entry,) = found
    assert entry.title.startswith("Changed: Quiz at The fox")
    assert entry.tags[0].term == "changed"
    assert entry.updated == "2027-01-01T03:30:00Z"
    assert entry.summary.split("\n")[0].startswith(line)


def test_event_has_one_entry_with_its_latest_change(store: Store) -> None:
    crawl(store, NOW, quiz("fox"))
    new = entries(store, NOW + DAY)[0].id
    crawl(store, NOW + DAY, quiz("fox", schedule=WEDNESDAYS))
    crawl(store, NOW + 2 * DAY, quiz("fox", schedule=WEDNESDAYS, fee=Fee("$5", 500, "AUD")))
    (entry,) = entries(store, NOW + 3 * DAY)
    assert entry.id != new
    assert entry.summary.split("\n")[:3] == ["Entry: not known -> $5", "Now:", "Wednesdays, 19:00"]


def test_invisible_change_keeps_the_earlier_entry(store: Store) -> None:
    crawl(store, NOW, quiz("fox"))
    before = entries(store, NOW + DAY)
    crawl(store, NOW + DAY, quiz("fox", schedule=replace(WEEKLY, starts_on="2026-12-01")))
    assert entries(store, NOW + 2 * DAY) == before


def test_ended_night_is_an_entry(store: Store) -> None:
    crawl(store, NOW, quiz("fox"))
    miss(store, LATER, times=2)
    assert titles(store, LATER) == [], "a night that two runs did not find has not ended"
    miss(store, LATER + DAY, times=1)
    assert titles(store, LATER + DAY) == ["Ended: Quiz at The fox, Tuesdays, 19:00"]
    (entry,) = entries(store, LATER + DAY)
    assert entry.summary.split("\n")[:2] == ["No longer listed by Quizmeisters. It was:", "Tuesdays, 19:00"]
    crawl(store, LATER + 2 * DAY, quiz("fox"))
    (entry,) = entries(store, LATER + 2 * DAY)
    assert entry.summary.split("\n")[0] == "Status: no longer listed -> takes place"


def test_change_of_the_venue_keeps_an_ended_entry(store: Store) -> None:
    crawl(store, NOW, quiz("fox"))
    miss(store, LATER, times=1, gone_after=1)
    other = quiz("fox", "pubquiz")
    other.venue.postcode = "3350"
    crawl(store, LATER + DAY, other)
    new, ended = entries(store, LATER + 2 * DAY)
    assert (new.tags[0].term, ended.tags[0].term) == ("new", "ended")
    assert (ended.updated, ended.summary.split("\n")[-1]) == (
        "2027-01-01T03:30:00Z",
        "Address: 1 High St, 3350, Ballarat",
    )


def test_missing_night_is_not_a_change(store: Store) -> None:
    crawl(store, NOW, quiz("fox"))
    crawl(store, LATER, quiz("fox", on_break=True))
    before = titles(store, LATER)
    assert before == ["Changed: Quiz at The fox, Tuesdays, 19:00"]
    miss(store, LATER + DAY, times=1)
    assert titles(store, LATER + DAY) == before
    (entry,) = entries(store, LATER + DAY)
    assert entry.summary.startswith("Status: takes place -> on break\nNow:\nOn break\nTuesdays, 19:00\n")
    crawl(store, LATER + 2 * DAY, quiz("fox"))
    (entry,) = entries(store, LATER + 2 * DAY)
    assert entry.summary.startswith("Status: on break -> takes place")


def test_merge_of_venues_is_not_a_change(store: Store, files: LocalFileStore) -> None:
    crawl(store, NOW, quiz("fox"), quiz("crown"))
    store.run(merge, files, "the-fox", "the-crown", LATER)
    assert entries(store, LATER + DAY) == []


def test_feed_has_recent_changes_newest_first(store: Store) -> None:
    for number, name in enumerate(("fox", "crown", "oak")):
        crawl(store, NOW + number * DAY, quiz(name))
    order = [f"New: Quiz at The {name}, Tuesdays, 19:00" for name in ("oak", "crown", "fox")]
    assert titles(store, NOW + 3 * DAY) == order
    assert titles(store, NOW + (DAYS + 1) * DAY) == order[:2]
    summary, text = exported(store, NOW + 2 * DAYS * DAY)
    assert summary.describe() == "written: 0 changes."
    check_required_elements(text)
    assert parsed(text).feed.updated == iso(NOW + 2 * DAY), "when the newest event was stored"
    crawl(store, NOW + 3 * DAYS * DAY, quiz("oak"))
    assert exported(store, NOW + 3 * DAYS * DAY)[1] == text, "a feed without changes does not have the current time"


def test_feed_without_entries_counts_changes_of_venues(store: Store) -> None:
    crawl(store, NOW, quiz("fox"))
    moved = quiz("fox")
    moved.venue.latitude, moved.venue.longitude = -37.5, 143.8
    crawl(store, NOW + DAY, moved)
    text = exported(store, LATER)[1]
    assert parsed(text).entries == []
    assert parsed(text).feed.updated == iso(NOW + DAY)


def test_feed_of_a_selection(store: Store) -> None:
    crawl(store, NOW, quiz("fox"), quiz("crown", venue=Venue("The crown", city="Geelong")))
    crawl(store, NOW, quiz("oak", "pubquiz", on_break=True))
    for selection, names in (
        (Selection(publishers=frozenset({"pubquiz"})), {"oak"}),
        (Selection(venues=frozenset({"the-fox"})), {"fox"}),
        (Selection(towns=frozenset({"geelong"})), {"crown"}),
        (Selection(statuses=frozenset({"active"})), {"fox", "crown"}),
    ):
        assert {entry.link.rpartition("/")[2] for entry in entries(store, NOW, selection)} == names
    ids = {parsed(exported(store, NOW, each)[1]).feed.id for each in (EVERYTHING, selection)}
    assert len(ids) == 2


def test_feed_is_bounded_and_has_the_newest(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atom, "MAX_ENTRIES", 3)
    for number in range(6):
        crawl(store, NOW + number * DAY, quiz(f"pub{number}"))
    # A later change that visitors do not notice must not hide an entry of another event.
    crawl(
        store,
        NOW + 6 * DAY,
        *(quiz(f"pub{each}", schedule=replace(WEEKLY, starts_on="2026-12-01")) for each in (0, 1, 2)),
    )
    summary, text = exported(store, NOW + 7 * DAY)
    assert [entry.link[-1] for entry in parsed(text).entries] == ["5", "4", "3"]
    assert summary.describe() == "written: 3 changes. A feed has at most 3 entries, the newest."


def test_unchanged_feed_has_the_same_bytes(store: Store) -> None:
    crawl(store, NOW, quiz("fox"), quiz("crown"))
    crawl(store, NOW + DAY, quiz("fox", schedule=WEDNESDAYS), quiz("crown"))
    before = exported(store, NOW + DAY)[1]
    crawl(store, NOW + 2 * DAY, quiz("fox", schedule=WEDNESDAYS), quiz("crown"))
    assert exported(store, NOW + 2 * DAY)[1] == before


def test_feed_links_to_the_catalogue(store: Store) -> None:
    crawl(store, NOW, quiz("fox"))
    base = "https://quiz.example/nights/"
    text, _ = store.read(make_feed, EVERYTHING, NOW, base)
    check_required_elements(text)
    found = parsed(text)
    assert {link.rel: link.href for link in found.feed.links} == {"self": f"{base}changes.atom", "alternate": base}
    assert {link.rel: link.href for link in found.entries[0].links} == {
        "alternate": f"{base}venues/the-fox.html",
        "via": "https://q.example/fox",
    }


def test_hostile_texts_stay_text(store: Store) -> None:
    texts = {**HOSTILE, "not XML": "\ufffe a \uffff", "markup": "<b>&lt;b&gt;</b> ]]> <?xml?>"}
    events = [
        quiz(
            f"{number}",
            name=text,
            source_url=f"javascript:{text}" if number % 2 else f"https://q.example/{number}",
            venue=Venue(text, address=text, postcode=text, city=text),
            fee=Fee(text, 500, "GBP", "person"),
        )
        for number, text in enumerate(texts.values())
    ]
    crawl(store, NOW, *events)
    text = exported(store, NOW)[1]
    check_required_elements(text)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufffe\uffff]", text)
    assert len(text) < 3_000 * len(texts)
    found = parsed(text).entries
    assert len(found) == len(texts)
    assert any("<b>&lt;b&gt;</b> ]]> <?xml?>" in each.findtext(f"{ATOM}title", "") for each in ET.fromstring(text))
    for entry in found:
        assert all(link.href.startswith("https://q.example/") for link in entry.get("links", []))
        assert "\n" not in entry.title
