"""Which shard speaks for its publisher."""

from __future__ import annotations

import pytest

from trivia_scraper.db.plans import speaks_for_all


@pytest.mark.parametrize(
    ("verdict", "arguments", "counts", "expected"),
    [
        ("passed", {}, {}, True),
        ("passed", {"shard": "1/4"}, {}, False),
        ("passed", {"shard": "1/4"}, {"plan/judged": 4}, True),
        ("failed", {"shard": "1/4"}, {}, True),
    ],
)
def test_which_shard_speaks_for_its_publisher(
    verdict: str, arguments: dict[str, str], counts: dict[str, int], expected: bool
) -> None:
    assert speaks_for_all(verdict, arguments, counts) == expected
