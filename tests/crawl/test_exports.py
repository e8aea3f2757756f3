"""What others get of the store: in the shape that is promised, whole, and inert whatever a publisher writes."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from jsonschema import Draft202012Validator

from tests.support.accidents import KilledAt
from tests.support.filled import NOW, begin, finish, quiz, record
from tests.support.ical_js import by_ical_js
from tests.support.paths import ROOT
from tests.support.project import FORKSERVER, Project
from trivia_scraper.atomic import whole_file
from trivia_scraper.cli.tables import show_table
from trivia_scraper.db.engine import Store
from trivia_scraper.db.queries import EVERYTHING, Identity, StoredEvent, keys
from trivia_scraper.errors import BeingWrittenError, OutputError
from trivia_scraper.exports.csv import COLUMNS, write_table
from trivia_scraper.exports.geojson import write_features
from trivia_scraper.exports.ics import write_calendar
from trivia_scraper.exports.jsonl import write_lines
from trivia_scraper.exports.summary import Told
from trivia_scraper.formatting import as_cell, of_cell, plain
from trivia_scraper.items import Fee, Performer, Schedule, Venue
from trivia_scraper.site.calendar_tree import write_calendars

EVENT_SCHEMA = Draft202012Validator(json.loads((ROOT / "docs" / "event.schema.json").read_text()))
HOSTILE = {
    "page": "</script><img src=x onerror=alert(1)>&amp;\"'<!-- ]]>",
    "formula": '=HYPERLINK("http://x.example/"&A1;"win")',
    "others": "+1;=2\t@SUM(A1)\r\n-3\n'4;  =5",
    "lines": "a\r\nEND:VEVENT\r\nBEGIN:VEVENT\nb\rc\u2028d\u2029e\x85f\x0bg",
    "controls": "\0\x01\x07\x08\x1a\x1b[2J\x1b]0;title\x07\x7f\x9b",
    "directions": "\u202egpj.exe\u2066\u200f\u202c",
    "halves": "\ud800 \udfff \U0001f37a",
    "long": "x" * 10_000,
    "long words": "Ł \U0001f37a" * 2_500,
    "json": '{"a": [1, "\\u0000"]}\\',
    "empty": " ",
}
Writer = Callable[..., Told]
WRITERS: dict[str, Writer] = {
    "jsonl": write_lines,
    "csv": write_table,
    "geojson": write_features,
    "ics": partial(write_calendar, now=NOW),
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path}/trivia.db")
    yield opened
    opened.close()


@pytest.fixture
def hostile(store: Store) -> Store:
    """Every text that a publisher can write is hostile, a kind of hostility per event."""
    run_id = begin(store)
    for number, text in enumerate(HOSTILE.values()):
        venue = Venue(text, latitude=51.5, longitude=-0.1)
        for name in ("address", "postcode", "city", "region", "phone", "website", "facebook", "instagram"):
            setattr(venue, name, text)
        facts: dict[str, Any] = {
            "venue": venue,
            "name": text,
            "description": text,
            "source_url": f"https://q.example/{text}",
            "schedule": Schedule(text, 2, "19:00", "weekly", "FREQ=WEEKLY;BYDAY=TU", "Europe/London"),
            "fee": Fee(text, 500, "GBP", "person"),
            "performer": Performer(text),
        }
        pictures = [("hero", f"https://p.example/{number}?{text}", "body")]
        record(store, quiz(f"{number} {text}"[:200], **facts), run_id, pictures=pictures)
    finish(store, run_id)
    return store


def exported(store: Store, format_: str) -> str:
    out = StringIO(newline="")
    store.read(WRITERS[format_], EVERYTHING, out)
    return out.getvalue()


def stored(text: str) -> str:
    """What both engines can store of a text."""
    return re.sub("[\0\ud800-\udfff]", "\ufffd", text)


def test_lines_are_what_the_schema_says_and_harm_nobody(hostile: Store) -> None:
    text = exported(hostile, "jsonl")
    assert text.isascii()
    assert not set("<>&") & set(text)
    lines = text.split("\n")
    assert lines.pop() == ""
    assert len(lines) == len(text.splitlines()) == len(HOSTILE)
    events = [json.loads(line) for line in lines]
    for event in events:
        EVENT_SCHEMA.validate(event)
    assert {event["name"] for event in events} == {stored(each) for each in HOSTILE.values()}


def test_the_schema_refuses_what_is_no_event(hostile: Store) -> None:
    event = json.loads(exported(hostile, "jsonl").split("\n")[0])
    for harm in ({"night": "1"}, {"more": 1}, {"status": "asleep"}, {"venue": None}, {"first_seen_at": None}):
        assert not EVENT_SCHEMA.is_valid(event | harm), harm
    for name in event:
        assert not EVENT_SCHEMA.is_valid({key: value for key, value in event.items() if key != name}), name


def test_cells_are_no_formulas_and_give_their_texts_again(hostile: Store) -> None:
    rows = list(csv.DictReader(StringIO(exported(hostile, "csv"), newline=""), strict=True))
    assert len(rows) == len(HOSTILE)
    for row in rows:
        assert None not in row
        for name, cell in row.items():
            if name not in {"venue_latitude", "venue_longitude"}:
                for separator in (";", "\t", "\r", "\n"):
                    assert not [part for part in cell.split(separator) if part.lstrip()[:1] in {*"=+-@"} - {""}], cell
    assert {of_cell(row["name"]) for row in rows} == {plain(stored(each)) for each in HOSTILE.values()}


@given(st.text(alphabet=st.sampled_from("=+-@'; \t\r\na＝"), max_size=12))
def test_an_apostrophe_is_put_and_taken_away_again(text: str) -> None:
    cell = as_cell(text)
    assert of_cell(cell) == text
    assert not re.search(r"(?:\A|[;\t\r\n])\s*[=+\-@＝]", cell)


def test_every_field_of_an_event_has_a_column() -> None:
    columns = set(COLUMNS)
    parts = {"venue": Venue, "schedule": Schedule, "fee": Fee}
    expected = {f"{name}_{field.name}" for name, part in parts.items() for field in fields(part)}
    expected |= {field.name for field in fields(StoredEvent)} - {
        *parts,
        "performer",
        "images",
        "image_urls",
        "on_break",
    }
    assert expected <= columns
    assert len(columns) == len(COLUMNS)


def test_features_are_geojson(hostile: Store) -> None:
    text = exported(hostile, "geojson")
    assert not set("<>&") & set(text)
    assert text.isascii()
    collection = json.loads(text)
    assert collection.keys() == {"type", "features"}
    assert collection["type"] == "FeatureCollection"
    assert len(collection["features"]) == len({each["id"] for each in collection["features"]})
    for feature in collection["features"]:
        assert feature.keys() == {"type", "id", "geometry", "properties"}
        assert feature["type"] == "Feature"
        assert feature["geometry"] == {"type": "Point", "coordinates": [-0.1, 51.5]}, "longitude first"
    assert sum(len(each["properties"]["events"]) for each in collection["features"]) == len(HOSTILE)


def test_venues_that_are_not_on_the_map_are_counted(store: Store) -> None:
    run_id = begin(store)
    for name, latitude, longitude in (("a", 1.0, 2.0), ("b", None, None), ("c", 95.0, 1.0), ("d", float("inf"), 0.0)):
        record(store, quiz(name, venue=Venue(f"The {name}", latitude=latitude, longitude=longitude)), run_id)
    out = StringIO()
    told = store.read(write_features, EVERYTHING, out)
    assert [each["id"] for each in json.loads(out.getvalue())["features"]] == ["the-a"]
    assert told.sentence() == (
        "written: 1 venue, 1 event; left out: 1 venue whose coordinates are none, 2 venues without coordinates."
    )
    for line in exported(store, "jsonl").split("\n")[:-1]:
        json.loads(line, parse_constant=pytest.fail)


def test_calendars_are_well_formed(hostile: Store, tmp_path: Path) -> None:
    text = exported(hostile, "ics")
    events = Calendar.from_ical(text).walk("VEVENT")
    assert len(events) == text.count("\r\nBEGIN:VEVENT\r\n") == len(HOSTILE)
    assert not re.search("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", text.replace("\t", ""))
    assert all(len(line.encode()) <= 75 and "\r" not in line and "\n" not in line for line in text.split("\r\n"))
    for summary in (str(event["SUMMARY"]) for event in events):
        assert len(summary) <= 200
        assert "\n" not in summary
    allowed = {*["UID", "DTSTAMP", "LAST-MODIFIED", "CREATED", "SEQUENCE", "SUMMARY", "DTSTART", "RRULE"]}
    allowed |= {*["STATUS", "TRANSP", "LOCATION", "GEO", "DESCRIPTION", "URL"]}
    assert all(set(event) <= allowed for event in events)
    told = hostile.read(write_calendars, tmp_path / "calendars", NOW)
    files = sorted((tmp_path / "calendars").rglob("*.ics"))
    assert told.written == {"events": len(HOSTILE), "calendars": len(files)}
    assert (tmp_path / "calendars/all.ics").read_bytes() == text.encode()
    found = by_ical_js(files)
    assert sum(map(len, found.values())) == 4 * len(HOSTILE)
    of_ical_js = found[str(tmp_path / "calendars/all.ics")]
    for event in events:
        again = of_ical_js[event["UID"]]
        assert {name.upper() for name in again["names"]} == set(event)
        for name in ("SUMMARY", "LOCATION", "DESCRIPTION"):
            assert again["texts"][name.lower()] == str(event.get(name, ""))


def test_what_commands_print_does_nothing_to_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show_table([{"name": text.encode("utf-8", "replace").decode()} for text in HOSTILE.values()], ["name"], "")
    out = capsys.readouterr().out
    assert len(out.splitlines()) == len(HOSTILE)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", out)


def test_a_name_that_is_misspelled_leaves_the_file(project: Project) -> None:
    store = project.store()
    record(store, quiz("fox"), begin(store))
    store.close()
    file = project.home / "events.csv"
    done = project.scrapy("export", "--format", "csv", "-o", str(file), "--venue", "the-fox", "--town", "BALLARAT")
    assert (done.exit_code, done.stderr) == (0, "scrapy export: written: 1 event.\n")
    before = file.read_bytes()
    for option, name in (("--venue", "the-fix"), ("--publisher", "quizmaster"), ("--town", "Balarat")):
        done = project.scrapy("export", "--format", "csv", "-o", str(file), option, name)
        assert done.exit_code == 1
        assert re.fullmatch(f"scrapy export: no event .*{name}.* is stored; .*\\.\n", done.stderr), done.stderr
    for words in (
        ("--format", "xml"),
        ("--format", "csv", "--status", "asleep"),
        ("csv",),
        ("--format", "csv", "--to"),
    ):
        assert project.scrapy("export", "-o", str(file), *words).exit_code == 2
    assert file.read_bytes() == before
    assert sorted(path.name for path in project.home.iterdir()) == ["events.csv", "trivia.db"]


def test_standard_output_has_the_same_bytes(project: Project) -> None:
    store = project.store()
    run_id = begin(store)
    record(store, quiz("fox", description="zażółć\r\n"), run_id)
    finish(store, run_id)
    store.close()
    for format_ in WRITERS:
        file = project.home / f"events.{format_}"
        assert project.scrapy("export", "--format", format_, "-o", str(file)).exit_code == 0
        done = project.scrapy("export", "--format", format_)
        assert done.stdout == file.read_text(), format_  # both with universal line ends
    assert "\r\n" in (project.home / "events.csv").read_bytes().decode()
    delta = project.scrapy("changes", "--since", str(run_id))
    assert [json.loads(line)["op"] for line in delta.stdout.splitlines()] == ["changes", "put"]
    assert (
        project.scrapy("changes", "--since", "77").stderr
        == "scrapy changes: there is no run 77; `scrapy runs` lists them.\n"
    )
    assert project.scrapy("changes").exit_code == 2


@pytest.mark.parametrize("step", ["begun", "written", "renamed"])
def test_a_killed_export_leaves_the_old_file_or_the_new_one(project: Project, step: str) -> None:
    store = project.store()
    record(store, quiz("fox"), begin(store))
    file = project.home / "events.jsonl"
    file.write_text("old")
    killed = KilledAt(f"trivia_scraper.file.{step}")
    assert project.scrapy("export", "--format", "jsonl", "-o", str(file), accident=killed).exit_code == -9
    assert file.read_text() == (exported(store, "jsonl") if step == "renamed" else "old")
    store.close()


def overwrite(file: Path, accident: KilledAt | None = None) -> None:
    if accident:
        accident()
    with whole_file(file) as out:
        for _ in range(2000):
            out.write("new line\n")


@pytest.mark.parametrize("step", ["begun", "written", "synced", "renamed"])
@pytest.mark.parametrize("before", [None, "old"])
def test_killed_at_any_moment_the_file_is_the_old_one_or_the_new_one(
    tmp_path: Path, step: str, before: str | None
) -> None:
    file = tmp_path / "events.jsonl"
    if before is not None:
        file.write_text(before)
    process = FORKSERVER.Process(target=overwrite, args=(file, KilledAt(f"trivia_scraper.file.{step}")))
    process.start()
    process.join()
    assert process.exitcode == -9
    if step == "renamed":
        assert file.read_text() == "new line\n" * 2000
    else:
        assert (file.read_text() if file.exists() else None) == before
    overwrite(file)
    assert file.read_text() == "new line\n" * 2000
    assert [path.name for path in tmp_path.iterdir()] == ["events.jsonl"], "what was left is used again"


def test_a_failure_leaves_the_old_file_alone(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text("old")
    file.chmod(0o640)
    with pytest.raises(UnicodeEncodeError), whole_file(file) as out:
        out.writelines(["new", "\ud800"])
    assert [path.name for path in tmp_path.iterdir()] == ["events.jsonl"]
    assert file.read_text() == "old"
    link = tmp_path / "link.jsonl"
    link.symlink_to(file)
    overwrite(link)
    assert link.is_symlink()
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("new line\n" * 2000, 0o640)


def test_two_do_not_write_one_file(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    with whole_file(file) as out:
        with pytest.raises(BeingWrittenError):
            overwrite(file)
        out.write("first")
    assert file.read_text() == "first"
    with pytest.raises(OutputError, match="is no file"):
        overwrite(tmp_path)
    with pytest.raises(OutputError, match="No such file"):
        overwrite(tmp_path / "nowhere" / "events.jsonl")


def test_the_order_is_that_of_the_identities_on_both_engines(request: pytest.FixtureRequest, database: str) -> None:
    store = Store(database)
    run_id = begin(store)
    for name in ("b", "A", "ä", "a b", "a-b", "B", "10", "9"):
        record(store, quiz(name), run_id)
    found = [key.identity for key in store.read(keys)]
    store.close()
    assert found == sorted(found)
    assert found[0] == Identity("quizmeisters", "10", 1)
