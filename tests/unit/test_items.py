"""Fields of the items: each is stored, has a rule for changes, and is exported."""

from __future__ import annotations

from dataclasses import fields

import pytest

from trivia_scraper.db.field_rules import EVENT_RULES, VENUE_RULES
from trivia_scraper.db.queries import StoredEvent
from trivia_scraper.db.schema import events, venues
from trivia_scraper.exports.formats.csv import COLUMNS
from trivia_scraper.items import Event, Fee, Schedule, Venue

PARTS = {"venue": Venue, "schedule": Schedule, "fee": Fee}
OTHERWISE = {*PARTS, "performer", "image_urls", "images", "on_break"}
"""Fields of an event that are stored in other tables, or as its status."""
IDENTITY = {"publisher", "publisher_id", "slug", "scraped_at"}
"""Fields that no page changes."""
FIELDS = [("", field.name) for field in fields(Event) if field.name not in OTHERWISE]
FIELDS += [(part, field.name) for part, class_ in PARTS.items() for field in fields(class_)]


@pytest.mark.parametrize(("part", "name"), FIELDS, ids=lambda word: word)
def test_field_of_items_is_stored_and_exported(part: str, name: str) -> None:
    table, rules = (venues, VENUE_RULES) if part == "venue" else (events, EVENT_RULES)
    column = f"{part}_{name}" if part == "fee" or (part, name) == ("schedule", "raw") else name
    assert column in table.columns, f"db/schema.py: add the column {table.name}.{column}, and a migration"
    assert name in IDENTITY or column in rules, f"db/field_rules.py: say how a page changes {table.name}.{column}"
    assert part or name in StoredEvent.__dataclass_fields__, f"db/queries.py: add {name} to StoredEvent"


@pytest.mark.parametrize(
    "name",
    [
        *(f"{part}_{name}" if part else name for part, name in FIELDS),
        *(field.name for field in fields(StoredEvent) if field.name not in OTHERWISE),
    ],
)
def test_field_has_a_column_of_csv(name: str) -> None:
    assert COLUMNS.count(name) == 1, f"exports/formats/csv.py: add {name} at the end of COLUMNS"
