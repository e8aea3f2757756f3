"""Verdict and reasons of a run, by its counts and limits."""

from __future__ import annotations

import pytest
from scrapy.settings import BaseSettings, Settings

from trivia_scraper import settings as project
from trivia_scraper.db.runs import Outcome
from trivia_scraper.extensions.verdict import STORE_REFUSED, Habits, judge

LIMITS = BaseSettings({"MAX_FAILED_PAGES": 0.1, "MAX_FAILED_IMAGES": 0.2, "MIN_COVERAGE": {}})
GOOD = {
    **{"venues/listed": 20, "venues/visited": 20, "events/stored": 20},
    **{"images/downloaded": 30, "images/downloaded/new": 30, "images/uptodate": 10, "images/uptodate/fresh": 10},
}


def outcome(
    counts: dict[str, int],
    close_reason: str = "finished",
    failures: tuple[str, ...] = (),
    scrapys: dict[str, int] | None = None,
) -> Outcome:
    """scrapys: Scrapy's own counts."""
    stats = {f"trivia/{name}": count for name, count in counts.items()} | (scrapys or {})
    return judge(stats, LIMITS, close_reason, failures)


@pytest.mark.parametrize(
    ("counts", "reasons"),
    [
        (GOOD, []),
        # An ordinary run: every venue was scraped yesterday.
        ({"venues/listed": 20, "venues/skipped": 20}, []),
        ({"venues/listed": 1, "venues/visited": 1, "events/stored": 1}, []),
        # An empty listing is always a failure.
        ({}, ["the listing names no venue"]),
        ({"venues/listed": 0, "venues/visited": 0}, ["the listing names no venue"]),
        ({"venues/listed": 5, "venues/visited": 5}, ["no event was stored (venues due: 5, events read: 0)"]),
        (
            {
                "venues/listed": 5,
                "venues/visited": 5,
                "events/stored": 0,
                "pages/failed": 5,
                "pages/failed/http_404": 5,
            },
            [
                "no event was stored (venues due: 5, events read: 0)",
                "5 of 5 pages failed (http_404 5), over the limit of 10%",
            ],
        ),
        # Up to the limit, and over it.
        (GOOD | {"pages/failed": 2}, []),
        (GOOD | {"pages/failed": 3}, ["3 of 20 pages failed, over the limit of 10%"]),
        # A counter's reasons are not counted on top of it.
        (GOOD | {"images/failed": 10, "images/failed/http_404": 10}, []),
        (
            GOOD | {"images/failed": 11, "images/failed/timeout": 11},
            ["11 of 51 images failed (timeout 11), over the limit of 20%"],
        ),
        (
            {"venues/listed": 1, "venues/visited": 1, "events/stored": 1, "images/failed": 1, "images/failed/dns": 1},
            ["1 of 1 images failed (dns 1), over the limit of 20%"],
        ),
        (GOOD | {"events/errors": 1}, ["1 event could not be stored (see the log)"]),
        (
            GOOD | {"events/errors": 2, "pages/failed": 20, "images/failed": 40, "images/failed/dns": 40},
            [
                "2 events could not be stored (see the log)",
                "20 of 20 pages failed, over the limit of 10%",
                "40 of 80 images failed (dns 40), over the limit of 20%",
            ],
        ),
        # Listed venues without an event are counted, but are not failures.
        (GOOD | {"dropped/no_weekday": 9, "dropped/coordinates": 4, "missing/start_time": 20}, []),
    ],
)
def test_counts_decide(counts: dict[str, int], reasons: list[str]) -> None:
    found = outcome(counts)
    assert found.reasons == reasons
    assert found.verdict == ("failed" if reasons else "passed")
    assert found.counts == counts
    assert found.close_reason == "finished"


def test_spider_failures_fail_the_run_once() -> None:
    listing = "the listing https://storerocket.io/x could not be downloaded: HTTP 500"
    found = outcome({}, failures=(listing, "another", listing))
    assert (found.verdict, found.reasons) == ("failed", [listing, "another"])
    found = outcome(GOOD, failures=(listing,))
    assert (found.verdict, found.reasons) == ("failed", [listing])


@pytest.mark.parametrize(
    "stats",
    [
        {"spider_exceptions/count": 3, "spider_exceptions/KeyError": 2, "spider_exceptions/ValueError": 1},
        {"spider_exceptions/KeyError": 2, "spider_exceptions/ValueError": 1},
    ],
)
def test_spider_exceptions_fail_the_run(stats: dict[str, int]) -> None:
    found = outcome(GOOD, scrapys=stats)
    assert (found.verdict, found.reasons) == ("failed", ["3 pages broke the spider's rules (see the log)"])


