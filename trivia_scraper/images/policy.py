"""Keep, revalidate or fetch: the decision on one picture, as a pure function of what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Action = Literal["keep", "revalidate", "fetch"]
FileState = Literal["ok", "missing", "damaged"]


@dataclass(frozen=True, slots=True)
class Known:
    """A picture that was stored before under this (venue, kind, URL)."""

    checked_at: datetime
    """When the publisher last confirmed it. The file's mtime is no evidence: a copied store is not a fresh one."""
    file: FileState


@dataclass(frozen=True, slots=True)
class Decision:
    action: Action
    reason: str


def decide(*, forced: bool, known: Known | None, other_url_shown: bool, now: datetime, expires: timedelta) -> Decision:
    """
    forced: the run's force_refresh_images. other_url_shown: the event shows a picture of this kind from another URL.
    expires: the age from which a picture is asked about again; zero means always.
    """
    if forced:
        return Decision("fetch", "forced")
    if known is None:
        return Decision("fetch", "url_changed" if other_url_shown else "new")
    if known.file != "ok":
        return Decision("fetch", known.file)
    age = now - known.checked_at
    # A negative age is a clock that was set back: nothing is known about how old the picture is.
    if timedelta(0) <= age < expires:
        return Decision("keep", "fresh")
    return Decision("revalidate", "expired")
