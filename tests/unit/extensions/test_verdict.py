"""Verdict and reasons of a run, by its counts and limits."""

from __future__ import annotations

import pytest
from scrapy.settings import BaseSettings, Settings

from trivia_scraper import settings as project
from trivia_scraper.db.runs import Outcome, Share
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
        (GOOD | {"images/uptodate/not_modified": 2}, {}, ["images kept: 10 in total, but 12 by reason (a bug)"]),
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


PAGE = "https://q.example/venues/the-fox"
USUAL = {
    "fields/host": Share(480, 500, 5, 0.96),
    "fields/fee": Share(60, 500, 5, 0.12),
    "pages/.photo": Share(40, 41, 1, 40 / 41),
    "elements/h3": Share(100, 100, 2, 1.0),
    "keys/lat": Share(100, 100, 1, 1.0),
    "constants/data_zone": Share(90, 100, 1, 0.9),
}


def judged(read: int, missing: dict[str, int], **matches: list[int]) -> Outcome:
    """matches: names have `__` for `/`, and counts are (looked for, matched)."""
    counts = {"venues/listed": read, "venues/visited": read, "events/read": read, "events/stored": read}
    counts |= {f"missing/{name}": number for name, number in missing.items()}
    stats = {f"trivia/{name}": number for name, number in counts.items()}
    named = {name.replace("__", "/").replace("photo", ".photo"): count for name, count in matches.items()}
    habits = Habits(usual=USUAL, first_without=dict.fromkeys(USUAL, PAGE))
    return judge(stats, LIMITS, "finished", (), habits, matches=named)


def test_field_that_fell_fails_with_a_page() -> None:
    found = judged(100, {"host": 97, "fee": 88})
    assert found.reasons == [
        f"3 of 100 events have host, which 96% had in the last 5 good runs: does the spider still find it at {PAGE}?"
    ]
    assert found.warnings == []


def test_field_that_fell_without_a_page_names_no_place() -> None:
    stats = {"trivia/venues/listed": 100, "trivia/events/read": 100, "trivia/events/stored": 100}
    found = judge(stats | {"trivia/missing/host": 97}, LIMITS, "finished", (), Habits(usual=USUAL))
    assert found.reasons == ["3 of 100 events have host, which 96% had in the last 5 good runs"]


@pytest.mark.parametrize(
    ("found", "verdict", "warns"),
    [(60, "passed", False), (54, "passed", True), (43, "passed", True), (41, "failed", False)],
)
def test_field_that_fell_less_is_a_warning(found: int, verdict: str, warns: bool) -> None:
    """One of four pages of a listing has renamed its fees. 130 events are enough to see it."""
    usual = {"fields/fee": Share(395, 500, 5, 0.79)}
    missing = 130 - round(1.3 * found)
    stats = {"trivia/venues/listed": 130, "trivia/events/read": 130, "trivia/events/stored": 130}
    habits = Habits(usual=usual, first_without=dict.fromkeys(usual, PAGE))
    judged = judge(stats | {"trivia/missing/fee": missing}, LIMITS, "finished", (), habits)
    assert judged.verdict == verdict
    warning = f"{130 - missing} of 130 events have fee, which 79% had in the last 5 good runs; look at {PAGE}"
    assert judged.warnings == ([warning] if warns else [])


@pytest.mark.parametrize(
    ("matches", "warning"),
    [
        (
            {"pages__photo": [41, 0]},
            f"0 of 41 pages have an element .photo, which 98% had in the last good run; look at {PAGE}",
        ),
        ({"elements__h3": [50, 20]}, "20 of 50 elements have an element h3 inside, which 100% had in the last 2 good"),
        ({"keys__lat": [340, 0]}, "0 of 340 objects have a value of lat, which 100% had in the last good run"),
        ({"constants__data_zone": [50, 25]}, "25 of 50 entries confirm the spider's constant data_zone, which 90% did"),
        ({"constants__new": [10, 4]}, "4 of 10 entries confirm the spider's constant new: has the publisher changed"),
        # Too few pages, an ordinary share, a selector that is new, and one that was not used.
        ({"pages__photo": [9, 0]}, None),
        ({"pages__photo": [41, 26]}, None),
        ({"pages__new": [41, 0]}, None),
        ({"constants__new": [10, 5]}, None),
        ({}, None),
    ],
)
def test_structure_that_disappeared_is_a_warning(matches: dict[str, list[int]], warning: str | None) -> None:
    found = judged(41, {}, **matches)
    assert (found.verdict, found.reasons) == ("passed", [])
    assert [each[: len(warning or "")] for each in found.warnings] == ([warning] if warning else [])
    assert list(found.matches.values()) == list(matches.values())


@pytest.mark.parametrize(("read", "warns"), [(60, False), (100, True)])
def test_rare_field_that_vanished_is_a_warning(read: int, warns: bool) -> None:
    """12% of events had a fee. 60 events without one are chance, 100 are not."""
    found = judged(read, {"fee": read})
    assert found.verdict == "passed"
    assert found.warnings == (
        [f"0 of {read} events have fee, which 12% had in the last 5 good runs; look at {PAGE}"] if warns else []
    )


def test_warnings_are_bounded() -> None:
    usual = {f"pages/.c{number}": Share(100, 100, 1, 1.0) for number in range(30)}
    found = judge({}, LIMITS, "finished", (), Habits(usual=usual), matches={name: [50, 0] for name in usual})
    assert len(found.warnings) == 11
    assert found.warnings[-1] == "20 more of its selectors, keys and fields were found less than before"
