"""Judge a run by its counts and the limits in the settings: passed, failed or interrupted, with reasons. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import sqrt
from typing import Any

from scrapy.settings import BaseSettings

from trivia_scraper.db.runs import COVERAGE_EVENTS, FIELD, Outcome, Share, shares_of
from trivia_scraper.formatting import format_count
from trivia_scraper.items import FIELDS, IMAGE_STATUSES
from trivia_scraper.options import value_of
from trivia_scraper.spiders.matches import CONSTANTS, ELEMENTS, KEYS, PAGES

_PREFIX = "trivia/"
STORE_REFUSED = "store_refused"
"""Close reason of a crawl whose database failed. It says nothing about the publisher."""
_MOST_WARNINGS = 10
_CHANCE = 0.001
"""Probability below which chance does not explain that something was not found."""
_WARNED = 0.5
"""Part of MAX_COVERAGE_DROP from which the fall of a field is a warning."""
_CONFIRMED = 0.5
"""Share of entries that must confirm a constant of a spider, even in its first run."""


@dataclass(frozen=True, slots=True)
class Habits:
    """Values of the publisher's last good runs to compare a run with, and pages to name in its reasons."""

    listed: int | None = None
    """Number of venues that the last good run found in the listing."""
    usual: Mapping[str, Share] = field(default_factory=dict)
    """How often each field, selector and key was found in earlier runs; see runs.usual_shares."""
    first_without: Mapping[str, str] = field(default_factory=dict)
    """Name in `usual` -> URL of a page on which this run did not find it."""
    rejected_page: str | None = None
    """URL of the first venue page of this run that was rejected."""


def judge(
    stats: Mapping[str, Any],
    settings: BaseSettings,
    close_reason: str,
    failures: Sequence[str] = (),
    habits: Habits | None = None,
    *,
    complete: bool = True,
    matches: Mapping[str, Any] | None = None,
) -> Outcome:
    """Return the outcome of a run.

    failures: reasons to fail that were found during the run. habits: None if the publisher has no good run yet.
    complete: whether the run used neither `limit` nor `venue`. Then failed pages are compared with the whole listing,
    so one bad page does not fail every run in which few venues are due. Otherwise they are compared with the visited
    venues, and missing pages count only from COVERAGE_EVENTS venues on. matches: see spiders/matches.py.
    """
    habits = habits or Habits()
    counts = _own_counts(stats)
    reasons = list(dict.fromkeys(failures))
    if close_reason == STORE_REFUSED:
        closed = f"it was closed early ({close_reason})"
        return Outcome(close_reason, "failed", [*reasons, closed, *_lost(counts)], counts)
    if counts.get("venues/listed") or not reasons:  # a failed listing is short for a known reason
        reasons += _listing(counts, settings, habits.listed)
    listed = counts.get("venues/listed", 0)
    expected_pages = listed if complete else counts.get("venues/visited", 0)
    gone, few = counts.get("pages/gone", 0), not complete and expected_pages < COVERAGE_EVENTS
    reasons += _events(counts, stats, expected_pages * value_of(settings, "MAX_FAILED_PAGES"), habits.rejected_page)
    reasons += _lost(counts)
    reasons += _sums(counts, stats)
    reasons += _coverage(counts, settings)
    found = shares_of(counts, matches or {}, FIELDS)
    reasons += _fallen_fields(found, settings, habits)
    reasons += _shares(counts | {"pages/gone": 0 if few else gone}, settings, expected_pages, habits.rejected_page)
    warnings = list(_warnings(found, settings, habits))
    if more := len(warnings[_MOST_WARNINGS:]):
        warnings[_MOST_WARNINGS:] = [f"{more} more of its selectors, keys and fields were found less than before"]
    outcome = partial(Outcome, counts=counts, matches=dict(sorted((matches or {}).items())), warnings=warnings)
    if close_reason == "shutdown":
        pages, images = counts.get("pages/stopped", 0), counts.get("images/failed/stopped", 0)
        both = f"{format_count(pages, 'pages')} and {format_count(images, 'images')}"
        dropped = f" ({both} were dropped)" if pages or images else ""
        return outcome(close_reason, "interrupted", [f"stopped before its end{dropped}", *reasons])
    if close_reason != "finished":
        reasons.insert(0, f"it was closed early ({close_reason})")
    return outcome(close_reason, "failed" if reasons else "passed", reasons)


