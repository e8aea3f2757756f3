"""Fills a database with as many events as asked for, in bulk: `python -m tests.bench.filled_database URL EVENTS`.

Each event has a venue and a host of its own and three images. One image in twenty has the same bytes as the others of
that kind, as a stand-in has. With them come what a year of runs leaves: decisions, changes, replaced images and merges.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table

from trivia_scraper.db.engine import Store
from trivia_scraper.db.schema import (
    compute_url_digest,
    decisions,
    event_images,
    events,
    history,
    images,
    past_images,
    performers,
    runs,
    venue_keys,
    venue_merges,
    venues,
)

PUBLISHER = "quizmeisters"
KINDS = ("hero", "performer", "logo")
RUNS = 400
STAND_IN_EVERY = 20
TOWNS = 500
_AT_ONCE = 5000
_NEWEST = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)

Row = dict[str, Any]


def fill(store: Store, count: int, now: datetime = _NEWEST) -> None:
    """Insert `count` events with all that belongs to them. The database must be empty."""
    makers: dict[Table, tuple[int, Callable[[int, datetime], Row]]] = {
        runs: (RUNS, _run),
        venues: (count, _venue),
        venue_keys: (count, _venue_key),
        venue_merges: (count // 100, _merge),
        performers: (count, _performer),
        events: (count, _event),
        images: (3 * count, _image),
        event_images: (3 * count, _pointer),
        decisions: (3 * count, _decision),
        history: (2 * count, _change),
        past_images: (count // 5, _replaced),
    }
    for table, (rows, make) in makers.items():
        each = (make(number, now) for number in range(rows))
        while some := list(islice(each, _AT_ONCE)):
            store.run(_insert, table, some)


def _insert(connection: Connection, table: Table, rows: list[Row]) -> None:
    connection.execute(table.insert(), rows)


def venue_id_of(number: int) -> str:
    """Return the publisher's id of a venue, which tests.bench.server lists for the first ones."""
    return f"act-bench-{number + 1:05}"


def _run(number: int, now: datetime) -> Row:
    began = now - timedelta(days=RUNS - number)
    counts = {"venues/listed": 10, "events/read": 10, "images/uptodate": 30}
    return {
        **{"id": number + 1, "publisher": PUBLISHER, "arguments": {}, "source": "sandbox", "version": "bench"},
        **{"started_at": began, "finished_at": began + timedelta(hours=1), "close_reason": "finished"},
        **{"verdict": "passed", "reasons": [], "counts": counts},
    }


