"""Locks of publishers, which end with their process."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from time import monotonic, sleep

import pytest

from tests.support.children import FORKSERVER
from tests.support.filled import begin, finish
from tests.support.postgres import Server
from trivia_scraper.db.engine import Store
from trivia_scraper.db.locks import PublisherLock, find_killed_runs
from trivia_scraper.errors import DatabaseError

SECONDS_TO_NOTICE = 10  # until PostgreSQL notices that a client is gone


def hold(url: str, pipe: Connection) -> None:
    """Hold the lock in a separate process."""
    pipe.send(PublisherLock(Store(url), "quizmeisters").acquire())
    pipe.recv()


@contextmanager
def another_process(url: str) -> Iterator[tuple[bool, ForkServerProcess]]:
    """Start a process that requests the lock of quizmeisters and stays alive. Yield whether it got the lock."""
    ours, its = FORKSERVER.Pipe()
    child = FORKSERVER.Process(target=hold, args=(url, its))
    child.start()
    try:
        yield ours.recv(), child
    finally:
        child.kill()
        child.join()


def acquire_in_time(lock: PublisherLock) -> bool:
    deadline = monotonic() + SECONDS_TO_NOTICE
    while not lock.acquire() and monotonic() < deadline:
        sleep(0.02)
    return lock.held


def test_publisher_lock_is_exclusive_until_its_process_ends(store: Store, database: str) -> None:
    lock = PublisherLock(store, "quizmeisters")
    with another_process(database) as (had, child):
        assert had
        assert not lock.acquire()
        with PublisherLock(store, "geeks_who_drink") as other:
            assert other.held
        child.kill()
        child.join()
        assert acquire_in_time(lock)
    with another_process(database) as (had, _):
        assert not had
    lock.release()
    with another_process(database) as (had, _):
        assert had


def test_killed_runs_are_unended_without_a_lock(store: Store, database: str) -> None:
    assert find_killed_runs(store) == set()
    of_another = begin(store, publisher="pubquiz")
    run_id = begin(store)
    assert find_killed_runs(store) == {run_id, of_another}
    with another_process(database) as (had, child):
        assert had
        assert find_killed_runs(store) == {of_another}
        assert find_killed_runs(store) == {of_another}, "find_killed_runs keeps no lock"
        child.kill()
        child.join()
        deadline = monotonic() + SECONDS_TO_NOTICE
        while run_id not in find_killed_runs(store) and monotonic() < deadline:
            sleep(0.02)
    assert find_killed_runs(store) == {run_id, of_another}
    finish(store, run_id)
    assert find_killed_runs(store) == {of_another}


def test_find_killed_runs_makes_no_lock_file(tmp_path: Path) -> None:
    with closing(Store(f"sqlite:///{tmp_path}/trivia.db")) as store:
        assert find_killed_runs(store) == set()
        run_id = begin(store)
        assert find_killed_runs(store) == {run_id}
    assert not list(tmp_path.glob("*.lock"))


def test_acquire_waits_for_a_look_at_the_lock(tmp_path: Path) -> None:
    with closing(Store(f"sqlite:///{tmp_path}/trivia.db")) as store, PublisherLock(store, "quizmeisters") as lock:
        lock.release()
        with (tmp_path / "trivia.db.quizmeisters.lock").open() as looked_at:
            fcntl.flock(looked_at, fcntl.LOCK_SH)  # as find_killed_runs does
            end = threading.Timer(0.05, fcntl.flock, (looked_at, fcntl.LOCK_UN))
            end.start()
            had = lock.acquire()
            end.join()
        assert had


def test_publisher_lock_is_exclusive_within_one_process(store: Store) -> None:
    first, second = PublisherLock(store, "quizmeisters"), PublisherLock(store, "quizmeisters")
    with suppress(ZeroDivisionError), first:
        assert first.acquire()
        assert not second.acquire()
        raise ZeroDivisionError
    assert not first.held
    with second:
        assert second.held
        assert not first.acquire()


def test_publisher_lock_is_independent_of_transactions(store: Store, database: str) -> None:
    with PublisherLock(store, "quizmeisters") as lock, store.engine.begin(), closing(Store(database)) as other:
        assert lock.held
        with PublisherLock(other, "geeks_who_drink") as elsewhere:
            assert elsewhere.held


def test_symlinked_database_has_the_same_lock(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "other").symlink_to("real")
    with (
        closing(Store(f"sqlite:///{tmp_path}/real/trivia.db")) as one,
        closing(Store(f"sqlite:///{tmp_path}/other/trivia.db")) as same,
        PublisherLock(one, "quizmeisters") as lock,
    ):
        assert lock.held
        assert not PublisherLock(same, "quizmeisters").acquire()
        assert (tmp_path / "real/trivia.db.quizmeisters.lock").exists()


def test_failing_lock_is_one_sentence(tmp_path: Path, postgresql: Server) -> None:
    with closing(Store(f"sqlite:///{tmp_path}/trivia.db")) as store:
        (tmp_path / "trivia.db.quizmeisters.lock").mkdir()
        with pytest.raises(DatabaseError, match=r"trivia.db.quizmeisters.lock cannot be locked: Is a directory\."):
            PublisherLock(store, "quizmeisters").acquire()
    with closing(Store(postgresql.upgraded())) as store:
        postgresql.run(f"ALTER DATABASE {store.engine.url.database} ALLOW_CONNECTIONS false")
        with pytest.raises(DatabaseError, match="not currently accepting connections"):
            PublisherLock(store, "quizmeisters").acquire()


def test_reading_store_sees_locks_and_makes_no_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/trivia.db"
    Store(url).close()
    with closing(Store(url, writes=False)) as reading:
        with PublisherLock(reading, "quizmeisters") as lock:
            assert lock.held
        assert [path.name for path in tmp_path.glob("*.lock")] == []
        with (
            closing(Store(url)) as crawling,
            PublisherLock(crawling, "quizmeisters"),
            PublisherLock(reading, "quizmeisters") as lock,
        ):
            assert not lock.held
        with PublisherLock(reading, "quizmeisters") as lock:
            assert lock.held
