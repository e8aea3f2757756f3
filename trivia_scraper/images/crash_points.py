"""The steps between a publisher's answer and a venue's new image, by name.

A process can end at any of them; none may leave a venue without a whole image. Each step raises an audit event (PEP
578), where tests can listen, or kill the process.
"""

from __future__ import annotations

import sys
from enum import StrEnum


class Step(StrEnum):
    """In the order in which they are reached."""

    RECEIVED = "received"
    DECODED = "decoded"
    KEPT = "kept"
    """the file that is replaced has a second path, where it is kept; only if it is to be kept"""
    WRITTEN = "written"
    """to the temporary file beside the target"""
    SYNCED = "synced"
    """the temporary file is on the disk"""
    RENAMED = "renamed"
    """over the target"""
    THUMBNAILS = "thumbnails"
    LEDGER = "ledger"
    """the image's row is committed"""
    EVENT = "event"
    """the event's row and its pointers are committed"""
    REMOVED = "removed"
    """the superseded file is gone"""


def reached(step: Step, path: str) -> None:
    sys.audit(f"trivia_scraper.image.{step}", path)
