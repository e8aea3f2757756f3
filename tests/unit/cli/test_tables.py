"""Tables that fit on a terminal of 80 columns, and complete output for programs."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.hostile_texts import HOSTILE
from trivia_scraper.cli.tables import show_changes, show_json, show_json_rows, show_table
from trivia_scraper.clock import utc_now
from trivia_scraper.commands import health, images, runs, venues
from trivia_scraper.db.venue_matching import Pair

DIGEST = "8dc9643c5db6eec44715ba7e12d6ecdb567f38ce149746450238663ca6b9dfff"
NOW = utc_now().replace(microsecond=0)
RUN = {
    **{"id": 12345, "publisher": "geeks_who_drink", "started_at": NOW, "finished_at": NOW, "verdict": "passed"},
    **{"reasons": [], "warnings": [], "arguments": {"force_refresh_images": True, "limit": 5}, "job_id": None},
}
IMAGE = {
    **{"venue": "the-old-commercial-hotel-wagga", "kind": "performer", "fetched_at": NOW, "checked_at": NOW},
    **{"path": f"performers/the-old-commercial-hotel-wagga/{DIGEST[:24]}_priya-nandakumar.jpg", "bytes": 123456},
    **{"status": "downloaded", "reason": "unchanged", "placeholder": None},
}
IMAGE["file"] = IMAGE["path"]
HEALTH = {
    **{"publisher": "geeks_who_drink", "verdict": "passed", "last_good_at": NOW, "age_hours": 123.4},
    **{"events": 1020, "failed_images": 100.0, "next_run_expected_at": NOW},
}


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Return a function that shows a row on a terminal of the given width."""

    def shown(columns: int, row: dict[str, Any], narrow: dict[str, str] | None = None) -> str:
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        monkeypatch.setenv("COLUMNS", str(columns))
        show_table([row], row, "", narrow)
        return re.sub("\x1b\\[[0-9]*m", "", capsys.readouterr().out)

    return shown


@pytest.mark.parametrize(
    ("row", "narrow"),
    [(RUN, runs.NARROW), (IMAGE, images.NARROW_STATUS), (HEALTH, health.NARROW)],
    ids=["runs", "images", "health"],
)
def test_eighty_columns_break_no_word(
    on_terminal: Callable[..., str], row: dict[str, Any], narrow: dict[str, str]
) -> None:
    out = on_terminal(80, row, narrow)
    assert max(map(len, out.splitlines())) <= 80
    assert f"{NOW:%d %b %H:%M}" in out
    assert "(UTC)" in out
    for column in {"publisher", "venue", "kind", "verdict", "status", "reason"} & set(narrow):
        assert str(row[column]) in out


def test_arguments_are_shown_as_they_are_typed(on_terminal: Callable[..., str]) -> None:
    arguments = {"venue": ["the-fox", "the-hound"], "force_refresh_images": True, "limit": 5}
    failed = RUN | {"arguments": arguments, "reasons": ["the listing names 3 venues, but 800 in the last good run"]}
    for columns, row in ((80, RUN | {"arguments": arguments}), (80, failed), (300, failed)):
        out = on_terminal(columns, row | {"notes": list(runs._notes(row))}, runs.NARROW)
        for word in ("venue=the-fox,the-hound", "force_refresh_images=true", "limit=5"):
            assert word in out, columns


@pytest.mark.parametrize("columns", [80, 100])
def test_long_values_use_the_remaining_width(on_terminal: Callable[..., str], columns: int) -> None:
    lines = on_terminal(columns, IMAGE, images.NARROW_STATUS).splitlines()
    assert "".join(line[: lines[0].index("fetched")].strip() for line in lines[1:]) == IMAGE["path"]
    assert len(lines) <= 4
    reason = "the listing https://listings.example/of/all/venues names 3 venues, but 800 in the last good run"
    row = RUN | {"reasons": [reason], "arguments": {}}
    lines = on_terminal(columns, row | {"notes": list(runs._notes(row))}, runs.NARROW).splitlines()
    assert len(lines) <= 6


def test_image_without_file_shows_its_venue() -> None:
    row = {"venue": "the-fox", "kind": "hero", "path": None, "placeholder": False, "shared_by": 0, "id": 1}
    assert images._status_row(row, as_json=False)["file"] == "the-fox: no hero image"
    assert "file" not in images._status_row(row, as_json=True)


