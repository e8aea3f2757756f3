"""How fast the store takes an event that it has already: `python -m tests.bench.upserts DIR EVENTS...`.

For each number of EVENTS the store is filled up to it; then events are stored that are already there, unchanged, each
whole (venue, event, host, two images) and in a transaction of its own, as a crawl does it. Prints JSON.
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import sys
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench.measure import KIBIBYTE, Upserts
from tests.support.filled import image_record, store_image
from trivia_scraper.db import runs
from trivia_scraper.db.engine import Store
from trivia_scraper.db.events import record_event
from trivia_scraper.db.image_decisions import DecisionRow, record_kept
from trivia_scraper.db.venues import identify_venue
from trivia_scraper.items import Event, Fee, ImageResult, Performer, Schedule, Venue

MEASURED = 2000
PUBLISHER = "quizmeisters"


def whole_event(number: int) -> Event:
    hero, portrait = (f"https://cdn.example/{number}/{name}.jpg" for name in ("front", "host"))
    return Event(
        PUBLISHER,
        f"bench-{number:06}",
        f"https://quizmeisters.com/venues/bench-{number:06}",
        f"Quizmeisters Trivia at Bench {number:06}",
        description="Two hours of questions about how long things take.",
        venue=Venue(
            f"Bench {number:06}",
            address=f"{number} Lonsdale St, Braddon",
            postcode=f"{2000 + number % 7000}",
            city="Braddon",
            region="ACT",
            country="AU",
            latitude=-35.2727 + number // 300 / 100,  # a kilometre apart
            longitude=149.1331 + number % 300 / 100,
            website="https://bench.example/",
        ),
        schedule=Schedule("Tuesdays at 7pm", 2, "19:00", "weekly", "FREQ=WEEKLY;BYDAY=TU", "Australia/Sydney"),
        fee=Fee(None, 0, "AUD"),
        performer=Performer("Robin", portrait),
        image_urls=[hero],
        images=[
            ImageResult("hero", hero, status="uptodate", reason="fresh"),
            ImageResult("performer", portrait, status="uptodate", reason="fresh"),
        ],
    )


async def fill(store: Store, numbers: range, run_id: int) -> None:
    for number in numbers:
        event, now = whole_event(number), datetime.now(UTC)
        key = event.publisher, event.publisher_id
        event.venue.slug = await store.run_in_thread(identify_venue, *key, event.venue, now)
        for image in event.images:
            store_image(store, image_record(store, event, image.kind, image.url), b"image", run_id, now)
        await store.run_in_thread(record_event, event, run_id, now)


async def measure(store: Store, stored: int) -> Upserts:
    run_id = await begin(store)
    events = [whole_event(number) for number in random.Random(stored).sample(range(stored), min(MEASURED, stored))]
    for event in events:
        event.venue.slug = f"bench-{event.publisher_id.removeprefix('bench-')}"
    kept: list[DecisionRow] = []
    before = time.perf_counter()
    for event in events:
        found = await store.run_in_thread(record_event, event, run_id, datetime.now(UTC))
        assert found.change == "unchanged"
        kept += found.kept
    await store.run_in_thread(record_kept, kept)
    seconds = time.perf_counter() - before
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIBIBYTE
    return Upserts(stored, len(events) / seconds, memory)


async def begin(store: Store) -> int:
    facts: dict[str, Any] = {
        "publisher": PUBLISHER,
        "arguments": {},
        "job_id": None,
        "source": "sandbox",
        "version": "bench",
    }
    return await store.run_in_thread(runs.begin_run, **facts, now=datetime.now(UTC))


async def main(directory: str, sizes: list[int]) -> list[Upserts]:
    store = Store(f"sqlite:///{Path(directory, 'upserts.db')}")
    found, filled = [], 0
    try:
        for size in sizes:
            await fill(store, range(filled, size), await begin(store))
            filled = size
            found.append(await measure(store, size))
    finally:
        store.close()
    return found


if __name__ == "__main__":
    json.dump(
        [asdict(each) for each in asyncio.run(main(sys.argv[1], [int(size) for size in sys.argv[2:]]))], sys.stdout
    )
