"""Settings that are more than one number."""

from __future__ import annotations

from typing import Any

import pytest
from scrapy.settings import BaseSettings

from trivia_scraper.errors import UsageError
from trivia_scraper.options import alert_urls, alerts


@pytest.mark.parametrize(
    ("given", "urls"),
    [
        (None, []),
        ("", []),
        (" \n", []),
        ("json://a", ["json://a"]),
        ("json://a json://b\n\tjson://a", ["json://a", "json://b"]),
        ("json://a,json://b, json://c ,, json://d,", ["json://a", "json://b", "json://c", "json://d"]),
        ("mailto://u:p@h?to=x@h,y@h,json://b", ["mailto://u:p@h?to=x@h,y@h", "json://b"]),
        (["json://a", "json://b"], ["json://a", "json://b"]),
        (5, ["5"]),
    ],
)
def test_alert_urls(given: Any, urls: list[str]) -> None:
    assert alert_urls(BaseSettings({"ALERT_URLS": given})) == urls


@pytest.mark.parametrize(
    "url",
    [
        "json://127.0.0.1:8000/hook",
        "mailto://user:password@mail.example.com?to=ops@example.com",
        "https://hooks.slack.com/services/T12345678/B12345678/abcdefghijklmnopqrstuvwx",
        "tgram://123456789:abcdefg_hij/12315544",
        "discord://123456789012345678/abcdefgh-token",
        "ntfys://ntfy.example.com/quiz",
    ],
)
def test_urls_of_the_documentation_are_understood(url: str) -> None:
    alerts(BaseSettings({"ALERT_URLS": url}))


@pytest.mark.parametrize("value", ["", None])
def test_an_empty_setting_of_an_earlier_version_is_no_mistake(value: str | None) -> None:
    alerts(BaseSettings({"ALERT_WEBHOOK_URL": value, "SPIDERMON_ENABLED": value}))


@pytest.mark.parametrize("value", ["0", False, "secret", ["secret"], {"secret": 1}])
def test_any_other_value_is_one_and_is_not_shown(value: Any) -> None:
    with pytest.raises(UsageError, match="SPIDERMON_ENABLED has no effect any more") as raised:
        alerts(BaseSettings({"SPIDERMON_ENABLED": value}))
    assert "secret" not in str(raised.value)
