"""What the pages for operators say of a morning with a failure, a refresh, a quiet run and a stale publisher."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from parsel import Selector, SelectorList
from sqlalchemy import insert, select

from tests.support.filled import begin, finish, quiz, record
from tests.support.operations import EXPECTED_EVERY, FAILING, JOB, QUIET, REFRESHED, SKIPPED, STALE, fill, jpeg
from trivia_scraper.db.engine import Store
from trivia_scraper.db.health import read_health
from trivia_scraper.db.runs import Outcome, finish_run
from trivia_scraper.db.schema import decisions, venues
from trivia_scraper.images.policy import Reason, Status
from trivia_scraper.images.storage.local import LocalFileStore
from trivia_scraper.site import charts, runs
from trivia_scraper.site.build import build
from trivia_scraper.site.dashboard import Today, describe_freshness
from trivia_scraper.site.reasons import detail, failure, outcome, verdict
from trivia_scraper.site.troubles import ago, at_time, find_troubles

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
REPLACED = 250


@dataclass(frozen=True)
class Morning:
    site: Path
    runs: dict[str, int]

    def page(self, path: str) -> Selector:
        return Selector(re.sub(r"<(?=(td|th|dt|dd|li|p|div)\b)", " <", (self.site / path).read_text()))

    def run(self, publisher: str) -> Selector:
        return self.page(f"runs/{self.runs[publisher]}.html")


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Morning:
    home = tmp_path_factory.mktemp("morning")
    store, files = Store(f"sqlite:///{home}/trivia.db"), LocalFileStore(home / "images")
    found = fill(store, files, NOW, REPLACED)
    build(store, files, home / "site", base_url=None, now=NOW, expected_every=EXPECTED_EVERY)
    store.close()
    return Morning(home / "site", found)


def text(of: Selector | SelectorList[Selector]) -> str:
    return " ".join(str(of.xpath("string(.)").get()).split())


def test_dashboard_opens_with_a_sentence_per_trouble(morning: Morning) -> None:
    dashboard = morning.page("dashboard.html")
    failing, stale = dashboard.css(".troubles li")
    assert text(failing) == (
        "Quizmeisters failed at 10:09: 24 of 24 images failed (14 × something that is not an image, 7 × the image is "
        "not there any more, 3 × the server took too long), over the limit "
        f"of 20% (and 1 more); last good run 25 h ago. Run {morning.runs[FAILING]}"
    )
    assert text(stale) == (
        f"Pubquiz is stale: last good run 49 h ago, and one is expected every 24 h. Run {morning.runs[STALE]}"
    )
    assert stale.css("a::attr(href)").get() == f"runs/{morning.runs[STALE]}.html"
    assert "All well" not in text(dashboard)


def test_dashboard_without_trouble_says_all_well(store: Store, tmp_path: Path) -> None:
    run = begin(store, NOW - timedelta(hours=2))
    record(store, quiz("fox"), run)
    finish(store, run, NOW - timedelta(hours=1))
    files = LocalFileStore(tmp_path / "images")
    build(store, files, tmp_path / "site", base_url=None, now=NOW, expected_every=EXPECTED_EVERY)
    dashboard = Selector((tmp_path / "site/dashboard.html").read_text())
    assert text(dashboard.css(".all-well")) == "All well. 1 publisher; the newest run began 2 h ago."
    assert dashboard.css(".troubles, .is-stale") == []


def test_failure_is_a_trouble_while_the_next_run_is_under_way(store: Store) -> None:
    for publisher, ended in (("inquizition", "passed"), ("quizmeisters", "failed")):
        run = begin(store, NOW - timedelta(hours=50), publisher)
        record(store, quiz("fox", publisher), run)
        outcome = Outcome("finished", ended, ["the listing is empty"], {})
        store.run(finish_run, run, outcome, NOW - timedelta(hours=49))
        begin(store, NOW, publisher)
    found = find_troubles(store.read(read_health, NOW, EXPECTED_EVERY), [], NOW)
    assert [(each.publisher, each.sentence, each.run_id) for each in found] == [
        ("Quizmeisters", "failed on 28 November at 11:00: the listing is empty; no good run yet", run),
        ("Inquizition", "is stale: its last good run (1) is older than the 24 hours expected", None),
    ]


def test_dashboard_marks_late_publishers(morning: Morning) -> None:
    dashboard = morning.page("dashboard.html")
    assert [text(cell) for cell in dashboard.css("table")[0].css("thead th")[:2]] == ["Publisher", "Verdict"]
    rows = {text(row.css("th")): row for row in dashboard.css("table")[0].css("tbody tr")}
    late = {name for name, row in rows.items() if row.css(".is-stale")}
    assert late == {"Quizmeisters", "Pubquiz"}
    assert text(rows["Pubquiz"].css("td")[0]) == "Stale"
    assert text(rows["Pubquiz"].css("td")[1]) == "49 h ago stale"
    assert text(rows["Pubquiz"].css("td")[5]) == "29 Nov, 10:09"
    assert text(dashboard.css(".freshness")) == (
        "Stale, without a good run within EXPECTED_EVERY_HOURS: Pubquiz, Quizmeisters."
    )


def test_freshness_names_each_state() -> None:
    good, late = NOW - timedelta(hours=2), NOW - timedelta(hours=50)
    timely = Today("a", "Anchor", last_good_at=good, due=NOW + timedelta(hours=22))
    stale = Today("b", "Bell", last_good_at=late, due=NOW - timedelta(hours=26))
    others = [Today("c", "Crown"), Today("d", "Duke", last_good_at=late)]
    assert describe_freshness([timely, timely], NOW) == (
        "No publisher is stale: 2 had a good run as lately as EXPECTED_EVERY_HOURS expects."
    )
    assert describe_freshness([timely, stale, *others], NOW) == (
        "Stale, without a good run within EXPECTED_EVERY_HOURS: Bell. No good run yet: Crown. "
        "EXPECTED_EVERY_HOURS expects no run of Duke."
    )


def test_dashboard_counts_failed_images_and_dropped_venues(morning: Morning) -> None:
    (table, *_) = morning.page("dashboard.html").css("table")
    titles = [text(cell) for cell in table.css("thead th")]
    rows = {text(row.css("th")): dict(zip(titles, row.css("th, td"), strict=True)) for row in table.css("tbody tr")}
    failed, dropped = rows["Quizmeisters"]["Images failed"], rows["Pubquiz"]["Venues dropped"]
    assert (text(failed), text(dropped)) == ("24", "4")
    assert failed.css("a::attr(href)").get() == f"runs/{morning.runs[FAILING]}.html#failed"
    assert dropped.css("a::attr(href)").get() == f"runs/{morning.runs[STALE]}.html#dropped"
    assert text(rows["Pubquiz"]["Images failed"]) == "0"


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_failed_images_are_a_trouble_until_confirmed(store: Store, tmp_path: Path) -> None:
    """A later run that fails, or keeps the images as fresh, does not hide them."""
    pubs = [quiz(name) for name in ("fox", "cat", "owl")]
    images = {pub.publisher_id: [("hero", f"https://q.example/{pub.publisher_id}.jpg", jpeg(1))] for pub in pubs}
    files = LocalFileStore(tmp_path / "images")
    first = begin(store, NOW - timedelta(days=3))
    for pub in pubs:
        record(store, pub, first, NOW - timedelta(days=3), images[pub.publisher_id], files)
    finish(store, first, NOW - timedelta(days=3))
    before = begin(store, NOW - timedelta(days=2, hours=6))
    finish(store, before, NOW - timedelta(days=2, hours=5))
    failing, at = begin(store, NOW - timedelta(days=2)), NOW - timedelta(days=2)
    ids = store.read(lambda connection: dict(map(tuple, connection.execute(select(venues.c.slug, venues.c.id)))))
    row = {"run_id": failing, "at": at, "kind": "hero", "status": "failed"}
    rows = [
        row
        | {
            "venue_id": ids[str(pub.venue.slug)],
            "url": images[pub.publisher_id][0][1],
            "reason": reason,
            "found": found,
        }
        for pub, reason, found in zip(
            pubs, ("http_404", "timeout", "http_404"), ("HTTP 404", None, "HTTP 404"), strict=True
        )
    ]
    rows.append(rows[0] | {"run_id": before})
    store.run(lambda connection: connection.execute(insert(decisions), rows))
    finish(store, failing, at + timedelta(minutes=9))
    later = begin(store, NOW - timedelta(days=1))
    record(store, pubs[2], later, NOW - timedelta(days=1), images["owl"], files)
    finish(store, later, NOW - timedelta(days=1))
    build(store, files, tmp_path / "site", base_url=None, now=NOW)
    (trouble,) = Selector((tmp_path / "site/dashboard.html").read_text()).css(".troubles li")
    assert text(trouble) == (
        "Quizmeisters could not download 2 images on 28 November at 12:00: 1 × the image is not there any more, "
        f"1 × the server took too long. Failed images of run {failing}"
    )
    assert trouble.css("a::attr(href)").get() == f"runs/{failing}.html#failed"
    shown = Selector((tmp_path / f"site/runs/{failing}.html").read_text()).css(".failures li")
    assert len(shown) == 3
    for line in shown:
        assert (tmp_path / "site/runs" / line.css("img::attr(src)").get("")).is_file(), "the kept image"
        assert (tmp_path / "site/runs" / line.css("a[href*=history]::attr(href)").get("")).is_file()


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(seconds=50), ["Quizmeisters: 50 s."]),
        (timedelta(minutes=20), ["Quizmeisters: 20 min."]),
        (timedelta(hours=7), ["Quizmeisters: 7 h."]),
        (timedelta(days=9, hours=12), ["Quizmeisters: 9.5 d."]),
    ],
)
def test_age_of_images_is_in_a_unit_that_shows(store: Store, tmp_path: Path, age: timedelta, said: list[str]) -> None:
    run = begin(store, NOW - age)
    record(store, quiz("fox"), run, NOW - age, [("hero", "https://q.example/fox.jpg", "fox")])
    finish(store, run, NOW - age)
    build(store, LocalFileStore(tmp_path / "images"), tmp_path / "site", base_url=None, now=NOW)
    page = Selector((tmp_path / "site/dashboard.html").read_text())
    assert page.css("[data='charts/ages.svg']::attr(aria-label)").getall() == said


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_images_of_two_venues_at_one_address_count_twice(store: Store, tmp_path: Path) -> None:
    run = begin(store, NOW)
    for name in ("fox", "cat"):
        record(store, quiz(name), run, NOW, [("hero", "https://q.example/chain.jpg", "chain")])
    finish(store, run, NOW)
    build(store, LocalFileStore(tmp_path / "images"), tmp_path / "site", base_url=None, now=NOW)
    (table, *_) = Selector((tmp_path / "site/dashboard.html").read_text()).css("table")
    titles = [text(cell) for cell in table.css("thead th")]
    assert dict(zip(titles, map(text, table.css("tbody th, tbody td")), strict=True))["Images"] == "2"


def test_dots_of_plots_lead_to_their_runs(morning: Morning) -> None:
    plots = {each.attrib["data"] for each in morning.page("dashboard.html").css("object")}
    linked = {"charts/runs.svg", "charts/listed.svg", "charts/failed.svg"}
    assert linked < plots
    for path in linked:
        links = ElementTree.fromstring((morning.site / path).read_bytes()).iter("{http://www.w3.org/2000/svg}a")
        targets = [link.attrib["{http://www.w3.org/1999/xlink}href"] for link in links]
        assert targets, path
        assert all((morning.site / "charts" / target).is_file() for target in targets)
    assert f"../runs/{morning.runs[FAILING]}.html" in (morning.site / "charts/runs.svg").read_text()


def test_colours_of_verdicts_mean_verdicts_only(morning: Morning) -> None:
    plots = {path.stem: path.read_text() for path in (morning.site / "charts").iterdir()}
    assert {name for name, plot in plots.items() if charts.GOOD in plot} == {"runs"}
    assert {name for name, plot in plots.items() if charts.BAD in plot} == {"runs", "images"}


def test_plots_have_the_font_of_the_page(morning: Morning) -> None:
    for path in (morning.site / "charts").iterdir():
        fonts = set(re.findall(r'url\("([^"]+\.woff2)"\)', path.read_text()))
        assert len(fonts) == 2
        assert all((path.parent / font).is_file() for font in fonts), path


def test_run_shows_failures_first_by_reason(morning: Morning) -> None:
    page = morning.run(FAILING)
    assert text(page.css(".summary")) == "24 images failed."
    assert page.css(".summary a::attr(href)").get() == "#failed"
    assert [text(title) for title in page.css("main h2")] == ["Images that could not be downloaded 24"]
    groups = page.css(".failures details")
    assert [text(group.css("summary")) for group in groups] == [
        "A web page instead of an image not_an_image 14",
        "The image is not there any more http_404 7",
        "The server took too long timeout 3",
    ]
    assert [len(group.css("li")) for group in groups] == [14, 7, 3]
    assert [text(group.css("li")[0]).split(" · ", 1)[1] for group in groups] == [
        "https://q.example/0.jpg · History",
        "https://q.example/14.jpg · History",
        "https://q.example/21.jpg · not received within 60 seconds · History",
    ]


def test_every_replaced_image_is_reachable(morning: Morning) -> None:
    run = morning.runs[REFRESHED]
    page = morning.run(REFRESHED)
    assert text(page.css(".summary")) == f"Refreshed {REPLACED} images."
    jumps = [text(each) for each in page.css(".jumps li")]
    numbers = [int(each.rpartition(" ")[2]) for each in jumps]
    assert sum(numbers) == REPLACED
    shown = {text(title) for title in page.css(".pairs h2, .pairs h4")}
    assert [each.rpartition(" ")[0] for each in jumps] == [
        "Altered images",
        "New images",
        "The same images, in another file",
    ]
    first = page.css("main p > a[href*='/other-']::attr(href)").get("")
    seen, path = [], f"runs/{first}".replace("runs/../", "")
    while path:
        images = morning.page(path)
        seen += [text(title) for title in images.css(".pairs h2, .pairs h4")]
        following = images.css(".pager [rel=next]::attr(href)").get()
        path = f"runs/{run}/{following}" if following else ""
    assert len(seen) == len(set(seen)) == numbers[1] > runs.PAIRS_OF_PAGE
    others = [morning.page(f"runs/{run}/{each.name}") for each in (morning.site / f"runs/{run}").glob("altered-*")]
    found = shown | set(seen) | {text(title) for page in others for title in page.css(".pairs h2, .pairs h4")}
    assert len(found) == REPLACED


def test_run_that_changed_nothing_says_so(morning: Morning) -> None:
    page = morning.run(QUIET)
    assert text(page.css(".summary")) == f"Nothing changed. {SKIPPED:,} venues were not due."
    assert page.css("main section") == []


def test_runs_are_grouped_by_job_with_reasons(morning: Morning) -> None:
    page = morning.page("runs.html")
    assert [text(title) for title in page.css("tr.job")] == [
        f"30 November 2026, job {JOB} 2 passed, 1 failed",
        "29 November 2026 1 passed",
        "28 November 2026 1 passed",
    ]
    (reason,) = page.css("tr.reason")
    assert text(reason).startswith("24 of 24 images failed (14 × something that is not an image, 7 ×")
    assert text(reason).endswith("and 1 more")
    (quiet,) = [row for row in page.css("tbody tr") if "Question One" in text(row)]
    assert [text(cell) for cell in quiet.css(".number")] == ["9 min", *["–"] * 7]
    (dropping,) = [row for row in page.css("tbody tr") if "Pubquiz" in text(row)]
    titles = [text(cell) for cell in page.css("thead th")]
    assert dict(zip(titles, map(text, dropping.css("th, td")), strict=True))["Venues dropped"] == "4"


def test_run_names_dropped_venues_and_why(morning: Morning) -> None:
    page = morning.run(STALE)
    assert text(page.css(".facts a[href='#dropped']")) == "4 dropped"
    groups = page.css("[aria-labelledby=dropped] details")
    assert [text(group.css("summary")) for group in groups] == [
        "Its day cannot be read no_weekday 2",
        "A reason of this publisher own_word 1",
        "Another reason of this publisher 1",
    ]
    known, unknown, hostile = groups.css("li")
    assert text(known) == "Pod Sową · https://q.example/sowa · co drugi dzień"
    assert known.css("a::attr(href)").getall() == ["../venues/pod-sowa.html", "https://q.example/sowa"]
    assert text(unknown) == "krakow/nowy"
    assert (text(hostile), hostile.css("a, b").getall()) == ("lodz/tkacz · <b>Tkacz</b>", [])
    assert text(groups[2].css("p")) == "Their names are not kept; the log of the run has the first ones."


def test_run_names_pages_that_could_not_be_read(morning: Morning) -> None:
    page = morning.run(STALE)
    assert text(page.css(".summary a[href='#pages']")) == "1 page could not be read"
    (group,) = page.css("[aria-labelledby=pages] details")
    assert text(group.css("summary")) == "The server had an error http_503 1"
    assert text(group.css("li")) == "lodz/raz · https://q.example/raz · HTTP 503"


def test_history_shows_what_replaced_what(morning: Morning) -> None:
    page = morning.page("history/the-sign-0000.html")
    by_operator, by_run = page.css(".pairs > li")
    assert text(by_operator.css("h3")) == "30 November 2026, 12:01 by an operator"
    assert text(by_run.css("h3")) == f"30 November 2026, 12:00 run {morning.runs[REFRESHED]}"
    assert by_run.css("img::attr(src)").getall()[1] == by_operator.css("img::attr(src)").getall()[0]
    assert text(by_run.css(".happened")) == "The same image, in another size"


def test_history_shows_failed_downloads(morning: Morning) -> None:
    (failed,) = morning.page("history/the-inn-14.html").css("[aria-labelledby=failed] li")
    run = morning.runs[FAILING]
    assert text(failed) == (
        f"30 November 2026, 10:00 run {run} · the image is not there any more · https://q.example/14.jpg"
    )
    assert failed.css("a::attr(href)").get() == f"../runs/{run}.html#failed"


def test_histories_are_found_by_name_and_from_the_pub(morning: Morning) -> None:
    listed = morning.page("histories.html").css("main li")
    assert len(listed) == 24 + REPLACED
    assert text(listed[0]) == "The Inn 00 Ballarat: 1 failed"
    assert text(listed[24]) == "The Sign 0000 Denver: 2 changes"
    assert listed[24].css("a::attr(href)").get() == "history/the-sign-0000.html"
    of_pub = "footer a[href='../history/the-sign-0000.html']"
    assert text(morning.page("venues/the-sign-0000.html").css(of_pub)) == "history of these images"
    assert morning.page("venues/pod-sowa.html").css("footer a[href*=history]") == []


def test_oldest_images_are_listed(morning: Morning) -> None:
    page = morning.page("oldest.html")
    (section,) = page.css("section")
    rows = section.css("tbody tr")
    assert len(rows) == 24
    assert text(rows[0]).startswith("The Inn 00 1.1 29 Nov, 10:00")
    link = morning.page("dashboard.html").css("a[href^='oldest.html#']::attr(href)").get("")
    assert section.css(f"#{link.partition('#')[2]}")


OF_STATUS = {status: [each for each in Reason if each.status == status] for status in Status}


@pytest.mark.parametrize("reason", [*OF_STATUS[Status.FAILED], "http_404", "http_418", "http_503", "http_999"])
def test_failure_has_words_of_its_own(reason: str) -> None:
    assert failure(reason).count(" ") > 1, f"site/reasons.py: say {reason} in words"
    assert outcome("failed", reason) == f"failed: {failure(reason)}"


def test_verdict_says_in_words_why_images_failed() -> None:
    assert verdict("9 of 9 images failed (http_404 7, timeout 2), over the limit") == (
        "9 of 9 images failed (7 × the image is not there any more, 2 × the server took too long), over the limit"
    )
    of_pages = "9 of 9 pages failed (http_404 9), over the limit of 20%"
    assert verdict(of_pages) == of_pages


@pytest.mark.parametrize("reason", OF_STATUS[Status.UPTODATE])
def test_kept_image_has_words_of_its_own(reason: str) -> None:
    assert outcome("uptodate", reason) != reason, f"site/reasons.py: say {reason} in words"


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (["the bytes begin with b'<!DOCTYPE html>'"], "a web page instead of an image"),
        (["the bytes begin with b'\\r\\n <HTML lang='"], "a web page instead of an image"),
        (["the bytes begin with b'\\xef\\xbb\\xbf<html>'"], "a web page instead of an image"),
        (["a web page, not an image"], "a web page instead of an image"),
        (["the bytes begin with b'<?xml version'"], "something that is not an image"),
        (["the bytes begin with b'<html>'", "the answer is empty"], "something that is not an image"),
        ([], "something that is not an image"),
    ],
)
def test_web_page_is_distinguished(found: list[str], words: str) -> None:
    assert failure("not_an_image", found) == words


@pytest.mark.parametrize(
    ("reason", "found", "words"),
    [
        ("not_an_image", "the bytes begin with b'<!DOCTYPE html>\\n'", "a web page, not an image"),
        ("not_an_image", "the bytes begin with b'%PDF-1.7'", "the bytes begin with '%PDF-1.7'"),
        ("not_an_image", "the bytes begin with 'b'", "the bytes begin with 'b'"),
        ("http_404", "HTTP 404", None),
        ("timeout", "not received within 60 seconds", "not received within 60 seconds"),
    ],
)
def test_failure_line_says_what_was_found(reason: str, found: str, words: str | None) -> None:
    assert detail(reason, found) == words


def test_times_of_troubles() -> None:
    assert [ago(NOW - timedelta(minutes=each), NOW) for each in (0, 119, 120, 71 * 60, 80 * 60)] == [
        "less than a minute ago",
        "119 min ago",
        "2 h ago",
        "71 h ago",
        "3 days ago",
    ]
    assert at_time(NOW, NOW) == "at 12:00"
    assert at_time(NOW - timedelta(days=2), NOW) == "on 28 November at 12:00"
