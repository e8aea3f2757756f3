"""Can this run be trusted? Counts and limits -> passed, failed or interrupted, with reasons in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

from scrapy.settings import BaseSettings

from trivia_scraper.db.runs import COVERAGE_EVENTS, Outcome
from trivia_scraper.formatting import counted
from trivia_scraper.options import value_of

_PREFIX = "trivia/"
STORE_REFUSED = "store_refused"
"""Why a crawl was closed: its database failed, which says nothing of the publisher."""


@dataclass(frozen=True, slots=True)
class Habits:
    """What the publisher's last good runs were like."""

    listed: int | None = None
    """Venues that the newest of them found listed."""
    coverage: Mapping[str, float] = field(default_factory=dict)
    """Field -> share of the events that had it."""
    first_without: Mapping[str, str] = field(default_factory=dict)
    """Field -> address of the first event of this run that had none; a venue's page where there is one."""
    rejected_page: str | None = None
    """Address of the first venue page of this run that was rejected."""


def judge(
    stats: Mapping[str, Any],
    settings: BaseSettings,
    close_reason: str,
    failures: Sequence[str] = (),
    habits: Habits | None = None,
    *,
    complete: bool = True,
) -> Outcome:
    """Return the outcome of a run.

    failures: what the spider itself found wrong with the run, in words. habits: None when there was no good run.
    complete: whether the run was asked for the whole listing. Then failed pages are a share of the listing: when only a
    few venues are due, one bad page must not fail every run. With fewer than COVERAGE_EVENTS venues, missing pages are
    not judged.
    """
    habits = habits or Habits()
    counts = {name.removeprefix(_PREFIX): value for name, value in sorted(stats.items()) if name.startswith(_PREFIX)}
    reasons = list(dict.fromkeys(failures))
    if close_reason == STORE_REFUSED:
        closed = f"it was closed early ({close_reason})"
        return Outcome(close_reason, "failed", [*reasons, closed, *_lost(counts)], counts)
    if counts.get("venues/listed") or not reasons:  # a failed listing is short for a known reason
        reasons += _listing(counts, settings, habits.listed)
    listed = counts.get("venues/listed", 0)
    at_stake = listed if complete else counts.get("venues/visited", 0)
    gone, few = counts.get("pages/gone", 0), not complete and at_stake < COVERAGE_EVENTS
    reasons += _events(counts, stats, at_stake * value_of(settings, "MAX_FAILED_PAGES"), habits.rejected_page)
    reasons += _lost(counts)
    reasons += _sums(counts, stats)
    reasons += _coverage(counts, settings)
    reasons += _dead_selectors(counts, settings, habits)
    reasons += _shares(counts | {"pages/gone": 0 if few else gone}, settings, at_stake, habits.rejected_page)
    if close_reason == "shutdown":
        pages, images = counts.get("pages/stopped", 0), counts.get("images/failed/stopped", 0)
        both = f"{counted(pages, 'pages')} and {counted(images, 'images')}"
        dropped = f" ({both} were not waited for)" if pages or images else ""
        return Outcome(close_reason, "interrupted", [f"stopped before its end{dropped}", *reasons], counts)
    if close_reason != "finished":
        reasons.insert(0, f"it was closed early ({close_reason})")
    return Outcome(close_reason, "failed" if reasons else "passed", reasons, counts)


def _listing(counts: Mapping[str, int], settings: BaseSettings, listed_before: int | None) -> Iterator[str]:
    listed, least = counts.get("venues/listed", 0), value_of(settings, "MIN_LISTED")
    if not listed:
        yield "the listing names no venue"
    elif listed < least:
        yield f"the listing names {counted(listed, 'venues')}, fewer than MIN_LISTED ({least})"
    shrink = value_of(settings, "MAX_SHRINK")
    if listed and listed < (listed_before or 0) * (1 - shrink):
        yield (
            f"the listing names {listed} venues where the last good run's named {listed_before}, over MAX_SHRINK "
            f"({shrink:.0%}; if it is right, `-s MAX_SHRINK=1` accepts it once)"
        )


def _events(
    counts: Mapping[str, int], stats: Mapping[str, Any], spare: float, rejected_page: str | None
) -> Iterator[str]:
    listed = counts.get("venues/listed", 0)
    # Pages that may be gone have a limit of their own; of the venues that are due, all may be of that kind.
    visited = counts.get("venues/visited", 0) - counts.get("pages/gone", 0)
    if listed and counts.get("venues/dropped", 0) == listed:
        yield f"none of {listed} listed venues has a night that can be read{_still_found(rejected_page)}"
    if visited > spare and not counts.get("events/stored"):
        yield f"no event was stored (venues due: {visited}, events read: {counts.get('events/read', 0)})"
    if errors := stats.get("spider_exceptions/count", 0) or _sum(stats, "spider_exceptions/"):
        yield counted(errors, "pages broke the spider's rules (see the log)")
    if errors := counts.get("events/errors", 0):
        yield counted(errors, "events could not be stored (see the log)")


