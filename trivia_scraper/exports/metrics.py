"""The health of every publisher as a Prometheus text file, for the textfile collector of node_exporter."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile
from sqlalchemy import Connection

from trivia_scraper.db.health import Health, read_health


def write_metrics(connection: Connection, path: Path, now: datetime, expected_every: dict[str, float | None]) -> None:
    """Write the metrics of all publishers, replacing the file.

    Call this in a transaction that writes. Such transactions run one at a time, so if two runs end together, the file
    that is written last has both. Raises OSError.
    """
    registry = CollectorRegistry()

    def gauge(name: str, what: str, *labels: str) -> Gauge:
        return Gauge(f"trivia_{name}", what, ("publisher", *labels), registry=registry)

    good_at = gauge("last_good_run_timestamp_seconds", "When the last run that passed ended.")
    due_at = gauge(
        "next_run_expected_timestamp_seconds", "When the next good run must have ended; absent if none is expected."
    )
    ended_at = gauge("last_run_timestamp_seconds", "End of the newest run that passed or failed.")
    took = gauge("last_run_duration_seconds", "Duration of the newest run that passed or failed.")
    passed = gauge("last_run_passed", "1 if the newest run that passed or failed has passed, else 0.")
    warned = gauge("last_run_warnings", "Number of warnings of the newest run that passed or failed.")
    counted = gauge(
        "last_run_count", "Counts of the newest run that passed or failed, by the names in `scrapy runs N`.", "what"
    )
    shown = gauge("events", "Stored events.", "status")
    for each in read_health(connection, now, expected_every):
        _set(good_at, each, each.last_good_at)
        _set(due_at, each, each.next_run_expected_at)
        for status, number in each.statuses.items():
            shown.labels(each.publisher, status).set(number)
        if (run := each.last_run) is not None:
            _set(ended_at, each, run["finished_at"])
            # Negative if the clock was set back in between.
            took.labels(each.publisher).set(max(0.0, (run["finished_at"] - run["started_at"]).total_seconds()))
            passed.labels(each.publisher).set(run["verdict"] == "passed")
            warned.labels(each.publisher).set(len(run["warnings"]))
            for what, number in run["counts"].items():
                counted.labels(each.publisher, what).set(number)
    write_to_textfile(str(path), registry)


def _set(gauge: Gauge, of: Health, instant: datetime | None) -> None:
    if instant is not None:
        gauge.labels(of.publisher).set(instant.timestamp())
