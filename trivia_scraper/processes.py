"""Run child processes with a time limit, and stop them together."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from io import BufferedRandom
from itertools import chain
from pathlib import Path
from subprocess import DEVNULL
from time import monotonic

_LONGEST_LINE = 4096  # bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child process ended.

    exit_code: a negative number is the signal that ended it. last_line: the last line of its log.
    """

    exit_code: int
    over_limit: bool
    killed: bool
    last_line: str


def make_crawl_command(publisher: str, arguments: Mapping[str, str], settings: Iterable[str]) -> list[str]:
    """Return the command that crawls a publisher. arguments: of the spider. settings: NAME=VALUE words of `-s`."""
    given = [("-a", f"{name}={value}") for name, value in arguments.items()]
    given += [("-s", setting) for setting in settings]
    return [sys.executable, "-m", "scrapy", "crawl", publisher, *chain.from_iterable(given)]


class Processes:
    def __init__(self, *, time_limit: float | None, kill_after: float) -> None:
        """time_limit: seconds until a child is asked to stop. kill_after: further seconds until it is killed."""
        self.time_limit, self.kill_after = time_limit, kill_after
        self.stops = 0
        self._running: set[asyncio.subprocess.Process] = set()

    def stop(self) -> None:
        """Ask all children to finish running requests. A second call stops them at once, a third one kills them."""
        self.stops += 1
        self._send_all(signal.SIGINT if self.stops < 3 else signal.SIGKILL)

    def kill(self) -> None:
        self._send_all(signal.SIGKILL)

    async def run(self, command: Sequence[str], log: BufferedRandom) -> Ended:
        """Run a child that writes to `log`. If this is cancelled, stop the child, or kill it after `kill_after`.

        Raises OSError if it cannot be started.
        """
        before = log.seek(0, 2)
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=DEVNULL,
            stdout=log,
            stderr=log,
            # Otherwise Ctrl-C would reach the child directly and again through `stop`: two signals for Scrapy.
            start_new_session=True,
        )
        self._running.add(process)
        over_limit = killed = False
        try:
            if self.stops:  # stopped while the child was being started
                _send(process, signal.SIGINT)
            over_limit = not await _ended_within(process, self.time_limit)
            if over_limit:
                killed = await self._end(process)
            exit_code = await process.wait()
        except asyncio.CancelledError:
            await self._end(process)
            raise
        finally:
            self._running.discard(process)
        return Ended(exit_code, over_limit, killed, _last_line(log, before))

    async def _end(self, process: asyncio.subprocess.Process) -> bool:
        """Stop a child. Return whether it had to be killed."""
        _send(process, signal.SIGINT)
        if await _ended_within(process, self.kill_after):
            return False
        _send(process, signal.SIGKILL)
        await process.wait()
        return True

    def _send_all(self, number: signal.Signals) -> None:
        for process in self._running:
            _send(process, number)


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
    """Return the last line written after `start`, stripped."""
    log.seek(max(start, log.seek(0, 2) - _LONGEST_LINE))
    lines = log.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1].strip() if lines else ""


@dataclass(frozen=True, slots=True)
class Crawl:
    """The crawl of one publisher in its process."""

    publisher: str
    log: Path
    ended: Ended | None = None
    """None if the command was stopped before this crawl started."""
    seconds: float = 0.0
    stopped: bool = False
    """Whether the command was stopped while this crawl ran."""


async def crawl_each(
    publishers: Iterable[str],
    command: Callable[[str], Sequence[str]],
    processes: Processes,
    *,
    logs: Path,
    jobs: int,
    report: Callable[[Crawl], None],
) -> list[Crawl]:
    """Crawl each publisher in a process of its own, in the given order, `jobs` at the same time.

    command: returns the command that crawls a publisher. logs: directory for <publisher>.log. report: called after
    each crawl. SIGINT and SIGTERM stop all crawls, and no other crawl starts.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, processes.stop)
    free = asyncio.Semaphore(jobs)

    async def take_turn(publisher: str) -> Crawl:
        crawl = Crawl(publisher, logs / f"{publisher}.log")
        async with free:
            if not processes.stops:
                began = monotonic()
                try:
                    with crawl.log.open("a+b") as log:
                        ended = await processes.run(command(publisher), log)
                except OSError as error:  # the process could not be started; the next ones still are
                    ended = Ended(1, over_limit=False, killed=False, last_line=str(error))
                crawl = replace(crawl, ended=ended, seconds=monotonic() - began, stopped=processes.stops > 0)
        report(crawl)
        return crawl

    return await asyncio.gather(*map(take_turn, publishers))
