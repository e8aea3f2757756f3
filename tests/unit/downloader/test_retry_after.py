"""Parsing of Retry-After."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from trivia_scraper.downloader.retry_after import read_retry_after

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        (b"0", 0),
        (b"7", 7),
        (b" 7 ", 7),
        (b"-5", 0),
        (b"99999999999999999999", 120),
        (b"Sun, 22 Nov 2026 12:00:30 GMT", 30),
        (b"Sun, 22 Nov 2026 11:00:00 GMT", 0),
        (b"Mon, 22 Nov 2027 12:00:00 GMT", 120),
        (b"Sun, 22 Nov 2026 12:00:30 -0000", 30),
        (b"Sun, 22 Nov 99999999999999999999 12:00:30 GMT", None),
        (b"soon", None),
        (b"", None),
        (None, None),
        (b"\xff\xfe", None),
    ],
)
def test_retry_after_is_read_and_capped(header: bytes | None, asked: float | None) -> None:
    assert read_retry_after(header, NOW, 120) == asked
