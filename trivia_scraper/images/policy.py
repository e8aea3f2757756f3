"""Keep, revalidate or fetch: the decision on one picture, as a pure function of what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

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


# The closed list of what can become of an image: status -> reason -> meaning. docs/refresh.md is made from it.
REASONS: Final[dict[str, dict[str, str]]] = {
    "downloaded": {
        "new": "nothing was stored for this venue, kind and URL, and the event showed no other picture of this kind",
        "url_changed": "the page names another URL than the one whose picture the event shows",
        "missing": "the ledger has a row, the store has no file",
        "damaged": "the stored file is not the one that was recorded",
        "expired": "last confirmed longer ago than IMAGES_EXPIRES, and the publisher has other bytes now",
        "forced": "the run has force_refresh_images, and the publisher has other bytes than the store, if that has any",
    },
    "uptodate": {
        "fresh": "confirmed less than IMAGES_EXPIRES days ago; nothing was asked",
        "not_modified": "asked with the stored validators, answered 304",
        "unchanged": "asked, and answered with the very bytes that are stored",
    },
    "failed": {
        "http_<code>": "answered with this status; also a host that asks for one pause after another",
        "timeout": "not received whole within IMAGES_TIMEOUT seconds",
        "network": "no connection, or it broke",
        "redirect": "redirected more than REDIRECT_MAX_TIMES times, or nowhere",
        "refused_url": "no http(s) address",
        "refused_address": "a loopback, private, link-local or otherwise not public address, also by redirect",
        "robots": "robots.txt forbids it, or could not be had",
        "not_an_image": "the bytes are no picture that decodes",
        "format": "a picture of a format that is not kept (JPEG, PNG, WebP, GIF and AVIF are)",
        "too_large": "more than IMAGES_MAXSIZE bytes, 50 megapixels, 12,000 pixels on a side, or too many frames",
        "too_small": "under IMAGES_MIN_WIDTH or IMAGES_MIN_HEIGHT",
        "truncated": "cut short, in transit or at its source",
        "unnamed": "the page names no picture of this kind any more",
        "placeholder": "what many other venues show, in place of a picture of this venue's own",
        "stopped": "the run was stopped before it was asked for, or received; force what was to be forced once more",
        "storage": "good, but it could not be stored",
    },
}


def is_known(status: str, reason: str) -> bool:
    if status == "failed" and reason.startswith("http_"):
        return reason.removeprefix("http_").isdecimal()
    return reason in REASONS.get(status, {})
