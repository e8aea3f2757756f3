"""A store as an operator finds it in the morning, filled by hand: one publisher for each kind of night."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from PIL import Image
from sqlalchemy import insert, select

from tests.support.filled import quiz, record
from trivia_scraper.db import runs
from trivia_scraper.db.engine import Store
from trivia_scraper.db.schema import decisions, past_images, venues
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.items import Unread, Venue

REPLACED = 1350
SKIPPED = 1018
EXPECTED_EVERY = {"*": 24.0}
JOB = "crawl-all-20261130T030000Z"
FAILING, REFRESHED, QUIET, STALE = "quizmeisters", "geeks_who_drink", "question_one", "pubquiz"
_FAILURES = (
    [("not_an_image", "the bytes begin with b'<!DOCTYPE html>'")] * 14
    + [("http_404", "HTTP 404")] * 7
    + [("timeout", "not received within 60 seconds")] * 3
)
_UNREAD: list[Unread] = [
    {"id": "krakow/sowa", "counted": "dropped/no_weekday", "page": "https://q.example/sowa", "found": "co drugi dzień"},
    {"id": "krakow/nowy", "counted": "dropped/no_weekday", "page": None, "found": ""},
    {"id": "lodz/tkacz", "counted": "dropped/own_word", "page": "javascript:alert(1)", "found": "<b>Tkacz</b>"},
    {"id": "lodz/raz", "counted": "pages/failed/http_503", "page": "https://q.example/raz", "found": "HTTP 503"},
]


def jpeg(number: int, *, turned: bool = False) -> bytes:
    """Return a thumbnail that looks like no other number's."""
    image = Image.new("RGB", (150, 100), ((number * 37) % 256, (number * 91) % 256, (number * 53) % 256))
    box = (0, 0, 20 + number % 110, 100) if turned else (0, 0, 150, 15 + number % 70)
    image.paste(((number * 17) % 256, (number * 29) % 256, (number * 71) % 256), box)
    file = BytesIO()
    image.save(file, "JPEG", quality=60)
    return file.getvalue()


def fill(store: Store, files: LocalFileStore, now: datetime, replaced: int = REPLACED) -> dict[str, int]:
    """Fill an empty store. Return the newest run of each publisher. replaced: images of one of them."""
    counts = {
        "venues/listed": 5,
        "venues/visited": 5,
        "venues/dropped": 4,
        "dropped/no_weekday": 2,
        "dropped/own_word": 1,
        "pages/failed": 1,
        "pages/failed/http_503": 1,
    }
    stale = _run(store, STALE, now - timedelta(hours=50), counts, job_id=None, unread=_UNREAD)
    known = quiz("krakow/sowa", STALE, name="Quiz")
    known.venue = _venue("Pod Sową", "Kraków")
    record(store, known, stale, now - timedelta(hours=50))
    return {
        STALE: stale,
        FAILING: _failing(store, files, now),
        REFRESHED: _refreshed(store, now, replaced),
        QUIET: _quiet(store, now),
    }


def _run(
    store: Store,
    publisher: str,
    at: datetime,
    counts: dict[str, int],
    verdict: str = "passed",
    reasons: list[str] | None = None,
    job_id: str | None = JOB,
    unread: list[Unread] | None = None,
    **arguments: Any,
) -> int:
    facts: dict[str, Any] = {"arguments": arguments, "job_id": job_id, "source": "sandbox", "version": "test"}
    run_id = store.run(runs.begin_run, publisher=publisher, now=at, **facts)
    outcome = runs.Outcome("finished", verdict, reasons or [], counts, unread=unread or [])
    store.run(runs.finish_run, run_id, outcome, at + timedelta(minutes=9))
    return run_id


