"""The catalogue's pages about runs in a real browser, at two widths, light and dark."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import insert

from sandbox.client import Sandbox
from tests.support.browser import Browser
from tests.support.filled import begin, finish, quiz, record
from tests.support.project import Project
from trivia_scraper.db import runs
from trivia_scraper.db.schema import history
from trivia_scraper.items import Venue

SPACE = "act-3rd-space-canberra"
WIDTHS = (1280, 390)
PAGES = ("runs.html", "runs/3.html", "runs/4.html", "runs/5.html", "dashboard.html")
HOSTILE = '</script><script>pwned=1</script><img src=x onerror="pwned=2">\u202e"\'&amp; ' + "long" * 200


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, _running_sandbox: Sandbox) -> str:
    """Run 3 replaced three images and failed to download one. Run 4 has only hostile text. Run 6 has not ended."""
    sandbox = _running_sandbox
    sandbox.reset()
    project = Project(tmp_path_factory.mktemp("runs"), sandbox.url)
    assert project.crawl(publisher="pubquiz").exit_code == 0
    assert project.crawl().exit_code == 0
    shown = [image for row in project.events() if row["publisher"] == "quizmeisters" for image in row["images"]]
    own = Counter(image["url"] for image in shown if image["kind"] == "hero")
    heroes = [url for url, venues in own.items() if venues == 1]
    sandbox.change(heroes[:3])
    sandbox.behave(heroes[3], "html")
    sandbox.edit(SPACE, schedule="Wednesdays at 8pm")
    assert project.crawl(force_refresh_images="true").exit_code == 0
    store, now = project.store(), datetime.now(UTC)
    hostile = begin(store, now, publisher=HOSTILE[:64])
    event = quiz("1", HOSTILE[:64], venue=Venue(HOSTILE), name=HOSTILE)
    record(store, event, hostile, now)
    row = {"run_id": hostile, "at": now, "entity": "event", "entity_id": 1, "field": "name", "old": HOSTILE}
    store.run(lambda connection: connection.execute(insert(history), row | {"new": HOSTILE}))
    store.run(runs.finish_run, hostile, runs.Outcome("finished", "failed", [HOSTILE], {"venues/listed": 1}), now)
    finish(store, begin(store, now), now + timedelta(hours=1))
    begin(store, now)
    store.close()
    made = project.scrapy("catalogue")
    assert made.exit_code == 0, made.stderr
    sandbox.reset()
    return (project.home / "catalogue").as_uri()


@pytest.fixture(autouse=True)
def check_console_and_requests(browser: Browser) -> Iterator[None]:
    browser.be()
    yield
    assert browser.complaints() == []
    assert [address for address in browser.requests() if not address.startswith(("file:", "about:", "data:"))] == []


def load_images(browser: Browser) -> None:
    """Load all images of the page, also those that load lazily."""
    browser.driver.execute_async_script(
        "const done = arguments[0];"
        "const all = [...document.images].map((each) => { each.loading = 'eager'; return each.decode(); });"
        "Promise.allSettled(all).then(done);"
    )


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_run_pages_are_accessible(browser: Browser, site: str, page: str, width: int, dark: bool) -> None:
    browser.be(width=width, dark=dark)
    browser.open(f"{site}/{page}")
    load_images(browser)
    assert browser.faults() == []
    assert browser.run("return document.scrollingElement.scrollWidth") <= width
    assert browser.run("return [...document.images].filter((each) => !each.naturalWidth).map((each) => each.src)") == []


@pytest.mark.parametrize("width", WIDTHS)
def test_search_leads_to_image_before_and_after(browser: Browser, site: str, width: int) -> None:
    browser.be(width=width)
    browser.open(f"{site}/index.html")
    browser.one("footer a[href='runs.html']").click()
    browser.one("a[href='runs/3.html']").click()
    assert browser.one("h1").text == "Quizmeisters, run 3"
    pairs = browser.all(".pairs > li")
    assert len(pairs) == 3
    load_images(browser)
    for pair in pairs:
        before, after = pair.find_elements("tag name", "img")
        assert before.size["width"] == after.size["width"] > 120
        assert before.location["y"] == after.location["y"], "the two are side by side"
        assert (before.get_attribute("alt") or "").startswith("Before: ")
        assert before.get_attribute("src") != after.get_attribute("src")
    assert set(browser.texts(".happened")) == {"A new image"}
    assert browser.texts("[aria-labelledby=failed] summary") == ["A web page instead of an image not_an_image 1"]
    assert "Wednesday" in browser.texts("#changed + ul")[0]
    pairs[0].find_element("css selector", "h4 a").click()
    assert browser.one("h1").text


@pytest.mark.parametrize("page", PAGES)
def test_navigation_marks_current_page(browser: Browser, site: str, page: str) -> None:
    browser.open(f"{site}/{page}")
    assert browser.texts("nav [aria-current]") == ["Runs"]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_plots_use_text_colour_of_page(browser: Browser, site: str, dark: bool) -> None:
    browser.be(dark=dark)
    browser.open(f"{site}/dashboard.html")
    load_images(browser)
    ink = (181, 165, 148) if dark else (107, 93, 80)  # --quiet of site.css
    for plot in browser.all(".plot"):
        browser.run("arguments[0].scrollIntoView({block: 'center'})", plot)
        shot = Image.open(BytesIO(plot.screenshot_as_png)).convert("RGB")
        colours = Counter({colour: count for count, colour in shot.getcolors(shot.width * shot.height) or []})
        assert colours[ink] > 30, plot.get_attribute("outerHTML")


def test_publisher_text_is_escaped_in_run_pages(browser: Browser, site: str) -> None:
    for page in ("runs.html", "runs/4.html", "dashboard.html"):
        browser.open(f"{site}/{page}")
        assert "</Script><Script>Pwned=1" in browser.one("main").text, page
        assert browser.run("return typeof pwned") == "undefined"
        assert browser.all("img[onerror]") == []
    for plot in ("runs", "events"):
        browser.open(f"{site}/charts/{plot}.svg")
        assert browser.run("return [typeof pwned, document.querySelectorAll('script').length]") == ["undefined", 0]
