"""Tests the decisions keep, revalidate and fetch, by the table in docs/refresh.md."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trivia_scraper.images.policy import Decision, FileState, ImageError, Reason, decide, is_expired

NOW = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)
WEEK = timedelta(days=7)
SECOND = timedelta(seconds=1)
FILES: tuple[FileState, ...] = get_args(FileState)


def test_forced_run_fetches_every_image(subtests: pytest.Subtests) -> None:
    for file in (None, *FILES):
        for expired in (True, False):
            for shows_other_url in (True, False):
                with subtests.test(file=file, expired=expired, shows_other_url=shows_other_url):
                    forced = decide(forced=True, file=file, expired=expired, shows_other_url=shows_other_url)
                    assert forced == Decision("fetch", Reason.FORCED)


@pytest.mark.parametrize(
    ("file", "expired", "shows_other_url", "expected"),
    [
        (None, False, False, Decision("fetch", Reason.NEW)),
        (None, False, True, Decision("fetch", Reason.URL_CHANGED)),
        ("missing", False, False, Decision("fetch", Reason.MISSING)),
        ("damaged", False, False, Decision("fetch", Reason.DAMAGED)),
        ("missing", True, False, Decision("fetch", Reason.MISSING)),
        ("damaged", True, True, Decision("fetch", Reason.DAMAGED)),
        ("ok", False, False, Decision("keep", Reason.FRESH)),
        ("ok", True, False, Decision("revalidate", Reason.EXPIRED)),
        # The event showed this image before and shows it again, so its row is known.
        ("ok", False, True, Decision("keep", Reason.FRESH)),
        ("ok", True, True, Decision("revalidate", Reason.EXPIRED)),
    ],
)
def test_ordinary_run_decides_by_table(
    file: FileState | None, expired: bool, shows_other_url: bool, expected: Decision
) -> None:
    assert decide(forced=False, file=file, expired=expired, shows_other_url=shows_other_url) == expected


def test_pinned_image_is_kept_while_file_is_ok() -> None:
    known = {"expired": True, "shows_other_url": False, "pinned": True}
    for forced in (True, False):
        assert decide(forced=forced, file="ok", **known) == Decision("keep", Reason.PINNED)
        assert decide(forced=forced, file="missing", **known).action == "fetch", "the publisher's is better than none"


@pytest.mark.parametrize(
    ("age", "expires_after", "expected"),
    [
        (timedelta(0), WEEK, False),
        (timedelta(days=6), WEEK, False),
        (WEEK - SECOND, WEEK, False),
        (WEEK, WEEK, True),
        (timedelta(days=400), WEEK, True),
        # The clock was set back, so the age is unknown.
        (-SECOND, WEEK, True),
        (timedelta(days=-400), WEEK, True),
        # Zero means always, None never.
        (timedelta(0), timedelta(0), True),
        (timedelta(microseconds=1), timedelta(0), True),
        (-SECOND, timedelta(0), True),
        (timedelta(days=4000), None, False),
        # Half a day.
        (timedelta(hours=11), timedelta(days=0.5), False),
        (timedelta(hours=12), timedelta(days=0.5), True),
    ],
)
def test_expired_by_checked_at(age: timedelta, expires_after: timedelta | None, expected: bool) -> None:
    assert is_expired(NOW - age, NOW, expires_after) is expected


def test_unconfirmed_image_is_expired() -> None:
    assert is_expired(None, NOW, WEEK)
    assert not is_expired(None, NOW, None)


def test_age_is_independent_of_time_zones() -> None:
    checked_in_sydney = datetime.fromisoformat("2026-11-22T14:00:00+11:00")
    assert not is_expired(checked_in_sydney, NOW, timedelta(minutes=31))


@given(forced=st.booleans(), file=st.sampled_from((None, *FILES)), expired=st.booleans(), shows_other_url=st.booleans())
def test_only_intact_file_is_kept_or_revalidated(
    forced: bool, file: FileState | None, expired: bool, shows_other_url: bool
) -> None:
    decision = decide(forced=forced, file=file, expired=expired, shows_other_url=shows_other_url)
    assert (decision.action == "fetch") is (forced or file != "ok")


@pytest.mark.parametrize("reason", ["new", "fresh", "http_", "http_x", "mine", ""])
def test_image_error_accepts_only_failure_reasons(reason: str) -> None:
    with pytest.raises(ValueError, match="is not a reason of a failed image"):
        ImageError(reason, "found")
    assert ImageError("http_404", "found").reason == "http_404"
