"""The lines of a dump, and a database with unusual values."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from trivia_scraper import __version__
from trivia_scraper.db import migrations
from trivia_scraper.db.schema import history, runs, venues


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


def rows(path: Path) -> list[dict[str, Any]]:
    return [line for line in lines(path)[1:] if "table" not in line]


EVERYTHING_ODD = [
    {"entity": "venue", "entity_id": 2**40, "field": "latitude", "old": None, "new": -35.282},
    {"entity": "venue", "entity_id": 1, "field": "name", "old": "Żubrówka\n\ud83d", "new": {"a": [1, None, True]}},
]


def fill(connection: Connection) -> None:
    now = datetime(2026, 11, 1, 3, 30, 0, 5, tzinfo=UTC)
    run = {"publisher": "quizmeisters", "source": "sandbox", "version": "1", "verdict": "passed", "started_at": now}
    connection.execute(insert(runs).values(arguments={}, reasons=[], counts={}, **run))
    connection.execute(insert(history), [{"at": now, **each} for each in EVERYTHING_ODD])
    venue = {"name": "Ölstube", "created_at": now, "updated_at": now, "latitude": 0.1 + 0.2}
    connection.execute(insert(venues), [{"slug": f"v-{n}", **venue} for n in range(1200)])
    connection.execute(venues.delete().where(venues.c.slug == "v-1199"))


HEADER = {
    "format": "trivia_scraper dump",
    "format_version": 1,
    "revision": migrations.NEWEST,
    "version": __version__,
}
