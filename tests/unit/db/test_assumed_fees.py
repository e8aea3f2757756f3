"""Migration 0010, which sets the fees that version 0.1.0 assumed to unknown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, select

from tests.support.filled import NOW, begin, quiz, record
from tests.support.stored import stored_events
from trivia_scraper.db import migrate, runs, schema
from trivia_scraper.db.engine import Store
from trivia_scraper.db.history import read_changes_since
from trivia_scraper.db.migrations.versions import m0010_assumed_fees as migration
from trivia_scraper.items import Fee

ASSUMED, STATED = Fee(amount=0, currency="AUD"), Fee("$5 per person", 500, "AUD", "person")
COUNTS = {"events/read": 20, "missing/description": 3}


@pytest.fixture
def store(empty_database: str) -> Iterator[Store]:
    with closing(Store(empty_database)) as store:
        yield store


def upgrade(store: Store) -> None:
    for step, revision in ((command.stamp, migration.down_revision), (command.upgrade, migration.revision)):
        with migrate.open_configuration() as configuration, store.engine.begin() as connection:
            configuration.attributes["connection"] = connection
            step(configuration, revision)


def add_run(store: Store, publisher: str, **counts: int) -> int:
    run_id = begin(store, publisher=publisher)
    store.run(runs.finish_run, run_id, runs.Outcome("finished", "passed", [], COUNTS | counts), NOW)
    return run_id


def fees(store: Store) -> dict[str, Any]:
    return {event["publisher_id"]: event["fee"] for event in store.read(stored_events)}


def test_only_assumed_fees_become_unknown(store: Store) -> None:
    run_id = add_run(store, "quizmeisters")
    record(store, quiz("fox", fee=ASSUMED), run_id)
    record(store, quiz("owl", fee=STATED), run_id)
    record(store, quiz("elk", fee=Fee("ask at the bar")), run_id)
    record(store, quiz("hen", "rival", fee=ASSUMED), add_run(store, "rival"))
    before = fees(store)
    upgrade(store)
    unknown = {"raw": None, "amount": None, "currency": None, "per": None}
    assert fees(store) == before | {"fox": unknown}


def test_history_of_assumed_fees_has_no_run(store: Store) -> None:
    record(store, quiz("fox", fee=ASSUMED), add_run(store, "quizmeisters"))
    upgrade(store)
    rows = store.read(lambda connection: connection.execute(select(schema.history)).mappings().all())
    assert [(row["run_id"], row["entity"], row["field"], row["old"], row["new"]) for row in rows] == [
        (None, "event", "fee_amount", 0, None),
        (None, "event", "fee_currency", "AUD", None),
    ]
    assert store.read(read_changes_since, "event", ["fee_amount"], NOW - timedelta(days=1)) == [], (
        "not a change in the feed"
    )
    event_id = rows[0]["entity_id"]
    assert store.read(lambda connection: connection.scalar(select(schema.events.c.updated_at))) == rows[0]["at"]
    assert event_id == store.read(lambda connection: connection.scalar(select(schema.events.c.id)))


def test_assumed_fees_do_not_count_as_usual(store: Store) -> None:
    for publisher in ("geeks_who_drink", "inquizition", "quizmeisters", "question_one"):
        add_run(store, publisher, **{"missing/fee": 2})
    add_run(store, "quizmeisters", **{"events/read": 0})
    upgrade(store)

    def usual(publisher: str) -> dict[str, float]:
        found = store.read(runs.usual_shares, publisher, ("description", "fee"))
        return {name.removeprefix(runs.FIELD): each.share for name, each in found.items()}

    for publisher in migration.PUBLISHERS:
        assert usual(publisher) == {"description": 0.85, "fee": 0}
    assert usual("question_one") == {"description": 0.85, "fee": 0.9}


def test_repeated_upgrade_changes_nothing(store: Store) -> None:
    record(store, quiz("fox", fee=ASSUMED), add_run(store, "quizmeisters"))

    def read(connection: Connection) -> list[Any]:
        return [connection.execute(select(table)).all() for table in (schema.events, schema.history, schema.runs)]

    upgrade(store)
    after = store.read(read)
    upgrade(store)
    assert store.read(read) == after
