"""The catalogue's pages about runs, without a browser, compared with what the crawls did."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from parsel import Selector

from sandbox.client import Sandbox
from tests.support.accidents import PulledPlug
from tests.support.filled import begin
from tests.support.project import Project
from trivia_scraper.db.locks import PublisherLock
from trivia_scraper.images.crash_points import Step
from trivia_scraper.images.validate import examine

SPACE = "act-3rd-space-canberra"


def page(site: Path, path: str) -> Selector:
    # Separate the texts of cells and other blocks by a space.
    return Selector(re.sub(r"<(?=(td|th|dt|dd|li|p|div)\b)", " <", (site / path).read_text()))


def text(of: Selector) -> str:
    return " ".join(str(of.xpath("string(.)").get()).split())


def section(of: Selector, title: str) -> str:
    """Return the text below a heading."""
    return text(next(each for each in of.css("section.changes") if text(each.css("h2")[0]).startswith(title)))


def make(project: Project, *options: str) -> Path:
    done = project.scrapy("catalogue", *options)
    assert done.exit_code == 0, done.stderr
    return project.home / "catalogue"


def shown(site: Path, of: Selector) -> dict[str, tuple[list[bytes], str]]:
    """Return title of a pair (venue, or "venue the host") -> images before and after, and what is said of them."""
    found = {}
    for pair in of.css(".pairs > li"):
        bodies = [(site / "runs" / each).read_bytes() for each in pair.css("img::attr(src)").getall()]
        found[text(pair.css("h4")[0])] = bodies, text(pair.css(".happened")[0])
    return found


def small(body: bytes) -> bytes:
    return examine(body, thumbs={"small": (300, 300)}).thumbs["small"]


def test_demo_shows_changed_images(tmp_path: Path, sandbox: Sandbox) -> None:
    project = Project(tmp_path / "var", sandbox.url)
    done = project.scrapy("demo")
    assert done.exit_code == 0, done.stderr
    site = tmp_path / "var/catalogue"
    assert (site / "index.html").is_file()
    assert f"Catalogue: {(site / 'index.html').as_uri()}" in done.stdout
    assert f"Changes:   {(site / 'runs/3.html').as_uri()}" in done.stdout
    pairs = shown(site, page(site, "runs/3.html"))
    assert len(pairs) == 3
    before = {hashlib.sha256(small(sandbox.served(each["url"]))).digest() for each in sandbox.images()}
    after = {hashlib.sha256(small(body)).digest() for body in project.files().values()}
    for bodies, said in pairs.values():
        old, new = (hashlib.sha256(body).digest() for body in bodies)
        assert old in before, "this sandbox still serves the demo's first images"
        assert new in after, "the store has the demo's last images"
        assert old != new
        assert said == "A new image"
    assert shown(site, page(site, "runs/2.html")) == {}


@dataclass(frozen=True)
class Crawled:
    project: Project
    site: Path
    changed: str
    """Ids of venues. This one's image changed under its URL."""
    moved: str
    broken: str
    missing: str
    resting: str
    late: str

    def name(self, venue: str) -> str:
        return next(str(row["venue"]["name"]) for row in self.project.events() if row["publisher_id"] == venue)


@pytest.fixture
def crawled(project: Project, sandbox: Sandbox) -> Iterator[Crawled]:
    """Runs 2 and 3 have every kind of change, run 4 was killed, run 5 has not ended."""
    heroes = {each["venue"]: each["url"] for each in sandbox.images() if each["kind"] == "hero"}
    own = [venue for venue, url in heroes.items() if list(heroes.values()).count(url) == 1 and venue.startswith("nsw")]
    moved, broken, missing, resting, late = own[:5]
    sandbox.edit(late, listed=False)
    assert project.crawl(force_update="true").exit_code == 0
    sandbox.change([heroes[SPACE]])
    sandbox.move(moved)
    sandbox.behave(heroes[broken], "status", status=404)
    sandbox.edit(SPACE, schedule="Wednesdays at 8pm")
    sandbox.edit(missing, listed=False)
    sandbox.edit(resting, on_break=True)
    sandbox.edit(late, listed=True)
    project.crawl(force_refresh_images="true")
    sandbox.heal()
    sandbox.edit(missing, listed=True)
    project.crawl(force_refresh_images="true")
    sandbox.change()
    project.crawl(accident=PulledPlug(Step.LEDGER, "kill"), force_refresh_images="true")
    with closing(project.store()) as store:
        begin(store, datetime.now(UTC))
        with PublisherLock(store, "quizmeisters"):
            yield Crawled(project, make(project), SPACE, moved, broken, missing, resting, late)


def test_pages_about_real_runs(crawled: Crawled, sandbox: Sandbox, tmp_path: Path, subtests: pytest.Subtests) -> None:
    with subtests.test("a page shows what its run changed"):
        assert_page_shows_changes_of_its_run(crawled)
    with subtests.test("replaced images are shown before and after"):
        assert_replaced_images_are_shown_before_and_after(crawled, sandbox)
    with subtests.test("unfinished runs are shown as such"):
        assert_unfinished_runs_are_shown_as_such(crawled)
    with subtests.test("the dashboard states the plotted numbers"):
        assert_dashboard_states_plotted_numbers(crawled)
    with subtests.test("a rebuild gives equal plots and images"):
        assert_rebuild_gives_equal_plots_and_images(crawled)
    with subtests.test("a site without runs has no run page"):
        assert_site_without_runs_has_no_run_page(crawled, tmp_path)


