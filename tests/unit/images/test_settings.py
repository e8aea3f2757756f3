"""Tests that every documented media setting of Scrapy is honoured, or refused by name."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from scrapy import Request, Spider
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.utils.test import get_crawler

from tests.support.media import OTHER_URL, URL, ImageProject, Site, image, pixels
from trivia_scraper.errors import UsageError
from trivia_scraper.images.ledger import LEDGER_FILE, SqliteLedger
from trivia_scraper.images.pipeline import FreshImagesPipeline
from trivia_scraper.images.storage import s3
from trivia_scraper.images.storage.local import LocalFileStore

WIDE = image(60)


class FoxImages(FreshImagesPipeline):
    """A subclass whose settings may begin with FOXIMAGES_."""


@pytest.fixture
def project(tmp_path: Path) -> ImageProject:
    return ImageProject(tmp_path / "images", Site({URL: WIDE}))


def built(pipeline: type[FreshImagesPipeline] = FreshImagesPipeline, /, **settings: Any) -> FreshImagesPipeline:
    """Return a pipeline before `open_spider`."""
    crawler = get_crawler(Spider, {"IMAGES_STORE": "/no/such/directory", **settings})
    return pipeline.from_crawler(crawler)


def aged(project: ImageProject, days: float) -> None:
    """Make the stored images look as if they were confirmed this many days ago."""
    ledger = SqliteLedger(project.store / LEDGER_FILE, LocalFileStore(project.store))
    with ledger._connection(make=True) as connection:
        assert connection is not None
        for record in project.records():
            assert record.checked_at is not None
            checked_at = record.checked_at - timedelta(days=days)
            connection.execute("UPDATE images SET checked_at = ?", (checked_at.isoformat(),))
    ledger.close()


# -- IMAGES_EXPIRES ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "age", "requests"),
    [
        (None, 89.9, 0),
        (None, 90.1, 1),
        (0, 0, 1),
        ("0", 0, 1),
        (0.5, 0.4, 0),
        (0.5, 0.6, 1),
        ("0.5", 0.6, 1),
        (7, 6.9, 0),
        (7, 7.1, 1),
        (-1, 40_000, 0),
        (7, -1, 1),
    ],
)
def test_images_expire_by_setting(project: ImageProject, setting: Any, age: float, requests: int) -> None:
    project.run()
    aged(project, age)
    project.settings["IMAGES_EXPIRES"] = setting
    assert len(project.run().requests) == requests


NUMBERS = ("IMAGES_EXPIRES", "IMAGES_MIN_WIDTH", "IMAGES_MIN_HEIGHT", "IMAGES_MAXSIZE", "IMAGES_TIMEOUT")
OTHER_NUMBERS = ("IMAGES_CONCURRENT", "IMAGES_THREADS")


@pytest.mark.parametrize("name", [*NUMBERS, *OTHER_NUMBERS])
@pytest.mark.parametrize("value", ["soon", "nan", "inf", [1]])
def test_invalid_number_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=rf"^the setting {name} takes .+, not "):
        built(**{name: value})


@pytest.mark.parametrize("name", ["IMAGES_MAXSIZE", "IMAGES_TIMEOUT", *OTHER_NUMBERS])
def test_number_below_minimum_is_refused_by_name(name: str) -> None:
    with pytest.raises(UsageError, match=rf"^the setting {name} takes .+, not 0\."):
        built(**{name: 0})


# -- What is kept ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "stored"),
    [
        ({}, True),
        ({"IMAGES_MIN_WIDTH": 60, "IMAGES_MIN_HEIGHT": "30"}, True),
        ({"IMAGES_MIN_WIDTH": 61}, False),
        ({"IMAGES_MIN_HEIGHT": "31"}, False),
    ],
)
def test_images_below_minimum_size_are_refused(project: ImageProject, settings: dict[str, Any], stored: bool) -> None:
    project.settings |= settings
    run = project.run()
    assert bool(run.items[0]["images"]) is stored
    assert run.stats.get("images/failed/too_small") == (None if stored else 1)


@pytest.mark.parametrize(
    ("settings", "sizes"),
    [
        ({"IMAGES_THUMBS": {"small": (20, 20), "big": (300, 300)}}, {"small": (20, 10), "big": (60, 30)}),
        ({"IMAGES_THUMBS": '{"small": [20, 20]}'}, {"small": (20, 10)}),
        ({"IMAGES_THUMBS": {"small": (20, 20)}, "IMAGES_THUMBS_FIT": "false"}, {"small": (20, 20)}),
        ({"IMAGES_THUMBS": None}, {}),
    ],
)
def test_thumbnails_fit_or_fill_their_size(
    project: ImageProject, settings: dict[str, Any], sizes: dict[str, Any]
) -> None:
    project.settings |= settings
    thumbs = project.run().result["thumbs"]
    assert {name: pixels(project.files()[path]) for name, path in thumbs.items()} == sizes
    assert all(path.startswith(f"thumbs/{name}/") for name, path in thumbs.items()), "as in Scrapy"


@pytest.mark.parametrize("value", [{"small": 20}, {"../x": (1, 1)}, {"small": (0, 20)}, "small", 5])
def test_invalid_thumbnails_are_refused_by_name(value: Any) -> None:
    with pytest.raises(UsageError, match="IMAGES_THUMBS takes names"):
        built(IMAGES_THUMBS=value)


@pytest.mark.parametrize("name", ["IMAGES_THUMBS_FIT", "MEDIA_ALLOW_REDIRECTS"])
def test_invalid_flag_is_refused_by_name(name: str) -> None:
    with pytest.raises(UsageError, match=f"^the setting {name} takes True or False, not 'maybe'"):
        built(**{name: "maybe"})


# -- Items and requests ------------------------------------------------------------------------------------------------


def test_url_and_result_fields_by_setting(project: ImageProject) -> None:
    project.settings |= {"IMAGES_URLS_FIELD": "photos", "IMAGES_RESULT_FIELD": "stored"}
    run = project.run({"photos": [URL], "image_urls": [OTHER_URL]})
    assert [request.url for request in run.requests] == [URL]
    assert [each["url"] for each in run.items[0]["stored"]] == [URL]
    assert "images" not in run.items[0]


@pytest.mark.parametrize(
    ("setting", "listed"), [(None, False), (False, False), ("0", False), (True, True), ("1", True)]
)
def test_redirects_are_followed_only_if_allowed(project: ImageProject, setting: Any, listed: bool) -> None:
    project.settings["MEDIA_ALLOW_REDIRECTS"] = setting
    (request,) = project.run().requests
    if listed:
        handled = request.meta["handle_httpstatus_list"]
        assert [status in handled for status in (301, 302, 404, 500)] == [False, False, True, True]
    else:
        assert request.meta["handle_httpstatus_all"] is True


def test_requests_are_limited_by_settings(project: ImageProject) -> None:
    project.settings |= {"IMAGES_MAXSIZE": "5000", "IMAGES_TIMEOUT": "2.5"}
    (request,) = project.run().requests
    assert (request.meta["download_maxsize"], request.meta["download_timeout"]) == (5000, 2.5)


def test_concurrent_images_are_limited_by_setting(project: ImageProject) -> None:
    under_way, most = 0, 0

    class Counting(FreshImagesPipeline):
        async def media_downloaded(self, response: Response, *_: Any, **more: Any) -> Any:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await asyncio.sleep(0.01)
            under_way -= 1
            return {"url": response.url}

    project.pipeline = Counting
    project.settings["IMAGES_CONCURRENT"] = 2
    urls = [f"https://a.example/{number}.jpg" for number in range(6)]
    project.site.answers = dict.fromkeys(urls, WIDE)
    project.run(*urls, at_once=True)
    assert most == 2


# -- Settings of one class ---------------------------------------------------------------------------------------------

OF_ONE_CLASS = [
    ("IMAGES_EXPIRES", 5, 0, "expires"),
    ("IMAGES_MIN_WIDTH", 5, 0, "min_width"),
    ("IMAGES_MIN_HEIGHT", 5, 0, "min_height"),
    ("IMAGES_THUMBS", {"a": (1, 1)}, {}, "thumbs"),
    ("IMAGES_THUMBS_FIT", True, False, "thumbs_fit"),
    ("IMAGES_URLS_FIELD", "a", "b", "images_urls_field"),
    ("IMAGES_RESULT_FIELD", "a", "b", "images_result_field"),
    ("MEDIA_ALLOW_REDIRECTS", True, False, "allow_redirects"),
]


@pytest.mark.parametrize(("name", "of_all", "of_one", "attribute"), OF_ONE_CLASS)
def test_class_prefixed_setting_takes_precedence(name: str, of_all: Any, of_one: Any, attribute: str) -> None:
    settings = {name: of_all, f"FOXIMAGES_{name}": of_one}
    assert getattr(built(FoxImages, **settings), attribute) == of_one
    assert getattr(built(**settings), attribute) == of_all
    settings[f"FOXIMAGES_{name}"] = None
    assert getattr(built(FoxImages, **settings), attribute) == of_all


CLASS_ATTRIBUTES = [
    ("EXPIRES", "IMAGES_EXPIRES", 3, 5, "expires"),
    ("MIN_WIDTH", "IMAGES_MIN_WIDTH", 3, 5, "min_width"),
    ("MIN_HEIGHT", "IMAGES_MIN_HEIGHT", 3, 5, "min_height"),
    ("THUMBS", "IMAGES_THUMBS", {"a": (1, 1)}, {"b": (2, 2)}, "thumbs"),
    ("IMAGES_URLS_FIELD", "IMAGES_URLS_FIELD", "a", "b", "images_urls_field"),
    ("IMAGES_RESULT_FIELD", "IMAGES_RESULT_FIELD", "a", "b", "images_result_field"),
    ("DEFAULT_IMAGES_URLS_FIELD", "IMAGES_URLS_FIELD", "a", "b", "images_urls_field"),
    ("DEFAULT_IMAGES_RESULT_FIELD", "IMAGES_RESULT_FIELD", "a", "b", "images_result_field"),
]


@pytest.mark.parametrize(("attribute", "setting", "of_class", "of_project", "value"), CLASS_ATTRIBUTES)
def test_class_attribute_is_default_of_setting(
    attribute: str, setting: str, of_class: Any, of_project: Any, value: str
) -> None:
    pipeline = type("FoxImages", (FreshImagesPipeline,), {attribute: of_class})
    assert getattr(built(pipeline), value) == of_class
    assert getattr(built(pipeline, **{setting: of_project}), value) == of_project


def test_files_settings_are_not_used() -> None:
    files = {"FILES_EXPIRES": 1, "FILES_STORE": "/elsewhere", "FILES_URLS_FIELD": "a", "FILES_RESULT_FIELD": "b"}
    pipeline = built(**files)
    assert pipeline.expires == 90
    assert (pipeline.images_urls_field, pipeline.images_result_field) == ("image_urls", "images")
    assert pipeline._store_uri == "/no/such/directory"


@pytest.mark.parametrize("value", ["0.5", "soon"])
def test_invalid_files_settings_are_ignored(value: str) -> None:
    assert built(FILES_EXPIRES=value).expires == 90


# -- IMAGES_STORE and IMAGES_LEDGER ------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [str, Path, "file://{}".format, "{}/".format])
def test_store_is_path_object_or_file_url(project: ImageProject, form: Any) -> None:
    project.settings["IMAGES_STORE"] = form(project.store)
    path = project.run().result["path"]
    assert (project.store / path).read_bytes() == WIDE


@pytest.mark.parametrize("value", [None, ""])
def test_pipeline_without_store_is_not_enabled(value: Any) -> None:
    with pytest.raises(NotConfigured, match=r"^IMAGES_STORE must name a directory"):
        built(IMAGES_STORE=value)


@pytest.mark.parametrize("uri", ["gs://bucket/", "ftp://host/images", "http://host/"])
def test_unknown_kind_of_store_is_refused_by_name(uri: str) -> None:
    with pytest.raises(UsageError, match=f"^IMAGES_STORE must be a directory or s3://bucket/prefix/, not '{uri}'"):
        built(IMAGES_STORE=uri, IMAGES_STORE_GCS_ACL="publicRead", GCS_PROJECT_ID="mine")


def test_keys_in_store_uri_are_not_shown() -> None:
    with pytest.raises(UsageError) as caught:
        built(IMAGES_STORE="s3://key:planted-secret@bucket/")
    assert "planted-secret" not in str(caught.value)


def test_s3_is_not_used_before_spider_opens(project: ImageProject, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class Bucket(LocalFileStore):
        def __init__(self, uri: str, settings: Any) -> None:
            asked.append((uri, settings["AWS_REGION_NAME"], settings["IMAGES_STORE_S3_ACL"]))
            super().__init__(project.store)

        def check_writable(self) -> None:
            pass

    monkeypatch.setattr(s3, "S3FileStore", Bucket)
    settings = {"IMAGES_STORE": "s3://bucket/", "AWS_REGION_NAME": "r", "IMAGES_STORE_S3_ACL": "public-read"}
    built(**settings)
    assert asked == []
    project.settings |= settings
    assert project.run().result["status"] == "downloaded"
    assert asked == [("s3://bucket/", "r", "public-read")]


def test_s3_store_requires_ledger_setting(
    project: ImageProject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Bucket:
        trusted = True

        def __init__(self, uri: str, settings: Any) -> None:
            pass

        def check_writable(self) -> None:
            pass

    monkeypatch.setattr(s3, "S3FileStore", Bucket)
    project.settings["IMAGES_STORE"] = "s3://bucket/"
    with pytest.raises(ValueError, match=r"IMAGES_STORE s3://bucket/ needs IMAGES_LEDGER: the path of a local file\."):
        project.run()
    project.settings["IMAGES_LEDGER"] = tmp_path / "ledger.sqlite3"
    assert project.run({"image_urls": []}).items == [{"image_urls": [], "images": []}]


@pytest.mark.parametrize("form", [str, Path])
def test_ledger_setting_may_be_path(project: ImageProject, tmp_path: Path, form: Any) -> None:
    project.settings["IMAGES_LEDGER"] = form(tmp_path / "state" / "ledger.sqlite3")
    project.run()
    assert (tmp_path / "state" / "ledger.sqlite3").exists()
    assert not (project.store / LEDGER_FILE).exists()
    assert project.run().requests == []


class NamedLedger(SqliteLedger):
    """A ledger that IMAGES_LEDGER names by its class."""

    @classmethod
    def from_crawler(cls, crawler: Any) -> NamedLedger:
        path = Path(crawler.settings["LEDGER_OF_TEST"])
        return cls(path, LocalFileStore(path.parent))


@pytest.mark.parametrize("named", [NamedLedger, f"{__name__}.NamedLedger"])
def test_ledger_setting_may_be_class(project: ImageProject, tmp_path: Path, named: Any) -> None:
    project.settings |= {"IMAGES_LEDGER": named, "LEDGER_OF_TEST": str(tmp_path / "own.sqlite3")}
    project.run()
    assert (tmp_path / "own.sqlite3").exists()


@pytest.mark.parametrize("named", ["ledger.sqlite3", "no.such.Ledger", "ledger"])
def test_invalid_ledger_setting_is_refused_by_name(project: ImageProject, named: str) -> None:
    project.settings["IMAGES_LEDGER"] = named
    with pytest.raises(UsageError, match=f"^IMAGES_LEDGER '{named}' is neither a path with a / nor a class: "):
        project.run()


def test_request_of_hook_may_have_own_limits(project: ImageProject) -> None:
    class Patient(FreshImagesPipeline):
        def get_media_requests(self, item: Any, info: Any) -> Any:
            return Request(URL, meta={"download_timeout": 99})

    project.pipeline = Patient
    assert project.run().requests[0].meta["download_timeout"] == 99


@pytest.mark.parametrize(("forced", "refusal"), [("true", UsageError), ("false", NotConfigured)])
def test_forced_refresh_without_store_is_refused(forced: str, refusal: type[Exception]) -> None:
    crawler = get_crawler()
    crawler.spider = crawler._create_spider("pubs", force_refresh_images=forced)
    with pytest.raises(refusal, match=r"IMAGES_STORE must name a directory or s3://bucket/prefix/ for Fresh"):
        FreshImagesPipeline("", crawler=crawler)
