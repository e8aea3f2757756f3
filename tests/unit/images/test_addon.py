"""Tests which settings the add-on changes and which it keeps."""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import nullcontext
from typing import Any

import pytest
from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.pipelines.images import ImagesPipeline
from scrapy.settings import Settings
from scrapy.utils.test import get_crawler

from trivia_scraper.downloader.address_guard import AddressGuard
from trivia_scraper.downloader.handler import Handler
from trivia_scraper.downloader.redirects import CheckedRedirects
from trivia_scraper.downloader.shutdown import DropWaiting, stopping
from trivia_scraper.errors import UsageError
from trivia_scraper.images.addon import FreshImages
from trivia_scraper.images.pipeline import FreshImagesPipeline

MIDDLEWARES = {AddressGuard: 20, RedirectMiddleware: None, CheckedRedirects: 600}
STOCK_HANDLER = "scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler"


class Mine(FreshImagesPipeline):
    pass


class Old(ImagesPipeline):
    pass


def updated(**project: Any) -> Settings:
    settings = Settings(project)
    FreshImages(get_crawler()).update_settings(settings)
    return settings


def test_addon_sets_only_what_project_did_not() -> None:
    settings = updated(RETRY_AFTER_MAX=7)
    assert settings["RETRY_AFTER_MAX"] == 7
    assert settings["STOP_GRACE"] == 5
    assert settings.getdict("DOWNLOAD_HANDLERS") == {"http": Handler, "https": Handler}
    assert settings.getdict("DOWNLOADER_MIDDLEWARES") == MIDDLEWARES | {DropWaiting: 1000}


def test_own_redirect_middleware_of_project_stays() -> None:
    own = {"scrapy.downloadermiddlewares.redirect.RedirectMiddleware": None}
    assert CheckedRedirects not in updated(DOWNLOADER_MIDDLEWARES=own).getdict("DOWNLOADER_MIDDLEWARES")


def test_drop_waiting_is_not_enabled_with_jobdir() -> None:
    assert updated(JOBDIR="job").getdict("DOWNLOADER_MIDDLEWARES") == MIDDLEWARES


@pytest.mark.parametrize(
    ("pipelines", "result"),
    [
        ({}, {FreshImagesPipeline: 1}),
        ({ImagesPipeline: 5}, {FreshImagesPipeline: 5}),
        ({"scrapy.pipelines.images.ImagesPipeline": 5}, {FreshImagesPipeline: 5}),
        ({Mine: 5}, {Mine: 5}),
        ({FreshImagesPipeline: None}, {FreshImagesPipeline: None}),
    ],
)
def test_addon_enables_one_image_pipeline(pipelines: dict[Any, Any], result: dict[Any, Any]) -> None:
    assert updated(ITEM_PIPELINES=pipelines).getdict("ITEM_PIPELINES") == result


@pytest.mark.parametrize("name", ["scrapy.pipelines.images.ImagesPipeline", ImagesPipeline])
def test_disabled_images_pipeline_stays_disabled(caplog: pytest.LogCaptureFixture, name: Any) -> None:
    caplog.set_level(logging.WARNING)
    assert updated(ITEM_PIPELINES={name: None}).getdict("ITEM_PIPELINES") == {name: None}
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("name", "value", "takes"),
    [
        ("RETRY_AFTER_MAX", "long", "a number, 0 or more"),
        ("RETRY_AFTER_TIMES", 1.5, "a whole number, 0 or more"),
        ("STOP_GRACE", -1, "a number, 0 or more"),
        ("PRIVATE_HOSTS_ALLOWED", "http://proxy", "host names and addresses, separated by commas or as a list in JSON"),
    ],
)
def test_invalid_option_is_refused_in_one_sentence(name: str, value: Any, takes: str) -> None:
    with pytest.raises(UsageError, match=re.escape(f"the setting {name} takes {takes}, not {value!r}.")):
        updated(**{name: value})


def test_subclass_of_images_pipeline_stays_and_is_named(caplog: pytest.LogCaptureFixture) -> None:
    assert updated(ITEM_PIPELINES={Old: 5}).getdict("ITEM_PIPELINES") == {Old: 5}
    assert "Derive Old from FreshImagesPipeline" in caplog.text


@pytest.mark.parametrize("value", ["true", True, "1"])
@pytest.mark.parametrize(
    ("pipelines", "has_effect"),
    [
        ({}, True),
        ({ImagesPipeline: 5}, True),
        ({Mine: 5}, True),
        ({Mine: None, FreshImagesPipeline: 5}, True),
        ({FreshImagesPipeline: None}, False),
        ({Mine: None}, False),
        ({ImagesPipeline: None}, False),
        ({Old: 5}, False),
    ],
)
def test_forced_refresh_without_pipeline_is_refused(pipelines: dict[Any, Any], has_effect: bool, value: Any) -> None:
    crawler = get_crawler()
    crawler.spider = crawler._create_spider("pubs", force_refresh_images=value)
    refusal = pytest.raises(UsageError, match=r"^force_refresh_images=true would have no effect: ITEM_PIPELINES must ")
    with nullcontext() if has_effect else refusal:
        FreshImages(crawler).update_settings(Settings({"ITEM_PIPELINES": pipelines}))
    crawler.spider = crawler._create_spider("pubs", force_refresh_images="false")
    FreshImages(crawler).update_settings(Settings({"ITEM_PIPELINES": pipelines}))


def test_own_handler_and_resolver_stay_and_are_named(caplog: pytest.LogCaptureFixture) -> None:
    settings = updated(
        DOWNLOAD_HANDLERS={"http": STOCK_HANDLER}, TWISTED_DNS_RESOLVER="scrapy.resolver.CachingThreadedResolver"
    )
    assert settings.getdict("DOWNLOAD_HANDLERS") == {"http": STOCK_HANDLER, "https": Handler}
    assert "DOWNLOAD_HANDLERS has a handler for http" in caplog.text
    assert "TWISTED_DNS_RESOLVER is set" in caplog.text


def test_scrapys_handler_stays_without_reactor(caplog: pytest.LogCaptureFixture) -> None:
    settings = updated(TWISTED_REACTOR_ENABLED=False)
    assert settings.getdict("DOWNLOAD_HANDLERS") == {}
    assert settings.getdict("DOWNLOADER_MIDDLEWARES") == MIDDLEWARES | {DropWaiting: 1000}
    assert "TWISTED_REACTOR_ENABLED is False" in caplog.text


def test_resolver_derived_from_public_resolver_is_not_named(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    updated(TWISTED_DNS_RESOLVER="trivia_scraper.downloader.address_guard.PublicResolver")
    assert caplog.text == ""


def test_stop_is_announced_once() -> None:
    crawler = get_crawler()
    announced: list[bool] = []

    def note() -> None:
        announced.append(True)

    crawler.signals.connect(note, stopping)
    settings = Settings()
    FreshImages(crawler).update_settings(settings)
    assert DropWaiting in settings["DOWNLOADER_MIDDLEWARES"]
    DropWaiting.from_crawler(crawler).stopped = True  # the crawler has no engine here
    asyncio.run(crawler.stop_async())
    assert announced == [True]
