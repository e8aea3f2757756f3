"""Where and when a reader can go: search page and map in a real browser, with a given clock, zone and position."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait
from sqlalchemy import update

from tests.support.browser import Browser
from tests.support.drawn import encoded, noise
from tests.support.filled import begin, finish, quiz, record
from tests.support.sqlite import put_upgraded_database
from trivia_scraper.db.engine import Store
from trivia_scraper.db.schema import events as events_table
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.items import Event, Fee, Schedule, Venue
from trivia_scraper.site.build import build

WIDTHS = (1280, 390)
MADE = datetime(2026, 11, 22, 3, 30, tzinfo=UTC)
EVENING_IN_SYDNEY = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)  # a Tuesday, 7 pm there and 8 am in London
EVENING_IN_LONDON = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)
HARBOUR = (-33.8612, 151.2110)
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
SYDNEY, LONDON = "Australia/Sydney", "Europe/London"


def night(
    name: str, city: str, country: str, zone: str, day: int, clock: str, publisher: str = "quizmeisters", **facts: Any
) -> Event:
    place = facts.pop("place", (None, None))
    region, postcode = facts.pop("region", None), facts.pop("postcode", None)
    venue = Venue(name, address=facts.pop("address", f"1 {name} St"), city=city, country=country, region=region,
                  postcode=postcode, latitude=place[0], longitude=place[1])  # fmt: skip
    schedule = Schedule("x", day, clock, "weekly", f"FREQ=WEEKLY;BYDAY={DAYS[day - 1]}", zone)
    given: dict[str, Any] = {"venue": venue, "schedule": schedule, "fee": Fee("£2", 200, "GBP")} | facts
    return quiz(name, publisher, **given)


def nights() -> list[Event]:
    once = Schedule("x", 2, "19:00", "once", None, LONDON, "2026-07-14")
    free = Fee("Free", 0, "GBP")
    return [
        night("Harbour Hotel", "Sydney", "AU", SYDNEY, 2, "19:30", place=HARBOUR, region="NSW"),
        night("Surry Inn", "Sydney", "AU", SYDNEY, 2, "18:00", place=(-33.8840, 151.2121), region="NSW",
              postcode="2010"),
        night("Parra Arms", "Parramatta", "AU", SYDNEY, 2, "20:00", place=(-33.815, 151.0), region="NSW"),
        night("Swan Hotel", "Perth", "AU", "Australia/Perth", 4, "19:00", place=(-31.95, 115.86), region="WA"),
        night("Camden Arms", "London", "GB", LONDON, 2, "19:30", "speed_quizzing", place=(51.539, -0.142), fee=free,
              postcode="NW1 7JN"),
        night("Fox & Hounds", "London", "GB", LONDON, 1, "20:00", "speed_quizzing", place=(51.49, -0.155)),
        night("The Grapes", "London", "GB", LONDON, 1, "17:00", "speed_quizzing", address="76 Narrow St", fee=free),
        night("The Free Press", "Cambridge", "GB", LONDON, 3, "20:30", "speed_quizzing", place=(52.2, 0.126)),
        night("O’Brien’s", "Dublin", "IE", "Europe/Dublin", 4, "20:00", "inquizition", place=(53.344, -6.26)),
        night("Aloha Bar", "Honolulu", "US", "Pacific/Honolulu", 1, "21:30", "geeks_who_drink", place=(21.3, -157.85)),
        night("Wynkoop", "Denver", "US", "America/Denver", 3, "20:00", "geeks_who_drink", place=(39.75, -104.99)),
        night("Past Glory", "London", "GB", LONDON, 2, "19:00", "speed_quizzing", schedule=once, place=(51.5, -0.1)),
        night("Dropped Inn", "London", "GB", LONDON, 2, "19:00", "speed_quizzing", place=(51.5, -0.11)),
    ]  # fmt: skip


def site_of(home: Path, events: list[Event], now: datetime = MADE) -> str:
    home.mkdir()
    put_upgraded_database(home / "trivia.db")
    with closing(Store(f"sqlite:///{home / 'trivia.db'}")) as store:
        run = begin(store, now)
        for event in events:
            record(store, event, run, now)
        finish(store, run, now)
        dropped = events_table.c.publisher_id == "Dropped Inn"
        store.run(lambda connection: connection.execute(update(events_table).where(dropped).values(status="gone")))
        build(store, LocalFileStore(home / "images"), home / "site", base_url=None, now=now)
    return (home / "site").as_uri()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> str:
    return site_of(tmp_path_factory.mktemp("finding") / "home", nights())


@pytest.fixture(scope="module")
def later_site(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A week later: another country, town and publisher come first, and the numbers of all others have moved."""
    first = night("Aachener", "Aachen", "AT", "Europe/Vienna", 1, "19:00", "aachen", place=(48.2, 16.37))
    once = Schedule("x", 6, "19:00", "once", None, "Europe/Paris", "2026-12-05")
    paris = night("One Off", "Paris", "FR", "Europe/Paris", 6, "19:00", schedule=once)
    return site_of(tmp_path_factory.mktemp("later") / "home", [first, *nights(), paris], MADE + timedelta(days=7))