def test_change_is_one_text_on_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = f"venues/the-old-commercial-hotel-wagga/{DIGEST[:24]}_nsw-the-old-commercial-hotel-1b4f0e98.jpg"
    changes: list[dict[str, Any]] = [
        {"entity": "image", "of": path, "field": "content", "old": "75,676 bytes", "new": "77,548 bytes"},
        {"entity": "event", "of": "fox", "field": "new", "old": None, "new": "Quiz at The Fox: Tuesdays at 7pm"},
    ]
    show_changes(changes, "")
    assert capsys.readouterr().out.splitlines()[:2] == [
        "entity\tof\tfield\told\tnew",
        f"image\t{path}\tcontent\t75,676 bytes\t77,548 bytes",
    ]
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    show_changes(changes, "")
    out = capsys.readouterr().out
    assert "content: 75,676 bytes -> 77,548 bytes" in out
    assert "new: Quiz at The Fox: Tuesdays at 7pm" in out
    assert len(out.splitlines()) <= 6
    show_changes([], "It changed nothing.")
    assert capsys.readouterr().out == "It changed nothing.\n"


def test_addresses_are_broken_before_slugs(on_terminal: Callable[..., str]) -> None:
    first, second = ("the-old-commercial-and-railway-hotel-wagga-wagga", "commercial-hotel-wagga")
    pair = Pair(first, second, ["geeks_who_drink"], ["quizmeisters", "pubquiz"], 123.4, 0.91, "different")
    places = {first: ("12 Fitzmaurice Street", "Wagga Wagga"), second: ("14 Fitzmaurice St", None)}
    for row in venues._pair_rows([pair], places):
        out = on_terminal(80, row)
        assert max(map(len, out.splitlines())) <= 80
        assert str(row["venue"]) in out


def test_digests_and_times_are_shortened_on_narrow_terminal(on_terminal: Callable[..., str]) -> None:
    change = {"of": "venues/the-bowerbird", "old": DIGEST, "new": DIGEST[::-1], "at": datetime(2020, 1, 2, tzinfo=UTC)}
    out = on_terminal(80, change)
    assert DIGEST[:12] in out
    assert DIGEST[:13] not in out
    assert "02 Jan 2020 00:00" in out
    assert DIGEST in on_terminal(200, change)


def test_pipe_gets_complete_values(capsys: pytest.CaptureFixture[str]) -> None:
    show_table([IMAGE], IMAGE, "", images.NARROW_STATUS)
    heading, line = capsys.readouterr().out.splitlines()
    assert heading.split("\t") == list(IMAGE)
    fields = line.split("\t")
    assert len(fields) == len(IMAGE)
    assert {IMAGE["path"], f"{NOW:%Y-%m-%dT%H:%M:%SZ}"} <= set(fields)


def test_pipe_gets_only_headings_of_empty_list(capsys: pytest.CaptureFixture[str]) -> None:
    show_table([], ["run", "verdict"], "No run matches.")
    assert capsys.readouterr() == ("run\tverdict\n", "No run matches.\n")


def test_terminal_gets_sentence_for_empty_list(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    show_table([], ["run", "verdict"], "No run matches.")
    assert capsys.readouterr() == ("No run matches.\n", "")


@pytest.mark.parametrize("empty", [None, "", [], {}])
def test_empty_value_is_shown_as_dash(capsys: pytest.CaptureFixture[str], empty: object) -> None:
    show_table([{"reasons": empty, "run": 0}], ["reasons", "run"], "")
    assert capsys.readouterr().out == "reasons\trun\n-\t0\n"


def test_output_has_no_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    show_table([{"name": text.encode("utf-8", "replace").decode()} for text in HOSTILE.values()], ["name"], "")
    out = capsys.readouterr().out
    assert len(out.splitlines()) == 1 + len(HOSTILE)  # with the heading line
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", out)


def test_streamed_json_equals_the_whole_list(capsys: pytest.CaptureFixture[str]) -> None:
    nested: list[dict[str, Any]] = [{"a": [1, {"b": "x\ny\u2028"}], "c": datetime.now(UTC), "d": []}, {"e": None}]
    lists: tuple[list[dict[str, Any]], ...] = ([], [{}], nested)
    for rows in lists:
        show_json(rows)
        expected = json.loads(capsys.readouterr().out)
        show_json_rows(iter(rows))
        out = capsys.readouterr().out
        assert json.loads(out) == expected
        assert out.count("\n") == (len(rows) + 2 if rows else 1)