def assert_page_shows_changes_of_its_run(crawled: Crawled) -> None:
    second, third = (page(crawled.site, f"runs/{number}.html") for number in (2, 3))
    head = text(second.css(".opening")[0])
    assert "Quizmeisters, run 2 Passed" in head
    assert "Asked for force_refresh_images=true" in head
    assert "1 new" in head
    space = crawled.name(crawled.changed)
    assert f"{space} Wednesdays, 8 pm Day Tuesday → Wednesday Begins 19:00 → 20:00" in section(second, "Changed 1")
    for title, venue in (("Missing", crawled.missing), ("On a break", crawled.resting), ("New", crawled.late)):
        changes = section(second, title)
        assert changes.startswith(f"{title} 1 {crawled.name(venue)}"), changes
    failed = section(second, "Images that could not be downloaded")
    assert f"The image is not there any more http_404 1 {crawled.name(crawled.broken)} · https://" in failed
    assert section(third, "Back").startswith(f"Back 1 {crawled.name(crawled.missing)}")
    assert third.css(".pairs > li") == []


def assert_replaced_images_are_shown_before_and_after(crawled: Crawled, sandbox: Sandbox) -> None:
    pairs = shown(crawled.site, page(crawled.site, "runs/2.html"))
    assert pairs.keys() == {crawled.name(crawled.changed), crawled.name(crawled.moved)}
    sandbox.reset()
    heroes = {each["venue"]: each["url"] for each in sandbox.images() if each["kind"] == "hero"}
    for venue in (crawled.changed, crawled.moved):
        (before, after), said = pairs[crawled.name(venue)]
        assert before == small(sandbox.served(heroes[venue]))
        assert after != before
        assert said == "A new image"
    # The images that run 4 replaced before it was killed are those after run 2.
    later = shown(crawled.site, page(crawled.site, "runs/4.html"))
    for name in pairs.keys() & later.keys():
        assert later[name][0][0] == pairs[name][0][1]


def assert_unfinished_runs_are_shown_as_such(crawled: Crawled) -> None:
    assert "Interrupted" in text(page(crawled.site, "runs/4.html").css(".opening")[0])
    assert "its end was not recorded: the process was killed, or the database could not be written" in text(
        page(crawled.site, "runs/4.html").css(".reasons")[0]
    )
    assert "Running" in text(page(crawled.site, "runs/5.html").css(".opening")[0])
    listed = [text(row) for row in page(crawled.site, "runs.html").css("tbody tr[class^=is-]")]
    assert [row.split()[:3] for row in listed] == [
        ["5", "Running", "Quizmeisters"],
        ["4", "Interrupted", "Quizmeisters"],
        *([number, "Passed", "Quizmeisters"] for number in "321"),
    ]
    assert listed[3].endswith(" 1 3 1 – 6 2 1"), listed[3]


def assert_dashboard_states_plotted_numbers(crawled: Crawled) -> None:
    dashboard = page(crawled.site, "dashboard.html")
    publishers, plotted = dashboard.css("table")
    statuses = [row["status"] for row in crawled.project.events()]
    numbers = [text(cell) for cell in publishers.css("tbody .number")]
    # After the failed images and the dropped venues.
    assert numbers[2:6] == [str(statuses.count(status)) for status in ("active", "on_break", "missing", "gone")]
    assert [text(row).split()[0] for row in plotted.css("tbody tr")] == ["4", "3", "2", "1"], "5 has not ended"
    images = dashboard.css("img, object")
    captions = {each.attrib.get("alt") or each.attrib["aria-label"] for each in images}
    assert len(images) == len(captions) == 6
    assert all(each.endswith(".") and len(each) > 15 for each in captions)
    for path in (crawled.site / "charts").iterdir():
        drawn = Selector(path.read_text().partition("?>")[2], type="xml")
        drawn.remove_namespaces()
        assert drawn.xpath("/svg/title/text()").get("") in {text(each) for each in dashboard.css("h2")}
        assert drawn.xpath("/svg/desc/text()").get() in captions
        assert drawn.xpath("//comment() | //script | //@onclick | //image | //foreignObject").getall() == []
        assert "@import" not in path.read_text()
        fonts = set(re.findall(r"url\(([^)]*)\)", path.read_text()))
        assert fonts == {'"../assets/source-sans-latin.woff2"', '"../assets/source-sans-latin-ext.woff2"'}
        assert {urlsplit(each).netloc for each in drawn.xpath("//@href").getall()} <= {""}


def assert_rebuild_gives_equal_plots_and_images(crawled: Crawled) -> None:
    def files(folder: str) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (crawled.site / folder).iterdir() if path.name != "ages.svg"}

    before, thumbs = files("charts"), files("changes")
    make(crawled.project)
    assert (files("charts"), files("changes")) == (before, thumbs)


def assert_site_without_runs_has_no_run_page(crawled: Crawled, tmp_path: Path) -> None:
    done = crawled.project.scrapy("catalogue", "--no-runs", "-o", str(tmp_path / "site"))
    assert done.exit_code == 0, done.stderr
    names = {path.name for path in (tmp_path / "site").iterdir()}
    assert not names & {"runs", "runs.html", "dashboard.html", "changes", "charts", "history", "oldest.html"}
    assert "runs.html" not in (tmp_path / "site/index.html").read_text()
