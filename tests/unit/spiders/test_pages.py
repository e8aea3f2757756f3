"""Every recorded page, read by a spider that has no crawler, gives exactly the recorded requests and events."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests import record

EVENT = (
    *("publisher", "publisher_id", "source_url", "name", "description", "on_break", "venue", "schedule", "fee"),
    *("performer", "image_urls", "images", "scraped_at"),
)


@pytest.mark.parametrize("case", record.cases(), ids=lambda case: f"{case.parent.name}/{case.name}")
def test_a_page_gives_what_is_recorded(case: Path) -> None:
    assert record.run(case) == record.expected(case)


@pytest.mark.parametrize("case", record.cases(), ids=lambda case: f"{case.parent.name}/{case.name}")
def test_a_recorded_event_is_whole_in_the_order_of_items(case: Path) -> None:
    for each in record.expected(case)["found"]:
        events = each["request"].get("events", []) if "request" in each else [each["event"]]
        assert all(tuple(event) == EVENT for event in events)


def test_a_page_is_read_the_same_twice() -> None:
    case = record.PAGES / "quizmeisters" / "venue-full"
    assert record.run(case) == record.run(case)


def test_a_page_that_changed_is_shown_and_recorded_only_on_demand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def rerecord(*words: object) -> str:
        monkeypatch.setattr("sys.argv", ["tests.record", *map(str, words)])
        record.main()
        printed = capsys.readouterr()
        assert printed.err == ""
        return printed.out

    publisher = tmp_path / "quizmeisters"
    for name in ("listing", "venue-full"):
        shutil.copytree(record.PAGES / "quizmeisters" / name, publisher / name)
    case = publisher / "venue-full"
    page = case / "body.html"
    page.write_text(page.read_text("utf-8").replace("Robin", "Wren"), "utf-8")
    before = (case / "expected.json").read_bytes()

    shown = rerecord(case)
    assert '-     "name": "Robin",' in shown.splitlines()
    assert '+     "name": "Wren",' in shown.splitlines()
    assert (case / "expected.json").read_bytes() == before

    assert rerecord(case, "--write") == shown
    assert record.run(case) == record.expected(case)
    assert rerecord(case) == ""
