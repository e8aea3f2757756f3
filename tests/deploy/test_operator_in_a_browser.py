"""The pages for operators, as an operator uses them on a bad morning: in a real browser, from their files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.support.browser import Browser
from tests.support.operations import EXPECTED_EVERY, FAILING, QUIET, REFRESHED, REPLACED, SKIPPED, STALE, fill
from trivia_scraper.db.engine import Store
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.site.build import build

WIDTHS = (1280, 390)
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Morning:
    site: str
    runs: dict[str, int]

    def run(self, publisher: str) -> str:
        return f"{self.site}/runs/{self.runs[publisher]}.html"


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Morning:
    home: Path = tmp_path_factory.mktemp("morning")
    store, files = Store(f"sqlite:///{home}/trivia.db"), LocalFileStore(home / "images")
    found = fill(store, files, NOW)
    build(store, files, home / "site", base_url=None, now=NOW, expected_every=EXPECTED_EVERY)
    store.close()
    return Morning((home / "site").as_uri(), found)


@pytest.fixture(autouse=True)
def nothing_to_complain_of(browser: Browser) -> Iterator[None]:
    browser.be()
    yield
    assert browser.complaints() == []
    assert [address for address in browser.requests() if not address.startswith(("file:", "about:", "data:"))] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_from_a_trouble_to_its_failures(browser: Browser, morning: Morning, width: int) -> None:
    browser.be(width=width)
    browser.open(f"{morning.site}/dashboard.html")
    trouble = browser.one(".troubles li")
    assert trouble.text.startswith("Quizmeisters failed at 10:09: 24 of 24 images failed")
    assert trouble.location["y"] + trouble.size["height"] < 500, "without scrolling"
    trouble.find_element("css selector", "a").click()
    assert browser.driver.current_url == morning.run(FAILING)
    browser.one(".summary a").click()
    first = browser.one(".failures summary")
    assert first.text == "A web page instead of an image not_an_image 14"
    assert len([row for row in browser.all(".failures li") if row.is_displayed()]) == 24
    first.click()
    assert len([row for row in browser.all(".failures li") if row.is_displayed()]) == 10


@pytest.mark.parametrize("width", WIDTHS)
def test_reason_of_a_failed_run_needs_no_scrolling(browser: Browser, morning: Morning, width: int) -> None:
    browser.be(width=width)
    browser.open(f"{morning.site}/runs.html")
    edges = "return [...document.querySelectorAll('.stays')].map((each) => each.getBoundingClientRect().right)"
    assert max(browser.run(edges)) <= width
    browser.run("document.querySelector('.scrolls').scrollLeft = 200")
    assert max(browser.run(edges)) <= width
    assert browser.one("tr.reason").text.endswith("and 1 more")


@pytest.mark.parametrize("width", WIDTHS)
def test_every_replaced_image_is_reached_by_clicks(browser: Browser, morning: Morning, width: int) -> None:
    browser.be(width=width)
    browser.open(morning.run(REFRESHED))
    assert browser.one(".summary").text == f"Refreshed {REPLACED:,} images."
    numbers = [int(each.rpartition(" ")[2].replace(",", "")) for each in browser.texts(".jumps li")]
    assert sum(numbers) == REPLACED
    groups = [each.get_attribute("href") or "" for each in browser.all("main p > a[href$='-1.html']")]
    assert len(groups) == len(numbers), "each group has more images than the page of the run"
    seen: list[str] = []
    for group in groups:
        browser.open(group)
        seen += titles(browser)
        while following := browser.all(".pager [rel=next]"):
            following[0].click()
            seen += titles(browser)
    assert len(seen) == len(set(seen)) == REPLACED
    browser.one(".pairs .history a").click()
    assert "by an operator" in browser.one(".pairs h3").text


def titles(browser: Browser) -> list[str]:
    """Return the titles of all pairs, also of those that are not rendered until somebody scrolls to them."""
    titles = "document.querySelectorAll('.pairs h2, .pairs h4')"
    found: list[str] = browser.run(f"return [...{titles}].map((each) => each.textContent)")
    return found


def test_run_without_changes_is_one_sentence(browser: Browser, morning: Morning) -> None:
    browser.open(morning.run(QUIET))
    assert browser.one(".summary").text == f"Nothing changed. {SKIPPED:,} venues were not due."
    assert browser.all("main section") == []


def test_stale_publisher_is_marked(browser: Browser, morning: Morning) -> None:
    browser.open(f"{morning.site}/dashboard.html")
    assert browser.texts(".troubles li")[1] == (
        f"Pubquiz is stale: last good run 49 h ago, and one is expected every 24 h. Run {morning.runs[STALE]}"
    )
    row = next(each for each in browser.all("tr.is-stale") if "Pubquiz" in each.text)
    assert "Stale" in row.text
    assert row.find_element("css selector", "td").value_of_css_property("background-color") != "rgba(0, 0, 0, 0)"


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (0, ""),
        (1, "This page was made 1 h ago and shows no later run. Build the catalogue again."),
        (72, "This page was made 3 days ago and shows no later run, although one was due since. Build the"),
    ],
)
def test_old_dashboard_says_so(browser: Browser, morning: Morning, hours: int, said: str) -> None:
    browser.be(now=NOW + timedelta(hours=hours))
    browser.open(f"{morning.site}/dashboard.html")
    assert browser.one("#age").text.startswith(said)
    assert browser.one("#age").is_displayed() is bool(said)


def test_dot_of_a_plot_leads_to_its_run(browser: Browser, morning: Morning) -> None:
    browser.open(f"{morning.site}/dashboard.html")
    plot = browser.one("object.plot")
    browser.driver.switch_to.frame(plot)
    target = f"../runs/{morning.runs[FAILING]}.html"
    dots = {dot.get_attribute("xlink:href") or dot.get_attribute("href"): dot for dot in browser.all("a")}
    dots[target].find_element("css selector", "circle").click()
    browser.driver.switch_to.default_content()
    assert browser.one("h1").text == f"Quizmeisters, run {morning.runs[FAILING]}"


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_plots_have_the_paper_of_their_page(browser: Browser, morning: Morning, dark: bool) -> None:
    browser.be(dark=dark)
    browser.open(f"{morning.site}/dashboard.html")
    paper = (26, 22, 19) if dark else (250, 246, 238)  # --paper of site.css
    for plot in browser.all(".plot"):
        browser.run("arguments[0].scrollIntoView({block: 'center'})", plot)
        shot = Image.open(BytesIO(plot.screenshot_as_png)).convert("RGB")
        assert shot.getpixel((1, 1)) == paper, plot.get_attribute("outerHTML")


@pytest.mark.parametrize("look", ["light", "dark", "forced"])
@pytest.mark.parametrize("width", WIDTHS)
def test_nobody_is_shut_out(browser: Browser, morning: Morning, width: int, look: str) -> None:
    browser.be(width=width, dark=look == "dark", forced=look == "forced")
    refreshed = f"runs/{morning.runs[REFRESHED]}"
    runs = (f"runs/{run}.html" for run in morning.runs.values())
    for page in ("dashboard.html", "runs.html", "oldest.html", "histories.html", "history/the-sign-0000.html",
                 "history/the-inn-00.html", f"{refreshed}/same-1.html", *runs):  # fmt: skip
        browser.open(f"{morning.site}/{page}")
        assert browser.faults() == [], page
        assert browser.run("return document.scrollingElement.scrollWidth") <= width, page


def test_forced_colours_keep_frames_and_shadows(browser: Browser, morning: Morning) -> None:
    browser.be(width=390, forced=True)
    browser.open(morning.run(FAILING))
    assert browser.one(".reasons").value_of_css_property("border-top-style") == "solid"
    browser.open(f"{morning.site}/dashboard.html")
    assert "gradient" in browser.one(".scrolls").value_of_css_property("background-image")
    rows = browser.all(".scrolls td, .scrolls th")
    assert {row.value_of_css_property("forced-color-adjust") for row in rows} == {"auto"}


def test_tables_of_operators_fit_on_a_desk(browser: Browser, morning: Morning) -> None:
    for page in ("dashboard.html", "runs.html"):
        browser.open(f"{morning.site}/{page}")
        hidden = "const box = document.querySelector('.scrolls'); return box.scrollWidth - box.clientWidth"
        assert browser.run(hidden) == 0, page


def test_operators_need_no_script(browser: Browser, morning: Morning) -> None:
    browser.be(scripts=False)
    browser.open(f"{morning.site}/dashboard.html")
    browser.one(".troubles a").click()
    assert browser.one(".failures li").is_displayed()
    browser.one(".crumbs a").click()
    assert browser.one("h1").text == "Runs"
