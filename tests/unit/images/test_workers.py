"""Tests threads that do not keep their process from ending."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import Future

import pytest

from trivia_scraper.images.workers import DaemonThreads

STUCK = """
from threading import Event
from trivia_scraper.images.workers import DaemonThreads
threads = DaemonThreads(2)
threads.submit(Event().wait)
print(threads.submit(int, "7").result())
threads.shutdown(wait=False)
"""


def test_future_has_result_or_exception_of_function() -> None:
    threads = DaemonThreads(2)
    assert threads.submit(int, "7").result() == 7
    with pytest.raises(ValueError, match="x"):
        threads.submit(int, "x").result()
    assert threads.submit(threading.current_thread).result().daemon
    threads.shutdown()


def test_shutdown_waits_for_earlier_jobs() -> None:
    threads = DaemonThreads(1)
    gate = threading.Event()
    waits: Future[bool] = threads.submit(gate.wait)
    later = threads.submit(int, "7")
    threads.shutdown(wait=False)
    assert not later.done()
    gate.set()
    threads.shutdown()
    assert waits.done()
    assert later.result() == 7


def test_cancelled_job_is_not_run() -> None:
    threads = DaemonThreads(1)
    gate, done = threading.Event(), threading.Event()
    threads.submit(gate.wait)
    assert threads.submit(done.set).cancel()
    gate.set()
    threads.shutdown()
    assert not done.is_set()


def test_process_ends_while_thread_runs() -> None:
    done = subprocess.run([sys.executable, "-c", STUCK], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "7\n", "")
