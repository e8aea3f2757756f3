"""Obey Retry-After of HTTP 429 and 503: all requests to the host wait, up to a limit.

A host that asks for pauses again and again is given up for the run.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from scrapy.http import Response

from trivia_scraper.clock import from_http_date
from trivia_scraper.downloader.address_guard import RequestRefusedError

logger = logging.getLogger(__name__)
_STATUSES = {429, 503}


@dataclass(slots=True)
class _Host:
    status: int
    free_at: float = 0.0  # time.monotonic()
    pauses: int = 0  # since its last good response


class Pauses:
    """The pauses of all hosts.

    longest: most seconds of one pause. patience: pauses in a row before a host is given up for the run.
    """

    def __init__(self, longest: float, patience: int) -> None:
        self.longest = longest
        self.patience = patience
        self.hosts: dict[str, _Host] = {}

    async def wait_for_turn(self, name: str) -> None:
        """Wait until a request may be sent to the host. Raise RequestRefusedError if the host was given up."""
        while (host := self.hosts.get(name)) is not None:
            if host.pauses > self.patience:
                raise RequestRefusedError(
                    f"http_{host.status}", f"{name} asked for a pause {host.pauses} times in a row"
                )
            remaining = host.free_at - time.monotonic()
            if remaining <= 0:
                return
            await asyncio.sleep(remaining)

    def record_response(self, name: str, response: Response) -> None:
        """Record a response of the host. It may ask for a pause, or end a series of pauses."""
        if response.status < 400 and name in self.hosts:
            self.hosts[name].pauses = 0  # a current pause continues: this request may have been sent before it
        wait = read_retry_after(response.headers.get("Retry-After"), datetime.now(UTC), self.longest)
        if response.status not in _STATUSES or wait is None:
            return
        host = self.hosts.setdefault(name, _Host(response.status))
        now = time.monotonic()
        if host.free_at <= now:  # otherwise the request was sent before the pause, and does not count as another one
            host.pauses += 1
            logger.info("%s asks for a pause of %.0f s (HTTP %d)", name, wait, response.status)
        host.free_at = max(host.free_at, now + wait)


def read_retry_after(header: bytes | None, now: datetime, longest: float) -> float | None:
    """Return the seconds that a Retry-After header asks for, at most `longest`. None: it is missing or unreadable.

    The header has seconds or an HTTP date (RFC 9110, 10.2.3). A negative number or a past date gives 0.
    """
    text = (header or b"").decode("latin-1").strip()
    if text.removeprefix("-").isdecimal():
        wait = float(text[:12])
    elif (until := from_http_date(text)) is None:
        return None
    else:
        wait = (until - now).total_seconds()
    return min(max(wait, 0.0), longest)
