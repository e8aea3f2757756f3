"""Tests FreshImagesPipeline in a project without our database: decisions, failures, and hooks of subclasses."""

from __future__ import annotations

import asyncio
import errno
import gc
import hashlib
import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import pytest
from itemadapter import ItemAdapter
from PIL import Image
from scrapy import Request, Spider
from scrapy.exceptions import (
    DownloadCancelledError,
    DownloadTimeoutError,
    IgnoreRequest,
    ScrapyDeprecationWarning,
)
from scrapy.http import Response
from scrapy.pipelines.files import FSFilesStore
from scrapy.pipelines.images import ImageException, ImagesPipeline
from scrapy.utils.test import get_crawler
from twisted.python.failure import Failure

from tests.support.drawn import encoded, quarters
from tests.support.media import OTHER_URL, URL, ImageProject, image, pixels
from trivia_scraper.clock import utc_now
from trivia_scraper.downloader.address_guard import RequestRefusedError
from trivia_scraper.downloader.shutdown import stopping
from trivia_scraper.errors import StorageError
from trivia_scraper.images import pipeline as pipeline_module
from trivia_scraper.images import storing
from trivia_scraper.images.failures import FailedImage, find_reason
from trivia_scraper.images.ledger import LEDGER_FILE
from trivia_scraper.images.pipeline import FreshImagesPipeline
from trivia_scraper.images.policy import FileState, ImageError
from trivia_scraper.images.records import ImageRecord
from trivia_scraper.images.storage.local import LocalFileStore

RED, BLUE = image(40, "red"), image(50, "blue")
PATH = f"full/{hashlib.sha1(URL.encode(), usedforsecurity=False).hexdigest()}.jpg"
OTHER_PATH = f"full/{hashlib.sha1(OTHER_URL.encode(), usedforsecurity=False).hexdigest()}.jpg"
ETAG = {"ETag": '"1"'}


@pytest.fixture
def project(tmp_path: Path) -> ImageProject:
    """Return a project whose publisher serves one red image."""
    found = ImageProject(tmp_path / "images")
    found.site.answers[URL] = RED
    return found


def later(monkeypatch: pytest.MonkeyPatch, **age: float) -> None:
    """Set the clock of the pipeline forward."""
    now = utc_now() + timedelta(**age)
    for module in (pipeline_module, storing):
        monkeypatch.setattr(module, "utc_now", lambda: now)


def revalidated(request: Request) -> Response:
    """Answer 304 to the validator that was sent, else the red image with one."""
    if request.headers.get("If-None-Match") == b'"1"':
        return Response(URL, status=304)
    return Response(URL, body=RED, headers=ETAG)


# -- Decisions ---------------------------------------------------------------------------------------------------------


def test_result_has_documented_keys(project: ImageProject) -> None:
    run = project.run()
    md5, sha256 = (hashlib.new(name, RED, usedforsecurity=False).hexdigest() for name in ("md5", "sha256"))
    stored = {"url": URL, "path": PATH, "checksum": md5, "sha256": sha256, "bytes": len(RED), "width": 40, "height": 30}
    said = {"format": "JPEG", "status": "downloaded", "reason": "new", "changed": True, "thumbs": {}, "error": None}
    instants = {name: run.result[name] for name in ("fetched_at", "checked_at")}
    assert run.result == stored | said | instants
    assert all(instant.endswith("Z") for instant in instants.values())
    assert list(run.result)[:3] == ["url", "path", "checksum"]
    assert project.files() == {PATH: RED}, "the bytes are those that were served"
    counted = {"images/downloaded": 1, "images/downloaded/new": 1, "file_count": 1, "file_status_count/downloaded": 1}
    assert run.stats == counted


def test_fresh_image_sends_no_request(project: ImageProject) -> None:
    first = project.run()
    project.site.answers[URL] = BLUE
    second = project.run()
    assert (second.outcome, second.requests) == (("uptodate", "fresh"), [])
    assert second.result["checksum"] == first.result["checksum"]
    assert second.stats["file_status_count/uptodate"] == 1


def test_forced_refresh_sends_no_validators_and_stores_answer(project: ImageProject) -> None:
    project.site.answers[URL] = revalidated
    project.run()
    unchanged = project.force()
    (request,) = unchanged.requests
    assert unchanged.outcome == ("uptodate", "unchanged")
    assert request.headers["Cache-Control"] == b"no-cache"
    assert request.meta["dont_cache"] is True
    assert not {b"If-None-Match", b"If-Modified-Since"} & set(request.headers)
    project.site.answers[URL] = BLUE
    changed = project.force()
    assert changed.outcome == ("downloaded", "forced")
    assert project.files() == {PATH: BLUE}


@pytest.mark.parametrize("value", ["1", "true", "YES", "on", True])
def test_force_refresh_true_values(project: ImageProject, value: Any) -> None:
    project.run()
    assert len(project.run(force_refresh_images=value).requests) == 1


@pytest.mark.parametrize("value", ["0", "false", "No", "off", "", False])
def test_force_refresh_false_values(project: ImageProject, value: Any) -> None:
    project.run()
    assert project.run(force_refresh_images=value).requests == []


def test_invalid_force_refresh_value_ends_crawl_at_start(project: ImageProject) -> None:
    with pytest.raises(ValueError, match="force_refresh_images must be true or false, not 'maybe'"):
        project.run(force_refresh_images="maybe")


def test_expired_image_is_revalidated_by_etag(project: ImageProject, monkeypatch: pytest.MonkeyPatch) -> None:
    project.site.answers[URL] = revalidated
    project.run()
    later(monkeypatch, days=89.9)
    assert project.run().requests == []
    later(monkeypatch, days=90.1)
    kept = project.run()
    assert kept.outcome == ("uptodate", "not_modified")
    assert kept.requests[0].headers["If-None-Match"] == b'"1"'
    assert kept.requests[0].meta["dont_cache"] is True
    assert kept.result["fetched_at"] < kept.result["checked_at"]
    assert project.run().outcome == ("uptodate", "fresh"), "it was confirmed just now"


def test_last_modified_validates_image_without_etag(project: ImageProject) -> None:
    date = "Mon, 23 Nov 2026 10:00:00 GMT"
    project.site.answers[URL] = Response(URL, body=RED, headers={"Last-Modified": date})
    project.settings["IMAGES_EXPIRES"] = 0
    project.run()
    assert project.run().requests[0].headers["If-Modified-Since"] == date.encode()


def test_expired_image_with_other_bytes_is_replaced(project: ImageProject) -> None:
    project.settings["IMAGES_EXPIRES"] = 0
    project.run()
    project.site.answers[URL] = BLUE
    assert project.run().outcome == ("downloaded", "expired")
    assert project.files() == {PATH: BLUE}


@pytest.mark.parametrize(("reason", "body"), [("missing", None), ("damaged", b"cut"), ("damaged", RED[:-1] + b"x")])
def test_missing_or_damaged_file_is_downloaded(project: ImageProject, reason: str, body: bytes | None) -> None:
    project.run()
    file = project.store / PATH
    file.unlink() if body is None else file.write_bytes(body)
    run = project.run()
    assert run.outcome == ("downloaded", reason)
    assert project.files() == {PATH: RED}


def test_copied_file_sends_no_request(project: ImageProject) -> None:
    project.run()
    os.utime(project.store / PATH, (1, 1))
    assert project.run().outcome == ("uptodate", "fresh")
    assert project.records()[0].modified_ns == 1_000_000_000, "else every run would read the file"


