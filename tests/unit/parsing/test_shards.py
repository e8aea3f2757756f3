"""A listing in parts: whose a venue is, and how a part is written."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trivia_scraper.errors import UsageError
from trivia_scraper.parsing.shards import Shard, part_of
from trivia_scraper.spiders.arguments import SpiderArguments

SPACE = "act-3rd-space-canberra"


def test_a_venue_is_of_the_same_part_in_every_version() -> None:
    ids = (SPACE, "kings-arms-waterloo", "97520779", "bydgoszcz/pasibus", "Żubr", "")
    assert [part_of(publisher_id, 4) for publisher_id in ids] == [3, 3, 2, 3, 1, 0]


@given(publisher_id=st.text(max_size=40), parts=st.integers(1, 50))
def test_every_venue_is_of_one_part_and_no_other(publisher_id: str, parts: int) -> None:
    assert [shard.has(publisher_id) for shard in Shard.all(parts)].count(True) == 1


def test_parts_are_about_as_large_as_each_other() -> None:
    sizes = Counter(part_of(f"nsw-guest-house-{number}", 4) for number in range(1000))
    assert sorted(sizes) == [0, 1, 2, 3]
    assert min(sizes.values()) > 200


@pytest.mark.parametrize("typed", ["1/1", "2/4", " 4/4 ", "1000/1000"])
def test_a_shard_is_a_number_of_a_number(typed: str) -> None:
    arguments = SpiderArguments.parse({"shard": typed})
    assert arguments.model_dump(mode="json", exclude_defaults=True) == {"shard": typed.strip()}
    assert arguments.complete


@pytest.mark.parametrize(
    "typed", ["", "1", "0/4", "5/4", "1/0", "-1/4", "1/-4", "1/4/4", "01/4", "1.0/4", "١/٤", "1/1001"]
)
def test_any_other_shard_is_refused(typed: str) -> None:
    with pytest.raises(UsageError) as refused:
        SpiderArguments.parse({"shard": typed})
    sentence = "a part and the number of parts, like 2/4 (1/4 to 4/4; at most 1000 parts)"
    assert str(refused.value) == f"The spider argument shard takes {sentence}, not {typed!r}."
