"""Migration 0007, which converts shard runs of version 0.1.0."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

import pytest
from alembic import command

from tests.support.filled import NOW
from trivia_scraper.db import migrate, runs, schema
from trivia_scraper.db.engine import Store

BEFORE, AFTER = "0002", "0007"


class Upgrade:
    """Stores rows, runs the migration, and returns the changed rows."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.rows: list[dict[str, Any]] = []

    def add(self, shard: str | None, start: int, end: int | None, *, job: str | None = "plan", **more: Any) -> int:
        """Add a run. start, end: minutes."""
        row = {
            "publisher": "quizmeisters", "job_id": job, "source": "live", "version": "0.1.0", "close_reason": None,
            "arguments": ({"shard": shard} if shard else {}) | more.pop("arguments", {}),
            "started_at": minute(start), "finished_at": None if end is None else minute(end),
            "verdict": "passed", "reasons": [], "counts": {},
        }  # fmt: skip
        self.rows.append(row | more)
        return len(self.rows)

    def run(self) -> dict[int, dict[str, Any]]:
        """Return the rows that the migration changed, by id."""
        with closing(Store(self.url)) as store:
            store.run(lambda connection: connection.execute(schema.runs.insert(), self.rows))
            before = {row["id"]: row for row in store.read(runs.list_runs)}
            self._upgrade_again(store)
            after = {row["id"]: row for row in store.read(runs.list_runs)}
            self._upgrade_again(store)
            assert {row["id"]: row for row in store.read(runs.list_runs)} == after, "a repetition changes nothing"
        assert before.keys() == after.keys()
        return {number: row for number, row in after.items() if row != before[number]}

    def _upgrade_again(self, store: Store) -> None:
        for step, revision in ((command.stamp, BEFORE), (command.upgrade, AFTER)):
            with migrate.open_configuration() as configuration, store.engine.begin() as connection:
                configuration.attributes["connection"] = connection
                step(configuration, revision)


@pytest.fixture
def upgrade(empty_database: str) -> Upgrade:
    return Upgrade(empty_database)


def minute(number: int) -> datetime:
    return NOW + timedelta(minutes=number)


def test_judged_plan_becomes_one_run(upgrade: Upgrade) -> None:
    upgrade.add("1/2", 0, 5, counts={"events/read": 9, "venues/listed": 20, "venues/elsewhere": 11, "gone_page/fox": 1})
    judge = upgrade.add(
        "2/2", 1, 6, arguments={"force_update": True},
        counts={
            "alerts/told": 1, "events/missing": 2, "events/read": 11, "gone_page/owl": 1, "missing/phone": 4,
            "plan/judged": 2, "venues/elsewhere": 9, "venues/listed": 21,
        },
    )  # fmt: skip
    changed = upgrade.run()
    assert list(changed) == [judge]
    assert changed[judge] == changed[judge] | {
        "arguments": {"force_update": True},
        "job_id": "plan",
        "started_at": minute(0),
        "finished_at": minute(6),
        "verdict": "passed",
        "counts": {
            **{"alerts/told": 1, "events/missing": 2, "events/read": 20, "missing/phone": 4},
            **{"plan/judged": 2, "venues/listed": 21},
        },
    }


def test_shards_count_by_the_runs_passed_at_judgement(upgrade: Upgrade) -> None:
    def read(number: int, **counts: int) -> dict[str, int]:
        return {"events/read": number} | counts

    upgrade.add("1/3", 0, 1, counts=read(1), verdict="failed")
    upgrade.add("1/3", 2, None, counts=read(2), verdict="interrupted")
    judge = upgrade.add("2/3", 3, 9, counts=read(10, **{"plan/judged": 3}))  # started before the others and ended last
    upgrade.add("1/3", 4, 6, counts=read(100))
    upgrade.add("3/3", 5, 10, counts=read(1000))  # on a machine whose clock is ahead
    upgrade.add("3/3", 11, 12, counts=read(5000))
    upgrade.add("1/3", 13, 14, counts=read(7), arguments={"limit": 2})
    upgrade.add("2/3", 15, 16, counts=read(8))
    changed = upgrade.run()
    assert list(changed) == [judge]
    assert changed[judge]["counts"] == {"events/read": 1110, "plan/judged": 3}
    assert (changed[judge]["started_at"], changed[judge]["finished_at"]) == (minute(3), minute(10))


def test_shard_1_of_1_becomes_a_whole_run(upgrade: Upgrade) -> None:
    for verdict, end in (("failed", 1), ("interrupted", None), ("running", None)):
        upgrade.add("1/1", 0, end, verdict=verdict)
    upgrade.add("1/1", 2, 3, job=None, counts={"venues/listed": 4, "gone_page/fox": 1})
    changed = upgrade.run()
    assert sorted(changed) == [1, 2, 3, 4]
    assert [changed[number]["verdict"] for number in (1, 2, 3)] == ["failed", "interrupted", "running"]
    assert {number: row["arguments"] for number, row in changed.items()} == {number: {} for number in changed}
    assert changed[4]["counts"] == {"venues/listed": 4}


def test_incomplete_plans_and_other_runs_stay_unchanged(upgrade: Upgrade) -> None:
    upgrade.add("1/2", 0, 1, job="half a plan")
    upgrade.add("1/2", 0, 1, job=None)
    upgrade.add("2/2", 0, 1, job=None)
    upgrade.add("2/2", 0, 1, job="pruned", counts={"plan/judged": 2})
    upgrade.add("1/2", 0, 1, job="pruned", publisher="pubquiz")
    upgrade.add("1/2", 0, 1, job="failed", verdict="failed")
    upgrade.add("2/2", 0, 1, job="failed")
    upgrade.add("1/2", 0, None, verdict="running")
    upgrade.add(None, 0, 1, counts={"plan/judged": 2, "gone_page/fox": 1, "venues/elsewhere": 1})
    upgrade.add(None, 0, 1, arguments={"limit": 3, "venue": ["fox"]})
    assert upgrade.run() == {}


def test_upgrade_without_shards_changes_nothing(upgrade: Upgrade) -> None:
    upgrade.add(None, 0, 1)
    assert upgrade.run() == {}
