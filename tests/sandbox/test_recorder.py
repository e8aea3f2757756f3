"""What `scrapy record fetch` writes and warns of. tests/crawl/test_adding_a_publisher.py runs the command."""

from __future__ import annotations

import asyncio
import gzip
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request
from scrapy.http import Response
from scrapy.settings import Settings
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.python.failure import Failure

from sandbox.page_fetcher import PageFetcher, Target
from sandbox.personal_data import find_personal_data
from sandbox.recorded import DEFAULT_DAY, Case
from tests.support.project import Project
from trivia_scraper import settings as project_settings

SITE = "https://pub.example"
TODAY = date(2026, 12, 24)


def fetcher(
    folder: Path,
    *urls: str,
    body: str | None = None,
    names: tuple[str, ...] = (),
    said: list[str] | None = None,
    with_errors: bool = False,
) -> PageFetcher:
    say = ([] if said is None else said).append
    return PageFetcher(Target(folder, [*urls], body, [*names], [f"{SITE}/pubs"], "GB", TODAY, say, with_errors))


def answer(url: str, body: bytes = b"x", status: int = 200, redirected: str = "", **headers: str) -> Response:
    request = Request(url, meta={"redirect_urls": [redirected]} if redirected else {})
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(url, status, sent, body, request=request)


def record(folder: Path, response: Response, asked: str = "", number: int = 0) -> Case:
    """Record an answer and return its case, the only new one."""
    before = set(folder.glob("*"))
    fetcher(folder).record(response, number, asked or response.url)
    (made,) = set(folder.glob("*")) - before
    return Case(made)


def test_unreadable_case_is_reported_and_kept(tmp_path: Path) -> None:
    said: list[str] = []
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "meta.json").write_text("{")
    (tmp_path / "b").write_text("")
    reader = fetcher(tmp_path, f"{SITE}/a", f"{SITE}/b", names=("a", "b"), said=said)
    for number, name in enumerate("ab"):
        reader.record(answer(f"{SITE}/{name}"), number, f"{SITE}/{name}")
    assert reader.recorded == 0
    assert "was not recorded: " in said[0]
    assert f"{tmp_path / 'a' / 'meta.json'}: Invalid JSON" in said[0]
    assert said[1] == f"{SITE}/b was not recorded: {tmp_path / 'b'} cannot be written: File exists."


def test_status_kept_headers_and_day_are_written(tmp_path: Path) -> None:
    headers = {"Content_Type": "application/json; charset=utf-8", "X_WP_TotalPages": "3", "Link": "<a>; rel=next"}
    others = {"Last_Modified": "Mon, 30 Nov 2026 09:00:00 GMT", "Set_Cookie": "a=b", "Server": "x", "ETag": '"1"'}
    case = record(tmp_path, answer(f"{SITE}/wp-json/x?page=2", b"[]", 206, **headers, **others))
    assert case.name == "x-page-2"
    assert json.loads((case.folder / "meta.json").read_text()) == {
        "url": f"{SITE}/wp-json/x?page=2",
        "status": 206,
        "headers": {
            "Content-Type": "application/json; charset=utf-8",
            "Last-Modified": "Mon, 30 Nov 2026 09:00:00 GMT",
            "Link": "<a>; rel=next",
            "X-Wp-Totalpages": "3",
        },
        "recorded": "2026-12-24",
    }
    assert case.body_path.name == "body.json"


@pytest.mark.parametrize(
    ("content_type", "path", "name"),
    [
        ("text/html; charset=utf-8", "/pubs.php", "body.html"),
        ("application/ld+json", "/x", "body.json"),
        ("text/calendar", "/x", "body.ics"),
        ("text/csv", "/export", "body.csv"),
        ("application/rss+xml", "/feed/", "body.xml"),
        ("text/xml", "/sitemap.xml", "body.xml"),
        ("text/plain", "/events.ics", "body.ics"),
        ("text/plain", "/x", "body.txt"),
        ("application/octet-stream", "/x", "body.bin"),
        ("", "/list.csv", "body.csv"),
    ],
)
def test_suffix_is_that_of_the_type(tmp_path: Path, content_type: str, path: str, name: str) -> None:
    response = answer(SITE + path, Content_Type=content_type)
    assert record(tmp_path, response).body_path.name == name


def test_day_is_written_although_it_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.sandbox.test_recorder.TODAY", DEFAULT_DAY)
    case = record(tmp_path, answer(f"{SITE}/x"))
    assert json.loads((case.folder / "meta.json").read_text())["recorded"] == DEFAULT_DAY.isoformat()