def _failing(store: Store, files: LocalFileStore, now: datetime) -> int:
    """Its first run is good; of its second one, 24 images fail and the listing is short."""
    counts = {"venues/listed": 24, "events/stored/new": 24}
    good = _run(store, FAILING, now - timedelta(hours=26), counts, job_id=None)
    pubs = [quiz(f"inn {number:02}", FAILING, name="Quiz") for number in range(24)]
    for number, event in enumerate(pubs):
        event.venue = _venue(f"The Inn {number:02}", "Ballarat")
        images = [("hero", f"https://q.example/{number}.jpg", f"inn {number}")]
        record(store, event, good, now - timedelta(hours=26), images, files)
    counts = {"venues/listed": 9, "venues/visited": 9, "images/failed": len(_FAILURES)}
    for reason, _ in _FAILURES:
        counts[f"images/failed/{reason}"] = counts.get(f"images/failed/{reason}", 0) + 1
    reasons = ["24 of 24 images failed (not_an_image 14, http_404 7, timeout 3), over the limit of 20%",
               "the listing names 9 venues where the last good run's named 24, over MAX_SHRINK"]  # fmt: skip
    failed = _run(store, FAILING, now - timedelta(hours=2), counts, "failed", reasons)
    ids = _venue_ids(store)
    rows = [
        {"venue_id": ids[str(event.venue.slug)], "run_id": failed, "at": now, "kind": "hero", "status": "failed",
         "url": f"https://q.example/{number}.jpg", "reason": reason, "found": found}
        for number, (event, (reason, found)) in enumerate(zip(pubs, _FAILURES, strict=True))
    ]  # fmt: skip
    store.run(lambda connection: connection.execute(insert(decisions), rows))
    return failed


def _refreshed(store: Store, now: datetime, replaced: int) -> int:
    """It replaced every image: most by new ones, some by the same in another size."""
    counts = {"venues/listed": replaced, "venues/visited": replaced, "images/downloaded": replaced}
    run_id = _run(store, REFRESHED, now - timedelta(hours=1), counts, force_refresh_images=True)
    for number in range(replaced):
        event = quiz(f"{number:04}", REFRESHED, name="Quiz")
        event.venue = _venue(f"The Sign {number:04}", "Denver")
        record(store, event, run_id, now - timedelta(days=20))
    ids = _venue_ids(store)
    facts = {"url": "https://q.example/x.jpg", "format": "JPEG", "bytes": 80_000, "width": 900, "height": 600}
    rows = []
    for number in range(replaced):
        venue_id = ids[f"the-sign-{number:04}"]
        row = {"at": now, "venue_id": venue_id, "kind": "hero", "url": facts["url"]}
        digests = [f"{number:04}{side}".ljust(64, "0") for side in "abc"]
        before, after, later = (facts | {"sha256": digest} for digest in digests)
        is_same = number % 27 == 0  # 50 of them
        if is_same:
            after |= {"width": 450, "height": 300}
        rows.append(row | {"run_id": run_id, "before": before, "after": after, "thumb": jpeg(number)})
        # Thumbnails of today are files of the store; those of images that an operator has replaced since are rows.
        thumb = jpeg(number) if is_same else jpeg(number + 5, turned=True)
        row["at"] = now + timedelta(minutes=1)
        rows.append(row | {"run_id": None, "before": after, "after": later, "thumb": thumb})
    store.run(lambda connection: connection.execute(insert(past_images), rows))
    return run_id


def _quiet(store: Store, now: datetime) -> int:
    return _run(store, QUIET, now - timedelta(minutes=40), {"venues/listed": SKIPPED, "venues/skipped": SKIPPED})


def _venue(name: str, city: str) -> Venue:
    country = "US" if city == "Denver" else "PL" if city == "Kraków" else "AU"
    return Venue(name, address=f"{sum(map(ord, name))} High St", city=city, country=country)


def _venue_ids(store: Store) -> dict[str, int]:
    rows = store.read(lambda connection: connection.execute(select(venues.c.slug, venues.c.id)).all())
    return {row.slug: row.id for row in rows}
