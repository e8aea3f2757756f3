"""Threads that do not hold back the end of their process."""

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


def test_results_and_exceptions_are_those_of_the_function() -> None:
    threads = DaemonThreads(2)
    assert threads.submit(int, "7").result() == 7
    with pytest.raises(ValueError, match="x"):
        threads.submit(int, "x").result()
    assert threads.submit(threading.current_thread).result().daemon
    threads.shutdown()


def test_a_shutdown_waits_for_the_jobs_before_it() -> None:
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


def test_a_job_that_was_cancelled_before_its_turn_is_not_done() -> None:
    threads = DaemonThreads(1)
    gate, done = threading.Event(), threading.Event()
    threads.submit(gate.wait)
    assert threads.submit(done.set).cancel()
    gate.set()
    threads.shutdown()
    assert not done.is_set()


def test_a_process_ends_although_a_thread_does_not() -> None:
    done = subprocess.run([sys.executable, "-c", STUCK], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "7\n", "")
