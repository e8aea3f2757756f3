"""What a failed request is called: an exception from the downloader or a middleware -> a word of images/policy.py."""

from __future__ import annotations

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.spidermiddlewares.httperror import HttpError

from trivia_scraper.downloader.address_guard import RefusedError

_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (DownloadTimeoutError, "timeout"),
    (CannotResolveHostError, "network"),
    (DownloadConnectionRefusedError, "network"),
    (ResponseDataLossError, "truncated"),
    (DownloadCancelledError, "too_large"),  # Scrapy cancels at DOWNLOAD_MAXSIZE and for nothing else here
    (UnsupportedURLSchemeError, "refused_url"),
    (DownloadFailedError, "network"),
    (ValueError, "redirect"),  # Scrapy's redirects trip over a Location that is no address
)
# Where Scrapy's own text is a name of a class, or nothing.
_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (ResponseDataLossError, "the answer ended before its end"),
    (DownloadCancelledError, "larger than IMAGES_MAXSIZE or DOWNLOAD_MAXSIZE allows"),
    (CannotResolveHostError, "its host has no address"),
)
# Scrapy's own middlewares tell these apart in their texts only.
_IGNORED = (("robots.txt", "robots"), ("max redirections", "redirect"), ("DOWNLOAD_MAXSIZE", "too_large"))


def reason_of(error: BaseException | None) -> tuple[str, str]:
    """Return (reason, what was found) for an exception from a download."""
    if isinstance(error, HttpError):
        return f"http_{error.response.status}", f"HTTP {error.response.status}"
    found = next((words for kind, words in _WORDS if isinstance(error, kind)), None)
    found = found or " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, RefusedError):
        return error.reason, found
    if isinstance(error, IgnoreRequest):
        return next((reason for mark, reason in _IGNORED if mark in found), "network"), found
    return next((reason for kind, reason in _REASONS if isinstance(error, kind)), "network"), found
