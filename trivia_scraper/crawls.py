"""Crawls as processes of their own, so many at once: started, ended at a time limit, stopped together, waited for."""

from __future__ import annotations

import asyncio
import fcntl
import signal
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path
from subprocess import DEVNULL
from time import monotonic

from trivia_scraper.terminal import ALREADY_RUNNING

_LONGEST_LINE = 4096  # bytes


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
    last_words: str = ""
    """The last line that it wrote."""


class Crawls:
    def __init__(
        self,
        command: Callable[[str], Sequence[str]],
        *,
        locks: Path,
        logs: Path,
        time_limit: float | None,
        kill_after: float,
        ended: Callable[[Crawl], None],
    ) -> None:
        """command: what crawls a publisher. locks: the directory of the locks, <publisher>.lock, that cron and systemd
        take too (deploy/). logs: of <publisher>.log. time_limit: seconds after which a crawl is asked to finish;
        kill_after: seconds more, after which it is killed. ended: told of every crawl at once."""
        self.command = command
        self.locks, self.logs = locks, logs
        self.time_limit, self.kill_after = time_limit, kill_after
        self.ended = ended
        self.processes: set[asyncio.subprocess.Process] = set()
        self.stops = 0

    async def run(self, publishers: Iterable[str], jobs: int) -> list[Crawl]:
        """Every publisher's, in the order given; at most `jobs` run at once. SIGINT and SIGTERM stop them all.

        Raises OSError when there can be no locks or no logs.
        """
        for directory in (self.locks, self.logs):
            directory.mkdir(parents=True, exist_ok=True)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self.stop)
        free = asyncio.Semaphore(jobs)
        return await asyncio.gather(*(self._turn(publisher, free) for publisher in publishers))

    def stop(self) -> None:
        """Once: no other starts, and each finishes what is in flight. Twice: each stops at once. Then they are
        killed."""
        self.stops += 1
        for process in self.processes:
            _send(process, signal.SIGINT if self.stops < 3 else signal.SIGKILL)

    async def _turn(self, publisher: str, free: asyncio.Semaphore) -> Crawl:
        crawl = Crawl(publisher, self.logs / f"{publisher}.log")
        async with free:
            if not self.stops:
                began = monotonic()
                try:
                    await self._locked(crawl)
                except BlockingIOError:
                    crawl.exit_code = ALREADY_RUNNING
                except OSError as error:  # one that cannot be started keeps nobody from the next
                    crawl.exit_code, crawl.last_words = 1, str(error)
                crawl.seconds = monotonic() - began
        self.ended(crawl)
        return crawl

    async def _locked(self, crawl: Crawl) -> None:
        with (self.locks / f"{crawl.publisher}.lock").open("ab") as lock, crawl.log.open("a+b") as log:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            await self._crawl(crawl, lock.fileno(), log)

    async def _crawl(self, crawl: Crawl, lock: int, log: BufferedRandom) -> None:
        before = log.seek(0, 2)
        process = await asyncio.create_subprocess_exec(
            *self.command(crawl.publisher),
            stdin=DEVNULL,
            stdout=log,
            stderr=log,
            # The lock is the child's as well, and lasts as long as the crawl, whatever becomes of this process.
            pass_fds=[lock],
            # A terminal's Ctrl-C goes to the whole group, and with the one from `stop` Scrapy would count two.
            start_new_session=True,
        )
        self.processes.add(process)
        try:
            if self.stops:  # while it was being started
                _send(process, signal.SIGINT)
            crawl.over_limit = not await _ended_within(process, self.time_limit)
            if crawl.over_limit:
                _send(process, signal.SIGINT)
                crawl.killed = not await _ended_within(process, self.kill_after)
            if crawl.killed:
                _send(process, signal.SIGKILL)
            crawl.exit_code = await process.wait()
        finally:
            self.processes.discard(process)
        crawl.last_words = _last_line(log, before)


async def _ended_within(process: asyncio.subprocess.Process, seconds: float | None) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await process.wait()
    except TimeoutError:
        return False
    return True


def _send(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        process.send_signal(number)


def _last_line(log: BufferedRandom, start: int) -> str:
    """Of what was written behind `start`, without the space around it."""
    log.seek(max(start, log.seek(0, 2) - _LONGEST_LINE))
    lines = log.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1].strip() if lines else ""