@pytest.mark.parametrize(
    "close_reason", ["closespider_timeout", "closespider_itemcount", "cancelled", "memusage_exceeded", ""]
)
def test_early_close_fails_the_run(close_reason: str) -> None:
    found = outcome(GOOD, close_reason)
    assert (found.verdict, found.reasons) == ("failed", [f"it was closed early ({close_reason})"])
    assert found.close_reason == close_reason


@pytest.mark.parametrize(
    ("counts", "reasons"),
    [
        (GOOD, ["stopped before its end"]),
        ({}, ["stopped before its end", "the listing names no venue"]),
        (GOOD | {"pages/failed": 20}, ["stopped before its end", "20 of 20 pages failed, over the limit of 10%"]),
    ],
)
def test_stopped_run_is_interrupted(counts: dict[str, int], reasons: list[str]) -> None:
    found = outcome(counts, "shutdown")
    assert (found.verdict, found.reasons) == ("interrupted", reasons)


def test_own_counts_are_kept_in_order() -> None:
    found = outcome({"venues/visited": 1, "events/stored": 1, "venues/listed": 2}, scrapys={"item_scraped_count": 1})
    assert list(found.counts.items()) == [("events/stored", 1), ("venues/listed", 2), ("venues/visited", 1)]


@pytest.mark.parametrize(("limit", "failed", "verdict"), [(0, 0, "passed"), (0, 1, "failed"), (1, 20, "passed")])
def test_limits_are_settings(limit: float, failed: int, verdict: str) -> None:
    settings = BaseSettings({"MAX_FAILED_PAGES": str(limit), "MAX_FAILED_IMAGES": "1"})
    stats = {f"trivia/{name}": count for name, count in (GOOD | {"pages/failed": failed}).items()}
    assert judge(stats, settings, "finished").verdict == verdict


def test_default_limits_allow_few_failures() -> None:
    settings = Settings()
    settings.setmodule(project)
    for name in ("MAX_FAILED_PAGES", "MAX_FAILED_IMAGES"):
        assert 0 < settings.getfloat(name) < 0.5


@pytest.mark.parametrize(
    ("counts", "scrapys", "reasons"),
    [
        (GOOD, {"item_scraped_count": 20}, []),
        (GOOD, {"item_scraped_count": 19}, []),
        (GOOD, {"item_scraped_count": 21}, ["events: 21 passed the pipelines, but 20 were stored (a bug)"]),
        (
            GOOD | {"events/errors": 2, "events/lost": 1},
            {},
            [
                "2 events could not be stored (see the log)",
                "1 event could only be logged, because SPILL_DIR cannot be written either; the next run reads their "
                "pages again",
            ],
        ),
        (GOOD | {"images/downloaded": 31}, {}, ["images downloaded: 31 in total, but 30 by reason (a bug)"]),
        (GOOD | {"images/uptodate/not_modified": 2}, {}, ["images uptodate: 10 in total, but 12 by reason (a bug)"]),
        (GOOD | {"images/failed": 1}, {}, ["images failed: 1 in total, but 0 by reason (a bug)"]),
    ],
)
def test_sums_that_disagree_fail_a_run(counts: dict[str, int], scrapys: dict[str, int], reasons: list[str]) -> None:
    found = outcome(counts, scrapys=scrapys)
    assert (found.verdict, found.reasons) == ("failed" if reasons else "passed", reasons)


def test_database_failure_does_not_judge_the_publisher() -> None:
    counts = {"venues/listed": 6, "venues/dropped": 6, "events/read": 20, "missing/picture": 20}
    closed = "it was closed early (store_refused)"
    assert outcome(counts, STORE_REFUSED, ("the database failed",)).reasons == ["the database failed", closed]
    assert len(outcome(counts).reasons) > 1


def test_database_failure_still_reports_lost_events() -> None:
    *_, lost = outcome({"events/lost": 2}, STORE_REFUSED, ("the database failed",)).reasons
    assert lost.startswith("2 events could only be logged")


def test_pages_without_nights_quote_the_first() -> None:
    page = "https://q.example/venues/the-fox"
    counts = {"venues/listed": 3, "venues/visited": 3, "venues/dropped": 3, "dropped/no_schedule": 3}
    stats = {f"trivia/{name}": count for name, count in counts.items()}
    reasons = judge(stats, LIMITS, "finished", (), Habits(rejected_page=page)).reasons
    assert reasons[0] == (
        f"none of 3 listed venues has a night that can be read: does the spider still find it at {page}?"
    )
    assert reasons[-1] == f"3 of 3 listed venues dropped, over the limit of 50%; the first was {page}"
    assert page not in " ".join(outcome(counts).reasons)
