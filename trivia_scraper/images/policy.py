"""Decides about one image: keep, revalidate or fetch. Lists all statuses and reasons."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal, NamedTuple

Action = Literal["keep", "revalidate", "fetch"]
FileState = Literal["ok", "missing", "damaged"]


class Status(StrEnum):
    DOWNLOADED = "downloaded"
    UPTODATE = "uptodate"
    FAILED = "failed"


class Reason(StrEnum):
    """Why an image was fetched or kept, or why it failed. An HTTP status is a reason too: see `make_http_reason`."""

    NEW = "new"
    URL_CHANGED = "url_changed"
    MISSING = "missing"
    DAMAGED = "damaged"
    EXPIRED = "expired"
    FORCED = "forced"

    FRESH = "fresh"
    PINNED = "pinned"
    ADOPTED = "adopted"
    NOT_MODIFIED = "not_modified"
    UNCHANGED = "unchanged"

    TIMEOUT = "timeout"
    NETWORK = "network"
    REDIRECT = "redirect"
    REFUSED_URL = "refused_url"
    REFUSED_ADDRESS = "refused_address"
    ROBOTS = "robots"
    NOT_AN_IMAGE = "not_an_image"
    FORMAT = "format"
    TOO_LARGE = "too_large"
    TOO_SMALL = "too_small"
    TRUNCATED = "truncated"
    UNNAMED = "unnamed"
    PLACEHOLDER = "placeholder"
    PATH_TAKEN = "path_taken"
    STOPPED = "stopped"
    STORAGE = "storage"
    HOOK = "hook"


MEANINGS: Final[dict[Status, dict[str, str]]] = {
    Status.DOWNLOADED: {
        Reason.NEW: "nothing was stored for this path and URL, and the event showed no other image of this kind",
        Reason.URL_CHANGED: "the page names another URL than that of the image that the event shows",
        Reason.MISSING: "the ledger has a row, but the store has no file",
        Reason.DAMAGED: "the stored file differs from its row",
        Reason.EXPIRED: "last confirmed longer ago than IMAGES_EXPIRES, and the publisher has other bytes now",
        Reason.FORCED: "the run has force_refresh_images, and the publisher's bytes differ from any stored ones",
    },
    Status.UPTODATE: {
        Reason.FRESH: "confirmed less than IMAGES_EXPIRES days ago; no request was sent",
        Reason.PINNED: "pinned by an operator; no request was sent, not even in a forced refresh",
        Reason.ADOPTED: "a file without a row, stored by Scrapy's own pipeline, was recorded; no request was sent",
        Reason.NOT_MODIFIED: "revalidated; the publisher answered 304",
        Reason.UNCHANGED: "downloaded again, and the bytes equal the stored ones",
    },
    Status.FAILED: {
        "http_<code>": "the server answered with this status, or kept asking for pauses with it",
        Reason.TIMEOUT: "not fully received within IMAGES_TIMEOUT seconds",
        Reason.NETWORK: "the connection failed or was interrupted",
        Reason.REDIRECT: "redirected more than REDIRECT_MAX_TIMES times, to nowhere, or although redirects are off",
        Reason.REFUSED_URL: "not an http(s) address",
        Reason.REFUSED_ADDRESS: "a loopback, private, link-local or otherwise not public address, also by redirect",
        Reason.ROBOTS: "robots.txt forbids it, or could not be fetched",
        Reason.NOT_AN_IMAGE: "the bytes cannot be decoded as an image",
        Reason.FORMAT: "not JPEG, PNG, WebP, GIF or AVIF, or an AVIF that Pillow cannot read",
        Reason.TOO_LARGE: "more than IMAGES_MAXSIZE bytes, 50 megapixels, 12,000 pixels on a side or 64 kB of headers, "
        "or too much work to decode",
        Reason.TOO_SMALL: "smaller than IMAGES_MIN_WIDTH or IMAGES_MIN_HEIGHT",
        Reason.TRUNCATED: "cut short or damaged, in transit or on the server",
        Reason.UNNAMED: "the page no longer names an image of this kind",
        Reason.PLACEHOLDER: "many other venues have the same image, and it would replace one of this venue's own",
        Reason.PATH_TAKEN: "another URL of this run has the same path",
        Reason.STOPPED: "the run was stopped before the image was stored; repeat a forced refresh",
        Reason.STORAGE: "a valid image could not be stored",
        Reason.HOOK: "an overridden method of the pipeline raised an exception",
    },
}


class ImageError(Exception):
    """An image that cannot be downloaded, accepted or stored.

    reason: one that MEANINGS lists for failed images, or that of an HTTP status. details: for people. status: the
    HTTP status, if that is why the answer was refused.
    """

    def __init__(self, reason: str, details: str, status: int | None = None) -> None:
        if not is_known(Status.FAILED, reason):
            raise ValueError(
                f"ImageError: {reason!r} is not a reason of a failed image. See trivia_scraper.images.policy."
            )
        super().__init__(details)
        self.reason = reason
        self.status = status


class Decision(NamedTuple):
    action: Action
    reason: Reason


def decide(
    *, forced: bool, file: FileState | None, expired: bool, shows_other_url: bool, pinned: bool = False
) -> Decision:
    """Return what to do with one image, and why.

    forced: the run has force_refresh_images. file: state of the stored file, None without a row. expired: see
    `is_expired`. shows_other_url: an image from another URL is stored, which this one would replace. pinned: an
    operator chose the stored image. The publisher's image is then fetched only if the stored file is lost.
    """
    if pinned and file == "ok":
        return Decision("keep", Reason.PINNED)
    if forced:
        return Decision("fetch", Reason.FORCED)
    if file is None:
        return Decision("fetch", Reason.URL_CHANGED if shows_other_url else Reason.NEW)
    if file != "ok":
        return Decision("fetch", Reason(file))
    return Decision("revalidate", Reason.EXPIRED) if expired else Decision("keep", Reason.FRESH)


def is_expired(checked_at: datetime | None, now: datetime, expires_after: timedelta | None) -> bool:
    """Return whether the publisher's last confirmation of an image is too old.

    checked_at: from the ledger, None if it was never confirmed. Not a file's mtime, because copying a store does not
    make it fresh. expires_after: zero means always, None never.
    """
    if expires_after is None:
        return False
    # If the age is negative, the clock was set back, and the real age is unknown.
    return checked_at is None or not timedelta(0) <= now - checked_at < expires_after


def make_http_reason(status: int) -> str:
    return f"http_{status}"


def is_known(status: str, reason: str) -> bool:
    """Return whether MEANINGS lists this status with this reason."""
    if status == Status.FAILED and reason.startswith("http_"):
        return reason.removeprefix("http_").isdecimal()
    return status in MEANINGS and reason in MEANINGS[Status(status)]