def test_compressed_file_is_kept_as_sent(tmp_path: Path) -> None:
    body = gzip.compress(b"<a>robin.wilkins@pub.com</a>")
    case = record(tmp_path, answer(f"{SITE}/sitemap.xml.gz", body, Content_Type="application/gzip"))
    assert case.body_path.name == "body.xml.gz"
    assert case.body(TODAY) == body
    assert case.plain_body() == b"<a>robin.wilkins@pub.com</a>"


def test_redirect_is_recorded_with_both_addresses(tmp_path: Path) -> None:
    old, new = f"{SITE}/old", f"{SITE}/new"
    case = record(tmp_path, answer(new, redirected=old), old)
    assert (case.name, case.meta.url, case.meta.redirects_to) == ("old", old, new)


def test_page_fetched_again_keeps_its_place(tmp_path: Path) -> None:
    case = record(tmp_path, answer(f"{SITE}/pubs/", b"old", Content_Type="text/html"))
    known = {"listing": "listing", "publisher_id": "7", "after": 2}
    (case.folder / "meta.json").write_text(json.dumps({"url": f"{SITE}/pubs/"} | known))
    said: list[str] = []
    again = fetcher(tmp_path, said=said)
    again.record(answer(f"{SITE}/pubs/", b"{}", Content_Type="application/json"), 0, f"{SITE}/pubs/")
    (folder,) = tmp_path.iterdir()
    meta = Case(folder).meta
    assert (meta.listing, meta.publisher_id, meta.after) == ("listing", "7", 2)
    assert [path.name for path in folder.glob("body.*")] == ["body.json"]
    assert said[0].endswith("2 bytes, replaced")


def test_case_of_another_page_is_not_overwritten(tmp_path: Path) -> None:
    said: list[str] = []
    reader = fetcher(tmp_path, names=("fox", "fox"), said=said)
    for number, url in enumerate((f"{SITE}/fox", f"{SITE}/owl")):
        reader.record(answer(url, url.encode()), number, url)
    assert reader.recorded == 1
    assert Case(tmp_path / "fox").plain_body() == f"{SITE}/fox".encode()
    assert f"is of {SITE}/fox; choose another --case, or delete {tmp_path / 'fox'}." in said[-1]


def test_cases_are_named_by_address_or_by_the_user(tmp_path: Path) -> None:
    names = [record(tmp_path, answer(SITE + path)).name for path in ("/pubs", "/pubs/a", "/towns/a", "/", "/?p=7")]
    assert names == ["listing", "a", "a-2", "page", "p-7"]
    given = fetcher(tmp_path, names=("one", "two"))
    given.record(answer(f"{SITE}/x"), 1, f"{SITE}/x")
    assert (tmp_path / "two" / "meta.json").exists()


def test_error_status_is_recorded_and_no_answer_reported(tmp_path: Path) -> None:
    said: list[str] = []
    fetching = fetcher(tmp_path, said=said, with_errors=True)
    for error in (HttpError(answer(f"{SITE}/gone", status=404)), OSError("no route")):
        failure: Any = Failure(error)
        failure.request = Request(f"{SITE}/gone", cb_kwargs={"number": 0, "asked": f"{SITE}/gone"})
        fetching.not_answered(failure)
    assert Case(tmp_path / "gone").meta.status == 404
    assert said[-1] == f"{SITE}/gone was not fetched: no route."
    assert fetching.recorded == 1


@pytest.mark.parametrize(
    ("body", "content_type"), [("page=1", "application/x-www-form-urlencoded"), ('{"page": 1}', "application/json")]
)
def test_body_is_sent_by_post(tmp_path: Path, body: str, content_type: str) -> None:
    fetching = fetcher(tmp_path, f"{SITE}/api", body=body)

    async def requests() -> list[Request]:
        return [each async for each in fetching.start()]

    (request,) = asyncio.run(requests())
    sent = (request.method, request.body.decode(), request.headers["Content-Type"])
    assert sent == ("POST", body, content_type.encode())
    fetching.record(answer(request.url), **request.cb_kwargs)
    meta = Case(tmp_path / "api").meta
    assert (meta.method, meta.body) == ("POST", body)


def test_fetch_is_as_polite_as_a_crawl() -> None:
    settings = Settings()
    settings.setmodule(project_settings)
    PageFetcher.update_settings(settings)
    assert settings.getbool("ROBOTSTXT_OBEY")
    assert settings.getint("CONCURRENT_REQUESTS") == 1
    assert settings.getfloat("DOWNLOAD_DELAY") == project_settings.DOWNLOAD_DELAY
    assert settings["USER_AGENT"] == project_settings.USER_AGENT
    assert "trivia_scraper.downloader.address_guard.AddressGuard" in settings["DOWNLOADER_MIDDLEWARES"]


