"""The catalogue in a real browser, at two widths."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait
from sqlalchemy import update

from sandbox.client import Sandbox
from tests.support.browser import Browser
from tests.support.filled import begin
from tests.support.project import Project
from trivia_scraper.db import events
from trivia_scraper.db.schema import events as events_table
from trivia_scraper.db.venues import identify_venue
from trivia_scraper.items import Event, Fee, Performer, Schedule, Venue

SPACE = "3rd-space-canberra"
GONE = "the-woolshed-inn"
HOSTILE = '</script><script>pwned=1</script><img src=x onerror="pwned=2">\u202e"\'&amp; ' + "long " * 2000
WIDTHS = (1280, 390)
PAGES = (
    "index.html",
    "towns.html",
    "towns/gb-london.html",
    f"venues/{SPACE}.html",
    "map.html",
)
TILES = "https://tile.openstreetmap.org/"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, _running_sandbox: Sandbox) -> Project:
    """Crawl every publisher, add a venue with hostile text and one that is gone, and build the site."""
    _running_sandbox.reset()
    project = Project(tmp_path_factory.mktemp("catalogue"), _running_sandbox.url)
    for publisher in ("quizmeisters", "question_one", "pubquiz", "speed_quizzing", "geeks_who_drink", "inquizition"):
        assert project.crawl(publisher=publisher).exit_code == 0
    store = project.store()
    now = datetime.now(UTC)
    run = begin(store, now)
    store.run(events.record_event, hostile_event(store.run, now), run, now)
    of_gone = events_table.c.publisher_id == "900107"
    store.run(lambda connection: connection.execute(update(events_table).where(of_gone).values(status="gone")))
    store.close()
    made = project.scrapy("catalogue")
    assert made.exit_code == 0, made.stderr
    return project


def hostile_event(run: Any, now: datetime) -> Event:
    venue = Venue(
        HOSTILE, address=HOSTILE, city=f"<b>{HOSTILE}", country="AU", region=HOSTILE, latitude=-35.0, longitude=149.0,
        phone="+61255500199", website="javascript:pwned=3", facebook="data:text/html,<script>pwned=4</script>",
    )  # fmt: skip
    schedule = Schedule(HOSTILE, 2, "19:00", "weekly", "FREQ=WEEKLY;BYDAY=TU", "Australia/Sydney")
    event = Event(
        "quizmeisters", "hostile", "javascript:pwned=5", HOSTILE, HOSTILE, venue=venue, schedule=schedule,
        fee=Fee(HOSTILE), performer=Performer(HOSTILE),
    )  # fmt: skip
    event.venue.slug = run(identify_venue, event.publisher, event.publisher_id, event.venue, now)
    return event


@pytest.fixture(scope="module")
def site(project: Project) -> str:
    return (project.home / "catalogue").as_uri()


@pytest.fixture(scope="module")
def stored(project: Project) -> list[dict[str, Any]]:
    return project.events()


@pytest.fixture(autouse=True)
def check_console_and_requests(browser: Browser) -> Iterator[None]:
    """Start with a default browser. Afterwards assert that pages logged no error and loaded only their own files."""
    browser.be()
    yield
    assert browser.complaints() == []
    assert [address for address in browser.requests() if not address.startswith(("file:", "about:", "data:"))] == []


def count(browser: Browser) -> int:
    number = browser.one("#count").text.split()[0].replace(",", "")
    return 0 if number == "No" else int(number)


def found(browser: Browser) -> set[str]:
    """Return the names of all venues found, with those behind the button for more."""
    browser.run("const more = document.getElementById('more'); while (!more.hidden) more.click()")
    assert len(browser.all(".card")) == count(browser)
    return set(browser.texts(".card h2"))


def look_for(browser: Browser, text: str) -> None:
    query = browser.one("#q")
    query.clear()
    query.send_keys(text)


def names(rows: list[dict[str, Any]]) -> set[str]:
    return {row["venue"]["name"] for row in rows if row["publisher_id"] != "hostile"}


def is_listed(row: dict[str, Any]) -> bool:
    """Whether a search finds it without being asked for nights that are over."""
    schedule = row["schedule"]
    day = schedule["starts_on"] if schedule["frequency"] == "once" else None
    until = re.search(r"UNTIL=(\d{4})(\d\d)(\d\d)", schedule["rrule"] or "")
    last = "-".join(until.groups()) if until else day
    is_over = row["status"] == "gone" or (last and last < datetime.now(UTC).date().isoformat())
    return not is_over and row["publisher_id"] != "hostile"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "words", ["3rd space", "CANBERRA 3rd", "2612", "priya nandakumar", "3rd spase canbera", "3rd spce"]
)
def test_search_finds_names_towns_postcodes_and_hosts(browser: Browser, site: str, width: int, words: str) -> None:
    browser.be(width=width)
    browser.open(f"{site}/index.html")
    look_for(browser, words)
    assert browser.texts(".card h2")[0] == "3rd Space Canberra"


def test_search_assumes_typo_only_without_exact_match(browser: Browser, site: str) -> None:
    browser.open(f"{site}/index.html#q=frge")
    assert "Forge" in browser.texts(".card h2")[0]
    look_for(browser, "arms")
    assert all("arms" in text.lower() for text in found(browser))
    assert count(browser) > 0


@pytest.mark.parametrize("width", [800, 390])
def test_search_field_uses_full_width(browser: Browser, site: str, width: int) -> None:
    browser.be(width=width)
    browser.open(f"{site}/index.html#q=zzzzz")
    wide = browser.run(
        "const style = getComputedStyle(document.getElementById('search'));"
        "const inside = document.getElementById('search').clientWidth;"
        "return inside - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)"
    )
    assert browser.one("#q").size["width"] == pytest.approx(wide, abs=1)
    assert browser.one("#clear").size["height"] < 40, "its text is on one line"


def test_search_ignores_diacritics(browser: Browser, site: str) -> None:
    browser.open(f"{site}/index.html#q=zielony+zuraw")
    assert browser.texts(".card h2")[0] == "Zielony Żuraw"
    look_for(browser, "Łódź")
    with_marks = found(browser)
    look_for(browser, "lodz")
    assert found(browser) == with_marks
    look_for(browser, "qqqqq")
    assert browser.one("#count").text.startswith("No pub fits")


@pytest.mark.parametrize("width", WIDTHS)
def test_filters_find_stored_venues(browser: Browser, site: str, stored: list[dict[str, Any]], width: int) -> None:
    browser.be(width=width)
    browser.open(f"{site}/index.html")
    rows = [row for row in stored if is_listed(row)]
    chip = browser.one("input[name=day][value='2']")
    chip.click()
    browser.one("input[name=free]").click()
    both = [row for row in rows if row["schedule"]["weekday"] == 2 and row["fee"]["amount"] == 0]
    assert names(both) == found(browser) - {HOSTILE}
    browser.one("#clear").click()
    assert not chip.is_selected()
    assert not browser.one("#by").is_displayed()
    browser.one("#further").click()
    for field, text, fits in (
        ("by", "Pubquiz", lambda row: row["publisher"] == "pubquiz"),
        ("place", "United Kingdom", lambda row: row["venue"]["country"] == "GB"),
        ("place", "London", lambda row: row["venue"]["city"] == "London"),
    ):
        browser.one(f"#{field}").send_keys(text)
        assert found(browser) == names([row for row in rows if fits(row)]), field
        if field == "by":
            browser.one("#clear").click()
    browser.one("#place").send_keys("Everywhere")
    look_for(browser, "woolshed")
    assert "The Woolshed Inn" not in found(browser)
    browser.one("input[name=ended]").click()
    browser.driver.implicitly_wait(5)
    browser.one(".card.is-gone")
    browser.driver.implicitly_wait(0)
    assert "The Woolshed Inn" in found(browser)
    assert "No longer listed" in browser.texts(".card")[0]


def test_search_and_filters_are_kept_in_url(browser: Browser, site: str) -> None:
    browser.open(f"{site}/index.html")
    browser.one("#place").send_keys("Poland")
    browser.one("input[name=day][value='3']").click()
    look_for(browser, "a")
    before, address = found(browser), browser.driver.current_url
    browser.open(address)
    assert found(browser) == before
    assert browser.one("#q").get_attribute("value") == "a"


def test_back_shows_as_many_cards_as_before(browser: Browser, site: str) -> None:
    browser.open(f"{site}/index.html#place=all&q=the")
    browser.one("#more").click()
    names_before = browser.texts(".card h2")
    assert len(names_before) > 24
    last = browser.all(".card h2 a")[-1]
    browser.run("arguments[0].scrollIntoView({ block: 'center' })", last)
    before = browser.run("return scrollY")
    last.click()
    assert browser.one("h1").text == names_before[-1]
    browser.driver.back()
    assert browser.texts(".card h2") == names_before
    assert browser.run("return scrollY") == pytest.approx(before, abs=20)


def starts_of(row: dict[str, Any], around: date) -> list[datetime]:
    """Return the starts of a weekly or dated night around a date, computed without the code under test."""
    schedule = row["schedule"]
    if row["status"] not in {"active", "missing"} or not schedule["start_time"] or not schedule["timezone"]:
        return []
    days = [around + timedelta(days=number) for number in range(-2, 3)]
    if schedule["frequency"] == "weekly":
        days = [day for day in days if day.isoweekday() == schedule["weekday"]]
    else:
        days = [day for day in days if day.isoformat() == schedule["starts_on"] and schedule["frequency"] == "once"]
    clock = time.fromisoformat(schedule["start_time"])
    return [datetime.combine(day, clock, ZoneInfo(schedule["timezone"])) for day in days]


@pytest.mark.parametrize("country", ["AU", "GB", "US"])
def test_tonight_by_the_clock_of_the_venue(
    browser: Browser, site: str, stored: list[dict[str, Any]], country: str
) -> None:
    now = datetime.now(UTC)

    def is_tonight(start: datetime) -> bool:
        here = now.astimezone(start.tzinfo)
        return start.date() <= here.date() and start.hour >= 16 and start >= here - timedelta(hours=2)

    rows = [row for row in stored if row["venue"]["country"] == country]
    regular = [row for row in rows if row["schedule"]["frequency"] in {"weekly", "once"}]
    expected = names([row for row in regular if any(is_tonight(start) for start in starts_of(row, now.date()))])
    # Of other nights, and of those whose instants are not known, only the dates can be compared.
    sure = [row for row in regular if row["schedule"]["start_time"] and row["schedule"]["timezone"]]
    others = names([row for row in rows if row not in sure])
    browser.open(f"{site}/index.html#place={country}&when=tonight")
    shown = found(browser)
    assert expected <= shown
    assert shown - expected <= others | {HOSTILE}
    assert {text.capitalize() for text in browser.texts(".soon")} <= {"Tonight"}
    assert len(browser.texts(".soon")) == len(browser.texts(".card"))


@pytest.mark.parametrize("width", WIDTHS)
def test_venue_page(browser: Browser, site: str, width: int) -> None:
    browser.be(width=width, zone="Europe/London")
    browser.open(f"{site}/index.html#q=3rd+space")
    browser.one(".card h2 a").click()
    assert browser.one("h1").text == "3rd Space Canberra"
    assert browser.run("return document.querySelector('.photograph img').naturalWidth") > 0
    assert browser.one(".photograph img").get_attribute("alt") == "Photograph of 3rd Space Canberra"
    dates = [entry for entry in browser.all(".dates li") if entry.is_displayed()]
    assert len(dates) == 4
    assert all(entry.text.startswith("Tuesday") and entry.text.endswith(", 7 pm") for entry in dates)
    assert browser.one(".next time").text == dates[0].text
    assert re.fullmatch(r"(\w+day, )?\d{1,2}(:\d\d)?\s[ap]m your time", browser.one(".next .quiet").text)
    text = browser.one("main").text
    assert text.count("your time") == 1
    directions, call, calendar = (each.get_attribute("href") or "" for each in browser.all(".actions a"))
    assert directions.startswith("https://www.google.com/maps/dir/?api=1&destination=-35.")
    assert (call, calendar.rpartition("/")[2]) == ("tel:+61255500101", f"{SPACE}.ics")
    for part in ("Tuesdays, 7 pm", "Free", "Priya Nandakumar", "12 Lonsdale St", "last seen there on"):
        assert part in text
    event = json.loads(browser.one("script[type='application/ld+json']").get_attribute("textContent") or "")
    assert (event["@type"], event["eventSchedule"]["byDay"]) == ("Event", "https://schema.org/Tuesday")
    browser.one(".links a[href*='map.html']").click()
    assert "3rd Space Canberra" in browser.texts("#in-view a")


def test_reader_in_same_zone_sees_no_second_time(browser: Browser, site: str) -> None:
    browser.be(zone="Australia/Sydney")
    browser.open(f"{site}/venues/{SPACE}.html")
    assert "your time" not in browser.one("main").text


def test_failing_image_shows_the_initial(browser: Browser, site: str, project: Project, tmp_path: Path) -> None:
    copy = tmp_path / "site"
    shutil.copytree(project.home / "catalogue", copy, ignore=shutil.ignore_patterns("images"))
    browser.open(f"{copy.as_uri()}/venues/{SPACE}.html")
    browser.run("scrollTo(0, document.body.scrollHeight)")
    browser.wait_for("return document.images.length === 0")
    assert browser.texts(".photograph .initial, .host .initial") == ["3", "3"]
    assert all("ERR_FILE_NOT_FOUND" in complaint for complaint in browser.complaints())
    browser.open(f"{copy.as_uri()}/index.html#q=3rd+space")
    browser.wait_for("return document.images.length === 0")
    assert browser.texts(".card .initial")[0]
    assert all("ERR_FILE_NOT_FOUND" in complaint for complaint in browser.complaints())


def test_page_of_gone_venue(browser: Browser, site: str) -> None:
    browser.open(f"{site}/venues/{GONE}.html")
    assert "No longer listed" in browser.one("main").text
    assert "No longer listed" in browser.one("main > :first-child").text
    assert browser.all(".dates") == []
    assert browser.all("a[href$='.ics'], .next") == []
    assert browser.all("script[type='application/ld+json']") == []


def click_the_middle_of_the_map(browser: Browser) -> None:
    box = browser.one("#map")
    browser.run("arguments[0].scrollIntoView({ block: 'center' })", box)
    ActionChains(browser.driver).move_to_element(box).click().perform()


@pytest.mark.parametrize("width", WIDTHS)
def test_map_without_tiles(browser: Browser, site: str, stored: list[dict[str, Any]], width: int) -> None:
    browser.be(width=width)
    browser.open(f"{site}/map.html")
    venues = {
        row["venue"]["slug"]: row["venue"] for row in stored if is_listed(row) or row["publisher_id"] == "hostile"
    }
    placed = sum(venue["latitude"] is not None for venue in venues.values())
    assert browser.one("#in-view-count").text.startswith(f"{placed} pubs")
    space = venues[SPACE]
    browser.open(f"{site}/map.html#14/{space['latitude']}/{space['longitude']}")
    assert browser.one("#in-view a").text == "3rd Space Canberra"
    click_the_middle_of_the_map(browser)
    assert "3rd Space Canberra" in browser.texts(".leaflet-popup-content")[0]
    browser.one("#map").send_keys(Keys.ESCAPE, "-", "-")
    WebDriverWait(browser.driver, 5).until(lambda driver: "view=14/" not in driver.current_url)


def test_map_tiles_load_only_on_request(browser: Browser, site: str) -> None:
    browser.open(f"{site}/map.html#12/-35.27/149.13")
    browser.run("const tile = new Image(); tile.src = arguments[0]; document.body.append(tile)", f"{TILES}1/1/1.png")
    (complaint,) = browser.complaints()
    assert "Content Security Policy" in complaint
    browser.one("#other").click()
    assert "view=12/-35.2700/149.1300" in browser.driver.current_url
    asked = [address for address in browser.requests() if not address.startswith(("file:", "about:"))]
    assert asked
    assert all(address.startswith(TILES) for address in asked)
    browser.open(f"{site}/streets.html#12/-35.27/149.13")
    assert "OpenStreetMap contributors" in browser.one("#map").text
    browser.open("about:blank")  # discards the errors of the tiles, which cannot be downloaded here


def test_catalogue_works_by_keyboard(browser: Browser, site: str) -> None:
    browser.open(f"{site}/index.html")

    def press(*keys: str) -> str:
        ActionChains(browser.driver).send_keys(*keys).perform()
        label: str = browser.run("const at = document.activeElement; return at.textContent.trim() || at.name || at.id")
        return label

    assert press(Keys.TAB) == "Skip to the content"
    press(Keys.ENTER)
    assert press(Keys.TAB) == "q"
    press("canberra")
    reached = [press(Keys.TAB) for _ in range(6)]
    assert reached[1:] == ["Near me", "when", "when", "when", "day"]
    assert press(Keys.TAB, Keys.SPACE) == "day"
    assert browser.texts(".card h2") == ["3rd Space Canberra"]
    while press(Keys.TAB) != "3rd Space Canberra":
        pass
    press(Keys.ENTER)
    assert browser.one("h1").text == "3rd Space Canberra"
    browser.open(f"{site}/index.html")
    before = len(browser.all(".card"))
    browser.one("#more").send_keys(Keys.ENTER)
    assert len(browser.all(".card")) > before
    assert press() == browser.texts(".card h2")[before]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_catalogue_is_accessible(browser: Browser, site: str, page: str, width: int, dark: bool) -> None:
    browser.be(width=width, dark=dark)
    browser.open(f"{site}/{page}")
    assert browser.faults() == []
    assert browser.run("return document.scrollingElement.scrollWidth") <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_publisher_text_is_escaped_in_catalogue(browser: Browser, site: str, project: Project, width: int) -> None:
    browser.be(width=width)
    (venue,) = {row["venue"]["slug"] for row in project.events() if row["publisher_id"] == "hostile"}
    (town,) = [path.name for path in Path(project.home, "catalogue/towns").glob("*script*.html")]
    for page in (f"venues/{venue}.html", f"towns/{town}", "towns.html", "index.html#q=pwned", "map.html#15/-35/149"):
        browser.open(f"{site}/{page}")
        assert "</script><script>pwned=1" in browser.one("main").text, page
        assert browser.run("return [typeof pwned, document.images.length]")[0] == "undefined"
        assert browser.run(
            'return document.querySelectorAll(\'main a:not([href^="http"]):not([href^="tel:"])\').length'
        )
        assert browser.all("a[href^='javascript:'], a[href^='data:'], img[onerror]") == []
        assert browser.run("return document.scrollingElement.scrollWidth") <= width
    click_the_middle_of_the_map(browser)
    assert "</script><script>pwned=1" in browser.texts(".leaflet-popup-content")[0]


def test_venues_are_reached_without_scripts(browser: Browser, site: str) -> None:
    browser.be(scripts=False)
    browser.open(f"{site}/index.html")
    browser.one("noscript a").click()
    browser.one("a[href='towns/gb-london.html']").click()
    assert [each.text for each in browser.all(".needs-script") if each.is_displayed()] == []
    browser.one(".weekdays a[href='#monday']").click()
    browser.one("#monday + .slots a").click()
    assert browser.one(".night h2").text
