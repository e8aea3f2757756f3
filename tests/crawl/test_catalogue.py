"""`scrapy catalogue` without a browser: the files that it writes and keeps, and what it prints."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import feedparser
import pytest
from parsel import Selector
from PIL import Image

from sandbox.client import Sandbox
from tests.support.accidents import KilledAt
from tests.support.filled import begin, finish
from tests.support.project import Project

SPACE = "3rd-space-canberra"
BASE = "https://quiz.example/nights/"


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory, _running_sandbox: Sandbox, _state_of_a_listing: Path) -> Project:
    _running_sandbox.reset()
    home = tmp_path_factory.mktemp("crawled") / "var"
    shutil.copytree(_state_of_a_listing, home)
    project = Project(home, _running_sandbox.url)
    assert project.crawl(publisher="pubquiz").exit_code == 0
    return project


@pytest.fixture(scope="module")
def site(crawled: Project) -> Path:
    """The site of `crawled`. Tests do not change it."""
    return make(crawled)


@pytest.fixture
def project(crawled: Project, tmp_path: Path, _running_sandbox: Sandbox) -> Project:
    """A copy of `crawled` that a test may change."""
    shutil.copytree(crawled.home, tmp_path / "var", ignore=shutil.ignore_patterns("*catalogue*"))
    return Project(tmp_path / "var", _running_sandbox.url)


@pytest.fixture
def built(crawled: Project, site: Path, tmp_path: Path, _running_sandbox: Sandbox) -> Project:
    """A copy of `crawled` with its site, which a test may change."""
    shutil.copytree(crawled.home, tmp_path / "var", symlinks=True)
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


def test_catalogue_links_lead_to_files_or_web(crawled: Project, site: Path) -> None:
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
    images = {path.relative_to(site).as_posix() for path in (site / "images").iterdir()}
    assert f"venues/{SPACE}.ics" in calendars
    assert images
    on_break = {f"venues/{row['venue']['slug']}.ics" for row in crawled.events() if row["status"] == "on_break"}
    assert on_break <= calendars
    assert images | calendars == {name for name in named if name.endswith(".ics") or name in images} | on_break
    venues = {f"venues/{row['venue']['slug']}.html" for row in crawled.events()}
    assert venues == {name for name in pages(site) if name.startswith("venues/")}
    assert venues <= named, "each venue is on its town's page"


def test_catalogue_images_are_reencoded_with_true_sizes(crawled: Project, site: Path) -> None:
    stored = set(crawled.files().values())
    for image in pages(site)[f"venues/{SPACE}.html"].css("img"):
        path = site / "venues" / image.attrib["src"]
        with Image.open(path) as opened:
            assert (str(opened.width), str(opened.height)) == (image.attrib["width"], image.attrib["height"])
            assert opened.format == "JPEG"
        assert image.attrib["alt"]
        widths = [int(each.split()[1].removesuffix("w")) for each in image.attrib["srcset"].split(", ")]
        assert widths == sorted(set(widths))
    assert all(path.read_bytes() not in stored for path in (site / "images").iterdir())


def test_rebuild_makes_only_changed_images(project: Project, sandbox: Sandbox) -> None:
    first = project.scrapy("catalogue")
    site = project.home / "catalogue"
    before = {path.name: path.stat().st_ino for path in (site / "images").iterdir()}
    assert " 0 kept" in first.stdout
    url = next(row["url"] for row in project.ledger() if row["venue"] == SPACE and row["kind"] == "hero")
    sandbox.change([url])
    assert project.crawl(venue=SPACE, force_refresh_images="true").exit_code == 0
    again = project.scrapy("catalogue")
    after = {path.name: path.stat().st_ino for path in (site / "images").glob("*.jpg")}
    assert "images: 1 made" in again.stdout, again.stdout
    assert before.items() <= after.items(), "also what no page shows any more, for readers who have older pages open"
    old = set((site / "images/of-the-version-before.txt").read_text().split())
    assert len(after.keys() - before.keys()) == len(old) > 0
    assert old < before.keys()


def test_emptied_site_image_is_made_again(built: Project) -> None:
    site = built.home / "catalogue"
    whole = {path.name: path.read_bytes() for path in (site / "images").iterdir()}
    emptied, zeroed = sorted(whole)[0], sorted(whole)[-1]
    (site / "images" / emptied).write_bytes(b"")
    (site / "images" / zeroed).write_bytes(bytes(len(whole[zeroed])))
    again = built.scrapy("catalogue")
    assert "images: 2 made" in again.stdout, again.stdout
    assert {path.name: path.read_bytes() for path in (site / "images").iterdir()} == whole


def test_missing_and_damaged_images_are_counted_and_omitted(project: Project) -> None:
    rows = [row for row in project.ledger() if row["venue"] == SPACE]
    (project.images / rows[0]["path"]).unlink()
    (project.images / rows[1]["path"]).write_bytes(b"<html>not what the ledger says")
    done = project.scrapy("catalogue")
    assert done.exit_code == 0, done.stderr
    assert "1 missing and 1 damaged in the store (`scrapy images verify` lists them)" in done.stdout
    page = pages(project.home / "catalogue")[f"venues/{SPACE}.html"]
    assert page.css("img") == []
    assert "There is no image" in page.css("main").get("")


@pytest.mark.parametrize("accident", [KilledAt("trivia_scraper.directory.written", times) for times in (1, 100)])
def test_killed_build_leaves_old_site(built: Project, accident: KilledAt) -> None:
    site = built.home / "catalogue"
    before = {path: path.read_bytes() for path in sorted(site.rglob("*")) if path.is_file()}
    assert built.scrapy("catalogue", "--base-url", BASE, accident=accident).exit_code == -9
    assert {path: path.read_bytes() for path in sorted(site.rglob("*")) if path.is_file()} == before
    make(built, "--base-url", BASE)
    assert (site / "sitemap.xml").exists()


def test_base_url_adds_sitemap_and_absolute_addresses(built: Project) -> None:
    site = built.home / "catalogue"
    assert not (site / "sitemap.xml").exists()
    assert all("canonical" not in page.get() for page in pages(site).values())
    make(built, "--base-url", BASE.rstrip("/"))
    sitemap = Selector((site / "sitemap.xml").read_bytes().decode(), type="xml")
    sitemap.remove_namespaces()
    addresses = sitemap.xpath("//url/loc/text()").getall()
    private = {name for name, found in pages(site).items() if found.xpath("//meta[@name='robots']")}
    about_runs = {"runs.html", "dashboard.html", "oldest.html", "histories.html", "runs/1.html", "runs/2.html"}
    assert private == about_runs | {"404.html"}
    assert {address.removeprefix(BASE) for address in addresses} == pages(site).keys() - private - {"streets.html"}
    page = pages(site)[f"venues/{SPACE}.html"]
    assert page.xpath("//meta[@property='og:url']/@content").get() == f"{BASE}venues/{SPACE}.html"
    image = page.xpath("//meta[@property='og:image']/@content").get("")
    assert (site / image.removeprefix(BASE)).is_file()


def test_pages_name_feed_with_links_to_the_site(built: Project) -> None:
    site = built.home / "catalogue"
    for name, page in pages(site).items():
        address = page.xpath("//link[@type='application/atom+xml']/@href").get("")
        assert urljoin(f"{BASE}{name}", address) == f"{BASE}changes.atom"
        assert page.xpath(f"//footer//a[@href='{address}']"), name
        feeds = [urljoin(f"/{name}", each) for each in page.xpath("//main//a[contains(@href, '.atom')]/@href").getall()]
        assert [each.startswith("/towns/") for each in feeds] == [True] * name.startswith(("venues/", "towns/")), name
    found = feedparser.parse(str(site / "changes.atom"))
    assert not found.bozo
    assert {event["source_url"] for event in built.events()} == {entry.link for entry in found.entries}
    make(built, "--base-url", BASE)
    with_base = feedparser.parse(str(site / "changes.atom"))
    assert not with_base.bozo
    assert {link.rel: link.href for link in with_base.feed.links} == {"self": f"{BASE}changes.atom", "alternate": BASE}
    assert [entry.id for entry in with_base.entries] == [entry.id for entry in found.entries]
    assert all((site / entry.link.removeprefix(BASE)).is_file() for entry in with_base.entries)


def test_venue_page_has_structured_data(site: Path) -> None:
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
    assert not {"url", "image"} & event.keys(), "a relative address is not a valid URL there"


def test_pages_forbid_content_of_other_sites(site: Path) -> None:
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
        (("x",), "'x' is an unexpected argument; see `scrapy catalogue -h`."),
        (("--base-url", "https://user:password@quiz.example/"), "--base-url takes an address"),
        (("--base-url", "quiz.example"), "--base-url takes an address like https://quiz.example/catalogue/"),
        (("--tiles",), "`scrapy catalogue` has no option --tiles; "),
    ],
)
def test_mistyped_catalogue_command_is_one_sentence(project: Project, words_: tuple[str, ...], sentence: str) -> None:
    done = project.scrapy("catalogue", *words_)
    assert (done.exit_code, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


def test_foreign_directory_is_not_replaced(project: Project) -> None:
    done = project.scrapy("catalogue", "-o", str(project.images))
    assert done.exit_code == 1
    assert "was not written by this command, so it is not replaced" in done.stderr


@pytest.mark.parametrize("words", [("catalogue", "-o"), ("calendars", "-o"), ("export", "--format", "csv", "-o")])
def test_database_without_events_replaces_no_output(tmp_path: Path, sandbox: Sandbox, words: tuple[str, ...]) -> None:
    project = Project(tmp_path / "var", sandbox.url)
    with closing(project.store()) as store:
        finish(store, begin(store))
    done = project.scrapy(*words, str(tmp_path / "out"))
    assert done.exit_code == 1
    (line,) = done.stderr.splitlines()
    assert "no event is stored in sqlite:///" in line
    assert not (tmp_path / "out").exists()
