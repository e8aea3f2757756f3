"""Which verdict is news."""

from __future__ import annotations

import pytest

from trivia_scraper.extensions.alerts import change


@pytest.mark.parametrize(
    ("verdict", "told", "passed_before", "expected"),
    [
        ("passed", None, False, (False, None)),
        ("passed", None, True, (False, "passed")),
        ("failed", None, False, (True, None)),
        ("failed", None, True, (True, "passed")),
        ("failed", "failed", True, (False, "failed")),
        ("passed", "failed", True, (True, "failed")),
        ("passed", "passed", True, (False, "passed")),
        ("failed", "passed", True, (True, "passed")),
        ("interrupted", None, False, (False, None)),
        ("interrupted", "failed", True, (False, "failed")),
        ("interrupted", "passed", True, (False, "passed")),
    ],
)
def test_what_is_news(verdict: str, told: str | None, passed_before: bool, expected: tuple[bool, str | None]) -> None:
    assert change(verdict, told, passed_before) == expected