def _lost(counts: Mapping[str, int]) -> Iterator[str]:
    if lost := counts.get("events/lost", 0):
        yield (
            f"the log alone has {counted(lost, 'events')}, because SPILL_DIR cannot be written either; the next run "
            "reads the pages again"
        )


def _sums(counts: Mapping[str, int], stats: Mapping[str, Any]) -> Iterator[str]:
    """Compare counts that two parts of the crawl make of the same thing. A difference is a mistake in the code."""
    passed, stored = stats.get("item_scraped_count", 0), counts.get("events/stored", 0)
    if passed > stored:
        yield f"events: {passed} passed the pipelines, {stored} were stored"
    for status in ("downloaded", "uptodate", "failed"):
        images, with_reason = counts.get(f"images/{status}", 0), _sum(counts, f"images/{status}/")
        if images != with_reason:
            yield f"images {status}: {images} in total, {with_reason} by reason"


def _coverage(counts: Mapping[str, int], settings: BaseSettings) -> Iterator[str]:
    read = counts.get("events/read", 0)
    for what, least in value_of(settings, "MIN_COVERAGE").items():
        found = read - counts.get(f"missing/{what}", 0)
        if found < read * float(least):
            yield f"{found} of {read} events have {_in_words(what)}, under MIN_COVERAGE's {float(least):.0%}"


def _in_words(field: str) -> str:
    """Return a key of FIELDS for people. "picture" is the word of version 0.1.0, kept in settings and stored counts."""
    return field.replace("_", " ").replace("picture", "image")


def _dead_selectors(counts: Mapping[str, int], settings: BaseSettings, habits: Habits) -> Iterator[str]:
    read, drop = counts.get("events/read", 0), value_of(settings, "MAX_COVERAGE_DROP")
    for what, usual in sorted(habits.coverage.items()) if read >= COVERAGE_EVENTS else ():
        found = read - counts.get(f"missing/{what}", 0)
        # The venues that were due are a sample, which chance alone lets differ from the whole.
        chance = 2 * sqrt(usual * (1 - usual) / read)
        if found < read * (usual - drop - chance):
            yield (
                f"{found} of {read} events have {_in_words(what)}, which {usual:.0%} had in earlier runs: does "
                f"the spider still find it at {habits.first_without.get(what, 'its place')}?"
            )


def _still_found(page: str | None) -> str:
    return f": does the spider still find it at {page}?" if page else ""


def _shares(
    counts: Mapping[str, int], settings: BaseSettings, at_stake: int, rejected_page: str | None
) -> Iterator[str]:
    for what, part, whole, limit in (
        ("listed venues", "venues/dropped", counts.get("venues/listed", 0), value_of(settings, "MAX_DROPPED_VENUES")),
        ("pages", "pages/failed", at_stake, value_of(settings, "MAX_FAILED_PAGES")),
        ("pages", "pages/gone", at_stake, value_of(settings, "MAX_GONE_PAGES")),
        ("images", "images/failed", _sum(counts, "images/"), value_of(settings, "MAX_FAILED_IMAGES")),
    ):
        failed = counts.get(part, 0) - counts.get(f"{part}/stopped", 0)
        if failed > whole * limit:
            verb = part.rpartition("/")[2]
            first = f"; the first was {rejected_page}" if verb == "dropped" and rejected_page else ""
            yield f"{failed} of {whole} {what} {verb}{_causes(counts, part)}, over the limit of {limit:.0%}{first}"


def _causes(counts: Mapping[str, int], part: str) -> str:
    """Return " (http_403 9, timeout 1)", the most frequent first."""
    causes = ", ".join(f"{cause} {number}" for cause, number in counters_below(counts, f"{part}/"))
    return f" ({causes})" if causes else ""


def counters_below(counts: Mapping[str, int], prefix: str) -> list[tuple[str, int]]:
    """Return the names of the counters below a prefix, without it, and their values, the highest first."""
    found = [(name.removeprefix(prefix), number) for name, number in counts.items() if name.startswith(prefix)]
    return sorted(found, key=lambda each: -each[1])


def _sum(stats: Mapping[str, Any], prefix: str) -> int:
    """Add the counters directly below a prefix."""
    return sum(value for name, value in stats.items() if name.startswith(prefix) and "/" not in name[len(prefix) :])
