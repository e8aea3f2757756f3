"""Send an alert to each receiver of ALERT_URLS when a publisher begins to fail and when it passes again.

The counts of a run record which receiver got which verdict (`db/runs.py`). If one receiver missed an alert, the next
run sends it to that receiver only. `send_alert.py` delivers alerts.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, NamedTuple

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.settings import BaseSettings
from sqlalchemy import Connection

from trivia_scraper.cli.logging import log_refusal
from trivia_scraper.db import runs
from trivia_scraper.db.connect import describe_error
from trivia_scraper.db.engine import STORE_ERRORS
from trivia_scraper.errors import UsageError, missing_part
from trivia_scraper.extensions.run import Run, is_run, recorded
from trivia_scraper.extensions.send_alert import is_understood, send
from trivia_scraper.formatting import iso, one_line, without_markup
from trivia_scraper.options import value_of

logger = logging.getLogger(__name__)
# Separators in ALERT_URLS. A URL may contain commas, so a comma separates only before a scheme or at the end.
_BETWEEN_URLS = re.compile(r"\s+|,+(?=[A-Za-z][A-Za-z0-9+.-]*://)|,+(?=\s|$)")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,19}://")
_LONGEST_REASON, _LONGEST_BODY = 300, 1500  # characters; Discord refuses more than 2,000


def alert_urls(settings: BaseSettings) -> list[str]:
    """Return the URLs of ALERT_URLS without duplicates, unchecked."""
    given = settings["ALERT_URLS"] or ""
    text = " ".join(given) if isinstance(given, list | tuple) else str(given)
    return list(dict.fromkeys(url for url in _BETWEEN_URLS.split(text) if url))


def check_alerts(settings: BaseSettings) -> None:
    """Check ALERT_URLS, and refuse settings that it replaced. Raises UsageError; no error shows a URL."""
    replaced = settings.getlist("REPLACED_BY_ALERT_URLS") + [
        name
        for name in settings
        if (name == "ALERT_WEBHOOK_URL" or name.startswith("SPIDERMON_")) and settings[name] not in (None, "")
    ]
    if replaced:
        raise UsageError(
            f"{min(replaced)} is no longer supported: unset it, and set ALERT_URLS instead (docs/operations.md)."
        )
    urls = alert_urls(settings)
    if urls and find_spec("apprise") is None:
        raise missing_part("ALERT_URLS", "alerts")
    for number, url in enumerate(urls, 1):
        scheme = _SCHEME.match(url)
        if scheme is None or not is_understood(url):
            which = f"URL {number} of {len(urls)} ({scheme[0] if scheme else 'it has no scheme'})"
            raise UsageError(
                f"ALERT_URLS takes Apprise URLs, like json://host/path. Apprise does not understand {which}; it is not "
                "shown here, because it may contain a secret."
            )


@dataclass(frozen=True, slots=True)
class Receiver:
    number: int
    """Position in ALERT_URLS, from 1."""
    url: str

    @property
    def key(self) -> str:
        """Return the receiver's key in stored counts: a digest, because the URL is a secret."""
        return hashlib.sha256(self.url.encode()).hexdigest()[:12]

    def __str__(self) -> str:
        return f"receiver {self.number} of ALERT_URLS ({self.url.partition('://')[0]})"


class Alert(NamedTuple):
    """title and body are plain text without markup. kind is "failure", "warning" or "success"."""

    title: str
    body: str
    kind: str


def is_news(state: str, sent: str | None) -> bool:
    """Return whether a receiver must get this state of a run. sent: the last one that it got, or None.

    A first run that passes is not news. An interrupted run says nothing about the publisher.
    """
    return state in {"passed", "warned", "failed"} and state != (sent or "passed")


_STATES = {"failed": ("failed", "failure"), "warned": ("passed with warnings", "warning")}
"""State of a run -> words for the title, and type of the notification."""


class Alerts:
    """Sends the alerts of a crawl after its run is recorded. Each may take ALERT_TIMEOUT seconds."""

    def __init__(self, crawler: Crawler) -> None:
        self.receivers = [Receiver(*each) for each in enumerate(alert_urls(crawler.settings), 1)]
        if not self.receivers:
            raise NotConfigured
        self.timeout = value_of(crawler.settings, "ALERT_TIMEOUT")
        crawler.signals.connect(self.alert, recorded)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Alerts:
        """Raise NotConfigured if there are no receivers or the crawl is not a run, UsageError for a wrong receiver."""
        if not is_run(crawler):
            raise NotConfigured
        with log_refusal(crawler.spidercls.name):
            check_alerts(crawler.settings)
        return cls(crawler)

    async def alert(self, run: Run) -> None:
        """Send the run's verdict to the receivers that need it, in parallel. A failure does not change the verdict."""
        try:
            news = await run.store.run_in_thread(_read_news, run.id, self.receivers)
            if news is not None:
                alert, receivers = news
                was_delivered = await asyncio.gather(*(self._send(alert, receiver) for receiver in receivers))
                delivered = {receiver.key: each for receiver, each in zip(receivers, was_delivered, strict=True)}
                await run.store.run_in_thread(runs.record_alert, run.id, delivered)
        except STORE_ERRORS as error:
            logger.error("The alerts of this run could not be read or recorded: %s", describe_error(error))

    async def _send(self, alert: Alert, receiver: Receiver) -> bool:
        try:
            failure = await send(receiver.url, *alert, self.timeout)
        except OSError as error:
            failure = f"no process could be started ({error.strerror})"
        if failure is not None:
            logger.warning("Alert not delivered to %s: %s. The next run sends it again.", receiver, failure)
        return failure is None


def _read_news(
    connection: Connection, run_id: int, receivers: Iterable[Receiver]
) -> tuple[Alert, list[Receiver]] | None:
    """Return the alert and the receivers that must get it, or None if no receiver needs it."""
    facts = runs.read_for_alert(connection, run_id)
    if not runs.is_of_every_venue(facts["arguments"]):
        return None
    state = runs.state_of(facts["verdict"], facts["warnings"])
    waiting = [each for each in receivers if is_news(state, runs.find_last_sent(facts["sent"], each.key))]
    return (compose(facts), waiting) if waiting else None


def compose(facts: Mapping[str, Any]) -> Alert:
    """Return the alert of a run. Reasons may quote the publisher, so markup and mentions are removed."""
    state = runs.state_of(facts["verdict"], facts["warnings"])
    words, kind = _STATES.get(state, ("passed again", "success"))
    trial = " (sandbox)" if facts["source"] == "sandbox" else ""
    title = f"{facts['publisher']} {words}{trial}"
    last = (
        f"Run {facts['id']}, {iso(facts['started_at'])} to {iso(facts['finished_at'])}. "
        f"Details: scrapy runs {facts['id']}"
    )
    reasons = "\n".join(
        without_markup(one_line(reason, _LONGEST_REASON)) for reason in (*facts["reasons"], *facts["warnings"])
    )
    if len(reasons) > _LONGEST_BODY:
        reasons = f"{reasons[: _LONGEST_BODY - 1]}…"
    return Alert(title, f"{reasons}\n{last}".strip(), kind)
