"""Keep, revalidate or fetch: the decision table of docs/refresh.md, row by row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trivia_scraper.images.policy import Decision, FileState, Known, decide

NOW = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)
WEEK = timedelta(days=7)
SECOND = timedelta(seconds=1)


def checked(ago: timedelta, file: FileState = "ok") -> Known:
    return Known(NOW - ago, file)


KNOWN: list[Known | None] = [
    None,
    *(checked(ago, file) for ago in (timedelta(0), WEEK - SECOND, WEEK, -SECOND) for file in get_args(FileState)),
]


def test_a_forced_run_fetches_whatever_is_known(subtests: pytest.Subtests) -> None:
    for known in KNOWN:
        for other_url_shown in [True, False]:
            for expires in [timedelta(0), WEEK, timedelta(days=100_000)]:
                with subtests.test(known=known, other_url_shown=other_url_shown, expires=expires):
                    forced = decide(forced=True, known=known, other_url_shown=other_url_shown, now=NOW, expires=expires)
                    assert forced == Decision("fetch", "forced")


@pytest.mark.parametrize(
    ("known", "other_url_shown", "expected"),
    [
        (None, False, Decision("fetch", "new")),
        (None, True, Decision("fetch", "url_changed")),
        (checked(timedelta(0), "missing"), False, Decision("fetch", "missing")),
        (checked(timedelta(0), "damaged"), False, Decision("fetch", "damaged")),
        (checked(timedelta(days=30), "missing"), False, Decision("fetch", "missing")),
        (checked(timedelta(days=30), "damaged"), True, Decision("fetch", "damaged")),
        (checked(timedelta(0)), False, Decision("keep", "fresh")),
        (checked(timedelta(days=6)), False, Decision("keep", "fresh")),
        (checked(WEEK - SECOND), False, Decision("keep", "fresh")),
        (checked(WEEK), False, Decision("revalidate", "expired")),
        (checked(timedelta(days=400)), False, Decision("revalidate", "expired")),
        # A picture that the event showed long ago and shows again is known, whatever it shows now.
        (checked(timedelta(days=6)), True, Decision("keep", "fresh")),
        (checked(WEEK), True, Decision("revalidate", "expired")),
        # The clock was set back: how old the picture is, nobody knows.
        (checked(-SECOND), False, Decision("revalidate", "expired")),
        (checked(timedelta(days=-400)), False, Decision("revalidate", "expired")),
        (checked(timedelta(days=-1), "missing"), False, Decision("fetch", "missing")),
    ],
)
def test_an_ordinary_run_decides_by_the_table(known: Known | None, other_url_shown: bool, expected: Decision) -> None:
    assert decide(forced=False, known=known, other_url_shown=other_url_shown, now=NOW, expires=WEEK) == expected


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(microseconds=1), SECOND, WEEK, -SECOND])
def test_expiry_of_zero_always_asks(ago: timedelta) -> None:
    decision = decide(forced=False, known=checked(ago), other_url_shown=False, now=NOW, expires=timedelta(0))
    assert decision == Decision("revalidate", "expired")


def test_age_is_a_matter_of_instants_not_of_zones() -> None:
    checked_in_sydney = datetime.fromisoformat("2026-11-22T14:00:00+11:00")
    decision = decide(
        forced=False,
        known=Known(checked_in_sydney, "ok"),
        other_url_shown=False,
        now=NOW,
        expires=timedelta(minutes=31),
    )
    assert decision == Decision("keep", "fresh")


@given(
    forced=st.booleans(),
    known=st.none()
    | st.builds(Known, st.datetimes(timezones=st.just(UTC)), st.sampled_from(["ok", "missing", "damaged"])),
    other_url_shown=st.booleans(),
    expires=st.timedeltas(timedelta(0), timedelta(days=4000)),
)
def test_nothing_but_a_whole_file_is_ever_kept_or_revalidated(
    forced: bool, known: Known | None, other_url_shown: bool, expires: timedelta
) -> None:
    decision = decide(forced=forced, known=known, other_url_shown=other_url_shown, now=NOW, expires=expires)
    kept = not forced and known is not None and known.file == "ok"
    assert (decision.action == "fetch") is not kept
    assert decision.reason in {"new", "forced", "url_changed", "missing", "damaged", "expired", "fresh"}
