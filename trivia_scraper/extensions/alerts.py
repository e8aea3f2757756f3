"""One JSON post to ALERT_WEBHOOK_URL when a publisher begins to fail, or passes again; never at every run.

What a receiver was told last stands in the rows of the runs that told it, so a change that could not be told is told by
the next run. The address may hold a secret and is never shown.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from trivia_scraper.db import runs
from trivia_scraper.db.connect import explained
from trivia_scraper.db.plans import speaks_for_all
from trivia_scraper.errors import DatabaseError
from trivia_scraper.extensions.run import Run, recorded
from trivia_scraper.formatting import iso

logger = logging.getLogger(__name__)


def change(verdict: str, told: str | None, passed_before: bool) -> tuple[bool, str | None]:
    """Whether this verdict is news, and what it was before: "passed", "failed", or None when there was nothing.

    told: the verdict that was told last. Nobody has to hear of a first run that passes; an interrupted run says nothing
    of the publisher.
    """
    before = told or ("passed" if passed_before else None)
    return verdict in {"passed", "failed"} and verdict != (told or "passed"), before


class Alerts:
    def __init__(self, crawler: Crawler) -> None:
        self.url = crawler.settings["ALERT_WEBHOOK_URL"]
        if not self.url:
            raise NotConfigured
        self.patience = crawler.settings.getfloat("ALERT_TIMEOUT")
        crawler.signals.connect(self.tell, recorded)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Alerts:
        return cls(crawler)

    async def tell(self, run: Run) -> None:
        """Bounded by ALERT_TIMEOUT; whatever the receiver does, the run is what it was."""
        try:
            content = await run.store.in_thread(_begin, run.id)
            if content is not None:
                failure = await self._post(content)
                if failure is not None:
                    logger.warning("the alert was not received: %s; the next run tells it", failure)
                await run.store.in_thread(runs.end_alert, run.id, was_received=failure is None)
        except (DatabaseError, SQLAlchemyError) as error:
            logger.error("what was told could not be looked up or noted: %s", explained(error))

    async def _post(self, content: Mapping[str, Any]) -> str | None:
        """Why it was not received, without the address."""
        import aiohttp  # a fifth of a second, which only a run with news has to spend

        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(self.patience), trust_env=True) as session,
                # A redirect could carry it to somebody else.
                session.post(self.url, json=content, allow_redirects=False) as answer,
            ):
                return None if 200 <= answer.status < 300 else f"HTTP {answer.status}"
        except TimeoutError:
            return f"no answer within {self.patience:g} s"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return type(error).__name__


def _begin(connection: Connection, run_id: int) -> dict[str, Any] | None:
    """The post, when there is news; then nobody else begins to tell it."""
    facts = runs.of_alert(connection, run_id)
    is_news, before = change(facts["verdict"], facts.pop("told"), facts.pop("passed_before"))
    if not (is_news and speaks_for_all(facts["verdict"], facts["arguments"], facts["counts"])):
        return None
    runs.begin_alert(connection, run_id)
    return message(facts, before)


def message(facts: Mapping[str, Any], before: str | None) -> dict[str, Any]:
    """The post; docs/operations.md says what stands where. `text` is what chat programs show."""
    reasons = "; ".join(facts["reasons"])
    text = f"{facts['publisher']} {facts['verdict']}{f': {reasons}' if reasons else ''} (run {facts['run']})"
    return {
        "text": text,
        **facts,
        "before": before,
        "started_at": iso(facts["started_at"]),
        "finished_at": iso(facts["finished_at"]),
    }
