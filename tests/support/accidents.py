"""Accidents in the child process of a command, such as a crash or a full disk at a named step of an image.

An accident recognises a step by its audit event, so the code that runs is the product's own, unchanged.
"""

from __future__ import annotations

import errno
import os
import resource
import signal
import sqlite3
import sys
from collections import Counter
from ctypes import CDLL, c_uint32, get_errno
from dataclasses import dataclass
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any, Literal

from trivia_scraper.db import connect
from trivia_scraper.db.locks import PublisherLock
from trivia_scraper.images.crash_points import Step


@dataclass(frozen=True)
class PulledPlug:
    """Ends the process the first time that an image reaches `step`."""

    step: Step
    how: Literal["exit", "kill"]

    def __call__(self) -> None:
        def pull(event: str, arguments: Any) -> None:
            if event == f"trivia_scraper.image.{self.step}":
                if self.how == "kill":
                    os.kill(os.getpid(), signal.SIGKILL)
                os._exit(70)

        sys.addaudithook(pull)


@dataclass(frozen=True)
class NoFileMayBeOpened:
    """Ends the process when it opens a file below `directory`."""

    directory: str

    def __call__(self) -> None:
        def refuse(event: str, arguments: Any) -> None:
            if event == "open" and str(arguments[0]).startswith(self.directory):
                os._exit(71)

        sys.addaudithook(refuse)


@dataclass(frozen=True)
class NoPrivileges:
    """Drops the privileges of root, so that permissions of files apply."""

    def __call__(self) -> None:
        header, nothing = (c_uint32 * 2)(0x20080522, 0), (c_uint32 * 6)()  # _LINUX_CAPABILITY_VERSION_3, this process
        if CDLL(None, use_errno=True).capset(header, nothing):
            raise OSError(get_errno(), "capset")


@dataclass(frozen=True)
class FullDisk:
    """Fails the write of every file whose path contains `part`."""

    part: str = ""

    def __call__(self) -> None:
        def refuse(event: str, arguments: Any) -> None:
            if event == f"trivia_scraper.image.{Step.WRITTEN}" and self.part in arguments[0]:
                raise OSError(errno.ENOSPC, "No space left on device")

        sys.addaudithook(refuse)


@dataclass(frozen=True)
class RemovedAsUnnamed:
    """Removes every new image before its row is written, this many times each, as another process could."""

    store: Path
    times: int

    def __call__(self) -> None:
        seen: Counter[str] = Counter()

        def remove(event: str, arguments: Any) -> None:
            if event == f"trivia_scraper.image.{Step.THUMBNAILS}":
                seen[arguments[0]] += 1
                if seen[arguments[0]] <= self.times:
                    Path(self.store, arguments[0]).unlink()

        sys.addaudithook(remove)


@dataclass(frozen=True)
class NoLock:
    """Lets every process acquire the publisher's lock, as after a lost connection."""

    def __call__(self) -> None:
        PublisherLock.acquire = lambda self: True  # type: ignore[method-assign]


@dataclass(frozen=True)
class SmallFiles:
    """Limits every file to this many bytes, like a full disk."""

    most: int

    def __call__(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.most, self.most))


@dataclass(frozen=True)
class ServerEndsConnections:
    """Lets the PostgreSQL server end all connections to `database`, the first time that an image reaches `step`."""

    step: Step
    host: str
    database: str

    def __call__(self) -> None:
        import psycopg

        ended: list[Any] = []

        def end(event: str, arguments: Any) -> None:
            if event == f"trivia_scraper.image.{self.step}" and not ended:
                ended.append(event)
                with psycopg.connect(host=self.host, user="postgres", dbname="postgres") as connection:
                    every = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
                    ended.extend(connection.execute(every, [self.database]).fetchall())
                print(f"{len(ended) - 1} connections were ended", file=sys.stderr)

        sys.addaudithook(end)


@dataclass(frozen=True)
class KilledAt:
    """Kills the process the `times`-th time that it reports the audit event."""

    event: str
    times: int = 1

    def __call__(self) -> None:
        left = [self.times]

        def kill(event: str, arguments: Any) -> None:
            if event == self.event:
                left[0] -= 1
                if not left[0]:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(kill)


@dataclass(frozen=True)
class PeakReported:
    """Writes the peak memory of the process, in bytes, when it ends. Not an accident, but passed the same way."""

    file: Path

    def __call__(self) -> None:
        def write() -> None:
            self.file.write_text(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024))

        Finalize(None, write, exitpriority=1)


@dataclass(frozen=True)
class SoonVerified:
    """Shortens the pause of `images verify` before its second look at its findings."""

    def __call__(self) -> None:
        from trivia_scraper.commands import images

        images._SETTLING_SECONDS = 0.05  # type: ignore[assignment]


@dataclass(frozen=True)
class NotInstalled:
    """Makes a module impossible to import, as if the optional part was not installed."""

    module: str

    def __call__(self) -> None:
        sys.modules[self.module] = None  # type: ignore[assignment]


@dataclass(frozen=True)
class DatabaseLocked:
    """Locks the SQLite file just before the run begins, and keeps the lock. A transaction waits for one second."""

    file: str

    def __call__(self) -> None:
        acquire = PublisherLock.acquire
        other = sqlite3.connect(self.file, isolation_level=None, check_same_thread=False)
        connect.BUSY_TIMEOUT_SECONDS = 1

        def lock_file(lock: PublisherLock) -> bool:
            other.execute("BEGIN IMMEDIATE")
            return acquire(lock)

        PublisherLock.acquire = lock_file  # type: ignore[method-assign, assignment]
