"""Names the steps between a publisher's answer and a new image.

A process may be killed at any step, and a complete image must still be stored. Each step raises an audit event (PEP
578), at which tests can listen or kill the process.
"""

from __future__ import annotations

import sys
from enum import StrEnum


class Step(StrEnum):
    """The steps in their order."""

    RECEIVED = "received"
    DECODED = "decoded"
    KEPT = "kept"
    """The replaced file has its second path. Only if replaced files are kept."""
    WRITTEN = "written"
    """The bytes are in the temporary file beside the target."""
    SYNCED = "synced"
    """The temporary file is on the disk."""
    RENAMED = "renamed"
    """The temporary file has replaced the target."""
    THUMBNAILS = "thumbnails"
    LEDGER = "ledger"
    """The image's row is committed."""
    EVENT = "event"
    """The event's row and its pointers are committed."""
    REMOVED = "removed"
    """The superseded file is removed."""


def announce_step(step: Step, path: str) -> None:
    """Announce that the image at `path` has reached a step."""
    sys.audit(f"trivia_scraper.image.{step}", path)
