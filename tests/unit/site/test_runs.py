"""Pages about runs of a store that was filled by hand."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from parsel import Selector
from PIL import Image
from sqlalchemy import delete, insert, select

from tests.support.filled import begin, quiz, record
from trivia_scraper.db import runs
from trivia_scraper.db.engine import Store
from trivia_scraper.db.schema import events as events_table
from trivia_scraper.db.schema import history, past_images, venues
from trivia_scraper.db.schema import runs as runs_table
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.items import Event, Venue
from trivia_scraper.site.build import build
from trivia_scraper.site.run_views import SHOWN
from trivia_scraper.site.runs import PAGES

HOSTILE = "</script><img src=x onerror=alert(1)>\u202e\x07\x1b[31m"


NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def page(site: Path, path: str) -> Selector:
    # Cells and the like stand apart, also without a space between them.
    return Selector(re.sub(r"<(?=(td|th|dt|dd|li|p|div)\b)", " <", (site / path).read_text()))


def text(of: Selector) -> str:
    return " ".join(str(of.xpath("string(.)").get()).split())


def jpeg(colour: str, side: int = 60, quality: int = 85, width: int | None = None, *, turned: bool = False) -> bytes:
    """One half of it is black, so that there is an outline."""
    width = width or side
    image = Image.new("RGB", (width, side), colour)
    image.paste("black", (0, 0, width // 2, side) if turned else (0, 0, width, side // 2))
    file = BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def replace(
    store: Store,
    run_id: int,
    slug_of: Event,
    body: bytes | None,
    before: str,
    after: str,
    original: str | None = None,
    **facts: Any,
) -> None:
    """As if `after` had come in the place of `before`, with that thumbnail."""
    size = {"url": "https://a.example/x.jpg", "format": "JPEG", "bytes": 1000, "width": 600, "height": 400}
    with store.engine.begin() as connection:
        venue_id = connection.scalar(select(venues.c.id).filter_by(slug=slug_of.venue.slug))
        row = {"run_id": run_id, "at": NOW, "venue_id": venue_id, "kind": "hero", "url": size["url"], "thumb": body}
        row["original"] = original
        told = {"before": size | {"sha256": before}, "after": size | {"sha256": after} | facts}
        connection.execute(insert(past_images), row | told)


def test_what_happened_to_an_image_is_said(store: Store, tmp_path: Path) -> None:
    files = LocalFileStore(tmp_path / "images")
    first = begin(store, NOW)
    pubs = {name: quiz(name) for name in ("smaller", "webp", "blue", "own", "lost", "junk", *"abcdef")}
    for name, event in pubs.items():
        body = "the placeholder" if name in "abcdef" else name
        record(store, event, first, NOW, [("hero", f"https://a.example/{name}.jpg", body)], files)
    everywhere = hashlib.sha256(b"the placeholder").hexdigest()
    run, later = (begin(store, NOW + timedelta(hours=hours)) for hours in (1, 2))
    for name, before, after, facts in (
        ("smaller", jpeg("red"), jpeg("red", side=50), {"width": 300, "height": 200}),
        ("webp", jpeg("red"), jpeg("red", quality=50), {"format": "WEBP"}),
        ("blue", jpeg("red"), jpeg("blue"), {}),
        ("lost", None, jpeg("red"), {}),
        ("junk", jpeg("red"), b"<html>", {}),
    ):
        replace(store, run, pubs[name], before, "1", "2", **facts)
        replace(store, later, pubs[name], after, "2", "3")
    replace(store, run, pubs["own"], jpeg("red"), everywhere, "2")
    replace(store, run, pubs["a"], jpeg("red"), "1", everywhere)
    build(store, files, tmp_path / "site", base_url=None, now=NOW + timedelta(hours=3))
    found = page(tmp_path / "site", f"runs/{run}.html")
    said = {text(pair.css("h4")[0]): text(pair.css(".happened")[0]) for pair in found.css(".pairs > li")}
    assert said == {
        "The smaller": "The same image, in another size",
        "The webp": "The same image, now as WEBP",
        "The blue": "The same image with other colours, another text or other edges",
        "The own": "Its own image instead of one that many pubs show",
        "The a": "An image that many other pubs show too: a placeholder, or the chain’s own",
        "The lost": "Another file; one of the two is not kept, so they cannot be compared",
        "The junk": "Another file; one of the two is not kept, so they cannot be compared",
    }
    assert b"<html>" not in [path.read_bytes() for path in (tmp_path / "site/changes").iterdir()]


def test_altered_images_are_shown_whole(store: Store, tmp_path: Path) -> None:
    files = LocalFileStore(tmp_path / "images")
    wide = {colour: jpeg(colour, width=120) for colour in ("red", "blue")}
    before, after = (hashlib.sha256(body).hexdigest() for body in wide.values())
    first = begin(store, NOW)
    pubs = {name: quiz(name) for name in ("kept", "damaged", "lost", "new")}
    for name, event in pubs.items():
        record(store, event, first, NOW, [("hero", f"https://a.example/{name}.jpg", wide["blue"])], files)
    files.write("replaced/red.jpg", wide["red"])
    files.write("replaced/damaged.jpg", wide["blue"])
    files.write("replaced/new.jpg", turned := jpeg("red", width=120, turned=True))
    run, later = (begin(store, NOW + timedelta(hours=hours)) for hours in (1, 2))
    other = "0" * 64
    for name, digest, original, thumb in (
        ("kept", before, "replaced/red.jpg", jpeg("red")),
        ("damaged", other, "replaced/damaged.jpg", jpeg("red")),
        ("lost", "1" * 64, None, jpeg("red")),
        ("new", hashlib.sha256(turned).hexdigest(), "replaced/new.jpg", jpeg("red", turned=True)),
    ):
        replace(store, run, pubs[name], thumb, digest, after, original)
        replace(store, later, pubs[name], jpeg("blue"), after, "3")
    build(store, files, tmp_path / "site", base_url=None, now=NOW + timedelta(hours=3))
    found = page(tmp_path / "site", f"runs/{run}.html")
    pairs = {text(pair.css("h4")[0]): pair for pair in found.css(".pairs > li")}
    sizes = {name: [[*each.attrib.values()][-2:] for each in pair.css("img")] for name, pair in pairs.items()}
    links = {name: pair.css("figcaption a::attr(href)").getall() for name, pair in pairs.items()}
    assert sizes.pop("The kept") == [["120", "60"]] * 2
    assert sizes == dict.fromkeys(("The damaged", "The lost", "The new"), [["60", "60"]] * 2)
    assert {name: len(some) for name, some in links.items()} == {
        "The kept": 2,
        "The damaged": 1,
        "The lost": 1,
        "The new": 1,
    }
    assert all((tmp_path / "site/runs" / link).is_file() for some in links.values() for link in some)
    with Image.open(tmp_path / "site/runs" / links["The kept"][0]) as shown:
        assert (shown.format, shown.size) == ("JPEG", (120, 60))


def test_missing_venues_of_one_name_are_counted_each(store: Store, tmp_path: Path) -> None:
    run = begin(store, NOW)
    for publisher_id, city in (("1", "Leeds"), ("2", "York")):
        record(store, quiz(publisher_id, venue=Venue("Red Lion", city=city, country="GB")), run, NOW)
    with store.engine.begin() as connection:
        row = {"run_id": run, "at": NOW, "entity": "event", "field": "status", "old": "active", "new": "missing"}
        ids = connection.scalars(select(events_table.c.id)).all()
        connection.execute(insert(history), [row | {"entity_id": each} for each in ids])
    build(store, LocalFileStore(tmp_path / "images"), tmp_path / "site", base_url=None, now=NOW)
    shown = page(tmp_path / "site", f"runs/{run}.html")
    assert "2 venues missing" in text(shown.css(".summary")[0])
    assert [text(title) for title in shown.css("#became-missing")] == ["Missing 2"]


def test_texts_of_publishers_stay_texts_and_long_runs_stay_short(store: Store, tmp_path: Path) -> None:
    files = LocalFileStore(tmp_path / "images")
    run = begin(store, NOW, publisher=HOSTILE[:64])
    event = quiz(HOSTILE, HOSTILE[:64], name=HOSTILE * 40)
    record(store, event, run, NOW)
    with store.engine.begin() as connection:
        event_id = connection.scalar(select(events_table.c.id))
        row = {"run_id": run, "at": NOW, "entity": "event", "entity_id": event_id}
        values = [{"field": f"f{HOSTILE}"[:64], "old": HOSTILE * 30, "new": [HOSTILE]} for _ in range(SHOWN + 7)]
        connection.execute(insert(history), [row | each for each in values])
    counts = {HOSTILE: 1, "images/failed": 2, "venues/listed": 3}
    outcome = runs.Outcome(HOSTILE, "failed", [HOSTILE * 50], counts, {HOSTILE: [7, 3]}, [HOSTILE * 50])
    store.run(runs.finish_run, run, outcome, NOW)
    for _ in range(PAGES + 3):
        begin(store, NOW, publisher=HOSTILE[:64])
    build(store, files, tmp_path / "site", base_url=None, now=NOW)
    assert len(list((tmp_path / "site/runs").iterdir())) == PAGES
    with store.engine.begin() as connection:
        connection.execute(delete(runs_table).where(runs_table.c.id > run))
    build(store, files, tmp_path / "site", base_url=None, now=NOW)
    for path in (f"runs/{run}.html", "runs.html", "dashboard.html"):
        body = (tmp_path / "site" / path).read_text()
        assert "<img src=x" not in body
        assert not re.search("[\u202e\x07\x1b]", body)
        assert Selector(body).css("[onerror], script:not([src])") == [], path
    body = (tmp_path / "site" / f"runs/{run}.html").read_text()
    assert "And 7 more changes" in body
    assert '<ul class="warnings"><li>' in body
    assert "<dd>3 of 7</dd>" in body
    assert len(body) < 600_000
    for plot in (tmp_path / "site/charts").iterdir():
        ElementTree.fromstring(plot.read_bytes())
        assert b"<img" not in plot.read_bytes()
