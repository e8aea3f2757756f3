"""Crawls of several publishers as processes of their own, so many at once, each under the lock that deploy/ takes."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

from trivia_scraper.processes import Processes


@dataclass(slots=True)
class Crawl:
    """What became of one publisher's process."""

    publisher: str
    log: Path
    exit_code: int | None = None
    """Null: it was never started, because all were stopped before its turn."""
    seconds: float = 0.0
    over_limit: bool = False
    killed: bool = False
    stopped: bool = False
    """It was asked to end together with all others."""
    last_words: str = ""
    """The last line that it wrote."""


class Crawls:
    def __init__(
        self,
        command: Callable[[str], Sequence[str]],
        *,
        logs: Path,
        time_limit: float | None,
        kill_after: float,
        ended: Callable[[Crawl], None],
    ) -> None:
        """command: what crawls a publisher. logs: the directory of <publisher>.log. time_limit: seconds after which a
        crawl is asked to finish; kill_after: seconds more, after which it is killed. ended: told of every crawl at
        once."""
        self.command = command
        self.logs = logs
        self.processes = Processes(time_limit=time_limit, kill_after=kill_after)
        self.ended = ended

    async def run(self, publishers: Iterable[str], jobs: int) -> list[Crawl]:
        """Every publisher's, in the order given; at most `jobs` run at once. SIGINT and SIGTERM stop them all, and no
        other starts.

        Raises OSError when there can be no logs.
        """
        self.logs.mkdir(parents=True, exist_ok=True)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self.processes.stop)
        free = asyncio.Semaphore(jobs)
        return await asyncio.gather(*(self._turn(publisher, free) for publisher in publishers))

    async def _turn(self, publisher: str, free: asyncio.Semaphore) -> Crawl:
        crawl = Crawl(publisher, self.logs / f"{publisher}.log")
        async with free:
            if not self.processes.stops:
                began = monotonic()
                try:
                    await self._crawl(crawl)
                except OSError as error:  # one that cannot be started keeps nobody from the next
                    crawl.exit_code, crawl.last_words = 1, str(error)
                crawl.seconds = monotonic() - began
        self.ended(crawl)
        return crawl

    async def _crawl(self, crawl: Crawl) -> None:
        with crawl.log.open("a+b") as log:
            ended = await self.processes.run(self.command(crawl.publisher), log)
        crawl.exit_code, crawl.last_words = ended.exit_code, ended.last_words
        crawl.over_limit, crawl.killed = ended.over_limit, ended.killed
        crawl.stopped = self.processes.stops > 0
