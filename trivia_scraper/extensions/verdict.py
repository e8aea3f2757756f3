"""Can this run be trusted? Counts and limits -> passed, failed or interrupted, with reasons in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from scrapy.settings import BaseSettings

from trivia_scraper.store.runs import Outcome

_PREFIX = "trivia/"


def judge(stats: Mapping[str, Any], settings: BaseSettings, close_reason: str, failures: Sequence[str] = ()) -> Outcome:
    """failures: what the spider itself found wrong with the run, in words."""
    counts = {name.removeprefix(_PREFIX): value for name, value in sorted(stats.items()) if name.startswith(_PREFIX)}
    reasons = list(dict.fromkeys(failures))

    def share(part: str, whole: int) -> float:
        return counts.get(part, 0) / whole if whole else 0.0

    listed = counts.get("venues/listed", 0)
    if not listed and not reasons:
        reasons.append("the listing names no venue")
    visited, stored = counts.get("venues/visited", 0), counts.get("events/stored", 0)
    dropped = counts.get("venues/dropped", 0)
    if listed and dropped == listed:
        reasons.append(f"none of {listed} listed venues has a night that can be read")
    if visited and not stored:
        reasons.append(f"{visited} venues were visited and no event was stored")
    if errors := stats.get("spider_exceptions/count", 0) or _sum(stats, "spider_exceptions/"):
        reasons.append(f"{errors} pages broke the spider's rules (see the log)")
    if errors := counts.get("events/errors", 0):
        reasons.append(f"{errors} events could not be stored (see the log)")
    limits = (
        ("listed venues", "venues/dropped", listed, settings.getfloat("MAX_DROPPED_VENUES")),
        ("pages", "pages/failed", visited, settings.getfloat("MAX_FAILED_PAGES")),
        ("pictures", "images/failed", _sum(counts, "images/"), settings.getfloat("MAX_FAILED_IMAGES")),
    )
    for what, part, whole, limit in limits:
        if share(part, whole) > limit:
            verb = part.rpartition("/")[2]
            reasons.append(f"{counts[part]} of {whole} {what} {verb}, over the limit of {limit:.0%}")
    if close_reason == "shutdown":
        return Outcome(close_reason, "interrupted", ["stopped before its end", *reasons], counts)
    if close_reason != "finished":
        reasons.insert(0, f"it was closed early ({close_reason})")
    return Outcome(close_reason, "failed" if reasons else "passed", reasons, counts)


def _sum(stats: Mapping[str, Any], prefix: str) -> int:
    """Of the counters directly below a prefix."""
    return sum(value for name, value in stats.items() if name.startswith(prefix) and "/" not in name[len(prefix) :])
