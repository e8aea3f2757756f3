"""Ctrl-C while a command is still starting: one sentence and exit code 130, not a traceback."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from types import TracebackType

from trivia_scraper.errors import INTERRUPTED


def hide_interrupts() -> None:
    """Print one sentence instead of a traceback when Ctrl-C ends a Scrapy command."""
    if "scrapy.cmdline" in sys.modules and sys.excepthook is sys.__excepthook__:
        sys.excepthook = _excepthook


def _excepthook(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        _end("scrapy")
    sys.__excepthook__(kind, error, traceback)


def end_at_interrupt(command: str) -> None:
    """End the process at Ctrl-C until Scrapy installs its own handler, which it does when the crawl starts.

    A KeyboardInterrupt could be caught and logged by the code that it interrupts. Ending the process is safe, because
    nothing has been stored yet.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda number, frame: _end(f"scrapy {command}"))


def _end(command: str) -> None:
    with suppress(OSError):
        os.write(2, f"{command}: interrupted.\n".encode())  # not print, which may be interrupted itself
    os._exit(INTERRUPTED)
