"""Checks before a run."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy.settings import Settings

from trivia_scraper.errors import UsageError
from trivia_scraper.extensions.checks import check_run, has_component
from trivia_scraper.images.pipeline import FreshImagesPipeline
from trivia_scraper.spiders.arguments import SpiderArguments

OWN = "trivia_scraper.pipelines.images.VenueImagesPipeline"


class Derived(FreshImagesPipeline):
    pass


@pytest.mark.parametrize(
    ("pipelines", "found"),
    [
        ({OWN: 200}, True),
        ({Derived: 1}, True),
        ({OWN: None}, False),
        ({"scrapy.pipelines.images.ImagesPipeline": 1}, False),
        ({}, False),
    ],
)
def test_component_is_found_by_its_class(pipelines: dict[Any, int | None], found: bool) -> None:
    assert has_component(Settings({"ITEM_PIPELINES": pipelines}), "ITEM_PIPELINES", FreshImagesPipeline) is found


@pytest.mark.parametrize("path", ["no.such.Pipeline", "trivia_scraper.items.NoSuchClass", "nonsense"])
def test_unimportable_component_is_refused(path: str) -> None:
    with pytest.raises(UsageError, match=r"^ITEM_PIPELINES names something that cannot be imported: .*\.$"):
        has_component(Settings({"ITEM_PIPELINES": {path: 1}}), "ITEM_PIPELINES", FreshImagesPipeline)


HANDLERS = "scrapy.core.downloader.handlers"
OUR_HANDLER = "trivia_scraper.downloader.handler.Handler"


class PlaywrightHandler:
    """Another download handler that can be imported."""


def refusal(**given: Any) -> str:
    """Return the error for the project's settings, changed by the given ones."""
    settings = Settings()
    settings.setmodule("trivia_scraper.settings")
    settings.setdict(given, priority="cmdline")
    with pytest.raises(UsageError) as caught:
        check_run(settings, SpiderArguments())
    return str(caught.value)


@pytest.mark.parametrize(
    ("handlers", "scheme"),
    [
        ({"http": f"{HANDLERS}.http11.HTTP11DownloadHandler", "https": OUR_HANDLER}, "http"),
        ({"http": OUR_HANDLER, "https": f"{__name__}.PlaywrightHandler"}, "https"),
        ({}, "http"),
        ({"http": None, "https": None}, "http"),
    ],
)
def test_sandbox_refuses_handlers_that_bypass_it(handlers: dict[str, str | None], scheme: str) -> None:
    sentence = refusal(SANDBOX_SERVER="http://127.0.0.1:8800", DOWNLOAD_HANDLERS=handlers)
    assert sentence.startswith(f"SANDBOX_SERVER needs {OUR_HANDLER}, ")
    assert f"for {scheme}, which would send requests to the real hosts" in sentence


@pytest.mark.parametrize(
    "server",
    [
        "http://u:sesame@127.0.0.1:8800",
        "http://127.0.0.1:8800/?key=sesame",
        "https://sesame",
        "sesame",
        "http:///sesame",
    ],
)
def test_wrong_sandbox_server_is_not_shown(server: str) -> None:
    sentence = refusal(SANDBOX_SERVER=server)
    assert sentence.startswith("SANDBOX_SERVER takes an address like http://127.0.0.1:8800")
    assert "sesame" not in sentence


@pytest.mark.parametrize(
    "store", ["s3://bucket/x/?key=sesame", "s3://k:sesame@bucket/", "gs://b/#sesame", "s3://b/x?sesame"]
)
def test_keys_in_images_store_are_not_shown(store: str) -> None:
    sentence = refusal(IMAGES_STORE=store)
    assert "takes no keys and no query" in sentence
    assert "sesame" not in sentence


@pytest.mark.parametrize("contact", ["me@example.org", "example.org", "https://", "https://püb.example/", "http://a b"])
def test_invalid_contact_url_is_refused(contact: str) -> None:
    sentence = refusal(CONTACT_URL=contact)
    assert sentence.startswith("the setting CONTACT_URL takes an http, https or mailto address in ASCII")


@pytest.mark.parametrize("agent", ["püb", "a\r\nX: y", 5])
def test_user_agent_outside_ascii_is_refused(agent: Any) -> None:
    assert refusal(USER_AGENT=agent) == f"the setting USER_AGENT takes text in ASCII, not {agent!r}."


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("DOWNLOAD_DELAI", "DOWNLOAD_DELAY"), ("PAGE_MAXSIZES", "PAGE_MAXSIZE"), ("STOPGRACE", "STOP_GRACE")],
)
def test_misspelt_setting_of_script_is_refused(name: str, nearest: str) -> None:
    assert refusal(**{name: 1}) == f"there is no setting {name}; did you mean {nearest}?"