def _venue(number: int, now: datetime) -> Row:
    return {
        **{"id": number + 1, "slug": venue_id_of(number), "name": f"Bench {number + 1:05}"},
        **{"address": f"{number} Lonsdale St, Braddon", "postcode": str(2000 + number % 7000)},
        **{"city": f"Braddon {number % TOWNS}", "region": "ACT", "country": "AU"},
        **{"latitude": -35.2727 + number // 300 / 100, "longitude": 149.1331 + number % 300 / 100},
        **{"website": "https://bench.example/", "postcode_key": f"AU{2000 + number % 7000}"},
        **{"created_at": now, "updated_at": now},
    }


def _venue_key(number: int, now: datetime) -> Row:
    return {
        **{"publisher": PUBLISHER, "publisher_id": venue_id_of(number), "venue_id": number + 1},
        **{"matched_by": "new", "last_seen_at": now, "scraped_at": now},
    }


def _merge(number: int, now: datetime) -> Row:
    return {
        **{"kept_slug": venue_id_of(number), "gone_id": 10_000_000 + number, "gone_slug": f"merged-{number}"},
        **{"gone": {}, "moved": {}, "merged_at": now},
    }


def _performer(number: int, now: datetime) -> Row:
    return {"id": number + 1, "venue_id": number + 1, "name": f"Robin {number}", "slug": f"robin-{number}"}


def _event(number: int, now: datetime) -> Row:
    return {
        **{"id": number + 1, "publisher": PUBLISHER, "publisher_id": venue_id_of(number), "night": 1},
        **{"venue_id": number + 1, "performer_id": number + 1, "status": "active", "missed_runs": 0},
        **{"source_url": f"https://quizmeisters.com/venues/{venue_id_of(number)}"},
        **{"name": f"Quizmeisters Trivia at Bench {number + 1:05}"},
        **{"description": "Two hours of questions about how long things take."},
        **{"schedule_raw": "Tuesdays at 7pm", "weekday": 2, "start_time": "19:00", "frequency": "weekly"},
        **{"rrule": "FREQ=WEEKLY;BYDAY=TU", "timezone": "Australia/Sydney", "time_assumed": False},
        **{"fee_amount": 0, "fee_currency": "AUD", "last_run_id": RUNS},
        **{"first_seen_at": now - timedelta(days=100), "last_seen_at": now, "scraped_at": now, "updated_at": now},
    }


def _image(number: int, now: datetime) -> Row:
    venue, place = divmod(number, 3)
    kind = KINDS[place]
    url = f"https://cdn.example/{venue}/{kind}.jpg"
    stem = f"performers/robin-{venue}/face" if kind == "performer" else f"venues/{venue_id_of(venue)}/{kind}"
    bytes_of = kind if venue % STAND_IN_EVERY == 0 else url
    return {
        **{"id": number + 1, "venue_id": venue + 1, "kind": kind, "url": url, "url_digest": compute_url_digest(url)},
        **{"stem": stem, "path": f"{stem}.jpg", "format": "JPEG", "bytes": 100_000, "modified_ns": 1},
        **{"sha256": hashlib.sha256(bytes_of.encode()).hexdigest(), "written_by_run": RUNS // 2},
        **{"checksum": hashlib.md5(bytes_of.encode(), usedforsecurity=False).hexdigest()},
        **{"width": 1600, "height": 900, "thumbs": {"small": f"{stem.replace('/', '/thumbs/small/', 1)}.jpg"}},
        **{"thumbs_spec": "fill", "fetched_at": now, "checked_at": now, "status": "uptodate", "reason": "fresh"},
    }


def _pointer(number: int, now: datetime) -> Row:
    return {"event_id": number // 3 + 1, "image_id": number + 1, "position": number % 3}


def _decision(number: int, now: datetime) -> Row:
    venue, place = divmod(number, 3)
    return {
        **{"venue_id": venue + 1, "run_id": RUNS - number % 5, "at": now - timedelta(days=number % 60)},
        **{"kind": KINDS[place], "url": f"https://cdn.example/{venue}/{KINDS[place]}.jpg"},
        **{"status": "uptodate", "reason": "fresh"},
    }


def _change(number: int, now: datetime) -> Row:
    event, of_the_newest_run = divmod(number, 2)
    return {
        **{"run_id": RUNS if of_the_newest_run else 1 + event % RUNS, "entity": "event", "entity_id": event + 1},
        **{"at": now - timedelta(days=0 if of_the_newest_run else RUNS - event % RUNS)},
        **{"field": "start_time", "old": "18:30", "new": "19:00"},
    }


def _replaced(number: int, now: datetime) -> Row:
    facts = {"url": f"https://cdn.example/{number}/hero.jpg", "format": "JPEG", "bytes": 1, "width": 1, "height": 1}
    return {
        **{"run_id": RUNS, "at": now - timedelta(days=1), "venue_id": number // 4 + 1, "kind": "hero"},
        **{"url": facts["url"], "thumb": None},
        **{"before": facts | {"sha256": hashlib.sha256(f"{number} before".encode()).hexdigest()}},
        **{"after": facts | {"sha256": hashlib.sha256(f"{number} after".encode()).hexdigest()}},
    }


def main(url: str, count: int) -> None:
    store = Store(url)
    try:
        fill(store, count)
    finally:
        store.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
