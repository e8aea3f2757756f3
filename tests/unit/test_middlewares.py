"""Which rejections of a listing count when the listing also names the venue."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from scrapy import Request

from trivia_scraper.middlewares import VenueSelection


async def nothing(*_: Any) -> None:
    pass


def test_other_entry_of_a_listed_venue_is_not_a_rejection(monkeypatch: pytest.MonkeyPatch) -> None:
    """A venue on an earlier page was skipped, so only its bingo night was read."""
    selection = VenueSelection.__new__(VenueSelection)
    selection.run = SimpleNamespace(store=SimpleNamespace(run_in_thread=nothing))  # type: ignore[assignment]
    selection.decided, selection.marked = {"skipped": False, "visited": True}, {"skipped", "visited"}
    selection.in_order = asyncio.Lock()
    monkeypatch.setattr(selection, "_read_visits", nothing)
    monkeypatch.setattr(
        selection, "_is_wanted", lambda found, _: selection.decided.setdefault(found.meta["publisher_id"], True)
    )
    rejected = dict.fromkeys(("here", "skipped", "visited", "bingo"), "other_show")
    spider = SimpleNamespace(name="pub", arguments=None, rejected=rejected)
    asyncio.run(selection._choose(spider, [Request("https://pub.example/", meta={"publisher_id": "here"})]))
    assert set(rejected) == {"visited", "bingo"}, "the page of a visited venue may have rejected it"