def test_http_cache_answer_confirms_nothing(project: ImageProject) -> None:
    project.site.answers[URL] = Response(URL, body=RED, headers=ETAG, flags=["cached"])
    project.run()
    assert project.records()[0].checked_at is None
    project.site.answers[URL] = revalidated
    assert project.run().outcome == ("uptodate", "not_modified")
    project.site.answers[URL] = Response(URL, status=304, flags=["cached"])
    project.settings["IMAGES_EXPIRES"] = 0
    assert project.run().outcome == ("failed", "http_304")


@pytest.mark.parametrize("harm", ["expired", "missing", "damaged"])
def test_http_cache_answers_only_for_new_images(project: ImageProject, harm: str) -> None:
    """A cached answer may be older than the image that a forced refresh has stored."""
    assert not project.run().requests[0].meta.get("dont_cache")
    if harm == "expired":
        project.settings["IMAGES_EXPIRES"] = 0
    else:
        (project.store / PATH).write_bytes(b"") if harm == "damaged" else (project.store / PATH).unlink()
    (request,) = project.run().requests
    assert request.meta["dont_cache"] is True


def test_new_format_gets_own_suffix_and_old_file_is_removed(project: ImageProject) -> None:
    project.run()
    png = image(60, "green", "PNG")
    project.site.answers[URL] = png
    run = project.force()
    assert run.result["path"] == PATH.replace(".jpg", ".png")
    assert project.files() == {run.result["path"]: png}
    assert project.run().outcome == ("uptodate", "fresh")


# -- Many items, many runs ---------------------------------------------------------------------------------------------


class PathOfItem(FreshImagesPipeline):
    def file_path(self, request: Request, response: Any = None, info: Any = None, *, item: Any = None) -> str:
        return str(item["path"])


def item(path: str, *urls: str) -> dict[str, Any]:
    return {"path": path, "image_urls": list(urls or [URL]), "images": []}


@pytest.mark.parametrize("at_once", [True, False])
def test_items_sharing_url_get_own_files_by_one_request(project: ImageProject, at_once: bool) -> None:
    project.pipeline = PathOfItem
    run = project.run(item("fox/a.jpg"), item("hound/b.jpg"), at_once=at_once)
    assert len(run.requests) == 1
    assert project.files() == {"fox/a.jpg": RED, "hound/b.jpg": RED}
    assert [each["images"][0]["path"] for each in run.items] == ["fox/a.jpg", "hound/b.jpg"]
    assert [each["images"][0]["reason"] for each in run.items] == ["new", "new"]


@pytest.mark.parametrize("at_once", [True, False])
def test_failed_url_is_requested_once(project: ImageProject, at_once: bool) -> None:
    project.pipeline = PathOfItem
    del project.site.answers[URL]
    run = project.run(item("a.jpg"), item("b.jpg"), item("b.jpg"), at_once=at_once)
    assert len(run.requests) == 1
    assert [each["images"] for each in run.items] == [[], [], []]


def test_image_refused_by_one_item_is_stored_for_another(project: ImageProject) -> None:
    class RefusesInFox(PathOfItem):
        def may_replace(self, work: Any, image: Any) -> bool:
            return bool(work.record.stem != "fox/a")

    project.pipeline = RefusesInFox
    run = project.run(item("fox/a.jpg"), item("hound/b.jpg"))
    assert run.items[0]["images"] == []
    assert run.items[1]["images"][0]["status"] == "downloaded"
    assert project.files() == {"hound/b.jpg": RED}


def test_second_url_with_same_path_fails(project: ImageProject) -> None:
    project.pipeline = PathOfItem
    project.site.answers[OTHER_URL] = BLUE
    run = project.run(item("fox/a.jpg"), item("fox/a.jpg", OTHER_URL))
    assert project.files() == {"fox/a.jpg": RED}
    assert run.items[1]["images"] == []
    assert run.stats["images/failed/path_taken"] == 1
    assert [request.url for request in run.requests] == [URL]


def test_other_url_of_later_run_takes_path(project: ImageProject) -> None:
    project.pipeline = PathOfItem
    project.run(item("fox/a.jpg"))
    failed = project.run(item("fox/a.jpg", OTHER_URL))
    assert failed.outcome == ("failed", "http_404")
    assert (failed.result["path"], failed.result["url"]) == ("fox/a.jpg", OTHER_URL)
    project.site.answers[OTHER_URL] = BLUE
    assert project.run(item("fox/a.jpg", OTHER_URL)).outcome == ("downloaded", "url_changed")
    assert project.files() == {"fox/a.jpg": BLUE}
    assert [record.url for record in project.records()] == [OTHER_URL]


@pytest.mark.parametrize("path", ["../a.jpg", "/a.jpg", "fox/../../a.jpg", "fox//a.jpg", ".hidden.jpg", "fox/\n.jpg"])
def test_path_outside_store_is_refused(project: ImageProject, path: str, tmp_path: Path) -> None:
    project.pipeline = PathOfItem
    run = project.run(item(path))
    assert (run.items[0]["images"], run.requests) == ([], [])
    assert run.stats["images/failed"] == 1
    assert [each.name for each in tmp_path.rglob("*.jpg")] == []


def test_path_outside_store_with_response_is_refused(project: ImageProject, tmp_path: Path) -> None:
    class Escapes(FreshImagesPipeline):
        def file_path(self, request: Any, response: Any = None, info: Any = None, *, item: Any = None) -> str:
            return "a.jpg" if response is None else "../a.jpg"

    project.pipeline = Escapes
    assert project.run().items[0]["images"] == []
    assert [each.name for each in tmp_path.rglob("*.jpg")] == []


def test_thumb_path_outside_store_is_refused(project: ImageProject, tmp_path: Path) -> None:
    class Escapes(FreshImagesPipeline):
        def thumb_path(self, request: Any, thumb_id: Any, *_: Any, **more: Any) -> str:
            return "../thumb.jpg"

    project.pipeline = Escapes
    project.settings["IMAGES_THUMBS"] = {"small": (20, 20)}
    run = project.run()
    assert not (tmp_path / "thumb.jpg").exists()
    assert run.stats["images/failed"] == 1


# -- Never worse -------------------------------------------------------------------------------------------------------

BAD_ANSWERS = {
    "http_304": Response(URL, status=304),  # although the request has no validators
    "http_404": Response(URL, status=404),
    "http_503": Response(URL, status=503, body=BLUE),
    "redirect": Response(URL, status=302, headers={"Location": "https://b.example/"}),
    "not_an_image": b"<!DOCTYPE html>",
    "truncated": BLUE[:-20],
    "format": b"BM" + bytes(100),
    "timeout": DownloadTimeoutError("30 s"),
    "robots": IgnoreRequest("Forbidden by robots.txt"),
    "refused_address": RequestRefusedError("refused_address", "10.0.0.1 is not a public address"),
    "network": RuntimeError("connection lost"),
    "too_small": image(3),
    "too_large": DownloadCancelledError("Cancelled: its size is over the limit"),
}


@pytest.mark.parametrize("reason", BAD_ANSWERS)
def test_bad_answer_keeps_file_and_row_with_reason(project: ImageProject, reason: str) -> None:
    project.settings["IMAGES_MIN_WIDTH"] = 10
    first = project.run()
    before = project.records()
    project.site.answers[URL] = BAD_ANSWERS[reason]
    run = project.force()
    assert run.outcome == ("failed", reason)
    assert run.result["error"]
    facts = ("path", "checksum", "sha256", "bytes", "width", "height", "fetched_at", "checked_at")
    assert {name: run.result[name] for name in facts} == {name: first.result[name] for name in facts}
    assert (project.files(), project.records()) == ({PATH: RED}, before)
    assert run.stats[f"images/failed/{reason}"] == 1
    assert "file_count" not in run.stats