@pytest.fixture(scope="module")
def logo_site(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A site of two pubs with logos, one of 40 pixels."""
    home = tmp_path_factory.mktemp("logos")
    put_upgraded_database(home / "trivia.db")
    files = LocalFileStore(home / "images")
    with closing(Store(f"sqlite:///{home / 'trivia.db'}")) as store:
        run = begin(store, MADE)
        for name, image in (("Wide", noise(900, 300)), ("Small", noise(40, 40))):
            event = night(name, "Denver", "US", "America/Denver", 3, "20:00", "geeks_who_drink")
            record(store, event, run, MADE, [("logo", f"https://q.example/{name}", encoded(image, "JPEG"))], files)
        finish(store, run, MADE)
        build(store, files, home / "site", base_url=None, now=MADE)
    return (home / "site").as_uri()


@pytest.fixture(autouse=True)
def nothing_to_complain_of(browser: Browser) -> Iterator[None]:
    browser.be()
    yield
    assert browser.complaints() == []
    assert [address for address in browser.requests() if not address.startswith(("file:", "about:", "data:"))] == []
    browser.be()


def found(browser: Browser) -> list[str]:
    return browser.texts(".card h2")


def dates(browser: Browser) -> list[str]:
    """Return the first date on each card."""
    return [text.replace("\N{NO-BREAK SPACE}", " ") for text in browser.texts(".card-nights b")]


def wait(browser: Browser, script: str) -> None:
    WebDriverWait(browser.driver, 5).until(lambda _: browser.run(f"return {script}"))


def look_for(browser: Browser, text: str) -> list[str]:
    query = browser.one("#q")
    query.clear()
    query.send_keys(text)
    return found(browser)


@pytest.mark.parametrize("width", WIDTHS)
def test_near_me_sorts_by_distance(browser: Browser, site: str, width: int) -> None:
    browser.be(width=width, zone=SYDNEY, now=EVENING_IN_SYDNEY, place=HARBOUR)
    browser.open(f"{site}/index.html")
    browser.one("#near").click()
    wait(browser, "document.getElementById('place').value.includes(',')")
    assert found(browser) == ["Harbour Hotel", "Surry Inn", "Parra Arms"]
    distances = browser.texts(".distance")
    assert distances[0] == "0.0 km"
    assert distances[2].endswith("20 km")
    assert "place=-33.86,151.21" in browser.driver.current_url, "rounded to about a kilometre"
    assert "151.211" not in browser.driver.current_url
    browser.one("[name=sort]").send_keys("time")
    assert found(browser) == ["Surry Inn", "Harbour Hotel", "Parra Arms"]
    assert browser.run("return document.scrollingElement.scrollWidth") <= width


@pytest.mark.parametrize("page", ["index.html", "map.html"])
def test_near_me_in_words_offers_the_position(browser: Browser, site: str, page: str) -> None:
    browser.be(width=390, zone=SYDNEY, now=EVENING_IN_SYDNEY, place=HARBOUR)
    browser.open(f"{site}/{page}")
    offer = browser.one("#use-position")
    for words, is_offered in (("quiz", False), ("quiz near me", True), ("near", False), ("pubs nearby", True)):
        look_for(browser, words)
        assert offer.is_displayed() == is_offered, words
    offer.click()
    wait(browser, "document.getElementById('place').value.includes(',')")
    assert browser.one("#count").text == "3 pubs · Near you"
    assert not offer.is_displayed()
    assert browser.run("return document.activeElement.id") == "near"


def test_near_me_refused_says_so(browser: Browser, site: str) -> None:
    browser.open(f"{site}/index.html")
    browser.one("#near").click()
    wait(browser, "!document.getElementById('problem').hidden")
    assert "did not give your position" in browser.one("#problem").text
    assert browser.one("#near").get_attribute("aria-busy") is None


def test_near_me_far_from_all_shows_nearest(browser: Browser, site: str) -> None:
    browser.be(zone=LONDON, now=EVENING_IN_LONDON)
    browser.open(f"{site}/index.html#place=48.85,2.35")
    assert found(browser) == ["Fox & Hounds", "Camden Arms", "The Free Press"]
    assert browser.one("#count").text == "No pub fits within 30 miles. The nearest 3:"


def test_tonight_far_from_all_shows_nothing_of_another_country(browser: Browser, site: str) -> None:
    browser.be(zone=SYDNEY, now=EVENING_IN_SYDNEY)
    browser.open(f"{site}/index.html#place=-35.28,149.13&when=tonight")
    assert set(found(browser)) == {"Surry Inn", "Harbour Hotel", "Parra Arms"}
    assert browser.one("#count").text == "No pub fits within 50 km tonight. The nearest 3:"
    browser.open(f"{site}/index.html#place=-42.88,147.33&when=tonight")
    assert found(browser) == []
    assert browser.one("#count").text == "No pub fits within 500 km."


def test_near_me_lists_pubs_of_unknown_position(browser: Browser, site: str) -> None:
    browser.be(zone=LONDON, now=EVENING_IN_LONDON)
    browser.open(f"{site}/index.html#place=51.54,-0.14")
    assert found(browser) == ["Camden Arms", "Fox & Hounds", "The Grapes"]
    text = "2 pubs · Near London · 1 more in London whose position is not known"
    assert browser.one("#count").text == text
    assert len(browser.texts(".distance")) == 2


@pytest.mark.parametrize(
    ("zone", "unit", "own"),
    [
        (SYDNEY, "km", []),
        (LONDON, "mi", ["(7 am your time)", "(8:30 am your time)"]),
        ("Europe/Paris", "mi", ["(8 am your time)", "(9:30 am your time)"]),  # by language, which is en-US
    ],
)
def test_distance_and_own_time_are_the_readers(
    browser: Browser, site: str, zone: str, unit: str, own: list[str]
) -> None:
    browser.be(zone=zone, now=EVENING_IN_SYDNEY)
    browser.open(f"{site}/index.html#place=-33.86,151.21&sort=soonest")
    assert {text.split()[-1] for text in browser.texts(".distance")} == {unit}
    shown = [text.replace("\N{NO-BREAK SPACE}", " ") for text in browser.texts(".card-nights .quiet")]
    assert shown[:2] == own


def test_pubs_of_one_name_are_told_apart(browser: Browser, tmp_path: Path) -> None:
    horses = [night("The White Horse", "London", "GB", LONDON, 1, "19:00", address=address, publisher=publisher,
                    place=(51.5, longitude), postcode=postcode)
              for address, publisher, longitude, postcode in (
                  ("1 High St, London", "speed_quizzing", -0.1, "SE1 9ZZ"),
                  ("2 Low Road", "pubquiz", 0.1, "E1 9ZZ"),
              )]  # fmt: skip
    other = night("The Grapes", "London", "GB", LONDON, 2, "19:00", place=(51.52, 0))
    address = site_of(tmp_path / "home", [*horses, other])
    expected = ["1 High St, London", "2 Low Road, London", "London"]
    for state in ("", "#q=london"):
        browser.open(f"{address}/index.html{state}")
        assert sorted(browser.texts(".card-town")) == expected
    browser.be(scripts=False)
    browser.open(f"{address}/index.html")
    assert sorted(browser.texts(".card-town")) == expected
    browser.be()
    browser.open(f"{address}/map.html#place=GB")
    wait(browser, "document.querySelectorAll('#in-view li').length === 3")
    assert sorted(browser.texts("#in-view li .quiet:nth-of-type(1)")) == expected


def test_map_near_me_shows_the_reader_and_the_lists_order(browser: Browser, site: str) -> None:
    browser.be(zone=LONDON, now=EVENING_IN_LONDON, place=(51.5, -0.15))
    browser.open(f"{site}/index.html#place=GB")
    browser.one("#near").click()
    wait(browser, "document.getElementById('place').value.includes(',')")
    assert found(browser) == ["Fox & Hounds", "Camden Arms", "The Grapes"]
    browser.one(".other-view").click()
    wait(browser, "document.querySelectorAll('#in-view li').length === 2")
    assert browser.texts("#in-view a") == ["Fox & Hounds", "Camden Arms"]
    assert browser.texts("#in-view li .quiet")[0] == "London · 0.7 mi"
    browser.one("[name=sort]").send_keys("time")
    assert browser.texts("#in-view a") == ["Camden Arms", "Fox & Hounds"]
    assert browser.one(".you").get_attribute("aria-label") == "You are here"
    browser.one("#place").send_keys("Everywhere")
    assert browser.all(".you") == []


def test_map_begins_high_on_a_phone(browser: Browser, site: str) -> None:
    browser.be(width=390, zone=LONDON)
    browser.open(f"{site}/map.html")
    assert browser.run("return document.getElementById('map').getBoundingClientRect().top") < 370


@pytest.mark.parametrize("width", [390, 320])
def test_filters_fit_a_phone(browser: Browser, site: str, width: int) -> None:
    browser.be(width=width)
    browser.open(f"{site}/index.html")
    right = browser.run("return document.getElementById('q').getBoundingClientRect().right")
    chips = "return [...document.querySelectorAll('.search .chip')].filter((each) => each.offsetParent).map((each) => "
    assert max(browser.run(f"{chips}each.getBoundingClientRect().right)")) <= right + 0.5
    assert max(browser.run(f"{chips}each.clientHeight)")) < 50, "on one line"


def test_near_me_far_from_all_shows_nearest_by_time(browser: Browser, tmp_path: Path) -> None:
    far = [night(f"Lyon {number}", "Lyon", "FR", "Europe/Paris", 1, "18:00", place=(45.76, 4.84))
           for number in range(24)]  # fmt: skip
    near = night("Fox & Hounds", "London", "GB", LONDON, 7, "20:00", place=(51.49, -0.155))
    browser.be(now=MADE + timedelta(days=1))
    browser.open(f"{site_of(tmp_path / 'home', [*far, near])}/index.html#place=48.85,2.35&sort=soonest")
    assert len(found(browser)) == 24
    assert found(browser)[-1] == "Fox & Hounds"


@pytest.mark.parametrize("width", WIDTHS)
def test_tonight_in_sydney(browser: Browser, site: str, width: int) -> None:
    browser.be(width=width, zone=SYDNEY, now=EVENING_IN_SYDNEY)
    browser.open(f"{site}/index.html")
    browser.one("[name=when][value=tonight]").click()
    assert found(browser) == ["Surry Inn", "Harbour Hotel", "Parra Arms"]
    assert set(browser.texts(".soon")) == {"Tonight"}
    browser.open(f"{site}/index.html#place=all&when=tonight")
    assert "Aloha Bar" not in found(browser), "its Monday evening is on, in Honolulu"
    browser.open(f"{site}/index.html#place=US&when=tonight")
    assert found(browser) == ["Aloha Bar"]


@pytest.mark.parametrize("width", WIDTHS)
def test_tonight_in_london(browser: Browser, site: str, width: int) -> None:
    browser.be(width=width, zone=LONDON, now=EVENING_IN_LONDON)
    browser.open(f"{site}/index.html")
    browser.one("[name=when][value=tonight]").click()
    assert found(browser) == ["Camden Arms"]
    assert dates(browser) == ["Tue 24 Nov, 7:30 pm"]
    browser.open(f"{site}/index.html#place=all&when=tonight")
    assert found(browser) == ["Camden Arms"]


def test_tonight_in_a_country_of_many_zones(browser: Browser, site: str) -> None:
    """It is a Monday evening in Honolulu, and after midnight in New York."""
    browser.be(zone="America/New_York", now=datetime(2026, 11, 24, 6, 0, tzinfo=UTC))
    browser.open(f"{site}/index.html#place=US&when=tonight")
    assert found(browser) == []
    assert look_for(browser, "honolulu") == ["Aloha Bar"]
    browser.open(f"{site}/index.html#place=us-honolulu&when=tonight")
    assert found(browser) == ["Aloha Bar"]
    browser.be(zone="Pacific/Honolulu", now=datetime(2026, 11, 24, 6, 0, tzinfo=UTC))
    browser.open(f"{site}/index.html#place=US&when=tonight")
    assert found(browser) == ["Aloha Bar"]


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("fox and hounds", ["Fox & Hounds"]),
        ("Fox & Hounds", ["Fox & Hounds"]),
        ("obriens", ["O’Brien’s"]),
        ("o'brien's", ["O’Brien’s"]),
        ("london monday", ["The Grapes", "Fox & Hounds"]),
        ("monday quiz in London", ["The Grapes", "Fox & Hounds"]),
        ("free london", ["Camden Arms", "The Grapes"]),
        ("free", ["The Free Press", "Camden Arms", "The Grapes"]),
        ("quizmeisters", ["Surry Inn", "Harbour Hotel", "Parra Arms", "Swan Hotel"]),
        ("geeks who drink denver", ["Wynkoop"]),
        ("australia", ["Surry Inn", "Harbour Hotel", "Parra Arms", "Swan Hotel"]),
        ("usa", ["Aloha Bar", "Wynkoop"]),
        ("london after 6 pm", ["Camden Arms", "Fox & Hounds"]),
        ("london after 12 pm", ["Camden Arms", "The Grapes", "Fox & Hounds"]),
        ("london after 7 am", ["Camden Arms", "The Grapes", "Fox & Hounds"]),
        ("london after 12 am", ["Camden Arms", "The Grapes", "Fox & Hounds"]),
        ("london before 11 am", []),
        ("london before 6pm", ["The Grapes"]),
        ("London until 6 P.M.", ["The Grapes"]),
        ("london before 5", []),
        ("london after 19:30", ["Camden Arms", "Fox & Hounds"]),
        ("london after 7.45", ["Fox & Hounds"]),
        ("london from 07:00", ["Camden Arms", "The Grapes", "Fox & Hounds"]),
        ("london 7-9pm", ["Camden Arms", "Fox & Hounds"]),
        ("london 5 to 7 pm", ["The Grapes"]),
        ("london between 7 and 8", ["Camden Arms"]),
        ("london 19:45–21:00", ["Fox & Hounds"]),
        ("london 11-6pm", ["The Grapes"]),
        ("london 8pm-1am", ["Fox & Hounds"]),
        ("london after 5.30 and before 8", ["Camden Arms"]),
        ("76-78 narrow", []),
        ("76 narrow", ["The Grapes"]),
        ("camden tonight", ["Camden Arms"]),
        ("8pm tuesday", ["Parra Arms", "Harbour Hotel", "Camden Arms"]),
        ("8:30 pm", ["Parra Arms", "The Free Press", "Wynkoop", "O’Brien’s", "Fox & Hounds"]),
        ("quiz near me monday london", ["The Grapes", "Fox & Hounds"]),
        ("best quiz bars in london", ["Camden Arms", "The Grapes", "Fox & Hounds"]),
        ("camden today", ["Camden Arms"]),
        ("arms this week", ["Parra Arms", "Camden Arms"]),
        ("past glory", []),
        ("camdem", ["Camden Arms"]),
        ("nw1 7jn", ["Camden Arms"]),
        ("NW17JN", ["Camden Arms"]),
        ("NW17JM", []),
        ("2010", ["Surry Inn"]),
        ("NSW 2011", []),
    ],
)
def test_words_find_what_they_mean(browser: Browser, site: str, words: str, names: list[str]) -> None:
    browser.be(now=EVENING_IN_SYDNEY)
    browser.open(f"{site}/index.html#place=all")
    assert look_for(browser, words) == names


@pytest.mark.parametrize(
    ("state", "count"),
    [
        ("place=all&q=8pm+tuesday", "3 pubs · Everywhere · about 8 pm"),
        ("place=gb-london&q=7:30+pm", "2 pubs · London · about 7:30 pm"),
        ("place=IE&q=parramatta+8pm", "1 pub about 8 pm, none in Ireland"),
        ("place=48.85,2.35&q=8pm", "7 pubs about 8 pm, none near you"),
        ("place=all&q=tuesday+after+7", "3 pubs · Everywhere"),
    ],
)
def test_count_says_about_which_time(browser: Browser, site: str, state: str, count: str) -> None:
    browser.be(zone=LONDON, now=EVENING_IN_SYDNEY)
    browser.open(f"{site}/index.html#{state}")
    assert browser.one("#count").text.replace("\N{NO-BREAK SPACE}", " ") == count


def test_words_are_looked_for_elsewhere_if_nothing_fits_here(browser: Browser, site: str) -> None:
    browser.be(zone=SYDNEY, now=EVENING_IN_SYDNEY)
    browser.open(f"{site}/index.html")
    assert look_for(browser, "london monday") == ["The Grapes", "Fox & Hounds"]
    assert "none in Australia" in browser.one("#count").text
    assert look_for(browser, "arms") == ["Parra Arms"]
    assert browser.one("#elsewhere").text == "1 elsewhere"
    browser.one("#elsewhere").click()
    assert found(browser) == ["Parra Arms", "Camden Arms"]


def test_first_place_is_the_readers(browser: Browser, site: str) -> None:
    browser.be(zone=LONDON, now=EVENING_IN_LONDON)
    browser.open(f"{site}/index.html")
    assert set(found(browser)) == {"Camden Arms", "Fox & Hounds", "The Grapes", "The Free Press"}
    assert browser.one("#place").get_attribute("value") == "GB"
    browser.one("#place").send_keys("Sydney")
    browser.open(f"{site}/index.html")
    assert browser.one("#place").get_attribute("value") == "au-nsw-sydney"
    assert set(found(browser)) == {"Harbour Hotel", "Surry Inn"}


@pytest.mark.parametrize("width", WIDTHS)
def test_time_order_and_filters(browser: Browser, site: str, width: int) -> None:
    browser.be(width=width, zone=LONDON, now=EVENING_IN_LONDON)
    browser.open(f"{site}/index.html")
    assert found(browser) == ["Camden Arms", "The Free Press", "The Grapes", "Fox & Hounds"]
    browser.one("#further").click()
    browser.one("#time").send_keys("8 pm")
    assert found(browser) == ["The Free Press", "Fox & Hounds"]
    browser.one("#clear").click()
    browser.one("[name=when][value=tomorrow]").click()
    assert found(browser) == ["The Free Press"]
    browser.one("[name=when][value=week]").click()
    assert len(found(browser)) == 4
    assert not browser.one("[name=when][value=tomorrow]").is_selected()


def test_nights_that_are_over_only_if_asked_for(browser: Browser, site: str) -> None:
    browser.be(zone=LONDON, now=EVENING_IN_LONDON)
    over = {"Past Glory", "Dropped Inn"}
    browser.open(f"{site}/index.html")
    assert "11 pubs" in browser.one(".lead").text
    assert "London (3)" in browser.one("#place").text
    assert not over & set(found(browser))
    browser.open(f"{site}/map.html#place=GB")
    assert not over & set(browser.texts("#in-view a"))
    browser.open(f"{site}/index.html")
    browser.one("#further").click()
    browser.one("[name=ended]").click()
    wait(browser, "document.querySelectorAll('.card').length > 4")
    assert set(found(browser)[-2:]) == over
    assert browser.texts(".soon.is-over") == ["Over", "Over"]
    browser.open(f"{site}/index.html#place=51.5,-0.1&ended=1")
    wait(browser, "document.querySelectorAll('.card').length > 4")
    assert set(found(browser)[-2:]) == over, "although they are the nearest"
    browser.open(f"{site}/index.html#place=GB&ended=1")
    wait(browser, "document.querySelectorAll('.card').length > 4")
    assert browser.one("#count").text.endswith(" · 2 of them over")
    assert "London (5)" in browser.one("#place").text
    browser.open(browser.driver.current_url)
    wait(browser, "document.querySelectorAll('.card').length > 4")
    browser.one("[name=ended]").click()
    assert not over & set(found(browser))


def test_old_catalogue_says_so_and_still_has_dates(browser: Browser, site: str) -> None:
    browser.be(zone=LONDON, now=MADE + timedelta(days=107))
    browser.open(f"{site}/index.html")
    assert browser.one("#age").text.startswith("This list was made 15 weeks ago.")
    assert dates(browser) == ["Tue 9 Mar, 7:30 pm", "Wed 10 Mar, 8:30 pm", "Mon 15 Mar, 5 pm", "Mon 15 Mar, 8 pm"]
    browser.be(zone=LONDON, now=MADE + timedelta(days=2))
    browser.open(f"{site}/index.html")
    assert not browser.one("#age").is_displayed()


def test_week_old_catalogue_shows_next_dates(browser: Browser, site: str) -> None:
    browser.be(now=MADE + timedelta(days=7))  # the same pubs in the same order as in the page itself
    browser.open(f"{site}/index.html")
    assert found(browser)[0] == "The Grapes"
    assert dates(browser)[0] == "Mon 30 Nov, 5 pm"


def test_night_that_ends_after_the_build_is_over(browser: Browser, later_site: str) -> None:
    browser.be(now=datetime(2026, 12, 5, 12, tzinfo=UTC))
    browser.open(f"{later_site}/index.html#place=FR")
    assert found(browser) == ["One Off"]
    browser.be(now=datetime(2026, 12, 6, 12, tzinfo=UTC))
    browser.open(f"{later_site}/index.html#place=FR")
    assert "One Off" not in found(browser)
    assert "Paris" not in browser.one("#place").text


@pytest.mark.parametrize("width", WIDTHS)
def test_filter_map_venue_and_back(browser: Browser, site: str, width: int) -> None:
    """The journey of a reader; without the back-forward cache, which pages of files do not have here."""
    browser.be(width=width, zone=SYDNEY, now=EVENING_IN_SYDNEY)
    browser.open(f"{site}/index.html")
    browser.one("[name=day][value='1']").click()
    browser.one("#place").send_keys("London")
    assert found(browser) == ["The Grapes", "Fox & Hounds"]
    browser.one(".other-view").click()
    assert browser.one("#count").text == "1 pub · London · 1 more not on the map"
    assert browser.texts("#in-view a") == ["Fox & Hounds"]
    assert "The Grapes" in str(browser.one("#unplaced").get_attribute("textContent"))
    directions = browser.one("#unplaced a[href*='google.com']").get_attribute("href") or ""
    assert "76+Narrow+St" in directions
    browser.one("#in-view a").click()
    assert browser.one("h1").text == "Fox & Hounds"
    browser.driver.back()
    assert browser.one("#count").text == "1 pub · London · 1 more not on the map"
    browser.driver.back()
    assert found(browser) == ["The Grapes", "Fox & Hounds"]
    assert browser.one("[name=day][value='1']").is_selected()
    assert browser.one("#place").get_attribute("value") == "gb-london"


@pytest.mark.parametrize(
    ("page", "state"),
    [
        ("index.html", "place=gb-london&day=1&free=1"),
        ("index.html", "q=arms&place=all"),
        ("index.html", "place=all&by=geeks_who_drink&time=18-"),
        ("index.html", "place=-33.86,151.21&when=tonight&sort=soonest"),
        ("map.html", "place=gb-london&day=1&view=12/51.5/-0.14"),
    ],
)
def test_sent_address_opens_the_same_after_a_new_build(
    browser: Browser, site: str, later_site: str, page: str, state: str
) -> None:
    opened = []
    for built, zone in ((site, SYDNEY), (later_site, LONDON)):
        browser.be(zone=zone, now=EVENING_IN_SYDNEY + timedelta(days=7))
        browser.open(f"{built}/{page}#{state}")
        count, hash_ = browser.one("#count").text, browser.run("return location.hash")
        opened.append((count, found(browser), browser.texts("#in-view a"), hash_))
        assert browser.one("#count").text.split()[0].isdigit()
    assert opened[0] == opened[1]


def test_address_of_a_lost_town_opens_its_country(browser: Browser, site: str) -> None:
    browser.be(now=EVENING_IN_LONDON)
    browser.open(f"{site}/index.html#place=gb-atlantis")
    assert browser.one("#count").text == "4 pubs · United Kingdom"
    browser.open(f"{site}/index.html#country=1&town=7&tonight=1")
    assert found(browser) == ["Camden Arms"]


@pytest.mark.parametrize("width", WIDTHS)
def test_map_list_and_dots_lead_to_each_other(browser: Browser, site: str, width: int) -> None:
    browser.be(width=width, zone=LONDON, now=EVENING_IN_LONDON)
    browser.open(f"{site}/map.html#place=GB")
    assert browser.texts("#in-view-count") == ["3 pubs"]
    browser.one(".skip").send_keys(Keys.ENTER)
    wait(browser, "location.hash.includes('place=GB')")
    bubble = browser.one(".bubble")
    assert bubble.text == "2"
    assert bubble.get_attribute("aria-label") == "2 pubs: zoom in"
    bubble.send_keys(Keys.ENTER)
    wait(browser, "document.querySelectorAll('.dot').length >= 2 && !document.querySelector('.bubble')")
    dot = next(each for each in browser.all(".dot") if each.get_attribute("aria-label") == "Camden Arms")
    dot.send_keys(Keys.ENTER)
    assert browser.one(".leaflet-popup-content a").text == "Camden Arms"
    assert browser.run("return document.activeElement.textContent") == "Camden Arms"
    assert browser.one("#in-view .is-picked a").text == "Camden Arms"
    ActionChains(browser.driver).send_keys(Keys.ESCAPE).perform()
    assert browser.run("return document.activeElement.getAttribute('aria-label')") == "Camden Arms"
    assert browser.all(".leaflet-popup-content") == []
    dot.click()
    assert browser.one(".leaflet-popup-content a").text == "Camden Arms"
    show = browser.one("#in-view li:not(.is-picked) button")
    show.send_keys(Keys.ENTER)
    wait(browser, "document.querySelector('.dot.is-picked')?.getAttribute('aria-label') === 'Fox & Hounds'")
    assert browser.run("return document.activeElement.getAttribute('aria-pressed')") == "true"
    assert "pub=fox-hounds" in browser.driver.current_url


def test_show_brings_the_popup_into_the_window(browser: Browser, tmp_path: Path) -> None:
    pubs = [night(f"Pub {number}", "London", "GB", LONDON, 2, "19:30", place=(51.5 + number / 300, -0.1))
            for number in range(12)]  # fmt: skip
    browser.be(width=390, zone=LONDON, now=EVENING_IN_LONDON)
    browser.open(f"{site_of(tmp_path / 'home', pubs)}/map.html#place=GB")
    wait(browser, "document.querySelectorAll('#in-view li').length === 12")
    browser.all("#in-view button")[-1].click()
    wait(browser, "document.querySelector('.leaflet-popup')")
    wait(
        browser,
        "(([popup, map]) => popup.top >= Math.max(0, map.top) && popup.bottom <= Math.min(innerHeight, map.bottom))("
        "['.leaflet-popup', '#map'].map((each) => document.querySelector(each).getBoundingClientRect()))",
    )
    assert browser.run("return document.activeElement.getAttribute('aria-pressed')") == "true"


def test_close_map_offers_streets_at_the_same_place(browser: Browser, site: str) -> None:
    browser.be(width=390, zone=LONDON, now=EVENING_IN_LONDON)
    browser.open(f"{site}/map.html#place=GB")
    offer = browser.one("#closer")
    assert not offer.is_displayed(), "outlines and names show a country"
    browser.open(f"{site}/map.html#place=GB&view=12/51.5000/-0.1500")
    wait(browser, "!document.getElementById('closer').hidden")
    assert [address for address in browser.requests() if not address.startswith(("file:", "about:"))] == []
    browser.one("#closer").click()
    wait(browser, "location.pathname.endsWith('streets.html')")
    assert "place=GB" in browser.driver.current_url
    assert "view=12/51.5000/-0.1500" in browser.driver.current_url
    assert browser.all("#closer") == []
    browser.open("about:blank")  # discards the errors of the tiles, which cannot be downloaded here


def test_map_picks_out_the_pub_of_an_address(browser: Browser, site: str) -> None:
    browser.be(zone=SYDNEY, now=EVENING_IN_LONDON)
    browser.open(f"{site}/map.html#pub=fox-hounds")
    assert browser.one(".leaflet-popup-content a").text == "Fox & Hounds"
    assert browser.one(".dot.is-picked").get_attribute("aria-label") == "Fox & Hounds"
    browser.open(f"{site}/map.html#pub=the-grapes")
    assert "The position of The Grapes is not known" in browser.one("#picked").text
    browser.open(f"{site}/map.html#pub=past-glory")
    wait(browser, "document.querySelector('.leaflet-popup-content a')?.textContent === 'Past Glory'")
    browser.open(f"{site}/map.html#pub=nobody")
    wait(browser, "!document.getElementById('picked').hidden")
    assert "no longer in the catalogue" in browser.one("#picked").text


@pytest.mark.parametrize("scripts", [True, False])
def test_first_cards_are_in_the_page(browser: Browser, site: str, scripts: bool) -> None:
    browser.be(scripts=scripts, now=MADE)
    browser.open(f"{site}/index.html")
    assert len(browser.all(".card")) == 11
    assert browser.one("#search").is_displayed() == scripts
    if not scripts:
        assert "Past Glory" not in browser.one("#results").text
        assert dates(browser)[0] == "Mon 23 Nov, 5 pm"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("page", ["index.html", "map.html"])
def test_nothing_moves_while_a_page_loads(browser: Browser, site: str, page: str, width: int) -> None:
    browser.be(width=width, zone=LONDON, now=EVENING_IN_LONDON)
    browser.open(f"{site}/{page}")
    moved = browser.driver.execute_async_script(
        "const done = arguments[0]; let sum = 0;"
        "new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => { sum += value; }))"
        ".observe({ type: 'layout-shift', buffered: true }); setTimeout(() => done(sum), 300)"
    )
    assert moved < 0.05


def test_forced_colours_keep_frames(browser: Browser, site: str) -> None:
    browser.be(forced=True, now=EVENING_IN_LONDON)
    width = "return getComputedStyle(document.querySelector(arguments[0])).borderBottomWidth"
    browser.open(f"{site}/venues/dropped-inn.html")
    assert [browser.run(width, selector) for selector in (".notice", ".no-image")] == ["1px", "1px"]
    browser.open(f"{site}/index.html")
    assert browser.run(width, ".card-image") == "1px"


def test_town_marks_tonight(browser: Browser, site: str) -> None:
    browser.be(zone=SYDNEY, now=EVENING_IN_LONDON)
    browser.open(f"{site}/towns/gb-london.html")
    assert browser.texts(".slots li:has(.soon) .pub a") == ["Camden Arms"]
    assert browser.texts(".soon") == ["Tonight"]
    assert browser.texts(".weekday h2 .quiet") == ["2", "1, 1 tonight"]
    assert browser.run("return document.querySelector('.weekdays [aria-current]').hash") == "#tuesday"
    browser.be(now=EVENING_IN_LONDON + timedelta(days=1))
    browser.open(f"{site}/towns/gb-london.html")
    assert browser.texts(".soon") == []


def test_town_marks_nights_without_a_time_and_after_midnight(browser: Browser, tmp_path: Path) -> None:
    untimed = Schedule("x", 2, None, "weekly", "FREQ=WEEKLY;BYDAY=TU", LONDON)
    late = night("Late Bar", "London", "GB", LONDON, 2, "23:00")
    site = site_of(tmp_path / "home", [night("Any Time", "London", "GB", LONDON, 2, "", schedule=untimed), late])
    marked = {EVENING_IN_LONDON: ["Late Bar", "Any Time"], EVENING_IN_LONDON + timedelta(hours=6.5): ["Late Bar"]}
    for now, names in marked.items():
        browser.be(zone=LONDON, now=now)
        browser.open(f"{site}/towns/gb-london.html")
        assert browser.texts(".slots li:has(.soon) .pub a") == names
        assert browser.texts(".soon") == ["Tonight"] * len(names)


@pytest.mark.parametrize("words", ["near me", "quiz near me", "best bars nearby"])
def test_words_that_say_nothing_do_not_widen_the_place(browser: Browser, site: str, words: str) -> None:
    browser.be(zone=SYDNEY, now=EVENING_IN_SYDNEY)
    browser.open(f"{site}/index.html#place=-35.28,149.13")  # Canberra
    nearest = found(browser), browser.one("#count").text
    assert nearest[1].startswith("No pub fits within 50 km. The nearest ")
    assert (look_for(browser, words), browser.one("#count").text) == nearest


def test_copied_address_is_confirmed(browser: Browser, site: str) -> None:
    browser.open(f"{site}/venues/fox-hounds.html")
    browser.run("navigator.share = undefined; navigator.clipboard.writeText = async () => {}")
    browser.one("#share").click()
    wait(browser, "document.getElementById('shared').textContent")
    assert browser.one("#shared").text == "Link copied."


def test_forced_colours_show_what_is_chosen(browser: Browser, site: str) -> None:
    browser.be(forced=True, now=EVENING_IN_LONDON)
    browser.open(f"{site}/index.html#place=all&day=2")
    colours = browser.run(
        "return ['1', '2'].map((day) => getComputedStyle("
        "document.querySelector(`[name=day][value='${day}'] + span`)).backgroundColor)"
    )
    assert colours[0] != colours[1]
    tabs = browser.run(
        "return [...document.querySelectorAll('.top nav a')].map((tab) => getComputedStyle(tab).borderBottomColor)"
    )
    assert tabs.count(tabs[0]) == 1, "the current one differs from all others"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "state",
    [
        "index.html#place=-33.86,151.21",
        "map.html#pub=fox-hounds&day=1&place=GB",
        "map.html#place=51.5,-0.1",
        "index.html#place=GB&q=nowhere",
        "index.html#place=GB&ended=1",
        "venues/dropped-inn.html",
        "towns/gb-london.html",
    ],
)
def test_states_are_accessible(browser: Browser, site: str, state: str, scheme: str, width: int) -> None:
    browser.be(width=width, dark=scheme == "dark", now=EVENING_IN_SYDNEY)
    browser.open(f"{site}/{state}")
    assert browser.faults() == []
    assert browser.run("return document.scrollingElement.scrollWidth") <= width


@pytest.mark.parametrize("width", WIDTHS)
def test_logo_is_never_wider_than_its_file(browser: Browser, logo_site: str, width: int) -> None:
    browser.be(width=width)
    drawn = "return [...document.querySelectorAll('main img')].map((each) => [each.naturalWidth, each.clientWidth])"
    browser.open(f"{logo_site}/venues/small.html")
    assert browser.run(drawn) == [[40, 40]]
    browser.open(f"{logo_site}/venues/wide.html")
    ((natural, shown),) = browser.run(drawn)
    assert 300 < shown <= natural == 720
    browser.open(f"{logo_site}/index.html")
    assert found(browser) == ["Small", "Wide"]
    fits = "return [...document.querySelectorAll('.card img')].map((each) => getComputedStyle(each).objectFit)"
    natural = "return [...document.querySelectorAll('.card img')].map((each) => each.naturalWidth)"
    for words in ("", "small"):  # cards of the page itself, and one that a script has made
        look_for(browser, words)
        browser.wait_for("return [...document.querySelectorAll('.card img')].every((each) => each.complete)")
        assert set(browser.run(fits)) == {"scale-down"}
        assert browser.run(natural)[0] == 40


@pytest.mark.parametrize(
    ("state", "offers"),
    [
        ("place=au-wa-perth&when=tonight", ["Any date: 1 pub"]),
        ("place=au-wa-perth&free=1&day=4", ["Any fee: 1 pub"]),
        ("place=all&q=nowhere", ["Without “nowhere”: 11 pubs"]),
        ("place=all&q=perth+monday", ["Without “monday”: 1 pub", "Without “perth”: 3 pubs"]),
        ("place=AU&q=parramatta+6pm", ["Without “6pm”: 1 pub", "Within 50 km of Parramatta, NSW: 1 pub"]),
        ("place=all&q=nowhere&day=1&by=inquizition", ["Without words and filters: 11 pubs"]),
        ("place=IE&q=perth+monday&free=1&by=inquizition", ["Only “perth”: 1 pub"]),
        ("place=-42.88,147.33&when=tonight", []),
    ],
)
def test_empty_result_offers_to_drop_one_filter(browser: Browser, site: str, state: str, offers: list[str]) -> None:
    browser.be(zone=SYDNEY, now=EVENING_IN_SYDNEY)
    browser.open(f"{site}/index.html#{state}")
    assert browser.one("#count").text.startswith("No pub fits")
    if offers:
        wait(browser, "document.getElementById('offers').hidden === false")
    shown = browser.texts("#offers button")
    assert [each for each in offers if each not in shown] == []
    assert bool(shown) == bool(offers)
    for offer in offers:
        browser.open(f"{site}/index.html#{state}")
        wait(browser, "document.getElementById('offers').hidden === false")
        next(each for each in browser.all("#offers button") if each.text == offer).click()
        assert f": {len(found(browser))} pub" in offer
        assert not browser.one("#offers").is_displayed()


@pytest.mark.parametrize(("place", "summary"), [("gb-london", "1 more pub"), ("IE", None), ("gb-york", "1 pub")])
def test_map_without_positions_lists_its_pubs(
    browser: Browser, tmp_path: Path, place: str, summary: str | None
) -> None:
    york = night("Ouse Inn", "York", "GB", LONDON, 1, "19:00")
    address = site_of(tmp_path / "home", [*nights(), york])
    browser.open(f"{address}/map.html#place={place}")
    details = browser.one("#unplaced")
    assert details.is_displayed() == (summary is not None)
    if summary:
        assert browser.one("#unplaced summary").text == f"{summary} without a position"
        assert (details.get_attribute("open") is not None) == (place == "gb-york")


@pytest.mark.parametrize(
    ("state", "count"),
    [
        ("place=GB", "3 pubs · United Kingdom · 1 more not on the map"),
        ("place=gb-london&q=grapes", "London · 1 pub not on the map"),
        ("place=IE&q=london", "2 pubs, none in Ireland · 1 more not on the map"),
        ("place=IE", "1 pub · Ireland"),
    ],
)
def test_map_counts_pubs_without_position_apart(browser: Browser, site: str, state: str, count: str) -> None:
    browser.be(zone=LONDON, now=EVENING_IN_LONDON)
    browser.open(f"{site}/map.html#{state}")
    assert browser.one("#count").text == count


def test_badge_and_date_agree_in_the_night(browser: Browser, site: str) -> None:
    browser.be(now=datetime(2026, 11, 30, 3, 35, tzinfo=UTC))
    browser.open(f"{site}/index.html#place=gb-london&day=1")
    assert dates(browser) == ["Mon 30 Nov, 5 pm", "Mon 30 Nov, 8 pm"]
    assert browser.texts(".soon") == ["Tonight", "Tonight"]


def test_badge_only_where_dates_are_the_readers(browser: Browser, site: str) -> None:
    """It is Monday in New York, and still Sunday in Honolulu."""
    now = datetime(2026, 11, 30, 6, 0, tzinfo=UTC)
    for zone, badges in (("America/New_York", []), ("Pacific/Honolulu", ["Tomorrow"])):
        browser.be(zone=zone, now=now)
        browser.open(f"{site}/index.html#place=us-honolulu")
        assert dates(browser) == ["Mon 30 Nov, 9:30 pm"]
        assert browser.texts(".soon") == badges
