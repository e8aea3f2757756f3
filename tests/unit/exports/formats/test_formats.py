"""Formats of exports: they are valid, and inert whatever a publisher writes."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from jsonschema import Draft202012Validator

from tests.support.cells import from_cell
from tests.support.filled import NOW, begin, finish, quiz, record
from tests.support.hostile_texts import HOSTILE
from tests.support.ical_js import by_ical_js
from tests.support.paths import ROOT
from trivia_scraper.db.engine import Store
from trivia_scraper.db.queries import EVERYTHING
from trivia_scraper.exports.formats import FORMATS, geojson, writer
from trivia_scraper.exports.formats import csv as csv_export
from trivia_scraper.formatting import replace_controls
from trivia_scraper.items import Fee, Performer, Schedule, Venue
from trivia_scraper.site.calendar_tree import write_calendars

EVENT_SCHEMA = Draft202012Validator(json.loads((ROOT / "docs" / "event.schema.json").read_text()))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(f"sqlite:///{tmp_path}/trivia.db")
    yield opened
    opened.close()


@pytest.fixture
def hostile(store: Store) -> Store:
    """Return a database in which all texts of publishers are hostile, with one kind of hostile text per event."""
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
        images = [("hero", f"https://p.example/{number}?{text}", "body")]
        record(store, quiz(f"{number} {text}"[:200], **facts), run_id, images=images)
    finish(store, run_id)
    return store


def exported(store: Store, format_: str) -> str:
    out = StringIO(newline="")
    store.read(writer(format_), EVERYTHING, out, NOW)
    return out.getvalue()


def stored(text: str) -> str:
    """Return the text as both engines store it."""
    return re.sub("[\0\ud800-\udfff]", "\ufffd", text)


@pytest.mark.parametrize("name", FORMATS)
def test_format_has_function_and_documentation(name: str) -> None:
    module = f"exports/formats/{name.replace('-', '_')}.py"
    has_write = hasattr(import_module(f"trivia_scraper.exports.formats.{name.replace('-', '_')}"), "write")
    assert has_write, f"{module}: add a function `write`, or move it to exports/"
    page = (ROOT / "docs" / "exports.md").read_text()
    assert f"scrapy export --format {name} " in page, f"docs/exports.md: describe the format {name} of {module}"


def test_json_lines_match_the_schema_and_are_inert(hostile: Store) -> None:
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


def test_schema_refuses_invalid_events(hostile: Store) -> None:
    event = json.loads(exported(hostile, "jsonl").split("\n")[0])
    for harm in ({"night": "1"}, {"more": 1}, {"status": "asleep"}, {"venue": None}, {"first_seen_at": None}):
        assert not EVENT_SCHEMA.is_valid(event | harm), harm
    for name in event:
        assert not EVENT_SCHEMA.is_valid({key: value for key, value in event.items() if key != name}), name


def test_cells_are_not_formulas_and_can_be_restored(hostile: Store) -> None:
    rows = list(csv.DictReader(StringIO(exported(hostile, "csv"), newline=""), strict=True))
    assert len(rows) == len(HOSTILE)
    for row in rows:
        assert None not in row
        for name, cell in row.items():
            if name not in {"venue_latitude", "venue_longitude"}:
                for separator in (";", "\t", "\r", "\n"):
                    assert not [part for part in cell.split(separator) if part.lstrip()[:1] in {*"=+-@"} - {""}], cell
    assert {from_cell(row["name"]) for row in rows} == {replace_controls(stored(each)) for each in HOSTILE.values()}


def test_telephone_numbers_have_no_apostrophe(store: Store) -> None:
    record(store, quiz("fox", venue=Venue("The Fox", country="GB", phone="+442079460958")), begin(store))
    (row,) = csv.DictReader(StringIO(exported(store, "csv"), newline=""))
    assert row["venue_phone"] == "+442079460958"


def test_csv_for_excel_has_a_byte_order_mark_and_spaced_telephone_numbers(store: Store) -> None:
    for number, phone in enumerate(("+442079460958", "+14155550100", None)):
        record(store, quiz(f"fox{number}", venue=Venue("Zażółć", city=str(number), phone=phone)), begin(store))
    text = exported(store, "csv-excel")
    assert text.encode().startswith(b"\xef\xbb\xbfpublisher,")
    rows = list(csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline="")))
    assert [row["venue_phone"] for row in rows] == ["+44 20 7946 0958", "+1 415 555 0100", ""]
    assert rows[0]["venue_name"] == "Zażółć"


def test_geojson_features_are_valid(hostile: Store) -> None:
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
        assert feature["properties"].keys() == set(csv_export.COLUMNS) - {"venue_latitude", "venue_longitude"}
        assert not any(isinstance(value, (dict, list)) for value in feature["properties"].values()), "flat, for filters"
    assert len(collection["features"]) == len(HOSTILE)


def test_geojson_counts_events_without_coordinates(store: Store) -> None:
    run_id = begin(store)
    for name, latitude, longitude in (("a", 1.0, 2.0), ("b", None, None), ("c", 95.0, 1.0), ("d", float("inf"), 0.0)):
        record(store, quiz(name, venue=Venue(f"The {name}", latitude=latitude, longitude=longitude)), run_id)
    out = StringIO()
    summary = store.read(geojson.write, EVERYTHING, out, NOW)
    assert [each["id"] for each in json.loads(out.getvalue())["features"]] == ["quizmeisters/a/1"]
    assert summary.describe() == (
        "written: 1 event; left out: 1 event with invalid coordinates, 2 events without coordinates."
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
    done = hostile.read(write_calendars, tmp_path / "calendars", NOW)
    files = sorted((tmp_path / "calendars").rglob("*.ics"))
    assert done.written == {"events": len(HOSTILE), "calendars": len(files)}
    assert (tmp_path / "calendars/all.ics").read_bytes() == text.encode()
    found = by_ical_js(files)
    assert sum(map(len, found.values())) == 4 * len(HOSTILE)
    of_ical_js = found[str(tmp_path / "calendars/all.ics")]
    for event in events:
        again = of_ical_js[event["UID"]]
        assert {name.upper() for name in again["names"]} == set(event)
        for name in ("SUMMARY", "LOCATION", "DESCRIPTION"):
            assert again["texts"][name.lower()] == str(event.get(name, ""))