@pytest.mark.parametrize("reason", BAD_ANSWERS)
def test_bad_answer_without_stored_image_gives_no_result(project: ImageProject, reason: str) -> None:
    project.settings["IMAGES_MIN_WIDTH"] = 10
    project.site.answers[URL] = BAD_ANSWERS[reason]
    run = project.run()
    assert (run.items[0]["images"], project.files(), project.records()) == ([], {}, [])
    assert run.stats[f"images/failed/{reason}"] == 1


def test_full_disk_keeps_file_and_row(project: ImageProject, monkeypatch: pytest.MonkeyPatch) -> None:
    project.run()
    before = project.records()
    project.site.answers[URL] = BLUE

    def write(*_: Any, **more: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(LocalFileStore, "write", write)
    run = project.force()
    assert run.outcome == ("failed", "storage")
    assert "No space left on device" in run.result["error"]
    assert (project.files(), project.records()) == ({PATH: RED}, before)


def test_unwritable_ledger_fails_image(project: ImageProject) -> None:
    project.run()
    with sqlite3.connect(project.store / LEDGER_FILE) as connection:
        connection.execute("CREATE TRIGGER full BEFORE UPDATE ON images BEGIN SELECT RAISE(ABORT, 'no rows'); END")
    connection.close()
    run = project.force()
    assert run.outcome == ("failed", "storage")
    assert "no rows" in run.result["error"]
    assert project.files() == {PATH: RED}


def test_missing_thumbnails_are_remade_without_request(project: ImageProject) -> None:
    project.settings["IMAGES_THUMBS"] = {"small": (20, 20), "wide": (30, 10)}
    thumbs = project.run().result["thumbs"]
    assert {name: pixels(project.files()[path]) for name, path in thumbs.items()} == {
        "small": (20, 15),
        "wide": (13, 10),
    }
    (project.store / thumbs["small"]).unlink()
    remade = project.run()
    assert (remade.requests, remade.stats["thumbs/remade"]) == ([], 1)
    assert thumbs["small"] in project.files()
    project.settings["IMAGES_THUMBS"] = {"small": (10, 10)}
    assert list(project.run().result["thumbs"]) == ["small"]
    assert {path: pixels(body) for path, body in project.files().items()} == {PATH: (40, 30), thumbs["small"]: (10, 8)}


# -- A store that Scrapy's own pipeline filled -------------------------------------------------------------------------


def fill_by_scrapy(project: ImageProject) -> None:
    """Store the image of the tests with Scrapy's own pipeline."""
    crawler = get_crawler(Spider, {"IMAGES_STORE": project.store, **project.settings})
    crawler.spider = Spider.from_crawler(crawler, name="quizzes")
    stock = ImagesPipeline.from_crawler(crawler)
    stock.open_spider()
    response = Response(URL, body=RED)

    async def store() -> None:
        await stock.image_downloaded(response, Request(URL), stock.spiderinfo)

    asyncio.run(store())


def test_adopted_files_send_no_request_until_expired(project: ImageProject, monkeypatch: pytest.MonkeyPatch) -> None:
    project.settings["IMAGES_THUMBS"] = {"small": (20, 20)}
    fill_by_scrapy(project)
    before = project.files()
    run = project.run()
    assert (run.outcome, run.requests, project.files()) == (("uptodate", "adopted"), [], before)
    assert run.result["path"] == PATH
    assert list(run.result["thumbs"]) == ["small"]
    assert project.run().outcome == ("uptodate", "fresh")
    later(monkeypatch, days=91)
    assert len(project.run().requests) == 1


def test_old_adopted_file_is_requested(project: ImageProject) -> None:
    fill_by_scrapy(project)
    os.utime(project.store / PATH, (time.time() - 91 * 86_400,) * 2)
    run = project.run()
    assert (run.outcome, len(run.requests)) == (("uptodate", "unchanged"), 1)


def test_broken_file_is_not_adopted(project: ImageProject) -> None:
    (project.store / "full").mkdir(parents=True)
    (project.store / PATH).write_bytes(RED[:100])
    assert project.run().outcome == ("downloaded", "new")
    assert project.files() == {PATH: RED}


# -- Hooks of a subclass -----------------------------------------------------------------------------------------------


class PlainHooks(FreshImagesPipeline):
    """Has every hook that may be async, as a plain function. Each notes in the item that it ran."""

    def get_media_requests(self, item: Any, info: Any) -> Any:
        item["hooks"].append("get_media_requests")
        return (Request(url) for url in item["image_urls"])

    def media_to_download(self, request: Request, info: Any, *, item: Any = None) -> Any:
        item["hooks"].append("media_to_download")
        return super().media_to_download(request, info, item=item)

    def media_downloaded(self, response: Response, request: Request, info: Any, *, item: Any = None) -> Any:
        item["hooks"].append("media_downloaded")
        return super().media_downloaded(response, request, info, item=item)

    def file_downloaded(self, response: Response, request: Request, info: Any, *, item: Any = None) -> Any:
        item["hooks"].append("file_downloaded")
        return super().file_downloaded(response, request, info, item=item)

    def image_downloaded(self, response: Response, request: Request, info: Any, *, item: Any = None) -> Any:
        item["hooks"].append("image_downloaded")
        return super().image_downloaded(response, request, info, item=item)

    def item_completed(self, results: Any, item: Any, info: Any) -> Any:
        item["hooks"].append("item_completed")
        return super().item_completed(results, item, info)


class AsyncHooks(FreshImagesPipeline):
    """Overrides the same hooks with coroutines."""

    async def get_media_requests(self, item: Any, info: Any) -> Any:  # type: ignore[override]
        await asyncio.sleep(0)
        item["hooks"].append("get_media_requests")
        return [Request(url) for url in item["image_urls"]]

    async def media_to_download(self, request: Request, info: Any, *, item: Any = None) -> Any:  # type: ignore[override]
        await asyncio.sleep(0)
        item["hooks"].append("media_to_download")
        return await super().media_to_download(request, info, item=item)

    async def media_downloaded(self, response: Response, request: Request, info: Any, *, item: Any = None) -> Any:
        await asyncio.sleep(0)
        item["hooks"].append("media_downloaded")
        return await super().media_downloaded(response, request, info, item=item)

    async def file_downloaded(self, response: Response, request: Request, info: Any, *, item: Any = None) -> Any:
        await asyncio.sleep(0)
        item["hooks"].append("file_downloaded")
        return await super().file_downloaded(response, request, info, item=item)

    async def image_downloaded(self, response: Response, request: Request, info: Any, *, item: Any = None) -> Any:
        await asyncio.sleep(0)
        item["hooks"].append("image_downloaded")
        return await super().image_downloaded(response, request, info, item=item)

    async def item_completed(self, results: Any, item: Any, info: Any) -> Any:
        await asyncio.sleep(0)
        item["hooks"].append("item_completed")
        return super().item_completed(results, item, info)


HOOKS = [
    *("get_media_requests", "media_to_download", "media_downloaded"),
    *("file_downloaded", "image_downloaded", "item_completed"),
]


@pytest.mark.parametrize("pipeline", [PlainHooks, AsyncHooks])
def test_hooks_run_once_in_scrapys_order(project: ImageProject, pipeline: type[FreshImagesPipeline]) -> None:
    project.pipeline = pipeline
    hooked = item("") | {"hooks": []}
    run = project.run(hooked)
    assert (hooked["hooks"], run.outcome) == (HOOKS, ("downloaded", "new"))
    kept = item("") | {"hooks": []}
    assert project.run(kept).outcome == ("uptodate", "fresh")
    assert kept["hooks"] == ["get_media_requests", "media_to_download", "item_completed"]
    project.site.answers[URL] = b"<html>"
    failed = item("") | {"hooks": []}
    assert project.force(failed).outcome == ("failed", "not_an_image")
    assert failed["hooks"] == [*HOOKS[:3], "item_completed"], "these two get only valid images"


def overriding(*, is_async: bool, **values: Any) -> type[FreshImagesPipeline]:
    """Return a subclass whose hooks return these values, as plain functions or coroutines."""

    def hook(value: Any) -> Callable[..., Any]:
        async def later(self: Any, *_: Any, **more: Any) -> Any:
            return value

        return later if is_async else lambda self, *_, **more: value

    return type("Overriding", (FreshImagesPipeline,), {name: hook(value) for name, value in values.items()})


RESULT = {"url": URL, "path": "elsewhere", "checksum": "c", "status": "mine"}


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(
    ("hook", "value", "images", "requests", "files"),
    [
        ("get_media_requests", [], [], 0, 0),
        ("media_to_download", RESULT, [RESULT], 0, 0),
        ("media_downloaded", RESULT, [RESULT], 1, 0),
        ("file_downloaded", "c", [RESULT | {"path": PATH, "status": "downloaded", "reason": "new"}], 1, 0),
        ("image_downloaded", "c", [RESULT | {"path": PATH, "status": "downloaded", "reason": "new"}], 1, 0),
    ],
)
def test_hook_return_values_are_used(
    project: ImageProject, is_async: bool, hook: str, value: Any, images: Any, requests: int, files: int
) -> None:
    project.pipeline = overriding(is_async=is_async, **{hook: value})
    run = project.run()
    assert run.items[0]["images"] == images
    assert (len(run.requests), len(project.files())) == (requests, files)


@pytest.mark.parametrize("is_async", [False, True])
def test_item_is_returned_by_item_completed(project: ImageProject, is_async: bool) -> None:
    project.pipeline = overriding(is_async=is_async, item_completed="another item")
    assert project.run().items == ["another item"]


def test_media_to_download_runs_once_per_item(project: ImageProject) -> None:
    calls = []

    class Noting(PathOfItem):
        async def media_to_download(self, request: Request, info: Any, *, item: Any = None) -> Any:  # type: ignore[override]
            calls.append(item["path"])
            return await super().media_to_download(request, info, item=item)

    project.pipeline = Noting
    project.run(item("a.jpg"), item("b.jpg"))
    assert calls == ["a.jpg", "b.jpg"]


@pytest.mark.parametrize("raised", [KeyError("nothing of that name"), ImageException("a logo")])
def test_failing_hook_keeps_file_and_row(
    project: ImageProject, caplog: pytest.LogCaptureFixture, raised: Exception
) -> None:
    project.run()
    before = project.records()

    class Broken(FreshImagesPipeline):
        async def image_downloaded(self, *_: Any, **more: Any) -> str:
            raise raised

    project.pipeline = Broken
    project.site.answers[URL] = BLUE
    run = project.force()
    assert run.outcome == ("failed", "hook")
    assert run.result["error"] == f"{type(raised).__name__}: {raised}"
    assert (project.files(), project.records()) == ({PATH: RED}, before)
    assert "Traceback" in caplog.text, "the author of the hook needs the traceback"


@pytest.mark.parametrize("raised", [ValueError("mine"), ImageException("mine")])
def test_exception_of_media_failed_keeps_original_reason(project: ImageProject, raised: Exception) -> None:
    project.run()

    class Raising(FreshImagesPipeline):
        def media_failed(self, failure: Failure, request: Request, info: Any) -> Any:
            raise raised

    project.pipeline = Raising
    project.site.answers[URL] = Response(URL, status=404)
    assert project.force().outcome == ("failed", "http_404")


def test_item_error_does_not_fail_next_item(project: ImageProject) -> None:
    class FailsOnce(FreshImagesPipeline):
        ITEM_ERRORS = (LookupError,)
        failed = False

        async def image_downloaded(self, *images: Any, **more: Any) -> str:
            if not self.failed:
                self.failed = True
                raise LookupError("the database is gone")
            return await super().image_downloaded(*images, **more)

        async def process_item(self, item: Any, spider: Any = None) -> Any:
            with pytest.raises(LookupError, match="the database is gone"):
                await super().process_item(item)
            return await super().process_item(item)

    project.pipeline = FailsOnce
    assert project.run().outcome == ("downloaded", "new")


def test_overridden_file_path_is_used_literally(project: ImageProject) -> None:
    project.pipeline = PathOfItem
    project.site.answers[URL] = image(40, "red", "PNG")
    run = project.run(item("fox/Photo One.JPEG"))
    assert run.result["path"] == "fox/Photo One.JPEG"
    assert list(project.files()) == ["fox/Photo One.JPEG"]
    assert project.run(item("fox/Photo One.JPEG")).outcome == ("uptodate", "fresh")


def test_overridden_thumb_path_is_used_literally(project: ImageProject) -> None:
    class Beside(FreshImagesPipeline):
        def thumb_path(self, request: Any, thumb_id: Any, *_: Any, **more: Any) -> str:
            return f"{thumb_id}/of-fox.jpg"

    project.pipeline = Beside
    project.settings["IMAGES_THUMBS"] = {"small": (20, 20)}
    assert project.run().result["thumbs"] == {"small": "small/of-fox.jpg"}
    assert sorted(project.files()) == sorted([PATH, "small/of-fox.jpg"])
    assert project.run().stats.get("thumbs/remade") is None


class Halved(FreshImagesPipeline):
    """Stores images at half their size."""

    def convert_image(
        self, image: Image.Image, size: tuple[int, int] | None = None, *, response_body: BytesIO
    ) -> tuple[Image.Image, BytesIO]:
        small = image.resize(size or (image.width // 2, image.height // 2))
        buffer = BytesIO()
        small.save(buffer, "JPEG")
        return small, buffer


def test_converted_image_is_stored_then_unchanged(project: ImageProject) -> None:
    project.pipeline = Halved
    project.settings["IMAGES_THUMBS"] = {"small": (8, 6)}
    first = project.run()
    assert {path: pixels(body) for path, body in project.files().items()} == {
        PATH: (20, 15),
        first.result["thumbs"]["small"]: (8, 6),
    }
    assert (first.result["width"], first.result["height"]) == (20, 15)
    assert first.result["sha256"] == hashlib.sha256(project.files()[PATH]).hexdigest()
    assert project.run().outcome == ("uptodate", "fresh")
    assert project.force().outcome == ("uptodate", "unchanged")
    project.site.answers[URL] = BLUE
    assert project.force().outcome == ("downloaded", "forced")
    assert pixels(project.files()[PATH]) == (25, 15)


def test_converted_image_path_has_suffix_of_new_bytes(project: ImageProject) -> None:
    project.pipeline = Halved
    project.site.answers[URL] = image(40, "red", "PNG")
    run = project.run()
    assert (run.result["path"], run.result["format"]) == (PATH, "JPEG")
    assert project.run().outcome == ("uptodate", "fresh")
    assert project.force().outcome == ("uptodate", "unchanged")


class WithCaption(FreshImagesPipeline):
    """Stores images under another path, from get_images."""

    def get_images(self, response: Response, request: Request, info: Any, *, item: Any = None) -> Iterator[Any]:
        for _, converted, buffer in super().get_images(response, request, info, item=item):
            yield "captioned.png", converted, buffer


def test_images_of_get_images_are_stored(project: ImageProject) -> None:
    project.pipeline = WithCaption
    assert project.run().result["path"] == "captioned.png"
    assert list(project.files()) == ["captioned.png"]


@pytest.mark.parametrize("hook", ["get_images", "convert_image"])
def test_failed_conversion_keeps_file_and_row(project: ImageProject, hook: str) -> None:
    project.run()
    before = project.records()

    def fail(*_: Any, **more: Any) -> Any:
        raise ValueError("cannot convert")

    project.pipeline = type("Failing", (FreshImagesPipeline,), {hook: fail})
    project.site.answers[URL] = BLUE
    run = project.force()
    assert run.outcome == ("failed", "hook")
    assert (project.files(), project.records()) == ({PATH: RED}, before)


def test_conversion_gets_only_valid_images(project: ImageProject) -> None:
    called: list[Any] = []

    class Noting(FreshImagesPipeline):
        def get_images(self, *_: Any, **more: Any) -> Any:
            called.append(_)
            raise AssertionError

    project.pipeline = Noting
    project.site.answers[URL] = RED[:-30]
    assert project.run().stats["images/failed/truncated"] == 1
    assert called == []


# -- Failures and their hooks ------------------------------------------------------------------------------------------


def test_media_failed_raises_scrapys_exception_with_reason(project: ImageProject) -> None:
    caught = []

    class Noting(FreshImagesPipeline):
        def media_failed(self, failure: Failure, request: Request, info: Any) -> Any:
            try:
                super().media_failed(failure, request, info)
            except FailedImage as error:
                caught.append((isinstance(error, ImageException), error.reason, error.status))
                raise

    project.pipeline = Noting
    project.site.answers[URL] = Response(URL, status=410)
    project.run()
    assert caught == [(True, "http_410", 410)]


def test_media_failed_return_value_is_result(project: ImageProject) -> None:
    class Standing(FreshImagesPipeline):
        def media_failed(self, failure: Failure, request: Request, info: Any) -> Any:
            return {"url": request.url, "path": "stand-in.jpg"}

    project.pipeline = Standing
    project.site.answers[URL] = b"<html>"
    assert project.run().result == {"url": URL, "path": "stand-in.jpg"}


def test_media_failed_exception_is_failure(project: ImageProject) -> None:
    class Raising(FreshImagesPipeline):
        def media_failed(self, failure: Failure, request: Request, info: Any) -> Any:
            raise LookupError("mine")

        def item_completed(self, results: Any, item: Any, info: Any) -> Any:
            return results

    project.pipeline = Raising
    project.site.answers[URL] = b"<html>"
    ((ok, failure),) = project.run().items[0]
    assert (ok, type(failure.value)) == (False, LookupError)


def test_failure_returned_by_media_failed_is_deprecated(project: ImageProject) -> None:
    class Returning(FreshImagesPipeline):
        def media_failed(self, failure: Failure, request: Request, info: Any) -> Any:
            return failure

    project.pipeline = Returning
    project.site.answers[URL] = b"<html>"
    with pytest.warns(ScrapyDeprecationWarning, match="media_failed returned a Failure"):
        run = project.run()
    assert run.items[0]["images"] == []


def test_failure_does_not_keep_answer_in_memory(project: ImageProject) -> None:
    answers = []

    def answer(request: Request) -> Response:
        response = Response(URL, body=b"<html>")
        answers.append(weakref.ref(response))
        return response

    class KeepsResults(FreshImagesPipeline):
        def item_completed(self, results: Any, item: Any, info: Any) -> Any:
            return results

    project.pipeline = KeepsResults
    project.site.answers[URL] = answer
    ((ok, failure),) = project.run().items[0]
    gc.collect()
    assert (ok, failure.value.reason) == (False, "not_an_image")
    assert answers[0]() is None


def with_errback(errback: Any) -> type[FreshImagesPipeline]:
    class WithErrback(FreshImagesPipeline):
        def get_media_requests(self, item: Any, info: Any) -> Any:
            return [Request(url, errback=errback) for url in item["image_urls"]]

    return WithErrback


def test_errback_return_value_is_result(project: ImageProject) -> None:
    seen = []

    def errback(failure: Failure) -> dict[str, Any]:
        assert isinstance(failure.value, FailedImage)
        seen.append(failure.value.reason)
        return {"url": URL, "path": None}

    project.pipeline = with_errback(errback)
    project.run()
    assert seen == []
    project.site.answers[URL] = b"<html>"
    assert project.force().result == {"url": URL, "path": None}
    assert seen == ["not_an_image"]
    assert project.files() == {PATH: RED}


def test_errback_returning_failure_fails_image(project: ImageProject) -> None:
    project.run()
    project.pipeline = with_errback(lambda failure: failure)
    project.site.answers[URL] = b"<html>"
    assert project.force().items[0]["images"] == []


# -- The questions that a subclass may answer differently --------------------------------------------------------------


def test_is_expired_override_is_used(project: ImageProject) -> None:
    class Never(FreshImagesPipeline):
        expired = False

        def is_expired(self, record: ImageRecord) -> bool:
            assert record.url == URL
            return self.expired

    project.pipeline = Never
    project.settings["IMAGES_EXPIRES"] = 0
    project.run()
    assert project.run().requests == []
    Never.expired = True
    assert len(project.run().requests) == 1


@pytest.mark.parametrize(("state", "reason"), [("missing", "missing"), ("damaged", "damaged")])
def test_file_exists_override_is_used(project: ImageProject, state: FileState, reason: str) -> None:
    class Looks(FreshImagesPipeline):
        def file_exists(self, record: ImageRecord) -> FileState:
            return state

    project.run()
    project.pipeline = Looks
    project.site.answers[URL] = BLUE
    assert project.run().outcome == ("downloaded", reason)


def test_force_refresh_override_is_used(project: ImageProject) -> None:
    project.run()
    project.pipeline = type("Always", (FreshImagesPipeline,), {"force_refresh": lambda self: True})
    run = project.run()
    assert (run.outcome, len(run.requests)) == (("uptodate", "unchanged"), 1)


def test_may_replace_override_is_used(project: ImageProject) -> None:
    class KeepsLarger(FreshImagesPipeline):
        def may_replace(self, work: Any, image: Any) -> bool:
            return work.last_good is None or image.width >= work.last_good.width

    project.pipeline = KeepsLarger
    project.run()
    project.site.answers[URL] = image(20)
    run = project.force()
    assert run.outcome == ("failed", "placeholder")
    assert project.files() == {PATH: RED}
    project.site.answers[URL] = BLUE
    assert project.force().outcome == ("downloaded", "forced")


# -- Images that a hook stores itself ----------------------------------------------------------------------------------


class Persisting(FreshImagesPipeline):
    """Stores images as Scrapy's documentation shows it."""

    async def image_downloaded(self, response: Response, request: Request, info: Any, *, item: Any = None) -> str:
        path = self.file_path(request, response=response, info=info, item=item)
        await self.store.persist_file(path, BytesIO(response.body), info, meta={"width": 1}, headers={"X": "y"})  # type: ignore[misc]
        found = await self.store.stat_file(path, info)  # type: ignore[misc]
        return str(found["checksum"])


def test_files_persisted_by_hook_are_recorded(project: ImageProject) -> None:
    project.pipeline = Persisting
    run = project.run()
    assert run.outcome == ("downloaded", "new")
    assert (run.result["width"], run.result["bytes"]) == (40, len(RED))
    assert project.files() == {PATH: RED}
    assert [record.path for record in project.records()] == [PATH]
    assert project.run().outcome == ("uptodate", "fresh")
    project.site.answers[URL] = b"<html>"
    assert project.force().outcome == ("failed", "not_an_image")
    assert project.files() == {PATH: RED}


def test_cached_answer_persisted_by_hook_confirms_nothing(project: ImageProject) -> None:
    project.pipeline = Persisting
    project.site.answers[URL] = Response(URL, body=RED, flags=["cached"])
    project.run()
    assert project.records()[0].checked_at is None


def test_hook_cannot_persist_outside_store(project: ImageProject, tmp_path: Path) -> None:
    class Escapes(Persisting):
        def file_path(self, request: Any, response: Any = None, info: Any = None, *, item: Any = None) -> str:
            return "a.jpg" if response is None else "../a.jpg"

    project.pipeline = Escapes
    run = project.run()
    assert run.items[0]["images"] == []
    assert not (tmp_path / "a.jpg").exists()


@pytest.mark.parametrize("schemes", [{"": FSFilesStore}, {**ImagesPipeline.STORE_SCHEMES, "x": FSFilesStore}])
def test_store_schemes_of_subclass_are_refused(project: ImageProject, schemes: dict[str, Any]) -> None:
    project.pipeline = type("Elsewhere", (FreshImagesPipeline,), {"STORE_SCHEMES": schemes})
    with pytest.raises(ValueError, match="Elsewhere: STORE_SCHEMES is not used; override `open_files` instead"):
        project.run()


def test_worker_threads_end_with_crawl(project: ImageProject) -> None:
    run = project.run()
    assert run.outcome == ("downloaded", "new")
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("images")] == []


def test_open_files_override_is_used(project: ImageProject, tmp_path: Path) -> None:
    project.pipeline = type("E", (FreshImagesPipeline,), {"open_files": lambda self: LocalFileStore(tmp_path / "e")})
    project.run()
    assert (tmp_path / "e" / PATH).read_bytes() == RED


def test_unusable_store_ends_crawl_at_start(project: ImageProject) -> None:
    project.store.write_bytes(b"a file")
    with pytest.raises(StorageError, match=r"IMAGES_STORE .* cannot be created"):
        project.run()


def test_unusable_ledger_ends_crawl_at_start(project: ImageProject) -> None:
    project.store.mkdir()
    (project.store / LEDGER_FILE).write_bytes(b"not a database" * 100)
    with pytest.raises(OSError, match=r"ledger .* cannot be used"):
        project.run()


def test_item_without_images_is_unchanged(project: ImageProject) -> None:
    run = project.run({"name": "no field"}, {"image_urls": [], "images": None})
    assert run.items == [{"name": "no field", "images": []}, {"image_urls": [], "images": []}]
    assert run.requests == []
    assert not (project.store / LEDGER_FILE).exists(), "nothing was written"


def test_urls_not_in_list_fail_item(project: ImageProject) -> None:
    with pytest.raises(TypeError, match="image_urls must be a list"):
        project.run({"image_urls": URL})


@pytest.mark.parametrize("url", ["data:image/png;base64,AAAA", "file:///etc/passwd", "ftp://a.example/a.jpg"])
def test_only_http_urls_are_requested(project: ImageProject, url: str) -> None:
    run = project.run(url)
    assert (run.requests, run.stats["images/failed/refused_url"]) == ([], 1)


def test_item_adapter_is_used(project: ImageProject) -> None:
    assert ItemAdapter(project.run().items[0])["images"][0]["path"] == PATH


# -- After a crash -----------------------------------------------------------------------------------------------------


def test_image_without_saved_row_is_kept_after_failure(project: ImageProject) -> None:
    project.run()
    (project.store / PATH).write_bytes(BLUE)  # as after a crash between file and row
    project.site.answers[URL] = Response(URL, status=404)
    run = project.run()
    assert run.outcome == ("failed", "http_404")
    assert (run.result["path"], run.result["width"]) == (PATH, 50)
    assert run.result["sha256"] == hashlib.sha256(BLUE).hexdigest()


def test_image_of_other_url_is_last_good_while_stored(project: ImageProject) -> None:
    class OnePath(FreshImagesPipeline):
        def file_path(self, request: Request, *_: Any, **more: Any) -> str:
            return "cover.jpg"

    project.pipeline = OnePath
    project.run(URL)
    run = project.run(OTHER_URL)
    assert (run.outcome, run.result["path"]) == (("failed", "http_404"), "cover.jpg")
    (project.store / "cover.jpg").unlink()
    assert project.run(OTHER_URL).items[0]["images"] == []


def test_unsaved_row_gives_result_of_stored_file(project: ImageProject, monkeypatch: pytest.MonkeyPatch) -> None:
    project.run()
    project.site.answers[URL] = BLUE

    def full(*_: Any, **more: Any) -> Any:
        raise OSError("the ledger is full")

    run = project.force(before=lambda pipeline: monkeypatch.setattr(pipeline.ledger, "save", full))
    assert run.outcome == ("failed", "storage")
    assert run.result["sha256"] == hashlib.sha256((project.store / PATH).read_bytes()).hexdigest()


def test_spider_attribute_arguments_does_not_hide_flag(project: ImageProject) -> None:
    project.run()
    assert project.force(arguments="mine").outcome == ("uptodate", "unchanged")


def test_304_confirms_only_stored_file(project: ImageProject) -> None:
    class Conditional(FreshImagesPipeline):
        def get_media_requests(self, item: Any, info: Any) -> Any:
            return [Request(URL, headers={"If-None-Match": '"1"'})]

        def item_completed(self, results: Any, item: Any, info: Any) -> Any:
            return results

    project.pipeline = Conditional
    project.site.answers[URL] = Response(URL, status=304)
    ((ok, failure),) = project.run().items[0]
    assert (ok, failure.value.reason) == (False, "http_304")


def test_old_files_of_persisting_hook_are_removed(project: ImageProject) -> None:
    project.run()

    class Persisting(FreshImagesPipeline):
        async def image_downloaded(self, response: Response, request: Request, info: Any, *, item: Any = None) -> str:
            await cast("Any", self.store).persist_file(
                PATH.replace(".jpg", ".png"), BytesIO(image(60, "green", "PNG")), info
            )
            return "checksum"

    project.pipeline = Persisting
    project.force()
    assert list(project.files()) == [PATH.replace(".jpg", ".png")]


@pytest.mark.parametrize("at_once", [True, False])
def test_items_sharing_request_share_validators(project: ImageProject, at_once: bool) -> None:
    validators = {"ETag": '"1"', "Last-Modified": "Mon, 23 Nov 2026 10:00:00 GMT"}
    project.pipeline = PathOfItem
    project.site.answers[URL] = Response(URL, body=RED, headers=validators)
    run = project.run(item("fox/a.jpg"), item("hound/b.jpg"), at_once=at_once)
    assert len(run.requests) == 1
    found = [(record.path, record.etag, record.last_modified) for record in project.records()]
    assert sorted(found) == [(path, *validators.values()) for path in ("fox/a.jpg", "hound/b.jpg")]


def test_304_is_not_shared_with_item_without_image(project: ImageProject) -> None:
    project.pipeline = PathOfItem
    project.settings["IMAGES_EXPIRES"] = 0
    project.site.answers[URL] = revalidated
    project.run(item("fox/a.jpg"))
    run = project.run(item("fox/a.jpg"), item("hound/b.jpg"), at_once=True)
    assert [each["images"][0]["status"] for each in run.items] == ["uptodate", "downloaded"]
    assert project.files() == {"fox/a.jpg": RED, "hound/b.jpg": RED}


def test_unremovable_replaced_file_is_counted(
    project: ImageProject, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def remove(self: LocalFileStore, path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    project.run()
    project.site.answers[URL] = image(60, "green", "PNG")
    monkeypatch.setattr(LocalFileStore, "remove", remove)
    run = project.force()
    assert run.outcome == ("downloaded", "forced")
    assert run.stats["files/not_removed"] == 1
    assert f"the superseded {PATH} could not be removed" in caplog.text


def test_lost_ledger_sends_no_request_for_any_format(project: ImageProject) -> None:
    project.site.answers[URL] = image(40, "red", "PNG")
    project.run()
    for file in project.store.glob(f"{LEDGER_FILE}*"):
        file.unlink()
    run = project.run()
    assert (run.outcome, run.requests) == (("uptodate", "adopted"), [])
    assert run.result["path"] == PATH.replace(".jpg", ".png")


@pytest.mark.parametrize("answer", [revalidated, RED])
def test_missing_thumbnails_are_made_from_confirmed_image(project: ImageProject, answer: Any) -> None:
    project.site.answers[URL] = answer
    project.run()
    project.settings |= {"IMAGES_EXPIRES": 0, "IMAGES_THUMBS": {"small": (10, 10)}}
    run = project.run()
    assert run.result["status"] == "uptodate"
    assert list(run.result["thumbs"]) == ["small"]
    assert run.result["thumbs"]["small"] in project.files()


def test_broken_ledger_keeps_last_good_result(project: ImageProject, monkeypatch: pytest.MonkeyPatch) -> None:
    project.run()
    project.site.answers[URL] = BLUE

    def broken(*_: Any, **more: Any) -> Any:
        raise OSError("the ledger is gone")

    def breaks_at_save(pipeline: FreshImagesPipeline) -> None:
        def save(*_: Any, **more: Any) -> Any:
            monkeypatch.setattr(pipeline.ledger, "find", broken)
            return broken()

        monkeypatch.setattr(pipeline.ledger, "save", save)

    run = project.force(before=breaks_at_save)
    assert (run.outcome, run.result["path"]) == (("failed", "storage"), PATH)


# -- Hosts and stops ---------------------------------------------------------------------------------------------------


def test_non_ascii_host_is_encoded_as_in_browsers(project: ImageProject) -> None:
    asked = "https://xn--strae-oqa.example/x.jpg"
    project.site.answers[asked] = RED
    run = project.run("https://straße.example/x.jpg")
    assert [request.url for request in run.requests] == [asked]
    assert run.outcome == ("downloaded", "new")


def test_stopped_crawl_does_not_wait_for_stuck_thread(project: ImageProject) -> None:
    gate = threading.Event()

    class Stuck(FreshImagesPipeline):
        def may_replace(self, work: Any, image: Any) -> bool:
            gate.wait()
            raise OSError("after the end of the crawl")

    def stop(pipeline: Any) -> None:
        asyncio.get_running_loop().call_later(0.1, pipeline.crawler.signals.send_catch_log, stopping)

    project.run()
    project.site.answers[URL] = BLUE
    project.pipeline, project.settings = Stuck, {"STOP_GRACE": 0.2}
    began = time.monotonic()
    run = project.force(before=stop)
    gate.set()
    assert time.monotonic() - began < 5
    assert run.outcome == ("failed", "stopped")
    assert project.files() == {PATH: RED}


def test_only_redirect_status_has_reason_redirect() -> None:
    assert find_reason(ValueError("it is not a URL")) == ("network", "it is not a URL")
    assert find_reason(RequestRefusedError("redirect", "to no address"))[0] == "redirect"


# -- Requests and answers ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 203, 226])
def test_answer_with_whole_image_is_accepted(project: ImageProject, status: int) -> None:
    project.site.answers[URL] = Response(URL, status=status, body=RED)
    assert project.run().outcome == ("downloaded", "new")
    assert project.files() == {PATH: RED}


@pytest.mark.parametrize("status", [202, 204, 206])
def test_answer_without_whole_image_is_refused(project: ImageProject, status: int) -> None:
    project.run()
    project.site.answers[URL] = Response(URL, status=status, body=BLUE)
    assert project.force().outcome == ("failed", f"http_{status}")
    assert project.files() == {PATH: RED}


@pytest.mark.parametrize(
    ("page", "referer"),
    [
        ("https://user:secret@a.example/pubs/fox?day=1#map", b"https://a.example/pubs/fox?day=1"),
        ("https://pubs.example/fox", b"https://pubs.example/"),
        ("http://pubs.example/fox", b"http://pubs.example/"),
        ("https://a.example:8443/fox", b"https://a.example:8443/"),
        ("file:///home/me/fox.html", None),
        (None, None),
    ],
)
def test_referer_is_sent_as_in_browsers(project: ImageProject, page: str | None, referer: bytes | None) -> None:
    class Shown(FreshImagesPipeline):
        def page_url(self, item: Any) -> str | None:
            return page

    project.pipeline = Shown
    (request,) = project.run().requests
    assert request.headers.get("Referer") == referer
    policy = "strict-origin-when-cross-origin" if referer else None
    assert request.meta.get("referrer_policy") == policy, "for its redirects"


def test_referer_is_not_sent_from_https_to_http(project: ImageProject) -> None:
    class Shown(FreshImagesPipeline):
        def page_url(self, item: Any) -> str | None:
            return "https://a.example/fox"

    project.pipeline = Shown
    (request,) = project.run("http://a.example/fox.jpg").requests
    assert "Referer" not in request.headers


def test_referer_of_request_stays(project: ImageProject) -> None:
    class Own(FreshImagesPipeline):
        def get_media_requests(self, item: Any, info: Any) -> Any:
            return [Request(URL, headers={"Referer": "https://mine.example/"})]

        def page_url(self, item: Any) -> str | None:
            return "https://a.example/fox"

    project.pipeline = Own
    assert project.run().requests[0].headers["Referer"] == b"https://mine.example/"


# -- Better candidates -------------------------------------------------------------------------------------------------

NAMED, UPLOAD, SCALED = (f"https://a.example/house{part}.png" for part in ("-80x60", "", "-scaled"))


class Candidates(FreshImagesPipeline):
    def candidate_urls(self, request: Request) -> list[str]:
        return [UPLOAD, request.url]

    def smaller_url(self, url: str) -> str | None:
        return SCALED if url == UPLOAD else None

    def named_size(self, request: Request) -> tuple[int, int]:
        return 80, 60


def drawn(width: int = 400, height: int = 300, *, turned: bool = False) -> bytes:
    return encoded(quarters(width, height).rotate(180 if turned else 0), "PNG")


@pytest.fixture
def candidates(project: ImageProject) -> ImageProject:
    project.pipeline = Candidates
    project.site.answers |= {NAMED: drawn(80, 60), UPLOAD: drawn()}
    return project


def stored(project: ImageProject) -> bytes:
    (body,) = project.files().values()
    return body


def test_larger_candidate_with_same_image_is_stored(candidates: ImageProject) -> None:
    run = candidates.run(NAMED)
    assert (run.outcome, run.result["url"]) == (("downloaded", "new"), NAMED)
    assert stored(candidates) == drawn()


@pytest.mark.parametrize("other", [drawn(turned=True), drawn(400, 400)])
def test_larger_candidate_with_other_image_is_not_stored(candidates: ImageProject, other: bytes) -> None:
    candidates.run(NAMED)
    candidates.site.answers[UPLOAD] = other
    run = candidates.force(NAMED)
    assert run.outcome == ("downloaded", "forced")
    assert [request.url for request in run.requests] == [UPLOAD, NAMED], "each is downloaded once"
    assert stored(candidates) == drawn(80, 60)


def test_wrong_stored_image_is_replaced(candidates: ImageProject) -> None:
    candidates.site.answers |= {NAMED: drawn(80, 60, turned=True)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline_module, "is_same_image", lambda *_: True)
        candidates.run(NAMED)
    assert stored(candidates) == drawn()
    candidates.force(NAMED)
    assert stored(candidates) == drawn(80, 60, turned=True)


BROKEN = [
    pytest.param(drawn()[:-20], "truncated", id="truncated"),
    pytest.param(Response(UPLOAD, status=500), "http_500", id="http_500"),
    pytest.param(DownloadTimeoutError(), "timeout", id="timeout"),
]


@pytest.mark.parametrize(("broken", "reason"), BROKEN)
def test_broken_candidate_does_not_prevent_first_image(candidates: ImageProject, broken: Any, reason: str) -> None:
    candidates.site.answers[UPLOAD] = broken
    run = candidates.run(NAMED)
    assert run.outcome == ("downloaded", "new")
    assert [request.url for request in run.requests] == [UPLOAD, NAMED]
    assert stored(candidates) == drawn(80, 60)


@pytest.mark.parametrize(("broken", "reason"), BROKEN)
def test_broken_candidate_keeps_larger_stored_image(candidates: ImageProject, broken: Any, reason: str) -> None:
    candidates.run(NAMED)
    candidates.site.answers[UPLOAD] = broken
    run = candidates.force(NAMED)
    assert run.outcome == ("failed", reason)
    assert [request.url for request in run.requests] == [UPLOAD]
    assert stored(candidates) == drawn()


@pytest.mark.parametrize("status", [404, 503])
def test_failed_own_url_is_requested_once(candidates: ImageProject, status: int) -> None:
    candidates.site.answers |= {UPLOAD: drawn(400, 400), NAMED: Response(NAMED, status=status)}
    run = candidates.run(NAMED)
    assert [request.url for request in run.requests] == [UPLOAD, NAMED]
    assert candidates.files() == {}


@pytest.mark.parametrize(("upload", "expected"), [(drawn(), drawn()), (drawn(400, 400), None)])
def test_named_size_decides_if_own_image_is_missing(
    candidates: ImageProject, upload: bytes, expected: bytes | None
) -> None:
    candidates.site.answers[UPLOAD] = upload
    del candidates.site.answers[NAMED]
    candidates.run(NAMED)
    assert list(candidates.files().values()) == ([expected] if expected else [])


def test_temporary_failure_of_own_url_keeps_stored_image(candidates: ImageProject) -> None:
    candidates.run(NAMED)
    candidates.site.answers |= {NAMED: Response(NAMED, status=503), UPLOAD: drawn(800, 600)}
    assert candidates.force(NAMED).outcome == ("failed", "http_503")
    assert stored(candidates) == drawn()


def test_scaled_version_of_too_large_upload_is_stored(candidates: ImageProject) -> None:
    candidates.site.answers |= {UPLOAD: DownloadCancelledError(), SCALED: drawn(320, 240)}
    candidates.run(NAMED)
    assert stored(candidates) == drawn(320, 240)


def test_scaled_version_of_missing_upload_is_not_requested(candidates: ImageProject) -> None:
    del candidates.site.answers[UPLOAD]
    run = candidates.run(NAMED)
    assert [request.url for request in run.requests] == [UPLOAD, NAMED]
    assert stored(candidates) == drawn(80, 60)


# -- Kept files of replaced images -------------------------------------------------------------------------------------


class Keeping(FreshImagesPipeline):
    def kept_path(self, record: Any) -> str:
        return f"replaced/{record.sha256}.png"


def test_unkept_file_is_counted_and_reason_logged_once(
    project: ImageProject, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **more: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    project.site.answers[OTHER_URL] = RED
    project.run(URL, OTHER_URL)
    project.site.answers |= {URL: BLUE, OTHER_URL: BLUE}
    project.pipeline = Keeping
    monkeypatch.setattr(LocalFileStore, "keep", refuse)
    run = project.force(URL, OTHER_URL)
    assert run.stats["files/not_kept"] == 2
    assert run.stats["images/downloaded/forced"] == 2
    assert set(project.files().values()) == {BLUE}
    assert caplog.text.count("could not be kept: [Errno 13] Permission denied") == 1


# -- Hooks that raise --------------------------------------------------------------------------------------------------


def raising(*_: Any, **more: Any) -> Any:
    raise KeyError("nothing of that name")


@pytest.mark.parametrize(
    "hook",
    [
        "media_to_download",
        "file_path",
        "thumb_path",
        "look_up",
        "file_exists",
        "is_expired",
        "candidate_urls",
        "page_url",
        "may_replace",
    ],
)
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_raising_hook_keeps_last_good_image(project: ImageProject, hook: str) -> None:
    project.settings["IMAGES_THUMBS"] = {"small": (20, 20)}
    project.settings["IMAGES_EXPIRES"] = 0
    project.run()
    before = project.files()
    project.site.answers[URL] = BLUE
    project.pipeline = type("Raising", (FreshImagesPipeline,), {hook: raising})
    run = project.run()
    if hook == "file_path":
        assert run.items[0]["images"] == [], "the path is unknown, and another item may have an image of this URL"
    else:
        assert (run.outcome, run.result["path"]) == (("failed", "hook"), PATH)
    assert run.stats["images/failed/hook"] == 1
    assert project.files() == before


def test_item_with_unknown_path_gets_no_other_image(project: ImageProject) -> None:
    class ByItem(FreshImagesPipeline):
        def file_path(self, request: Request, response: Any = None, info: Any = None, *, item: Any = None) -> str:
            return f"{item['slug']}/x.jpg"

    project.pipeline = ByItem
    run = project.run({"image_urls": [URL], "images": [], "slug": "a"}, {"image_urls": [URL], "images": []})
    assert [len(item["images"]) for item in run.items] == [1, 0]


def test_unknown_reason_raised_by_hook_fails_as_hook(project: ImageProject) -> None:
    class Inventing(FreshImagesPipeline):
        def may_replace(self, work: Any, image: Any) -> bool:
            raise ImageError("ugly", "a logo")

    project.run()
    project.pipeline = Inventing
    project.site.answers[URL] = BLUE
    run = project.force()
    assert run.outcome == ("failed", "hook")
    assert "'ugly' is not a reason of a failed image" in run.result["error"]


def test_stop_drops_image_waiting_to_be_decoded(project: ImageProject) -> None:
    project.run()
    project.site.answers[URL] = BLUE
    run = project.force(before=lambda pipeline: pipeline.crawler.signals.send_catch_log(stopping))
    assert (run.outcome, run.result["path"]) == (("failed", "stopped"), PATH)
    assert project.files() == {PATH: RED}
