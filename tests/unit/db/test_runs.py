"""Rows of runs, and what is derived from them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.events import HOSTILE
from tests.support.filled import NOW
from trivia_scraper.db import runs, schema
from trivia_scraper.db.engine import Store
from trivia_scraper.db.health import read_health


def begin(store: Store, **arguments: Any) -> int:
    facts: dict[str, Any] = {"arguments": arguments, "job_id": "job", "source": "live", "version": "1", "now": NOW}
    return store.run(runs.begin_run, publisher="quizmeisters", **facts)


def ended(store: Store, verdict: str, counts: dict[str, int] | None = None, **arguments: Any) -> int:
    run_id = begin(store, **arguments)
    reasons = [] if verdict == "passed" else ["the listing names no venue"]
    outcome = runs.Outcome("finished", verdict, reasons, counts or {})
    store.run(runs.finish_run, run_id, outcome, NOW + timedelta(minutes=run_id))
    return run_id


def test_begin_accepts_any_version_and_job(store: Store) -> None:
    facts: dict[str, Any] = {"arguments": {"venue": [HOSTILE]}, "job_id": HOSTILE, "version": "9" * 200}
    run_id = store.run(runs.begin_run, publisher="quizmeisters", source="live", now=NOW, **facts)
    assert store.read(runs.list_runs)[0]["arguments"] == {"venue": [HOSTILE]}
    assert store.read(runs.list_runs)[0]["id"] == run_id


def test_list_runs_by_job(store: Store) -> None:
    facts: dict[str, Any] = {"arguments": {}, "source": "live", "version": "1", "now": NOW}
    for job in ("nightly", None, "by hand"):
        store.run(runs.begin_run, publisher="quizmeisters", job_id=job, **facts)
    assert [row["job_id"] for row in store.read(runs.list_runs, job_id="nightly")] == ["nightly"]


def test_begin_marks_unended_runs_as_killed(store: Store) -> None:
    for arguments in ({"shard": "1/2"}, {}, {}):
        begin(store, **arguments)
    assert [row["verdict"] for row in store.read(runs.list_runs)] == ["running", "interrupted", "interrupted"]
    assert store.read(runs.list_runs)[1]["reasons"] == [
        "its end was not recorded: the process was killed, or the database could not be written"
    ]


def test_shard_runs_do_not_count(store: Store) -> None:
    counts = {"events/read": 10, "missing/phone": 10, "venues/listed": 3}
    ended(store, "passed", counts, shard="1/2")
    begin(store, shard="2/2")
    assert store.read(runs.read_last_good_run, "quizmeisters") is None
    assert store.read(runs.read_last_good_starts) == {}
    assert store.read(runs.usual_shares, "quizmeisters", ["phone"]) == {}
    assert store.read(runs.read_job_verdicts, "quizmeisters", "job") == []
    (found,) = store.read(read_health, NOW, {"*": 36})
    assert (found.verdict, found.last_good_run, found.last_run) == (None, None, None)
    assert found.problems == ["has no good run yet, and a good run is expected every 36 hours"]

    good = ended(store, "passed", counts | {"missing/phone": 5})
    ended(store, "failed", shard="1/2")
    ended(store, "passed", counts, shard="2/2")
    last_good = store.read(runs.read_last_good_run, "quizmeisters")
    assert last_good is not None
    assert last_good["id"] == good
    assert store.read(runs.usual_shares, "quizmeisters", ["phone"]) == {"fields/phone": runs.Share(5, 10, 1, 0.5)}
    (found,) = store.read(read_health, NOW, {"*": 36})
    assert (found.verdict, found.last_good_run, found.problems) == ("passed", good, [])
    assert store.read(runs.read_job_verdicts, "quizmeisters", "job") == ["passed"]


def test_runs_of_some_venues_do_not_count(store: Store) -> None:
    ended(store, "passed")
    ended(store, "failed", limit=3)
    ended(store, "failed", venue=["the-fox"])
    failed = ended(store, "failed", force_update=True)
    after = ended(store, "passed")
    found = [store.read(runs.read_newest_run, "quizmeisters", *some) for some in ((), ("failed",))]
    assert [run["id"] for run in found if run] == [after, failed]
    assert store.read(runs.read_newest_run, "pubquiz") is None


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, True),
        ({"force_update": True}, True),
        ({"limit": 3}, False),
        ({"venue": ["a"]}, False),
        ({"shard": "1/4"}, False),
    ],
)
def test_is_of_every_venue(arguments: dict[str, Any], expected: bool) -> None:
    assert runs.is_of_every_venue(arguments) == expected


def test_last_sent_is_kept_for_each_receiver(store: Store) -> None:
    first, second = ended(store, "failed"), ended(store, "failed")
    assert store.read(runs.read_for_alert, second)["sent"] == []
    store.run(runs.record_alert, first, {"one": True, "other": False})
    sent = store.read(runs.read_for_alert, second)["sent"]
    assert (runs.find_last_sent(sent, "one"), runs.find_last_sent(sent, "other")) == ("failed", None)
    assert store.read(runs.list_runs, first)[0]["counts"] == {
        "alerts/failed": 1,
        "alerts/failed/other": 1,
        "alerts/told": 1,
        "alerts/told/one": 1,
    }


def test_usual_share_is_median_of_last_telling_runs(store: Store) -> None:
    def passed(found: int, of: int = 20, **arguments: Any) -> None:
        run_id = begin(store, **arguments)
        outcome = runs.Outcome("finished", "passed", [], {}, {"pages/.host": [of, found]})
        store.run(runs.finish_run, run_id, outcome, NOW)

    for found in (20, 18, 18, 0, 16, 19):  # the first is the sixth from the end
        passed(found)
    passed(1, of=9)  # too few pages
    passed(0, limit=20)
    passed(0, venue=["the-fox"])
    assert store.read(runs.usual_shares, "quizmeisters", ["host"]) == {"pages/.host": runs.Share(71, 100, 5, 0.9)}
    before = store.read(runs.usual_shares, "quizmeisters", ["host"], before=2)
    assert before == {"pages/.host": runs.Share(20, 20, 1, 1.0)}


def test_runs_of_earlier_versions_have_no_details(store: Store) -> None:
    ended(store, "passed", {"events/read": 2, "missing/host": 1})
    store.run(
        lambda connection: connection.execute(schema.runs.update().values(matches=None, warnings=None, unread=None))
    )
    (row,) = store.read(runs.list_runs)
    assert (row["matches"], row["warnings"], row["unread"]) == ({}, [], [])
    assert runs.shares_of(row["counts"], row["matches"], ["host"]) == {"fields/host": runs.Share(1, 2)}
    assert store.read(read_health, NOW, {})[0].warnings == []
