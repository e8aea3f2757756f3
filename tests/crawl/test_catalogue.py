"""`scrapy catalogue` without a browser: what is written, what is kept, what is said."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from parsel import Selector
from PIL import Image

from sandbox.client import Sandbox
from tests.support.accidents import KilledAt
from tests.support.project import Project
from trivia_scraper.db.queries import Status, StoredEvent, stored_events
from trivia_scraper.exports import wording
from trivia_scraper.exports.occurrences import has_passed, upcoming
from trivia_scraper.items import Fee, Schedule, Venue
from trivia_scraper.site.venues import town_of, views

SPACE = "3rd-space-canberra"
BASE = "https://quiz.example/nights/"


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory, _running_sandbox: Sandbox) -> Project:
    _running_sandbox.reset()
    project = Project(tmp_path_factory.mktemp("crawled"), _running_sandbox.url)
    for publisher in ("quizmeisters", "pubquiz"):
        assert project.crawl(publisher=publisher).exit_code == 0
    return project


@pytest.fixture(scope="module")
def site(crawled: Project) -> Path:
    """To be read only."""
    return make(crawled)


@pytest.fixture
def project(crawled: Project, tmp_path: Path, _running_sandbox: Sandbox) -> Project:
    """A copy, to be spoiled."""
    shutil.copytree(crawled.home, tmp_path / "var", ignore=shutil.ignore_patterns("*catalogue*"))
    return Project(tmp_path / "var", _running_sandbox.url)


def make(project: Project, *options: str, **kwargs: Any) -> Path:
    done = project.scrapy("catalogue", *options, **kwargs)
    assert done.exit_code == 0, done.stderr
    return project.home / "catalogue"


def pages(site: Path) -> dict[str, Selector]:
    found = site.rglob("*.html")
    return {path.relative_to(site).as_posix(): Selector(path.read_text()) for path in sorted(found)}


def links(page: Selector) -> set[str]:
    sources = page.xpath("//@src | //a/@href | //link[@rel!='canonical']/@href").getall()
    sets = [each.split()[0] for value in page.xpath("//@srcset").getall() for each in value.split(", ")]
    return {address for address in sources + sets if address}


def test_every_link_leads_to_a_file_of_the_site_or_to_the_web(crawled: Project, site: Path) -> None:
    named: set[str] = set()
    for name, page in pages(site).items():
        for address in links(page):
            parts = urlsplit(urljoin(f"https://here.invalid/{name}", address.partition("?")[0]))
            if parts.netloc == "here.invalid":
                named.add(unquote(parts.path).lstrip("/"))
                assert (site / unquote(parts.path).lstrip("/")).is_file(), f"{name}: {address}"
            else:
                assert parts.scheme in {"https", "http", "tel"}, address
    calendars = {path.relative_to(site).as_posix() for path in site.rglob("*.ics")}
    pictures = {path.relative_to(site).as_posix() for path in (site / "pictures").iterdir()}
    assert f"venues/{SPACE}.ics" in calendars
    assert pictures
    assert pictures | calendars <= named
    venues = {f"venues/{row['venue']['slug']}.html" for row in crawled.events()}
    assert venues == {name for name in pages(site) if name.startswith("venues/")}
    assert venues <= named, "each is on its town's page"


def test_pictures_are_made_again_and_say_how_large_they_are(crawled: Project, site: Path) -> None:
    stored = set(crawled.files().values())
    for picture in pages(site)[f"venues/{SPACE}.html"].css("img"):
        path = site / "venues" / picture.attrib["src"]
        with Image.open(path) as image:
            assert (str(image.width), str(image.height)) == (picture.attrib["width"], picture.attrib["height"])
            assert image.format == "JPEG"
        assert picture.attrib["alt"]
        widths = [int(each.split()[1].removesuffix("w")) for each in picture.attrib["srcset"].split(", ")]
        assert widths == sorted(set(widths))
    assert all(path.read_bytes() not in stored for path in (site / "pictures").iterdir())


def test_only_what_changed_is_made_again(project: Project, sandbox: Sandbox) -> None:
    first = project.scrapy("catalogue")
    site = project.home / "catalogue"
    before = {path.name: path.stat().st_ino for path in (site / "pictures").iterdir()}
    assert " 0 kept" in first.stdout
    url = next(row["url"] for row in project.ledger() if row["venue"] == SPACE and row["kind"] == "hero")
    sandbox.change([url])
    assert project.crawl(venue=SPACE, force_refresh_images="true").exit_code == 0
    again = project.scrapy("catalogue")
    after = {path.name: path.stat().st_ino for path in (site / "pictures").iterdir()}
    assert "pictures: 1 made" in again.stdout, again.stdout
    assert {name for name, inode in after.items() if before.get(name) == inode} == before.keys() & after.keys()
    assert len(after.keys() - before.keys()) == len(before.keys() - after.keys()) > 0


def test_a_picture_that_is_missing_or_damaged_is_counted_and_left_out(project: Project) -> None:
    rows = [row for row in project.ledger() if row["venue"] == SPACE]
    (project.images / rows[0]["path"]).unlink()
    (project.images / rows[1]["path"]).write_bytes(b"<html>not what the ledger says")
    done = project.scrapy("catalogue")
    assert done.exit_code == 0, done.stderr
    assert "1 missing and 1 damaged in the store (`scrapy images verify` says which)" in done.stdout
    page = pages(project.home / "catalogue")[f"venues/{SPACE}.html"]
    assert page.css("img") == []
    assert "No picture is stored" in page.css("main").get("")


@pytest.mark.parametrize("accident", [KilledAt("trivia_scraper.directory.written", times) for times in (1, 100)])
def test_killed_while_it_is_made_the_site_is_the_old_one(project: Project, accident: KilledAt) -> None:
    site = make(project)
    before = {path: path.read_bytes() for path in sorted(site.rglob("*")) if path.is_file()}
    assert project.scrapy("catalogue", "--base-url", BASE, accident=accident).exit_code == -9
    assert {path: path.read_bytes() for path in sorted(site.rglob("*")) if path.is_file()} == before
    make(project, "--base-url", BASE)
    assert (site / "sitemap.xml").exists()


def test_with_a_base_url_there_are_a_sitemap_and_absolute_addresses(project: Project) -> None:
    site = make(project)
    assert not (site / "sitemap.xml").exists()
    assert all("canonical" not in page.get() for page in pages(site).values())
    make(project, "--base-url", BASE.rstrip("/"))
    sitemap = Selector((site / "sitemap.xml").read_bytes().decode(), type="xml")
    sitemap.remove_namespaces()
    addresses = sitemap.xpath("//url/loc/text()").getall()
    private = {name for name, found in pages(site).items() if found.xpath("//meta[@name='robots']")}
    assert private == {"runs.html", "dashboard.html", "runs/1.html", "runs/2.html"}
    assert {address.removeprefix(BASE) for address in addresses} == pages(site).keys() - private - {"streets.html"}
    page = pages(site)[f"venues/{SPACE}.html"]
    assert page.xpath("//meta[@property='og:url']/@content").get() == f"{BASE}venues/{SPACE}.html"
    image = page.xpath("//meta[@property='og:image']/@content").get("")
    assert (site / image.removeprefix(BASE)).is_file()


def test_search_engines_read_the_night(site: Path) -> None:
    page = pages(site)[f"venues/{SPACE}.html"]
    event = json.loads(page.xpath("//script[@type='application/ld+json']/text()").get(""))
    assert event["eventSchedule"] == {
        "@type": "Schedule",
        "byDay": "https://schema.org/Tuesday",
        "repeatFrequency": "P1W",
        "startTime": "19:00",
        "scheduleTimezone": "Australia/Sydney",
    }
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT19:00\+1[01]:00", event["startDate"])
    assert event["location"]["address"]["addressCountry"] == "AU"
    assert event["isAccessibleForFree"] is True
    assert not {"url", "image"} & event.keys(), "addresses without a base are none"


def test_every_page_forbids_what_is_not_the_sites_own(site: Path) -> None:
    for name, page in pages(site).items():
        policy = page.xpath("//meta[@http-equiv='Content-Security-Policy']/@content").get("")
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        assert rules["default-src"] == "'none'"
        assert {source for rule in rules.values() for source in rule.split()} - {"'none'", "'self'", "file:"} == (
            {"https://tile.openstreetmap.org"} if name == "streets.html" else set()
        )
        assert page.xpath("//@style | //style | //@onclick").getall() == []
        assert page.xpath("//script[not(@src)][not(@type='application/ld+json')]").getall() == []


@pytest.mark.parametrize(
    ("words_", "sentence"),
    [
        (("x",), "it takes [-o DIR] [--base-url URL] [--no-runs], not x."),
        (("--base-url", "https://user:password@quiz.example/"), "--base-url takes an address"),
        (("--base-url", "quiz.example"), "--base-url takes an address like https://quiz.example/catalogue/"),
        (("--tiles",), "there is no option --tiles"),
    ],
)
def test_what_is_typed_wrongly_is_said_in_a_sentence(project: Project, words_: tuple[str, ...], sentence: str) -> None:
    done = project.scrapy("catalogue", *words_)
    assert (done.exit_code, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_directory_of_somebody_else_stays(project: Project) -> None:
    done = project.scrapy("catalogue", "-o", str(project.images))
    assert done.exit_code == 1
    assert "was not made by this command and stays as it is" in done.stderr


@pytest.mark.parametrize("words", [("catalogue", "-o"), ("calendars", "-o"), ("export", "--format", "csv", "-o")])
def test_a_database_without_an_event_replaces_nothing(tmp_path: Path, sandbox: Sandbox, words: tuple[str, ...]) -> None:
    done = Project(tmp_path / "var", sandbox.url).scrapy(*words, str(tmp_path / "out"))
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert "no event is stored in sqlite:///" in line
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_the_demo_ends_with_a_catalogue_and_says_where_to_open_it(tmp_path: Path, sandbox: Sandbox) -> None:
    done = Project(tmp_path / "var", sandbox.url).scrapy("demo")
    assert done.exit_code == 0, done.stderr
    page = tmp_path / "var/catalogue/index.html"
    assert page.is_file()
    assert f"Catalogue: {page.as_uri()}" in done.stdout


TUESDAYS = Schedule("x", 2, "19:00", "weekly", "FREQ=WEEKLY;BYDAY=TU", "Europe/London")


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({}, "Tuesdays, 7 pm"),
        ({"start_time": "19:30"}, "Tuesdays, 7:30 pm"),
        ({"start_time": "00:05"}, "Tuesdays, 12:05 am"),
        ({"start_time": None}, "Tuesdays, time not stated"),
        ({"time_assumed": True}, "Tuesdays, 7 pm (assumed)"),
        ({"frequency": "biweekly"}, "Every second Tuesday, 7 pm"),
        ({"frequency": "monthly", "rrule": "FREQ=MONTHLY;BYDAY=1TU,3TU"}, "First and third Tuesday of the month, 7 pm"),
        ({"frequency": "monthly", "rrule": "FREQ=MONTHLY;BYDAY=-1TU"}, "Last Tuesday of the month, 7 pm"),
        ({"frequency": "monthly", "rrule": None}, "Once a month, on a Tuesday, 7 pm"),
        ({"frequency": "irregular", "rrule": None}, "Tuesday, not regularly, 7 pm"),
        ({"rrule": "FREQ=WEEKLY;BYDAY=TU;UNTIL=20261201T235959"}, "Tuesdays until 1 December 2026, 7 pm"),
        ({"frequency": "once", "starts_on": "2026-12-01"}, "Tuesday 1 December 2026, 7 pm"),
        ({"weekday": None, "frequency": "irregular", "start_time": None}, "Day not stated, time not stated"),
    ],
)
def test_schedules_in_words(changed: dict[str, Any], text: str) -> None:
    facts = {name: getattr(TUESDAYS, name) for name in Schedule.__dataclass_fields__}
    assert wording.when(Schedule(**facts | changed), "GB").replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("fee", "text"),
    [
        (Fee(), "Fee not stated"),
        (Fee("from £10 to £20"), "Fee not clear"),
        (Fee(None, 0, "GBP"), "Free"),
        (Fee(None, 200, "GBP", "person"), "£2 per person"),
        (Fee(None, 250, "EUR"), "€2.50"),
        (Fee(None, 1500, "PLN"), "15 zł"),
        (Fee(None, 1000, "AED", "team"), "10 AED per team"),
        (Fee(None, 1000, None), "10 (currency not stated)"),
    ],
)
def test_fees_in_words(fee: Fee, text: str) -> None:
    assert wording.fee(fee) == text


def test_clocks_as_the_country_writes_them() -> None:
    assert wording.clock(time(19, 30), "PL") == "19:30"
    assert wording.clock(time(12), "US") == "12\N{NO-BREAK SPACE}pm"
    assert wording.country("GB") == "United Kingdom"
    assert wording.country("PL") == "Poland"
    assert wording.country("XX") == "XX"
    assert wording.phone("+61255500101") == "+61 2 5550 0101"
    assert wording.phone("ask") == "ask"


@pytest.fixture(scope="module")
def space(crawled: Project) -> StoredEvent:
    store = crawled.store()
    rows = store.read(lambda connection: list(stored_events(connection)))
    store.close()
    return next(row for row in rows if row.venue.slug == SPACE)


def days(space: StoredEvent, now: datetime, status: Status = "active", **schedule: Any) -> list[str]:
    facts = {name: getattr(space.schedule, name) for name in Schedule.__dataclass_fields__} | schedule
    event = StoredEvent(
        **{name: getattr(space, name) for name in StoredEvent.__dataclass_fields__}
        | {"schedule": Schedule(**facts), "status": status}
    )
    return [each.machine for each in upcoming(event, now, 3)]


def test_dates_keep_their_clock_over_a_change_of_clocks(space: StoredEvent) -> None:
    now = datetime(2026, 3, 30, 20, tzinfo=UTC)  # a Tuesday in Sydney already; clocks go back there on 5 April
    assert days(space, now)[:2] == ["2026-03-31T19:00+11:00", "2026-04-07T19:00+10:00"]


def test_dates_that_nobody_can_tell_are_not_told(space: StoredEvent) -> None:
    now = datetime(2026, 11, 24, tzinfo=UTC)
    fortnightly: dict[str, Any] = {"frequency": "biweekly", "rrule": "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"}
    assert days(space, now, **fortnightly) == []
    assert days(space, now, **fortnightly, starts_on="2026-11-10", start_time=None) == [
        "2026-11-24",
        "2026-12-08",
        "2026-12-22",
    ]
    assert days(space, now, rrule="FREQ=MONTHLY;BYDAY=1TU", timezone=None)[:2] == [
        "2026-12-01T19:00",
        "2027-01-05T19:00",
    ]
    assert days(space, now, rrule=None) == []
    until = Schedule("x", 2, frequency="weekly", rrule="FREQ=WEEKLY;BYDAY=TU;UNTIL=20261201T235959")
    assert days(space, now, rrule=until.rrule, start_time=None) == ["2026-11-24", "2026-12-01"]
    assert not has_passed(until, datetime(2026, 12, 1, 23, tzinfo=UTC))
    assert has_passed(until, datetime(2026, 12, 2, tzinfo=UTC))
    assert not has_passed(space.schedule, now)
    assert days(space, now, "on_break") == []
    assert days(space, now, "gone") == []
    assert days(space, now, frequency="once", rrule=None, starts_on="2026-11-23") == []
    assert days(space, now, frequency="once", rrule=None, starts_on="2026-12-01")[0].startswith("2026-12-01")
    for none in ("Nowhere/At_All", "Europe", "../UTC"):
        assert days(space, now, timezone=none)[0] == "2026-11-24T19:00"
    assert days(space, now, starts_on="2027-01-01")[0].startswith("2027-01-05")


def test_towns_of_one_name_are_told_apart_where_regions_tell() -> None:
    def key(city: str | None, region: str | None, country: str | None) -> str:
        return town_of(Venue("x", city=city, region=region, country=country)).key

    assert key("Springfield", "IL", "US") != key("Springfield", "MO", "US")
    assert key("BRIGHTON", "East Sussex", "GB") == key("Brighton", None, "GB") == "gb-brighton"
    assert key("東京", None, "JP") != key("大阪", None, "JP")
    assert len({key("a" * 200, None, "GB"), key("a" * 201, None, "GB")}) == 2
    assert key(None, None, None) == key(None, "x", None)
    assert re.fullmatch(r"[a-z0-9-]+", key(None, None, None))


def test_a_town_that_is_spelled_in_several_ways_has_one_page(space: StoredEvent) -> None:
    def at(name: str, city: str) -> StoredEvent:
        return replace(space, venue=replace(space.venue, slug=name, name=name, city=city, region=None))

    cities = ("ST HELENS", "St. Helens", "St. Helens", "St Hubert")
    found = views(
        [at(f"pub-{number}", city) for number, city in enumerate(cities)], {}, datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert [view.town.name for view in found] == ["St. Helens", "St. Helens", "St. Helens", "St Hubert"]
