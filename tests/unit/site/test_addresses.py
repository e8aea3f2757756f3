"""Addresses of one version of the site in the next one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import feedparser
import pytest
from icalendar import Calendar
from parsel import Selector
from sqlalchemy import update

from tests.support.drawn import encoded, noise
from tests.support.filled import NOW, WEEKLY, begin, finish, image_record, quiz, record, store_image
from trivia_scraper.db import events as stored_events
from trivia_scraper.db.engine import Store
from trivia_scraper.db.schema import events, venues
from trivia_scraper.db.venue_merges import merge
from trivia_scraper.db.venues import identify_venue
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.items import Event, ImageResult, Venue
from trivia_scraper.site.build import build

BASE = "https://quiz.example/nights/"
pytestmark = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


class Site:
    """A store that is filled by hand, and the site of it."""

    def __init__(self, store: Store, home: Path) -> None:
        self.store = store
        self.files = LocalFileStore(home / "images")
        self.root = home / "site"

    def add(self, *quizzes: Event) -> None:
        run = begin(self.store)
        for event in quizzes:
            record(self.store, event, run)
        finish(self.store, run)

    def build(self, **options: Any) -> None:
        given: dict[str, Any] = {"base_url": BASE, "now": NOW}
        build(self.store, self.files, self.root, **given | options)

    def page(self, path: str) -> Selector:
        return Selector((self.root / path).read_text())

    def images(self) -> set[str]:
        return {path.name for path in (self.root / "images").glob("*.jpg")}


@pytest.fixture
def site(store: Store, tmp_path: Path) -> Site:
    return Site(store, tmp_path)


def at(publisher_id: str, **place: Any) -> Event:
    given: dict[str, Any] = {"address": "1 High St", "city": "Ballarat", "latitude": -37.56, "longitude": 143.86}
    return quiz(publisher_id, venue=Venue(f"The {publisher_id}", **given | place))


def test_replaced_image_stays_for_one_version(site: Site) -> None:
    seen: list[set[str]] = []
    for width in (60, 70, 80, 80):
        put_image(site, encoded(noise(width, 50), "JPEG"))
        site.build()
        seen.append(site.images())
    first, second, third, fourth = seen
    shown = [images - before for images, before in zip(seen, [set(), *seen], strict=False)]
    assert all(shown[:3])
    assert second == shown[0] | shown[1]
    assert third == shown[1] | shown[2], "that of the first version is dropped"
    assert fourth == shown[2]
    assert first == shown[0]


def put_image(site: Site, body: bytes) -> None:
    """Store an image of the fox, as a crawl does after the publisher changed it."""
    event, run = at("fox"), begin(site.store)
    event.venue.slug = site.store.run(identify_venue, event.publisher, event.publisher_id, event.venue, NOW)
    before = image_record(site.store, event, "hero", "https://q.example/fox.jpg")
    store_image(site.store, before, body, run, files=site.files)
    event.images = [ImageResult("hero", "https://q.example/fox.jpg", status="downloaded", reason="new", changed=True)]
    site.store.run(stored_events.record_event, event, run, NOW)
    finish(site.store, run)


def test_merged_venue_leads_to_the_kept_one(site: Site) -> None:
    site.add(at("fox"), at("hound", address="2 High St"), at("hare", address="3 High St"))
    site.build()
    before = {path.name for path in (site.root / "venues").iterdir()}
    for kept, gone in (("hound", "fox"), ("hare", "hound")):
        site.store.run(merge, site.files, f"the-{kept}", f"the-{gone}", NOW)
    site.build()
    assert before == {path.name for path in (site.root / "venues").iterdir()}
    for gone in ("the-fox", "the-hound"):
        page = site.page(f"venues/{gone}.html")
        assert page.xpath("//meta[@http-equiv='refresh']/@content").get() == "0; url=../venues/the-hare.html"
        assert page.css("main a::attr(href)").get() == "../venues/the-hare.html"
        assert page.xpath("//link[@rel='canonical']/@href").get() == f"{BASE}venues/the-hare.html"
        assert page.xpath("//meta[@name='robots']/@content").get() == "noindex"
        assert (site.root / f"venues/{gone}.ics").read_bytes() == (site.root / "venues/the-hare.ics").read_bytes()


def test_calendar_of_a_venue_that_is_over_stays(site: Site) -> None:
    site.add(at("fox"), at("hound"))
    site.build()
    run = begin(site.store)
    with site.store.engine.begin() as connection:
        connection.execute(update(events).values(status="gone", updated_at=NOW))
    finish(site.store, run)
    later = NOW + timedelta(days=100)
    for _ in range(2):
        site.build(now=later)
        calendar = Calendar.from_ical((site.root / "venues/the-fox.ics").read_bytes())
        assert calendar.walk("VEVENT") == []
        assert site.page("venues/the-fox.html").css("a[href$='.ics']") == []


def test_town_that_is_named_otherwise_leads_on(site: Site) -> None:
    site.add(at("fox", city="Springfield", country="US"), at("hound", city="Ballarat", country="AU"))
    site.build()
    assert (site.root / "towns/us-springfield.html").exists()
    before = feedparser.parse(str(site.root / "towns/au-ballarat.atom"))
    with site.store.engine.begin() as connection:
        connection.execute(update(venues).filter_by(slug="the-fox").values(region="IL"))
        connection.execute(update(venues).filter_by(slug="the-hound").values(city="Bendigo"))
    for _ in range(2):
        site.build()
        target = site.page("towns/us-springfield.html").xpath("//meta[@http-equiv='refresh']/@content").get()
        assert target == "0; url=../towns/us-il-springfield.html"
        page = site.page("towns/au-ballarat.html")
        assert page.css("main a::attr(href)").get() == "../towns.html"
        assert "No pub is listed under this town any more." in page.get()
        assert Calendar.from_ical((site.root / "towns/au-ballarat.ics").read_bytes()).walk("VEVENT") == []
        feed = feedparser.parse(str(site.root / "towns/au-ballarat.atom"))
        assert feed.entries == []
        assert feed.feed.id == before.feed.id
    site.build(now=NOW + timedelta(days=1))
    assert feedparser.parse(str(site.root / "towns/au-ballarat.atom")).feed.updated == "2026-11-22T03:30:00Z"


def test_change_of_a_venue_is_a_change_of_its_pages(site: Site) -> None:
    site.add(at("fox"), at("hound", city="Bendigo"))
    moved, later = at("fox", address="2 High St"), NOW + timedelta(days=3)
    record(site.store, moved, begin(site.store, later), later)
    site.build(now=later)
    sitemap = Selector((site.root / "sitemap.xml").read_bytes().decode(), type="xml")
    sitemap.remove_namespaces()
    dated = {url.xpath("loc/text()").get(): url.xpath("lastmod/text()").get() for url in sitemap.xpath("//url")}
    assert dated[f"{BASE}venues/the-fox.html"] == "2026-11-25T03:30:00Z"
    assert dated[f"{BASE}venues/the-hound.html"] == "2026-11-22T03:30:00Z"
    for feed in ("towns/ballarat.atom", "changes.atom"):
        assert feedparser.parse(str(site.root / feed)).feed.updated == "2026-11-25T03:30:00Z"


def test_town_has_a_feed_and_a_calendar_of_its_own(site: Site) -> None:
    tuesday = replace(WEEKLY, timezone="Europe/London")
    london = quiz("fox", venue=Venue("The fox", city="London", country="GB"), schedule=tuesday)
    site.add(london, at("hound", country="AU"))
    site.build()
    feed = feedparser.parse(str(site.root / "towns/gb-london.atom"))
    assert not feed.bozo
    assert [entry.link for entry in feed.entries] == [f"{BASE}venues/the-fox.html"]
    assert feed.feed.title == "New, changed and ended quiz nights: London"
    assert {link.rel: link.href for link in feed.feed.links} == {
        "self": f"{BASE}towns/gb-london.atom",
        "alternate": f"{BASE}towns/gb-london.html",
    }
    ids = [feedparser.parse(str(path)).feed.id for path in (site.root / "towns").glob("*.atom")]
    assert len(ids) == len(set(ids)) == 2
    assert len(feedparser.parse(str(site.root / "changes.atom")).entries) == 2
    (night,) = Calendar.from_ical((site.root / "towns/gb-london.ics").read_bytes()).walk("VEVENT")
    assert "The fox" in str(night["location"])


@pytest.mark.parametrize(
    ("contact", "address"),
    [
        ("mailto:quiz@quiz.example", "mailto:quiz@quiz.example?subject=Mistake%20on%20index.html"),
        ("https://quiz.example/contact", "https://quiz.example/contact"),
        (None, None),
    ],
)
def test_footer_leads_to_data_and_to_the_operator(site: Site, contact: str | None, address: str | None) -> None:
    site.add(at("fox"))
    site.build(contact=contact)
    footer = site.page("index.html").css("footer")
    found = {" ".join(link.css("::text").get("").split()): link.attrib["href"] for link in footer.css("a")}
    assert found.get("Report a mistake") == address
    assert found["CSV"] == "data/nights.csv"
    assert (site.root / "data/nights.csv").read_bytes().count(b"\r\n") == 2
    assert (site.root / found["GeoJSON"]).read_text().count('"Point"') == 1


def test_files_for_web_servers_and_search_engines(site: Site) -> None:
    site.add(at("fox"))
    site.build()
    assert (site.root / "robots.txt").read_text().endswith(f"\n\nSitemap: {BASE}sitemap.xml\n")
    missing = site.page("404.html")
    links = [link for link in missing.xpath("//@href | //@src").getall() if not link.startswith(("#", BASE))]
    assert links
    assert all(link.startswith("/nights/") for link in links), "a server shows it at any address"
    sitemap = Selector((site.root / "sitemap.xml").read_bytes().decode(), type="xml")
    sitemap.remove_namespaces()
    dated = {url.xpath("loc/text()").get(): url.xpath("lastmod/text()").get() for url in sitemap.xpath("//url")}
    assert dated[f"{BASE}venues/the-fox.html"] == "2026-11-22T03:30:00Z"
    assert dated[f"{BASE}towns/ballarat.html"] == "2026-11-22T03:30:00Z"
    assert f"{BASE}404.html" not in dated
    for path in ("index.html", "towns.html", "towns/ballarat.html"):
        image = site.page(path).xpath("//meta[@property='og:image']/@content").get("")
        assert (site.root / image.removeprefix(BASE)).is_file(), path