def _own_counts(stats: Mapping[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(_PREFIX): value for name, value in sorted(stats.items()) if name.startswith(_PREFIX)}


def _listing(counts: Mapping[str, int], settings: BaseSettings, listed_before: int | None) -> Iterator[str]:
    listed, least = counts.get("venues/listed", 0), value_of(settings, "MIN_LISTED")
    if not listed:
        yield "the listing names no venue"
    elif listed < least:
        yield f"the listing names {format_count(listed, 'venues')}, fewer than MIN_LISTED ({least})"
    shrink = value_of(settings, "MAX_SHRINK")
    if listed and listed < (listed_before or 0) * (1 - shrink):
        yield (
            f"the listing names {listed} venues, but {listed_before} in the last good run; MAX_SHRINK allows "
            f"{shrink:.0%} fewer (if the listing is right, `-s MAX_SHRINK=1` accepts it once)"
        )


def _events(
    counts: Mapping[str, int], stats: Mapping[str, Any], spare: float, rejected_page: str | None
) -> Iterator[str]:
    listed = counts.get("venues/listed", 0)
    # Missing pages have their own limit, and all venues that are due may have missing pages.
    visited = counts.get("venues/visited", 0) - counts.get("pages/gone", 0)
    if listed and counts.get("venues/dropped", 0) == listed:
        yield f"none of {listed} listed venues has a night that can be read{_still_found(rejected_page)}"
    if visited > spare and not counts.get("events/stored"):
        yield f"no event was stored (venues due: {visited}, events read: {counts.get('events/read', 0)})"
    if errors := stats.get("spider_exceptions/count", 0) or _sum(stats, "spider_exceptions/"):
        yield format_count(errors, "pages broke the spider's rules (see the log)")
    if errors := counts.get("events/errors", 0):
        yield format_count(errors, "events could not be stored (see the log)")


def _lost(counts: Mapping[str, int]) -> Iterator[str]:
    if lost := counts.get("events/lost", 0):
        yield (
            f"{format_count(lost, 'events')} could only be logged, because SPILL_DIR cannot be written either; the "
            "next run reads their pages again"
        )


def _sums(counts: Mapping[str, int], stats: Mapping[str, Any]) -> Iterator[str]:
    """Compare counts that two components make of the same thing. A difference is a bug."""
    passed, stored = stats.get("item_scraped_count", 0), counts.get("events/stored", 0)
    if passed > stored:
        yield f"events: {passed} passed the pipelines, but {stored} were stored (a bug)"
    for status, word in IMAGE_STATUSES.items():
        images, with_reason = counts.get(f"images/{status}", 0), _sum(counts, f"images/{status}/")
        if images != with_reason:
            yield f"images {word}: {images} in total, but {with_reason} by reason (a bug)"


def _coverage(counts: Mapping[str, int], settings: BaseSettings) -> Iterator[str]:
    read = counts.get("events/read", 0)
    for what, least in value_of(settings, "MIN_COVERAGE").items():
        found = read - counts.get(f"missing/{what}", 0)
        if found < read * float(least):
            yield f"{found} of {read} events have {_in_words(what)}, less than MIN_COVERAGE ({float(least):.0%})"


def _in_words(field: str) -> str:
    """Return a key of FIELDS for people. "picture" is a stored word of version 0.1.0; people see "image"."""
    return field.replace("_", " ").replace("picture", "image")


def find_lost(now: Mapping[str, Share], usual: Mapping[str, Share], drop: float) -> dict[str, Share]:
    """Return the shares of what is found much more rarely than before, by name. The highest usual share is first.

    A share is lost if it fell by more than `drop`, or if it fell to zero. The pages of a run are a sample, so both
    rules leave room for chance, and fewer than COVERAGE_EVENTS look-ups prove nothing.
    """
    lost = {
        name: each
        for name, each in now.items()
        if name in usual
        and each.of >= COVERAGE_EVENTS
        and (_has_fallen(each, usual[name], drop) or _has_vanished(each, usual[name]))
    }
    return dict(sorted(lost.items(), key=lambda item: (-usual[item[0]].share, item[0])))


def find_lost_fields(stats: Mapping[str, Any], settings: BaseSettings, usual: Mapping[str, Share]) -> set[str]:
    """Return the fields that a warning or a reason names."""
    now = shares_of(_own_counts(stats), {}, FIELDS)
    return {name.removeprefix(FIELD) for name in _find_rarer_fields(now, usual, settings)}


def _find_rarer_fields(
    now: Mapping[str, Share], usual: Mapping[str, Share], settings: BaseSettings
) -> dict[str, Share]:
    """Return the fields that are lost, and those that fell less: one page of a listing may have changed."""
    fields = {name: each for name, each in now.items() if name.startswith(FIELD)}
    return find_lost(fields, usual, value_of(settings, "MAX_COVERAGE_DROP") * _WARNED)


def _has_fallen(now: Share, usual: Share, drop: float) -> bool:
    chance = 2 * sqrt(usual.share * (1 - usual.share) / now.of)
    return now.found < now.of * (usual.share - drop - chance)


def _has_vanished(now: Share, usual: Share) -> bool:
    """Return whether it was found nowhere, and chance explains that in fewer than 1 of 1,000 runs (_CHANCE)."""
    return not now.found and (usual.of / (usual.of + now.of)) ** usual.found < _CHANCE


def _fallen_fields(now: Mapping[str, Share], settings: BaseSettings, habits: Habits) -> Iterator[str]:
    drop = value_of(settings, "MAX_COVERAGE_DROP")
    for name, each in find_lost(now, habits.usual, drop).items():
        if name.startswith(FIELD) and _has_fallen(each, habits.usual[name], drop):
            yield f"{_in_numbers(name, each, habits.usual[name])}{_still_found(habits.first_without.get(name))}"


def _warnings(now: Mapping[str, Share], settings: BaseSettings, habits: Habits) -> Iterator[str]:
    """Yield changes of the pages that do not fail the run: the spider may find the field by another selector."""
    drop = value_of(settings, "MAX_COVERAGE_DROP")
    lost = _find_rarer_fields(now, habits.usual, settings) | find_lost(now, habits.usual, drop)
    for name, each in lost.items():
        if not (name.startswith(FIELD) and _has_fallen(each, habits.usual[name], drop)):
            where = habits.first_without.get(name)
            yield f"{_in_numbers(name, each, habits.usual[name])}{f'; look at {where}' if where else ''}"
    for name, each in now.items():
        if name.startswith(f"{CONSTANTS}/") and each.of >= COVERAGE_EVENTS and each.share < _CONFIRMED:
            yield (
                f"{each.found} of {each.of} entries confirm the spider's constant {name.partition('/')[2]}: has the "
                f"publisher changed it? Look at {habits.first_without.get(name)}"
            )


def _in_numbers(name: str, now: Share, usual: Share) -> str:
    """Return "3 of 41 pages have an element .photo, which 96% had in the last 5 good runs"."""
    kind, _, what = name.partition("/")
    when = "the last good run" if usual.runs == 1 else f"the last {usual.runs} good runs"
    if kind == CONSTANTS:
        entries = f"{now.found} of {now.of} entries confirm the spider's constant {what}"
        return f"{entries}, which {usual.share:.0%} did in {when}"
    things, found = {
        PAGES: ("pages", f"an element {what}"),
        ELEMENTS: ("elements", f"an element {what} inside"),
        KEYS: ("objects", f"a value of {what}"),
    }.get(kind, ("events", _in_words(what)))
    return f"{now.found} of {now.of} {things} have {found}, which {usual.share:.0%} had in {when}"


def _still_found(page: str | None) -> str:
    return f": does the spider still find it at {page}?" if page else ""


def _shares(
    counts: Mapping[str, int], settings: BaseSettings, expected_pages: int, rejected_page: str | None
) -> Iterator[str]:
    for what, part, whole, limit in (
        ("listed venues", "venues/dropped", counts.get("venues/listed", 0), value_of(settings, "MAX_DROPPED_VENUES")),
        ("pages", "pages/failed", expected_pages, value_of(settings, "MAX_FAILED_PAGES")),
        ("pages", "pages/gone", expected_pages, value_of(settings, "MAX_GONE_PAGES")),
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
    """Return the counters below a prefix, highest first, as pairs of the name without the prefix and the value."""
    found = [(name.removeprefix(prefix), number) for name, number in counts.items() if name.startswith(prefix)]
    return sorted(found, key=lambda each: -each[1])


def _sum(stats: Mapping[str, Any], prefix: str) -> int:
    """Return the sum of the counters directly below a prefix."""
    return sum(value for name, value in stats.items() if name.startswith(prefix) and "/" not in name[len(prefix) :])
