"""Deletion of old rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select

from trivia_scraper.db import retention, runs, schema
from trivia_scraper.db.engine import Store

YEARS_AGO = datetime.now(UTC) - timedelta(days=4 * 365)


def old_runs(connection: Connection, /, number: int, **values: Any) -> list[int]:
    row = {
        **{"publisher": "quizmeisters", "arguments": {}, "source": "sandbox", "version": "0", "reasons": []},
        **{"started_at": YEARS_AGO, "finished_at": YEARS_AGO, "verdict": "passed", "counts": {"events/read": 20}},
    }
    query = insert(schema.runs).returning(schema.runs.c.id)
    return [connection.scalars(query, row | values).one() for _ in range(number)]


def test_old_rows_are_deleted_except_those_compared_with(store: Store) -> None:
    """On both engines."""

    def fill(connection: Connection) -> None:
        old_runs(connection, 70, verdict="failed")
        alerted = old_runs(connection, 1, verdict="failed", counts={"alerts/told": 1, "alerts/told/a": 1})[0]
        for receivers in ("ab", "b"):  # for each receiver, the last run whose alert it got is kept
            counts = {f"alerts/told/{each}": 1 for each in receivers} | {"alerts/told": len(receivers)}
            old_runs(connection, 1, verdict="interrupted", counts=counts)
        good = old_runs(connection, 110)
        named = old_runs(connection, 140, verdict="interrupted")
        now = datetime.now(UTC)
        venue = {"slug": "a", "name": "A", "created_at": now, "updated_at": now}
        venue_id = connection.scalars(insert(schema.venues).returning(schema.venues.c.id), venue).one()
        decision = {"venue_id": venue_id, "kind": "hero", "url": "u", "status": "uptodate", "reason": "fresh"}
        old = [decision | {"run_id": good[0], "at": YEARS_AGO} for _ in range(5000)]
        connection.execute(insert(schema.decisions), [*old, decision | {"run_id": named[0], "at": now}])
        change = {"run_id": named[1], "at": YEARS_AGO, "entity": "event", "entity_id": 7, "field": "name", "old": 1}
        connection.execute(insert(schema.history), [change | {"new": number} for number in range(2500)])
        connection.execute(insert(schema.history), [change | {"field": "fee", "new": 1, "run_id": named[2]}])
        assert alerted < good[0]

    store.run(fill)
    before = datetime.now(UTC) - timedelta(days=30)
    ages = {"decisions_before": before, "history_before": before}
    spilled = [store.read(lambda connection: connection.scalar(select(func.min(schema.runs.c.id))))]
    usual = store.read(runs.usual_shares, "quizmeisters", ["name"])
    good = store.read(runs.read_last_good_run, "quizmeisters")
    dry = (
        retention.forget_decisions(store, before, dry=True),
        retention.forget_history(store, before, dry=True),
        retention.forget_runs(store, before, **ages, spilled=spilled, dry=True),
    )
    wet = (
        retention.forget_decisions(store, before, dry=False),
        retention.forget_history(store, before, dry=False),
        retention.forget_runs(store, before, **ages, spilled=spilled, dry=False),
    )
    # Of 323 runs are kept: the 100 newest, the newest 100 good ones, the last alerts of `a` and `b`, one in a file, and
    # three that a decision or the newest change of a field names.
    assert wet == dry == (5000, 2499, 323 - 100 - 100 - 2 - 1 - 3)
    assert store.read(runs.usual_shares, "quizmeisters", ["name"]) == usual
    assert store.read(runs.read_last_good_run, "quizmeisters") == good
    left = store.read(lambda connection: connection.execute(select(schema.history.c.field, schema.history.c.new)).all())
    assert sorted(left) == [("fee", 1), ("name", 2499)]
    assert retention.forget_runs(store, before, **ages, spilled=spilled, dry=False) == 0


def test_forget_runs_knows_all_tables_that_name_runs() -> None:
    naming = {table.name for table in schema.metadata.tables.values() if "runs.id" in str(foreign(table))}
    assert naming == {"decisions", "events", "history", "past_pictures"}, "forget_runs checks each of them"


def foreign(table: Any) -> list[str]:
    return [key.target_fullname for key in table.foreign_keys]
