"""What the dashboard says first: a sentence for each publisher that needs somebody. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from trivia_scraper.db.health import Health
from trivia_scraper.db.queries import StoredEvent
from trivia_scraper.db.run_reports import Failure, Report
from trivia_scraper.exports import wording
from trivia_scraper.formatting import format_count
from trivia_scraper.site.reasons import failure, verdict

_MAX_REASON = 200


@dataclass(frozen=True, slots=True)
class Trouble:
    publisher: str
    sentence: str
    """Without the publisher, which is its subject."""
    run_id: int | None
    """Of the run that it is about."""
    is_failure: bool = False
    """Whether that run failed."""
    is_of_images: bool = False
    """Whether it is about images of that run which could not be downloaded."""


def find_troubles(healths: Iterable[Health], reports: Iterable[Report], now: datetime) -> list[Trouble]:
    """Return the troubles, those of runs that failed first. reports: newest first."""
    newest: dict[str, Report] = {}
    for report in reports:
        newest.setdefault(report.row["publisher"], report)
    found: list[Trouble] = []
    for health in healths:
        last = newest.get(health.publisher)
        found += _of_one(health, last.row["id"] if last else None, now)
    found += [
        Trouble(wording.format_publisher(publisher), f"may show a stand-in: {alike.sentence}", report.row["id"])
        for publisher, report in sorted(newest.items())
        for alike in report.alike
    ]
    return sorted(found, key=lambda each: not each.is_failure)


def find_failed_images(reports: Iterable[Report], events: Iterable[StoredEvent]) -> list[tuple[Report, list[Failure]]]:
    """Return the runs with images that no later run has downloaded or confirmed. reports: newest first."""
    checked: dict[tuple[str, str, str], datetime | None] = {
        (event.publisher, str(event.venue.slug), image.url): image.checked_at
        for event in events
        for image in event.images
    }
    found = []
    for report in reports:
        started_at, still = report.row["started_at"], []
        for each in report.failures:
            key = report.row["publisher"], each.slug, each.url
            if key in checked and (checked[key] is None or checked[key] < started_at):
                del checked[key]
                still.append(each)
        if still:
            found.append((report, still))
    return found


def describe_failed_images(failed: Iterable[tuple[Report, list[Failure]]], now: datetime) -> Iterator[Trouble]:
    """Yield a trouble for each of these runs. failed: of `find_failed_images`."""
    for report, failures in failed:
        counts = Counter(each.reason for each in failures)
        details = {reason: [each.found for each in failures if each.reason == reason] for reason in counts}
        reasons = sorted(counts, key=lambda reason: (-counts[reason], reason))
        causes = ", ".join(f"{counts[reason]} × {failure(reason, details[reason])}" for reason in reasons)
        at = at_time(report.row["started_at"], now)
        least = "at least " if report.totals.get("failures", 0) > len(report.failures) else ""
        number = format_count(len(failures), "images")
        sentence = f"could not download {least}{number} {at}: {wording.shorten(causes)}"
        name = wording.format_publisher(report.row["publisher"])
        yield Trouble(name, sentence, report.row["id"], is_of_images=True)


def _of_one(health: Health, newest_run: int | None, now: datetime) -> Iterator[Trouble]:
    name, run = wording.format_publisher(health.publisher), health.last_run
    # While the next run is under way, a failure is still the last that is known.
    if run and run["verdict"] == "failed" and health.verdict in {"failed", "running"}:
        reasons = run["reasons"] or ["no reason is recorded"]
        more = f" (and {len(reasons) - 1} more)" if len(reasons) > 1 else ""
        why = wording.shorten(verdict(reasons[0]), _MAX_REASON)
        at = at_time(run["finished_at"] or run["started_at"], now)
        yield Trouble(name, f"failed {at}: {why}{more}; {_last_good(health, now)}", run["id"], is_failure=True)
    elif health.verdict == "interrupted":
        yield Trouble(name, f"was interrupted before its end; {_last_good(health, now)}", newest_run)
    elif health.verdict == "stale" and health.last_good_at and health.next_run_expected_at:
        every = (health.next_run_expected_at - health.last_good_at) / timedelta(hours=1)
        yield Trouble(name, f"is stale: {_last_good(health, now)}, and one is expected every {every:.3g} h",
                      health.last_good_run)  # fmt: skip
    else:
        # Its last run did not fail: whatever is wrong beside that.
        yield from (Trouble(name, problem, newest_run) for problem in health.problems)


def _last_good(health: Health, now: datetime) -> str:
    return f"last good run {ago(health.last_good_at, now)}" if health.last_good_at else "no good run yet"


def ago(then: datetime, now: datetime) -> str:
    """Return "35 min ago", "26 h ago" or "3 days ago"."""
    minutes = max(0, round((now - then) / timedelta(minutes=1)))
    if minutes < 1:
        return "less than a minute ago"
    if minutes < 120:
        return f"{minutes} min ago"
    return f"{minutes // 60} h ago" if minutes < 72 * 60 else f"{minutes // (24 * 60)} days ago"


def at_time(then: datetime, now: datetime) -> str:
    """Return "at 14:29", with the day unless it is today. Both are in UTC."""
    day = "" if then.date() == now.date() else f"on {then.day} {then:%B} "
    return f"{day}at {then:%H:%M}"
