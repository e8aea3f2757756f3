"""Ctrl-C while a command is still starting: one sentence and exit code 130, not a traceback."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from types import TracebackType

from trivia_scraper.errors import INTERRUPTED


def hide_interrupts() -> None:
    """Print no traceback of a KeyboardInterrupt that nothing in a Scrapy command has caught."""
    if "scrapy.cmdline" in sys.modules and sys.excepthook is sys.__excepthook__:
        sys.excepthook = _excepthook


def _excepthook(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        _end("scrapy")
    sys.__excepthook__(kind, error, traceback)


def end_at_interrupt(command: str) -> None:
    """End the process at Ctrl-C until Scrapy installs its own handler, which it does when the crawl starts.

    A KeyboardInterrupt would be caught and logged by what it interrupts. Nothing is stored before that.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, lambda number, frame: _end(f"scrapy {command}"))


def _end(command: str) -> None:
    with suppress(OSError):
        os.write(2, f"{command}: interrupted.\n".encode())  # print may be what was interrupted
    os._exit(INTERRUPTED)