def test_refused_pages_are_reported_and_write_nothing(project: Project) -> None:
    """In the real checkout, where a page would be written."""
    urls = ("http://127.0.0.1/pubs", "https://www.speedquizzing.com/utils/x")
    done = project.scrapy("record", "fetch", *urls, "--publisher", "nobodys_quiz")
    assert done.exit_code == 1
    assert done.stderr == ""
    first, second, hint = done.stdout.splitlines()
    assert first.startswith("http://127.0.0.1/pubs was not fetched: ")
    assert "127.0.0.1" in first
    assert second == "https://www.speedquizzing.com/utils/x was not fetched: robots.txt forbids it."
    assert hint.startswith("no spider is called nobodys_quiz; ")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("fetch", f"{SITE}/"), "it needs --publisher; see `scrapy record fetch -h`."),
        (
            ("fetch", "pub.example", "--publisher", "x"),
            "an address begins with https:// or http://, not 'pub.example'.",
        ),
        (
            ("fetch", f"{SITE}/", "--publisher", "../x"),
            "--publisher takes a publisher's key in small letters, not '../x'.",
        ),
        (
            ("fetch", f"{SITE}/", "--publisher", "x", "--case", "../x"),
            "--case takes small letters, digits, - and _, not '../x'.",
        ),
        (
            ("show", "nobody"),
            "there are no recorded pages 'nobody'; name a publisher, or one of its pages as in KEY/CASE.",
        ),
        (
            ("accept", "pubquiz/x"),
            "there are no recorded pages 'pubquiz/x'; name a publisher, or one of its pages as in ",
        ),
    ],
)
def test_wrong_words_are_one_sentence(project: Project, words: tuple[str, ...], sentence: str) -> None:
    done = project.scrapy("record", *words)
    assert (done.exit_code, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1


PERSONAL = [
    ("<p>Write to robin.wilkins@pub.com</p>", ["an e-mail address: robin.wilkins@pub.com"]),
    ('<a href="mailto:ro@pub.co.uk">Write</a>', ["an e-mail address: ro@pub.co.uk"]),
    ("<p>Call 020 8123 4567, or 07700 900123</p>", ["a telephone number: 020 8123 4567"]),
    ('<p class="host-name">Robin Wilkins</p>', ["what may be a person's name: Robin Wilkins"]),
    ("<p>Hosted by Siân O’Neill from eight</p>", ["what may be a person's name: Siân O’Neill"]),
    (
        '<script type="application/ld+json">{"organizer": {"name": "Ann Lee"}, "name": "The Crown"}</script>',
        ["what may be a person's name: Ann Lee"],
    ),
    ("<p>info@pub.example, logo@2x.png, a@sprite.svg</p>", []),
    ("<p class=ghost>The Crown</p><p>020 7946 0123, Tuesdays at 8pm, 2026-11-30</p>", []),
    ('<p class="host">no host this week</p>', []),
]


@pytest.mark.parametrize(("page", "found"), PERSONAL)
def test_personal_data_of_a_page(page: str, found: list[str]) -> None:
    assert find_personal_data(page.encode(), ".html", "GB") == found


def test_personal_data_of_other_formats() -> None:
    listing = {"author": "Ann Lee", "venue": {"name": "The Crown"}, "host": {"name": "Jo May", "id": 7}, "n": [1, None]}
    names = ["what may be a person's name: Ann Lee", "what may be a person's name: Jo May"]
    assert find_personal_data(json.dumps(listing).encode(), ".json") == names
    calendar = b"ORGANIZER:mailto:ro@pub.com\nDTSTART:20261130T200000"
    assert find_personal_data(calendar, ".ics", "GB") == ["an e-mail address: ro@pub.com"]
    assert find_personal_data(b"\xff\x00", ".json") == []


def test_error_page_is_refused_unless_asked_for(tmp_path: Path) -> None:
    said: list[str] = []
    for with_errors in (False, True):
        reader = fetcher(tmp_path, said=said, with_errors=with_errors)
        reader.record(answer(f"{SITE}/x", status=404), 0, f"{SITE}/x")
        assert (reader.recorded, (tmp_path / "x").exists()) == (with_errors, with_errors)
    why = "it answered HTTP 404; add --errors if the spider has to read that answer."
    assert said[0] == f"{SITE}/x was not recorded: {why}"
