"""Decides about one image: keep, revalidate or fetch. Lists all statuses and reasons."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, NamedTuple, Self

from trivia_scraper.images.formats import FORMATS

Action = Literal["keep", "revalidate", "fetch"]
FileState = Literal["ok", "missing", "damaged"]
_NAMES = ", ".join(each.name for each in FORMATS[:-1])


class Status(StrEnum):
    DOWNLOADED = "downloaded"
    UPTODATE = "uptodate"
    FAILED = "failed"


_DOWNLOADED, _UPTODATE, _FAILED = Status


class Reason(StrEnum):
    """Why an image was fetched or kept, or why it failed. An HTTP status is a reason too: see `make_http_reason`."""

    status: Status
    meaning: str

    def __new__(cls, value: str, status: Status, meaning: str) -> Self:
        reason = str.__new__(cls, value)
        reason._value_, reason.status, reason.meaning = value, status, meaning
        return reason

    NEW = "new", _DOWNLOADED, "nothing was stored for path and URL, and the event showed no other image of this kind"
    URL_CHANGED = "url_changed", _DOWNLOADED, "the event shows an image from another URL than the page names now"
    MISSING = "missing", _DOWNLOADED, "the ledger has a row, but the store has no file"
    DAMAGED = "damaged", _DOWNLOADED, "the stored file differs from its row"
    EXPIRED = "expired", _DOWNLOADED, "confirmed over IMAGES_EXPIRES days ago, and the publisher has other bytes now"
    FORCED = "forced", _DOWNLOADED, "the run has force_refresh_images, and the publisher has other bytes now"

    FRESH = "fresh", _UPTODATE, "confirmed less than IMAGES_EXPIRES days ago; no request was sent"
    PINNED = "pinned", _UPTODATE, "pinned by an operator; no request was sent, not even in a forced refresh"
    ADOPTED = "adopted", _UPTODATE, "a file without a row, stored by Scrapy's pipeline, was recorded without a request"
    NOT_MODIFIED = "not_modified", _UPTODATE, "revalidated; the publisher answered 304"
    UNCHANGED = "unchanged", _UPTODATE, "downloaded again, and the bytes equal the stored ones"

    TIMEOUT = "timeout", _FAILED, "not fully received within IMAGES_TIMEOUT seconds"
    NETWORK = "network", _FAILED, "the connection failed or was interrupted"
    REDIRECT = "redirect", _FAILED, "more than REDIRECT_MAX_TIMES redirects, one without a target, or redirects are off"
    REFUSED_URL = "refused_url", _FAILED, "not an http(s) address"
    REFUSED_ADDRESS = (
        "refused_address",
        _FAILED,
        "a loopback, private or otherwise not public address, also by redirect",
    )
    ROBOTS = "robots", _FAILED, "robots.txt forbids it, or could not be fetched"
    NOT_AN_IMAGE = "not_an_image", _FAILED, "the bytes cannot be decoded as an image"
    FORMAT = "format", _FAILED, f"not {_NAMES} or {FORMATS[-1].name}, or an AVIF that Pillow cannot read"
    TOO_LARGE = "too_large", _FAILED, (
        "more than IMAGES_MAXSIZE bytes, 50 megapixels, 12,000 pixels on a side or 64 kB of headers, "
        "or too much work to decode"
    )  # fmt: skip
    TOO_SMALL = "too_small", _FAILED, "smaller than IMAGES_MIN_WIDTH or IMAGES_MIN_HEIGHT"
    TRUNCATED = "truncated", _FAILED, "cut short or damaged, in transit or on the server"
    UNNAMED = "unnamed", _FAILED, "the page no longer names an image of this kind"
    PLACEHOLDER = "placeholder", _FAILED, "many other venues have the same image, and it would replace this venue's own"
    PATH_TAKEN = "path_taken", _FAILED, "another URL of this run has the same path"
    STOPPED = "stopped", _FAILED, "the run was stopped before the image was stored; repeat a forced refresh"
    STORAGE = "storage", _FAILED, "a valid image could not be stored"
    HOOK = "hook", _FAILED, "an overridden method of the pipeline raised an exception"


HTTP_MEANING = "the server answered with this status, or asked for more than RETRY_AFTER_TIMES pauses with it"


class ImageError(Exception):
    """An image that cannot be downloaded, accepted or stored.

    reason: a Reason of failed images, or one from `make_http_reason`. details: for people. status: the HTTP status, if
    the answer was refused because of it.
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
    `is_expired`. shows_other_url: the event shows an image from another URL. pinned: an operator chose the stored
    image, so the publisher's is fetched only if the stored file is lost.
    """
    if pinned and file == "ok":
        return Decision("keep", Reason.PINNED)
    if forced:
        return Decision("fetch", Reason.FORCED)
    if file is None:
        return Decision("fetch", Reason.URL_CHANGED if shows_other_url else Reason.NEW)
    if file != "ok":
        return Decision("fetch", Reason[file.upper()])
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
    """Return whether an image of this status can have this reason."""
    if status == Status.FAILED and reason.startswith("http_"):
        return reason.removeprefix("http_").isdecimal()
    return any((status, reason) == (each.status, each) for each in Reason)
