"""How the runs went over time, by publisher, and how old the oldest picture is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from trivia_scraper.exports.catalogue import charts, words
from trivia_scraper.exports.publishing import Edition
from trivia_scraper.store.reading import StoredEvent

RUNS = 40
"""Of each publisher, the newest."""
FOLDER = "charts"


@dataclass(frozen=True, slots=True)
class PublisherRuns:
    key: str
    name: str
    runs: list[Mapping[str, Any]]
    """Oldest first."""
    oldest_days: float | None
    """Since the picture that was confirmed longest ago was confirmed; null when there is none."""
    events_chart: str
    pictures_chart: str

    @property
    def newest(self) -> Mapping[str, Any]:
        return self.runs[-1]

    @property
    def passed(self) -> int:
        return sum(run["verdict"] == "passed" for run in self.runs)


def failed_share(counts: Mapping[str, int]) -> float | None:
    """Of the pictures that a run asked for or kept; null when it had none."""
    numbers = [counts.get(f"images/{status}", 0) for status in charts.STATUSES]
    return numbers[-1] / sum(numbers) if sum(numbers) else None


def by_publisher(
    edition: Edition, rows: Sequence[Mapping[str, Any]], events: Iterable[StoredEvent], now: datetime
) -> list[PublisherRuns]:
    """rows: of all runs, newest first."""
    oldest: dict[str, datetime] = {}
    for event in events:
        for image in event.images:
            if image.checked_at is not None:
                oldest[event.publisher] = min(oldest.get(event.publisher, image.checked_at), image.checked_at)
    of: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["finished_at"] is not None and len(of[row["publisher"]]) < RUNS:
            of[row["publisher"]].insert(0, row)
    found = []
    for key in sorted(key for key, runs in of.items() if runs):
        days = (now - oldest[key]).total_seconds() / 86400 if key in oldest else None
        drawn = {"events": charts.events_over_time(of[key]), "pictures": charts.pictures_over_time(of[key])}
        paths = {what: f"{FOLDER}/{key.lower()}-{what}.svg" for what in drawn}
        for what, svg in drawn.items():
            edition.write(paths[what], svg)
        found.append(PublisherRuns(key, words.publisher(key), of[key], days, paths["events"], paths["pictures"]))
    return found


def draw_ages(edition: Edition, publishers: Iterable[PublisherRuns]) -> str | None:
    """Path of the plot; None when no publisher has a picture."""
    days = {each.name: each.oldest_days for each in publishers if each.oldest_days is not None}
    if not days:
        return None
    edition.write(f"{FOLDER}/ages.svg", charts.ages(days))
    return f"{FOLDER}/ages.svg"
