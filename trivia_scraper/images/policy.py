"""Keep, revalidate or fetch: the decision on one image as a pure function, and the closed list of outcomes."""

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
    """Why an image was fetched or kept, or what failed. An HTTP status is a reason too: see `http_reason`."""

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
        Reason.URL_CHANGED: "the page names another URL than the one whose image the event shows",
        Reason.MISSING: "the ledger has a row, the store has no file",
        Reason.DAMAGED: "the stored file is not the one that was recorded",
        Reason.EXPIRED: "last confirmed longer ago than IMAGES_EXPIRES, and the publisher has other bytes now",
        Reason.FORCED: "the run has force_refresh_images, and the publisher has other bytes than the store, if any",
    },
    Status.UPTODATE: {
        Reason.FRESH: "confirmed less than IMAGES_EXPIRES days ago; no request was sent",
        Reason.PINNED: "pinned by an operator against the publisher; no request was sent, also in a forced refresh",
        Reason.ADOPTED: "a file without a row, written by Scrapy's own pipeline, became one; no request was sent",
        Reason.NOT_MODIFIED: "revalidated; the publisher answered 304",
        Reason.UNCHANGED: "downloaded again, and the bytes are those that are stored",
    },
    Status.FAILED: {
        "http_<code>": "answered with this status; also a host that asks for one pause after another",
        Reason.TIMEOUT: "not received completely within IMAGES_TIMEOUT seconds",
        Reason.NETWORK: "no connection, or it broke",
        Reason.REDIRECT: "redirected more than REDIRECT_MAX_TIMES times, to nowhere, or although redirects are off",
        Reason.REFUSED_URL: "not an http(s) address",
        Reason.REFUSED_ADDRESS: "a loopback, private, link-local or otherwise not public address, also by redirect",
        Reason.ROBOTS: "robots.txt forbids it, or could not be fetched",
        Reason.NOT_AN_IMAGE: "the bytes are not an image that decodes",
        Reason.FORMAT: "a format that is not kept (JPEG, PNG, WebP, GIF, AVIF are), or an AVIF that Pillow cannot read",
        Reason.TOO_LARGE: "more than IMAGES_MAXSIZE bytes, 50 megapixels, 12,000 pixels a side or 64 kB of headers; "
        "too much to decode",
        Reason.TOO_SMALL: "smaller than IMAGES_MIN_WIDTH or IMAGES_MIN_HEIGHT",
        Reason.TRUNCATED: "cut short or damaged, in transit or at its source",
        Reason.UNNAMED: "the page does not name an image of this kind any more",
        Reason.PLACEHOLDER: "what many other venues show, in place of an image of this venue's own",
        Reason.PATH_TAKEN: "another URL of this run has the same path",
        Reason.STOPPED: "the run was stopped first; repeat a forced refresh",
        Reason.STORAGE: "a good image that could not be stored",
        Reason.HOOK: "an overridden method of the pipeline raised an exception",
    },
}


class ImageError(Exception):
    """An image that cannot be downloaded, accepted or stored.

    reason: a word of `Reason` that MEANINGS has for a failed image, or that of an HTTP status. found: what was found,
    for people. status: the HTTP status of an answer that was refused for it.
    """

    def __init__(self, reason: str, found: str, status: int | None = None) -> None:
        if not is_known(Status.FAILED, reason):
            raise ValueError(
                f"ImageError: {reason!r} is not a reason of a failed image. See trivia_scraper.images.policy."
            )
        super().__init__(found)
        self.reason = reason
        self.status = status


class Decision(NamedTuple):
    action: Action
    reason: Reason


def decide(
    *, forced: bool, file: FileState | None, expired: bool, shows_other_url: bool, pinned: bool = False
) -> Decision:
    """Return what to do about one image, and why.

    forced: the run has force_refresh_images. file: how the stored file compares with its row, None without a row.
    expired: see `is_expired`. shows_other_url: an image of the same place, from another URL, is stored. pinned: the
    stored image is kept whatever the publisher has; when it is lost, the publisher's is better than none.
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
    """Return whether the publisher confirmed an image too long ago.

    checked_at: the ledger's, None if the publisher never confirmed it. A file's mtime is no evidence: a copied store is
    not a fresh one. expires_after: zero means always, None never.
    """
    if expires_after is None:
        return False
    # A negative age is a clock that was set back: the image's age is unknown.
    return checked_at is None or not timedelta(0) <= now - checked_at < expires_after


def http_reason(status: int) -> str:
    return f"http_{status}"


def is_known(status: str, reason: str) -> bool:
    """Return whether an outcome is one of the closed list."""
    if status == Status.FAILED and reason.startswith("http_"):
        return reason.removeprefix("http_").isdecimal()
    return status in MEANINGS and reason in MEANINGS[Status(status)]
