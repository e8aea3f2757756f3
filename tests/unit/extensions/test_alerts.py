"""When alerts are sent, and their text."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from scrapy.settings import BaseSettings

from tests.support.doc_pages import section
from trivia_scraper.db.runs import find_last_sent
from trivia_scraper.errors import UsageError
from trivia_scraper.extensions.alerts import Receiver, alert_urls, check_alerts, compose, is_news

FACTS: dict[str, Any] = {
    **{"publisher": "quizmeisters", "id": 12, "verdict": "failed", "source": "live"},
    **{"reasons": ["the listing names no venue"], "warnings": []},
    **{"started_at": datetime(2026, 11, 22, 3, 30, tzinfo=UTC), "finished_at": datetime(2026, 11, 22, 4, tzinfo=UTC)},
}


@pytest.mark.parametrize(
    ("verdict", "sent", "expected"),
    [
        ("passed", None, False),
        ("failed", None, True),
        ("failed", "failed", False),
        ("passed", "failed", True),
        ("passed", "passed", False),
        ("failed", "passed", True),
        ("warned", None, True),
        ("warned", "warned", False),
        ("warned", "failed", True),
        ("passed", "warned", True),
        ("failed", "warned", True),
        ("interrupted", None, False),
        ("interrupted", "failed", False),
        ("interrupted", "passed", False),
    ],
)
def test_is_news(verdict: str, sent: str | None, expected: bool) -> None:
    assert is_news(verdict, sent) == expected


def test_find_last_sent() -> None:
    sent = [
        ("passed", {"alerts/told": 1, "alerts/told/a": 1, "alerts/failed": 1, "alerts/failed/b": 1}),
        ("failed", {"alerts/told": 2, "alerts/told/a": 1, "alerts/told/b": 1}),
    ]
    assert [find_last_sent(sent, key) for key in "abc"] == ["passed", "failed", None]
    old = ("passed", {"alerts/told": 1, "venues/listed": 3})  # of version 0.1.0
    assert [find_last_sent([*sent, old], key) for key in "abc"] == ["passed", "failed", "passed"]
    assert [find_last_sent([old, *sent], key) for key in "abc"] == ["passed"] * 3
    assert find_last_sent([], "a") is None


def test_alert_has_reasons_and_run() -> None:
    alert = compose(FACTS)
    assert (alert.title, alert.kind) == ("quizmeisters failed", "failure")
    assert alert.body == (
        "the listing names no venue\nRun 12, 2026-11-22T03:30:00Z to 2026-11-22T04:00:00Z. Details: scrapy runs 12"
    )
    healed = compose(FACTS | {"verdict": "passed", "reasons": [], "source": "sandbox"})
    assert (healed.title, healed.kind) == ("quizmeisters passed again (sandbox)", "success")
    assert healed.body.splitlines() == [alert.body.splitlines()[1]]
    warned = compose(FACTS | {"verdict": "passed", "reasons": [], "warnings": ["0 of 41 pages have an element .photo"]})
    assert (warned.title, warned.kind) == ("quizmeisters passed with warnings", "warning")
    assert warned.body.splitlines() == ["0 of 41 pages have an element .photo", alert.body.splitlines()[1]]


def test_markup_and_control_characters_are_removed() -> None:
    reason = "<!channel> @everyone [click](https://evil.example) <b>**x** `y` ||z||</b>\x1b[31m\u202e\nRun 13"
    first, last = compose(FACTS | {"reasons": [reason]}).body.splitlines()
    assert not set("<>@[]`*|\x1b\u202e") & set(first)
    assert "＠everyone ［click］(https://evil.example)" in first
    assert last.startswith("Run 12")


def test_long_reason_is_cut() -> None:
    first, second, _ = compose(FACTS | {"reasons": ["x" * 10_000, "the other one"]}).body.splitlines()
    assert (len(first), second) == (300, "the other one")


def test_alert_length_is_bounded() -> None:
    alert = compose(FACTS | {"reasons": ["x" * 10_000] * 1000})
    assert len(alert.body) < 1700
    assert alert.body.endswith("scrapy runs 12")


def test_receiver_name_has_no_url() -> None:
    receiver = Receiver(2, "json://user:s3cret@host.example/t0ken")
    assert str(receiver) == "receiver 2 of ALERT_URLS (json)"
    assert receiver.key != Receiver(2, "json://user:other@host.example/t0ken").key
    assert receiver.key == Receiver(1, receiver.url).key
    assert len(receiver.key) == 12


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


def test_urls_of_the_documentation_are_understood(subtests: pytest.Subtests) -> None:
    urls = [
        url
        for url in re.findall(r"[a-z]+://[^\s'`]+", section("operations.md", "Alerts"))
        if not url.startswith("https://")
    ]
    receivers = {url.partition("://")[0].rstrip("s") for url in urls if not url.endswith("://")}
    assert receivers == {"mailto", "ntfy", "slack", "tgram", "discord", "json"}
    for url in urls:
        if not url.endswith("://"):
            with subtests.test(url=url):
                check_alerts(BaseSettings({"ALERT_URLS": url}))


def test_slack_webhook_url_is_understood() -> None:
    check_alerts(
        BaseSettings({"ALERT_URLS": "https://hooks.slack.com/services/T12345678/B12345678/abcdefghijklmnopqrstuvwx"})
    )


@pytest.mark.parametrize("value", ["", None])
def test_empty_replaced_setting_is_allowed(value: str | None) -> None:
    check_alerts(BaseSettings({"ALERT_WEBHOOK_URL": value, "SPIDERMON_ENABLED": value}))


@pytest.mark.parametrize("value", ["0", False, "secret", ["secret"], {"secret": 1}])
def test_replaced_setting_is_refused_without_its_value(value: Any) -> None:
    with pytest.raises(UsageError, match="SPIDERMON_ENABLED is no longer supported") as raised:
        check_alerts(BaseSettings({"SPIDERMON_ENABLED": value}))
    assert "secret" not in str(raised.value)
